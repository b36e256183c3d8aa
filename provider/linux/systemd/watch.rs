//! Changes of services, as systemd signals them.

use std::collections::HashMap;

use zbus::MatchRule;
use zbus::OwnedVariant;

use super::{Result, Systemd, UNIT_INTERFACE, Unit};
use crate::linux::bus::{Bus, Signals, Stop};

const UNITS: &str = "/org/freedesktop/systemd1/unit";

/// Another state of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The service as it is now. What the signal does not tell, and can have changed meanwhile, is `None`.
    pub unit: Unit,
    /// Active and sub state before. `None` for a unit that was not loaded when the watch began.
    pub before: Option<(String, String)>,
}

/// Listens to systemd.
pub struct Watch {
    signals: Signals,
    /// The loaded services, as they were last heard of.
    units: HashMap<String, Unit>,
    stop: Stop,
}

impl Watch {
    /// Begins to listen.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where there is no systemd.
    pub fn start(bus: &Bus) -> Result<Self> {
        let systemd = Systemd::connect(bus)?;
        let rule = MatchRule::builder()
            .path_namespace(UNITS)
            .interface("org.freedesktop.DBus.Properties")
            .member("PropertiesChanged")
            .arg(0, UNIT_INTERFACE);
        let signals = systemd.peer.signals(rule)?;
        systemd.subscribe()?;
        let units = systemd.services()?.into_iter().filter(|unit| unit.sub_state.is_some());
        let units = units.map(|unit| (unit.name.clone(), unit)).collect();
        Ok(Self { signals, units, stop: Stop::of(&systemd.peer) })
    }

    /// What ends this watch.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Waits for the next change; `None` when the watch has been stopped.
    ///
    /// # Errors
    /// [`Error::Bus`] when the bus is gone.
    #[allow(clippy::should_implement_trait)] // an iterator would not say why it ends
    pub fn next(&mut self) -> Result<Option<Change>> {
        while let Some(signal) = self.signals.next_until(&self.stop)? {
            let path = signal.header().path().map(|path| unit_name(path.as_str()));
            let body = signal.body();
            let Ok((_, properties, _)) = body.deserialize::<(String, HashMap<String, OwnedVariant>, Vec<String>)>()
            else {
                continue;
            };
            if let Some(change) = path.and_then(|name| self.change(name, &properties)) {
                return Ok(Some(change));
            }
        }
        Ok(None)
    }

    /// The change that a signal tells; `None` when the states are as before.
    fn change(&mut self, name: String, properties: &HashMap<String, OwnedVariant>) -> Option<Change> {
        if !name.ends_with(".service") {
            return None;
        }
        let text =
            |property| properties.get(property).and_then(|value| <&str>::try_from(value).ok()).map(str::to_owned);
        let known = self.units.get(&name);
        let before = known.and_then(|unit| Some((unit.active_state.clone(), unit.sub_state.clone()?)));
        let active_state = text("ActiveState").or_else(|| Some(before.as_ref()?.0.clone()))?;
        let sub_state = text("SubState").or_else(|| Some(before.as_ref()?.1.clone()))?;
        if before.as_ref().is_some_and(|(active, sub)| (active, sub) == (&active_state, &sub_state)) {
            return None;
        }
        let unit = Unit {
            description: known.and_then(|unit| unit.description.clone()),
            active_state,
            sub_state: Some(sub_state),
            ..Unit::installed(&name)
        };
        self.units.insert(name, unit.clone());
        Some(Change { unit, before })
    }
}

/// The name of the unit with this object: systemd writes `_` and two hexadecimal digits for what a path cannot hold.
fn unit_name(path: &str) -> String {
    let escaped = path.rsplit('/').next().unwrap_or(path).as_bytes();
    let mut name = Vec::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some((&byte, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(code) if byte == b'_' => {
                name.push(code);
                rest = &tail[2..];
            }
            _ => {
                name.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&name).into_owned()
}

#[cfg(test)]
mod tests {
    use super::unit_name;

    #[test]
    fn a_path_names_its_unit() {
        assert_eq!(unit_name("/org/freedesktop/systemd1/unit/cron_2eservice"), "cron.service");
        assert_eq!(unit_name("/org/freedesktop/systemd1/unit/getty_40tty1_2eservice"), "getty@tty1.service");
        assert_eq!(unit_name("/org/freedesktop/systemd1/unit/a_5fb_2eservice"), "a_b.service");
        assert_eq!(unit_name("/org/freedesktop/systemd1/unit/_"), "_");
    }
}
