//! What SCXcore cost on another machine, for where it is not installed.
//!
//! The figures are means of two rounds on a machine of 2 processors with 417 processes. How fast this machine is at the moment is
//! told by two things that were measured then, too, and have nothing to do with either provider set: what omiserver takes for
//! a request that no provider sees, and what the kernel takes for the file `stat` of a process. Wall times are scaled by the
//! one, processor times by the other.

use crate::measure;
use crate::subject::Subject;
use crate::support::{Result, cpu_time, median, milliseconds};
use std::fs;

/// Milliseconds, and numbers of system calls, for this machine.
pub(crate) struct Recorded {
    pub(crate) list_cpu: f64,
    pub(crate) list_wall: f64,
    /// For each of 358 processes.
    pub(crate) list_calls: f64,
    pub(crate) command_calls: f64,
}

impl Recorded {
    pub(crate) fn scaled(subjects: &[Subject]) -> Result<Self> {
        let wall = measure(subjects, 500, &["id"])[0].wall / 0.565;
        let cpu = stat_of_a_process()? / 0.0087;
        println!(
            "SCXcore's figures are of a machine that took 1/{wall:.2} of the time and 1/{cpu:.2} of the processor time"
        );
        Ok(Self { list_cpu: 33.6 * cpu, list_wall: 52.0 * wall, list_calls: 17.9, command_calls: 2750.0 })
    }
}

/// The processor time of reading one file, in milliseconds.
fn stat_of_a_process() -> Result<f64> {
    let mut reads = Vec::new();
    for _ in 0..20 {
        let before = cpu_time();
        let mut count = 0_u32;
        for entry in fs::read_dir("/proc")?.flatten() {
            count += u32::from(fs::read(entry.path().join("stat")).is_ok());
        }
        reads.push(milliseconds(cpu_time().saturating_sub(before)) / f64::from(count.max(1)));
    }
    Ok(median(reads))
}
