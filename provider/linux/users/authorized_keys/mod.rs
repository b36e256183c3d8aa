//! `~/.ssh/authorized_keys`: who may log in as a user by SSH, see sshd(8).
//!
//! root changes it in a directory that belongs to somebody else, who may put a symbolic link anywhere at any moment. So
//! each step on the way is opened from the one before, and no link is followed but root's own.

mod directory;
mod line;

pub use line::{Key, marks};

use crate::linux::replace_file::Attributes;
use crate::linux::{Error, Result, Root};
use directory::{open_directory, open_folder};
use rustix::fs::{AtFlags, Mode, OFlags, mkdirat, openat, renameat, unlinkat};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;

const FOLDER: &str = ".ssh";
const FILE: &str = "authorized_keys";
/// What becomes the file when it is whole. The name is always the same, so what a killed process left goes with the next.
const NEW_FILE: &str = ".authorized_keys.lumi";

/// Whose keys they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The number of the user.
    pub uid: u32,
    /// The number of the user's primary group.
    pub gid: u32,
    /// The home directory.
    pub home: String,
}

/// The file of a user.
#[derive(Debug)]
pub struct KeyFile {
    owner: Owner,
    home: OwnedFd,
    /// `None` where it is missing.
    folder: Option<OwnedFd>,
    /// `None` where the file is missing.
    attributes: Option<Attributes>,
    /// The lines without their ends.
    pub lines: Vec<Vec<u8>>,
}

impl KeyFile {
    /// Reads it; a file that is missing has no lines.
    ///
    /// # Errors
    /// [`Error::Io`] that [is not found](Error::is_not_found) when the home directory is missing;
    /// [`Error::PermissionDenied`] where a link or somebody else's file lies in the way.
    pub fn read(root: &Root, owner: &Owner) -> Result<Self> {
        let home = open_directory(root, &owner.home)?;
        let folder = open_folder(&home, FOLDER, owner)?;
        let mut read = Self { owner: owner.clone(), home, folder, attributes: None, lines: Vec::new() };
        if let Some(mut file) = read.open()? {
            let failed = |source| Error::io(read.path(), source);
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).map_err(failed)?;
            read.attributes = Some(Attributes::of_open(&file).map_err(failed)?);
            read.lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
            read.lines.pop_if(|last| last.is_empty());
        }
        Ok(read)
    }

    fn path(&self) -> String {
        format!("{}/{FOLDER}/{FILE}", self.owner.home)
    }

    fn open(&self) -> Result<Option<File>> {
        let Some(folder) = &self.folder else { return Ok(None) };
        let refused = |what: &str| Error::PermissionDenied { reason: format!("{} {what}", self.path()) };
        // Without waiting: it may be a pipe.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(folder, FILE, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP) => {
                return Err(refused("is a symbolic link, which is not followed; a file would be right"));
            }
            Err(errno) => return Err(Error::io(self.path(), errno)),
        };
        let status = file.metadata().map_err(|source| Error::io(self.path(), source))?;
        if !status.is_file() {
            return Err(refused("is no file"));
        }
        if !self.owner.may_own(status.uid()) {
            return Err(refused("belongs to another user"));
        }
        Ok(Some(file))
    }

    /// Puts the lines in the place of the old file, whose owner and mode stay. A new one is the user's, and nobody else's
    /// to read; so is its folder.
    ///
    /// # Errors
    /// [`Error::Run`]; then the old file is as it was.
    pub fn write(&mut self) -> Result<()> {
        let path = self.path();
        let failed = |source: io::Error| Error::Run { what: format!("cannot write {path}"), source };
        let folder = match self.folder.take() {
            Some(folder) => folder,
            None => self.make_folder().map_err(failed)?,
        };
        let attributes = self.attributes.clone().unwrap_or_else(|| {
            let mut new = Attributes::new(0o600);
            (new.uid, new.gid) = (self.owner.uid, self.owner.gid);
            new
        });
        let mut bytes = self.lines.join(&b'\n');
        bytes.push(b'\n');
        let done =
            write_new(&folder, &bytes, &attributes).and_then(|()| Ok(renameat(&folder, NEW_FILE, &folder, FILE)?));
        if done.is_err() {
            // It may not have been made at all.
            let _ = unlinkat(&folder, NEW_FILE, AtFlags::empty());
        }
        done.map_err(failed)?;
        rustix::fs::fsync(&folder).map_err(|errno| failed(errno.into()))?;
        self.folder = Some(folder);
        Ok(())
    }

    fn make_folder(&self) -> io::Result<OwnedFd> {
        let mode = Mode::RWXU;
        mkdirat(&self.home, FOLDER, mode)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = openat(&self.home, FOLDER, flags, Mode::empty())?;
        let made = rustix::fs::fstat(&folder)?;
        // The user may have put another one in its place, which is not to be given away.
        if made.st_uid != rustix::process::geteuid().as_raw() || Mode::from_raw_mode(made.st_mode) != mode {
            return Err(io::Error::other("somebody has put another .ssh in the place of the new one"));
        }
        let (uid, gid) = (rustix::fs::Uid::from_raw(self.owner.uid), rustix::fs::Gid::from_raw(self.owner.gid));
        if made.st_uid != self.owner.uid || made.st_gid != self.owner.gid {
            rustix::fs::fchown(&folder, Some(uid), Some(gid))?;
        }
        Ok(folder)
    }
}

impl Owner {
    /// sshd trusts what belongs to the user or to root.
    fn may_own(&self, uid: u32) -> bool {
        uid == self.uid || uid == 0
    }
}

/// Writes a new file to the disk, with its owner and mode from the first moment that others can open it.
fn write_new(folder: &OwnedFd, bytes: &[u8], attributes: &Attributes) -> io::Result<()> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    // What follows fails if it is something else than a file.
    let _ = unlinkat(folder, NEW_FILE, AtFlags::empty());
    let mut file = File::from(openat(folder, NEW_FILE, flags, Mode::RUSR | Mode::WUSR)?);
    file.write_all(bytes)?;
    attributes.give(&file)?;
    file.sync_all()
}
