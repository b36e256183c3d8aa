//! systemd: the services that it manages, their control, and signals when one changes, all by D-Bus.
//!
//! The interfaces are those of org.freedesktop.systemd1(5); everything here works since systemd 230.

mod any;
mod control;
mod journal;
mod list;
mod timer;
mod watch;

#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
mod tests;

use super::bus::{Bus, Peer, Service};
use super::{Error, Result};

pub use any::{is_template, suffix, whole_name};
pub use control::{Act, FileAct, Tick};
pub use list::{Detail, Unit};
pub use timer::Schedule;
pub use watch::{Change, Watch};

const SYSTEMD: Service = Service { name: "org.freedesktop.systemd1", title: "systemd" };
const MANAGER: &str = "/org/freedesktop/systemd1";
const MANAGER_INTERFACE: &str = "org.freedesktop.systemd1.Manager";
const UNIT_INTERFACE: &str = "org.freedesktop.systemd1.Unit";
const SERVICE_INTERFACE: &str = "org.freedesktop.systemd1.Service";

/// systemd, connected for one request.
pub struct Systemd {
    peer: Peer,
}

impl Systemd {
    /// Connects to the systemd on a bus.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where there is no bus; where there is a bus without systemd, the first call says so.
    pub fn connect(bus: &Bus) -> Result<Self> {
        Ok(Self { peer: bus.connect(&SYSTEMD)? })
    }

    fn manager<R>(&self, method: &str, body: &(impl serde::Serialize + zbus::DynamicType)) -> Result<R>
    where
        R: for<'d> zbus::wire::DynamicDeserialize<'d>,
    {
        self.peer.call(MANAGER, (MANAGER_INTERFACE, method), body)
    }
}
