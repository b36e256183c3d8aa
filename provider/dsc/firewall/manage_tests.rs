//! Rules made and removed for real, in a network of their own: see README, Check.

use super::tests::rule;
use super::*;
use crate::dsc::testing::Machine;
use crate::linux::firewall::manage_tests::is_inside;

#[test]
fn a_rule_is_made_changed_part_by_part_and_removed() {
    let Some(machine) = Machine::scratch() else { return };
    let name = "dsc::firewall::manage_tests::a_rule_is_made_changed_part_by_part_and_removed";
    if !is_inside(name, &machine.root) {
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
        let (ipv4, is_ipv6) = (crate::linux::firewall::Filter::IPv4, filter == "Ip6tables");
        let rules = if is_ipv6 { crate::linux::firewall::Filter::IPv6 } else { ipv4 };
        let count = rules.rules(&machine.root, crate::linux::firewall::Chain::Input).unwrap().len();
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
