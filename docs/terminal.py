#!/usr/bin/env python3
"""Runs commands and draws what a terminal shows of them: docs/terminal.py FOLDER-OF-LUMI > docs/terminal.svg"""

import os
import subprocess
import sys
from html import escape

SESSION = [
    "lumi get Linux_OperatingSystem --property Name,Version,Architecture,LastBootUpTime",
    "lumi query \"SELECT Name, FileSystemType, FileSystemSize, PercentUsedSpace FROM Linux_FileSystem WHERE Name = '/'\"",
    "sleep 600 &",
    "lumi get Linux_Process Handle=$! --property Name,WorkingSetSize,UserModeTime,Nice",
    "lumi invoke Linux_Process Handle=$! SetPriority Nice=5",
    "lumi invoke Linux_Process Handle=$! SendSignal Signal=TERM --what-if",
    "lumi get Linux_SoftwareIdentity --where \"Name LIKE 'openssh%'\" --property Name,VersionString --json",
]
LINE, WIDTH, MARGIN, BAR = 19, 8.43, 18, 34


def session(folder):
    """What was typed, and what was answered."""
    script = "".join(f"printf '%s\\n' {quoted('$ ' + line)}\n{line}\n" for line in SESSION) + "kill $!\n"
    environment = {**os.environ, "PATH": f"{os.path.abspath(folder)}:{os.environ['PATH']}", "COLUMNS": "110"}
    answer = subprocess.run(["bash", "-c", script], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return answer.stdout.rstrip("\n").split("\n")


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def main(folder):
    lines = session(folder)
    width = round(max(map(len, lines)) * WIDTH + 2 * MARGIN)
    height = len(lines) * LINE + BAR + MARGIN
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">')
    print(f'<rect width="{width}" height="{height}" rx="8" fill="#1d2330"/>')
    for place, color in enumerate(["#f0625d", "#f3bd4e", "#5fc454"]):
        print(f'<circle cx="{20 + 20 * place}" cy="17" r="6" fill="{color}"/>')
    print('<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="#c9d1e0" xml:space="preserve">')
    for number, line in enumerate(lines):
        style = ' fill="#8ae0a0" font-weight="bold"' if line.startswith("$ ") else ""
        print(f'<text x="{MARGIN}" y="{BAR + LINE * number + 14}"{style}>{escape(line)}</text>')
    print("</g>\n</svg>")


main(*sys.argv[1:])
