//! Methods that change the machine, through the built library: packages, host name, time zone and power of a Debian in a
//! container, and on this machine only as far as a user who is asked says no.
//!
//! The container needs root, systemd-nspawn, and in `LUMI_SYSTEMD_ROOT` the root directory of a Debian; that test skips and says
//! so otherwise.

#[path = "support/built.rs"]
mod built;
#[path = "support/container.rs"]
mod container;
#[path = "support/run.rs"]
mod run;
#[path = "support/skip.rs"]
mod skip;

use container::Container;
use omi::dialogue::{Listener, Question};
use omi::{Instance, ResultCode, Value};
use omi_host::Host;
use omi_host::operation::{Depth, Operation, Request};
use serde_json::Value as Json;
use std::sync::{Arc, Mutex};

const NAMESPACE: &str = "root/cimv2";
const INSTALLER: &str = "Linux_SoftwareInstallationService";

/// A repository of tiny packages.
const REPOSITORY: &str = include_str!("support/repository.sh");

#[test]
fn a_machine_is_managed() {
    let Some(container) = Container::boot(&built::lumi()) else { return };
    packages_are_installed_updated_and_removed(&container);
    the_computer_gets_another_name(&container);
    the_time_zone_is_set(&container);
    a_shutdown_is_scheduled_and_called_off(&container);
    the_machine_is_switched_off(container);
}

/// Calls a method; what it gives out.
fn invoke(container: &Container, words: &[&str]) -> Json {
    let output = container.run_lumi(&[&["invoke"], words, &["--json"]].concat());
    assert!(output.status.success(), "{words:?}: {}", run::text(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Calls a method that fails; the error.
fn refused(container: &Container, words: &[&str]) -> String {
    let output = container.run_lumi(&[&["invoke"], words].concat());
    assert!(!output.status.success(), "{words:?} succeeds");
    run::text(&output)
}

fn instances(container: &Container, words: &[&str]) -> Vec<Json> {
    let output = container.run_lumi(&[&["get"], words, &["--json"]].concat());
    assert!(output.status.success(), "{words:?}: {}", run::text(&output));
    match serde_json::from_slice(&output.stdout).unwrap() {
        Json::Array(all) => all,
        one => vec![one],
    }
}

fn packages_are_installed_updated_and_removed(container: &Container) {
    let installed =
        || container.sh("dpkg-query -W -f '${db:Status-Status} ${Version}' lumi-sample 2>/dev/null || true");
    container.sh(REPOSITORY);
    invoke(container, &[INSTALLER, "RefreshRepositories"]);
    invoke(container, &[INSTALLER, "InstallByName", "Names=lumi-sample=1.0"]);
    assert_eq!(installed(), "installed 1.0");

    let updates = instances(container, &["Linux_SoftwareUpdate", "InstanceID=Linux:Update:lumi-sample-2.0.all"]);
    assert_eq!((&updates[0]["InstalledVersion"], &updates[0]["IsEntity"]), (&Json::from("1.0"), &Json::from(false)));
    invoke(container, &[INSTALLER, "UpdateByName", "Names=lumi-sample"]);
    assert_eq!(installed(), "installed 2.0");

    invoke(container, &[INSTALLER, "RemoveByName", "Names=lumi-sample"]);
    assert_eq!(installed(), "config-files 2.0");
    let file = "URI=file:///srv/lumi/lumi-sample_1.0.deb";
    invoke(container, &[INSTALLER, "Name=packages", "InstallFromURI", file]);
    assert_eq!(installed(), "installed 1.0");

    let error = refused(container, &[INSTALLER, "InstallByName", "Names=no-such-package"]);
    assert!(error.contains("Unable to locate package no-such-package"), "{error}");
    let error = refused(container, &[INSTALLER, "InstallByName", "Names=lumi-sample-bad"]);
    assert!(error.contains("the postinst is unhappy"), "{error}");
}

fn the_computer_gets_another_name(container: &Container) {
    let names = || container.sh("cat /etc/hostname; uname -n");
    invoke(container, &["Linux_ComputerSystem", &own_name(container), "Rename", "Name=web7.example.org"]);
    assert_eq!(names(), "web7.example.org\nweb7.example.org\n");
    invoke(container, &["Linux_ComputerSystem", &own_name(container), "Rename", "Name=passing", "Transient=true"]);
    assert_eq!(names(), "web7.example.org\npassing\n");
    let computer = &instances(container, &["Linux_ComputerSystem"])[0];
    assert_eq!((&computer["Name"], &computer["StaticHostName"]), (&"passing".into(), &"web7.example.org".into()));
    let error = refused(container, &["Linux_ComputerSystem", &own_name(container), "Rename", "Name=not_a_name"]);
    assert!(error.contains("should be a host name such as"), "{error}");
}

fn own_name(container: &Container) -> String {
    format!("Name={}", container.sh("uname -n").trim())
}

fn the_time_zone_is_set(container: &Container) {
    invoke(container, &["Linux_TimeService", "SetTimeZone", "TimeZone=America/Caracas"]);
    assert_eq!(container.sh("readlink -f /etc/localtime").trim(), "/usr/share/zoneinfo/America/Caracas");
    let clock = &instances(container, &["Linux_TimeService"])[0];
    assert_eq!((&clock["TimeZone"], &clock["UTCOffset"]), (&"America/Caracas".into(), &Json::from(-240)));
    assert!(clock["SynchronizationEnabled"].is_boolean() && clock["Synchronized"].is_boolean(), "{clock}");
    let error = refused(container, &["Linux_TimeService", "SetTimeZone", "TimeZone=Mars/Phobos"]);
    assert!(error.contains("should be a time zone"), "{error}");
}

fn a_shutdown_is_scheduled_and_called_off(container: &Container) {
    const POWER: &str = "Linux_PowerManagementService";
    let scheduled = || {
        let get = "busctl get-property org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager";
        container.sh(&format!("{get} ScheduledShutdown"))
    };
    let hour = "Time=00000000010000.000000:000";
    invoke(container, &[POWER, "ScheduleShutdown", hour, "Reboot=true", "Message=a new kernel"]);
    assert!(scheduled().starts_with("(st) \"reboot\" "), "{}", scheduled());
    let power = &instances(container, &[POWER])[0];
    assert_eq!(power["ScheduledShutdown"], "reboot");
    let microseconds: u64 = scheduled().split_whitespace().last().unwrap().parse().unwrap();
    let time: jiff::Timestamp = power["TimeOfScheduledShutdown"].as_str().unwrap().parse().unwrap();
    assert_eq!(i64::try_from(microseconds).unwrap(), time.as_microsecond());
    let states = power["RequestablePowerStates"].as_array().unwrap();
    assert!(states.contains(&12.into()) && states.contains(&15.into()), "{power}");

    invoke(container, &[POWER, "Name=power", "RequestPowerStateChange", "PowerState=12", hour]);
    assert!(scheduled().starts_with("(st) \"poweroff\" "), "{}", scheduled());
    invoke(container, &[POWER, "CancelShutdown"]);
    assert!(!scheduled().contains("poweroff"), "{}", scheduled());
    let again = container.run_lumi(&["invoke", POWER, "CancelShutdown"]);
    assert!(!again.status.success() && run::text(&again).contains("None Scheduled"), "{}", run::text(&again));
}

fn the_machine_is_switched_off(mut container: Container) {
    let words = ["Linux_PowerManagementService", "Name=power", "RequestPowerStateChange", "PowerState=12"];
    invoke(&container, &words);
    container.wait_for_end();
}

/// Says no to everything, as -WhatIf of PowerShell does.
#[derive(Default)]
struct Refuser {
    asked: Mutex<Vec<(String, String)>>,
}

impl Listener for Refuser {
    fn ask(&self, question: &Question) -> bool {
        if let Question::ShouldProcess { target, action } = question {
            self.asked.lock().unwrap().push((action.clone(), target.clone()));
        }
        false
    }
}

struct Machine {
    host: Host,
    user: Arc<Refuser>,
}

impl Machine {
    fn this() -> Self {
        let host = Host::builder().provider(&built::lumi(), &[NAMESPACE]).build().unwrap();
        Self { host, user: Arc::default() }
    }

    fn ask(&self, operation: Operation) -> omi::Result<Vec<Instance>> {
        let mut request = Request::local(NAMESPACE, operation);
        request.listener = Some(self.user.clone());
        self.host.submit(request)?.collect()
    }

    /// Installs from a source with options; the return value.
    fn install(&self, source: &Instance, options: &[u16]) -> omi::Result<Option<u32>> {
        let parameters = Instance::new("__parameters")
            .with("Source", Value::Reference(Box::new(source.clone())))
            .with("InstallOptions", options.to_vec());
        let operation = Operation::Invoke {
            class: INSTALLER.into(),
            target: Some(Instance::new(INSTALLER).with_key("Name", "packages")),
            method: "InstallFromSoftwareIdentity".into(),
            parameters,
        };
        let outcome = self.ask(operation)?;
        Ok(match outcome[0].get("ReturnValue") {
            Some(Value::Uint32(value)) => Some(*value),
            _ => None,
        })
    }
}

#[test]
fn a_package_is_updated_or_removed_by_its_instance_and_only_if_the_user_agrees() {
    let machine = Machine::this();
    let class = "Linux_SoftwareIdentity";
    let all = Operation::Enumerate { class: class.into(), depth: Depth::default(), properties: None, keys_only: false };
    let Ok(packages) = machine.ask(all) else { return skip::skipped("this machine has no packages") };
    let package = Instance::new(class).with_key("InstanceID", packages[0].text("InstanceID").unwrap());
    let name = packages[0].text("Name").unwrap();
    if !nix::unistd::geteuid().is_root() {
        let error = machine.install(&package, &[9]).unwrap_err();
        assert_eq!(error.code(), ResultCode::ACCESS_DENIED);
        return;
    }
    assert_eq!(machine.install(&package, &[9, 11]).unwrap(), Some(0));
    assert_eq!(machine.install(&package, &[5]).unwrap(), Some(0));
    let asked = std::mem::take(&mut *machine.user.asked.lock().unwrap());
    assert_eq!(asked.iter().map(|(action, _)| &**action).collect::<Vec<_>>(), ["remove packages", "update packages"]);
    assert!(asked.iter().all(|(_, target)| target.starts_with(name)), "{asked:?}");

    assert_eq!(machine.install(&package, &[4]).unwrap(), Some(4099), "it is installed already");
    assert_eq!(machine.install(&package, &[5, 9]).unwrap(), Some(1), "one thing at a time");
    let missing = Instance::new(class).with_key("InstanceID", "Linux:Package:no-such-package-1.0.all");
    assert_eq!(machine.install(&missing, &[9]).unwrap_err().code(), ResultCode::NOT_FOUND);
    assert!(machine.user.asked.lock().unwrap().is_empty(), "nobody is asked about what cannot be");
}
