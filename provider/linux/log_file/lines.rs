//! The whole lines of a file from an offset on, with a limit on what is read.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Take};

use crate::linux::{Error, Result};

/// How much of a line is kept.
const LONGEST: usize = 64 * 1024;

/// Reads lines, and counts how far.
pub(super) struct Lines<'a> {
    reader: BufReader<Take<&'a mut File>>,
    /// Where the next line begins.
    offset: u64,
    read: u64,
    budget: u64,
    /// Whether the last line counts though no line feed ends it: nobody writes to the file any more.
    is_final: bool,
    is_done: bool,
    line: Vec<u8>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(file: &'a mut File, offset: u64, budget: u64, is_final: bool) -> Result<Self> {
        file.seek(SeekFrom::Start(offset)).map_err(|error| Error::io("the log file", error))?;
        let reader = BufReader::with_capacity(64 * 1024, file.take(budget));
        Ok(Self { reader, offset, read: 0, budget, is_final, is_done: false, line: Vec::new() })
    }

    /// The next line without its line feed, cut where it is too long. `None` at the end, and where the budget ends.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>> {
        self.line.clear();
        let mut length = 0;
        loop {
            let part = self.reader.fill_buf().map_err(|error| Error::io("the log file", error))?;
            let is_end = part.is_empty();
            let feed = part.iter().position(|byte| *byte == b'\n');
            let used = feed.map_or(part.len(), |place| place + 1);
            let kept = feed.unwrap_or(part.len()).min(LONGEST - self.line.len());
            self.line.extend_from_slice(&part[..kept]);
            self.reader.consume(used);
            length += used as u64;
            self.read += used as u64;
            if is_end && self.read >= self.budget {
                // A line that is longer than the budget would hold everything up for ever.
                if length == self.budget {
                    self.offset += length;
                }
                return Ok(None);
            }
            if is_end && (!self.is_final || length == 0) {
                self.is_done = true;
                return Ok(None);
            }
            if is_end || feed.is_some() {
                self.offset += length;
                return Ok(Some(&self.line));
            }
        }
    }

    /// Where the next line begins, how many bytes were read, and whether the end of the file was reached.
    pub(super) fn end(self) -> (u64, u64, bool) {
        (self.offset, self.read, self.is_done)
    }
}
