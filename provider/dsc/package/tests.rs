//! Against a database of dpkg, and for real in a root that is there to be changed: see README, Deeper checks.

use super::*;
use crate::dsc::testing::Machine;
use crate::linux::testing::{packages_turn, skipped};
use crate::linux::tool::Tool;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::MutexGuard;

const STATUS: &[u8] = b"Package: vim
Status: install ok installed
Installed-Size: 3706
Maintainer: Debian Vim Maintainers <team@example.org>
Architecture: amd64
Version: 2:9.0.1378-2
Description: Vi IMproved - it is not-installed, or so it says: deinstall
 More about it.

Package: libc6
Status: install ok installed
Architecture: i386
Version: 2.36-9
Description: shared libraries

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1.0
Description: only its configuration is left

Package: broken
Status: install ok half-configured
Architecture: all
Version: 1.0
Description: its script failed

";

/// A machine of Debian on which nothing can be installed.
fn debian() -> Machine {
    Machine::with(&[
        ("var/lib/dpkg/status", STATUS),
        ("usr/bin/apt-get", b""),
        ("var/lib/dpkg/info/vim.list", b"/usr\n"),
    ])
}

fn desired(name: &str) -> MsftNxPackageResource {
    MsftNxPackageResource { name: Some(name.to_owned()), ..MsftNxPackageResource::default() }
}

fn absent(name: &str) -> MsftNxPackageResource {
    MsftNxPackageResource { ensure: Some("absent".to_owned()), ..desired(name) }
}

fn from(path: &str, name: &str) -> MsftNxPackageResource {
    MsftNxPackageResource { file_path: Some(path.to_owned()), ..desired(name) }
}

#[test]
fn get_tells_what_the_database_has() {
    let machine = debian();
    let found = machine.get(&Package, &desired("vim"));
    assert_eq!((found.ensure.as_deref(), found.installed), (Some("Present"), Some(true)));
    assert_eq!((found.version.as_deref(), found.architecture.as_deref()), (Some("2:9.0.1378-2"), Some("amd64")));
    assert_eq!((found.package_manager.as_deref(), found.size), (Some("Apt"), Some(3706 * 1024)));
    assert_eq!(found.publisher.as_deref(), Some("Debian Vim Maintainers <team@example.org>"));
    let date = found.installed_on.unwrap();
    assert!(date.len() == 20 && date.ends_with('Z'), "{date}");
}

#[test]
fn a_missing_package_is_state() {
    let machine = debian();
    for name in ["emacs", "gone"] {
        let found = machine.get(&Package, &desired(name));
        assert_eq!((found.ensure.as_deref(), found.version, found.installed), (Some("Absent"), None, Some(false)));
        assert_eq!(machine.test(&Package, &absent(name)).unwrap(), []);
        assert_eq!(machine.test(&Package, &desired(name)).unwrap(), [Difference::new("Ensure", "Absent", "Present")]);
    }
}

#[test]
fn the_words_of_a_description_and_the_return_code_do_not_make_a_package_missing() {
    let wanted = MsftNxPackageResource { return_code: Some(3), ..desired("vim") };
    assert_eq!(debian().test(&Package, &wanted).unwrap(), []);
}

#[test]
fn a_package_that_is_not_wholly_installed_is_not_as_desired_and_not_absent_either() {
    let machine = debian();
    let half = Difference::new("Ensure", "half-configured", "Present");
    assert_eq!(machine.test(&Package, &desired("broken")).unwrap(), [half]);
    let there = Difference::new("Ensure", "Present", "Absent");
    assert_eq!(machine.test(&Package, &absent("broken")).unwrap(), [there]);
}

#[test]
fn a_name_can_ask_for_a_version_and_an_architecture() {
    let machine = debian();
    for name in ["vim=2:9.0.1378-2", "vim:amd64", "libc6:i386=2.36-9"] {
        assert_eq!(machine.test(&Package, &desired(name)).unwrap(), [], "{name}");
    }
    let other = Difference::new("Name", "2:9.0.1378-2", "2:9.0");
    assert_eq!(machine.test(&Package, &desired("vim=2:9.0")).unwrap(), [other]);
    assert_ne!(machine.test(&Package, &desired("libc6:amd64")).unwrap(), []);
    assert_eq!(machine.test(&Package, &absent("vim=2:9.0")).unwrap(), [], "another version is none to remove");
}

#[test]
fn wrong_values_are_refused_by_name() {
    let machine = debian();
    let refused = |desired: MsftNxPackageResource| machine.test(&Package, &desired).unwrap_err().message().to_owned();
    let with = |change: fn(&mut MsftNxPackageResource)| {
        let mut wanted = desired("vim");
        change(&mut wanted);
        refused(wanted)
    };
    assert!(refused(desired("")).contains("Name is empty and should be that of a package"));
    for name in ["--purge", "vim; reboot", "a%b", "vim-", "*"] {
        assert!(refused(desired(name)).contains(&format!("Name: {name:?} should be the name of a package")), "{name}");
    }
    assert!(with(|it| it.ensure = Some("maybe".into())).contains("Ensure cannot be \"maybe\"; allowed are Present"));
    let zypper = with(|it| it.package_manager = Some("zypper".into()));
    assert!(zypper.contains("PackageManager \"Zypper\" is not that of this machine, which has apt-get: give \"Apt\""));
    assert!(with(|it| it.package_group = Some(true)).contains("PackageGroup cannot be true: apt-get knows no groups"));
    assert!(with(|it| it.return_code = Some(256)).contains("ReturnCode 256 should be the exit code"));
    assert!(with(|it| it.arguments = Some("a|b|c".into())).contains("Arguments \"a|b|c\" should have one |"));
    assert!(with(|it| it.file_path = Some("a.deb".into())).contains("FilePath \"a.deb\" should be an absolute path"));
    assert!(with(|it| it.file_path = Some("http://example.org/a.deb".into())).contains("FilePath: "));
    assert!(refused(from("https://example.org/a.deb", "")).contains("it is not downloaded only to see"));
    assert!(refused(from("/none.deb", "")).contains("FilePath does not exist, so it does not tell"));
    let error = machine.set(&Package, &from("/none.deb", "emacs")).unwrap_err();
    assert_eq!(error.message(), "nxPackage: FilePath \"/none.deb\" does not exist");
}

#[test]
fn a_machine_without_packages_says_so() {
    let error = Machine::with(&[]).test(&Package, &desired("vim")).unwrap_err();
    assert_eq!(error.code(), omi::ResultCode::NOT_SUPPORTED);
    assert!(error.message().contains("no database of dpkg, rpm or apk"), "{error}");
}

#[test]
fn the_inventory_lists_what_fits_the_filter() {
    let names = |pattern: &str| {
        let found = debian().inventory(&Package, &desired(pattern)).unwrap();
        found.into_iter().filter_map(|found| found.name).collect::<Vec<_>>()
    };
    assert_eq!(names("*"), ["vim", "libc6", "broken"]);
    assert_eq!(names("lib*"), ["libc6"]);
}

/// Makes small packages, in a folder of each test's own.
const PACKAGES: &str = r#"
set -e
rm -rf "/srv/$0" && mkdir -p "/srv/$0" && cd "/srv/$0"
make() { # VERSION POSTINST
    mkdir -p build/DEBIAN build/usr/share/doc
    printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: lumi\nDescription: a sample\n' "$NAME" "$1" \
        > build/DEBIAN/control
    printf '#!/bin/sh\n%s\n' "$2" > build/DEBIAN/postinst
    chmod 755 build/DEBIAN/postinst
    dpkg-deb --build build "$1.deb" > /dev/null
    rm -r build
}
NAME=$0
make 1.0 ''
make 2.0 ''
make 3.0 'echo the postinst is unhappy >&2; exit 7'
"#;

/// A root with packages of this name, which goes with all that it has.
struct Scratch {
    machine: Machine,
    name: &'static str,
    _turn: MutexGuard<'static, ()>,
}

impl Scratch {
    fn new(name: &'static str) -> Option<Self> {
        let scratch = Self { machine: Machine::scratch()?, name, _turn: packages_turn() };
        scratch.sh(PACKAGES);
        Some(scratch)
    }

    fn sh(&self, script: &str) -> String {
        Tool::new(&self.machine.root, "sh").unwrap().args(["-c", script, self.name]).output().unwrap()
    }

    fn file(&self, version: &str) -> String {
        format!("/srv/{}/{version}.deb", self.name)
    }

    fn version(&self) -> Option<String> {
        self.machine.get(&Package, &desired(self.name)).version
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.sh("rm -rf /srv/$0; dpkg --purge --force-all $0 2>/dev/null || true");
    }
}

#[test]
fn a_file_is_installed_and_a_newer_one_brings_it_up_to_date() {
    let Some(scratch) = Scratch::new("lumi-dsc-file") else { return };
    let machine = &scratch.machine;
    machine.converges(&Package, &from(&scratch.file("1.0"), "only a label"));
    assert_eq!(scratch.version().as_deref(), Some("1.0"));
    let change = machine.converges(&Package, &from(&scratch.file("2.0"), ""));
    assert_eq!(change.changes, [Difference::new("FilePath", "1.0", "2.0")]);
    assert_eq!(machine.test(&Package, &from(&scratch.file("1.0"), "")).unwrap(), [], "a newer one is as good");
    machine.converges(&Package, &absent(scratch.name));
    assert_eq!(scratch.version(), None);
}

#[test]
fn a_package_whose_script_fails_is_told_in_its_words_and_absent_removes_what_is_left() {
    let Some(scratch) = Scratch::new("lumi-dsc-fails") else { return };
    let error = scratch.machine.set(&Package, &from(&scratch.file("3.0"), "")).unwrap_err();
    assert!(error.message().contains("apt-get failed with the exit code 100"), "{error}");
    assert_ne!(scratch.machine.test(&Package, &from(&scratch.file("3.0"), "")).unwrap(), []);
    scratch.machine.converges(&Package, &absent(scratch.name));
}

#[test]
fn a_package_that_was_left_half_installed_is_completed_by_the_next_set() {
    let Some(scratch) = Scratch::new("lumi-dsc-half") else { return };
    scratch.sh("dpkg --unpack /srv/$0/1.0.deb");
    let wanted = from(&scratch.file("1.0"), "");
    let half = Difference::new("Ensure", "unpacked", "Present");
    assert_eq!(scratch.machine.test(&Package, &wanted).unwrap(), [half]);
    scratch.machine.converges(&Package, &wanted);
}

#[test]
fn arguments_and_the_return_code_reach_the_program() {
    let Some(scratch) = Scratch::new("lumi-dsc-arguments") else { return };
    let wanted = |arguments: &str, code| MsftNxPackageResource {
        arguments: Some(arguments.to_owned()),
        return_code: Some(code),
        ..from(&scratch.file("1.0"), "")
    };
    let set = |wanted| scratch.machine.set(&Package, &wanted).unwrap_err().message().to_owned();
    let error = set(wanted("--no-such-option", 0));
    assert!(error.contains("no-such-option"), "{error}");
    let error = set(wanted("|--simulate", 0));
    assert!(error.contains("apt-get ended as if all were well, but Ensure is \"Absent\""), "{error}");
    let error = set(wanted("--no-such-option", 100));
    assert!(error.contains("apt-get ended as if all were well"), "{error}");
    scratch.machine.converges(&Package, &wanted("-o Debug::NoLocking=false|--no-install-recommends", 0));
}

/// Gives the file to whoever asks.
fn serve(file: &Path) -> String {
    let bytes = std::fs::read(file).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", bytes.len());
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&bytes));
        }
    });
    format!("http://{address}/a.deb")
}

#[test]
fn a_url_is_installed_when_sum_and_name_are_right_and_leaves_no_file() {
    let Some(scratch) = Scratch::new("lumi-dsc-url") else { return };
    let root = &scratch.machine.root;
    if Tool::find(root, "curl").is_none() {
        return skipped("curl is not installed in LUMI_SCRATCH_ROOT");
    }
    let url = serve(&root.path(scratch.file("1.0")));
    let sum = scratch.sh("sha256sum /srv/$0/1.0.deb");
    let right = format!("{url}#sha256={}", sum.split(' ').next().unwrap());
    let refused = |url: &str, name| scratch.machine.set(&Package, &from(url, name)).unwrap_err().message().to_owned();
    let error = refused(&format!("{url}#sha256={}", "0".repeat(64)), scratch.name);
    assert!(error.contains("has the SHA-256 sum"), "{error}");
    let error = refused(&right, "another");
    assert!(error.contains("Name \"another\" should be \"lumi-dsc-url\""), "{error}");
    assert_eq!(scratch.version(), None, "what is refused is not installed");
    scratch.machine.converges(&Package, &from(&right, scratch.name));
    assert!(!scratch.sh("ls /var/tmp").contains("lumi-"), "no download is left over");
}
