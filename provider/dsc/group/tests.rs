//! Groups of a machine whose files are there, and no programs.

use super::*;
use crate::dsc::testing::Machine;
use omi::ResultCode;

fn machine() -> Machine {
    let group = b"root:x:0:\nadm:x:4:alice,bob\nempty:x:50:\nalice:x:1000:\n";
    let passwd = b"root:x:0:0:root:/root:/bin/bash\nalice:x:1000:1000::/home/alice:/bin/bash\n";
    Machine::with(&[("etc/group", group), ("etc/passwd", passwd)])
}

pub(super) fn group(name: &str) -> MsftNxGroupResource {
    MsftNxGroupResource { group_name: Some(name.into()), ..MsftNxGroupResource::default() }
}

pub(super) fn list(names: &[&str]) -> Option<Vec<String>> {
    Some(names.iter().map(|name| (*name).to_owned()).collect())
}

fn differing(desired: &MsftNxGroupResource) -> Vec<&'static str> {
    machine().test(&Group, desired).unwrap().iter().map(|difference| difference.property).collect()
}

#[test]
fn get_tells_what_is_or_that_it_is_absent() {
    let found = machine().get(&Group, &group("adm"));
    assert_eq!((found.ensure.as_deref(), found.group_id.as_deref()), (Some("Present"), Some("4")));
    assert_eq!((found.members, found.members_to_include), (list(&["alice", "bob"]), None));
    let missing = machine().get(&Group, &group("none"));
    assert_eq!(missing, MsftNxGroupResource { ensure: Some("Absent".into()), ..group("none") });
}

#[test]
fn each_property_is_compared_if_it_is_given() {
    let adm = || group("adm");
    assert_eq!(differing(&adm()), [""; 0]);
    for (desired, differs) in [
        (MsftNxGroupResource { members: list(&["bob", "alice"]), ..adm() }, None),
        (MsftNxGroupResource { members: list(&["alice"]), ..adm() }, Some("Members")),
        (MsftNxGroupResource { members_to_include: list(&["alice"]), ..adm() }, None),
        (MsftNxGroupResource { members_to_include: list(&["al"]), ..adm() }, Some("MembersToInclude")),
        (MsftNxGroupResource { members_to_exclude: list(&["al"]), ..adm() }, None),
        (MsftNxGroupResource { members_to_exclude: list(&["bob"]), ..adm() }, Some("MembersToExclude")),
        (MsftNxGroupResource { preferred_group_id: Some("4".into()), ..adm() }, None),
        (MsftNxGroupResource { preferred_group_id: Some("44".into()), ..adm() }, Some("PreferredGroupID")),
        (MsftNxGroupResource { ensure: Some("absent".into()), ..adm() }, Some("Ensure")),
        (MsftNxGroupResource { ensure: Some("absent".into()), ..group("none") }, None),
        (group("none"), Some("Ensure")),
    ] {
        assert_eq!(differing(&desired), differs.into_iter().collect::<Vec<_>>(), "{desired:?}");
    }
}

#[test]
fn an_empty_array_of_members_is_nobody() {
    assert_eq!(differing(&MsftNxGroupResource { members: list(&[]), ..group("adm") }), ["Members"]);
    assert_eq!(differing(&MsftNxGroupResource { members: list(&[]), ..group("empty") }), [""; 0]);
}

#[test]
fn wrong_values_are_refused_by_name() {
    let refused = |desired: MsftNxGroupResource| {
        let error = machine().test(&Group, &desired).unwrap_err();
        assert_eq!(error.code(), ResultCode::INVALID_PARAMETER, "{error}");
        error.message().to_owned()
    };
    let adm = || group("adm");
    assert!(refused(group("a:b")).starts_with("nxGroup: GroupName \"a:b\" is no name of a group"));
    assert!(refused(group("-g")).contains("GroupName \"-g\" should be a name of up to 32"));
    let both = MsftNxGroupResource { members: list(&[]), members_to_exclude: list(&["alice"]), ..adm() };
    assert!(refused(both).contains("Members names everybody"));
    let twice = MsftNxGroupResource { members_to_include: list(&["x"]), members_to_exclude: list(&["x"]), ..adm() };
    assert!(refused(twice).contains("\"x\" is in MembersToInclude and in MembersToExclude"));
    let joined = MsftNxGroupResource { members: list(&["alice,root"]), ..adm() };
    assert!(refused(joined).contains("Members: \"alice,root\" is no name of a user"));
    let number = MsftNxGroupResource { preferred_group_id: Some("staff".into()), ..adm() };
    assert!(refused(number).contains("PreferredGroupID \"staff\" is no number; 1000 would be one"));
}

#[test]
fn what_cannot_be_set_is_refused_before_anything_is_done() {
    let machine = machine();
    let users = accounts(&machine.root).unwrap();
    let refused = |given: MsftNxGroupResource| {
        let now = list(&["bob"]).unwrap();
        Desired::new(&given).unwrap().check(&machine.root, &now, &users).unwrap_err().message().to_owned()
    };
    let taken = MsftNxGroupResource { preferred_group_id: Some("50".into()), ..group("adm") };
    assert_eq!(refused(taken), "PreferredGroupID 50 is the number of the group \"empty\"");
    let unknown = MsftNxGroupResource { members_to_include: list(&["bob", "carol"]), ..group("adm") };
    assert_eq!(refused(unknown), "MembersToInclude: \"carol\" is no user of this machine; nxUser can make it");
}

#[test]
fn inventory_lists_those_that_fit_the_pattern() {
    let names = |filter: &MsftNxGroupResource| {
        let found = machine().inventory(&Group, filter).unwrap();
        found.into_iter().filter_map(|group| group.group_name).collect::<Vec<_>>()
    };
    assert_eq!(names(&MsftNxGroupResource::default()), ["root", "adm", "empty", "alice"]);
    assert_eq!(names(&group("a*")), ["adm", "alice"]);
}
