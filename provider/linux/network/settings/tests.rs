use super::*;
use crate::linux::testing::machine_with;

fn fixed(address: &str, gateway: Option<&str>) -> Settings {
    Settings::Static {
        addresses: vec![with_length(address).unwrap()],
        gateway: gateway.map(|gateway| gateway.parse().unwrap()),
    }
}

/// A file of each keeper about eth0, with other things in it.
const FILES: &[(&str, &str)] = &[
    (
        "/etc/network/interfaces",
        "# mine\nauto lo eth0\niface lo inet loopback\n\niface eth0 inet static\n    address 192.0.2.9\n    netmask 255.255.255.0\n    \
         up echo up\n\nallow-hotplug eth1\niface eth1 inet dhcp\n",
    ),
    (
        "/etc/sysconfig/network-scripts/ifcfg-eth0",
        "# mine\nDEVICE=\"eth0\"\nIPADDR0=\"192.0.2.9\"\nNETMASK0=255.255.255.0\nDNS1=192.0.2.53\n",
    ),
    (
        "/etc/NetworkManager/system-connections/office.nmconnection",
        "[connection]\nid=office\ninterface-name=eth0\n\n[ipv4]\naddress1=192.0.2.9/24\ndns=192.0.2.53;\nmethod=manual\n\n[ipv6]\nmethod=ignore\n",
    ),
    (
        "/etc/systemd/network/50-office.network",
        "[Match]\nName=eth0\n\n[Network]\nDNS=192.0.2.53\nAddress=192.0.2.9/24\n\n[Link]\nMTUBytes=1400\n",
    ),
];

#[test]
fn what_is_configured_is_read_back_in_the_files_of_each_keeper() {
    for (path, text) in FILES {
        let (_folder, root) = machine_with(&[(path, text.as_bytes())]);
        let keeper = Keeper::of(&root, "eth0").unwrap();
        assert_eq!(keeper.file, *path);
        let settings = |family| keeper.settings(&root, family).unwrap();
        assert_eq!(settings(Family::V4), Some(fixed("192.0.2.9/24", None)), "{path}");
        assert_eq!(settings(Family::V6), None, "{path}");
        for (family, wanted) in [
            (Family::V4, Some(fixed("192.0.2.7/25", Some("192.0.2.1")))),
            (Family::V6, Some(fixed("2001:db8::7/64", Some("2001:db8::1")))),
            (Family::V4, Some(Settings::Automatic)),
            (Family::V6, Some(Settings::Automatic)),
            (Family::V4, Some(fixed("198.51.100.1/32", None))),
            (Family::V6, Some(fixed("2001:db8::8/128", None))),
            (Family::V4, None),
            (Family::V6, None),
        ] {
            let other = if family == Family::V4 { Family::V6 } else { Family::V4 };
            let before = settings(other);
            keeper.set(&root, family, wanted.as_ref()).unwrap();
            let written = root.read_text(path).unwrap();
            assert_eq!(settings(family), wanted, "{written}");
            assert_eq!(settings(other), before, "the other family stays: {written}");
            keeper.set(&root, family, wanted.as_ref()).unwrap();
            assert_eq!(root.read_text(path).unwrap(), written, "a second time changes nothing");
        }
    }
}

#[test]
fn other_lines_stay_as_they_are() {
    let wanted = fixed("192.0.2.7/25", Some("192.0.2.1"));
    let written = [
        "# mine\nauto lo eth0\niface lo inet loopback\n\niface eth0 inet static\n    address 192.0.2.7/25\n    gateway 192.0.2.1\n    \
         up echo up\n\nallow-hotplug eth1\niface eth1 inet dhcp\n",
        "# mine\nDEVICE=\"eth0\"\nDNS1=192.0.2.53\nBOOTPROTO=none\nIPADDR=192.0.2.7\nPREFIX=25\nGATEWAY=192.0.2.1\nONBOOT=yes\n",
        "[connection]\nid=office\ninterface-name=eth0\n\n[ipv4]\nmethod=manual\ngateway=192.0.2.1\naddress1=192.0.2.7/25\n\
         dns=192.0.2.53;\n\n[ipv6]\nmethod=ignore\n",
        "[Match]\nName=eth0\n\n[Network]\nDHCP=no\nAddress=192.0.2.7/25\nGateway=192.0.2.1\nDNS=192.0.2.53\n\n[Link]\nMTUBytes=1400\n",
    ];
    for ((path, text), after) in FILES.iter().zip(written) {
        let (_folder, root) = machine_with(&[(path, text.as_bytes())]);
        Keeper::of(&root, "eth0").unwrap().set(&root, Family::V4, Some(&wanted)).unwrap();
        assert_eq!(root.read_text(path).unwrap(), after);
    }
}

#[test]
fn an_interface_that_nobody_knows_yet_gets_a_file_of_who_is_there() {
    use std::os::unix::fs::PermissionsExt;
    for (program, path, mode) in [
        ("/usr/bin/nmcli", "/etc/NetworkManager/system-connections/eth0.nmconnection", 0o600),
        ("/usr/bin/networkctl", "/etc/systemd/network/10-eth0.network", 0o644),
    ] {
        let (_folder, root) = machine_with(&[(program, b"")]);
        let keeper = Keeper::of(&root, "eth0").unwrap();
        keeper.set(&root, Family::V4, Some(&Settings::Automatic)).unwrap();
        assert_eq!(Keeper::of(&root, "eth0").unwrap(), keeper, "{path}");
        assert_eq!(keeper.settings(&root, Family::V4).unwrap(), Some(Settings::Automatic));
        assert_eq!(root.path(path).metadata().unwrap().permissions().mode() & 0o777, mode);
    }
    let (_folder, root) =
        machine_with(&[("/usr/sbin/ifup", b""), ("/etc/network/interfaces", b"auto lo\niface lo inet loopback\n")]);
    let keeper = Keeper::of(&root, "eth0").unwrap();
    keeper.set(&root, Family::V6, Some(&fixed("2001:db8::7/64", None))).unwrap();
    let after = "auto lo\niface lo inet loopback\nauto eth0\niface eth0 inet6 static\n    address 2001:db8::7/64\n";
    assert_eq!(root.read_text("/etc/network/interfaces").unwrap(), after);
    keeper.set(&root, Family::V6, None).unwrap();
    assert_eq!(root.read_text("/etc/network/interfaces").unwrap(), "auto lo\niface lo inet loopback\n");
}

#[test]
fn a_keeper_that_is_not_supported_is_named() {
    let unsupported = |file: &str| {
        let (_folder, root) = machine_with(&[(file, b"")]);
        match Keeper::of(&root, "eth0") {
            Err(Error::Unsupported { what }) => what,
            other => panic!("{other:?}"),
        }
    };
    assert!(unsupported("/etc/netplan/50-cloud-init.yaml").contains("netplan keeps the addresses"));
    assert!(unsupported("/etc/sysconfig/network/config").contains("wicked keeps the addresses"));
    assert!(unsupported("/etc/hosts").contains("nobody keeps the addresses of the interface eth0"));
}

/// A program that writes down what it is asked, in a system that may be changed.
#[test]
fn when_who_manages_the_interface_fails_the_file_is_put_back() {
    let Some(root) = crate::linux::testing::scratch() else { return };
    let program = root.path("/usr/bin/nmcli");
    let fake = |script: &str| {
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    };
    let file = format!("{}/odd0.nmconnection", network_manager::FOLDER);
    let keeper = Keeper { kind: Kind::NetworkManager, file: file.clone(), interface: "odd0".into() };
    fake("#!/bin/sh\ntest $2 = reload || { echo no carrier >&2; exit 1; }\n");
    let error = keeper.set(&root, Family::V4, Some(&fixed("192.0.2.7/24", None))).unwrap_err();
    assert!(error.to_string().contains("no carrier"), "{error}");
    assert!(!root.exists(&file));
    fake("#!/bin/sh\necho $@ >>/etc/NetworkManager/called\n");
    keeper.set(&root, Family::V4, Some(&fixed("192.0.2.7/24", None))).unwrap();
    assert_eq!(keeper.settings(&root, Family::V4).unwrap(), Some(fixed("192.0.2.7/24", None)));
    let called = root.read_text("/etc/NetworkManager/called").unwrap();
    assert_eq!(called, "connection reload\nconnection up ifname odd0\n");
    std::fs::remove_file(&program).unwrap();
    std::fs::remove_dir_all(root.path("/etc/NetworkManager")).unwrap();
}
