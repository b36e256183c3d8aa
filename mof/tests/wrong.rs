//! Wrong input: what omigen says of it, where it is installed, and what we say. `docs/mof-diagnostics.md` shows both.
//!
//! `LUMI_BLESS=1` writes the page anew. Without omigen its recorded messages stay as they are.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const OMIGEN: &str = "/opt/omi/bin/omigen";

const HEAD: &str = "\
# How wrong MOF is answered

What omigen of OMI and `lumi mof check` say of the same wrong files, those in `mof/tests/wrong/`. The test
`mof/tests/wrong.rs` writes this page (`LUMI_BLESS=1 cargo test -p omi-mof --test wrong`) and fails when it is not true.

omigen stops at the first mistake. It is run as `omigen -n FILE A_Wrong`; \"nothing\" means that it says nothing and
generates code. `lumi mof check` shows every mistake of a file; one that only follows from another is left out. What is
marked as a warning, or has a name in brackets, is a lint, whose level `--allow`, `--warn` and `--deny` change.
";

/// One wrong file with both answers.
struct Case {
    name: String,
    title: String,
    text: String,
    omigen: String,
    lumi: Vec<omi_mof::Diagnostic>,
}

#[test]
fn wrong_input_is_answered_as_the_page_shows() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/mof-diagnostics.md");
    let recorded = fs::read_to_string(&page).unwrap_or_default();
    // Messages name the files as a person does who stands beside them.
    std::env::set_current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wrong")).unwrap();
    let mut files: Vec<PathBuf> = fs::read_dir(".").unwrap().map(|entry| entry.unwrap().file_name().into()).collect();
    files.sort();
    if !Path::new(OMIGEN).exists() {
        eprintln!("skipped in part: there is no {OMIGEN}; its messages are taken from the page");
    }
    let cases = cases(&files, &recorded);
    for case in &cases {
        assert!(!case.lumi.is_empty() || case.name == "keyword-name", "{} is wrong, but we say nothing", case.name);
    }
    let text = render(&cases);
    if std::env::var_os("LUMI_BLESS").is_some() {
        fs::create_dir_all(page.parent().unwrap()).unwrap();
        fs::write(&page, text).unwrap();
    } else {
        assert!(text == recorded, "{} is out of date: write it anew with LUMI_BLESS=1", page.display());
    }
}

/// omigen reads the whole CIM schema each time, so several run at once.
fn cases(files: &[PathBuf], recorded: &str) -> Vec<Case> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let started: Vec<_> = files
            .chunks(files.len().div_ceil(workers))
            .map(|share| scope.spawn(move || share.iter().map(|file| case(file, recorded)).collect::<Vec<_>>()))
            .collect();
        started.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

fn case(file: &Path, recorded: &str) -> Case {
    let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
    let text = fs::read_to_string(file).unwrap();
    let title = text.lines().next().unwrap().trim_start_matches("// ").trim_end_matches('.').to_owned();
    let omigen = if Path::new(OMIGEN).exists() { omigen(file) } else { recorded_omigen(&name, recorded) };
    let lumi = match omi_mof::compile(file) {
        Ok(schema) => schema.warnings().iter().cloned().collect(),
        Err(errors) => errors.iter().cloned().collect(),
    };
    Case { name, title, text, omigen, lumi }
}

/// What omigen writes, or what becomes of it.
fn omigen(file: &Path) -> String {
    let name = file.file_stem().unwrap().to_string_lossy();
    let out = std::env::temp_dir().join(format!("omi-mof-omigen-{}-{name}", std::process::id()));
    fs::create_dir_all(&out).unwrap();
    let mut command = Command::new(OMIGEN);
    command.args(["-q", "-n", "-d"]).arg(&out).arg(file).arg("A_Wrong");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break Some(status),
            None if Instant::now() > deadline => break None,
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    if status.is_none() {
        child.kill().unwrap();
    }
    let output = child.wait_with_output().unwrap();
    fs::remove_dir_all(&out).unwrap();
    let said = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
    match status {
        None => "it does not end within a minute".to_owned(),
        Some(status) if status.code().is_none() => format!("it crashes: {status}"),
        Some(_) if said.is_empty() => "nothing".to_owned(),
        Some(_) => said,
    }
}

fn recorded_omigen(name: &str, recorded: &str) -> String {
    let section = recorded.split_once(&format!("\n## {name}: ")).map_or("", |(_, rest)| rest);
    let block = section.split_once("omigen:\n\n```text\n").map_or("", |(_, rest)| rest);
    block.split_once("\n```").map_or("", |(block, _)| block).to_owned()
}

fn render(cases: &[Case]) -> String {
    let mut page = String::from(HEAD);
    page.push_str("\n| wrong | omigen | lumi |\n|---|---|---|\n");
    for case in cases {
        let ours = case.lumi.iter().map(|diagnostic| cell(&in_short(diagnostic))).collect::<Vec<_>>();
        let ours = if ours.is_empty() { "nothing".to_owned() } else { ours.join("<br>") };
        let theirs = if case.omigen == "nothing" { case.omigen.clone() } else { cell(&case.omigen) };
        let _ = writeln!(page, "| [{}](#{}) | {theirs} | {ours} |", case.title, anchor(case));
    }
    for case in cases {
        let _ = write!(page, "\n## {}: {}\n\n", case.name, case.title);
        let text: Vec<_> = case.text.lines().map(shorten).collect();
        let _ = write!(page, "```text\n{}\n```\n\nomigen:\n\n```text\n{}\n```\n\n", text.join("\n"), case.omigen);
        let ours: Vec<_> = case.lumi.iter().map(ToString::to_string).collect();
        let ours = if ours.is_empty() { "nothing".to_owned() } else { ours.join("\n\n") };
        let ours: Vec<_> = ours.lines().map(shorten).collect();
        let _ = write!(page, "lumi:\n\n```text\n{}\n```\n", ours.join("\n"));
    }
    page
}

/// Line, column and message.
fn in_short(diagnostic: &omi_mof::Diagnostic) -> String {
    let lint = diagnostic.lint().map_or(String::new(), |lint| format!(" [{lint}]"));
    let kind = match diagnostic.severity() {
        omi_mof::Severity::Warning => "warning: ",
        omi_mof::Severity::Error => "",
    };
    format!("{}:{}: {kind}{}{lint}", diagnostic.line(), diagnostic.column(), diagnostic.message())
}

/// Text in a cell of a table, as code.
fn cell(text: &str) -> String {
    let text = text.replace('|', "\\|").replace('\n', " ");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

fn anchor(case: &Case) -> String {
    let heading = format!("{}: {}", case.name, case.title).to_lowercase().replace(' ', "-");
    heading.chars().filter(|character| character.is_alphanumeric() || *character == '-').collect()
}

/// A line that is made long on purpose.
fn shorten(line: &str) -> String {
    const MAX: usize = 200;
    let short: String = line.chars().take(MAX).collect();
    if short.len() == line.len() { short } else { format!("{}...", short.trim_end()) }
}
