//! Files of stanzas with a blank line after each, read one stanza at a time.

use crate::linux::root::lossy;
use crate::linux::{Error, Result, Root};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;

/// No stanza is as long as this; a file with one is not what it should be.
const LONGEST: u64 = 16 * 1024 * 1024;

/// The stanzas of a file.
pub(super) struct Stanzas<R = BufReader<File>> {
    path: PathBuf,
    reader: Option<R>,
}

impl Stanzas {
    pub(super) fn open(root: &Root, path: &str) -> Result<Self> {
        let file = root.open(path)?;
        Ok(Self { path: root.path(path), reader: Some(BufReader::new(file)) })
    }
}

impl<R: BufRead> Stanzas<R> {
    /// The next stanza, `None` at the end of the file.
    fn read(&mut self) -> Result<Option<String>> {
        let Some(reader) = &mut self.reader else { return Ok(None) };
        let mut bytes = Vec::new();
        loop {
            let start = bytes.len();
            let room = LONGEST.saturating_sub(start as u64);
            let read = reader.by_ref().take(room).read_until(b'\n', &mut bytes);
            read.map_err(|source| Error::io(&self.path, source))?;
            let line = &bytes[start..];
            if line == b"\n" && start > 0 {
                return Ok(Some(lossy(bytes)));
            }
            if line == b"\n" {
                bytes.clear();
            } else if line.is_empty() && start == 0 {
                return Ok(None);
            } else if !line.ends_with(b"\n") {
                let name = lossy(bytes.iter().copied().take_while(|byte| *byte != b'\n').take(80).collect());
                return Err(Error::parse(&self.path, format!("it ends in the middle of the entry {name:?}")));
            }
        }
    }
}

impl<R: BufRead> Iterator for Stanzas<R> {
    type Item = Result<String>;

    fn next(&mut self) -> Option<Self::Item> {
        let stanza = self.read().transpose();
        if !matches!(stanza, Some(Ok(_))) {
            self.reader = None;
        }
        stanza
    }
}

/// The fields of a stanza: `Name: value`, with the lines that go on with a value, which begin with a blank.
pub(super) fn fields(stanza: &str) -> impl Iterator<Item = (&str, String)> {
    let mut lines = stanza.lines().peekable();
    std::iter::from_fn(move || {
        loop {
            let Some((name, value)) = lines.next()?.split_once(':') else { continue };
            let mut value = value.trim().to_owned();
            while let Some(more) = lines.next_if(|line| line.starts_with([' ', '\t'])) {
                value.push('\n');
                value.push_str(more.trim());
            }
            return Some((name, value));
        }
    })
}
