//! Groups made, changed and removed for real: see README, Check.

use super::tests::{group, list};
use super::*;
use crate::dsc::testing::Machine;

/// Removes the group also when a test fails, for the next run.
struct Guest<'a>(&'a Machine, &'a str);

impl<'a> Guest<'a> {
    fn of(machine: &'a Machine, name: &'a str) -> Self {
        let guest = Self(machine, name);
        guest.remove();
        guest
    }

    fn remove(&self) {
        let _ = self.0.set(&Group, &MsftNxGroupResource { ensure: Some("Absent".into()), ..group(self.1) });
    }
}

impl Drop for Guest<'_> {
    fn drop(&mut self) {
        self.remove();
    }
}

#[test]
fn a_group_is_made_changed_property_by_property_and_removed() {
    let Some(machine) = Machine::scratch() else { return };
    let _guest = Guest::of(&machine, "nxcrew");
    let crew = || group("nxcrew");
    let made = MsftNxGroupResource { preferred_group_id: Some("61401".into()), members: list(&["bin"]), ..crew() };
    machine.converges(&Group, &made);
    for (change, members) in [
        (MsftNxGroupResource { members: list(&["daemon", "sys", "sys"]), ..crew() }, &["daemon", "sys"][..]),
        (MsftNxGroupResource { members_to_include: list(&["bin"]), ..crew() }, &["daemon", "sys", "bin"]),
        (
            MsftNxGroupResource { members_to_include: list(&["mail"]), members_to_exclude: list(&["sys"]), ..crew() },
            &["daemon", "bin", "mail"],
        ),
        (MsftNxGroupResource { preferred_group_id: Some("61402".into()), ..crew() }, &["daemon", "bin", "mail"]),
        (MsftNxGroupResource { members: list(&[]), ..crew() }, &[]),
    ] {
        machine.converges(&Group, &change);
        assert_eq!(machine.get(&Group, &crew()).members, list(members), "{change:?}");
    }
    assert_eq!(machine.get(&Group, &crew()).group_id.as_deref(), Some("61402"));
    machine.converges(&Group, &MsftNxGroupResource { ensure: Some("Absent".into()), ..crew() });
    assert_eq!(machine.get(&Group, &crew()).ensure.as_deref(), Some("Absent"));
}

#[test]
fn a_member_that_is_no_user_any_more_stays_where_it_is_not_asked_for() {
    let Some(machine) = Machine::scratch() else { return };
    let _guest = Guest::of(&machine, "nxold");
    machine.converges(&Group, &group("nxold"));
    let text = String::from_utf8(machine.read("etc/group")).unwrap();
    let lines =
        text.lines().map(|line| if line.starts_with("nxold:") { format!("{line}gone,sys") } else { line.into() });
    machine.write("etc/group", (lines.collect::<Vec<_>>().join("\n") + "\n").as_bytes());
    let change = MsftNxGroupResource {
        members_to_include: list(&["bin"]),
        members_to_exclude: list(&["sys"]),
        ..group("nxold")
    };
    machine.converges(&Group, &change);
    assert_eq!(machine.get(&Group, &change).members, list(&["gone", "bin"]));
    machine.converges(&Group, &MsftNxGroupResource { members: list(&["bin"]), ..group("nxold") });
}

#[test]
fn a_group_that_cannot_be_made_as_desired_is_not_made() {
    let Some(machine) = Machine::scratch() else { return };
    let _guest = Guest::of(&machine, "nxnone");
    let unknown = MsftNxGroupResource { members: list(&["nobodyknows"]), ..group("nxnone") };
    assert!(machine.set(&Group, &unknown).unwrap_err().message().contains("\"nobodyknows\" is no user"));
    assert_eq!(machine.get(&Group, &unknown).ensure.as_deref(), Some("Absent"));
}

#[test]
fn a_set_of_a_group_that_was_killed_is_completed_by_the_next() {
    let Some(machine) = Machine::scratch() else { return };
    let _guest = Guest::of(&machine, "nxhalf");
    let desired =
        MsftNxGroupResource { preferred_group_id: Some("61403".into()), members: list(&["bin"]), ..group("nxhalf") };
    // After its first program: the members are changed by one, in one step.
    machine.converges(&Group, &MsftNxGroupResource { members: None, ..desired.clone() });
    machine.converges(&Group, &desired);
}
