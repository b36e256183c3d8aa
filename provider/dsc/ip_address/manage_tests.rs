//! Addresses that an interface really gets, in a network of its own: see README, Check.

use super::tests::fixed;
use super::*;
use crate::dsc::testing::Machine;
use crate::linux::testing::{is_in_own_network, scratch, skipped};
use std::process::Command;

fn ip(arguments: &str) -> Option<String> {
    let output =
        Command::new("ip").args(arguments.split(' ')).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn has(address: &str) -> bool {
    ip("-oneline address show dev odd0").unwrap().contains(&format!(" {address} "))
}

#[test]
fn an_interface_gets_its_address_and_keeps_it_when_another_cannot_be_set() {
    let Some(machine) = scratch().map(Machine::at) else { return };
    if !machine.root.path("/usr/sbin/ifup").exists() {
        return skipped("there is no ifupdown in LUMI_SCRATCH_ROOT");
    }
    let name = "dsc::ip_address::manage_tests::an_interface_gets_its_address_and_keeps_it_when_another_cannot_be_set";
    if !is_in_own_network(name) {
        return;
    }
    if ip("link add odd0 type veth peer name even0").is_none() {
        return skipped("ip cannot make an interface");
    }
    // What another network had is no state of this one.
    machine.write("run/network/ifstate.odd0", b"");
    machine.write("etc/network/interfaces", b"auto lo\niface lo inet loopback\n");
    let of = |address: &str, length: u32| MsftNxIpAddressResource {
        interface_name: Some("odd0".into()),
        ..fixed(address, length)
    };
    machine.converges(&IpAddress, &of("192.0.2.7", 24));
    assert!(has("192.0.2.7/24"));
    machine.converges(&IpAddress, &of("192.0.2.8", 25));
    assert!(has("192.0.2.8/25") && !has("192.0.2.7/24"));

    let mut file = machine.read("etc/network/interfaces");
    file.extend(b"    up test \"${IF_ADDRESS%/*}\" != 192.0.2.9\n");
    machine.write("etc/network/interfaces", &file);
    let error = machine.set(&IpAddress, &of("192.0.2.9", 25)).unwrap_err();
    assert!(error.message().contains("ifup failed"), "{error}");
    assert_eq!(machine.read("etc/network/interfaces"), file, "it is as it was");
    assert!(has("192.0.2.8/25") && !has("192.0.2.9/25"));

    let absent = MsftNxIpAddressResource { ensure: Some("Absent".into()), ..of("192.0.2.8", 25) };
    machine.converges(&IpAddress, &absent);
    assert!(!has("192.0.2.8/25"));
    assert_eq!(machine.read("etc/network/interfaces"), b"auto lo\niface lo inet loopback\n");
}
