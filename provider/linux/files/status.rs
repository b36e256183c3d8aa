//! What the kernel tells of a file without opening it.

use rustix::fs::{FileType, Stat};
use std::time::{Duration, SystemTime};

/// What something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Directory,
    Link,
    /// A device, pipe or socket.
    Other,
}

impl Kind {
    /// With an article, for messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::File => "a file",
            Self::Directory => "a directory",
            Self::Link => "a symbolic link",
            Self::Other => "a device, pipe or socket",
        }
    }
}

/// Seconds since 1970 and nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Time {
    pub(crate) seconds: i64,
    pub(crate) nanoseconds: u32,
}

impl Time {
    /// Whether both are the same as far as every file system can tell; FAT counts in units of two seconds.
    pub(crate) fn is_about(self, other: Self) -> bool {
        self.seconds.abs_diff(other.seconds) < 2
    }

    pub(crate) fn system_time(self) -> Option<SystemTime> {
        let nanoseconds = Duration::from_nanos(self.nanoseconds.into());
        let seconds = Duration::from_secs(self.seconds.unsigned_abs());
        let whole = if self.seconds < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(seconds)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(seconds)
        };
        whole?.checked_add(nanoseconds)
    }
}

/// What a name stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Status(pub(super) Stat);

impl Status {
    pub(crate) fn kind(&self) -> Kind {
        match FileType::from_raw_mode(self.0.st_mode) {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Directory,
            FileType::Symlink => Kind::Link,
            _ => Kind::Other,
        }
    }

    /// The permissions and the bits for set-user-ID, set-group-ID and sticky.
    pub(crate) fn mode(&self) -> u32 {
        self.0.st_mode & 0o7777
    }

    pub(crate) fn uid(&self) -> u32 {
        self.0.st_uid
    }

    pub(crate) fn gid(&self) -> u32 {
        self.0.st_gid
    }

    /// Bytes.
    pub(crate) fn size(&self) -> u64 {
        self.0.st_size.unsigned_abs()
    }

    pub(crate) fn modified(&self) -> Time {
        Time { seconds: self.0.st_mtime, nanoseconds: u32::try_from(self.0.st_mtime_nsec).unwrap_or(0) }
    }

    /// When the contents or anything about them last changed.
    pub(crate) fn changed(&self) -> Time {
        Time { seconds: self.0.st_ctime, nanoseconds: u32::try_from(self.0.st_ctime_nsec).unwrap_or(0) }
    }

    /// What tells it from everything else on the machine while it exists.
    pub(crate) fn id(&self) -> (u64, u64) {
        (self.0.st_dev, self.0.st_ino)
    }

    pub(super) fn has_other_names(&self) -> bool {
        self.0.st_nlink > 1
    }
}
