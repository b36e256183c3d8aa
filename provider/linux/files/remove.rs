//! Removes files, and directories with all that is in them, without following links.

use crate::linux::{Error, Result};
use rustix::fs::{AtFlags, Dir, Mode, OFlags, fstat, openat, unlinkat};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

fn failed(path: &Path, source: impl Into<std::io::Error>) -> Error {
    Error::Run { what: format!("cannot remove {}", path.display()), source: source.into() }
}

/// Removes what has the name, if anything has. `path` is for messages.
pub(super) fn remove(directory: BorrowedFd<'_>, name: &OsStr, path: &Path) -> Result<()> {
    match unlinkat(directory, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => return Ok(()),
        Err(Errno::ISDIR | Errno::PERM) => {}
        Err(error) => return Err(failed(path, error)),
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let inner = openat(directory, name, flags, Mode::empty()).map_err(|error| match error {
        // It was no directory that could not be unlinked.
        Errno::NOTDIR => failed(path, Errno::PERM),
        error => failed(path, error),
    })?;
    let device = |fd: BorrowedFd<'_>| fstat(fd).map(|status| status.st_dev).map_err(|error| failed(path, error));
    if device(directory)? != device(inner.as_fd())? {
        return Err(failed(path, std::io::Error::other("a file system is mounted there")));
    }
    for entry in Dir::read_from(&inner).map_err(|error| failed(path, error))? {
        let entry = entry.map_err(|error| failed(path, error))?;
        let name = entry.file_name().to_bytes();
        if !matches!(name, b"." | b"..") {
            let name = OsStr::from_bytes(name);
            remove(inner.as_fd(), name, &path.join(name))?;
        }
    }
    match unlinkat(directory, name, AtFlags::REMOVEDIR) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(failed(path, error)),
    }
}

/// Removes the directory that has the name if nothing is in it, and tells whether it is gone.
pub(super) fn remove_if_empty(directory: BorrowedFd<'_>, name: &OsStr, path: &Path) -> Result<bool> {
    match unlinkat(directory, name, AtFlags::REMOVEDIR) {
        Ok(()) | Err(Errno::NOENT) => Ok(true),
        Err(Errno::NOTEMPTY | Errno::EXIST | Errno::BUSY) => Ok(false),
        Err(error) => Err(failed(path, error)),
    }
}
