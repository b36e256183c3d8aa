//! Rules made and removed for real, in a network of their own: see README, Check. The system that may be changed needs
//! iptables.

use super::*;
use crate::linux::testing::{scratch, skipped};
use std::process::Command;

/// Set in the process that has a network of its own.
const INSIDE: &str = "LUMI_TEST_OWN_NETWORK";

/// Runs a test of this file in a process with a network of its own, and says whether this is that process.
pub(crate) fn is_inside(test: &str, root: &Root) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    if Tool::find(root, "iptables-restore").is_none() {
        skipped("there is no iptables in LUMI_SCRATCH_ROOT");
        return false;
    }
    if !Command::new("unshare").args(["--net", "true"]).status().is_ok_and(|status| status.success()) {
        skipped("unshare cannot make a network of its own");
        return false;
    }
    let mut inner = Command::new("unshare");
    inner.arg("--net").arg(std::env::current_exe().unwrap()).args([test, "--exact", "--nocapture"]).env(INSIDE, "1");
    let output = inner.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    false
}

#[test]
fn rules_are_put_where_they_should_be_changed_and_removed_in_one_step() {
    let Some(root) = scratch() else { return };
    let name = "linux::firewall::manage_tests::rules_are_put_where_they_should_be_changed_and_removed_in_one_step";
    if !is_inside(name, &root) {
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
