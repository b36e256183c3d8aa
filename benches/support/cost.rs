//! What requests cost omiserver, by the kernel's account.

#![allow(unreachable_pub)] // a module of a program has no other readers

use crate::omiserver::Omi;
use std::fs;
use std::time::Duration;

/// Processor time.
#[derive(Clone, Copy, Default)]
pub struct Cost {
    /// Of all of omiserver's processes.
    pub all: Duration,
    /// Of its agents, in which providers run.
    pub agent: Duration,
}

impl Cost {
    pub fn now(omi: &Omi) -> Self {
        let mut cost = Self::default();
        for pid in omi.processes() {
            let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
            let time = processor_time_of(&stat);
            cost.all += time;
            if stat.contains("(omiagent)") {
                cost.agent += time;
            }
        }
        cost
    }

    pub fn add(&mut self, before: Self, after: Self) {
        self.all += after.all.saturating_sub(before.all);
        self.agent += after.agent.saturating_sub(before.agent);
    }
}

/// The agent, in which providers run. There is one when all requests came from one user.
pub fn agent(omi: &Omi) -> Option<u32> {
    let is_agent = |pid: &u32| {
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        name.trim() == "omiagent"
    };
    omi.processes().into_iter().find(is_agent)
}

/// Fields 14 and 15 of `/proc/PID/stat`: user and system time, in hundredths of a second.
fn processor_time_of(stat: &str) -> Duration {
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = behind_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok());
    Duration::from_millis(ticks.sum::<u64>() * 10)
}
