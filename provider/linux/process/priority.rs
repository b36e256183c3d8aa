//! Sets the nice value of a process, all its threads: in Linux each thread has one of its own.

use super::signal::{Target, Termination};
use crate::linux::users::UserNames;
use crate::linux::{Error, Result, Root};
use rustix::io::Errno;
use rustix::process::{Pid, setpriority_process};
use std::time::Duration;

/// The nice values of Linux, from served first to served last.
pub const NICE: std::ops::RangeInclusive<i32> = -20..=19;

/// Sets the nice value of the process `target`, which is held so that its ID cannot come to mean another one unnoticed.
///
/// # Errors
/// [`Error::InvalidInput`] for a value outside [`NICE`], [`Error::PermissionDenied`] for the process of another user or a
/// lower value without the right to that, [`Error::NoSuchProcess`] when it ended meanwhile.
pub fn set(root: &Root, target: &Target, nice: i32) -> Result<()> {
    if !NICE.contains(&nice) {
        return Err(Error::InvalidInput { what: format!("the nice value {nice} is not in -20 to 19") });
    }
    let pid = target.pid();
    let tasks = root.names_if_present(&format!("/proc/{pid}/task"))?.ok_or(Error::NoSuchProcess { pid })?;
    for thread in tasks.iter().filter_map(|name| Pid::from_raw(name.parse().ok()?)) {
        match setpriority_process(Some(thread), nice) {
            // A thread may end at any time.
            Ok(()) | Err(Errno::SRCH) => {}
            Err(Errno::ACCESS | Errno::PERM) => {
                return Err(Error::PermissionDenied {
                    reason: target.refusal(&format!("set the nice value {nice} of"), &mut UserNames::of_machine()),
                });
            }
            Err(errno) => return Err(Error::io(format!("/proc/{pid}/task"), errno)),
        }
    }
    match target.wait(Duration::ZERO)? {
        Termination::Ended => Err(Error::NoSuchProcess { pid }),
        Termination::StillRunning => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::process::{Fields, Processes};
    use std::process::Command;

    #[test]
    fn every_thread_gets_the_nice_value_and_one_that_is_none_is_refused() {
        let root = Root::host();
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let target = Target::open(&root, child.id(), None).unwrap();
        set(&root, &target, 7).unwrap();
        let stat = Processes::open(&root).unwrap().get(child.id(), Fields::STAT).unwrap().stat;
        assert_eq!(stat.map(|stat| stat.nice), Some(7));
        assert!(matches!(set(&root, &target, 20), Err(Error::InvalidInput { .. })));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(matches!(set(&root, &target, 8), Err(Error::NoSuchProcess { .. })));
    }
}
