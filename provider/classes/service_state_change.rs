//! Linux_ServiceStateChange: what systemd signals when the state of a service changes.

use super::{host_name, service};
use crate::linux::bus::Stop;
use crate::linux::systemd::{Change, Watch};
use crate::linux::{Bus, Root};
use crate::schema::LinuxServiceStateChange;
use crate::schema::linux_service_state_change::PerceivedSeverity;
use omi::indication::{Indicate, Indications};
use omi::{Class, Datetime, Result};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// Sends Linux_ServiceStateChange.
#[derive(Default)]
pub(crate) struct ServiceStateChanges {
    root: Root,
    bus: Bus,
    /// Ends the thread that listens to systemd, while there is one.
    stop: Mutex<Option<Stop>>,
}

impl Indicate<LinuxServiceStateChange> for ServiceStateChanges {
    fn enable(&self, channel: Indications<LinuxServiceStateChange>) -> Result<()> {
        let host = host_name(&self.root)?;
        let mut watch = Watch::start(&self.bus)?;
        let stop = watch.stop();
        std::thread::Builder::new().name("services".to_owned()).spawn(move || {
            loop {
                let posted = match watch.next() {
                    Ok(Some(change)) => indication(&host, change).and_then(|it| Ok(channel.post(it)?)),
                    Ok(None) => return,
                    Err(error) => return log::warn!("changes of services are not told any more: {error}"),
                };
                if let Err(error) = posted {
                    log::debug!("{error}");
                }
            }
        })?;
        self.set(Some(stop));
        Ok(())
    }

    fn disable(&self) {
        self.set(None);
    }
}

impl ServiceStateChanges {
    /// Keeps what ends the present watch, and ends the one before.
    fn set(&self, stop: Option<Stop>) {
        let before = std::mem::replace(&mut *self.stop.lock().unwrap_or_else(PoisonError::into_inner), stop);
        if let Some(before) = before {
            before.stop();
        }
    }
}

fn indication(host: &str, change: Change) -> Result<LinuxServiceStateChange> {
    let (previous_active_state, previous_sub_state) = change.before.unzip();
    let has_failed = change.unit.active_state == "failed";
    Ok(LinuxServiceStateChange {
        indication_time: Datetime::from_system_time(SystemTime::now()),
        perceived_severity: Some(if has_failed { PerceivedSeverity::MINOR } else { PerceivedSeverity::INFORMATION }),
        source_instance: Some(service::instance(host, &change.unit).to_instance()?),
        source_instance_host: Some(host.to_owned()),
        service_name: Some(change.unit.name),
        active_state: Some(change.unit.active_state),
        sub_state: change.unit.sub_state,
        previous_active_state,
        previous_sub_state,
        ..LinuxServiceStateChange::default()
    })
}
