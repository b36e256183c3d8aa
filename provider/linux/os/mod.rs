//! The operating system: which distribution, which kernel, since when it runs, its limits and its clock.
//!
//! There is no reader for a greatest number of processes per user: Linux has no such value. `RLIMIT_NPROC` belongs to
//! each process and differs between sessions, services and ourselves.

pub mod clock;
mod kernel;
mod release;
mod sessions;
mod time_zone;

use std::time::Duration;

pub use kernel::{Kernel, kernel};
pub use release::{OsRelease, release};
pub use sessions::session_count;
pub use time_zone::{LocalTime, TimeZone, time_zone};

use super::{Error, Result, Root, process};

/// How long the machine runs, suspended times included: `/proc/uptime`, first number.
pub fn uptime(root: &Root) -> Result<Duration> {
    let text = root.read_text("/proc/uptime")?;
    let seconds = text.split_ascii_whitespace().next().and_then(|word| word.parse().ok());
    let uptime = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    uptime.ok_or_else(|| Error::parse(root.path("/proc/uptime"), "it should start with a number of seconds"))
}

/// How many processes there are, kernel threads included: the numbered directories of `/proc`.
pub fn process_count(root: &Root) -> Result<usize> {
    process::count(root)
}

/// How many processes there can be: `/proc/sys/kernel/pid_max`, the bound of all process ids, which threads share.
pub fn max_process_count(root: &Root) -> Option<u64> {
    root.number("/proc/sys/kernel/pid_max")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::{machine, machine_with};
    use std::time::SystemTime;

    #[test]
    fn boot_time_and_uptime_of_this_machine_add_up_to_now() {
        let root = Root::host();
        let now = root.facts().boot_time + uptime(&root).unwrap();
        let apart = SystemTime::now().duration_since(now).unwrap_or_else(|error| error.duration());
        assert!(apart < Duration::from_secs(3), "{apart:?}");
    }

    #[test]
    fn uptime_keeps_its_hundredths() {
        assert_eq!(uptime(&machine("debian12")).unwrap(), Duration::from_millis(93_784_270));
    }

    #[test]
    fn files_that_make_no_sense_are_errors() {
        let (_dir, root) = machine_with(&[("/proc/uptime", b"-1 nan")]);
        assert!(uptime(&root).is_err());
    }

    #[test]
    fn processes_are_counted_with_kernel_threads_and_bounded_by_pid_max() {
        let root = machine("debian12");
        assert_eq!(process_count(&root).unwrap(), 4);
        assert_eq!(max_process_count(&root), Some(4_194_304));
        assert_eq!(max_process_count(&machine("alpine")), Some(32_768));
        assert!(process_count(&Root::host()).unwrap() > 1);
    }
}
