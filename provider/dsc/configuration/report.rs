//! What came of testing or applying a configuration.

use crate::dsc::Difference;
use omi::{Error, ResultCode};
use std::time::Duration;

/// How it stands with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is as it is to be, and was so before.
    InState,
    /// It is not as it is to be.
    Drifted,
    /// It was not as it is to be, and is so now.
    Changed,
    /// It could not be tested or set.
    Failed,
    /// Nothing was tried.
    Skipped,
}

impl Status {
    /// For a person.
    pub fn name(self) -> &'static str {
        match self {
            Self::InState => "in desired state",
            Self::Drifted => "not in desired state",
            Self::Changed => "changed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// What came of one resource.
#[derive(Clone, Debug)]
pub struct Entry {
    /// How the configuration names it.
    pub id: String,
    /// The line of the configuration where it begins.
    pub line: usize,
    /// How it stands.
    pub status: Status,
    /// What is or was not as it is to be.
    pub differences: Vec<Difference>,
    /// How long it took.
    pub duration: Duration,
    /// Why it failed or was skipped.
    pub error: Option<Error>,
    /// Whether the machine must be started anew for it to count.
    pub needs_reboot: bool,
}

/// What came of all resources, in the order in which they were looked at.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Each one.
    pub entries: Vec<Entry>,
    /// How long all of it took.
    pub duration: Duration,
    /// Whether it was ended before its time.
    pub is_canceled: bool,
}

impl Report {
    /// How many stand so.
    pub fn count(&self, status: Status) -> usize {
        self.entries.iter().filter(|entry| entry.status == status).count()
    }

    /// Whether everything is as it is to be now.
    pub fn is_in_desired_state(&self) -> bool {
        let is_so = |entry: &Entry| matches!(entry.status, Status::InState | Status::Changed);
        self.entries.iter().all(is_so)
    }

    /// Whether the machine must be started anew.
    pub fn needs_reboot(&self) -> bool {
        self.entries.iter().any(|entry| entry.needs_reboot)
    }

    /// One line on all of it.
    pub fn summary(&self) -> String {
        let counts = [Status::InState, Status::Drifted, Status::Changed, Status::Failed, Status::Skipped]
            .map(|status| (self.count(status), status))
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, status)| format!("{count} {}", status.name()));
        let counts = counts.collect::<Vec<_>>().join(", ");
        let reboot = if self.needs_reboot() { "; the machine must be restarted" } else { "" };
        format!("{counts} ({:.1} s){reboot}", self.duration.as_secs_f64())
    }

    /// The failures as one error, which names each resource that failed; `None` when none did and nobody ended it.
    pub fn error(&self) -> Option<Error> {
        let failed: Vec<_> = self.entries.iter().filter(|entry| entry.status == Status::Failed).collect();
        let code = match failed.as_slice() {
            [] if self.is_canceled => {
                return Some(Error::failed(format!("stopped before its end: {}", self.summary())));
            }
            [] => return None,
            [one] => one.error.as_ref().map_or(ResultCode::FAILED, Error::code),
            _ => ResultCode::FAILED,
        };
        let texts = failed.iter().map(|entry| {
            let text = entry.error.as_ref().map_or("", Error::message);
            format!("\n{} (line {}): {text}", entry.id, entry.line)
        });
        let plural = if failed.len() == 1 { "" } else { "s" };
        let text = format!("{} resource{plural} failed{}", failed.len(), texts.collect::<String>());
        Some(Error::new(code, text))
    }
}
