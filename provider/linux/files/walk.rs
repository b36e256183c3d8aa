//! The way to a path, one directory at a time, so that nobody can change it under our feet.
//!
//! A symbolic link is followed where only root and the user of this process could have made it. Elsewhere, in a home directory
//! or in /tmp, it is followed when what it leads to belongs to whoever made it: nobody can lead us to something of others.

use super::place::Place;
use super::status::{Kind, Status};
use crate::linux::{Error, Result, Root};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, fstat, openat, readlinkat, statat};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// As many as the kernel follows.
const MOST_LINKS: usize = 40;

/// What is still to be done.
enum Step {
    /// Enter what has this name.
    Name(OsString),
    /// Make sure that a link of this user has led to something of this user.
    Belongs { uid: u32, link: PathBuf },
}

struct Walk {
    /// The directories from the root to where we are.
    directories: Vec<(Arc<OwnedFd>, OsString)>,
    /// Last thing first.
    steps: Vec<Step>,
    links: usize,
}

/// Where the absolute `path` lies. With `follow`, a link at its end is followed, too.
///
/// # Errors
/// [`Error::InvalidInput`] for a path that is not absolute or ends in no name, [`Error::Io`] when there is no such directory
/// and [`Error::PermissionDenied`] for a link that is not to be followed.
pub(super) fn resolve(root: &Root, path: &Path, follow: bool) -> Result<Place> {
    if !path.is_absolute() {
        return Err(Error::InvalidInput { what: format!("{} is no absolute path", path.display()) });
    }
    let top = root.path("/");
    let fd = openat(CWD, &top, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
    let fd = fd.map_err(|error| Error::io(&top, error))?;
    let mut walk = Walk { directories: vec![(Arc::new(fd), OsString::new())], steps: Vec::new(), links: 0 };
    walk.push(path.as_os_str());
    walk.run(path, follow)
}

impl Walk {
    fn push(&mut self, path: &OsStr) {
        let names = path.as_bytes().split(|byte| *byte == b'/').filter(|name| !name.is_empty() && *name != b".");
        let at = self.steps.len();
        self.steps.extend(names.map(|name| Step::Name(OsStr::from_bytes(name).to_owned())));
        self.steps[at..].reverse();
    }

    fn run(mut self, path: &Path, follow: bool) -> Result<Place> {
        while let Some(step) = self.steps.pop() {
            let name = match step {
                Step::Belongs { uid, link } => {
                    let here = fstat(self.here()).map_err(|error| Error::io(self.path(), error))?;
                    belongs(&Status(here), uid, &link, &self.path())?;
                    continue;
                }
                Step::Name(name) => name,
            };
            let is_last = !self.steps.iter().any(|step| matches!(step, Step::Name(_)));
            if name == ".." {
                if self.directories.len() > 1 {
                    self.directories.pop();
                }
            } else if !is_last {
                self.enter(name)?;
            } else if let Some(place) = self.arrive(name, follow)? {
                return Ok(place);
            }
        }
        // It ended in `..` or the like; the directory in which we are has a name all the same.
        match self.directories.pop() {
            Some((_, name)) if !self.directories.is_empty() => {
                let path = self.path().join(&name);
                Ok(Place::new(self.here().clone(), name, path, false))
            }
            _ => Err(Error::InvalidInput { what: format!("{} does not end in the name of something", path.display()) }),
        }
    }

    fn enter(&mut self, name: OsString) -> Result<()> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match openat(self.here(), &name, flags, Mode::empty()) {
            Ok(fd) => {
                self.directories.push((Arc::new(fd), name));
                Ok(())
            }
            Err(Errno::NOTDIR | Errno::LOOP) if self.status(&name)?.is_some_and(|found| found.kind() == Kind::Link) => {
                self.expand(&name)
            }
            Err(error) => Err(Error::io(self.path().join(name), error)),
        }
    }

    /// The place with the name, unless that is a link to be followed.
    fn arrive(&mut self, name: OsString, follow: bool) -> Result<Option<Place>> {
        if follow || !self.steps.is_empty() {
            let status = self.status(&name)?;
            if follow && status.is_some_and(|found| found.kind() == Kind::Link) {
                self.expand(&name)?;
                return Ok(None);
            }
            let path = self.path().join(&name);
            for step in &self.steps {
                if let (Step::Belongs { uid, link }, Some(status)) = (step, &status) {
                    belongs(status, *uid, link, &path)?;
                }
            }
        }
        let path = self.path().join(&name);
        Ok(Some(Place::new(self.here().clone(), name, path, false)))
    }

    /// Goes on where the link leads.
    fn expand(&mut self, name: &OsStr) -> Result<()> {
        let link = self.path().join(name);
        self.links += 1;
        if self.links > MOST_LINKS {
            return Err(Error::io(link, Errno::LOOP));
        }
        let found = |error| Error::io(&link, error);
        let (here, status) = (Status(fstat(self.here()).map_err(found)?), self.status(name)?);
        let target = readlinkat(self.here(), name, Vec::new()).map_err(found)?;
        if let Some(status) = status.filter(|link| !is_ours(&here, Some(link))) {
            self.steps.push(Step::Belongs { uid: status.uid(), link });
        }
        if target.as_bytes().starts_with(b"/") {
            self.directories.truncate(1);
        }
        self.push(OsStr::from_bytes(target.as_bytes()));
        Ok(())
    }

    fn here(&self) -> &Arc<OwnedFd> {
        &self.directories[self.directories.len() - 1].0
    }

    fn path(&self) -> PathBuf {
        Path::new("/").join(self.directories.iter().skip(1).map(|(_, name)| name).collect::<PathBuf>())
    }

    fn status(&self, name: &OsStr) -> Result<Option<Status>> {
        match statat(self.here(), name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(status) => Ok(Some(Status(status))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(Error::io(self.path().join(name), error)),
        }
    }
}

/// Whether only root and the user of this process can put names into the directory, or have put this one there.
pub(super) fn is_ours(directory: &Status, name: Option<&Status>) -> bool {
    let ours = |uid| uid == 0 || uid == rustix::process::geteuid().as_raw();
    let others_write = directory.mode() & 0o022 != 0;
    let is_sticky = directory.mode() & 0o1000 != 0;
    ours(directory.uid()) && (!others_write || (is_sticky && name.is_some_and(|name| ours(name.uid()))))
}

fn belongs(found: &Status, uid: u32, link: &Path, path: &Path) -> Result<()> {
    if found.uid() == uid {
        return Ok(());
    }
    let (link, path) = (link.display(), path.display());
    let reason = format!(
        "{link} is a link of the user {uid} in a directory that others can change, and leads to {path} of the user {}: it is \
         not followed",
        found.uid()
    );
    Err(Error::PermissionDenied { reason })
}
