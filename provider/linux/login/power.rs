//! Power: to start the machine again or switch it off, through systemd-logind.

use super::{LOGIND, MANAGER, MANAGER_INTERFACE};
use crate::linux::bus::Bus;
use crate::linux::{Error, Result};

/// What becomes of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// It is shut down and started again.
    Reboot,
    /// It is shut down and switched off.
    Off,
}

impl Power {
    /// What is done, in words.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Reboot => "reboot",
            Self::Off => "shut down",
        }
    }

    fn method(self) -> &'static str {
        match self {
            Self::Reboot => "Reboot",
            Self::Off => "PowerOff",
        }
    }
}

/// Whether the machine can do it. Checks that the user of this process may.
///
/// # Errors
/// [`Error::PermissionDenied`] when the user may not, or only with a password; [`Error::Unsupported`] where there is no
/// logind.
pub fn check(bus: &Bus, power: Power) -> Result<bool> {
    let question = format!("Can{}", power.method());
    let answer: String = bus.connect(&LOGIND)?.call(MANAGER, (MANAGER_INTERFACE, question.as_str()), &())?;
    let refused = |why: &str| {
        let reason = format!("uid {} may not {} this system: {why}", nix::unistd::geteuid(), power.verb());
        Err(Error::PermissionDenied { reason })
    };
    match answer.as_str() {
        "yes" => Ok(true),
        "na" => Ok(false),
        "challenge" => refused("systemd-logind wants a password, and nobody is there to ask"),
        other => refused(&format!("systemd-logind answers {other:?}")),
    }
}

/// Begins it, and does not wait.
///
/// # Errors
/// Those of [`check`], and [`Error::Refused`] with logind's reason.
pub fn begin(bus: &Bus, power: Power) -> Result<()> {
    let is_interactive = false;
    bus.connect(&LOGIND)?.call(MANAGER, (MANAGER_INTERFACE, power.method()), &(is_interactive,))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::bus::private::PrivateBus;
    use std::sync::{Arc, Mutex};

    /// Answers with `can`, and notes what it shall do.
    struct Manager {
        can: &'static str,
        done: Done,
    }

    #[zbus::interface(name = "org.freedesktop.login1.Manager")]
    impl Manager {
        fn can_reboot(&self) -> String {
            self.can.to_owned()
        }

        fn can_power_off(&self) -> String {
            self.can.to_owned()
        }

        fn reboot(&self, _is_interactive: bool) {
            self.done.lock().unwrap().push("reboot");
        }

        fn power_off(&self, _is_interactive: bool) {
            self.done.lock().unwrap().push("power off");
        }
    }

    type Done = Arc<Mutex<Vec<&'static str>>>;

    fn logind(can: &'static str) -> Option<(PrivateBus, zbus::Connection, Done)> {
        let bus = PrivateBus::start()?;
        let done = Done::default();
        let manager = Manager { can, done: Arc::clone(&done) };
        let connection = bus.serve(LOGIND.name, |builder| builder.serve_at(MANAGER, manager));
        Some((bus, connection, done))
    }

    #[test]
    fn each_act_is_asked_of_logind() {
        let Some((bus, _logind, done)) = logind("yes") else { return };
        for power in [Power::Reboot, Power::Off] {
            assert!(check(&bus.bus(), power).unwrap());
            begin(&bus.bus(), power).unwrap();
        }
        assert_eq!(*done.lock().unwrap(), ["reboot", "power off"]);
    }

    #[test]
    fn what_logind_does_not_allow_is_refused_with_its_reason() {
        for (can, part) in [("challenge", "wants a password"), ("no", "answers \"no\"")] {
            let Some((bus, _logind, done)) = logind(can) else { return };
            let error = check(&bus.bus(), Power::Off).unwrap_err();
            assert!(error.is_permission_denied(), "{error}");
            assert!(error.to_string().contains("may not shut down this system") && error.to_string().contains(part));
            assert!(done.lock().unwrap().is_empty(), "nothing is done");
        }
        let Some((bus, _logind, _)) = logind("na") else { return };
        assert!(!check(&bus.bus(), Power::Reboot).unwrap(), "the machine cannot");
    }
}
