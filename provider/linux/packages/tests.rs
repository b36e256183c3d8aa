//! Packages of several distributions, databases that are damaged, and the second opinion of `dpkg-query`.

use super::*;
use crate::linux::testing::{machine, machine_with};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

fn all(root: &Root) -> Vec<Result<Package>> {
    packages(root, Manager::of(root).unwrap()).unwrap().collect()
}

fn find(root: &Root, name: &str) -> Package {
    all(root).into_iter().map(Result::unwrap).find(|package| package.name == name).unwrap()
}

fn names(packages: &[Result<Package>]) -> Vec<&str> {
    packages.iter().flatten().map(|package| &*package.name).collect()
}

#[test]
fn the_database_that_is_there_tells_the_package_manager() {
    assert_eq!(Manager::of(&machine("debian12")).unwrap(), Manager::Dpkg);
    assert_eq!(Manager::of(&machine("alpine")).unwrap(), Manager::Apk);
    let (_dir, rpm) = machine_with(&[("/usr/lib/sysimage/rpm/rpmdb.sqlite", b"")]);
    assert_eq!(Manager::of(&rpm).unwrap(), Manager::Rpm);
    let (_dir, none) = machine_with(&[]);
    assert!(matches!(Manager::of(&none), Err(Error::Unsupported { .. })));
}

#[test]
fn a_package_of_debian_has_every_field() {
    let libc = find(&machine("debian12"), "libc6");
    assert_eq!(libc.full_version, "2.36-9+deb12u4");
    assert_eq!((libc.epoch, &*libc.version, libc.release.as_deref()), (None, "2.36", Some("9+deb12u4")));
    assert_eq!(libc.identity(), "libc6-2.36-9+deb12u4.amd64");
    assert_eq!(libc.summary.as_deref(), Some("GNU C Library: Shared libraries"));
    assert!(libc.description.unwrap().starts_with("Contains the standard libraries"));
    assert_eq!(libc.homepage.as_deref(), Some("https://www.gnu.org/software/libc/libc.html"), "after a long field");
    assert_eq!((libc.installed_size, libc.section.as_deref()), (Some(12_986 * 1024), Some("libs")));
    assert!(
        libc.installed.is_some(),
        "the list of a package for several architectures has the architecture in its name"
    );
    assert_eq!(libc.trouble, None);
}

#[test]
fn removed_packages_are_left_out_and_half_installed_ones_are_told() {
    let root = machine("debian12");
    assert_eq!(names(&all(&root)), ["adduser", "libc6", "vim"]);
    let vim = find(&root, "vim");
    assert_eq!(vim.trouble.as_deref(), Some("half-configured"));
    assert_eq!((vim.epoch, &*vim.version, vim.release.as_deref()), (Some(2), "9.0.1378", Some("2")));
    assert_eq!(vim.installed, None, "no list, no date");
}

#[test]
fn a_package_of_alpine_has_its_version_and_release() {
    let musl = find(&machine("alpine"), "musl");
    assert_eq!((&*musl.version, musl.release.as_deref()), ("1.2.4_git20230717", Some("4")));
    assert_eq!(musl.identity(), "musl-1.2.4_git20230717-r4.x86_64");
    assert_eq!((musl.installed_size, musl.vendor.as_deref()), (Some(667_648), Some("Timo Teräs <timo.teras@iki.fi>")));
}

#[test]
fn a_line_of_rpm_is_a_package() {
    let line =
        "openssl-libs\t1\t3.0.7\t27.el9\tx86_64\t1709625600\t2302421\tRed Hat, Inc.\tUnspecified\t(none)\tA \ttab";
    let package = rpm::parse(line).unwrap();
    assert_eq!(package.identity(), "openssl-libs-1:3.0.7-27.el9.x86_64");
    assert_eq!(package.installed, Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_709_625_600)));
    assert_eq!((package.section, package.homepage), (None, None));
    assert_eq!(package.summary.as_deref(), Some("A \ttab"));
    let key = "gpg-pubkey\t(none)\tfd431d51\t4ae0493b\t(none)\t1709625600\t0\t(none)\tPublic Keys\t(none)\tkey";
    assert_eq!(rpm::parse(key).unwrap().identity(), "gpg-pubkey-fd431d51-4ae0493b");
    assert!(rpm::parse("openssl\t1").unwrap_err().contains("11 fields"));
}

#[test]
fn a_package_leads_to_its_files() {
    let debian = machine("debian12");
    let paths = files(&debian, Manager::Dpkg, &find(&debian, "adduser")).unwrap();
    assert_eq!(paths, ["/usr", "/usr/sbin", "/usr/sbin/adduser", "/etc/adduser.conf"]);
    assert_eq!(files(&debian, Manager::Dpkg, &find(&debian, "vim")).unwrap(), Vec::<String>::new());
    let alpine = machine("alpine");
    let paths = files(&alpine, Manager::Apk, &find(&alpine, "alpine-baselayout")).unwrap();
    assert_eq!(paths, ["/dev", "/etc", "/etc/motd", "/etc/conf.d", "/etc/conf.d/example"]);
}

#[test]
fn of_a_database_that_is_cut_off_the_whole_packages_are_told_and_then_the_error() {
    let whole = std::fs::read(machine("debian12").path(dpkg::STATUS)).unwrap();
    for length in [whole.len() - 1, whole.len() - 30] {
        let (_dir, root) = machine_with(&[(dpkg::STATUS, &whole[..length])]);
        let packages = all(&root);
        assert_eq!(names(&packages), ["adduser", "libc6"]);
        let error = packages.last().unwrap().as_ref().unwrap_err().to_string();
        assert!(error.contains("status: it ends in the middle of the entry \"Package: vim\""), "{error}");
    }
}

#[test]
fn an_entry_that_makes_no_sense_costs_only_itself() {
    let status = b"Package: one\nStatus: install ok installed\nVersion: 1\n\n\n\nrubbish\n\
        \nPackage: two\nStatus: install ok installed\n\nPackage: \xff\nStatus: install ok installed\nVersion: 3\n\n";
    let (_dir, root) = machine_with(&[(dpkg::STATUS, status)]);
    let packages = all(&root);
    assert_eq!(names(&packages), ["one", "\u{fffd}"]);
    let errors: Vec<String> = packages.iter().filter_map(|it| it.as_ref().err()).map(Error::to_string).collect();
    assert!(
        errors[0].contains("\"rubbish\"") && errors[1].contains("\"two\" should have the field Version"),
        "{errors:?}"
    );
}

#[test]
fn a_name_with_a_slash_leads_to_no_file_outside_the_database() {
    let root = machine("debian12");
    let package = Package { name: "../status".into(), ..Package::default() };
    assert_eq!(files(&root, Manager::Dpkg, &package).unwrap(), Vec::<String>::new());
}

#[test]
fn dpkg_query_says_the_same_of_this_machine() {
    const FORMAT: &str = "${Package}\t${Architecture}\t${Version}\t${db:Status-Status}\t${Installed-Size}\t\
                          ${db-fsys:Last-Modified}\n";
    let root = Root::host();
    let Ok(output) = Command::new("dpkg-query").args(["-W", "-f", FORMAT]).output() else {
        println!("skipped: dpkg-query is not installed");
        return;
    };
    let mut theirs = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, architecture, version, state, size, installed] = fields[..] else { panic!("{line:?}") };
        if !matches!(state, "config-files" | "not-installed") {
            let facts =
                (state.to_owned(), size.parse().ok().map(|size: u64| size * 1024), installed.parse::<u64>().ok());
            theirs.insert(format!("{name}-{version}.{architecture}"), facts);
        }
    }
    let seconds = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let ours = packages(&root, Manager::Dpkg).unwrap().map(|package| {
        let package = package.unwrap();
        let state = package.trouble.clone().unwrap_or("installed".into());
        (package.identity(), (state, package.installed_size, package.installed.map(seconds)))
    });
    assert_eq!(ours.collect::<BTreeMap<_, _>>(), theirs);
}

#[test]
fn apt_list_knows_the_updates_of_this_machine_too() {
    // `NAME/SUITE VERSION ARCHITECTURE [upgradable from: INSTALLED]`; it tells held ones, too, which would not be installed.
    let Ok(output) = Command::new("apt").args(["list", "--upgradable"]).env("LC_ALL", "C").output() else {
        println!("skipped: apt is not installed");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let theirs: Vec<_> = text
        .lines()
        .filter_map(|line| {
            let (package, rest) = line.strip_suffix(']')?.split_once(' ')?;
            let (facts, installed) = rest.split_once(" [upgradable from: ")?;
            let (version, architecture) = facts.split_once(' ')?;
            Some((package.split('/').next()?, version, architecture, installed))
        })
        .collect();
    for update in updates(&Root::host()).unwrap() {
        let architecture = update.architecture.as_deref().unwrap();
        let ours = (&*update.name, &*update.version, architecture, update.installed.as_deref().unwrap());
        assert!(theirs.contains(&ours), "{update:?} is not in {text}");
    }
}

proptest! {
    #[test]
    fn no_database_makes_the_readers_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        text in "((Package|Status|Version|P|V|F|R): ?[a-z/ ]{0,9}\n|\n| [a-z]\n)*"
    ) {
        for content in [bytes.as_slice(), text.as_bytes()] {
            let (_dir, root) = machine_with(&[(dpkg::STATUS, content), (apk::INSTALLED, content)]);
            for manager in [Manager::Dpkg, Manager::Apk] {
                packages(&root, manager).unwrap().for_each(drop);
            }
        }
    }
}
