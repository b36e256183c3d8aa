//! Opens directories on the way to a user's files.

use super::Owner;
use crate::linux::{Error, Result, Root};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, fstat, open, openat, readlinkat, statat};
use rustix::io::Errno;
use std::os::fd::OwnedFd;

/// As many links as the kernel follows on one way.
const MOST_LINKS: u32 = 40;

/// Opens a directory by its absolute path. A symbolic link on the way is followed if it belongs to root, or to the user of
/// this process.
pub(super) fn open_directory(root: &Root, path: &str) -> Result<OwnedFd> {
    let failed = |errno: Errno| Error::io(root.path(path), errno);
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let start = || open(root.path("/"), OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
    let mut here = start().map_err(failed)?;
    let steps = |path: &str| -> Vec<String> { path.split('/').rev().map(str::to_owned).collect() };
    let mut rest = steps(path);
    let mut links = 0;
    while let Some(step) = rest.pop() {
        if step.is_empty() || step == "." {
            continue;
        }
        here = match openat(&here, &*step, flags, Mode::empty()) {
            Ok(next) => next,
            Err(Errno::NOTDIR | Errno::LOOP) => {
                let status = statat(&here, &*step, AtFlags::SYMLINK_NOFOLLOW).map_err(failed)?;
                if FileType::from_raw_mode(status.st_mode) != FileType::Symlink {
                    return Err(failed(Errno::NOTDIR));
                }
                if status.st_uid != 0 && status.st_uid != rustix::process::geteuid().as_raw() {
                    let reason =
                        format!("on the way to {path} the symbolic link {step} is not root's, so it is not followed");
                    return Err(Error::PermissionDenied { reason });
                }
                links += 1;
                if links > MOST_LINKS {
                    return Err(failed(Errno::LOOP));
                }
                let target = readlinkat(&here, &*step, Vec::new()).map_err(failed)?;
                let target = String::from_utf8_lossy(target.to_bytes()).into_owned();
                rest.extend(steps(&target));
                if target.starts_with('/') { start().map_err(failed)? } else { here }
            }
            Err(errno) => return Err(failed(errno)),
        };
    }
    Ok(here)
}

/// Opens a folder in the home directory of its owner; `None` where there is none.
pub(super) fn open_folder(home: &OwnedFd, name: &str, owner: &Owner) -> Result<Option<OwnedFd>> {
    let path = format!("{}/{name}", owner.home);
    let refused = |what: &str| Error::PermissionDenied { reason: format!("{path} {what}") };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match openat(home, name, flags, Mode::empty()) {
        Ok(folder) => {
            let status = fstat(&folder).map_err(|errno| Error::io(&path, errno))?;
            if owner.may_own(status.st_uid) { Ok(Some(folder)) } else { Err(refused("belongs to another user")) }
        }
        Err(Errno::NOENT) => Ok(None),
        Err(Errno::NOTDIR | Errno::LOOP) => {
            Err(refused("is a symbolic link, which is not followed, or no directory; a directory would be right"))
        }
        Err(errno) => Err(Error::io(&path, errno)),
    }
}
