//! Bookmarks: how far a file has been read, kept in a file of its own for each path and name.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::{User, geteuid};
use rustix::fs::{FlockOperation, flock};

use super::identity;
use crate::linux::{Error, Result};

/// How many bytes before the mark are kept, to see whether the file is still the same one.
const CONTEXT: u64 = 64;

/// A mark is a few hundred bytes; more is none of ours.
const LARGEST: u64 = 4096;

/// Where bookmarks are kept.
#[derive(Clone, Debug)]
pub struct Bookmarks {
    directory: PathBuf,
}

/// How far a file has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    device: u64,
    inode: u64,
    /// How many bytes have been read.
    pub offset: u64,
    /// The last bytes before that, in hexadecimal.
    context: String,
}

/// The file of one bookmark, locked against other calls.
pub(super) struct Place {
    file: File,
    path: PathBuf,
}

impl Bookmarks {
    /// Those of the user that this process runs as.
    ///
    /// # Errors
    /// A user other than root who has no home directory.
    pub fn of_user() -> Result<Self> {
        let user = geteuid();
        if user.is_root() {
            return Ok(Self::at("/var/lib/lumi/bookmarks"));
        }
        let home = User::from_uid(user).ok().flatten().map(|user| user.dir).filter(|home| home.is_absolute());
        let home = home.ok_or_else(|| Error::Unsupported {
            what: format!("bookmarks are kept in the home directory, which the user with the ID {user} does not have"),
        })?;
        Ok(Self::at(home.join(".local/state/lumi/bookmarks")))
    }

    /// Those in a directory, which is made when it is needed.
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// The bookmark of a file with a full path.
    pub(super) fn open(&self, file: &Path, name: &str) -> Result<Place> {
        let is_name = (1..=64).contains(&name.len())
            && !name.starts_with('.')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        if !is_name {
            let what = format!(
                "{name:?} is no name of a bookmark: 1 to 64 letters, digits, hyphens, underscores and dots, and no dot \
                 at the beginning"
            );
            return Err(Error::InvalidInput { what });
        }
        let mut path = self.directory.join(name).into_os_string();
        path.push(file);
        path.push(".bookmark");
        let path = PathBuf::from(path);
        let directory = path.parent().unwrap_or(&self.directory);
        let made = DirBuilder::new().recursive(true).mode(0o700).create(directory);
        made.map_err(|error| Error::io(directory, error))?;
        let nofollow = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(nofollow)
            .open(&path)
            .map_err(|error| Error::io(&path, error))?;
        flock(&file, FlockOperation::LockExclusive).map_err(|error| Error::io(&path, error))?;
        Ok(Place { file, path })
    }
}

impl Place {
    /// The mark. `None` for a new bookmark.
    pub(super) fn mark(&mut self) -> Result<Option<Mark>> {
        let mut text = String::new();
        self.file.seek(SeekFrom::Start(0)).map_err(|error| Error::io(&self.path, error))?;
        let read = (&self.file).take(LARGEST).read_to_string(&mut text);
        read.map_err(|error| Error::io(&self.path, error))?;
        if text.is_empty() {
            return Ok(None);
        }
        let damaged = || Error::parse(&self.path, "it is damaged: set the bookmark anew by ResetBookmark");
        Mark::parse(&text).map(Some).ok_or_else(damaged)
    }

    /// Sets the mark.
    pub(super) fn set(&mut self, mark: &Mark) -> Result<()> {
        let text = mark.to_string();
        // The line feed at the end tells a whole mark from one that was cut off.
        let written = self
            .file
            .write_all_at(text.as_bytes(), 0)
            .and_then(|()| self.file.set_len(text.len() as u64))
            .and_then(|()| self.file.flush());
        written.map_err(|error| Error::io(&self.path, error))
    }

    /// Makes the bookmark as if it were new.
    pub(super) fn clear(&mut self) -> Result<()> {
        self.file.set_len(0).map_err(|error| Error::io(&self.path, error))
    }
}

impl Mark {
    /// The mark at the end of a file, or at its beginning.
    pub(super) fn of(file: &mut File, at_beginning: bool) -> Result<Self> {
        let size = file.metadata().map_err(|error| Error::io("the log file", error))?.len();
        Self::at(file, if at_beginning { 0 } else { size })
    }

    /// The mark at an offset of a file.
    pub(super) fn at(file: &mut File, offset: u64) -> Result<Self> {
        let (device, inode) = identity(file).map_err(|error| Error::io("the log file", error))?;
        Ok(Self { device, inode, offset, context: context(file, offset)? })
    }

    pub(super) fn identity(&self) -> (u64, u64) {
        (self.device, self.inode)
    }

    /// Whether this is the file that was read up to the mark. An inode that was reused for another file is not.
    pub(super) fn is_in(&self, file: &mut File) -> Result<bool> {
        let now = identity(file).map_err(|error| Error::io("the log file", error))?;
        Ok(now == self.identity() && context(file, self.offset)? == self.context)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.strip_suffix('\n')?.split(' ');
        let (device, inode, offset) = (words.next()?, words.next()?, words.next()?);
        let context = words.next()?.to_owned();
        let mark =
            Self { device: device.parse().ok()?, inode: inode.parse().ok()?, offset: offset.parse().ok()?, context };
        words.next().is_none().then_some(mark)
    }
}

impl std::fmt::Display for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} {} {} {}", self.device, self.inode, self.offset, self.context)
    }
}

/// The bytes before an offset, or a shorter text where the file is shorter.
fn context(file: &File, offset: u64) -> Result<String> {
    let start = offset.saturating_sub(CONTEXT);
    let mut bytes = vec![0; (offset - start) as usize];
    let mut length = 0;
    while length < bytes.len() {
        match file.read_at(&mut bytes[length..], start + length as u64) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) => return Err(Error::io("the log file", error)),
        }
    }
    Ok(bytes[..length].iter().map(|byte| format!("{byte:02x}")).collect())
}
