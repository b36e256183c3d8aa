//! Packages installed, updated and removed for real by dnf and zypper, in a root that is there to be changed: see README,
//! Deeper checks. A Debian will do, for both are packages there.

use super::manage::*;
use super::updates::updates_by;
use super::*;
use crate::linux::Stop;
use crate::linux::testing::{packages_turn, scratch, skipped};
use crate::linux::tool::Tool;
use std::time::{Duration, Instant};

/// Makes a repository of tiny packages.
const REPOSITORY: &str = include_str!("../../../tests/support/rpm_repository.sh");

/// An earlier run may have ended in the middle. Debian's rpm keeps a database for each user unless it is told otherwise.
const CLEANUP: &str = "mkdir -p /etc/rpm; echo '%_dbpath /var/lib/rpm' > /etc/rpm/macros; \
                       rpm -e --nodeps $(rpm -qa 'lumi-*') 2>/dev/null; \
                       rm -rf /srv/lumi-rpm /etc/lumi-sample* /etc/*/repos.d/lumi.repo /etc/yum.repos.d/lumi.repo";

struct Machine {
    root: Root,
    program: Program,
    stop: Stop,
}

impl Machine {
    /// A machine with the program and the repository. `None` where the program is not installed.
    fn new(program: Program) -> Option<Self> {
        let root = scratch()?;
        for name in [program.name(), "rpmbuild", "createrepo_c"] {
            if Tool::find(&root, name).is_none() {
                skipped(&format!("there is no {name} in LUMI_SCRATCH_ROOT"));
                return None;
            }
        }
        let machine = Self { root, program, stop: Stop::new().unwrap() };
        machine.sh(CLEANUP);
        machine.sh(REPOSITORY);
        // A database without any package is none for zypper.
        machine.sh("rpm -i /srv/lumi-rpm/noarch/lumi-base-1.0-1.noarch.rpm");
        Some(machine)
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
        named(&self.root, Manager::Rpm, name).unwrap().pop().map(|package| package.full_version)
    }
}

/// What both do.
fn life_of_a_package(machine: &Machine) {
    refresh(&machine.root, machine.program, &mut |_| (), &machine.stop).unwrap();
    let old = |version: &str| Wanted::Package {
        name: "lumi-sample".to_owned(),
        version: Some(version.to_owned()),
        architecture: Some("noarch".to_owned()),
    };
    let lines = machine.change(Act::Install, &[old("1.0-1")], &[]).unwrap();
    assert!(lines.iter().any(|line| line == "installed"), "the script of the package says so: {lines:?}");
    assert_eq!(machine.version("lumi-sample").as_deref(), Some("1.0-1"));
    machine.sh("echo mine > /etc/lumi-sample.conf");

    let known = updates_by(&machine.root, machine.program).unwrap();
    let [update] = &known[..] else { panic!("{known:?}") };
    assert_eq!(update.identity(), "lumi-sample-2.0-1.noarch");
    assert_eq!(update.installed.as_deref(), Some("1.0-1"));
    assert!(update.repository.is_some());
    machine.change(Act::Update, &[Wanted::named("lumi-sample")], &[]).unwrap();
    assert_eq!(machine.version("lumi-sample").as_deref(), Some("2.0-1"));
    assert_eq!(machine.sh("cat /etc/lumi-sample.conf"), "mine\n", "a changed configuration file stays");
    assert_eq!(updates_by(&machine.root, machine.program).unwrap(), []);

    machine.change(Act::Install, &[Wanted::named("lumi-sample-more")], &[]).unwrap();
    machine.change(Act::Remove, &[Wanted::named("lumi-sample")], &[]).unwrap();
    assert_eq!((machine.version("lumi-sample"), machine.version("lumi-sample-more")), (None, None));
}

fn why_a_package_cannot_be_installed(machine: &Machine) {
    for (name, reason) in [
        ("no-such-package", "no-such-package"),
        ("lumi-sample-bad", "nothing provides lumi-nowhere needed by lumi-sample-bad"),
    ] {
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
    assert!(start.elapsed() < Duration::from_secs(50), "its script would sleep for a minute");
}

const FILE: &str = "/srv/lumi-rpm/noarch/lumi-sample-1.0-1.noarch.rpm";

#[test]
fn dnf_installs_updates_and_removes() {
    let _turn = packages_turn();
    let Some(machine) = Machine::new(Program::Dnf) else { return };
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
    machine.sh(CLEANUP);
}

#[test]
fn zypper_installs_updates_and_removes() {
    let _turn = packages_turn();
    let Some(machine) = Machine::new(Program::Zypper) else { return };
    why_a_package_cannot_be_installed(&machine);
    life_of_a_package(&machine);
    let file = [Wanted::File(FILE.to_owned())];
    let error = machine.change(Act::Install, &file, &[]).unwrap_err().to_string();
    assert!(error.contains("Signature verification failed"), "{error}");
    machine.change(Act::Install, &file, &["--allow-unsigned-rpm"]).unwrap();
    assert_eq!(machine.version("lumi-sample").as_deref(), Some("1.0-1"));
    a_cancelled_installation_ends(&machine, "Retrieving package");
    machine.sh(CLEANUP);
}
