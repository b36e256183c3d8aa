//! What each program is told, and packages installed, updated and removed for real in a root that is there to be changed:
//! see README, Deeper checks.

use super::manage::*;
use super::*;
use crate::linux::Stop;
use crate::linux::testing::{machine, machine_with, packages_turn, scratch};
use crate::linux::tool::Tool;

fn package(name: &str, version: Option<&str>, architecture: Option<&str>) -> Wanted {
    Wanted::Package {
        name: name.to_owned(),
        version: version.map(str::to_owned),
        architecture: architecture.map(str::to_owned),
    }
}

fn arguments(program: Program, act: Act, packages: &[Wanted]) -> String {
    program.arguments(&Change { act, packages, arguments: &[] }).unwrap().join(" ")
}

#[test]
fn each_program_is_told_in_its_own_words() {
    let libc = [package("libc6", Some("2.36-9"), Some("amd64"))];
    let install = |program| arguments(program, Act::Install, &libc);
    assert_eq!(install(Program::Apt), "install libc6:amd64=2.36-9");
    assert_eq!(install(Program::Dnf), "install libc6-2.36-9.amd64");
    assert_eq!(install(Program::Zypper), "install libc6.amd64=2.36-9");
    assert_eq!(install(Program::Apk), "add libc6=2.36-9");
    let names = [Wanted::named("g++"), Wanted::named("vim")];
    assert_eq!(arguments(Program::Apt, Act::Update, &names), "install --only-upgrade g++ vim");
    assert_eq!(arguments(Program::Apt, Act::Update, &[]), "upgrade --with-new-pkgs");
    assert_eq!(arguments(Program::Yum, Act::Update, &names), "update g++ vim");
    assert_eq!(arguments(Program::Apk, Act::Remove, &names), "del --rdepends g++ vim");
    assert_eq!(arguments(Program::Apk, Act::Update, &names), "upgrade g++ vim");
    assert_eq!(arguments(Program::Apk, Act::Update, &[]), "upgrade");
    assert_eq!(arguments(Program::Dnf, Act::Install, &[Wanted::Group("Web Server".into())]), "install @Web Server");
    let error =
        Program::Apt.arguments(&Change { act: Act::Install, packages: &[Wanted::Group("web".into())], arguments: &[] });
    assert!(matches!(error, Err(Error::Unsupported { .. })));
    let (file, url) = (Wanted::at("file:///srv/a%20%zz.deb"), Wanted::at("https://example.org/a.rpm"));
    assert_eq!(file, Wanted::File("/srv/a %zz.deb".to_owned()));
    assert_eq!(
        arguments(Program::Zypper, Act::Install, std::slice::from_ref(&url)),
        "install https://example.org/a.rpm"
    );
    let error = Program::Apt.arguments(&Change { act: Act::Install, packages: &[url], arguments: &[] }).unwrap_err();
    assert!(error.to_string().contains("fetch its file first"), "{error}");
    assert!(Program::Zypper.is_success(Some(102)) && !Program::Apt.is_success(Some(102)));
}

#[test]
fn the_program_is_that_of_the_distribution() {
    let program = |files: &[(&str, &[u8])]| Program::of(&machine_with(files).1);
    let rpm = ("/usr/lib/sysimage/rpm/rpmdb.sqlite", &b""[..]);
    assert_eq!(program(&[rpm, ("/usr/bin/dnf", b""), ("/usr/bin/yum", b"")]).unwrap(), Program::Dnf);
    assert_eq!(program(&[rpm, ("/usr/bin/zypper", b"")]).unwrap(), Program::Zypper);
    let error = program(&[rpm]).unwrap_err();
    assert_eq!(error.to_string(), "there is no zypper, dnf, yum to install packages with");
}

#[test]
fn what_is_no_package_reaches_no_program() {
    let root = machine("debian12");
    let try_it = |act, wanted: &[Wanted]| {
        let wish = Change { act, packages: wanted, arguments: &[] };
        change(&root, Program::Apt, &wish, &mut |_| (), &Stop::new().unwrap()).unwrap_err()
    };
    for name in ["", "-y", "--purge", "vim-", "a b", "a*", "^a", "~nvim", "a/b", "a=1", "a:b", "$(reboot)", "a\n"] {
        let error = try_it(Act::Install, &[Wanted::named(name)]);
        assert!(matches!(&error, Error::InvalidInput { what } if what.contains("name of a package")), "{error}");
    }
    for wanted in [
        package("vim", Some("-1"), None),
        package("vim", Some("1 2"), None),
        package("vim", None, Some("amd64=1")),
        Wanted::File("vim.deb".to_owned()),
        Wanted::Group(String::new()),
        Wanted::at("vim.deb"),
        Wanted::at("https://example.org/a b.rpm"),
    ] {
        assert!(matches!(try_it(Act::Install, &[wanted]), Error::InvalidInput { .. }));
    }
    assert!(matches!(try_it(Act::Remove, &[]), Error::InvalidInput { .. }), "nothing to remove is not everything");
    assert!(matches!(try_it(Act::Remove, &[Wanted::File("/a.deb".into())]), Error::InvalidInput { .. }));
    // The fixture has no programs, so whatever is not refused before fails for the lack of them.
    for name in ["vim", "g++", "libstdc++6", "python3.11", "NetworkManager", "7zip", "lib_a"] {
        assert!(matches!(try_it(Act::Install, &[Wanted::named(name)]), Error::Unsupported { .. }), "{name}");
    }
}

/// Makes a repository of tiny packages, the only one that apt sees then.
const REPOSITORY: &str = include_str!("../../../tests/support/repository.sh");

const CLEANUP: &str = "dpkg --purge --force-all $(dpkg-query -W -f '${Package}\\n' 'lumi-sample*') 2>/dev/null >&2; \
                       rm -rf /srv/lumi /etc/apt/apt.conf.d/99lumi-sample";

struct Machine {
    root: Root,
    stop: Stop,
}

impl Machine {
    fn sh(&self, script: &str) -> String {
        Tool::new(&self.root, "sh").unwrap().args(["-c", script]).output().unwrap()
    }

    fn change(&self, act: Act, packages: &[Wanted]) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        let wish = Change { act, packages, arguments: &[] };
        change(&self.root, Program::Apt, &wish, &mut |line| lines.push(line.to_owned()), &self.stop)?;
        Ok(lines)
    }

    fn version(&self, name: &str) -> Option<String> {
        let mut installed = packages(&self.root, Manager::Dpkg).unwrap().map(Result::unwrap);
        installed.find(|package| package.name == name).map(|package| package.full_version)
    }
}

#[test]
fn packages_are_installed_updated_and_removed() {
    let Some(root) = scratch() else { return };
    let _turn = packages_turn();
    let machine = Machine { root, stop: Stop::new().unwrap() };
    // An earlier run may have ended in the middle.
    machine.sh(CLEANUP);
    machine.sh(REPOSITORY);
    let program = Program::of(&machine.root).unwrap();
    refresh(&machine.root, program, &mut |_| (), &machine.stop).unwrap();
    an_old_version_is_installed_and_updated(&machine);
    a_file_is_installed(&machine);
    what_cannot_be_done_is_told_in_the_words_of_apt(&machine);
    a_cancelled_installation_ends(&machine);
    machine.sh(CLEANUP);
}

fn an_old_version_is_installed_and_updated(machine: &Machine) {
    let lines = machine.change(Act::Install, &[package("lumi-sample", Some("1.0"), None)]).unwrap();
    assert!(lines.iter().any(|line| line.starts_with("Setting up lumi-sample (1.0)")), "{lines:?}");
    assert!(lines.iter().any(|line| line == "frontend noninteractive"), "{lines:?}");
    assert_eq!(machine.version("lumi-sample").as_deref(), Some("1.0"));
    machine.sh("echo mine > /etc/lumi-sample.conf");

    let known = updates(&machine.root).unwrap();
    let update = known.iter().find(|update| update.name == "lumi-sample").unwrap();
    assert_eq!((update.installed.as_deref(), &*update.version), (Some("1.0"), "2.0"));
    assert_eq!(update.identity(), "lumi-sample-2.0.all");
    machine.change(Act::Update, &[Wanted::named("lumi-sample")]).unwrap();
    assert_eq!(machine.version("lumi-sample").as_deref(), Some("2.0"));
    assert_eq!(machine.sh("cat /etc/lumi-sample.conf"), "mine\n", "a changed configuration file stays");
    assert!(updates(&machine.root).unwrap().iter().all(|update| update.name != "lumi-sample"));

    machine.change(Act::Install, &[Wanted::named("lumi-sample-more")]).unwrap();
    machine.change(Act::Remove, &[Wanted::named("lumi-sample")]).unwrap();
    assert_eq!((machine.version("lumi-sample"), machine.version("lumi-sample-more")), (None, None));
}

fn a_file_is_installed(machine: &Machine) {
    machine.change(Act::Install, &[Wanted::File("/srv/lumi/lumi-sample_1.0.deb".into())]).unwrap();
    assert_eq!(machine.version("lumi-sample").as_deref(), Some("1.0"));
    machine.change(Act::Remove, &[Wanted::named("lumi-sample")]).unwrap();
}

fn what_cannot_be_done_is_told_in_the_words_of_apt(machine: &Machine) {
    // A dot is no pattern: otherwise lumi-sample would be meant.
    for name in ["no-such-package", "lumi.sample"] {
        let error = machine.change(Act::Install, &[Wanted::named(name)]).unwrap_err().to_string();
        let expected = format!("apt-get failed with the exit code 100: E: Unable to locate package {name}");
        assert!(error.starts_with(&expected), "{error}");
    }
    let error = machine.change(Act::Install, &[Wanted::named("lumi-sample-bad")]).unwrap_err().to_string();
    assert!(error.contains("the postinst is unhappy") && error.contains("exit status 7"), "{error}");
    machine.change(Act::Remove, &[Wanted::named("lumi-sample-bad")]).unwrap();
}

fn a_cancelled_installation_ends(machine: &Machine) {
    let stop = Stop::new().unwrap();
    let packages = [Wanted::named("lumi-sample-slow")];
    let wish = Change { act: Act::Install, packages: &packages, arguments: &[] };
    let mut tell = |line: &str| {
        if line == "now asleep" {
            stop.stop();
        }
    };
    let error = change(&machine.root, Program::Apt, &wish, &mut tell, &stop).unwrap_err();
    assert_eq!(error.to_string(), "apt-get was ended, for the operation was cancelled");
    let installed = super::packages(&machine.root, Manager::Dpkg).unwrap().map(Result::unwrap);
    let slow = installed.into_iter().find(|package| package.name == "lumi-sample-slow").unwrap();
    assert!(slow.trouble.is_some(), "{slow:?}");
}
