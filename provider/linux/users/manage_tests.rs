//! Users and groups made, changed and removed for real, in a root that is there to be changed: see README, Check.

use super::manage::*;
use super::{Account, Members, PasswordState, accounts, groups, passwords};
use crate::linux::testing::scratch;
use crate::linux::{Error, Root};

fn find(root: &Root, name: &str) -> Option<Account> {
    accounts(root).unwrap().into_iter().find(|account| account.name == name)
}

fn state(root: &Root, name: &str) -> PasswordState {
    passwords(root, &accounts(root).unwrap()).unwrap()[name].state
}

#[test]
fn a_user_is_made_locked_given_a_password_locked_unlocked_changed_and_removed() {
    let Some(root) = scratch() else { return };
    let new = NewAccount {
        name: "dora".into(),
        comment: Some("Dora D. Explorer; $(reboot) --help".into()),
        make_home: true,
        shell: Some("/bin/bash".into()),
        uid: Some(4242),
        make_group: true,
        ..NewAccount::default()
    };
    create_account(&root, &new).unwrap();
    let dora = find(&root, "dora").unwrap();
    assert_eq!(
        (dora.uid, dora.comment.as_ref(), dora.shell.as_ref()),
        (4242, new.comment.as_ref(), new.shell.as_ref())
    );
    assert!(root.path("/home/dora").is_dir());
    assert_eq!(state(&root, "dora"), PasswordState::Locked { with_password: false });
    let again = create_account(&root, &new).unwrap_err().to_string();
    assert!(again.contains("useradd failed with the exit code 9") && again.contains("already exists"), "{again}");

    let unlock = |root: &Root| {
        let passwords = passwords(root, &accounts(root).unwrap()).unwrap();
        set_locked(root, &dora, passwords.get("dora"), false)
    };
    assert!(matches!(unlock(&root), Err(Error::InvalidInput { .. })), "there is no password to unlock");
    set_password(&root, &dora, &NewPassword::Plain("correct horse: battery".into())).unwrap();
    assert_eq!(state(&root, "dora"), PasswordState::Set);
    set_locked(&root, &dora, None, true).unwrap();
    assert_eq!(state(&root, "dora"), PasswordState::Locked { with_password: true });
    unlock(&root).unwrap();
    assert_eq!(state(&root, "dora"), PasswordState::Set);
    set_password(&root, &dora, &NewPassword::Hash("$6$salt$madeUpHashThatNoPasswordHas".into())).unwrap();
    assert!(root.read_text("/etc/shadow").unwrap().contains("dora:$6$salt$madeUpHashThatNoPasswordHas:"));

    let changes = Changes { comment: Some(String::new()), shell: Some("/bin/sh".into()), ..Changes::default() };
    change_account(&root, &dora, &changes).unwrap();
    let changed = find(&root, "dora").unwrap();
    assert_eq!((changed.comment, changed.shell.as_deref()), (None, Some("/bin/sh")));

    delete_account(&root, &dora, true, false).unwrap();
    assert_eq!(find(&root, "dora"), None);
    assert!(!root.path("/home/dora").exists());
}

#[test]
fn a_group_is_made_filled_emptied_and_removed() {
    let Some(root) = scratch() else { return };
    create_group(&root, "explorers", Some(4300), false).unwrap();
    let group = || groups(&root).unwrap().into_iter().find(|group| group.name == "explorers");
    assert_eq!(group().unwrap().gid, 4300);
    let daemon = find(&root, "daemon").unwrap();
    set_member(&root, &group().unwrap(), &daemon, true).unwrap();
    let users = accounts(&root).unwrap();
    assert_eq!(Members::among(&users).of(&group().unwrap()), [&daemon]);
    set_member(&root, &group().unwrap(), &daemon, false).unwrap();
    assert!(group().unwrap().members.is_empty());
    delete_group(&root, &group().unwrap()).unwrap();
    assert_eq!(group(), None);
}
