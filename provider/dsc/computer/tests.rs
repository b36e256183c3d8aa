//! In a root of its own, without any bus: the files are all that there is.

use super::*;
use crate::dsc::testing::Machine;
use std::os::unix::fs::symlink;

/// A zone without changes: TZif version 2 with one type, two hours ahead of UTC.
fn zone() -> Vec<u8> {
    let counts = [0_u32, 0, 0, 0, 1, 5].map(u32::to_be_bytes).concat();
    let part = [b"TZif2", &[0; 15][..], &counts, &7200_i32.to_be_bytes(), b"\0\0EET2\0"].concat();
    [&part[..], &part, b"\n<+02>-2\n"].concat()
}

fn computer() -> Computer {
    Computer { bus: Some(Bus::at("unix:path=/nowhere")) }
}

fn machine(host_name: &str, hosts: &str) -> Machine {
    let machine = Machine::with(&[
        ("etc/hostname", format!("{host_name}\n").as_bytes()),
        ("etc/hosts", hosts.as_bytes()),
        ("usr/share/zoneinfo/Africa/Cairo", &zone()),
        ("usr/share/zoneinfo/Asia/Amman", &zone()),
    ]);
    symlink("/usr/share/zoneinfo/Africa/Cairo", machine.root.path(LOCALTIME)).unwrap();
    machine
}

fn desired(name: &str) -> MsftNxComputerResource {
    MsftNxComputerResource { name: Some(name.to_owned()), ..MsftNxComputerResource::default() }
}

fn in_domain(name: &str, domain: &str) -> MsftNxComputerResource {
    MsftNxComputerResource { dns_domain_name: Some(domain.to_owned()), ..desired(name) }
}

fn in_zone(zone: &str, other: Option<&str>) -> MsftNxComputerResource {
    MsftNxComputerResource {
        time_zone_name: Some(zone.to_owned()),
        alternate_time_zone_name: other.map(str::to_owned),
        ..desired("")
    }
}

const HOSTS_BEFORE: &str = "127.0.0.1 localhost\n127.0.1.1 old.example.org old\n::1 localhost\n";

#[test]
fn name_and_domain_are_set_and_localhost_stays() {
    let machine = machine("old", HOSTS_BEFORE);
    machine.converges(&computer(), &in_domain("web", "example.net"));
    assert_eq!(machine.read("etc/hostname"), b"web\n");
    let expected = "127.0.0.1 localhost\n127.0.1.1\tweb.example.net web\n::1 localhost\n";
    assert_eq!(machine.read("etc/hosts"), expected.as_bytes());
    let found = machine.get(&computer(), &desired("web"));
    assert_eq!((found.name.as_deref(), found.dns_domain_name.as_deref()), (Some("web"), Some("example.net")));
}

#[test]
fn a_name_without_a_domain_keeps_the_domain_and_has_no_dot_at_its_end() {
    let machine = machine("old", HOSTS_BEFORE);
    machine.converges(&computer(), &desired("web"));
    let hosts = String::from_utf8(machine.read("etc/hosts")).unwrap();
    assert!(hosts.contains("127.0.1.1\tweb.example.org web\n"), "{hosts}");
}

#[test]
fn a_host_name_with_a_domain_is_as_desired_when_no_domain_is() {
    let machine = machine("web.example.org", "127.0.0.1 localhost\n");
    assert_eq!(machine.test(&computer(), &desired("web")).unwrap(), []);
    assert_eq!(machine.test(&computer(), &in_domain("web", "example.org")).unwrap(), []);
    machine.converges(&computer(), &desired("db"));
    assert_eq!(machine.read("etc/hostname"), b"db.example.org\n");
    machine.converges(&computer(), &in_domain("", "b.net"));
    assert_eq!(machine.read("etc/hostname"), b"db.b.net\n");
    machine.converges(&computer(), &desired("web.c.org"));
    assert_eq!(machine.read("etc/hostname"), b"web.c.org\n");
}

#[test]
fn the_kernel_s_name_counts_too() {
    let machine = machine("web", "");
    machine.write("proc/sys/kernel/hostname", b"other\n");
    assert_eq!(machine.test(&computer(), &desired("web")).unwrap(), [Difference::new("Name", "other", "web")]);
}

#[test]
fn the_time_zone_is_a_link_and_the_database_is_not_written_to() {
    let machine = machine("web", "");
    machine.converges(&computer(), &in_zone("Asia/Amman", None));
    assert_eq!(machine.get(&computer(), &desired("")).time_zone_name.as_deref(), Some("Asia/Amman"));
    assert_eq!(machine.read("usr/share/zoneinfo/Africa/Cairo"), zone());
    assert_eq!(machine.read("etc/hostname"), b"web\n", "a name that is not given is not changed");
}

#[test]
fn a_time_zone_that_was_copied_is_known_by_what_is_in_it() {
    let machine = machine("web", "");
    std::fs::remove_file(machine.root.path(LOCALTIME)).unwrap();
    machine.write("etc/localtime", &zone());
    assert_eq!(machine.test(&computer(), &in_zone("Asia/Amman", None)).unwrap(), []);
}

#[test]
fn the_alternate_zone_is_for_machines_without_the_other() {
    let machine = machine("web", "");
    let wanted = in_zone("AEST-10:55:01AEDT", Some("Asia/Amman"));
    let outcome = machine.converges(&computer(), &wanted);
    assert_eq!(outcome.changes, [Difference::new("AlternateTimeZoneName", "Africa/Cairo", "Asia/Amman")]);
    assert_ne!(machine.test(&computer(), &in_zone("Africa/Cairo", Some("Asia/Amman"))).unwrap(), []);
}

#[test]
fn wrong_values_are_refused_by_name_and_nothing_is_done() {
    let machine = machine("old", HOSTS_BEFORE);
    let refused =
        |desired: MsftNxComputerResource| machine.set(&computer(), &desired).unwrap_err().message().to_owned();
    assert!(refused(desired("my_host")).starts_with("nxComputer: Name: \"my_host\" should be a host name"));
    assert!(refused(desired("web; reboot")).contains("Name: "));
    assert!(refused(in_domain("web", "a..b")).contains("DNSDomainName: \"a..b\""));
    assert!(
        refused(in_domain("web.a.org", "b.org")).contains("DNSDomainName \"b.org\" should be \"a.org\" or nothing")
    );
    let zone = MsftNxComputerResource { name: Some("web".to_owned()), ..in_zone("../../etc/shadow", None) };
    assert!(refused(zone).contains("TimeZoneName: \"../../etc/shadow\" should be a time zone below"));
    assert!(refused(MsftNxComputerResource::default()).contains("needs the property Name"));
    assert_eq!(machine.read("etc/hostname"), b"old\n");
    assert_eq!(machine.read("etc/hosts"), HOSTS_BEFORE.as_bytes());
}

#[test]
fn when_the_host_name_cannot_be_set_etc_hosts_is_as_before() {
    let machine = machine("old", HOSTS_BEFORE);
    // Nothing can be put in the place of a directory that is not empty.
    std::fs::remove_file(machine.root.path("/etc/hostname")).unwrap();
    machine.write("etc/hostname/file", b"");
    machine.write("proc/sys/kernel/hostname", b"old\n");
    machine.set(&computer(), &in_domain("web", "b.net")).unwrap_err();
    assert_eq!(machine.read("etc/hosts"), HOSTS_BEFORE.as_bytes());
}

#[test]
fn a_set_that_was_ended_in_the_middle_is_completed_by_the_next() {
    // /etc/hosts comes first.
    let machine = machine("old", "127.0.0.1 localhost\n127.0.1.1\tweb.b.net web\n");
    machine.converges(&computer(), &in_domain("web", "b.net"));
    assert_eq!(machine.read("etc/hosts"), b"127.0.0.1 localhost\n127.0.1.1\tweb.b.net web\n");
}
