//! The processes of this machine, and one to end.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// The process IDs that `/proc` lists now.
pub(crate) fn pids() -> BTreeSet<String> {
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
        .collect()
}

/// Runs `list` and checks that it names every process that runs all the while. Those that start or end meanwhile may be
/// listed or not.
pub(crate) fn assert_lists_all(list: impl FnOnce() -> BTreeSet<String>) {
    let before = pids();
    let listed = list();
    let after = pids();
    let missing: Vec<_> = before.intersection(&after).filter(|pid| !listed.contains(*pid)).collect();
    assert!(missing.is_empty(), "processes {missing:?} run, but are not among the {} listed", listed.len());
}

/// A process ID that no process has: above the kernel's limit.
pub(crate) const NO_PID: &str = "4194305";

/// A process that does nothing and can be ended.
pub(crate) struct Sleeper(Child);

impl Sleeper {
    /// Starts it.
    pub(crate) fn start() -> Self {
        Self(Command::new("sleep").arg("600").spawn().unwrap())
    }

    /// Its process ID.
    pub(crate) fn pid(&self) -> String {
        self.0.id().to_string()
    }

    /// The number of the signal that ends it, waiting for it a while.
    pub(crate) fn ended_by(&mut self) -> Option<i32> {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.signal();
            }
            assert!(Instant::now() < deadline, "process {} still runs", self.pid());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
