use super::*;
use crate::dsc::testing::Machine;
use nix::unistd::{Gid, Uid, chown, getegid, geteuid};
use omi::ResultCode;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown, symlink};

const ONE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
const TWO: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEA";
const FILE: &str = "home/alice/.ssh/authorized_keys";

/// The user of the machine: another one where root runs the tests, else the one who does.
fn ids() -> (u32, u32) {
    if geteuid().is_root() { (4242, 4343) } else { (geteuid().as_raw(), getegid().as_raw()) }
}

/// A machine with the user alice, and these lines in her file if there are any.
fn machine(lines: Option<&str>) -> Machine {
    let (uid, gid) = ids();
    let passwd =
        format!("root:x:0:0::/root:/bin/sh\nalice:x:{uid}:{gid}::/home/alice:/bin/sh\nbob:x:1:1::/home/bob:\n");
    let machine = Machine::with(&[("etc/passwd", passwd.as_bytes()), ("home/alice/map", b"")]);
    give(&machine, "/home/alice");
    if let Some(lines) = lines {
        machine.write(FILE, lines.as_bytes());
        give(&machine, "/home/alice/.ssh");
        give(&machine, "/home/alice/.ssh/authorized_keys");
        fs::set_permissions(machine.root.path(format!("/{FILE}")), PermissionsExt::from_mode(0o640)).unwrap();
    }
    machine
}

fn give(machine: &Machine, path: &str) {
    let (uid, gid) = ids();
    chown(&machine.root.path(path), Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid))).unwrap();
}

fn key(key: &str) -> MsftNxSshAuthorizedKeysResource {
    MsftNxSshAuthorizedKeysResource {
        key_comment: Some("alice@laptop".into()),
        user_name: Some("alice".into()),
        key: Some(key.into()),
        ..Default::default()
    }
}

fn absent(key: MsftNxSshAuthorizedKeysResource) -> MsftNxSshAuthorizedKeysResource {
    MsftNxSshAuthorizedKeysResource { ensure: Some("absent".into()), ..key }
}

fn lines(machine: &Machine) -> String {
    String::from_utf8_lossy(&machine.read(FILE)).into_owned()
}

#[test]
fn a_key_is_added_replaced_and_removed() {
    let any = MsftNxSshAuthorizedKeysResource { key: None, ..key(ONE) };
    for (before, desired, after) in [
        (String::new(), key(ONE), format!("#alice@laptop\n{ONE}\n")),
        (format!("{TWO} bob"), key(ONE), format!("{TWO} bob\n#alice@laptop\n{ONE}\n")),
        (format!("#alice@laptop\n{TWO}\n# end\n"), key(ONE), format!("#alice@laptop\n{ONE}\n# end\n")),
        (format!("no-pty {ONE} alice@laptop\n"), key(ONE), format!("#alice@laptop\n{ONE}\n")),
        (format!("{TWO} alice@laptop\n"), key(ONE), format!("{TWO} alice@laptop\n#alice@laptop\n{ONE}\n")),
        (format!("#alice@laptop\n{ONE}\n# end\n"), absent(any.clone()), "# end\n".to_owned()),
        (format!("#alice@laptop\n{ONE}\n{TWO} x\n"), absent(key(ONE)), format!("{TWO} x\n")),
    ] {
        let machine = machine(Some(&before));
        machine.converges(&SshAuthorizedKeys, &desired);
        assert_eq!(lines(&machine), after, "{before}");
    }
}

#[test]
fn a_key_that_is_there_with_the_comment_is_not_added_again_and_can_be_removed() {
    let machine = machine(Some(&format!("{TWO} bob\n{ONE} alice@laptop\n")));
    assert_eq!(machine.test(&SshAuthorizedKeys, &key(ONE)).unwrap(), []);
    assert_eq!(machine.get(&SshAuthorizedKeys, &key(TWO)).key, Some(format!("{ONE} alice@laptop")));
    machine.converges(&SshAuthorizedKeys, &absent(MsftNxSshAuthorizedKeysResource { key: None, ..key("") }));
    assert_eq!(lines(&machine), format!("{TWO} bob\n"));
}

#[test]
fn get_tells_whether_the_key_is_there_also_for_a_missing_user() {
    let machine = machine(None);
    for user in ["alice", "bob", "nobodyknows"] {
        let desired = MsftNxSshAuthorizedKeysResource { user_name: Some(user.into()), ..key(ONE) };
        let found = machine.get(&SshAuthorizedKeys, &desired);
        assert_eq!((found.ensure.as_deref(), found.key), (Some("Absent"), None), "{user}");
        assert_eq!(machine.test(&SshAuthorizedKeys, &desired).unwrap()[0].property, "Ensure");
        assert_eq!(machine.test(&SshAuthorizedKeys, &absent(desired)).unwrap(), []);
    }
}

#[test]
fn new_files_belong_to_the_user_alone_and_old_ones_keep_owner_and_mode() {
    let status = |machine: &Machine, path: &str| {
        let status = fs::symlink_metadata(machine.root.path(path)).unwrap();
        (status.uid(), status.gid(), status.mode() & 0o7777)
    };
    let (uid, gid) = ids();
    let new = machine(None);
    new.converges(&SshAuthorizedKeys, &key(ONE));
    assert_eq!(status(&new, "/home/alice/.ssh"), (uid, gid, 0o700));
    assert_eq!(status(&new, "/home/alice/.ssh/authorized_keys"), (uid, gid, 0o600));
    let old = machine(Some(""));
    old.converges(&SshAuthorizedKeys, &key(ONE));
    assert_eq!(status(&old, "/home/alice/.ssh/authorized_keys"), (uid, gid, 0o640));
    assert_eq!(fs::read_dir(old.root.path("/home/alice/.ssh")).unwrap().count(), 1, "nothing is left over");
}

fn refused(machine: &Machine) -> String {
    let before = machine.read("etc/secret");
    let status = fs::metadata(machine.root.path("/etc/secret")).unwrap();
    for error in [
        machine.set(&SshAuthorizedKeys, &key(ONE)).unwrap_err(),
        machine.test(&SshAuthorizedKeys, &key(ONE)).unwrap_err(),
    ] {
        assert_eq!(error.code(), ResultCode::ACCESS_DENIED, "{error}");
    }
    let after = fs::metadata(machine.root.path("/etc/secret")).unwrap();
    assert_eq!(machine.read("etc/secret"), before);
    assert_eq!((after.uid(), after.mode(), after.mtime()), (status.uid(), status.mode(), status.mtime()));
    machine.test(&SshAuthorizedKeys, &key(ONE)).unwrap_err().message().to_owned()
}

#[test]
fn no_link_of_the_user_is_followed() {
    let machine = machine(Some(""));
    machine.write("etc/secret", b"root only");
    let file = machine.root.path(format!("/{FILE}"));
    fs::remove_file(&file).unwrap();
    symlink(machine.root.path("/etc/secret"), &file).unwrap();
    assert!(refused(&machine).contains("/.ssh/authorized_keys is a symbolic link, which is not followed"));

    let folder = machine.root.path("/home/alice/.ssh");
    fs::remove_dir_all(&folder).unwrap();
    symlink(machine.root.path("/etc"), &folder).unwrap();
    assert!(refused(&machine).contains("/home/alice/.ssh is a symbolic link"));
    fs::remove_file(&folder).unwrap();

    if geteuid().is_root() {
        let home = machine.root.path("/home/alice");
        fs::rename(&home, machine.root.path("/home/other")).unwrap();
        symlink("../etc", &home).unwrap();
        lchown(&home, Some(ids().0), None).unwrap();
        assert!(refused(&machine).contains("the symbolic link alice is not root's"));
    }
}

#[test]
fn a_link_of_root_to_the_home_directories_is_followed() {
    if !geteuid().is_root() {
        return crate::linux::testing::skipped("only root can make links of root");
    }
    let machine = machine(None);
    fs::create_dir(machine.root.path("/data")).unwrap();
    fs::rename(machine.root.path("/home"), machine.root.path("/data/home")).unwrap();
    symlink("/data/home", machine.root.path("/home")).unwrap();
    machine.converges(&SshAuthorizedKeys, &key(ONE));
    assert!(machine.root.path("/data/home/alice/.ssh/authorized_keys").is_file());
}

#[test]
fn a_file_of_somebody_else_and_what_is_no_file_are_refused() {
    let machine = machine(Some(""));
    machine.write("etc/secret", b"");
    let file = machine.root.path(format!("/{FILE}"));
    if geteuid().is_root() {
        chown(&file, Some(Uid::from_raw(1)), None).unwrap();
        assert!(refused(&machine).contains("authorized_keys belongs to another user"));
    }
    fs::remove_file(&file).unwrap();
    let pipe = nix::unistd::mkfifo(&file, nix::sys::stat::Mode::S_IRWXU);
    pipe.unwrap();
    assert!(
        refused(&machine).contains("authorized_keys is no file"),
        "and a pipe that nobody writes to blocks nothing"
    );
}

#[test]
fn options_are_part_of_the_key() {
    let machine = machine(Some(&format!("#alice@laptop\n{ONE} x\n")));
    let limited = key(&format!("command=\"echo hello\",no-pty {ONE}"));
    assert_eq!(machine.test(&SshAuthorizedKeys, &key(ONE)).unwrap(), [], "another comment is no other key");
    assert_eq!(machine.test(&SshAuthorizedKeys, &limited).unwrap(), [Difference::secret("Key")]);
    machine.converges(&SshAuthorizedKeys, &limited);
}

#[test]
fn wrong_values_are_refused_by_name_and_keys_not_shown() {
    let machine = machine(Some(""));
    let refused = |desired| machine.test(&SshAuthorizedKeys, &desired).unwrap_err().message().to_owned();
    let comment = |text: &str| MsftNxSshAuthorizedKeysResource { key_comment: Some(text.into()), ..key(ONE) };
    assert!(refused(comment(" ")).contains("KeyComment \" \" is no text in one line"));
    assert!(refused(comment("a\nb")).contains("KeyComment \"a\\nb\""));
    let user = MsftNxSshAuthorizedKeysResource { user_name: None, ..key(ONE) };
    assert!(refused(user).contains("nxSshAuthorizedKeys: UserName must be given"));
    for wrong in ["secret", "ssh-rsa secret", "-----BEGIN secret\nabc", &format!("{ONE} secret\n{TWO}")] {
        let text = refused(key(wrong));
        assert!(text.contains("Key is no line of a public key") && !text.contains("secret"), "{text}");
    }
    let none = MsftNxSshAuthorizedKeysResource { key: None, ..key(ONE) };
    assert!(machine.set(&SshAuthorizedKeys, &none).unwrap_err().message().contains("Key is needed"));
    let nobody = MsftNxSshAuthorizedKeysResource { user_name: Some("nobodyknows".into()), ..key(ONE) };
    let error = machine.set(&SshAuthorizedKeys, &nobody).unwrap_err();
    assert!(error.message().contains("UserName \"nobodyknows\" is no user with a home directory"), "{error}");
}

#[test]
fn what_a_killed_set_of_keys_left_is_removed_by_the_next() {
    let machine = machine(Some(&format!("{TWO} bob\n")));
    let left = "home/alice/.ssh/.authorized_keys.lumi";
    machine.write(left, b"half");
    machine.converges(&SshAuthorizedKeys, &key(ONE));
    assert!(!machine.root.path(format!("/{left}")).exists());
    assert_eq!(lines(&machine), format!("{TWO} bob\n#alice@laptop\n{ONE}\n"));
}
