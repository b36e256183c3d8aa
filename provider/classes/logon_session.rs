//! Linux_LogonSession: the sessions of systemd-logind, or where there is none, those of utmp.

use super::datetime;
use crate::linux::login::{self, Session, utmp};
use crate::linux::{self, Bus, Root};
use crate::schema::LinuxLogonSession;
use crate::schema::linux_logon_session::Keys;
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};

/// Serves Linux_LogonSession.
#[derive(Default)]
pub(crate) struct LogonSessions {
    root: Root,
    bus: Bus,
}

impl Enumerate<LinuxLogonSession> for LogonSessions {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxLogonSession>) -> Result<()> {
        self.sessions()?.into_iter().try_for_each(|session| out.post(instance(session)))
    }
}

impl Get<LinuxLogonSession> for LogonSessions {
    fn get(&self, key: LinuxLogonSession, _query: &Query<'_>) -> Result<LinuxLogonSession> {
        let id = key.logon_id.ok_or_else(|| {
            Error::invalid_parameter("Linux_LogonSession is found by its key LogonId, as \"loginctl\" shows it")
        })?;
        let found = self.sessions()?.into_iter().find(|session| session.id == id);
        found.map(instance).ok_or_else(|| not_found::<LinuxLogonSession>(&[("LogonId", &id)]))
    }
}

impl LogonSessions {
    fn sessions(&self) -> linux::Result<Vec<Session>> {
        match login::sessions(&self.bus) {
            Err(error @ linux::Error::Unsupported { .. }) => utmp::sessions(&self.root)?.ok_or(error),
            sessions => sessions,
        }
    }
}

fn instance(session: Session) -> LinuxLogonSession {
    let caption = format!("{} ({})", session.id, session.user);
    LinuxLogonSession {
        name: Some(session.user.clone()),
        caption: Some(caption.clone()),
        element_name: Some(caption),
        user_id: session.uid,
        user_name: Some(session.user),
        start_time: session.started.and_then(datetime),
        session_class: session.class,
        session_type: session.kind,
        session_state: session.state,
        service: session.service,
        is_remote: session.remote,
        remote_host: session.remote_host,
        remote_user: session.remote_user,
        tty: session.tty,
        display: session.display,
        seat: session.seat,
        leader_process_id: session.leader,
        is_idle: session.idle,
        is_locked: session.locked,
        ..LinuxLogonSession::new(Keys { logon_id: session.id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::{machine, machine_with};

    #[test]
    fn where_there_is_no_logind_utmp_tells_and_where_there_is_neither_the_reason_is_told() {
        let bus = Bus::at("unix:path=/nonexistent/bus");
        let (_dir, root) = machine_with(&[("/run/utmp", b""), ("/etc/passwd", b"")]);
        assert_eq!(LogonSessions { root, bus: bus.clone() }.sessions().unwrap(), []);
        let error = LogonSessions { root: machine("alpine"), bus }.sessions().unwrap_err();
        assert!(matches!(&error, linux::Error::Unsupported { what } if what.contains("systemd-logind")), "{error}");
    }
}
