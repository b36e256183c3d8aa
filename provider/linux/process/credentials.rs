//! Who a process runs as: by the kernel's answer about a handle on it, or by `/proc/PID/status`.

use std::io;

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

    /// A handle on the process that has this id now, or `None` if the kernel gives none, or none that tells credentials.
    pub(super) fn handle(&mut self, pid: u32) -> Option<Handle> {
        if !self.answers {
            return None;
        }
        match PidFd::from_pid(pid.try_into().ok()?) {
            Ok(process) => Some(Handle(process)),
            Err(error) => {
                self.answers = is_gone(&error);
                None
            }
        }
    }

    /// The credentials of the process that a handle was opened on, if that is still there, be it as a zombie. `None` proves
    /// nothing: until Linux 6.15 that is all that is told of a process whose parent is in no namespace of ours.
    pub(super) fn credentials(&mut self, Handle(process): Handle) -> Option<Credentials> {
        match process.get_creds() {
            Ok(ids) => Some(Credentials {
                real_user: ids.ruid,
                effective_user: ids.euid,
                saved_user: ids.suid,
                real_group: ids.rgid,
                effective_group: ids.egid,
            }),
            Err(error) => {
                // An older kernel, or a sandbox, will say no more of the next one.
                self.answers = is_gone(&error);
                None
            }
        }
    }
}

/// A process, whoever has its id later.
pub(super) struct Handle(PidFd);

fn is_gone(error: &io::Error) -> bool {
    rustix::io::Errno::from_io_error(error) == Some(rustix::io::Errno::SRCH) || error.kind() == io::ErrorKind::NotFound
}

#[cfg(test)]
mod tests {
    use super::super::{Fields, Processes};
    use super::*;

    fn of(kernel: &mut Kernel, pid: u32) -> Option<Credentials> {
        let handle = kernel.handle(pid)?;
        kernel.credentials(handle)
    }

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
                Some(of(&mut kernel, pid)? == by_file?)
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
        let answered = of(&mut kernel, std::process::id()).is_some();
        assert_eq!(of(&mut kernel, i32::MAX as u32), None);
        assert_eq!(of(&mut kernel, u32::MAX), None);
        assert_eq!(of(&mut kernel, std::process::id()).is_some(), answered);
    }

    #[test]
    fn a_handle_stays_with_its_process_and_tells_when_that_is_gone() {
        let root = Root::host();
        let mut kernel = Kernel::new(&root, &ProcDirectory::open(&root).unwrap());
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let before = [kernel.handle(child.id()), kernel.handle(child.id())];
        child.kill().unwrap();
        child.wait().unwrap();
        for handle in before.into_iter().flatten() {
            assert_eq!(kernel.credentials(handle), None);
        }
        assert!(kernel.handle(child.id()).is_none());
    }

    #[test]
    fn processes_of_another_machine_are_not_asked_for_here() {
        let root = crate::linux::testing::machine("debian12");
        let mut kernel = Kernel::new(&root, &ProcDirectory::open(&root).unwrap());
        assert!(kernel.handle(1).is_none());
    }
}
