//! The operating system: which distribution, which kernel, since when it runs, its limits and its clock.
//!
//! There is no reader for a greatest number of processes per user: Linux has no such value. `RLIMIT_NPROC` belongs to
//! each process and differs between sessions, services and ourselves.

pub mod clock;
mod kernel;
mod release;
mod sessions;
mod time_zone;

use std::time::{Duration, SystemTime};

pub use kernel::{Kernel, kernel};
pub use release::{OsRelease, release};
pub use sessions::session_count;
pub use time_zone::{LocalTime, TimeZone, time_zone};

use super::process::Processes;
use super::{Error, Result, Root};

/// When the kernel started, to a second: `btime` in `/proc/stat`. It moves when somebody sets the clock.
pub fn boot_time(root: &Root) -> Result<SystemTime> {
    let text = root.read_text("/proc/stat")?;
    let seconds = text.lines().find_map(|line| line.strip_prefix("btime ")?.trim().parse().ok());
    let time = seconds.and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
    time.ok_or_else(|| Error::parse(root.path("/proc/stat"), "there should be a line \"btime SECONDS\""))
}

/// How long the machine runs, suspended times included: `/proc/uptime`, first number.
pub fn uptime(root: &Root) -> Result<Duration> {
    let text = root.read_text("/proc/uptime")?;
    let seconds = text.split_ascii_whitespace().next().and_then(|word| word.parse().ok());
    let uptime = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    uptime.ok_or_else(|| Error::parse(root.path("/proc/uptime"), "it should start with a number of seconds"))
}

/// How many processes there are, kernel threads included: the numbered directories of `/proc`.
pub fn process_count(root: &Root) -> Result<usize> {
    Ok(Processes::open(root)?.pids()?.len())
}

/// How many processes there can be: `/proc/sys/kernel/pid_max`, the bound of all process ids, which threads share.
pub fn max_process_count(root: &Root) -> Option<u64> {
    root.number("/proc/sys/kernel/pid_max")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::{machine, machine_with};

    #[test]
    fn the_boot_time_needs_no_utmp() {
        let booted = boot_time(&machine("debian12")).unwrap();
        assert_eq!(booted, SystemTime::UNIX_EPOCH + Duration::from_secs(1_709_625_600));
    }

    #[test]
    fn boot_time_and_uptime_of_this_machine_add_up_to_now() {
        let root = Root::host();
        let now = boot_time(&root).unwrap() + uptime(&root).unwrap();
        let apart = SystemTime::now().duration_since(now).unwrap_or_else(|error| error.duration());
        assert!(apart < Duration::from_secs(3), "{apart:?}");
    }

    #[test]
    fn uptime_keeps_its_hundredths() {
        assert_eq!(uptime(&machine("debian12")).unwrap(), Duration::from_millis(93_784_270));
    }

    #[test]
    fn files_that_make_no_sense_are_errors() {
        let (_dir, root) = machine_with(&[("/proc/stat", b"cpu 1 2 3\n"), ("/proc/uptime", b"-1 nan")]);
        assert!(boot_time(&root).unwrap_err().to_string().contains("btime"));
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
