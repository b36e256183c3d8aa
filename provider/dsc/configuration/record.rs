//! What is remembered of operations.

use super::report::{Report, Status};
use crate::linux::Root;
use serde::{Deserialize, Serialize};
use std::time::SystemTime;

/// What came of an operation that may change the machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When it ended, as RFC 3339 has it.
    pub time: String,
    /// What it was: apply, check, roll back.
    pub action: String,
    /// The name of the configuration, where it has one.
    pub name: Option<String>,
    /// Whether all is as it is to be.
    pub succeeded: bool,
    /// One line on all resources.
    pub summary: String,
    /// The boot that has to end for it to count, where a resource needs that: the kernel's boot_id.
    pub reboot_after: Option<String>,
    /// Those that were not in the desired state already.
    pub resources: Vec<RecordedResource>,
}

/// What came of a resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordedResource {
    /// How the configuration names it.
    pub id: String,
    /// How it stood in the end.
    pub status: String,
    /// How long it took.
    pub seconds: f64,
    /// Why it failed or was skipped.
    pub error: Option<String>,
}

impl Record {
    pub(super) fn new(action: &str, name: Option<&str>, report: &Report, root: &Root) -> Self {
        let boot_id = report.needs_reboot().then(|| root.value("/proc/sys/kernel/random/boot_id")).flatten();
        let resources = report.entries.iter().filter(|entry| entry.status != Status::InState);
        let resources = resources.map(|entry| RecordedResource {
            id: entry.id.clone(),
            status: entry.status.name().to_owned(),
            seconds: entry.duration.as_secs_f64(),
            error: entry.error.as_ref().map(|error| error.message().to_owned()),
        });
        Self {
            time: now(),
            action: action.to_owned(),
            name: name.map(str::to_owned),
            succeeded: report.is_in_desired_state(),
            summary: report.summary(),
            reboot_after: boot_id,
            resources: resources.collect(),
        }
    }
}

/// The time, as RFC 3339 has it.
pub(super) fn now() -> String {
    time(SystemTime::now())
}

/// A time, as RFC 3339 has it.
pub(super) fn time(time: SystemTime) -> String {
    let time = jiff::Timestamp::try_from(time).unwrap_or_default();
    format!("{:.0}", time)
}
