//! Which records are wanted, in the terms of the journal's index.

use std::time::{Duration, SystemTime};

use crate::linux::{Error, Result};

/// Which records are wanted: those that meet all of this.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// The values of fields; text is compared without regard to case.
    pub fields: Vec<(Field, String)>,
    /// The lowest and the highest priority, 0 (emergency) to 7 (debug).
    pub priorities: Option<(u8, u8)>,
    /// Not older than this, to the second.
    pub since: Option<SystemTime>,
    /// Not younger than this, to the second.
    pub until: Option<SystemTime>,
    /// The record where to begin.
    pub from: Option<Bound>,
    /// At most so many records.
    pub newest: Option<u32>,
}

/// A record where reading begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The record with this cursor is the first one.
    At(String),
    /// The record after the one with this cursor is the first one.
    After(String),
}

/// A field that the journal has an index of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The unit that the record is of, or that systemd reports on.
    Unit,
    /// The name that the program gave itself.
    Identifier,
    /// The ID of the boot.
    Boot,
    /// How the record came.
    Transport,
    /// The ID of the process.
    Process,
    /// The ID of the user.
    User,
}

impl Field {
    /// The journal's name of the field.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Unit => "_SYSTEMD_UNIT",
            Self::Identifier => "SYSLOG_IDENTIFIER",
            Self::Boot => "_BOOT_ID",
            Self::Transport => "_TRANSPORT",
            Self::Process => "_PID",
            Self::User => "_UID",
        }
    }

    /// Whether the value is a number, which has one spelling.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Process | Self::User)
    }
}

impl Selection {
    /// Refuses a cursor that can be none, which would otherwise be an argument of a program.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] says what a cursor looks like.
    pub fn check(&self) -> Result<()> {
        let Some(Bound::At(cursor) | Bound::After(cursor)) = &self.from else { return Ok(()) };
        let is_cursor = cursor.starts_with("s=")
            && cursor.contains(";i=")
            && cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"=;".contains(&byte));
        if is_cursor {
            return Ok(());
        }
        let what = format!("{cursor:?} is no cursor of the journal: a RecordID such as s=0639...;i=1a2;b=4f5a...");
        Err(Error::InvalidInput { what })
    }

    /// The options of `journalctl`, without the matches.
    pub(super) fn options(&self) -> Vec<String> {
        let mut options = Vec::new();
        if let Some((lowest, highest)) = self.priorities {
            options.push(format!("--priority={lowest}..{highest}"));
        }
        let seconds =
            |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
        if let Some(since) = self.since {
            options.push(format!("--since=@{}", seconds(since)));
        }
        if let Some(until) = self.until {
            options.push(format!("--until=@{}", seconds(until).saturating_add(1)));
        }
        match &self.from {
            Some(Bound::At(cursor)) => options.push(format!("--cursor={cursor}")),
            Some(Bound::After(cursor)) => options.push(format!("--after-cursor={cursor}")),
            None => {}
        }
        if let Some(newest) = self.newest {
            options.push(format!("--lines={newest}"));
        }
        options
    }
}
