//! Rules made and removed for real, in a network of their own: see README, Check.

use super::tests::rule;
use super::*;
use crate::dsc::testing::Machine;
use crate::linux::firewall::manage_tests::system;
use crate::linux::firewall::{Chain, Filter, Keeper};
use crate::linux::testing::is_in_own_network;

#[test]
fn a_rule_is_made_changed_part_by_part_and_removed() {
    let Some(machine) = system().map(Machine::at) else { return };
    let name = "dsc::firewall::manage_tests::a_rule_is_made_changed_part_by_part_and_removed";
    if !is_in_own_network(name) {
        return;
    }
    for (filter, host) in [("Iptables", "192.0.2.1"), ("Ip6tables", "2001:db8::1")] {
        let rule = || MsftNxFirewallResource { firewall_type: Some(filter.into()), ..rule() };
        machine.converges(&Firewall, &rule());
        for change in [
            MsftNxFirewallResource { protocol: Some("udp".into()), ..rule() },
            MsftNxFirewallResource { protocol: Some("icmp".into()), ..rule() },
            MsftNxFirewallResource { access: Some("Block".into()), ..rule() },
            MsftNxFirewallResource { state: Some(vec!["NEW".into(), "RELATED".into()]), ..rule() },
            MsftNxFirewallResource { interface_name: Some("eth0".into()), ..rule() },
            MsftNxFirewallResource { source_host: Some(host.into()), ..rule() },
            MsftNxFirewallResource { source_port: Some("1024:2048".into()), ..rule() },
            MsftNxFirewallResource { destination_host: Some(format!("{host}/16")), ..rule() },
            MsftNxFirewallResource { destination_port: Some("443".into()), ..rule() },
        ] {
            machine.converges(&Firewall, &change);
        }
        let found = machine.get(&Firewall, &rule());
        assert_eq!((found.ensure.as_deref(), found.destination_port.as_deref()), (Some("Present"), Some("443")));
        let keeper = Keeper::Kernel(if filter == "Iptables" { Filter::IPv4 } else { Filter::IPv6 });
        let count = keeper.rules(&machine.root, Chain::Input).unwrap().len();
        assert_eq!(count, 1, "a changed rule leaves no old one in place");
        machine.converges(&Firewall, &MsftNxFirewallResource { ensure: Some("Absent".into()), ..rule() });
        assert_eq!(machine.get(&Firewall, &rule()).ensure.as_deref(), Some("Absent"));
    }
    for direction in ["OUTPUT", "FORWARD"] {
        let rule =
            MsftNxFirewallResource { direction: Some(direction.into()), interface_name: Some("eth0".into()), ..rule() };
        machine.converges(&Firewall, &rule);
    }
}

#[test]
fn a_rule_of_ufw_is_made_changed_and_removed() {
    let Some(machine) = system().map(Machine::at) else { return };
    if !machine.root.path("/usr/sbin/ufw").exists() {
        return crate::linux::testing::skipped("there is no ufw in LUMI_SCRATCH_ROOT");
    }
    if !is_in_own_network("dsc::firewall::manage_tests::a_rule_of_ufw_is_made_changed_and_removed") {
        return;
    }
    for direction in ["INPUT", "OUTPUT", "FORWARD"] {
        let rule = || MsftNxFirewallResource {
            firewall_type: Some("ufw".into()),
            direction: Some(direction.into()),
            ..rule()
        };
        let absent = || MsftNxFirewallResource { ensure: Some("Absent".into()), ..rule() };
        machine.set(&Firewall, &absent()).unwrap();
        machine.converges(&Firewall, &rule());
        for change in [
            MsftNxFirewallResource { protocol: Some("udp".into()), ..rule() },
            MsftNxFirewallResource { access: Some("Block".into()), ..rule() },
            MsftNxFirewallResource { interface_name: Some("eth0".into()), position: Some("end".into()), ..rule() },
            MsftNxFirewallResource { source_host: Some("192.0.2.1".into()), source_port: Some("53".into()), ..rule() },
            MsftNxFirewallResource { destination_host: Some("192.0.2.0/24".into()), ..rule() },
        ] {
            machine.converges(&Firewall, &change);
        }
        let state = MsftNxFirewallResource { state: Some(vec!["NEW".into()]), ..rule() };
        let error = machine.set(&Firewall, &state).unwrap_err();
        assert!(error.message().contains("ufw has no rules for a State; Iptables has"), "{error}");
        let found = machine.get(&Firewall, &rule());
        assert_eq!(found.destination_host.as_deref(), Some("192.0.2.0/24"), "the rule is as it was");
        machine.converges(&Firewall, &absent());
    }
}
