//! Users made, changed and removed for real: see README, Check.

use super::tests::user;
use super::*;
use crate::dsc::testing::Machine;

const HASH: &str = "$6$salt$madeUpHashThatNoPasswordHas";

/// Removes the users also when a test fails, for the next run.
struct Guests<'a>(&'a Machine, &'a [&'a str]);

impl<'a> Guests<'a> {
    fn of(machine: &'a Machine, names: &'a [&'a str]) -> Self {
        let guests = Self(machine, names);
        guests.remove();
        guests
    }

    fn remove(&self) {
        for name in self.1 {
            let _ = self.0.set(&User, &MsftNxUserResource { ensure: Some("Absent".into()), ..user(name) });
            let _ = std::fs::remove_dir_all(self.0.root.path(format!("/home/{name}")));
        }
    }
}

impl Drop for Guests<'_> {
    fn drop(&mut self) {
        self.remove();
    }
}

fn shadow(machine: &Machine, name: &str) -> String {
    let text = String::from_utf8(machine.read("etc/shadow")).unwrap();
    let fields = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    fields.split(':').next().unwrap().to_owned()
}

#[test]
fn a_user_is_made_changed_property_by_property_and_removed() {
    let Some(machine) = Machine::scratch() else { return };
    let _guests = Guests::of(&machine, &["nxdora"]);
    let made = MsftNxUserResource {
        full_name: Some("Dora \"; id; $(id)".into()),
        description: Some("Explorer".into()),
        password: Some(HASH.into()),
        home_directory: Some("/home/nxdora".into()),
        group_id: Some("users".into()),
        ..user("nxdora")
    };
    machine.converges(&User, &made);
    assert!(machine.root.path("/home/nxdora").is_dir());
    assert_eq!(shadow(&machine, "nxdora"), HASH);
    machine.write("home/nxdora/map", b"north");
    let plain = || user("nxdora");
    for change in [
        MsftNxUserResource { full_name: Some("Dora D.".into()), ..plain() },
        MsftNxUserResource { description: Some("".into()), ..plain() },
        MsftNxUserResource { home_directory: Some("/home/nxdora2".into()), ..plain() },
        MsftNxUserResource { group_id: Some("1".into()), ..plain() },
        MsftNxUserResource { disabled: Some(true), ..plain() },
        MsftNxUserResource { password: Some("$6$salt$anotherHash".into()), ..plain() },
        MsftNxUserResource { disabled: Some(false), ..plain() },
        MsftNxUserResource { password_change_required: Some(true), ..plain() },
        MsftNxUserResource { password_change_required: Some(false), ..plain() },
        MsftNxUserResource { password: Some("*".into()), ..plain() },
    ] {
        machine.converges(&User, &change);
    }
    let found = machine.get(&User, &plain());
    assert_eq!((found.full_name.as_deref(), found.description), (Some("Dora D."), None));
    assert_eq!(machine.read("home/nxdora2/map"), b"north", "the home directory has moved with what it holds");
    machine.converges(&User, &MsftNxUserResource { ensure: Some("Absent".into()), ..plain() });
    assert_eq!(machine.get(&User, &plain()).ensure.as_deref(), Some("Absent"));
    std::fs::remove_dir_all(machine.root.path("/home/nxdora2")).unwrap();
}

#[test]
fn a_user_without_a_password_can_be_made_and_unlocked() {
    let Some(machine) = Machine::scratch() else { return };
    let _guests = Guests::of(&machine, &["nxsvc"]);
    machine.converges(&User, &user("nxsvc"));
    assert_eq!(shadow(&machine, "nxsvc"), "!");
    machine.converges(&User, &MsftNxUserResource { disabled: Some(false), ..user("nxsvc") });
    assert_eq!(shadow(&machine, "nxsvc"), "*", "no password fits, an empty one neither");
    machine.converges(&User, &MsftNxUserResource { disabled: Some(true), ..user("nxsvc") });
    assert_eq!(shadow(&machine, "nxsvc"), "!*");
}

#[test]
fn an_existing_user_has_to_change_the_password_and_then_has_done_so() {
    let Some(machine) = Machine::scratch() else { return };
    let _guests = Guests::of(&machine, &["nxnew"]);
    machine.converges(&User, &user("nxnew"));
    let initial =
        MsftNxUserResource { password: Some(HASH.into()), password_change_required: Some(true), ..user("nxnew") };
    machine.converges(&User, &initial);
    assert_eq!(machine.get(&User, &initial).password_change_required, Some(true));
    let account = Found::read(&machine.root, "nxnew").unwrap().unwrap().account;
    manage::set_password(&machine.root, &account, &NewPassword::Hash("$6$own$chosenByTheUser".into())).unwrap();
    assert_eq!(machine.test(&User, &initial).unwrap(), []);
}

#[test]
fn a_password_stays_locked_when_it_is_changed() {
    let Some(machine) = Machine::scratch() else { return };
    let _guests = Guests::of(&machine, &["nxlock"]);
    machine
        .converges(&User, &MsftNxUserResource { password: Some(HASH.into()), disabled: Some(true), ..user("nxlock") });
    machine.converges(&User, &MsftNxUserResource { password: Some("$6$salt$new".into()), ..user("nxlock") });
    assert_eq!(shadow(&machine, "nxlock"), "!$6$salt$new");
}

#[test]
fn a_user_that_cannot_be_made_as_desired_is_not_made() {
    let Some(machine) = Machine::scratch() else { return };
    let _guests = Guests::of(&machine, &["nxnone"]);
    let desired = MsftNxUserResource { group_id: Some("54321".into()), ..user("nxnone") };
    let error = machine.set(&User, &desired).unwrap_err();
    assert!(error.message().contains("useradd failed") && error.message().contains("54321"), "{error}");
    assert_eq!(machine.get(&User, &desired).ensure.as_deref(), Some("Absent"));
}

#[test]
fn a_set_of_a_user_that_was_killed_is_completed_by_the_next() {
    let Some(machine) = Machine::scratch() else { return };
    let _guests = Guests::of(&machine, &["nxhalf"]);
    let desired = MsftNxUserResource {
        password: Some(HASH.into()),
        password_change_required: Some(true),
        full_name: Some("Half".into()),
        ..user("nxhalf")
    };
    // After its first program, and after its second.
    machine.converges(&User, &user("nxhalf"));
    machine
        .converges(&User, &MsftNxUserResource { password_change_required: None, full_name: None, ..desired.clone() });
    machine.converges(&User, &desired);
    assert_eq!(shadow(&machine, "nxhalf"), HASH);
    assert_eq!(machine.get(&User, &desired).password_change_required, Some(true));
}
