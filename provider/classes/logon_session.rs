//! Linux_LogonSession: the sessions of systemd-logind.

use super::datetime;
use crate::linux::Bus;
use crate::linux::login::{self, Session};
use crate::schema::LinuxLogonSession;
use crate::schema::linux_logon_session::Keys;
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};

/// Serves Linux_LogonSession.
#[derive(Default)]
pub(crate) struct LogonSessions {
    bus: Bus,
}

impl Enumerate<LinuxLogonSession> for LogonSessions {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxLogonSession>) -> Result<()> {
        login::sessions(&self.bus)?.into_iter().try_for_each(|session| out.post(instance(session)))
    }
}

impl Get<LinuxLogonSession> for LogonSessions {
    fn get(&self, key: LinuxLogonSession, _query: &Query<'_>) -> Result<LinuxLogonSession> {
        let id = key.logon_id.ok_or_else(|| {
            Error::invalid_parameter("Linux_LogonSession is found by its key LogonId, as \"loginctl\" shows it")
        })?;
        let found = login::sessions(&self.bus)?.into_iter().find(|session| session.id == id);
        found.map(instance).ok_or_else(|| not_found::<LinuxLogonSession>(&[("LogonId", &id)]))
    }
}

fn instance(session: Session) -> LinuxLogonSession {
    let caption = format!("{} ({})", session.id, session.user);
    LinuxLogonSession {
        name: Some(session.user.clone()),
        caption: Some(caption.clone()),
        element_name: Some(caption),
        user_id: Some(session.uid),
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
