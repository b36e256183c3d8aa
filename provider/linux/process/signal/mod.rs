//! Sends signals through a pidfd, so that a reused process id is never hit.
//!
//! Between a client's look at a process and its wish to end it, that process may end and its id pass to another. So
//! the target is held by a pidfd first, then compared with the start time that the client saw, and only then signalled.

mod names;

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, geteuid, pidfd_open, pidfd_send_signal};

use super::{Fields, Process, Processes, Stat};
use crate::linux::users::UserNames;
use crate::linux::{Error, Result, Root};

pub use names::Signal;

/// What became of a process that was asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Termination {
    /// It has ended (its parent may not have collected it yet).
    Ended,
    /// It has the signal but was still there when the time limit was over.
    StillRunning,
}

/// Sends `signal` to the process `pid`.
///
/// With `start_ticks` (see [`super::Identity`]) only the process that started then is hit; another one that has its id
/// now is [`Error::NoSuchProcess`]. A refusal is [`Error::PermissionDenied`]: it says who tried and who owns the process.
pub fn send(root: &Root, pid: u32, start_ticks: Option<u64>, signal: Signal) -> Result<()> {
    Target::open(root, pid, start_ticks)?.send(signal)
}

/// Sends SIGTERM and waits until the process has ended, but no longer than `limit`; the errors are those of [`send`].
pub fn terminate(root: &Root, pid: u32, start_ticks: Option<u64>, limit: Duration) -> Result<Termination> {
    let target = Target::open(root, pid, start_ticks)?;
    target.send(Signal::TERM)?;
    target.wait(limit)
}

/// One process, held so that its id cannot come to mean another one.
pub struct Target {
    process: Process,
    pidfd: OwnedFd,
}

impl Target {
    /// Takes hold of the process `pid`; the errors are those of [`send`].
    pub fn open(root: &Root, pid: u32, start_ticks: Option<u64>) -> Result<Self> {
        let gone = || Error::NoSuchProcess { pid };
        let raw = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or_else(gone)?;
        let pidfd = pidfd_open(raw, PidfdFlags::empty()).map_err(|errno| match errno {
            // EINVAL (ENOENT since Linux 6.15) means the id of a mere thread.
            Errno::SRCH | Errno::INVAL | Errno::NOENT => gone(),
            errno => failure(errno, "pidfd_open", "5.3"),
        })?;
        let process = Processes::open(root)?.get(pid, Fields::STAT | Fields::CREDENTIALS)?;
        if start_ticks.is_some() && start_ticks != process.identity().map(|identity| identity.start_ticks) {
            return Err(gone());
        }
        Ok(Self { process, pidfd })
    }

    /// The process ID, which means this process as long as it has not been waited for.
    pub(super) fn pid(&self) -> u32 {
        self.process.pid
    }

    /// Whether this is a kernel thread, to which signals mean nothing.
    pub fn is_kernel_thread(&self) -> bool {
        self.process.stat.as_ref().is_some_and(Stat::is_kernel_thread)
    }

    /// Sends `signal`; the errors are those of the function [`send`].
    pub fn send(&self, signal: Signal) -> Result<()> {
        pidfd_send_signal(&self.pidfd, signal.0).map_err(|errno| match errno {
            Errno::SRCH => Error::NoSuchProcess { pid: self.process.pid },
            Errno::PERM => Error::PermissionDenied {
                reason: self.refusal(&format!("send {signal} to"), &mut UserNames::of_machine()),
            },
            errno => failure(errno, "pidfd_send_signal", "5.1"),
        })
    }

    /// Waits until the process has ended, but no longer than `limit`.
    pub fn wait(&self, limit: Duration) -> Result<Termination> {
        let deadline = Instant::now() + limit;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let timeout = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
            // A pidfd becomes readable when its process ends.
            match poll(&mut [PollFd::new(&self.pidfd, PollFlags::IN)], Some(&timeout)) {
                Ok(0) => return Ok(Termination::StillRunning),
                Ok(_) => return Ok(Termination::Ended),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(failure(errno, "poll of a pidfd", "5.3")),
            }
        }
    }

    /// Who tried what, and who owns the process.
    pub(super) fn refusal(&self, deed: &str, names: &mut UserNames) -> String {
        let mut user = |uid: u32| match names.name(uid) {
            Some(name) => format!("{name} (uid {uid})"),
            None => format!("uid {uid}"),
        };
        let asker = user(geteuid().as_raw());
        let name = self.process.stat.as_ref().map_or("?", |stat| &stat.name);
        let owner = self.process.credentials.map_or_else(|| "another user".to_owned(), |ids| user(ids.real_user));
        format!("{asker} may not {deed} process {} ({name}), which belongs to {owner}", self.process.pid)
    }
}

fn failure(errno: Errno, call: &str, since: &str) -> Error {
    match errno {
        Errno::NOSYS => Error::Unsupported {
            what: format!("signals are sent through {call}, which this kernel lacks: it needs Linux {since} or newer"),
        },
        errno => Error::io(call, errno),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Child, Command, Stdio};

    use super::*;

    fn sleeper() -> Child {
        Command::new("sleep").arg("60").spawn().unwrap()
    }

    fn start_of(pid: u32) -> u64 {
        let process = Processes::open(&Root::host()).unwrap().get(pid, Fields::STAT).unwrap();
        process.identity().unwrap().start_ticks
    }

    #[test]
    fn the_process_that_was_seen_gets_the_signal() {
        let mut child = sleeper();
        send(&Root::host(), child.id(), Some(start_of(child.id())), Signal::KILL).unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(9));
    }

    #[test]
    fn a_process_with_another_start_time_is_not_hit() {
        let mut child = sleeper();
        let other_start = start_of(child.id()) - 1;
        let error = send(&Root::host(), child.id(), Some(other_start), Signal::KILL).unwrap_err();
        assert!(matches!(error, Error::NoSuchProcess { pid } if pid == child.id()));
        assert!(child.try_wait().unwrap().is_none(), "it should still run");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn terminate_waits_for_the_end() {
        let mut child = sleeper();
        let outcome = terminate(&Root::host(), child.id(), None, Duration::from_secs(20)).unwrap();
        assert_eq!(outcome, Termination::Ended);
        assert_eq!(child.wait().unwrap().signal(), Some(15));
    }

    #[test]
    fn terminate_does_not_wait_beyond_the_limit() {
        // A signal that is ignored stays so across exec.
        let mut deaf = Command::new("sh");
        deaf.args(["-c", "trap '' TERM; echo; exec sleep 60"]).stdout(Stdio::piped());
        let mut deaf = deaf.spawn().unwrap();
        deaf.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();

        let limit = Duration::from_millis(100);
        let start = Instant::now();
        let outcome = terminate(&Root::host(), deaf.id(), None, limit).unwrap();
        assert_eq!(outcome, Termination::StillRunning);
        assert!(start.elapsed() >= limit);
        deaf.kill().unwrap();
        deaf.wait().unwrap();
    }

    #[test]
    fn a_process_that_ended_is_no_such_process() {
        let mut child = sleeper();
        child.kill().unwrap();
        child.wait().unwrap();
        let error = send(&Root::host(), child.id(), None, Signal::TERM).unwrap_err();
        assert!(matches!(error, Error::NoSuchProcess { .. }), "{error}");
    }

    #[test]
    fn process_groups_and_all_processes_cannot_be_meant() {
        for pid in [0, u32::MAX, i32::MAX as u32] {
            let error = send(&Root::host(), pid, None, Signal::TERM).unwrap_err();
            assert!(matches!(error, Error::NoSuchProcess { .. }), "{pid}: {error}");
        }
    }

    #[test]
    fn a_refusal_names_the_asker_and_the_owner() {
        let child = Target::open(&Root::host(), std::process::id(), None).unwrap();
        let mut names = UserNames::with(|uid| (uid == 0).then(|| "root".to_owned()));
        let reason = child.refusal("send SIGTERM to", &mut names);
        assert!(reason.contains("may not send SIGTERM to process"), "{reason}");
        assert!(reason.contains("which belongs to"), "{reason}");
    }

    #[test]
    fn an_ordinary_user_may_not_end_the_first_process() {
        if geteuid().is_root() {
            return;
        }
        let error = send(&Root::host(), 1, None, Signal::TERM).unwrap_err();
        assert!(error.is_permission_denied(), "{error:?}");
        assert!(error.to_string().ends_with("which belongs to root (uid 0)"), "{error}");
    }

    #[test]
    fn a_kernel_without_pidfd_is_named_as_the_reason() {
        let message = failure(Errno::NOSYS, "pidfd_open", "5.3").to_string();
        assert!(message.contains("Linux 5.3"), "{message}");
    }
}
