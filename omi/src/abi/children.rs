//! What a host has open, and the programs that a provider starts.

use std::io::{Error, Result};

/// Standard input, output and error: whoever starts a program says what these are.
const STANDARD: i32 = 2;

/// Keeps the open files of this process from the programs that it starts from now on.
///
/// A provider shares its process with the host and with other providers, and not all of them open their files so that
/// they end at an exec: the agents of omiserver have their log and the connection to the server open, by which a
/// program could speak in the agent's name. So call this before starting any. Files that are opened later by others are not
/// covered. It takes two short system calls for each file that is open.
///
/// # Errors
/// When `/proc/self/fd` cannot be read.
pub fn keep_files_from_children() -> Result<()> {
    for entry in std::fs::read_dir("/proc/self/fd")? {
        let Some(number) = entry?.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        if number > STANDARD {
            close_on_exec(number)?;
        }
    }
    Ok(())
}

fn close_on_exec(number: i32) -> Result<()> {
    // SAFETY: both calls take and give numbers alone. A number whose file somebody else closes meanwhile is refused with
    // EBADF, and one that means another file by then merely has that one closed at an exec.
    let done = unsafe {
        match libc::fcntl(number, libc::F_GETFD) {
            -1 => -1,
            flags if flags & libc::FD_CLOEXEC != 0 => 0,
            flags => libc::fcntl(number, libc::F_SETFD, flags | libc::FD_CLOEXEC),
        }
    };
    let error = Error::last_os_error();
    if done == -1 && error.raw_os_error() != Some(libc::EBADF) { Err(error) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;
    use std::process::Command;

    #[test]
    fn a_file_that_was_open_to_children_no_longer_is() {
        let file = std::fs::File::open("/proc/self/status").unwrap();
        let number = file.as_raw_fd();
        let is_inherited = || {
            let path = format!("/proc/self/fd/{number}");
            let listed = Command::new("readlink").arg(path).output().unwrap().stdout;
            String::from_utf8_lossy(&listed).ends_with("/status\n")
        };
        // SAFETY: as above; the file is open until the end of the test.
        assert_eq!(unsafe { libc::fcntl(number, libc::F_SETFD, 0) }, 0);
        assert!(is_inherited());
        keep_files_from_children().unwrap();
        assert!(!is_inherited());
    }
}
