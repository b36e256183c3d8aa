//! A name in a directory that is held open, so that it stays the same one whatever happens to the path.

use super::directory::Directory;
use super::status::{Kind, Status, Time};
use super::{remove, walk};
use crate::linux::{Error, Result, Root};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, StatxFlags, fstat, openat, readlinkat, statat, statx};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where a file, directory or link is or may come to be.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    directory: Arc<OwnedFd>,
    name: OsString,
    path: PathBuf,
    /// In a directory that is not in its own place yet, so that nobody looks.
    is_hidden: bool,
}

impl Place {
    pub(super) fn new(directory: Arc<OwnedFd>, name: OsString, path: PathBuf, is_hidden: bool) -> Self {
        Self { directory, name, path, is_hidden }
    }

    /// The place of the absolute `path`. Links on the way are followed where that is safe; one at its end is not.
    ///
    /// # Errors
    /// [`Error::Io`] when the directory is not there, [`Error::PermissionDenied`] for a link that is not followed, and
    /// [`Error::InvalidInput`] for a path that is not absolute or ends in no name.
    pub(crate) fn resolve(root: &Root, path: impl AsRef<Path>) -> Result<Self> {
        walk::resolve(root, path.as_ref(), false)
    }

    /// The place of the absolute `path`, and of what it leads to when it is a link.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub(crate) fn follow(root: &Root, path: impl AsRef<Path>) -> Result<Self> {
        walk::resolve(root, path.as_ref(), true)
    }

    /// The place of a path of this process, links on the way followed as always: for directories that are nobody else's.
    ///
    /// # Errors
    /// [`Error::Io`] when the directory is not there.
    pub(in crate::linux) fn of_own(path: &Path) -> Result<Self> {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = path.file_name().ok_or_else(|| Error::io(path, Errno::ISDIR))?;
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = openat(CWD, parent, flags, Mode::empty()).map_err(|error| Error::io(parent, error))?;
        Ok(Self::new(Arc::new(directory), name.to_owned(), path.to_owned(), false))
    }

    /// The root directory, which has no name.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be opened.
    pub(crate) fn root(root: &Root) -> Result<Directory> {
        let path = root.path("/");
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = openat(CWD, &path, flags, Mode::empty()).map_err(|error| Error::io(&path, error))?;
        Ok(Directory::new(fd, PathBuf::from("/"), false))
    }

    /// The same place by another path that leads to it.
    pub(crate) fn called(self, path: &Path) -> Self {
        Self { path: path.to_owned(), ..self }
    }

    /// When what is there was made; `None` where the file system does not tell.
    pub(crate) fn created(&self) -> Option<Time> {
        let found = statx(&self.directory, &self.name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::BTIME).ok()?;
        let is_known = found.stx_mask & StatxFlags::BTIME.bits() != 0;
        is_known.then_some(Time { seconds: found.stx_btime.tv_sec, nanoseconds: found.stx_btime.tv_nsec })
    }

    /// Another name in the same directory, for what will come to be here.
    pub(super) fn beside(&self, name: &OsStr) -> Self {
        Self { name: name.to_owned(), ..self.clone() }
    }

    /// The path, without links on the way.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn name(&self) -> &OsStr {
        &self.name
    }

    pub(super) fn directory(&self) -> BorrowedFd<'_> {
        self.directory.as_fd()
    }

    /// Whether nobody can see it yet.
    pub(crate) fn is_hidden(&self) -> bool {
        self.is_hidden
    }

    /// Whether somebody else than root and the user of this process can change what the name stands for.
    pub(super) fn is_foreign(&self) -> Result<bool> {
        let directory = fstat(&self.directory).map_err(|error| Error::io(&self.path, error))?;
        Ok(!walk::is_ours(&Status(directory), None))
    }

    /// What is there; `None` when nothing is.
    ///
    /// # Errors
    /// [`Error::Io`] when that cannot be told.
    pub(crate) fn status(&self) -> Result<Option<Status>> {
        match statat(&self.directory, &self.name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(status) => Ok(Some(Status(status))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(Error::io(&self.path, error)),
        }
    }

    /// Opens the file for reading. What is no regular file is not opened, for that may do something.
    ///
    /// # Errors
    /// [`Error::Io`] when there is no file, or it cannot be opened.
    pub(crate) fn open(&self) -> Result<(File, Status)> {
        let wrong = |error: io::Error| Error::io(&self.path, error);
        let status = self.status()?.ok_or_else(|| wrong(Errno::NOENT.into()))?;
        if status.kind() != Kind::File {
            return Err(wrong(io::Error::other(format!("it is {}, not a file", status.kind().name()))));
        }
        // It may have been replaced meanwhile, by a pipe for example.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = openat(&self.directory, &self.name, flags, Mode::empty()).map_err(|error| wrong(error.into()))?;
        let status = Status(fstat(&file).map_err(|error| wrong(error.into()))?);
        if status.kind() != Kind::File {
            return Err(wrong(io::Error::other("it has just been replaced by something that is no file")));
        }
        Ok((File::from(file), status))
    }

    /// Opens the directory.
    ///
    /// # Errors
    /// [`Error::Io`] when there is none, or it cannot be opened.
    pub(crate) fn open_directory(&self) -> Result<Directory> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = openat(&self.directory, &self.name, flags, Mode::empty());
        let fd = fd.map_err(|error| Error::io(&self.path, error))?;
        Ok(Directory::new(fd, self.path.clone(), self.is_hidden))
    }

    /// Where the link leads.
    ///
    /// # Errors
    /// [`Error::Io`] when it is none.
    pub(crate) fn target(&self) -> Result<OsString> {
        let target = readlinkat(&self.directory, &self.name, Vec::new());
        target.map(|target| OsString::from_vec(target.into_bytes())).map_err(|error| Error::io(&self.path, error))
    }

    /// Removes what is there, a directory with all that is in it; a mount point is left alone. It may be gone already.
    ///
    /// # Errors
    /// [`Error::Run`].
    pub(crate) fn remove(&self) -> Result<()> {
        remove::remove(self.directory(), &self.name, &self.path)
    }

    /// Removes the directory if nothing is in it. Whether it is gone.
    ///
    /// # Errors
    /// [`Error::Run`].
    pub(crate) fn remove_if_empty(&self) -> Result<bool> {
        remove::remove_if_empty(self.directory(), &self.name, &self.path)
    }
}
