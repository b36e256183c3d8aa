//! Linux_LogonSessionChange: users who log on and off, told by systemd-logind, or where there is none, by utmp.

use super::{Poster, now, post};
use crate::linux::bus;
use crate::linux::login::{Change, Session, Watch, utmp};
use crate::linux::{self, Bus, Root};
use crate::schema::LinuxLogonSessionChange;
use crate::schema::linux_logon_session_change::ChangeType;
use omi::Result;
use omi::indication::{Indicate, Indications};
use std::sync::{Mutex, PoisonError};

/// Serves Linux_LogonSessionChange.
#[derive(Default)]
pub(crate) struct LogonSessionChanges {
    root: Root,
    bus: Bus,
    poster: Poster,
    /// Ends the listening to logind, while there is any.
    listening: Mutex<Option<bus::Stop>>,
}

impl Indicate<LinuxLogonSessionChange> for LogonSessionChanges {
    fn enable(&self, channel: Indications<LinuxLogonSessionChange>) -> Result<()> {
        match Watch::start(&self.bus) {
            Ok(mut watch) => {
                self.listen(Some(watch.stop()));
                self.poster.start("lumi-logins", move |_| {
                    while let Some(change) = watch.next()? {
                        if !post(&channel, indication(change)) {
                            break;
                        }
                    }
                    Ok(())
                })
            }
            Err(error @ linux::Error::Unsupported { .. }) => {
                let mut watch = utmp::Watch::start(&self.root).map_err(|other| match other {
                    linux::Error::Unsupported { what } => {
                        linux::Error::Unsupported { what: format!("{error}; {what}") }
                    }
                    other => other,
                })?;
                self.poster.start("lumi-logins", move |stop| {
                    while let Some(changes) = watch.wait(stop)? {
                        if changes.into_iter().any(|change| !post(&channel, indication(change))) {
                            break;
                        }
                    }
                    Ok(())
                })
            }
            Err(error) => Err(error.into()),
        }
    }

    fn disable(&self) {
        self.listen(None);
        self.poster.stop();
    }
}

impl LogonSessionChanges {
    /// Keeps what ends the present listening, and ends the one before.
    fn listen(&self, stop: Option<bus::Stop>) {
        let before = std::mem::replace(&mut *self.listening.lock().unwrap_or_else(PoisonError::into_inner), stop);
        if let Some(before) = before {
            before.stop();
        }
    }
}

fn indication(change: Change) -> LinuxLogonSessionChange {
    let (change_type, session) = match change {
        Change::Began(session) => (ChangeType::LOGON, session),
        Change::Ended(session) => (ChangeType::LOGOFF, session),
    };
    let Session { id, uid, user, seat, class, kind, service, remote, remote_host, tty, leader, .. } = session;
    LinuxLogonSessionChange {
        indication_time: now(),
        change_type: Some(change_type),
        logon_id: Some(id),
        user_id: uid,
        user_name: Some(user).filter(|user| !user.is_empty()),
        session_class: class,
        session_type: kind,
        service,
        is_remote: remote,
        remote_host,
        tty,
        seat,
        leader_process_id: leader,
        ..LinuxLogonSessionChange::default()
    }
}
