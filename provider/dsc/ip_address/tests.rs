use super::*;
use crate::dsc::testing::Machine;
use nix::unistd::geteuid;
use omi::ResultCode;

const FILE: &str = "etc/systemd/network/50-office.network";

fn machine(lines: &str) -> Machine {
    Machine::with(&[(FILE, format!("[Match]\nName=eth0\n\n[Network]\n{lines}").as_bytes())])
}

fn interface() -> MsftNxIpAddressResource {
    MsftNxIpAddressResource { ip_address: Some("".into()), interface_name: Some("eth0".into()), ..Default::default() }
}

pub(super) fn fixed(address: &str, length: u32) -> MsftNxIpAddressResource {
    MsftNxIpAddressResource {
        ip_address: Some(address.into()),
        boot_protocol: Some("static".into()),
        prefix_length: Some(length),
        ..interface()
    }
}

fn ipv6(desired: MsftNxIpAddressResource) -> MsftNxIpAddressResource {
    MsftNxIpAddressResource { address_family: Some("IPv6".into()), ..desired }
}

fn absent(desired: MsftNxIpAddressResource) -> MsftNxIpAddressResource {
    MsftNxIpAddressResource { ensure: Some("Absent".into()), ..desired }
}

#[test]
fn an_address_is_set_changed_and_removed() {
    if !geteuid().is_root() {
        return crate::linux::testing::skipped("only root may set addresses");
    }
    let machine = machine("DHCP=yes\n");
    for desired in [
        fixed("192.0.2.7", 24),
        fixed("192.0.2.7", 25),
        MsftNxIpAddressResource { default_gateway: Some("192.0.2.1".into()), ..fixed("192.0.2.7", 25) },
        fixed("192.0.2.8", 25),
        ipv6(fixed("2001:DB8::7", 64)),
        absent(fixed("192.0.2.8", 25)),
        interface(),
        absent(interface()),
        ipv6(interface()),
    ] {
        machine.converges(&IpAddress, &desired);
    }
    let text = String::from_utf8(machine.read(FILE)).unwrap();
    assert_eq!(text, "[Match]\nName=eth0\n\n[Network]\nDHCP=ipv6\nIPv6AcceptRA=yes\n");
}

#[test]
fn get_tells_what_is_and_not_what_is_desired() {
    let machine = machine("Address=192.0.2.7/24\nGateway=192.0.2.1\n");
    let found = machine.get(&IpAddress, &fixed("192.0.2.7", 25));
    assert_eq!((found.ensure.as_deref(), found.boot_protocol.as_deref()), (Some("Present"), Some("Static")));
    assert_eq!((found.prefix_length, found.default_gateway.as_deref()), (Some(24), Some("192.0.2.1")));
    let other = machine.get(&IpAddress, &fixed("192.0.2.8", 24));
    assert_eq!((other.ensure.as_deref(), other.prefix_length), (Some("Absent"), None));
    assert_eq!(machine.get(&IpAddress, &ipv6(interface())).boot_protocol, None);
}

#[test]
fn each_property_is_compared_and_what_is_not_given_is_not() {
    let machine = machine("Address=192.0.2.7/24\nGateway=192.0.2.1\n");
    let differing = |desired: MsftNxIpAddressResource| {
        let found = machine.test(&IpAddress, &desired).unwrap();
        found.iter().map(|difference| difference.property).collect::<Vec<_>>()
    };
    let plain = MsftNxIpAddressResource { prefix_length: None, ..fixed("192.0.2.7", 0) };
    assert_eq!(differing(plain.clone()), [""; 0]);
    assert_eq!(differing(fixed("192.0.2.7", 25)), ["PrefixLength"]);
    assert_eq!(differing(fixed("192.0.2.70", 24)), ["IPAddress"]);
    assert_eq!(differing(interface()), ["BootProtocol"]);
    let gateway = |gateway: &str| MsftNxIpAddressResource { default_gateway: Some(gateway.into()), ..plain.clone() };
    assert_eq!(differing(gateway("192.0.2.1")), [""; 0]);
    assert_eq!(differing(gateway("192.0.2.2")), ["DefaultGateway"]);
    assert_eq!(differing(absent(plain)), ["Ensure"]);
    assert_eq!(differing(absent(fixed("192.0.2.70", 24))), [""; 0]);
    assert_eq!(differing(ipv6(interface())), ["Ensure"]);
}

#[test]
fn wrong_values_are_refused_by_name() {
    let machine = machine("");
    let refused = |desired| {
        let error = machine.test(&IpAddress, &desired).unwrap_err();
        assert_eq!(error.code(), ResultCode::INVALID_PARAMETER, "{error}");
        error.message().to_owned()
    };
    assert!(refused(fixed("192.0.2", 24)).contains("IPAddress \"192.0.2\" is no address of IPv4"));
    assert!(refused(fixed("2001:db8::7", 64)).contains("is no address of IPv4, the AddressFamily"));
    assert!(refused(fixed("192.0.2.7", 33)).contains("PrefixLength 33 is more than 32"));
    assert!(refused(ipv6(fixed("2001:db8::7", 129))).contains("PrefixLength 129 is more than 128"));
    assert!(refused(MsftNxIpAddressResource { ip_address: None, ..fixed("", 24) }).contains("IPAddress is needed"));
    let gateway = MsftNxIpAddressResource { default_gateway: Some("router".into()), ..fixed("192.0.2.7", 24) };
    assert!(refused(gateway).contains("DefaultGateway \"router\" is no address"));
    let automatic = MsftNxIpAddressResource { default_gateway: Some("192.0.2.1".into()), ..interface() };
    assert!(refused(automatic).contains("DefaultGateway cannot be set where BootProtocol is Automatic"));
    for name in ["", "../eth0", "eth0\nName=*", "-a", "interface-with-a-long-name"] {
        let desired = MsftNxIpAddressResource { interface_name: Some(name.into()), ..interface() };
        assert!(refused(desired).contains("is no name of an interface; eth0 would be one"), "{name:?}");
    }
}

#[test]
fn who_keeps_the_addresses_and_is_not_supported_is_named() {
    let machine = Machine::with(&[("etc/netplan/50-cloud-init.yaml", b"network:\n")]);
    let error = machine.test(&IpAddress, &fixed("192.0.2.7", 24)).unwrap_err();
    assert_eq!(error.code(), ResultCode::NOT_SUPPORTED);
    assert!(error.message().starts_with("nxIPAddress: netplan keeps the addresses of the interfaces"), "{error}");
}
