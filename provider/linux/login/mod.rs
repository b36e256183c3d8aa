//! systemd-logind: who is logged on, and the power of the machine, by D-Bus. The interfaces are those of org.freedesktop.login1(5).

pub mod power;
pub mod utmp;
mod watch;

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use zbus::{OwnedObjectPath, OwnedVariant};

use crate::linux::bus::{Bus, Peer, Service};
use crate::linux::{Error, Result};

pub use watch::Watch;

const LOGIND: Service = Service { name: "org.freedesktop.login1", title: "systemd-logind" };
const MANAGER: &str = "/org/freedesktop/login1";
const MANAGER_INTERFACE: &str = "org.freedesktop.login1.Manager";
const SESSION_INTERFACE: &str = "org.freedesktop.login1.Session";

/// A session of a user. A text that logind leaves empty is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// Its identifier, `3` or `c1` for example.
    pub id: String,
    /// The user ID; only utmp may not know it.
    pub uid: Option<u32>,
    /// The name of the user.
    pub user: String,
    /// The seat that the user sits at.
    pub seat: Option<String>,
    /// `user` for somebody who logged on.
    pub class: Option<String>,
    /// `tty`, `x11`, `wayland` and so on.
    pub kind: Option<String>,
    /// `online`, `active` or `closing`.
    pub state: Option<String>,
    /// The program that logged the user on.
    pub service: Option<String>,
    /// Whether the user sits at another computer.
    pub remote: Option<bool>,
    /// That computer.
    pub remote_host: Option<String>,
    /// The name of the user there.
    pub remote_user: Option<String>,
    /// The terminal below `/dev`.
    pub tty: Option<String>,
    /// The X display.
    pub display: Option<String>,
    /// The process that began the session.
    pub leader: Option<u32>,
    /// Whether the user has been doing nothing for a while.
    pub idle: Option<bool>,
    /// Whether the screen is locked.
    pub locked: Option<bool>,
    /// When the session began.
    pub started: Option<SystemTime>,
}

/// Somebody logged on or off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The session began.
    Began(Session),
    /// The session is over.
    Ended(Session),
}

/// The sessions, in the order in which logind lists them.
///
/// # Errors
/// [`Error::Unsupported`] where there is no logind.
pub fn sessions(bus: &Bus) -> Result<Vec<Session>> {
    sessions_of(&bus.connect(&LOGIND)?)
}

fn sessions_of(logind: &Peer) -> Result<Vec<Session>> {
    type Row = (String, u32, String, String, OwnedObjectPath);
    let rows: Vec<Row> = logind.call(MANAGER, (MANAGER_INTERFACE, "ListSessions"), &())?;
    let mut sessions = Vec::with_capacity(rows.len());
    for (id, uid, user, seat, path) in rows {
        match properties(logind, &path) {
            Ok(properties) => {
                sessions.push(Session { uid: Some(uid), user, seat: present(seat), ..session(id, properties) })
            }
            // The user has logged off meanwhile.
            Err(Error::Refused { what, .. }) => log::debug!("session {id} is left out: {what}"),
            Err(error) => return Err(error),
        }
    }
    Ok(sessions)
}

/// A session that has just begun. One that is over already has no more than its identifier.
fn one(logind: &Peer, id: &str, path: &OwnedObjectPath) -> Result<Session> {
    match properties(logind, path) {
        Ok(properties) => Ok(session(id.to_owned(), properties)),
        Err(Error::Refused { .. }) => Ok(Session { id: id.to_owned(), ..Session::default() }),
        Err(error) => Err(error),
    }
}

fn properties(logind: &Peer, path: &OwnedObjectPath) -> Result<HashMap<String, OwnedVariant>> {
    logind.call(path, ("org.freedesktop.DBus.Properties", "GetAll"), &(SESSION_INTERFACE,))
}

fn session(id: String, mut properties: HashMap<String, OwnedVariant>) -> Session {
    let user = properties.remove("User").and_then(|it| <(u32, OwnedObjectPath)>::try_from(it).ok());
    let seat = properties.remove("Seat").and_then(|it| <(String, OwnedObjectPath)>::try_from(it).ok());
    let mut text = |name| properties.remove(name).and_then(|value| String::try_from(value).ok()).and_then(present);
    Session {
        class: text("Class"),
        kind: text("Type"),
        state: text("State"),
        service: text("Service"),
        remote_host: text("RemoteHost"),
        remote_user: text("RemoteUser"),
        tty: text("TTY"),
        user: text("Name").unwrap_or_default(),
        display: text("Display"),
        remote: value(&properties, "Remote"),
        leader: value(&properties, "Leader").filter(|pid| *pid != 0),
        idle: value(&properties, "IdleHint"),
        locked: value(&properties, "LockedHint"),
        started: value(&properties, "Timestamp")
            .filter(|microseconds| *microseconds != 0)
            .and_then(|microseconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_micros(microseconds))),
        seat: seat.and_then(|(seat, _)| present(seat)),
        uid: user.map(|(uid, _)| uid),
        id,
    }
}

fn value<'a, T: TryFrom<&'a OwnedVariant>>(properties: &'a HashMap<String, OwnedVariant>, name: &str) -> Option<T> {
    T::try_from(properties.get(name)?).ok()
}

fn present(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::linux::bus::private::PrivateBus;

    pub(in crate::linux) struct Manager;

    #[zbus::interface(name = "org.freedesktop.login1.Manager")]
    impl Manager {
        fn list_sessions(&self) -> Vec<(String, u32, String, String, OwnedObjectPath)> {
            let row = |id: &str, seat: &str| {
                let path = OwnedObjectPath::try_from(format!("{MANAGER}/session/{id}")).unwrap();
                (id.to_owned(), 1000, "ada".to_owned(), seat.to_owned(), path)
            };
            vec![row("_33", ""), row("gone", "seat0")]
        }
    }

    pub(in crate::linux) struct Remote;

    #[zbus::interface(name = "org.freedesktop.login1.Session")]
    impl Remote {
        #[zbus(property)]
        fn class(&self) -> String {
            "user".to_owned()
        }

        #[zbus(property)]
        fn name(&self) -> String {
            "ada".to_owned()
        }

        #[zbus(property)]
        fn user(&self) -> (u32, OwnedObjectPath) {
            (1000, OwnedObjectPath::try_from("/org/freedesktop/login1/user/_1000").unwrap())
        }

        #[zbus(property)]
        fn remote(&self) -> bool {
            true
        }

        #[zbus(property)]
        fn remote_host(&self) -> String {
            "192.0.2.7".to_owned()
        }

        #[zbus(property)]
        fn display(&self) -> String {
            String::new()
        }

        #[zbus(property)]
        fn leader(&self) -> u32 {
            812
        }

        #[zbus(property)]
        fn timestamp(&self) -> u64 {
            1_709_625_600_000_000
        }
    }

    #[test]
    fn a_session_is_told_as_far_as_logind_knows_it_and_one_that_ended_is_left_out() {
        let Some(bus) = PrivateBus::start() else { return };
        let _logind = bus.serve(LOGIND.name, |builder| {
            builder.serve_at(MANAGER, Manager).serve_at(format!("{MANAGER}/session/_33"), Remote)
        });
        let expected = Session {
            id: "_33".to_owned(),
            uid: Some(1000),
            user: "ada".to_owned(),
            class: Some("user".to_owned()),
            remote: Some(true),
            remote_host: Some("192.0.2.7".to_owned()),
            leader: Some(812),
            started: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_709_625_600)),
            ..Session::default()
        };
        assert_eq!(sessions(&bus.bus()).unwrap(), [expected]);
    }

    struct Hung;

    #[zbus::interface(name = "org.freedesktop.login1.Manager")]
    impl Hung {
        async fn list_sessions(&self) -> Vec<(String, u32, String, String, OwnedObjectPath)> {
            std::future::pending().await
        }
    }

    #[test]
    fn a_logind_that_never_answers_is_an_error_that_comes_soon() {
        let Some(bus) = PrivateBus::start() else { return };
        let _logind = bus.serve(LOGIND.name, |builder| builder.serve_at(MANAGER, Hung));
        let error = sessions(&bus.bus()).unwrap_err().to_string();
        assert_eq!(error, "systemd-logind did not answer ListSessions within 4s");
    }

    #[test]
    fn without_logind_the_reason_is_told() {
        let Some(bus) = PrivateBus::start() else { return };
        let error = sessions(&bus.bus()).unwrap_err();
        assert!(matches!(&error, Error::Unsupported { what } if what.starts_with("systemd-logind")), "{error}");
    }
}
