//! Users of several distributions, lines that are wrong, and the second opinion of `getent`.

use super::*;
use crate::linux::Root;
use crate::linux::testing::{machine, machine_with};
use std::process::Command;
use std::time::{Duration, SystemTime};

const DAY: Duration = Duration::from_secs(86_400);

fn account(root: &Root, name: &str) -> Account {
    accounts(root).unwrap().into_iter().find(|account| account.name == name).unwrap()
}

fn password(root: &Root, name: &str) -> Option<Password> {
    passwords(root, &accounts(root).unwrap()).unwrap().remove(name)
}

#[test]
fn a_user_of_debian_has_every_field() {
    let alice = account(&machine("debian12"), "alice");
    assert_eq!((alice.uid, alice.gid), (1000, 1000));
    assert_eq!(alice.comment.as_deref(), Some("Alice Liddell,,,"));
    assert_eq!((alice.home.as_deref(), alice.shell.as_deref()), (Some("/home/alice"), Some("/bin/bash")));
}

#[test]
fn empty_fields_are_none() {
    let bus = account(&machine("debian12"), "messagebus");
    assert_eq!(bus.comment, None);
    let sync = account(&machine("alpine"), "svc");
    assert_eq!((sync.home, sync.shell), (None, None));
}

#[test]
fn a_group_has_those_whose_primary_group_it_is_and_those_it_lists_each_once() {
    let root = machine("debian12");
    let accounts = accounts(&root).unwrap();
    let members = Members::among(&accounts);
    let of = |name: &str| -> Vec<&str> {
        let group = groups(&root).unwrap().into_iter().find(|group| group.name == name).unwrap();
        members.of(&group).into_iter().map(|account| &*account.name).collect()
    };
    assert_eq!(of("users"), ["carol", "alice"], "carol is in it twice over");
    assert_eq!(of("sudo"), ["alice", "bob"]);
    assert_eq!(of("nogroup"), ["sync", "_apt", "nobody", "sshd"]);
    assert_eq!(of("adm"), ["alice"]);
}

#[test]
fn passwords_are_set_empty_none_or_locked() {
    let root = machine("debian12");
    let state = |name: &str| password(&root, name).unwrap().state;
    assert_eq!(state("root"), PasswordState::Locked { with_password: false }, "as the installer with sudo leaves it");
    assert_eq!(state("daemon"), PasswordState::None);
    assert_eq!(state("alice"), PasswordState::Set);
    assert_eq!(state("bob"), PasswordState::Locked { with_password: true });
    assert_eq!(state("guest"), PasswordState::Empty);
    let locked_twice = password(&machine("rhel8"), "systemd-coredump").unwrap();
    assert_eq!(locked_twice.state, PasswordState::Locked { with_password: false }, "!! is how RHEL writes it");
}

#[test]
fn ages_of_passwords_are_days_and_never_is_none() {
    let root = machine("debian12");
    let alice = password(&root, "alice").unwrap();
    assert_eq!(alice.last_change, Some(SystemTime::UNIX_EPOCH + 19_780 * DAY));
    assert_eq!((alice.expires, alice.account_expires, alice.inactivation), (None, None, None));
    assert_eq!((alice.minimum_age, alice.warning), (Some(Duration::ZERO), Some(7 * DAY)));
    let carol = password(&root, "carol").unwrap();
    assert_eq!(carol.expires, Some(SystemTime::UNIX_EPOCH + (19_700 + 90) * DAY));
    assert_eq!(carol.inactivation, Some(14 * DAY));
    let expiry = SystemTime::UNIX_EPOCH + 20_000 * DAY;
    assert_eq!(carol.account_expires, Some(expiry));
    assert!(!carol.is_disabled(expiry - DAY) && carol.is_disabled(expiry));
    let guest = password(&root, "guest").unwrap();
    assert!(guest.must_change && guest.last_change.is_none());
}

#[test]
fn without_the_right_to_read_shadow_nothing_is_known_of_its_passwords() {
    let passwd = b"root:x:0:0::/root:/bin/sh\nold:abcdefghijklm:5:5::/:/bin/sh\n";
    let (_dir, root) = machine_with(&[("/etc/passwd", passwd)]);
    assert_eq!(password(&root, "root"), None);
    assert_eq!(password(&root, "old").unwrap().state, PasswordState::Set, "a hash in /etc/passwd itself");
}

#[test]
fn broken_lines_and_those_of_nis_cost_only_themselves() {
    let passwd =
        b"# comment\nroot:x:0:0:root:/root:/bin/bash\n\nshort:x:1\nnonumber:x:one:1::/:/bin/sh\n:x:5:5::/:/bin/sh\n\
        huge:x:4294967296:1::/:/bin/sh\nlat\xefn:x:7:7:\xff:/:/bin/sh\nroot:x:99:99:second:/:/bin/sh\n\
        +@admins::::::\n-bad\n+::::::\n";
    let group = b"root:x:0:\nwheel:x:10:root,, alice ,\nbad:x:ten:\n+:::\n";
    let (_dir, root) = machine_with(&[("/etc/passwd", passwd), ("/etc/group", group)]);
    let found: Vec<(String, u32)> = accounts(&root).unwrap().into_iter().map(|it| (it.name, it.uid)).collect();
    assert_eq!(found, [("root".to_owned(), 0), ("lat\u{fffd}n".to_owned(), 7)]);
    let groups = groups(&root).unwrap();
    assert_eq!(groups.len(), 2);
    assert_eq!(groups[1].members, ["root", "alice"]);
}

#[test]
fn a_machine_without_users_is_an_error_that_names_the_file() {
    let (_dir, root) = machine_with(&[]);
    assert!(accounts(&root).unwrap_err().to_string().contains("/etc/passwd"));
}

/// The line of a name by the machine's own lookup, `None` where there is no getent.
fn getent(database: &str, name: &str) -> Option<String> {
    let output = Command::new("getent").args([database, name]).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

#[test]
fn getent_says_the_same_of_this_machine() {
    let root = Root::host();
    for account in accounts(&root).unwrap() {
        let Some(line) = getent("passwd", &account.name) else {
            println!("skipped: getent is not installed");
            return;
        };
        let Account { name, password, uid, gid, comment, home, shell } = account;
        let [comment, home, shell] = [comment, home, shell].map(Option::unwrap_or_default);
        assert_eq!(line, format!("{name}:{password}:{uid}:{gid}:{comment}:{home}:{shell}"));
    }
    for group in groups(&root).unwrap() {
        let line = getent("group", &group.name).unwrap();
        let fields: Vec<&str> = line.split(':').collect();
        assert_eq!(
            [fields[0], fields[2], fields[3]],
            [&*group.name, &*group.gid.to_string(), &*group.members.join(",")]
        );
    }
}
