//! Users that are logged in: utmp(5), or where a distribution gave that up, the sessions of systemd-logind.

use crate::linux::{Result, Root};

/// Old and new place; musl has neither.
const UTMP: [&str; 2] = ["/run/utmp", "/var/run/utmp"];
const LOGIND_SESSIONS: &str = "/run/systemd/sessions";
/// logind writes this for the seat that every machine has, so it tells whether logind runs.
const LOGIND_SEAT: &str = "/run/systemd/seats/seat0";

const USER_PROCESS: i16 = 7;

/// Where glibc keeps `ut_session` and `ut_tv` at 32 bits, for programs of both word sizes, a record is shorter.
const UTMP_RECORD: usize = if cfg!(any(
    target_arch = "x86",
    target_arch = "x86_64",
    target_arch = "powerpc64",
    target_arch = "s390x",
    target_arch = "sparc64",
    target_pointer_width = "32"
)) {
    384
} else {
    400
};

/// The number of login sessions. `None` if nothing on this machine keeps account of them.
pub fn session_count(root: &Root) -> Result<Option<usize>> {
    for path in UTMP {
        match root.read(path) {
            Ok(bytes) => return Ok(Some(count_utmp(root, &bytes))),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
    }
    if !root.exists(LOGIND_SEAT) {
        return Ok(None);
    }
    let names = root.names_if_present(LOGIND_SESSIONS)?;
    Ok(names.map(|names| names.iter().filter(|name| is_user_session(root, name)).count()))
}

/// Counts login records whose process still lives; a machine that lost power leaves others behind.
fn count_utmp(root: &Root, bytes: &[u8]) -> usize {
    let is_session = |record: &&[u8]| {
        let pid = i32::from_ne_bytes([record[4], record[5], record[6], record[7]]);
        i16::from_ne_bytes([record[0], record[1]]) == USER_PROCESS && pid > 0 && root.exists(&format!("/proc/{pid}"))
    };
    bytes.chunks_exact(UTMP_RECORD).filter(is_session).count()
}

/// Beside a session's file may lie a pipe "ID.ref"; other classes are greeters and background managers.
fn is_user_session(root: &Root, name: &str) -> bool {
    let text = (!name.contains('.')).then(|| root.value(&format!("{LOGIND_SESSIONS}/{name}"))).flatten();
    text.is_some_and(|text| text.lines().any(|line| line == "CLASS=user"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine_with;

    fn record(kind: i16, pid: i32, line: &str) -> Vec<u8> {
        let mut record = vec![0; UTMP_RECORD];
        record[..2].copy_from_slice(&kind.to_ne_bytes());
        record[4..8].copy_from_slice(&pid.to_ne_bytes());
        record[8..8 + line.len()].copy_from_slice(line.as_bytes());
        record
    }

    #[test]
    fn utmp_counts_logins_but_not_boots_terminals_and_dead_ones() {
        let records = [
            record(2, 0, "~"),
            record(USER_PROCESS, 812, "pts/3"),
            record(USER_PROCESS, 813, "pts/4"),
            record(6, 640, "tty1"),
            record(8, 700, "pts/1"),
            record(USER_PROCESS, 999, "pts/9"),
        ];
        let mut utmp = records.concat();
        utmp.extend([7, 0, 0]);
        let (_dir, root) = machine_with(&[("/run/utmp", &utmp), ("/proc/812/stat", b""), ("/proc/813/stat", b"")]);
        assert_eq!(session_count(&root).unwrap(), Some(2));
    }

    #[test]
    fn an_empty_utmp_means_nobody() {
        let (_dir, root) = machine_with(&[("/run/utmp", b"")]);
        assert_eq!(session_count(&root).unwrap(), Some(0));
    }

    #[test]
    fn without_utmp_the_sessions_of_logind_count() {
        let session = |class: &str| {
            format!("# This is private data. Do not parse.\nUID=1000\nUSER=ada\nCLASS={class}\nSTATE=active\n")
        };
        let (_dir, root) = machine_with(&[
            (LOGIND_SEAT, b"IS_SEAT0=1\n"),
            ("/run/systemd/sessions/4", session("user").as_bytes()),
            ("/run/systemd/sessions/4.ref", session("user").as_bytes()),
            ("/run/systemd/sessions/5", session("manager").as_bytes()),
            ("/run/systemd/sessions/c1", session("greeter").as_bytes()),
        ]);
        assert_eq!(session_count(&root).unwrap(), Some(1));
    }

    #[test]
    fn a_machine_without_any_account_of_logins_says_none() {
        let (_dir, root) = machine_with(&[("/run/systemd/sessions/.keep", b"")]);
        assert_eq!(session_count(&root).unwrap(), None);
    }
}
