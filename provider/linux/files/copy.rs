//! Copies and compares files of any size, holes as holes.

use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

const CHUNK: usize = 256 * 1024;

/// Copies all that is in `from` into `to`, which is empty.
///
/// # Errors
/// What reading and writing return, and what `check` returns, which is asked now and then.
pub(crate) fn copy(from: &File, to: &File, check: &dyn Fn() -> io::Result<()>) -> io::Result<()> {
    let length = from.metadata()?.len();
    let mut buffer = Vec::new();
    let mut at = 0;
    while let Some(start) = next_data(from, at, length)? {
        check()?;
        let before_hole = hole_after(from, start)?.saturating_sub(start);
        read_chunk(from, start, chunk(start, length).min(usize::try_from(before_hole).unwrap_or(CHUNK)), &mut buffer)?;
        if buffer.is_empty() {
            break;
        }
        to.write_all_at(&buffer, start)?;
        at = start + buffer.len() as u64;
    }
    // A hole at the end.
    if length > at { to.set_len(length) } else { Ok(()) }
}

/// Whether both files hold the same bytes.
///
/// # Errors
/// What reading returns, and what `check` returns, which is asked now and then.
pub(crate) fn same_contents(one: &File, other: &File, check: &dyn Fn() -> io::Result<()>) -> io::Result<bool> {
    let length = one.metadata()?.len();
    if length != other.metadata()?.len() {
        return Ok(false);
    }
    let (mut a, mut b) = (Vec::new(), Vec::new());
    let mut at = 0;
    loop {
        let start = match (next_data(one, at, length)?, next_data(other, at, length)?) {
            (None, None) => return Ok(true),
            (Some(one), None) => one,
            (None, Some(other)) => other,
            (Some(one), Some(other)) => one.min(other),
        };
        check()?;
        read_chunk(one, start, chunk(start, length), &mut a)?;
        read_chunk(other, start, chunk(start, length), &mut b)?;
        if a != b {
            return Ok(false);
        }
        if a.is_empty() {
            return Ok(true);
        }
        at = start + a.len() as u64;
    }
}

/// Whether the file holds exactly these bytes.
///
/// # Errors
/// What reading returns.
pub(crate) fn holds(file: &File, bytes: &[u8]) -> io::Result<bool> {
    if file.metadata()?.len() != bytes.len() as u64 {
        return Ok(false);
    }
    let mut found = Vec::new();
    let mut at = 0;
    for expected in bytes.chunks(CHUNK) {
        read_chunk(file, at, expected.len(), &mut found)?;
        if found != expected {
            return Ok(false);
        }
        at += expected.len() as u64;
    }
    Ok(true)
}

/// Whether the file holds what comes from `bytes`.
///
/// # Errors
/// What reading returns, and what `check` returns, which is asked now and then.
pub(crate) fn same_stream(bytes: &mut dyn Read, file: &File, check: &dyn Fn() -> io::Result<()>) -> io::Result<bool> {
    let length = file.metadata()?.len();
    let mut expected = vec![0; chunk(0, length).max(1)];
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        check()?;
        let count = bytes.read(&mut expected)?;
        if count == 0 {
            return Ok(at == length);
        }
        read_chunk(file, at, count, &mut found)?;
        if found != expected[..count] {
            return Ok(false);
        }
        at += count as u64;
    }
}

/// Reads so many bytes, fewer at the end of the file.
fn read_chunk(file: &File, at: u64, length: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
    if buffer.len() != length {
        *buffer = vec![0; length];
    }
    let mut filled = 0;
    while filled < length {
        match file.read_at(&mut buffer[filled..], at + filled as u64)? {
            0 => break,
            count => filled += count,
        }
    }
    buffer.truncate(filled);
    Ok(())
}

/// How much is read at once of a file of that length. Files of /proc and /sys say that they have none.
fn chunk(at: u64, length: u64) -> usize {
    match length.saturating_sub(at) {
        0 => CHUNK,
        rest => usize::try_from(rest).map_or(CHUNK, |rest| rest.min(CHUNK)),
    }
}

/// Where the next bytes are that are not in a hole; `None` behind the last ones.
fn next_data(file: &File, at: u64, length: u64) -> io::Result<Option<u64>> {
    if length > 0 && at >= length {
        return Ok(None);
    }
    match seek(file, SeekFrom::Data(at)) {
        Ok(next) => Ok(Some(next)),
        Err(Errno::NXIO) if length > 0 => Ok(None),
        Err(Errno::NXIO | Errno::INVAL | Errno::OPNOTSUPP | Errno::SPIPE) => Ok(Some(at)),
        Err(error) => Err(error.into()),
    }
}

fn hole_after(file: &File, at: u64) -> io::Result<u64> {
    match seek(file, SeekFrom::Hole(at)) {
        Ok(hole) if hole > at => Ok(hole),
        Ok(_) | Err(Errno::NXIO | Errno::INVAL | Errno::OPNOTSUPP | Errno::SPIPE) => Ok(at + CHUNK as u64),
        Err(error) => Err(error.into()),
    }
}
