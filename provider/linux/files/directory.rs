//! A directory that is held open.

use super::place::Place;
use super::status::Status;
use crate::linux::{Error, Result};
use rustix::fs::{Dir, fstat};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;

/// A directory that is held open for reading.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    fd: Arc<OwnedFd>,
    path: PathBuf,
    is_hidden: bool,
}

impl Directory {
    pub(super) fn new(fd: OwnedFd, path: PathBuf, is_hidden: bool) -> Self {
        Self { fd: Arc::new(fd), path, is_hidden }
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// The place of a name in it.
    pub(crate) fn place(&self, name: &OsStr) -> Place {
        Place::new(self.fd.clone(), name.to_owned(), self.path.join(name), self.is_hidden)
    }

    /// The directory as a file, to give it an owner and a mode.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn as_file(&self) -> Result<File> {
        self.fd.try_clone().map(File::from).map_err(|error| Error::io(&self.path, error))
    }

    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn status(&self) -> Result<Status> {
        fstat(&self.fd).map(Status).map_err(|error| Error::io(&self.path, error))
    }

    /// The names in it, in order.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn names(&self) -> Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.fd).map_err(|error| Error::io(&self.path, error))? {
            let entry = entry.map_err(|error| Error::io(&self.path, error))?;
            let name = entry.file_name().to_bytes();
            if !matches!(name, b"." | b"..") {
                names.push(OsStr::from_bytes(name).to_owned());
            }
        }
        names.sort_unstable();
        Ok(names)
    }
}
