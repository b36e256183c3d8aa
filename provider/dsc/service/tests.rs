//! Against a fake systemd; the real one is in tests/dsc_container.rs.

use super::*;
use crate::dsc::testing::Machine;
use crate::linux::systemd::fake::FakeSystemd;

fn service(fake: &FakeSystemd) -> Service {
    Service { bus: Some(fake.bus.bus()) }
}

fn desired(name: &str, enabled: Option<bool>, state: Option<&str>) -> MsftNxServiceResource {
    MsftNxServiceResource {
        name: Some(name.to_owned()),
        controller: Some("*".to_owned()),
        enabled,
        state: state.map(str::to_owned),
        ..MsftNxServiceResource::default()
    }
}

#[test]
fn a_service_is_started_and_enabled_and_stopped_and_disabled() {
    let Some(fake) = FakeSystemd::start() else { return };
    let (machine, service) = (Machine::with(&[]), service(&fake));
    machine.converges(&service, &desired("spare", Some(true), Some("running")));
    assert_eq!(fake.calls(), ["start spare.service", "enable spare.service", "reload"]);
    machine.converges(&service, &desired("spare.service", Some(false), Some("STOPPED")));
    assert_eq!(fake.calls()[3..], ["stop spare.service", "disable spare.service", "reload"]);
}

#[test]
fn what_is_not_given_is_not_touched() {
    let Some(fake) = FakeSystemd::start() else { return };
    let (machine, service) = (Machine::with(&[]), service(&fake));
    machine.converges(&service, &desired("spare", None, Some("Running")));
    machine.converges(&service, &desired("cron", Some(false), None));
    assert_eq!(fake.calls(), ["start spare.service", "disable cron.service", "reload"]);
    assert_eq!(machine.test(&service, &desired("cron", None, None)).unwrap(), []);
}

#[test]
fn a_oneshot_service_that_remains_after_its_exit_runs() {
    let Some(fake) = FakeSystemd::start() else { return };
    let (machine, service) = (Machine::with(&[]), service(&fake));
    assert_eq!(machine.test(&service, &desired("prepared", None, Some("Running"))).unwrap(), []);
    machine.converges(&service, &desired("prepared", None, Some("Stopped")));
    machine.converges(&service, &desired("prepared", None, Some("Running")));
}

#[test]
fn a_oneshot_service_that_does_not_remain_is_refused_and_not_run() {
    let Some(fake) = FakeSystemd::start() else { return };
    let (machine, service) = (Machine::with(&[]), service(&fake));
    let error = machine.set(&service, &desired("once", Some(true), Some("Running"))).unwrap_err();
    assert!(error.message().contains("State cannot be Running for once.service: it is a oneshot service"), "{error}");
    assert_eq!(fake.calls(), [""; 0]);
}

#[test]
fn a_static_unit_is_not_enabled_and_cannot_be() {
    let Some(fake) = FakeSystemd::start() else { return };
    let (machine, service) = (Machine::with(&[]), service(&fake));
    assert_eq!(machine.test(&service, &desired("static", Some(false), None)).unwrap(), []);
    let error = machine.set(&service, &desired("static", Some(true), Some("Running"))).unwrap_err();
    assert!(error.message().contains("its file has no section [Install]"), "{error}");
    assert_eq!(fake.calls(), [""; 0], "nothing is half done");
}

#[test]
fn a_masked_unit_is_not_enabled_and_cannot_be_started() {
    let Some(fake) = FakeSystemd::start() else { return };
    let (machine, service) = (Machine::with(&[]), service(&fake));
    assert_eq!(machine.test(&service, &desired("masked", Some(false), Some("Stopped"))).unwrap(), []);
    let error = machine.set(&service, &desired("masked", None, Some("Running"))).unwrap_err();
    assert!(error.message().contains("State cannot be Running for masked.service: it is masked"), "{error}");
}

#[test]
fn a_service_that_fails_to_start_says_why_and_is_not_enabled() {
    let Some(fake) = FakeSystemd::start() else { return };
    let (machine, service) = (Machine::with(&[]), service(&fake));
    let error = machine.set(&service, &desired("broken", Some(true), Some("Running"))).unwrap_err();
    assert!(error.message().starts_with("nxService: State: broken.service did not start"), "{error}");
    assert_eq!(fake.calls(), ["start broken.service"]);
}

#[test]
fn a_start_that_nobody_wants_any_more_is_taken_back() {
    let Some(fake) = FakeSystemd::start() else { return };
    let machine = Machine::with(&[]);
    let wanted = desired("slow", None, Some("Running"));
    let error = machine.canceled(|context| service(&fake).set(&wanted, context)).unwrap_err();
    assert!(error.message().contains("the job to start it was cancelled"), "{error}");
    assert_eq!(fake.calls(), ["start slow.service", "cancel 7", "stop slow.service"]);
}

#[test]
fn a_template_can_be_enabled_and_has_no_state() {
    let Some(fake) = FakeSystemd::start() else { return };
    let (machine, service) = (Machine::with(&[]), service(&fake));
    machine.converges(&service, &desired("getty@", Some(false), None));
    let error = machine.test(&service, &desired("getty@", None, Some("Running"))).unwrap_err();
    assert!(error.message().contains("Name \"getty@\" is that of a template"), "{error}");
}

#[test]
fn units_of_other_types_keep_their_names() {
    let Some(fake) = FakeSystemd::start() else { return };
    let (machine, service) = (Machine::with(&[]), service(&fake));
    let found = machine.get(&service, &desired("dbus.socket", None, None));
    assert_eq!((found.name.as_deref(), found.state.as_deref()), (Some("dbus.socket"), Some("Running")));
    assert_eq!(found.path.as_deref(), Some("/lib/systemd/system/dbus.socket"));
    machine.converges(&service, &desired("dbus.socket", None, Some("Stopped")));
    machine.converges(&service, &desired("dbus.socket", None, Some("Running")));
}

#[test]
fn a_set_that_was_ended_in_the_middle_is_completed_by_the_next() {
    let Some(fake) = FakeSystemd::start() else { return };
    let (machine, service) = (Machine::with(&[]), service(&fake));
    let systemd = Systemd::connect(&fake.bus.bus()).unwrap();
    systemd.run(&systemd.find("spare.service").unwrap(), Act::Start, &mut |_| Tick::GoOn).unwrap();
    let done = machine.converges(&service, &desired("spare", Some(true), Some("Running")));
    assert_eq!(done.changes, [Difference::new("Enabled", false, true)]);
    assert_eq!(fake.calls(), ["start spare.service", "enable spare.service", "reload"]);
}

#[test]
fn a_missing_unit_is_state_for_get_and_an_error_that_names_it_for_set() {
    let Some(fake) = FakeSystemd::start() else { return };
    let (machine, service) = (Machine::with(&[]), service(&fake));
    let wanted = desired("crno", Some(false), Some("Stopped"));
    let found = machine.get(&service, &wanted);
    assert_eq!(found, MsftNxServiceResource { name: wanted.name.clone(), ..MsftNxServiceResource::default() });
    assert_eq!(machine.test(&service, &wanted).unwrap(), [Difference::new("Name", "missing", "crno")]);
    let error = machine.set(&service, &wanted).unwrap_err();
    assert!(error.message().starts_with("nxService: Name \"crno\": there is no unit crno.service"), "{error}");
}

#[test]
fn controllers_that_are_not_supported_are_named() {
    let Some(fake) = FakeSystemd::start() else { return };
    let machine = Machine::with(&[]);
    let by = |controller: &str| MsftNxServiceResource {
        controller: Some(controller.to_owned()),
        ..desired("cron", None, None)
    };
    let refused = |service: &Service, controller| machine.test(service, &by(controller)).unwrap_err();
    let service = service(&fake);
    for controller in ["init", "Upstart"] {
        let error = refused(&service, controller);
        assert_eq!(error.code(), omi::ResultCode::NOT_SUPPORTED);
        assert!(error.message().contains(&format!("Controller {:?} is not", controller.to_lowercase())), "{error}");
    }
    assert!(refused(&service, "launchd").message().contains("allowed are init, upstart, systemd, *"));
    let error = refused(&Service { bus: Some(Bus::at("unix:path=/nowhere")) }, "*");
    assert!(error.message().contains("only systemd is supported, and there is no message bus"), "{error}");
    assert_eq!(machine.test(&service, &MsftNxServiceResource { controller: None, ..by("*") }).unwrap(), []);
}

#[test]
fn the_inventory_lists_what_fits_the_filter() {
    let Some(fake) = FakeSystemd::start() else { return };
    let (machine, service) = (Machine::with(&[]), service(&fake));
    let names = |name: &str, enabled, state| {
        let found = machine.inventory(&service, &desired(name, enabled, state)).unwrap();
        found.into_iter().filter_map(|found| found.name).collect::<Vec<_>>()
    };
    assert_eq!(names("*", None, Some("Running")), ["cron", "prepared"]);
    assert_eq!(names("s*", Some(false), None), ["slow", "spare", "static"]);
    assert_eq!(names("cron.service", Some(true), None), ["cron"]);
    assert_eq!(names("*.socket", None, None), ["dbus.socket"]);
}
