//! Against a fake systemd on a private bus, and against services that do not answer.

use std::os::unix::net::UnixListener;
use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime};

use super::fake::FakeSystemd;
use super::*;
use crate::linux::bus::private::PrivateBus;

/// Waits are far shorter; a loaded machine is not.
const PATIENCE: Duration = Duration::from_secs(30);

fn go_on(_: Duration) -> Tick {
    Tick::GoOn
}

fn run(fake: &FakeSystemd, name: &str, act: Act) -> Result<()> {
    let systemd = Systemd::connect(&fake.bus.bus())?;
    systemd.run(&systemd.service(name)?, act, &mut go_on)
}

#[test]
fn services_are_those_loaded_and_those_installed() {
    let Some(fake) = FakeSystemd::start() else { return };
    let services = Systemd::connect(&fake.bus.bus()).unwrap().services().unwrap();
    let names: Vec<_> = services.iter().map(|unit| unit.name.as_str()).collect();
    let expected = ["broken", "cron", "guarded", "masked", "once", "prepared", "slow", "spare", "static"];
    assert_eq!(names, expected.map(|name| format!("{name}.service")));

    let cron = &services[1];
    assert_eq!((cron.active_state.as_str(), cron.sub_state.as_deref()), ("active", Some("running")));
    assert_eq!((cron.description.as_deref(), cron.file_state.as_deref()), (Some("The cron.service"), Some("enabled")));
    let masked = &services[3];
    assert_eq!((masked.active_state.as_str(), &masked.load_state, &masked.description), ("inactive", &None, &None));
    assert_eq!(services[2].file_state, None, "it has no file");
}

#[test]
fn what_an_older_systemd_does_not_tell_is_none() {
    let Some(fake) = FakeSystemd::start() else { return };
    let systemd = Systemd::connect(&fake.bus.bus()).unwrap();
    let detail = systemd.detail(&systemd.service("cron.service").unwrap()).unwrap();
    let changed = SystemTime::UNIX_EPOCH + Duration::from_millis(1_709_625_600_500);
    let expected =
        Detail { main_pid: Some(812), result: Some("exit-code".to_owned()), restarts: None, changed: Some(changed) };
    assert_eq!(detail, expected);
}

#[test]
fn a_service_that_nobody_has_is_not_found() {
    let Some(fake) = FakeSystemd::start() else { return };
    let systemd = Systemd::connect(&fake.bus.bus()).unwrap();
    for name in ["absent.service", "cron", "dbus.socket", ""] {
        let error = systemd.service(name).unwrap_err();
        assert!(matches!(&error, Error::NoSuchUnit { name: missing } if missing == name), "{error}");
    }
}

#[test]
fn a_job_is_waited_for() {
    let Some(fake) = FakeSystemd::start() else { return };
    run(&fake, "static.service", Act::Start).unwrap();
    let systemd = Systemd::connect(&fake.bus.bus()).unwrap();
    assert_eq!(systemd.service("static.service").unwrap().active_state, "active");
    run(&fake, "static.service", Act::Stop).unwrap();
    assert_eq!(systemd.service("static.service").unwrap().active_state, "inactive");
    assert_eq!(fake.calls(), ["start static.service", "stop static.service"]);
}

#[test]
fn a_job_that_fails_says_why() {
    let Some(fake) = FakeSystemd::start() else { return };
    let error = run(&fake, "broken.service", Act::Start).unwrap_err().to_string();
    let expected = "broken.service did not start: the job's result is failed (the service's result is exit-code)";
    assert!(error.starts_with(expected), "{error}");
}

#[test]
fn what_systemd_refuses_is_told_in_its_words() {
    let Some(fake) = FakeSystemd::start() else { return };
    let masked = run(&fake, "masked.service", Act::Start).unwrap_err();
    assert!(matches!(masked, Error::Refused { .. }));
    assert_eq!(masked.to_string(), "Unit masked.service is masked.");
    let guarded = run(&fake, "guarded.service", Act::Start).unwrap_err();
    assert!(guarded.is_permission_denied());
    assert_eq!(guarded.to_string(), "systemd refuses StartUnit: Permission denied");
}

#[test]
fn a_job_that_nobody_wants_any_more_is_cancelled() {
    let Some(fake) = FakeSystemd::start() else { return };
    let systemd = Systemd::connect(&fake.bus.bus()).unwrap();
    let mut ticks = 0;
    let error = systemd.run(&systemd.service("slow.service").unwrap(), Act::Start, &mut |_| {
        ticks += 1;
        if ticks < 3 { Tick::GoOn } else { Tick::Cancel }
    });
    assert!(error.unwrap_err().to_string().starts_with("slow.service: the job to start it was cancelled"));
    assert_eq!(ticks, 3, "nobody is asked after the answer");
    assert_eq!(fake.calls(), ["start slow.service", "cancel 7"]);
}

#[test]
fn a_changed_unit_file_is_read_anew() {
    let Some(fake) = FakeSystemd::start() else { return };
    let systemd = Systemd::connect(&fake.bus.bus()).unwrap();
    let cron = systemd.service("cron.service").unwrap();
    assert!(systemd.change_file(&cron, FileAct::Enable).unwrap());
    assert!(systemd.change_file(&cron, FileAct::Mask).unwrap());
    assert_eq!(fake.calls(), ["enable cron.service", "reload", "mask cron.service", "reload"]);
}

#[test]
fn a_unit_that_nothing_starts_cannot_be_enabled() {
    let Some(fake) = FakeSystemd::start() else { return };
    let systemd = Systemd::connect(&fake.bus.bus()).unwrap();
    let unit = systemd.service("static.service").unwrap();
    assert!(!systemd.change_file(&unit, FileAct::Enable).unwrap());
    assert_eq!(fake.calls(), ["enable static.service"]);
}

#[test]
fn a_watch_hears_of_each_change_until_it_is_stopped() {
    let Some(fake) = FakeSystemd::start() else { return };
    let mut watch = Watch::start(&fake.bus.bus()).unwrap();
    let stop = watch.stop();
    let (sender, changes) = mpsc::channel();
    let watching = std::thread::spawn(move || {
        loop {
            match watch.next() {
                Ok(Some(change)) => sender.send(change).unwrap(),
                end => return end,
            }
        }
    });

    let (active, inactive) = (("active", "running"), ("inactive", "dead"));
    let state = |(active, sub): (&str, &str)| (active.to_owned(), sub.to_owned());
    for (act, now, before) in [(Act::Stop, inactive, active), (Act::Start, active, inactive)] {
        run(&fake, "cron.service", act).unwrap();
        let change = changes.recv_timeout(PATIENCE).unwrap();
        assert_eq!(change.unit.name, "cron.service");
        assert_eq!((change.unit.active_state, change.unit.sub_state.unwrap()), state(now));
        assert_eq!(change.before, Some(state(before)));
    }

    stop.stop();
    assert_eq!(watching.join().unwrap().unwrap(), None, "it was stopped, and did not fail");
}

#[test]
fn without_a_bus_or_without_systemd_the_reason_is_told() {
    let error = Systemd::connect(&Bus::at("unix:path=/nowhere/socket")).err().unwrap();
    assert!(matches!(error, Error::Unsupported { .. }));
    assert_eq!(
        error.to_string(),
        "there is no message bus at unix:path=/nowhere/socket, on which systemd could be asked"
    );

    let Some(bus) = PrivateBus::start() else { return };
    let error = Systemd::connect(&bus.bus()).unwrap().services().unwrap_err();
    assert!(matches!(error, Error::Unsupported { .. }));
    assert!(error.to_string().starts_with("systemd (org.freedesktop.systemd1) is not on the message bus"), "{error}");
}

/// How long `ask` takes to fail, and its error.
fn failure(ask: impl FnOnce() -> Result<()>) -> (Duration, String) {
    let start = Instant::now();
    let error = ask().unwrap_err();
    assert!(matches!(error, Error::Bus { .. }), "{error}");
    (start.elapsed(), error.to_string())
}

#[test]
fn a_bus_that_hangs_is_given_up_within_five_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let _listener = UnixListener::bind(&socket).unwrap();
    let bus = Bus::at(format!("unix:path={}", socket.display()));
    let (elapsed, error) = failure(|| Systemd::connect(&bus).map(drop));
    assert!(elapsed < Duration::from_secs(5), "{elapsed:?}");
    assert!(error.ends_with("does not answer"), "{error}");
}

#[test]
fn a_systemd_that_hangs_is_given_up_within_five_seconds() {
    struct Hanging;
    #[zbus::interface(name = "org.freedesktop.systemd1.Manager")]
    impl Hanging {
        async fn list_units(&self) {
            std::future::pending::<()>().await;
        }
    }
    let Some(bus) = PrivateBus::start() else { return };
    let _hanging = bus.serve(SYSTEMD.name, |builder| builder.serve_at(MANAGER, Hanging));
    let (elapsed, error) = failure(|| Systemd::connect(&bus.bus())?.services().map(drop));
    assert!(elapsed < Duration::from_secs(5), "{elapsed:?}");
    assert_eq!(error, "systemd did not answer ListUnits within 4s");
}
