//! Resources of Desired State Configuration on a real systemd and a real dpkg: in a container, by the methods of their classes
//! over WS-Man, as an LCM calls them.
//!
//! Needs root, systemd-nspawn, and in `LUMI_SYSTEMD_ROOT` the root directory of a Debian; skips and says so otherwise.

#[path = "support/built.rs"]
mod built;
#[path = "support/container.rs"]
mod container;
#[path = "support/run.rs"]
mod run;
#[path = "support/skip.rs"]
mod skip;

use container::{Container, Served};
use omi::client::{Application, Destination, OperationOptions, Secret, Session};
use omi::{Instance, Value};
use omi_host::client::WsMan;

const NAMESPACE: &str = "root/Microsoft/DesiredStateConfiguration";

/// The container, with a server inside and a client outside.
struct Machine {
    _served: Served,
    container: Container,
    session: Session,
}

impl Machine {
    fn boot() -> Option<Self> {
        let container = Container::boot(&built::lumi())?;
        let served = container.serve();
        // The loopback of the container is another one. The threads of the client are started by this one.
        container.enter_network();
        let destination = Destination::new(&served.url).basic(&served.user, Secret::new(&served.password));
        let session = Application::new(WsMan::new().unwrap()).session(&destination).unwrap();
        Some(Self { _served: served, container, session })
    }

    fn call(&self, method: &str, desired: &Instance) -> omi::Result<Instance> {
        let parameters = Instance::new("").with("InputResource", Value::Instance(Box::new(desired.clone())));
        let options = OperationOptions::default();
        self.session.invoke(NAMESPACE, desired.class_name(), None, method, &parameters, &options).one()
    }

    fn get(&self, desired: &Instance) -> Instance {
        let mut answer = self.call("GetTargetResource", desired).unwrap();
        answer.take::<Instance>("OutputResource").unwrap().unwrap()
    }

    fn is_in_desired_state(&self, desired: &Instance) -> bool {
        let answer = self.call("TestTargetResource", desired).unwrap();
        answer.get("Result") == Some(&Value::from(true))
    }

    fn set(&self, desired: &Instance) {
        let answer = self.call("SetTargetResource", desired).unwrap();
        assert_eq!(answer.get("ReturnValue"), Some(&Value::from(0_u32)), "{desired:?}");
    }

    /// It is not so, Set makes it so, and Test confirms that.
    fn converge(&self, desired: &Instance) {
        assert!(!self.is_in_desired_state(desired), "nothing to do: {desired:?}");
        self.set(desired);
        assert!(self.is_in_desired_state(desired), "Set did not make it so: {desired:?}");
        self.set(desired);
    }

    fn refusal(&self, desired: &Instance) -> String {
        self.call("SetTargetResource", desired).unwrap_err().message().to_owned()
    }

    fn inventory(&self, filter: &Instance) -> Vec<Instance> {
        let mut answer = self.call("InventoryTargetResource", filter).unwrap();
        answer.take::<Vec<Instance>>("inventory").unwrap().unwrap_or_default()
    }

    fn sh(&self, line: &str) -> String {
        self.container.sh(line)
    }
}

fn service(name: &str) -> Instance {
    Instance::new("MSFT_nxServiceResource").with("Name", name).with("Controller", "systemd")
}

fn package(name: &str) -> Instance {
    Instance::new("MSFT_nxPackageResource").with("Name", name)
}

#[test]
fn resources_work_on_a_real_systemd_and_a_real_dpkg() {
    let Some(machine) = Machine::boot() else { return };
    assert_eq!(machine.sh(UNITS), "");
    services_run_and_are_enabled(&machine);
    services_that_end_are_told_apart(&machine);
    units_of_all_kinds_have_their_state(&machine);
    what_cannot_be_enabled_or_started_is_refused(&machine);
    a_missing_service_is_state_and_an_error(&machine);
    the_inventory_of_services_is_that_of_systemctl(&machine);
    assert_eq!(machine.sh(PACKAGES), "");
    a_package_is_installed_from_its_file_and_removed(&machine);
    the_inventory_of_packages_is_that_of_dpkg(&machine);
    users_and_groups_are_made(&machine);
    a_variable_reaches_a_login(&machine);
    a_key_lets_its_user_in(&machine);
    the_computer_gets_a_name_and_a_time_zone(&machine);
}

/// Services of the test's own.
const UNITS: &str = r#"
cd /etc/systemd/system
unit() { # NAME SERVICE INSTALL
    printf '[Unit]\nDescription=A sample\n[Service]\n%b\n[Install]\n%b\n' "$2" "$3" > "$1"
}
unit lumi-works.service 'ExecStart=/bin/sleep infinity' 'WantedBy=multi-user.target\nAlias=lumi-alias.service'
unit lumi-stays.service 'Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true' 'WantedBy=multi-user.target'
unit lumi-ends.service 'Type=oneshot\nExecStart=/bin/touch /run/lumi-ends' 'WantedBy=multi-user.target'
unit lumi-breaks.service 'ExecStart=/bin/sh -c "echo the disk is on fire >&2; exit 3"\nType=notify' 'WantedBy=multi-user.target'
unit lumi-many@.service 'ExecStart=/bin/sleep infinity' 'WantedBy=multi-user.target'
printf '[Timer]\nOnCalendar=yearly\nUnit=lumi-ends.service\n[Install]\nWantedBy=timers.target\n' > lumi-ends.timer
systemctl daemon-reload
"#;

fn services_run_and_are_enabled(machine: &Machine) {
    let is = |word: &str| machine.sh(&format!("systemctl is-{word} lumi-works.service")).trim().to_owned();
    machine.converge(&service("lumi-works").with("State", "running").with("Enabled", true));
    assert_eq!((&*is("active"), &*is("enabled")), ("active", "enabled"));
    let found = machine.get(&service("lumi-works"));
    assert_eq!((found.text("State"), found.text("Description")), (Some("Running"), Some("A sample")));
    assert_eq!(found.text("Path"), Some("/etc/systemd/system/lumi-works.service"));
    assert!(machine.is_in_desired_state(&service("lumi-alias").with("State", "Running").with("Enabled", true)));

    machine.converge(&service("lumi-works.service").with("State", "Stopped"));
    assert_eq!((&*is("active"), &*is("enabled")), ("inactive", "enabled"), "what is not given is not touched");
    machine.converge(&service("lumi-works").with("Enabled", false));
    assert_eq!(is("enabled"), "disabled");
}

fn services_that_end_are_told_apart(machine: &Machine) {
    machine.converge(&service("lumi-stays").with("State", "Running"));
    assert!(machine.sh("systemctl status lumi-stays").contains("active (exited)"));
    machine.converge(&service("lumi-stays").with("State", "Stopped"));
    let refusal = machine.refusal(&service("lumi-ends").with("State", "Running").with("Enabled", true));
    assert!(refusal.contains("lumi-ends.service: it is a oneshot service without RemainAfterExit"), "{refusal}");
    assert!(machine.sh("ls /run/lumi-ends").contains("No such file"), "it was not run");
    let refusal = machine.refusal(&service("lumi-breaks").with("State", "Running").with("Enabled", true));
    assert!(refusal.starts_with("nxService: State: lumi-breaks.service did not start"), "{refusal}");
    assert!(refusal.contains("the disk is on fire"), "{refusal}");
    assert_eq!(machine.sh("systemctl is-enabled lumi-breaks").trim(), "disabled");
}

fn units_of_all_kinds_have_their_state(machine: &Machine) {
    machine.converge(&service("lumi-ends.timer").with("State", "Running").with("Enabled", true));
    assert_eq!(machine.sh("systemctl is-active lumi-ends.timer").trim(), "active");
    machine.converge(&service("lumi-many@one").with("State", "Running").with("Enabled", true));
    assert_eq!(machine.sh("systemctl is-enabled lumi-many@one.service").trim(), "enabled");
    machine.converge(&service("lumi-many@one").with("State", "Stopped").with("Enabled", false));
    for unit in ["multi-user.target", "dbus.socket", "-.mount", "system.slice"] {
        assert!(machine.is_in_desired_state(&service(unit).with("State", "Running")), "{unit}");
    }
    let error = machine.call("TestTargetResource", &service("lumi-many@").with("State", "Running")).unwrap_err();
    assert!(error.message().contains("Name \"lumi-many@\" is that of a template"), "{error}");
}

fn what_cannot_be_enabled_or_started_is_refused(machine: &Machine) {
    let unit = "systemd-tmpfiles-clean";
    assert_eq!(machine.sh(&format!("systemctl is-enabled {unit}")).trim(), "static");
    assert!(machine.is_in_desired_state(&service(unit).with("Enabled", false)));
    let refusal = machine.refusal(&service(unit).with("Enabled", true));
    assert!(refusal.contains("its file has no section [Install]"), "{refusal}");
    machine.sh("systemctl mask lumi-masked.service");
    assert!(machine.is_in_desired_state(&service("lumi-masked").with("Enabled", false).with("State", "Stopped")));
    for desired in [service("lumi-masked").with("Enabled", true), service("lumi-masked").with("State", "Running")] {
        let refusal = machine.refusal(&desired);
        assert!(refusal.contains("it is masked: unmask it first"), "{refusal}");
    }
}

fn a_missing_service_is_state_and_an_error(machine: &Machine) {
    let desired = service("lumi-none").with("State", "Stopped");
    let found = machine.get(&desired);
    assert_eq!((found.text("Name"), found.text("State")), (Some("lumi-none"), None));
    assert!(!machine.is_in_desired_state(&desired));
    let refusal = machine.refusal(&desired);
    assert!(refusal.contains("Name \"lumi-none\": there is no unit lumi-none.service"), "{refusal}");
}

fn the_inventory_of_services_is_that_of_systemctl(machine: &Machine) {
    let found = machine.inventory(&service("*"));
    let listed = machine.sh("systemctl list-units --type=service --state=running --plain --no-legend");
    assert!(listed.lines().count() > 2, "{listed}");
    for name in listed.lines().filter_map(|line| line.split_once(".service")).map(|(name, _)| name) {
        let it = found.iter().find(|it| it.text("Name") == Some(name)).unwrap_or_else(|| panic!("{name} is missing"));
        assert_eq!(it.text("State"), Some("Running"), "{name}");
    }
    let timers = machine.inventory(&service("lumi-*.timer"));
    assert_eq!(timers.iter().map(|it| it.text("Name")).collect::<Vec<_>>(), [Some("lumi-ends.timer")]);
}

/// Two versions of a package of the test's own.
const PACKAGES: &str = r#"
mkdir -p /srv/lumi && cd /srv/lumi
for version in 1.0 2.0; do
    mkdir -p build/DEBIAN build/usr/share/lumi-sample
    printf 'Package: lumi-sample\nVersion: %s\nArchitecture: all\nMaintainer: lumi\nDescription: a sample\n' $version \
        > build/DEBIAN/control
    echo $version > build/usr/share/lumi-sample/version
    dpkg-deb --build build lumi-sample_$version.deb > /dev/null
done
"#;

fn a_package_is_installed_from_its_file_and_removed(machine: &Machine) {
    let from = |version: &str| package("").with("FilePath", format!("/srv/lumi/lumi-sample_{version}.deb"));
    let installed = || machine.sh("dpkg-query -W -f '${Version} ${Status}' lumi-sample");
    machine.converge(&from("1.0").with("PackageManager", "Apt"));
    assert_eq!(installed(), "1.0 install ok installed");
    machine.converge(&from("2.0"));
    assert_eq!(installed(), "2.0 install ok installed");
    assert_eq!(machine.sh("cat /usr/share/lumi-sample/version").trim(), "2.0");
    let found = machine.get(&package("lumi-sample"));
    assert_eq!((found.text("Ensure"), found.text("Version")), (Some("Present"), Some("2.0")));
    assert!(machine.is_in_desired_state(&from("1.0")), "a newer one is as good");
    let refusal = machine.refusal(&package("lumi-no-such-package"));
    assert!(refusal.contains("nxPackage: apt-get failed") && refusal.contains("lumi-no-such-package"), "{refusal}");
    machine.converge(&package("lumi-sample").with("Ensure", "absent"));
    assert_eq!(machine.get(&package("lumi-sample")).text("Ensure"), Some("Absent"));
    assert!(machine.sh("ls /usr/share/lumi-sample").contains("No such file"));
    assert!(machine.is_in_desired_state(&package("lumi-sample").with("Ensure", "Absent")));
}

fn the_inventory_of_packages_is_that_of_dpkg(machine: &Machine) {
    let mut found: Vec<String> = machine
        .inventory(&package("*"))
        .iter()
        .map(|it| format!("{} {}", it.text("Name").unwrap_or_default(), it.text("Version").unwrap_or_default()))
        .collect();
    let listed = machine.sh("dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\\n' | grep '^installed'");
    let mut listed: Vec<&str> = listed.lines().filter_map(|line| line.strip_prefix("installed ")).collect();
    found.sort_unstable();
    listed.sort_unstable();
    assert!(listed.len() > 50);
    assert_eq!(found, listed);
}

fn users_and_groups_are_made(machine: &Machine) {
    let user = |name: &str| Instance::new("MSFT_nxUserResource").with("UserName", name);
    let group = |name: &str| Instance::new("MSFT_nxGroupResource").with("GroupName", name);
    machine.converge(&user("lumi-user").with("FullName", "A sample").with("HomeDirectory", "/srv/lumi-user"));
    assert!(machine.sh("getent passwd lumi-user").contains(":A sample:/srv/lumi-user:"));
    machine.converge(&group("lumi-group").with("Members", Value::StringArray(vec!["lumi-user".to_owned()])));
    assert!(machine.sh("id lumi-user").contains("(lumi-group)"));
    assert_eq!(machine.get(&user("lumi-nobody")).text("Ensure"), Some("Absent"));
    machine.converge(&group("lumi-group").with("Ensure", "Absent"));
    machine.converge(&user("lumi-user").with("Ensure", "Absent"));
    assert_eq!(machine.sh("getent passwd lumi-user; getent group lumi-group"), "");
}

fn a_variable_reaches_a_login(machine: &Machine) {
    let variable = |name: &str| Instance::new("MSFT_nxEnvironmentResource").with("Name", name);
    machine.converge(&variable("LUMI_SAMPLE").with("Value", "one two"));
    machine.converge(&variable("LUMI_SAMPLE").with("Value", "three"));
    assert!(machine.sh("su -l -c 'echo $LUMI_SAMPLE' daemon -s /bin/sh").contains("three"));
    let folder = variable("LUMI_FOLDER").with("Value", "/srv/lumi/bin").with("Path", true);
    machine.converge(&folder);
    assert!(machine.sh("su -l -c 'echo $PATH' daemon -s /bin/sh").contains("/srv/lumi/bin"));
    machine.converge(&folder.with("Ensure", "Absent"));
    machine.converge(&variable("LUMI_SAMPLE").with("Ensure", "Absent"));
    assert!(!machine.sh("su -l -c 'echo \"$LUMI_SAMPLE $PATH\"' daemon -s /bin/sh").contains("lumi"));
}

fn a_key_lets_its_user_in(machine: &Machine) {
    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIC7rVhNhnLM8mP6jyUCgIiRJCcFIh0qgHHPQFvn4bpbY";
    machine.sh("useradd --create-home lumi-key");
    let key = |ensure: &str| {
        let key = Instance::new("MSFT_nxSshAuthorizedKeysResource").with("KeyComment", "lumi").with("Ensure", ensure);
        key.with("UserName", "lumi-key").with("Key", KEY)
    };
    machine.converge(&key("Present"));
    assert!(machine.sh("cat /home/lumi-key/.ssh/authorized_keys").contains(KEY));
    let owners = machine.sh("stat -c '%U %a' /home/lumi-key/.ssh /home/lumi-key/.ssh/authorized_keys");
    assert_eq!(owners, "lumi-key 700\nlumi-key 600\n");
    machine.converge(&key("Absent"));
    assert!(!machine.sh("cat /home/lumi-key/.ssh/authorized_keys").contains(KEY));
}

fn the_computer_gets_a_name_and_a_time_zone(machine: &Machine) {
    let desired = Instance::new("MSFT_nxComputerResource")
        .with("Name", "lumi-web")
        .with("DNSDomainName", "example.net")
        .with("TimeZoneName", "Africa/Cairo");
    machine.converge(&desired);
    assert_eq!(machine.sh("hostname --fqdn").trim(), "lumi-web.example.net");
    assert_eq!(machine.sh("hostname; cat /etc/hostname"), "lumi-web\nlumi-web\n");
    assert!(machine.sh("getent hosts localhost").contains("localhost"));
    assert!(machine.sh("readlink /etc/localtime").trim().ends_with("/zoneinfo/Africa/Cairo"));
    assert!(machine.sh("cat /usr/share/zoneinfo/Etc/UTC").contains("UTC"), "the database is not written to");
}
