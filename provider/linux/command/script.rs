//! A script that came as text: the file that holds it while it runs, and its interpreter.

use crate::linux::{Error, Result};
use std::fs::{OpenOptions, remove_file};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A file that only its owner can read, removed when this is dropped.
#[derive(Debug)]
pub(super) struct ScriptFile(PathBuf);

impl ScriptFile {
    /// Writes it, with the line ends of Linux, into the directory for temporary files. The name ends in `unique`.
    pub(super) fn write(text: &str, unique: &str) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("lumi-script-{unique}"));
        let failed = |source| Error::Run { what: format!("cannot write the script to {}", path.display()), source };
        // A file or link of this name that somebody else made is never used.
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(failed)?;
        let written = file.write_all(text.replace("\r\n", "\n").as_bytes());
        let script = Self(path.clone());
        written.map(|()| script).map_err(failed)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for ScriptFile {
    fn drop(&mut self) {
        if let Err(error) = remove_file(&self.0) {
            log::warn!("cannot remove {}: {error}", self.0.display());
        }
    }
}

/// The interpreter of a script and its one argument, as the kernel reads a `#!` line: see execve(2).
pub(super) fn interpreter(text: &str) -> (&str, Option<&str>) {
    let first = text.lines().next().and_then(|line| line.strip_prefix("#!")).map(str::trim).unwrap_or_default();
    match first.split_once([' ', '\t']) {
        _ if first.is_empty() => ("/bin/sh", None),
        Some((interpreter, argument)) => (interpreter, Some(argument.trim_start())),
        None => (first, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interpreter_is_that_of_the_first_line_with_one_argument_at_most() {
        assert_eq!(interpreter("#!/usr/bin/env python3\nprint()"), ("/usr/bin/env", Some("python3")));
        assert_eq!(interpreter("#! /bin/awk  -f -v\r\n"), ("/bin/awk", Some("-f -v")));
        assert_eq!(interpreter("#!/bin/bash"), ("/bin/bash", None));
        for text in ["echo\n#!/bin/bash", "", "#!\n", "# comment"] {
            assert_eq!(interpreter(text), ("/bin/sh", None), "{text:?}");
        }
    }

    #[test]
    fn the_file_is_private_has_line_ends_of_linux_and_goes() {
        use std::os::unix::fs::PermissionsExt;
        let script = ScriptFile::write("a\r\nb\n", &format!("test-{}", std::process::id())).unwrap();
        let path = script.path().to_owned();
        assert_eq!(std::fs::read(&path).unwrap(), b"a\nb\n");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        drop(script);
        assert!(!path.exists());
    }
}
