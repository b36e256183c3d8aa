//! Which files hold what was written since a bookmark: those that logrotate moved away, and the present one.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::{Mark, identity, open};
use crate::linux::{Error, Result, Root};

/// A file, and where in it to begin.
type Part = (File, u64);

/// The files to read, the present one last, and whether lines may be missing.
pub(super) fn since(root: &Root, path: &Path, mut current: File, mark: &Mark) -> Result<(Vec<Part>, bool)> {
    let present = identity(&current).map_err(|error| Error::io(root.path(path), error))?;
    if mark.is_in(&mut current)? {
        return Ok((vec![(current, mark.offset)], false));
    }
    if mark.identity() == present {
        // Emptied in place, as copytruncate does; what came between the last look and that is gone.
        return Ok((vec![(current, 0)], true));
    }
    let mut moved = moved(root, path);
    let Some(place) = moved.iter_mut().position(|file| mark.is_in(file).unwrap_or(false)) else {
        return Ok((vec![(current, 0)], true));
    };
    // Those that were moved away later than the one that holds the bookmark hold what was written after it.
    let mut parts: Vec<Part> = moved.drain(place..).map(|file| (file, 0)).collect();
    parts[0].1 = mark.offset;
    parts.push((current, 0));
    Ok((parts, false))
}

/// What logrotate made of earlier files and did not compress, the oldest first: FILE.1, FILE-20240305 and the like.
fn moved(root: &Root, path: &Path) -> Vec<File> {
    let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else { return Vec::new() };
    let Ok(entries) = fs::read_dir(root.path(directory)) else { return Vec::new() };
    let is_moved = |entry: &fs::DirEntry| {
        let other = entry.file_name();
        let rest = other.as_encoded_bytes().strip_prefix(name.as_encoded_bytes());
        rest.is_some_and(|rest| {
            matches!(rest.first(), Some(b'.' | b'-'))
                && rest.len() > 1
                && rest[1..].iter().all(|byte| byte.is_ascii_digit() || *byte == b'-')
        })
    };
    let files = entries.flatten().filter(is_moved);
    let files = files.filter_map(|entry| open(root, &directory.join(entry.file_name())).ok());
    let mut files: Vec<_> = files.filter_map(|file| Some((file.metadata().ok()?, file))).collect();
    files.sort_by_key(|(metadata, _)| (metadata.mtime(), metadata.mtime_nsec()));
    files.into_iter().map(|(_, file)| file).collect()
}
