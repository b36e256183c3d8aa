//! `/proc/PID/status`: who a process runs as.

use super::Credentials;
use crate::linux::error::Parsed;

/// What is read of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Status {
    /// `Tgid`: the process that the thread belongs to; for a process, its own id.
    pub(super) thread_group: u32,
    /// `Uid` and `Gid`.
    pub(super) credentials: Credentials,
}

pub(super) fn parse(bytes: &[u8]) -> Parsed<Status> {
    let (mut thread_group, mut users, mut groups) = (None, None, None);
    // The three lines stand near the top, so what follows is not looked at.
    for line in bytes.split(|byte| *byte == b'\n') {
        if let Some(rest) = line.strip_prefix(b"Tgid:") {
            thread_group = Some(numbers::<1>("Tgid", rest)?);
        } else if let Some(rest) = line.strip_prefix(b"Uid:") {
            users = Some(numbers::<3>("Uid", rest)?);
        } else if let Some(rest) = line.strip_prefix(b"Gid:") {
            groups = Some(numbers::<2>("Gid", rest)?);
        }
        if let (
            Some([thread_group]),
            Some([real_user, effective_user, saved_user]),
            Some([real_group, effective_group]),
        ) = (thread_group, users, groups)
        {
            let credentials = Credentials { real_user, effective_user, saved_user, real_group, effective_group };
            return Ok(Status { thread_group, credentials });
        }
    }
    Err("one of the lines Tgid, Uid and Gid is missing".to_owned())
}

/// The first `N` numbers after a label.
fn numbers<const N: usize>(label: &str, rest: &[u8]) -> Parsed<[u32; N]> {
    let mut numbers = [0; N];
    let mut words = rest.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    for number in &mut numbers {
        let word = words.next().and_then(|word| std::str::from_utf8(word).ok()?.parse().ok());
        *number = word.ok_or_else(|| format!("{label} should have at least {N} numbers"))?;
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// passwd, run by user 1000, on Debian 12 (kernel 6.1).
    const DEBIAN_12: &[u8] = b"Name:\tpasswd\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t1204\nNgid:\t0\nPid:\t1204\n\
        PPid:\t1198\nTracerPid:\t0\nUid:\t1000\t0\t0\t0\nGid:\t1000\t1000\t1000\t1000\nFDSize:\t256\n\
        Groups:\t27 1000 \nNStgid:\t1204\nVmPeak:\t    6212 kB\n";

    #[test]
    fn a_set_user_id_program_has_two_users() {
        let status = parse(DEBIAN_12).unwrap();
        let credentials = status.credentials;
        assert_eq!((credentials.real_user, credentials.effective_user, credentials.saved_user), (1000, 0, 0));
        assert_eq!((credentials.real_group, credentials.effective_group), (1000, 1000));
        assert_eq!(status.thread_group, 1204);
    }

    #[test]
    fn a_name_with_an_escaped_newline_forges_no_line() {
        let forged = b"Name:\tx\\nUid:\t0\nTgid:\t9\nUid:\t1000\t1000\t1000\t1000\nGid:\t5\t5\t5\t5\n";
        assert_eq!(parse(forged).unwrap().credentials.real_user, 1000);
    }

    #[test]
    fn a_missing_line_is_an_error_that_says_so() {
        assert!(parse(b"Name:\tx\nTgid:\t9\n").unwrap_err().contains("missing"));
        assert!(parse(b"Uid:\t1\n").unwrap_err().contains("Uid should have at least 3 numbers"));
    }
}
