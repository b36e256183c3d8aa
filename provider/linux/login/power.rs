//! Power: to start the machine again, switch it off or put it to sleep, at once or later, through systemd-logind.

use super::{LOGIND, MANAGER, MANAGER_INTERFACE};
use crate::linux::bus::{Bus, Peer};
use crate::linux::{Error, Result};
use serde::Serialize;
use std::time::{Duration, SystemTime};
use zbus::{DynamicType, wire::DynamicDeserialize};

/// What becomes of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// It is shut down and started again.
    Reboot,
    /// It is shut down and switched off.
    Off,
    /// It sleeps; its memory stays powered.
    Suspend,
    /// Its memory is written to disk, and it is switched off.
    Hibernate,
}

impl Power {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Reboot, Self::Off, Self::Suspend, Self::Hibernate];

    /// What is done, in words.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Reboot => "reboot",
            Self::Off => "shut down",
            Self::Suspend => "suspend",
            Self::Hibernate => "hibernate",
        }
    }

    fn method(self) -> &'static str {
        match self {
            Self::Reboot => "Reboot",
            Self::Off => "PowerOff",
            Self::Suspend => "Suspend",
            Self::Hibernate => "Hibernate",
        }
    }

    /// What logind calls it when it is to come later. `None` for sleep, which it does at once or not at all.
    fn schedule(self) -> Option<&'static str> {
        match self {
            Self::Reboot => Some("reboot"),
            Self::Off => Some("poweroff"),
            Self::Suspend | Self::Hibernate => None,
        }
    }

    /// Whether it can come later.
    pub fn can_wait(self) -> bool {
        self.schedule().is_some()
    }
}

/// A shutdown that is to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheduled {
    /// What comes: `reboot`, `poweroff`, `halt` and so on.
    pub kind: String,
    /// When.
    pub time: SystemTime,
}

/// Whether the machine can do it. Checks that the user of this process may.
///
/// # Errors
/// [`Error::PermissionDenied`] when the user may not, or only with a password; [`Error::Unsupported`] where there is no
/// logind.
pub fn check(bus: &Bus, power: Power) -> Result<bool> {
    let answer = ask(&bus.connect(&LOGIND)?, power)?;
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

/// What this machine can do, whoever may have it done.
///
/// # Errors
/// [`Error::Unsupported`] where there is no logind.
pub fn possible(bus: &Bus) -> Result<Vec<Power>> {
    let logind = bus.connect(&LOGIND)?;
    let mut possible = Vec::new();
    for power in Power::ALL {
        if ask(&logind, power)? != "na" {
            possible.push(power);
        }
    }
    Ok(possible)
}

fn ask(logind: &Peer, power: Power) -> Result<String> {
    call(logind, &format!("Can{}", power.method()), &())
}

/// Begins it, and does not wait. Those who are logged on are told `message` where the machine goes down.
///
/// # Errors
/// Those of [`check`], and [`Error::Refused`] with logind's reason.
pub fn begin(bus: &Bus, power: Power, message: Option<&str>) -> Result<()> {
    let logind = bus.connect(&LOGIND)?;
    announce(&logind, power, message)?;
    let is_interactive = false;
    call(&logind, power.method(), &(is_interactive,))
}

/// Has it done later; what was to come before is forgotten. Those who are logged on are told so, with `message`.
///
/// # Errors
/// Those of [`begin`], and [`Error::InvalidInput`] for sleep and for a time before 1970.
pub fn schedule(bus: &Bus, power: Power, time: SystemTime, message: Option<&str>) -> Result<()> {
    let invalid = |what: &str| Error::InvalidInput { what: what.to_owned() };
    let kind = power.schedule().ok_or_else(|| invalid("sleep cannot come later, only a reboot or shutdown can"))?;
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok();
    let microseconds = since.and_then(|since| u64::try_from(since.as_micros()).ok());
    let microseconds = microseconds.ok_or_else(|| invalid("the time should be after the beginning of 1970"))?;
    let logind = bus.connect(&LOGIND)?;
    announce(&logind, power, message)?;
    call(&logind, "ScheduleShutdown", &(kind, microseconds))
}

/// What logind shall tell those who are logged on.
fn announce(logind: &Peer, power: Power, message: Option<&str>) -> Result<()> {
    let is_told = true;
    match message {
        Some(message) if power.can_wait() => call(logind, "SetWallMessage", &(message, is_told)),
        _ => Ok(()),
    }
}

/// The shutdown that is to come; `None` when there is none.
///
/// # Errors
/// [`Error::Unsupported`] where there is no logind.
pub fn scheduled(bus: &Bus) -> Result<Option<Scheduled>> {
    let known: Option<(String, u64)> =
        bus.connect(&LOGIND)?.property(MANAGER, MANAGER_INTERFACE, "ScheduledShutdown")?;
    Ok(known.filter(|(kind, microseconds)| !kind.is_empty() && *microseconds != u64::MAX).and_then(
        |(kind, microseconds)| {
            let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_micros(microseconds))?;
            Some(Scheduled { kind, time })
        },
    ))
}

/// Calls off the shutdown that is to come. Whether there was one.
///
/// # Errors
/// [`Error::PermissionDenied`] when the user may not, [`Error::Unsupported`] where there is no logind.
pub fn cancel(bus: &Bus) -> Result<bool> {
    call(&bus.connect(&LOGIND)?, "CancelScheduledShutdown", &())
}

fn call<R>(logind: &Peer, method: &str, body: &(impl Serialize + DynamicType)) -> Result<R>
where
    R: for<'d> DynamicDeserialize<'d>,
{
    logind.call(MANAGER, (MANAGER_INTERFACE, method), body)
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
        scheduled: (String, u64),
    }

    impl Manager {
        fn note(&self, what: impl Into<String>) {
            self.done.lock().unwrap().push(what.into());
        }
    }

    #[zbus::interface(name = "org.freedesktop.login1.Manager")]
    impl Manager {
        fn can_reboot(&self) -> String {
            self.can.to_owned()
        }

        fn can_power_off(&self) -> String {
            self.can.to_owned()
        }

        fn can_suspend(&self) -> String {
            self.can.to_owned()
        }

        fn can_hibernate(&self) -> String {
            "na".to_owned()
        }

        fn reboot(&self, _is_interactive: bool) {
            self.note("reboot");
        }

        fn power_off(&self, _is_interactive: bool) {
            self.note("power off");
        }

        fn suspend(&self, _is_interactive: bool) {
            self.note("suspend");
        }

        fn hibernate(&self, _is_interactive: bool) {
            self.note("hibernate");
        }

        fn set_wall_message(&self, message: &str, is_told: bool) {
            self.note(format!("tell {message:?} {is_told}"));
        }

        fn schedule_shutdown(&mut self, kind: &str, microseconds: u64) {
            self.scheduled = (kind.to_owned(), microseconds);
        }

        fn cancel_scheduled_shutdown(&mut self) -> bool {
            let was_scheduled = !self.scheduled.0.is_empty();
            self.scheduled = Default::default();
            was_scheduled
        }

        #[zbus(property)]
        fn scheduled_shutdown(&self) -> (String, u64) {
            self.scheduled.clone()
        }
    }

    type Done = Arc<Mutex<Vec<String>>>;

    fn logind(can: &'static str) -> Option<(PrivateBus, zbus::Connection, Done)> {
        let bus = PrivateBus::start()?;
        let done = Done::default();
        let manager = Manager { can, done: Arc::clone(&done), scheduled: Default::default() };
        let connection = bus.serve(LOGIND.name, |builder| builder.serve_at(MANAGER, manager));
        Some((bus, connection, done))
    }

    #[test]
    fn each_act_is_asked_of_logind_with_a_message_where_the_machine_goes_down() {
        let Some((bus, _logind, done)) = logind("yes") else { return };
        for power in [Power::Reboot, Power::Off, Power::Suspend] {
            assert!(check(&bus.bus(), power).unwrap());
            begin(&bus.bus(), power, None).unwrap();
        }
        begin(&bus.bus(), Power::Off, Some("good night")).unwrap();
        begin(&bus.bus(), Power::Hibernate, Some("good night")).unwrap();
        let expected = ["reboot", "power off", "suspend", "tell \"good night\" true", "power off", "hibernate"];
        assert_eq!(*done.lock().unwrap(), expected);
        assert_eq!(possible(&bus.bus()).unwrap(), [Power::Reboot, Power::Off, Power::Suspend]);
    }

    #[test]
    fn a_shutdown_is_scheduled_told_and_called_off() {
        let Some((bus, _logind, done)) = logind("yes") else { return };
        let bus = bus.bus();
        assert_eq!(scheduled(&bus).unwrap(), None);
        assert!(!cancel(&bus).unwrap(), "there was none");
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(4_102_444_800);
        schedule(&bus, Power::Reboot, time, Some("a new kernel")).unwrap();
        assert_eq!(*done.lock().unwrap(), ["tell \"a new kernel\" true"]);
        assert_eq!(scheduled(&bus).unwrap(), Some(Scheduled { kind: "reboot".to_owned(), time }));
        assert!(cancel(&bus).unwrap());
        assert_eq!(scheduled(&bus).unwrap(), None);
        let error = schedule(&bus, Power::Suspend, time, None).unwrap_err();
        assert!(matches!(&error, Error::InvalidInput { what } if what.contains("sleep cannot")), "{error}");
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
