//! The clock: which time zone it is shown in, whether servers keep it right, and setting either. By systemd-timedated, as far
//! as that is there.

use super::time_zone::LOCALTIME;
use crate::linux::bus::{Bus, Peer, Service};
use crate::linux::replace_file::{Attributes, replace};
use crate::linux::{Error, Result, Root};
use std::fs::{File, remove_file, rename};
use std::io::{self, Read, Write};
use std::os::unix::fs::symlink;
use std::time::SystemTime;

const TIMEDATED: Service = Service { name: "org.freedesktop.timedate1", title: "systemd-timedated" };
const OBJECT: &str = "/org/freedesktop/timedate1";
const INTERFACE: &str = "org.freedesktop.timedate1";
const TIMESYNCD: Service = Service { name: "org.freedesktop.timesync1", title: "systemd-timesyncd" };
const TIMESYNCD_OBJECT: &str = "/org/freedesktop/timesync1";
const TIMESYNCD_INTERFACE: &str = "org.freedesktop.timesync1.Manager";
const ZONES: &str = "/usr/share/zoneinfo";
/// Where Debian keeps the name of the zone beside the link.
const NAME_FILE: &str = "/etc/timezone";

/// How the clock is kept right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Synchronization {
    /// Whether a service is enabled that asks servers for the time. `None` without systemd-timedated.
    pub is_enabled: Option<bool>,
    /// Whether the kernel counts the clock as right. `None` without systemd-timedated.
    pub is_synchronized: Option<bool>,
    /// The server that systemd-timesyncd asks. `None` when it asks none, or another program keeps the clock.
    pub server: Option<String>,
}

/// How the clock is kept right.
///
/// # Errors
/// [`Error::Bus`] when a service does not answer as it should.
pub fn synchronization(bus: &Bus) -> Result<Synchronization> {
    let read = || {
        let timedated = bus.connect(&TIMEDATED)?;
        let property = |name| timedated.property::<bool>(OBJECT, INTERFACE, name);
        Ok((property("NTP")?, property("NTPSynchronized")?))
    };
    let (is_enabled, is_synchronized) = present(read())?.unwrap_or_default();
    let server = || bus.connect(&TIMESYNCD)?.property(TIMESYNCD_OBJECT, TIMESYNCD_INTERFACE, "ServerName");
    let server = present(server())?.flatten().filter(|name: &String| !name.is_empty());
    Ok(Synchronization { is_enabled, is_synchronized, server })
}

/// `None` where there is no such service.
fn present<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(Error::Unsupported { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether the clock of the hardware shows local time: the third line of `/etc/adjtime`, see hwclock(8). Without the file it
/// shows UTC.
///
/// # Errors
/// [`Error::Io`] when the file cannot be read.
pub fn hardware_clock_is_local(root: &Root) -> Result<bool> {
    let text = root.read_text_if_present("/etc/adjtime")?.unwrap_or_default();
    Ok(text.lines().nth(2).is_some_and(|line| line.trim() == "LOCAL"))
}

/// Switches the service on or off that asks servers for the time.
///
/// # Errors
/// [`Error::Unsupported`] without systemd-timedated, [`Error::Refused`] with its reason.
pub fn set_synchronization(bus: &Bus, enabled: bool) -> Result<()> {
    call(&bus.connect(&TIMEDATED)?, "SetNTP", &(enabled, IS_INTERACTIVE))
}

/// Sets the clock.
///
/// # Errors
/// [`Error::Unsupported`] without systemd-timedated, [`Error::Refused`] with its reason: that servers set the clock, for
/// example.
pub fn set_time(bus: &Bus, time: SystemTime) -> Result<()> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok();
    let microseconds = since
        .and_then(|since| i64::try_from(since.as_micros()).ok())
        .ok_or_else(|| Error::InvalidInput { what: "the time should be after the beginning of 1970".to_owned() })?;
    let is_relative = false;
    call(&bus.connect(&TIMEDATED)?, "SetTime", &(microseconds, is_relative, IS_INTERACTIVE))
}

/// Nobody is there to be asked for a password.
const IS_INTERACTIVE: bool = false;

fn call(timedated: &Peer, method: &str, body: &(impl serde::Serialize + zbus::DynamicType)) -> Result<()> {
    timedated.call(OBJECT, (INTERFACE, method), body)
}

/// That there is such a time zone on the machine.
///
/// # Errors
/// [`Error::InvalidInput`] when there is none.
pub fn check_zone(root: &Root, name: &str) -> Result<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+');
    let is_name = name.split('/').all(|part| !part.is_empty() && part.chars().all(fits));
    let mut magic = [0; 4];
    let path = root.path(ZONES).join(name);
    let is_zone =
        is_name && File::open(path).and_then(|mut file| file.read_exact(&mut magic)).is_ok() && magic == *b"TZif";
    if is_zone {
        return Ok(());
    }
    let what = format!("{name:?} should be a time zone below {ZONES}, such as Europe/Berlin or Etc/UTC");
    Err(Error::InvalidInput { what })
}

/// Sets the time zone of the machine of `root`. `bus` should be that of the same machine. Without systemd-timedated the link
/// `/etc/localtime` is replaced; `/etc/timezone` is kept in step where it is there.
///
/// # Errors
/// [`Error::InvalidInput`] when there is no such zone, [`Error::Run`] when it cannot be written.
pub fn set_time_zone(root: &Root, bus: &Bus, name: &str) -> Result<()> {
    check_zone(root, name)?;
    let asked = bus.connect(&TIMEDATED).and_then(|timedated| call(&timedated, "SetTimezone", &(name, IS_INTERACTIVE)));
    if present(asked)?.is_none() {
        link(root, name).map_err(|source| Error::Run { what: format!("cannot set the link {LOCALTIME}"), source })?;
    }
    let path = root.path(NAME_FILE);
    match Attributes::of(&path)? {
        Some(attributes) => replace(&path, &attributes, |file| writeln!(file, "{name}")),
        None => Ok(()),
    }
}

/// Puts a new link in the place of the old one, so that there always is one.
fn link(root: &Root, name: &str) -> io::Result<()> {
    let place = root.path(LOCALTIME);
    let temporary = root.path(format!("/etc/.lumi-localtime-{}", std::process::id()));
    match remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // As timedated makes it: relative, so that it is right in another root, too.
    symlink(format!("..{ZONES}/{name}"), &temporary)?;
    rename(&temporary, &place)?;
    File::open(root.path("/etc"))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::bus::private::PrivateBus;
    use crate::linux::os::time_zone;
    use crate::linux::os::time_zone::tests::two_hours_ahead;
    use crate::linux::testing::machine_with;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    type Done = Arc<Mutex<Vec<String>>>;

    struct Timedated(Done);

    #[zbus::interface(name = "org.freedesktop.timedate1")]
    impl Timedated {
        #[zbus(property, name = "NTP")]
        fn ntp(&self) -> bool {
            true
        }

        #[zbus(property, name = "NTPSynchronized")]
        fn ntp_synchronized(&self) -> bool {
            false
        }

        fn set_timezone(&self, name: &str, _is_interactive: bool) {
            self.0.lock().unwrap().push(format!("zone {name}"));
        }

        #[zbus(name = "SetNTP")]
        fn set_ntp(&self, enabled: bool, _is_interactive: bool) {
            self.0.lock().unwrap().push(format!("synchronize {enabled}"));
        }

        fn set_time(&self, microseconds: i64, is_relative: bool, _is_interactive: bool) -> zbus::fdo::Result<()> {
            if microseconds > 2_000_000_000_000_000 {
                return Err(zbus::fdo::Error::Failed("Automatic time synchronization is enabled".to_owned()));
            }
            self.0.lock().unwrap().push(format!("time {microseconds} {is_relative}"));
            Ok(())
        }
    }

    struct Timesyncd;

    #[zbus::interface(name = "org.freedesktop.timesync1.Manager")]
    impl Timesyncd {
        #[zbus(property)]
        fn server_name(&self) -> String {
            "ntp.example.org".to_owned()
        }
    }

    fn timedated() -> Option<(PrivateBus, zbus::Connection, Done)> {
        let bus = PrivateBus::start()?;
        let done = Done::default();
        let service = Timedated(Arc::clone(&done));
        let connection = bus.serve(TIMEDATED.name, |builder| builder.serve_at(OBJECT, service));
        Some((bus, connection, done))
    }

    fn nobody() -> Bus {
        Bus::at("unix:path=/nowhere")
    }

    fn machine(with: &[(&str, &[u8])]) -> (tempfile::TempDir, Root) {
        let zone = two_hours_ahead();
        let files = [("/usr/share/zoneinfo/Africa/Cairo", &zone[..]), ("/usr/share/zoneinfo/zone.tab", b"# a table")];
        machine_with(&[&files[..], with].concat())
    }

    #[test]
    fn without_timedated_the_link_is_replaced_and_the_name_of_debian_with_it() {
        let (_dir, root) = machine(&[(LOCALTIME, b"a file"), (NAME_FILE, b"Etc/UTC\n")]);
        set_time_zone(&root, &nobody(), "Africa/Cairo").unwrap();
        let zone = time_zone(&root).unwrap();
        assert_eq!(zone.name.as_deref(), Some("Africa/Cairo"));
        assert_eq!(zone.offset_minutes(SystemTime::now()).unwrap(), 120, "the link leads to the zone");
        assert_eq!(root.read_text(NAME_FILE).unwrap(), "Africa/Cairo\n");
        set_time_zone(&root, &nobody(), "Africa/Cairo").unwrap();
        assert_eq!(std::fs::read_dir(root.path("/etc")).unwrap().count(), 2, "nothing else is left behind");

        let (_dir, root) = machine(&[("/etc/hosts", b"")]);
        set_time_zone(&root, &nobody(), "Africa/Cairo").unwrap();
        assert!(!root.exists(NAME_FILE), "not every distribution has it");
    }

    #[test]
    fn what_is_no_zone_of_the_machine_is_refused() {
        let (_dir, root) = machine(&[(LOCALTIME, b"a file")]);
        let names =
            ["", "/", "Africa", "Africa/", "Africa/Atlantis", "zone.tab", "../zoneinfo/Africa/Cairo", "/etc/passwd"];
        for name in names {
            let error = set_time_zone(&root, &nobody(), name).unwrap_err();
            assert!(
                matches!(&error, Error::InvalidInput { what } if what.contains("should be a time zone")),
                "{error}"
            );
        }
        assert_eq!(root.read_text(LOCALTIME).unwrap(), "a file");
    }

    #[test]
    fn timedated_is_asked_where_there_is_one() {
        let Some((bus, _timedated, done)) = timedated() else { return };
        let (_dir, root) = machine(&[(LOCALTIME, b"a file")]);
        set_time_zone(&root, &bus.bus(), "Africa/Cairo").unwrap();
        set_synchronization(&bus.bus(), false).unwrap();
        set_time(&bus.bus(), SystemTime::UNIX_EPOCH + Duration::from_secs(1_709_625_600)).unwrap();
        let expected = ["zone Africa/Cairo", "synchronize false", "time 1709625600000000 false"];
        assert_eq!(*done.lock().unwrap(), expected);
        assert_eq!(root.read_text(LOCALTIME).unwrap(), "a file", "the link is timedated's affair then");
        let late = SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_001);
        let error = set_time(&bus.bus(), late).unwrap_err();
        assert!(error.to_string().contains("Automatic time synchronization"), "{error}");
    }

    #[test]
    fn what_keeps_the_clock_right_is_told_as_far_as_somebody_knows() {
        let Some((bus, _timedated, _)) = timedated() else { return };
        let known = Synchronization { is_enabled: Some(true), is_synchronized: Some(false), server: None };
        assert_eq!(synchronization(&bus.bus()).unwrap(), known);
        let _timesyncd = bus.serve(TIMESYNCD.name, |builder| builder.serve_at(TIMESYNCD_OBJECT, Timesyncd));
        let server = Some("ntp.example.org".to_owned());
        assert_eq!(synchronization(&bus.bus()).unwrap(), Synchronization { server, ..known });
        assert_eq!(synchronization(&nobody()).unwrap(), Synchronization::default());
        assert!(matches!(set_synchronization(&nobody(), true), Err(Error::Unsupported { .. })));
    }

    #[test]
    fn the_clock_of_the_hardware_shows_utc_unless_adjtime_says_local() {
        let is_local = |adjtime: &[u8]| {
            let (_dir, root) = machine_with(&[("/etc/adjtime", adjtime)]);
            hardware_clock_is_local(&root).unwrap()
        };
        assert!(is_local(b"0.0 0 0\n0\nLOCAL\n"));
        assert!(!is_local(b"0.0 0 0\n0\nUTC\n"));
        assert!(!is_local(b""));
        assert!(!hardware_clock_is_local(&machine_with(&[]).1).unwrap());
    }
}
