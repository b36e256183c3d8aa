//! Indications: what happens on this machine, told as it happens.

pub(crate) mod file_system_nearly_full;
pub(crate) mod ip_address_change;
pub(crate) mod journal;
pub(crate) mod logon_session;
pub(crate) mod process;

use crate::linux::Stop;
use omi::indication::{Indications, PostError};
use omi::{Class, Datetime, Error, Result};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::SystemTime;

/// The thread that posts the indications of a class, as long as somebody subscribes.
#[derive(Default)]
struct Poster(Mutex<Option<Stop>>);

impl Poster {
    /// Runs `post` in a thread, which `name` is shown of in at most 15 bytes.
    fn start(&self, name: &str, post: impl FnOnce(&Stop) -> Result<()> + Send + 'static) -> Result<()> {
        let failed = |error: &dyn std::fmt::Display| Error::failed(format!("cannot begin to listen: {error}"));
        let stop = Stop::new().map_err(|error| failed(&error))?;
        let (theirs, shown) = (stop.clone(), name.to_owned());
        let run = move || match post(&theirs) {
            Ok(()) => log::debug!("{shown}: the last subscription is gone"),
            Err(error) => log::error!("{shown}: no more indications are posted: {error}"),
        };
        thread::Builder::new().name(name.to_owned()).spawn(run).map_err(|error| failed(&error))?;
        self.replace(Some(stop));
        Ok(())
    }

    /// Tells the thread to end, and does not wait for it: a post may be under way that waits for our caller.
    fn stop(&self) {
        self.replace(None);
    }

    fn replace(&self, stop: Option<Stop>) {
        let earlier = std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), stop);
        if let Some(earlier) = earlier {
            earlier.stop();
        }
    }
}

/// Posts, and says whether anybody can still want more. What a host does not take is no reason to end.
fn post<C: Class>(channel: &Indications<C>, indication: C) -> bool {
    match channel.post(indication) {
        Ok(()) => true,
        Err(PostError::Closed) => false,
        Err(error) => {
            log::debug!("{error}");
            true
        }
    }
}

fn now() -> Option<Datetime> {
    Datetime::from_system_time(SystemTime::now())
}
