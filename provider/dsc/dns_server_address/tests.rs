use super::*;
use crate::dsc::testing::Machine;
use omi::ResultCode;
use std::os::unix::fs::{PermissionsExt, symlink};

fn servers(addresses: &[&str]) -> MsftNxDnsServerAddressResource {
    MsftNxDnsServerAddressResource {
        address: Some(addresses.iter().map(|address| (*address).to_owned()).collect()),
        ..Default::default()
    }
}

fn absent(desired: MsftNxDnsServerAddressResource) -> MsftNxDnsServerAddressResource {
    MsftNxDnsServerAddressResource { ensure: Some("absent".into()), ..desired }
}

fn ipv6(desired: MsftNxDnsServerAddressResource) -> MsftNxDnsServerAddressResource {
    MsftNxDnsServerAddressResource { address_family: Some("ipv6".into()), ..desired }
}

fn machine(text: &str) -> Machine {
    Machine::with(&[("etc/resolv.conf", text.as_bytes())])
}

#[test]
fn servers_are_set_in_their_order_and_removed() {
    for (before, desired, after) in [
        ("", servers(&["192.0.2.1"]), "nameserver 192.0.2.1\n"),
        (
            "search a\nnameserver 192.0.2.2\nnameserver 192.0.2.1\n",
            servers(&["192.0.2.1", "192.0.2.2"]),
            "search a\nnameserver 192.0.2.1\nnameserver 192.0.2.2\n",
        ),
        (
            "nameserver 192.0.2.2\nnameserver 2001:db8::1\n",
            servers(&["192.0.2.1"]),
            "nameserver 192.0.2.1\nnameserver 2001:db8::1\n",
        ),
        ("nameserver 192.0.2.2\n", ipv6(servers(&["2001:DB8:0::1"])), "nameserver 192.0.2.2\nnameserver 2001:db8::1\n"),
        ("nameserver 192.0.2.2\nnameserver 192.0.2.1\n", absent(servers(&["192.0.2.2"])), "nameserver 192.0.2.1\n"),
    ] {
        let machine = machine(before);
        machine.converges(&DnsServerAddress, &desired);
        assert_eq!(String::from_utf8(machine.read("etc/resolv.conf")).unwrap(), after, "{before}");
    }
}

#[test]
fn an_address_that_only_contains_the_desired_one_is_another() {
    let machine = machine("nameserver 18.8.8.8\n");
    let desired = servers(&["8.8.8.8"]);
    assert_eq!(machine.test(&DnsServerAddress, &desired).unwrap(), [Difference::new("Address", "18.8.8.8", "8.8.8.8")]);
    assert_eq!(machine.test(&DnsServerAddress, &absent(desired)).unwrap(), []);
}

#[test]
fn absent_is_so_when_the_address_is_gone_in_any_spelling() {
    let machine = machine("nameserver 192.0.2.1\n");
    for spelling in ["Absent", "absent", "ABSENT"] {
        let gone = MsftNxDnsServerAddressResource { ensure: Some(spelling.into()), ..servers(&["192.0.2.2"]) };
        assert_eq!(machine.test(&DnsServerAddress, &gone).unwrap(), [], "{spelling}");
        let there = MsftNxDnsServerAddressResource { ensure: Some(spelling.into()), ..servers(&["192.0.2.1"]) };
        assert_eq!(machine.test(&DnsServerAddress, &there).unwrap()[0].property, "Ensure", "{spelling}");
    }
}

#[test]
fn get_says_whether_the_servers_are_asked() {
    let machine = machine("nameserver 192.0.2.1\nnameserver 192.0.2.2\n");
    let ensure = |desired| machine.get(&DnsServerAddress, &desired).ensure.unwrap();
    assert_eq!(ensure(servers(&["192.0.2.2"])), "Present");
    assert_eq!(ensure(servers(&["192.0.2.2", "192.0.2.3"])), "Absent");
    assert_eq!(ensure(ipv6(servers(&["2001:db8::1"]))), "Absent");
    assert_eq!(machine.get(&DnsServerAddress, &servers(&["192.0.2.2"])).address_family.as_deref(), Some("IPv4"));
}

#[test]
fn resolv_conf_keeps_its_mode_and_stays_a_link() {
    let machine = Machine::with(&[("srv/resolv.conf", b"nameserver 192.0.2.1\n")]);
    std::fs::create_dir(machine.root.path("/etc")).unwrap();
    symlink("../srv/resolv.conf", machine.root.path("/etc/resolv.conf")).unwrap();
    let real = machine.root.path("/srv/resolv.conf");
    std::fs::set_permissions(&real, PermissionsExt::from_mode(0o664)).unwrap();
    machine.converges(&DnsServerAddress, &servers(&["192.0.2.2"]));
    assert_eq!(real.metadata().unwrap().permissions().mode() & 0o777, 0o664);
    assert!(machine.root.path("/etc/resolv.conf").is_symlink());
    let new = Machine::with(&[("etc/hosts", b"")]);
    new.converges(&DnsServerAddress, &servers(&["192.0.2.2"]));
    let mode = new.root.path("/etc/resolv.conf").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644, "every program can read it");
}

#[test]
fn servers_of_systemd_resolved_are_set_in_its_own_files() {
    let machine = Machine::with(&[("etc/systemd/resolved.conf", b"[Resolve]\nDNS=192.0.2.9 192.0.2.1#dns.example\n")]);
    symlink("../run/systemd/resolve/stub-resolv.conf", machine.root.path("/etc/resolv.conf")).unwrap();
    machine.converges(&DnsServerAddress, &servers(&["192.0.2.1", "192.0.2.3"]));
    let written = machine.read("etc/systemd/resolved.conf.d/zz-lumi.conf");
    assert_eq!(written, b"[Resolve]\nDNS=\nDNS=192.0.2.1#dns.example 192.0.2.3\n");
    machine.converges(&DnsServerAddress, &absent(servers(&["192.0.2.3"])));
}

#[test]
fn wrong_values_are_refused_by_name() {
    let machine = machine("");
    let refused = |desired| {
        let error = machine.test(&DnsServerAddress, &desired).unwrap_err();
        assert_eq!(error.code(), ResultCode::INVALID_PARAMETER, "{error}");
        error.message().to_owned()
    };
    assert!(refused(servers(&["dns.example"])).contains("Address \"dns.example\" is no address of IPv4"));
    assert!(refused(servers(&["2001:db8::1"])).contains("is no address of IPv4, the AddressFamily"));
    assert!(refused(ipv6(servers(&["192.0.2.1"]))).contains("is no address of IPv6"));
    assert!(refused(servers(&[])).contains("Address has 0 servers; it should have one to 3"));
    assert!(refused(servers(&["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"])).contains("Address has 4 servers"));
    let family = MsftNxDnsServerAddressResource { address_family: Some("IPX".into()), ..servers(&["192.0.2.1"]) };
    assert!(refused(family).contains("AddressFamily cannot be \"IPX\"; allowed are IPv4, IPv6"));
}

#[test]
fn who_writes_resolv_conf_and_is_not_supported_is_named() {
    let machine = machine("# Generated by dhcpcd from eth0.dhcp\nnameserver 192.0.2.1\n");
    let error = machine.test(&DnsServerAddress, &servers(&["192.0.2.2"])).unwrap_err();
    assert_eq!(error.code(), ResultCode::NOT_SUPPORTED);
    assert!(error.message().contains("nxDNSServerAddress: /etc/resolv.conf is written by dhcpcd"), "{error}");
}
