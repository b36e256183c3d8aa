//! Users who log on and off, as systemd-logind signals them.

use std::collections::HashMap;

use zbus::MatchRule;
use zbus::OwnedObjectPath;

use super::{Change, LOGIND, MANAGER, MANAGER_INTERFACE, Session, one, sessions_of};
use crate::linux::Result;
use crate::linux::bus::{Bus, Peer, Signals, Stop};

/// Listens to systemd-logind.
pub struct Watch {
    peer: Peer,
    signals: Signals,
    /// The sessions that there are, to say who it was when one is gone.
    known: HashMap<String, Session>,
    stop: Stop,
}

impl Watch {
    /// Begins to listen.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where there is no logind.
    pub fn start(bus: &Bus) -> Result<Self> {
        let peer = bus.connect(&LOGIND)?;
        let signals = peer.signals(MatchRule::builder().path(MANAGER).interface(MANAGER_INTERFACE))?;
        // A session that begins between the two is listed, and signalled as well.
        let known = sessions_of(&peer)?.into_iter().map(|session| (session.id.clone(), session)).collect();
        Ok(Self { signals, known, stop: Stop::of(&peer), peer })
    }

    /// What ends this watch.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Waits until somebody logs on or off; `None` when the watch has been stopped.
    ///
    /// # Errors
    /// [`Error::Bus`] when the bus is gone.
    #[allow(clippy::should_implement_trait)] // an iterator would not say why it ends
    pub fn next(&mut self) -> Result<Option<Change>> {
        while let Some(signal) = self.signals.next_until(&self.stop)? {
            let header = signal.header();
            let body = signal.body();
            let Ok((id, path)) = body.deserialize::<(String, OwnedObjectPath)>() else { continue };
            match header.member().map(|member| member.as_str()) {
                Some("SessionNew") if !self.known.contains_key(&id) => {
                    let session = one(&self.peer, &id, &path)?;
                    self.known.insert(id, session.clone());
                    return Ok(Some(Change::Began(session)));
                }
                Some("SessionRemoved") => {
                    // logind signals it once, but it is no reason to invent a session that was never heard of.
                    if let Some(session) = self.known.remove(&id) {
                        return Ok(Some(Change::Ended(session)));
                    }
                }
                _ => {}
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::bus::private::PrivateBus;
    use crate::linux::login::tests::{Manager, Remote};

    #[test]
    fn whoever_logs_on_or_off_is_told_with_name_and_place() {
        let Some(bus) = PrivateBus::start() else { return };
        let session = |id: &str| OwnedObjectPath::try_from(format!("{MANAGER}/session/{id}")).unwrap();
        let logind = bus.serve(LOGIND.name, |builder| {
            builder.serve_at(MANAGER, Manager).serve_at(session("_33"), Remote).serve_at(session("_34"), Remote)
        });
        let mut watch = Watch::start(&bus.bus()).unwrap();
        let signal = |name: &'static str, id: &str| {
            PrivateBus::emit(&logind, MANAGER, MANAGER_INTERFACE, name, &(id, session(id)));
        };
        signal("SessionNew", "_34");
        let Some(Change::Began(began)) = watch.next().unwrap() else { panic!("nobody logged on") };
        assert_eq!((began.id.as_str(), began.user.as_str(), began.uid), ("_34", "ada", Some(1000)));
        assert_eq!((began.remote_host.as_deref(), began.class.as_deref()), (Some("192.0.2.7"), Some("user")));

        signal("SessionRemoved", "never");
        signal("SessionRemoved", "_34");
        assert_eq!(watch.next().unwrap(), Some(Change::Ended(began)));
        signal("SessionRemoved", "_33");
        let Some(Change::Ended(ended)) = watch.next().unwrap() else { panic!("nobody logged off") };
        assert_eq!(ended.user, "ada", "known since before the watch");

        let stop = watch.stop();
        let waiting = std::thread::spawn(move || watch.next().unwrap());
        stop.stop();
        assert_eq!(waiting.join().unwrap(), None);
    }
}
