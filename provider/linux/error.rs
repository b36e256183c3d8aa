//! Why a fact could not be read or an act not be done.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// The result of a reader or an actor.
pub type Result<T> = std::result::Result<T, Error>;

/// What a parser of one file's bytes returns: the value, or what was wrong with the bytes.
pub(crate) type Parsed<T> = std::result::Result<T, String>;

/// Why a fact could not be read or an act not be done.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The kernel refused to open or read `path`.
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// `path` does not look as its documentation says.
    Parse {
        /// The file.
        path: PathBuf,
        /// What was wrong, and what would be right.
        what: String,
    },
    /// Something could not be started or done.
    Run {
        /// What was tried.
        what: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// No process has this id, or the one that had it is gone.
    NoSuchProcess {
        /// The process id that was asked for.
        pid: u32,
    },
    /// No file system that can be seen is mounted here.
    NotMounted {
        /// The mount point that was asked for.
        mount_point: PathBuf,
    },
    /// systemd knows no such unit.
    NoSuchUnit {
        /// The name that was asked for.
        name: String,
    },
    /// A message bus, or a service on it, does not answer or not as it should.
    Bus {
        /// Who was asked for what, and what came back.
        what: String,
    },
    /// A service on a message bus answered with an error.
    Refused {
        /// The name of the error, `org.freedesktop.systemd1.UnitMasked` for example.
        name: String,
        /// What the service said.
        what: String,
    },
    /// An act was begun and failed.
    Failed {
        /// What failed, and why.
        what: String,
    },
    /// The kernel refused an act for want of rights.
    PermissionDenied {
        /// Who tried what, and why it was refused.
        reason: String,
    },
    /// The request itself makes no sense.
    InvalidInput {
        /// What was wrong, and what would be right.
        what: String,
    },
    /// A program of the system failed.
    Tool {
        /// The program.
        name: &'static str,
        /// What happened, and what the program said.
        what: String,
    },
    /// The running kernel lacks what the act needs.
    Unsupported {
        /// What is missing, and since which version Linux has it.
        what: String,
    },
}

impl Error {
    pub(crate) fn io(path: impl Into<PathBuf>, source: impl Into<io::Error>) -> Self {
        Self::Io { path: path.into(), source: source.into() }
    }

    pub(crate) fn parse(path: impl Into<PathBuf>, what: impl Into<String>) -> Self {
        Self::Parse { path: path.into(), what: what.into() }
    }

    pub(crate) fn tool(name: &'static str, what: impl Into<String>) -> Self {
        Self::Tool { name, what: what.into() }
    }

    /// Whether the thing asked for does not exist.
    pub fn is_not_found(&self) -> bool {
        match self {
            Self::NoSuchProcess { .. } | Self::NoSuchUnit { .. } | Self::NotMounted { .. } => true,
            Self::Io { source, .. } | Self::Run { source, .. } => source.kind() == io::ErrorKind::NotFound,
            _ => false,
        }
    }

    /// Whether more rights would have helped.
    pub fn is_permission_denied(&self) -> bool {
        match self {
            Self::PermissionDenied { .. } => true,
            Self::Io { source, .. } | Self::Run { source, .. } => source.kind() == io::ErrorKind::PermissionDenied,
            _ => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, source } => write!(f, "cannot read {}: {source}", path.display()),
            Self::Run { what, source } => write!(f, "{what}: {source}"),
            Self::Parse { path, what } => write!(f, "cannot understand {}: {what}", path.display()),
            Self::NoSuchProcess { pid } => write!(f, "no process has the id {pid}"),
            Self::NotMounted { mount_point } => write!(f, "no file system is mounted on {}", mount_point.display()),
            Self::NoSuchUnit { name } => write!(f, "systemd knows no unit {name}"),
            Self::Tool { name, what } => write!(f, "{name} {what}"),
            Self::PermissionDenied { reason } => f.write_str(reason),
            Self::Bus { what }
            | Self::Refused { what, .. }
            | Self::Failed { what }
            | Self::InvalidInput { what }
            | Self::Unsupported { what } => f.write_str(what),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } | Self::Run { source, .. } => Some(source),
            _ => None,
        }
    }
}
