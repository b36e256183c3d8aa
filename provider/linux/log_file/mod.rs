//! Text files that programs log to: which there are, and what was added to one since a bookmark.

mod bookmark;
mod lines;
mod rotation;

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

pub use bookmark::{Bookmarks, Mark};

use super::{Error, Result, Root};
use lines::Lines;

const DIRECTORY: &str = "/var/log";

/// How deep below the directory files are listed.
const DEPTH: usize = 4;

/// How much one call reads at most, in bytes.
const READ_LIMIT: u64 = 256 << 20;

/// A log file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFile {
    /// The full path.
    pub path: PathBuf,
    /// Size in bytes.
    pub size: u64,
    /// When something was last written to it.
    pub modified: Option<SystemTime>,
    /// When it was last read.
    pub accessed: Option<SystemTime>,
}

/// A line that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line without its line feed.
    pub line: String,
    /// The indexes of the expressions that it matches.
    pub matches: Vec<usize>,
}

/// How much one call gives at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// So many lines.
    pub rows: usize,
    /// Lines until they have so many bytes together.
    pub bytes: usize,
}

/// What was added since a bookmark.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// The lines that match.
    pub rows: Vec<Row>,
    /// Whether a limit ended the reading before the end of the file.
    pub has_more: bool,
    /// Whether lines may be missing, because the file that the bookmark was in is not there any more.
    pub missed: bool,
}

/// The log files that are regular files below `/var/log`, sorted. What may not be looked at is left out.
pub fn list(root: &Root) -> Vec<LogFile> {
    let mut found = Vec::new();
    collect(root, Path::new(DIRECTORY), DEPTH, &mut found);
    found.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    found
}

fn collect(root: &Root, directory: &Path, depth: usize, found: &mut Vec<LogFile>) {
    let Ok(entries) = fs::read_dir(root.path(directory)) else { return };
    for entry in entries.flatten() {
        let path = directory.join(entry.file_name());
        // The type of the entry itself, so that no link leads out or round in circles.
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth > 1 => collect(root, &path, depth - 1, found),
            Ok(kind) if kind.is_file() => found.extend(get(root, &path)),
            _ => {}
        }
    }
}

/// The regular file at `path`. `None` if there is none.
pub fn get(root: &Root, path: &Path) -> Option<LogFile> {
    let metadata = fs::symlink_metadata(root.path(path)).ok().filter(fs::Metadata::is_file)?;
    Some(LogFile {
        path: path.to_owned(),
        size: metadata.len(),
        modified: metadata.modified().ok(),
        accessed: metadata.accessed().ok(),
    })
}

/// The lines that were added to the file at `path` since the bookmark and match an expression; the bookmark moves past
/// what was read. A bookmark that is new begins at the end of the file, or at its beginning.
///
/// # Errors
/// A file that cannot be read or is no regular one, and what keeps the bookmark from being kept.
pub fn read_added(
    root: &Root,
    bookmarks: &Bookmarks,
    path: &Path,
    name: &str,
    from_beginning: bool,
    expressions: &regex::bytes::RegexSet,
    limit: Limit,
) -> Result<Added> {
    let path = absolute(path)?;
    // Held until the end, so that two calls at once do not give the same lines.
    let mut place = bookmarks.open(&path, name)?;
    let mut current = open(root, &path)?;
    let Some(mark) = place.mark()? else {
        place.set(&Mark::of(&mut current, from_beginning)?)?;
        if !from_beginning {
            return Ok(Added::default());
        }
        drop(place);
        return read_added(root, bookmarks, &path, name, from_beginning, expressions, limit);
    };
    let (files, missed) = rotation::since(root, &path, current, &mark)?;
    let mut added = Added { missed, ..Added::default() };
    let mut budget = READ_LIMIT;
    let mut last = mark;
    let count = files.len();
    let mut bytes = 0;
    for (index, (mut file, offset)) in files.into_iter().enumerate() {
        let is_current = index + 1 == count;
        let mut lines = Lines::new(&mut file, offset, budget, !is_current)?;
        while added.rows.len() < limit.rows && bytes < limit.bytes {
            let Some(line) = lines.next()? else { break };
            let matches: Vec<usize> = expressions.matches(line).into_iter().collect();
            if !matches.is_empty() {
                bytes += line.len();
                added.rows.push(Row { line: String::from_utf8_lossy(line).into_owned(), matches });
            }
        }
        let (offset, read, is_done) = lines.end();
        budget = budget.saturating_sub(read);
        last = Mark::at(&mut file, offset)?;
        if !is_done {
            added.has_more = true;
            break;
        }
    }
    place.set(&last)?;
    Ok(added)
}

/// Sets a bookmark to the end of the file, or to its beginning.
///
/// # Errors
/// Those of [`read_added`].
pub fn reset(root: &Root, bookmarks: &Bookmarks, path: &Path, name: &str, to_beginning: bool) -> Result<()> {
    let path = absolute(path)?;
    let mut place = bookmarks.open(&path, name)?;
    place.set(&Mark::of(&mut open(root, &path)?, to_beginning)?)
}

/// Forgets a bookmark: the next call makes it anew.
///
/// # Errors
/// What keeps the bookmark from being changed.
pub fn forget(bookmarks: &Bookmarks, path: &Path, name: &str) -> Result<()> {
    bookmarks.open(&absolute(path)?, name)?.clear()
}

/// Refuses what is no full path: it would mean another file in each process.
fn absolute(path: &Path) -> Result<PathBuf> {
    let is_plain = path.components().all(|it| matches!(it, Component::RootDir | Component::Normal(_)));
    if path.is_absolute() && is_plain && path.file_name().is_some() {
        // Without doubled slashes, so that each file has one bookmark of a name.
        return Ok(path.components().collect());
    }
    let what = format!("{} should be the full path of a file, without . and ..", path.display());
    Err(Error::InvalidInput { what })
}

/// Opens a regular file; a pipe or device is not waited for, but refused.
fn open(root: &Root, path: &Path) -> Result<File> {
    let path = root.path(path);
    let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(nonblocking).open(&path);
    let file = file.map_err(|error| Error::io(&path, error))?;
    if file.metadata().map_err(|error| Error::io(&path, error))?.is_file() {
        return Ok(file);
    }
    Err(Error::InvalidInput { what: format!("{} is no regular file", path.display()) })
}

/// What tells a file from all others of the machine.
fn identity(file: &File) -> io::Result<(u64, u64)> {
    file.metadata().map(|metadata| (metadata.dev(), metadata.ino()))
}

#[cfg(test)]
mod tests;
