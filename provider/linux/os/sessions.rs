//! Users that are logged in: utmp(5), or where a distribution gave that up, the sessions of systemd-logind.

use crate::linux::login::utmp;
use crate::linux::{Result, Root};

const LOGIND_SESSIONS: &str = "/run/systemd/sessions";
/// logind writes this for the seat that every machine has, so it tells whether logind runs.
const LOGIND_SEAT: &str = "/run/systemd/seats/seat0";

/// The number of login sessions. `None` if nothing on this machine keeps account of them.
pub fn session_count(root: &Root) -> Result<Option<usize>> {
    if let Some(logins) = utmp::logins(root)? {
        return Ok(Some(logins.len()));
    }
    if !root.exists(LOGIND_SEAT) {
        return Ok(None);
    }
    let names = root.names_if_present(LOGIND_SESSIONS)?;
    Ok(names.map(|names| names.iter().filter(|name| is_user_session(root, name)).count()))
}

/// Beside a session's file may lie a pipe "ID.ref"; other classes are greeters and background managers.
fn is_user_session(root: &Root, name: &str) -> bool {
    let text = (!name.contains('.')).then(|| root.value(&format!("{LOGIND_SESSIONS}/{name}"))).flatten();
    text.is_some_and(|text| text.lines().any(|line| line == "CLASS=user"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::login::utmp::tests::record;
    use crate::linux::testing::machine_with;

    #[test]
    fn logins_of_utmp_are_counted() {
        let utmp = [record(2, 0, "~", b"", ""), record(7, 812, "pts/3", b"ada", ""), record(7, 9, "pts/4", b"bob", "")];
        let (_dir, root) = machine_with(&[("/run/utmp", &utmp.concat()), ("/proc/812/stat", b"")]);
        assert_eq!(session_count(&root).unwrap(), Some(1));
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
