//! Rules made and removed for real, in a network of their own: see README, Check. The system that may be changed needs
//! iptables.

use super::*;
use crate::linux::testing::{is_in_own_network, scratch, skipped};

/// The system, where it has iptables.
pub(crate) fn system() -> Option<Root> {
    let root = scratch()?;
    if Tool::find(&root, "iptables-restore").is_none() {
        skipped("there is no iptables in LUMI_SCRATCH_ROOT");
        return None;
    }
    Some(root)
}

#[test]
fn rules_are_put_where_they_should_be_changed_and_removed_in_one_step() {
    let Some(root) = system() else { return };
    let name = "linux::firewall::manage_tests::rules_are_put_where_they_should_be_changed_and_removed_in_one_step";
    if !is_in_own_network(name) {
        return;
    }
    for (filter, host) in [(Filter::IPv4, "10.1.2.3/8"), (Filter::IPv6, "2001:db8::1/32")] {
        let rule = Rule {
            interface: Some("eth0".into()),
            protocol: Some(Protocol::Tcp),
            source: host.parse().ok(),
            destination_ports: Some(Ports(80, 90)),
            states: ["NEW", "ESTABLISHED"].map(str::to_owned).into(),
            is_accepted: true,
            ..Rule::default()
        };
        let icmp = Rule { protocol: Some(Protocol::Icmp), ..Rule::default() };
        let names = || -> Vec<String> {
            filter.rules(&root, Chain::Input).unwrap().into_iter().map(|found| found.name).collect()
        };
        for (name, rule, position) in [
            ("a", &rule, Position::Top),
            ("say \"z\"", &icmp, Position::End),
            ("b", &rule, Position::AfterTop),
            ("c", &rule, Position::BeforeEnd),
            ("d", &rule, Position::Top),
        ] {
            filter.change(&root, Chain::Input, &[], Some((name, rule, position))).unwrap();
        }
        assert_eq!(names(), ["d", "a", "b", "c", "say \"z\""]);
        let found = filter.rules(&root, Chain::Input).unwrap();
        assert_eq!((found[1].rule.as_ref(), found[4].rule.as_ref()), (Some(&rule), Some(&icmp)));
        let refused = Rule { interface: Some("x".repeat(40)), ..icmp };
        let failed = filter.change(&root, Chain::Input, &[&found[0]], Some(("e", &refused, Position::Top)));
        assert!(failed.is_err());
        assert_eq!(names(), ["d", "a", "b", "c", "say \"z\""], "nothing is half done");
        let old: Vec<&Found> = found.iter().collect();
        filter.change(&root, Chain::Input, &old, Some(("f", &rule, Position::Top))).unwrap();
        assert_eq!(names(), ["f"]);
    }
}
