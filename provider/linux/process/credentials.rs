//! Who a process runs as: by the kernel's answer about its id, or by `/proc/PID/status`.

use std::io::ErrorKind;

use pidfd_util::{PidFd, PidFdExt as _};

use super::directory::ProcDirectory;
use crate::linux::Root;

/// Who a process runs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The user who started it.
    pub real_user: u32,
    /// The user whose rights it has.
    pub effective_user: u32,
    /// The user whose rights it can take back.
    pub saved_user: u32,
    /// The group of the user who started it.
    pub real_group: u32,
    /// The group whose rights it has.
    pub effective_group: u32,
}

/// Asks the kernel itself, which since Linux 6.13 answers at less than half of what the text of `/proc/PID/status` costs.
pub(super) struct Kernel {
    answers: bool,
}

impl Kernel {
    /// `proc` is the directory in which the processes are listed: its ids must be those of system calls.
    pub(super) fn new(root: &Root, proc: &ProcDirectory) -> Self {
        Self { answers: root.is_running_kernel() && proc.own_pid() == Some(std::process::id()) }
    }

    /// The credentials of whatever process has this id now, or `None` if the kernel does not tell.
    pub(super) fn credentials(&mut self, pid: u32) -> Option<Credentials> {
        if !self.answers {
            return None;
        }
        match PidFd::from_pid(pid.try_into().ok()?).and_then(|process| process.get_creds()) {
            Ok(ids) => Some(Credentials {
                real_user: ids.ruid,
                effective_user: ids.euid,
                saved_user: ids.suid,
                real_group: ids.rgid,
                effective_group: ids.egid,
            }),
            Err(error) => {
                // An older kernel, or a sandbox, will say no more of the next one.
                let is_gone = rustix::io::Errno::from_io_error(&error) == Some(rustix::io::Errno::SRCH);
                self.answers = is_gone || error.kind() == ErrorKind::NotFound;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Fields, Processes};
    use super::*;

    #[test]
    fn the_kernel_and_its_file_agree_on_every_process() {
        let root = Root::host();
        let mut kernel = Kernel::new(&root, &ProcDirectory::open(&root).unwrap());
        let mut processes = Processes::open(&root).unwrap();
        let mut compared = 0;
        for pid in processes.pids().unwrap() {
            // Only the file tells whether the id is a process's, so it is what is read for one process. Between the two, one
            // may take other rights.
            let mut agree = || {
                let by_file = processes.get(pid, Fields::CREDENTIALS).ok()?.credentials;
                Some(kernel.credentials(pid)? == by_file?)
            };
            let Some(first) = agree() else { continue };
            assert!(first || (0..10).any(|_| agree() != Some(false)), "process {pid}");
            compared += 1;
        }
        if kernel.answers {
            assert!(compared > 0);
        } else {
            eprintln!("skipped: this kernel has no PIDFD_GET_INFO (Linux 6.13)");
        }
    }

    #[test]
    fn an_id_that_nobody_has_says_nothing_of_the_next_one() {
        let root = Root::host();
        let mut kernel = Kernel::new(&root, &ProcDirectory::open(&root).unwrap());
        let answered = kernel.credentials(std::process::id()).is_some();
        assert_eq!(kernel.credentials(i32::MAX as u32), None);
        assert_eq!(kernel.credentials(u32::MAX), None);
        assert_eq!(kernel.credentials(std::process::id()).is_some(), answered);
    }

    #[test]
    fn processes_of_another_machine_are_not_asked_for_here() {
        let root = crate::linux::testing::machine("debian12");
        let mut kernel = Kernel::new(&root, &ProcDirectory::open(&root).unwrap());
        assert_eq!(kernel.credentials(1), None);
    }
}
