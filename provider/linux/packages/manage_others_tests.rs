//! Packages installed, updated and removed for real by dnf, zypper and apk, in a root that is there to be changed: see
//! README, Deeper checks. A Debian will do, for there are packages of dnf and zypper, and apk can be built.

use super::manage::*;
use super::updates::updates_by;
use super::*;
use crate::linux::Stop;
use crate::linux::testing::{packages_turn, scratch, skipped};
use crate::linux::tool::Tool;
use std::time::{Duration, Instant};

/// What makes a machine of a kind.
struct Kind {
    needed: &'static [&'static str],
    /// Takes away what an earlier run left that ended in the middle.
    cleanup: &'static str,
    /// Makes a repository of tiny packages.
    repository: &'static str,
    release: &'static str,
}

/// Debian's rpm keeps a database for each user unless it is told otherwise; one without any package is none for zypper.
const RPM: Kind = Kind {
    needed: &["rpmbuild", "createrepo_c"],
    cleanup: "mkdir -p /etc/rpm; echo '%_dbpath /var/lib/rpm' > /etc/rpm/macros; \
              rpm -e --nodeps $(rpm -qa 'lumi-*') 2>/dev/null; \
              rm -rf /srv/lumi-rpm /etc/lumi-sample* /etc/*/repos.d/lumi.repo /etc/yum.repos.d/lumi.repo",
    repository: concat!(
        include_str!("../../../tests/support/rpm_repository.sh"),
        "rpm -i noarch/lumi-base-1.0-1.noarch.rpm"
    ),
    release: "1",
};

const APK: Kind = Kind {
    needed: &["openssl"],
    cleanup: "rm -rf /srv/lumi-apk /etc/lumi-sample* /etc/apk /lib/apk/db /var/cache/apk",
    repository: include_str!("../../../tests/support/apk_repository.sh"),
    release: "r0",
};

struct Machine {
    root: Root,
    program: Program,
    kind: Kind,
    stop: Stop,
}

impl Machine {
    /// A machine with the program and a repository. `None` where the program is not installed.
    fn new(program: Program, kind: Kind) -> Option<Self> {
        let root = scratch()?;
        for name in kind.needed.iter().chain([&program.name()]) {
            if Tool::find(&root, name).is_none() {
                skipped(&format!("there is no {name} in LUMI_SCRATCH_ROOT"));
                return None;
            }
        }
        let machine = Self { root, program, kind, stop: Stop::new().unwrap() };
        machine.clean();
        machine.sh(machine.kind.repository);
        Some(machine)
    }

    fn clean(&self) {
        self.sh(self.kind.cleanup);
    }

    fn sh(&self, script: &str) -> String {
        Tool::new(&self.root, "sh").unwrap().args(["-c", script]).output().unwrap()
    }

    fn change(&self, act: Act, wanted: &[Wanted], arguments: &[&str]) -> Result<Vec<String>> {
        let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
        let mut lines = Vec::new();
        let wish = Change { act, packages: wanted, arguments: &arguments };
        change(&self.root, self.program, &wish, &mut |line| lines.push(line.to_owned()), &self.stop)?;
        Ok(lines)
    }

    fn version(&self, name: &str) -> Option<String> {
        named(&self.root, self.program.manager(), name).unwrap().pop().map(|package| package.full_version)
    }
}

/// What all of them do.
fn life_of_a_package(machine: &Machine) {
    refresh(&machine.root, machine.program, &mut |_| (), &machine.stop).unwrap();
    let [old, new] = ["1.0", "2.0"].map(|version| format!("{version}-{}", machine.kind.release));
    let wanted = Wanted::Package {
        name: "lumi-sample".to_owned(),
        version: Some(old.clone()),
        architecture: Some("noarch".to_owned()),
    };
    machine.change(Act::Update, std::slice::from_ref(&wanted), &[]).unwrap();
    assert_eq!(machine.version("lumi-sample"), None, "what is not installed is not updated");
    let lines = machine.change(Act::Install, &[wanted], &[]).unwrap();
    assert!(lines.iter().any(|line| line.ends_with("installed")), "the script of the package says so: {lines:?}");
    assert_eq!(machine.version("lumi-sample").as_ref(), Some(&old));
    machine.sh("echo mine > /etc/lumi-sample.conf");

    let known = updates_by(&machine.root, machine.program).unwrap();
    let [update] = &known[..] else { panic!("{known:?}") };
    assert_eq!(update.identity(), format!("lumi-sample-{new}.noarch"));
    assert_eq!(update.installed.as_ref(), Some(&old));
    assert_eq!(update.repository.is_some(), machine.program != Program::Apk);
    let names = ["no-such-package", "lumi-sample"].map(Wanted::named);
    machine.change(Act::Update, &names, &[]).unwrap();
    assert_eq!(machine.version("lumi-sample"), Some(new));
    assert_eq!(machine.sh("cat /etc/lumi-sample.conf"), "mine\n", "a changed configuration file stays");
    assert_eq!(updates_by(&machine.root, machine.program).unwrap(), []);

    machine.change(Act::Install, &[Wanted::named("lumi-sample-more")], &[]).unwrap();
    machine.change(Act::Remove, &[Wanted::named("lumi-sample")], &[]).unwrap();
    assert_eq!((machine.version("lumi-sample"), machine.version("lumi-sample-more")), (None, None));
}

fn why_a_package_cannot_be_installed(machine: &Machine) {
    for (name, reason) in [("no-such-package", "no-such-package"), ("lumi-sample-bad", "lumi-nowhere")] {
        let error = machine.change(Act::Install, &[Wanted::named(name)], &[]).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
    assert_eq!(machine.version("lumi-sample-bad"), None);
}

/// Ends the installation when a line with this text comes.
fn a_cancelled_installation_ends(machine: &Machine, sign: &str) {
    let stop = Stop::new().unwrap();
    let wanted = [Wanted::named("lumi-sample-slow")];
    let mut tell = |line: &str| {
        if line.contains(sign) {
            stop.stop();
        }
    };
    let start = Instant::now();
    let wish = Change { act: Act::Install, packages: &wanted, arguments: &[] };
    let error = change(&machine.root, machine.program, &wish, &mut tell, &stop).unwrap_err();
    let name = machine.program.name();
    assert_eq!(error.to_string(), format!("{name} was ended, for the operation was cancelled"));
    assert!(start.elapsed() < Duration::from_secs(50), "a script of the package would sleep for a minute");
}

const FILE: &str = "/srv/lumi-rpm/noarch/lumi-sample-1.0-1.noarch.rpm";

#[test]
fn dnf_installs_updates_and_removes() {
    let _turn = packages_turn();
    let Some(machine) = Machine::new(Program::Dnf, RPM) else { return };
    why_a_package_cannot_be_installed(&machine);
    life_of_a_package(&machine);
    machine.change(Act::Install, &[Wanted::at(&format!("file://{FILE}"))], &[]).unwrap();
    assert_eq!(machine.version("lumi-sample").as_deref(), Some("1.0-1"));
    assert!(!has_group(&machine.root, machine.program, "lumi").unwrap());
    machine.change(Act::Install, &[Wanted::Group("Lumi Samples".to_owned())], &[]).unwrap();
    assert!(machine.version("lumi-sample-more").is_some());
    for name in ["lumi samples", "lumi"] {
        assert!(has_group(&machine.root, machine.program, name).unwrap(), "{name}");
    }
    machine.change(Act::Remove, &[Wanted::Group("Lumi Samples".to_owned())], &[]).unwrap();
    assert_eq!(machine.version("lumi-sample-more"), None);
    a_cancelled_installation_ends(&machine, "Running transaction");
    machine.clean();
}

#[test]
fn zypper_installs_updates_and_removes() {
    let _turn = packages_turn();
    let Some(machine) = Machine::new(Program::Zypper, RPM) else { return };
    why_a_package_cannot_be_installed(&machine);
    life_of_a_package(&machine);
    let file = [Wanted::File(FILE.to_owned())];
    let error = machine.change(Act::Install, &file, &[]).unwrap_err().to_string();
    assert!(error.contains("Signature verification failed"), "{error}");
    machine.change(Act::Install, &file, &["--allow-unsigned-rpm"]).unwrap();
    assert_eq!(machine.version("lumi-sample").as_deref(), Some("1.0-1"));
    a_cancelled_installation_ends(&machine, "Checking for file conflicts");
    machine.clean();
}

#[test]
fn apk_installs_updates_and_removes() {
    let _turn = packages_turn();
    let Some(machine) = Machine::new(Program::Apk, APK) else { return };
    why_a_package_cannot_be_installed(&machine);
    life_of_a_package(&machine);
    let file = [Wanted::File("/srv/lumi-apk/noarch/lumi-sample-1.0-r0.apk".to_owned())];
    machine.change(Act::Install, &file, &[]).unwrap();
    assert_eq!(machine.version("lumi-sample").as_deref(), Some("1.0-r0"));
    let newest =
        Wanted::Package { name: "lumi-sample".to_owned(), version: Some("2.0-r0".to_owned()), architecture: None };
    machine.change(Act::Update, &[newest], &[]).unwrap();
    machine.change(Act::Update, &[], &[]).unwrap();
    assert_eq!(machine.version("lumi-sample").as_deref(), Some("2.0-r0"));
    machine.change(Act::Install, &[Wanted::named("apk-tools")], &[]).unwrap();
    let error = machine.change(Act::Remove, &[Wanted::named("lumi-sample")], &[]).unwrap_err();
    let expected = "apk would remove apk-tools as well, without which the system does not work";
    assert_eq!((error.to_string().as_str(), machine.version("apk-tools").is_some()), (expected, true));
    a_cancelled_installation_ends(&machine, "Installing");
    machine.clean();
}
