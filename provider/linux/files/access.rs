//! Owner, group and mode of what is there.

use super::place::Place;
use super::put::failed;
use super::status::{Kind, Status};
use crate::linux::{Error, Result};
use rustix::fs::{AtFlags, CWD, Gid, Mode, OFlags, Uid, chmodat, chownat, fstat, openat};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

impl Place {
    /// Gives what is there, which was found as `status`, an owner, a group and, if it is no link, a mode.
    ///
    /// On the way it never has more rights than before or after.
    ///
    /// # Errors
    /// [`Error::Run`], and [`Error::PermissionDenied`] for a file that somebody else can have given this name.
    pub(crate) fn give(&self, status: &Status, uid: u32, gid: u32, mode: u32) -> Result<()> {
        let wrong = |source: io::Error| failed(self.path(), source);
        if status.kind() == Kind::File && status.has_other_names() && self.is_foreign()? {
            let reason = format!(
                "{} has other names, too, and lies in a directory that others can change: neither its owner nor its mode is \
                 changed",
                self.path().display()
            );
            return Err(Error::PermissionDenied { reason });
        }
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = openat(self.directory(), self.name(), flags, Mode::empty()).map_err(|error| wrong(error.into()))?;
        let now = Status(fstat(&fd).map_err(|error| wrong(error.into()))?);
        if now.id() != status.id() {
            return Err(wrong(io::Error::other("it has just been replaced")));
        }
        give(&fd, &now, uid, gid, mode).map_err(wrong)
    }
}

fn give(fd: &OwnedFd, now: &Status, uid: u32, gid: u32, mode: u32) -> io::Result<()> {
    let is_link = now.kind() == Kind::Link;
    let mut current = now.mode();
    if (uid, gid) != (now.uid(), now.gid()) {
        if !is_link && mode != current {
            change_mode(fd, current & mode & 0o777)?;
        }
        chownat(fd, "", Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)), AtFlags::EMPTY_PATH)?;
        // That takes set-user-ID and set-group-ID away.
        current = Status(fstat(fd)?).mode();
    }
    if !is_link && mode != current {
        change_mode(fd, mode)?;
    }
    Ok(())
}

/// By a path that leads to what is open: fchmod(2) refuses what is not open for reading.
fn change_mode(fd: &OwnedFd, mode: u32) -> io::Result<()> {
    Ok(chmodat(CWD, format!("/proc/self/fd/{}", fd.as_raw_fd()), Mode::from_raw_mode(mode), AtFlags::empty())?)
}
