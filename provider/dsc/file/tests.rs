use super::*;
use crate::dsc::testing::Machine;
use nix::unistd::{Gid, Uid, chown, geteuid};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::PathBuf;

const PASSWD: &[u8] = b"root:x:0:0:root:/root:/bin/sh\nbob:x:1001:1001::/home/bob:/bin/sh\n";
const GROUP: &[u8] = b"root:x:0:\nstaff:x:50:\nbob:x:1001:\n";

fn machine(files: &[(&str, &[u8])]) -> Machine {
    let accounts: [(&str, &[u8]); 2] = [("etc/passwd", PASSWD), ("etc/group", GROUP)];
    Machine::with(&[&accounts[..], files].concat())
}

fn at(path: &str) -> MsftNxFileResource {
    MsftNxFileResource { destination_path: Some(path.into()), ..Default::default() }
}

fn text(path: &str, contents: &str) -> MsftNxFileResource {
    MsftNxFileResource { contents: Some(contents.into()), ..at(path) }
}

fn copy(from: &str, to: &str) -> MsftNxFileResource {
    MsftNxFileResource { source_path: Some(from.into()), ..at(to) }
}

fn typed(kind: &str, desired: MsftNxFileResource) -> MsftNxFileResource {
    MsftNxFileResource { type_: Some(kind.into()), ..desired }
}

fn with_mode(mode: &str, desired: MsftNxFileResource) -> MsftNxFileResource {
    MsftNxFileResource { mode: Some(mode.into()), ..desired }
}

fn tree(from: &str, to: &str, links: &str) -> MsftNxFileResource {
    MsftNxFileResource { recurse: Some(true), links: Some(links.into()), ..typed("directory", copy(from, to)) }
}

fn forced(desired: MsftNxFileResource) -> MsftNxFileResource {
    MsftNxFileResource { force: Some(true), ..desired }
}

fn absent(desired: MsftNxFileResource) -> MsftNxFileResource {
    MsftNxFileResource { ensure: Some("Absent".into()), ..desired }
}

fn mode_of(machine: &Machine, path: &str) -> u32 {
    fs::symlink_metadata(machine.root.path(path)).unwrap().mode() & 0o7777
}

fn chmod(machine: &Machine, path: &str, mode: u32) {
    fs::set_permissions(machine.root.path(path), fs::Permissions::from_mode(mode)).unwrap();
}

fn own(machine: &Machine, path: &str, uid: u32, gid: u32) {
    let path = machine.root.path(path);
    std::os::unix::fs::lchown(path, Some(uid), Some(gid)).unwrap();
}

fn link(machine: &Machine, target: &str, path: &str) {
    let path = machine.root.path(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    symlink(target, path).unwrap();
}

fn target(machine: &Machine, path: &str) -> PathBuf {
    fs::read_link(machine.root.path(path)).unwrap()
}

fn refusal(machine: &Machine, desired: &MsftNxFileResource) -> String {
    machine.set(&File, desired).unwrap_err().message().to_owned()
}

/// Only root can give files away.
fn is_root() -> bool {
    if !geteuid().is_root() {
        println!("skipped: only root can give files away");
    }
    geteuid().is_root()
}

/// No temporary file is left in the directory.
fn names(machine: &Machine, directory: &str) -> Vec<String> {
    let entries = fs::read_dir(machine.root.path(directory)).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_gets_its_contents_and_keeps_what_is_not_asked_for() {
    let machine = machine(&[("srv/motd", b"old")]);
    chmod(&machine, "/srv/motd", 0o4640);
    let inode = fs::metadata(machine.root.path("/srv/motd")).unwrap().ino();
    machine.converges(&File, &text("/srv/motd", "größer\n"));
    assert_eq!(machine.read("srv/motd"), "größer\n".as_bytes());
    assert_eq!(mode_of(&machine, "/srv/motd"), 0o4640);
    assert_ne!(fs::metadata(machine.root.path("/srv/motd")).unwrap().ino(), inode, "it was written in place");
    machine.converges(&File, &text("/srv/new", "x"));
    assert_eq!(mode_of(&machine, "/srv/new"), 0o644);
    machine.converges(&File, &at("/srv/empty"));
    assert_eq!(machine.read("srv/empty"), b"");
    assert_eq!(machine.test(&File, &at("/srv/motd")).unwrap(), [], "a file without contents may have any");
    assert_eq!(names(&machine, "/srv"), ["empty", "motd", "new"]);
}

#[test]
fn empty_contents_empty_a_file() {
    let machine = machine(&[("srv/a", b"old")]);
    machine.converges(&File, &text("/srv/a", ""));
    assert_eq!(machine.read("srv/a"), b"");
}

#[test]
fn contents_never_show_in_what_differs() {
    let machine = machine(&[("srv/a", b"old secret")]);
    let differences = machine.test(&File, &text("/srv/a", "new secret")).unwrap();
    assert_eq!(differences, [Difference::secret("Contents")]);
}

#[test]
fn modes_of_digits_and_letters_are_set_as_given_and_others_refused() {
    let machine = machine(&[("srv/a", b"")]);
    for (mode, bits) in
        [("0640", 0o640), ("4755", 0o4755), ("rwxr-x--T", 0o1750), ("0600", 0o600), ("rw-r--r--", 0o644)]
    {
        machine.converges(&File, &with_mode(mode, at("/srv/a")));
        assert_eq!(mode_of(&machine, "/srv/a"), bits, "{mode}");
    }
    for wrong in ["64", "00640", "rwxr-xr-z", "u+w", "0o640"] {
        let refused = refusal(&machine, &with_mode(wrong, at("/srv/a")));
        assert!(refused.starts_with(&format!("nxFile: Mode {wrong:?} is neither")), "{refused}");
        assert_eq!(mode_of(&machine, "/srv/a"), 0o644);
    }
}

#[test]
fn three_digits_leave_set_user_id_alone_and_four_do_not() {
    let machine = machine(&[("srv/a", b"")]);
    chmod(&machine, "/srv/a", 0o4700);
    machine.converges(&File, &with_mode("755", at("/srv/a")));
    assert_eq!(mode_of(&machine, "/srv/a"), 0o4755);
    machine.converges(&File, &with_mode("0755", at("/srv/a")));
    assert_eq!(mode_of(&machine, "/srv/a"), 0o755);
}

#[test]
fn owner_and_group_are_set_by_name_and_number_and_unknown_ones_refused() {
    let machine = machine(&[("srv/a", b"")]);
    let owned = |owner: &str, group: &str| MsftNxFileResource {
        owner: Some(owner.into()),
        group: Some(group.into()),
        ..with_mode("4750", text("/srv/a", "x"))
    };
    let refused = refusal(&machine, &owned("nobody-here", "staff"));
    assert!(refused.contains("Owner \"nobody-here\" is neither a user of this machine nor a number"), "{refused}");
    assert!(refusal(&machine, &owned("bob", "4294967295")).contains("Group \"4294967295\" is neither a group"));
    if is_root() {
        for (owner, group) in [("bob", "staff"), ("12345", "54321"), ("root", "root")] {
            machine.converges(&File, &owned(owner, group));
            assert_eq!(mode_of(&machine, "/srv/a"), 0o4750, "changing the owner has taken set-user-ID away");
        }
        own(&machine, "/srv/a", 1001, 50);
        machine.write("srv/b", b"");
        own(&machine, "/srv/b", 1001, 50);
        machine.converges(&File, &text("/srv/b", "new"));
        let found = machine.get(&File, &at("/srv/b"));
        assert_eq!((found.owner.as_deref(), found.group.as_deref()), (Some("bob"), Some("staff")), "they are kept");
    }
}

#[test]
fn owners_without_a_name_are_told_by_their_number() {
    let machine = machine(&[("srv/a", b"")]);
    if is_root() {
        own(&machine, "/srv/a", 12345, 54321);
        let found = machine.get(&File, &at("/srv/a"));
        assert_eq!((found.owner.as_deref(), found.group.as_deref()), (Some("12345"), Some("54321")));
        let owner = MsftNxFileResource { owner: Some("bob".into()), ..at("/srv/a") };
        let differences = machine.test(&File, &owner).unwrap();
        assert_eq!(differences, [Difference::new("Owner", "12345", "bob")]);
    }
}

#[test]
fn a_new_copy_has_the_owner_group_and_permissions_of_its_source_which_are_then_left_alone() {
    let machine = machine(&[("srv/from", b"x")]);
    chmod(&machine, "/srv/from", 0o4750);
    if is_root() {
        own(&machine, "/srv/from", 1001, 50);
    }
    machine.converges(&File, &copy("/srv/from", "/srv/to"));
    let (from, to) = (machine.root.path("/srv/from"), machine.root.path("/srv/to"));
    let (from, to) = (fs::metadata(from).unwrap(), fs::metadata(to).unwrap());
    assert_eq!((to.uid(), to.gid(), to.mode() & 0o7777), (from.uid(), from.gid(), 0o750));
    chmod(&machine, "/srv/to", 0o600);
    assert_eq!(machine.test(&File, &copy("/srv/from", "/srv/to")).unwrap(), []);
}

#[test]
fn copies_compared_by_bytes_by_modification_and_by_change_all_converge() {
    for checksum in ["md5", "mtime", "ctime"] {
        let machine = machine(&[("srv/from", b"new"), ("srv/to", b"older")]);
        let desired = MsftNxFileResource { checksum: Some(checksum.into()), ..copy("/srv/from", "/srv/to") };
        machine.converges(&File, &desired);
        assert_eq!(machine.read("srv/to"), b"new");
        machine.write("srv/to", b"changed");
        machine.converges(&File, &desired);
        machine.write("srv/from", b"changed, too");
        machine.converges(&File, &desired);
    }
}

#[test]
fn by_modification_a_file_of_the_same_size_with_another_time_is_copied_again() {
    let machine = machine(&[("srv/from", b"new"), ("srv/to", b"old")]);
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    fs::File::options().append(true).open(machine.root.path("/srv/from")).unwrap().set_modified(old).unwrap();
    let desired = MsftNxFileResource { checksum: Some("mtime".into()), ..copy("/srv/from", "/srv/to") };
    machine.converges(&File, &desired);
    assert_eq!(machine.read("srv/to"), b"new");
    assert_eq!(fs::metadata(machine.root.path("/srv/to")).unwrap().modified().unwrap(), old);
}

#[test]
fn bytes_that_are_no_text_are_compared_and_told() {
    let machine = machine(&[("srv/a", b"caf\xe9")]);
    assert_eq!(machine.test(&File, &text("/srv/a", "café")).unwrap().len(), 1);
    assert_eq!(machine.get(&File, &at("/srv/a")).contents.as_deref(), Some("caf\u{fffd}"));
}

#[test]
fn get_tells_what_is_and_that_nothing_is() {
    let long = "ü".repeat(1024);
    let machine = machine(&[("srv/a", long.as_bytes()), ("srv/d/x", b""), ("srv/d/y", b"")]);
    link(&machine, "a", "/srv/l");
    chmod(&machine, "/srv/a", 0o640);
    let found = machine.get(&File, &at("/srv/a"));
    assert_eq!((found.ensure.as_deref(), found.type_.as_deref()), (Some("present"), Some("file")));
    assert_eq!((found.mode.as_deref(), found.contents.map(|text| text.len())), (Some("0640"), Some(1024)));
    assert!(found.modified_date.is_some());
    assert_eq!(machine.get(&File, &at("/srv/d")).contents.as_deref(), Some("x\ny"));
    let found = machine.get(&File, &at("/srv/l"));
    assert_eq!((found.type_.as_deref(), found.contents.as_deref()), (Some("link"), Some("a")));
    for missing in ["/srv/none", "/none/none", "/srv/a/none"] {
        let found = machine.get(&File, &at(missing));
        assert_eq!(
            (found.ensure.as_deref(), found.type_, found.modified_date),
            (Some("absent"), None, None),
            "{missing}"
        );
    }
}

#[test]
fn absent_removes_files_trees_and_links_that_lead_nowhere_but_not_what_they_lead_to() {
    let machine = machine(&[("srv/a", b""), ("srv/d/e/x", b""), ("kept/x", b"")]);
    link(&machine, "none", "/srv/nowhere");
    link(&machine, "/kept", "/srv/d/e/kept");
    for path in ["/srv/a", "/srv/nowhere", "/srv/d"] {
        machine.converges(&File, &absent(at(path)));
    }
    assert_eq!(names(&machine, "/srv"), Vec::<String>::new());
    assert_eq!(names(&machine, "/kept"), ["x"]);
    for path in ["/srv/a", "/none/at/all"] {
        assert_eq!(machine.test(&File, &absent(at(path))).unwrap(), []);
    }
}

#[test]
fn what_is_of_another_type_is_replaced_or_removed_only_by_force() {
    let machine = machine(&[("srv/d/x", b""), ("srv/from", b"new")]);
    for desired in
        [text("/srv/d", "x"), typed("link", copy("/srv/from", "/srv/d")), absent(typed("file", at("/srv/d")))]
    {
        let refused = refusal(&machine, &desired);
        assert!(
            refused.contains("DestinationPath \"/srv/d\" is a directory; only Force = true replaces it"),
            "{refused}"
        );
        assert_eq!(names(&machine, "/srv"), ["d", "from"]);
    }
    machine.converges(&File, &forced(text("/srv/d", "x")));
    machine.converges(&File, &forced(typed("directory", at("/srv/d"))));
    machine.converges(&File, &forced(typed("link", copy("/srv/from", "/srv/d"))));
    assert_eq!(target(&machine, "/srv/d"), PathBuf::from("/srv/from"));
    machine.converges(&File, &forced(text("/srv/d", "x")));
    assert_eq!(machine.read("srv/from"), b"new", "the link was followed");
    machine.converges(&File, &forced(absent(typed("directory", at("/srv/d")))));
    assert_eq!(names(&machine, "/srv"), ["from"]);
}

#[test]
fn a_link_leads_where_its_source_is() {
    let machine = machine(&[("srv/real", b"x")]);
    machine.converges(&File, &typed("link", copy("/srv/real", "/srv/l")));
    assert_eq!(target(&machine, "/srv/l"), PathBuf::from("/srv/real"));
    machine.converges(&File, &typed("link", copy("/srv/not-there-yet", "/srv/l")));
    machine.converges(&File, &typed("link", copy("../srv/real", "/srv/l")));
    assert_eq!(target(&machine, "/srv/l"), PathBuf::from("../srv/real"));
    // A source that is a link itself.
    let with =
        |links: &str| MsftNxFileResource { links: Some(links.into()), ..typed("link", copy("/srv/l", "/srv/m")) };
    assert_eq!(machine.test(&File, &with("ignore")).unwrap(), []);
    machine.converges(&File, &with("manage"));
    assert_eq!(target(&machine, "/srv/m"), PathBuf::from("../srv/real"));
    machine.converges(&File, &with("follow"));
    assert_eq!(target(&machine, "/srv/m"), PathBuf::from("/srv/real"));
    if is_root() {
        let owned = MsftNxFileResource { owner: Some("bob".into()), mode: Some("600".into()), ..with("follow") };
        machine.converges(&File, &owned);
        assert_eq!(fs::metadata(machine.root.path("/srv/real")).unwrap().uid(), 0, "the link was followed");
    }
}

#[test]
fn a_source_that_is_a_link_is_followed_copied_or_ignored() {
    let machine = machine(&[("srv/real", b"x")]);
    link(&machine, "real", "/srv/from");
    let with = |links: &str, to: &str| MsftNxFileResource { links: Some(links.into()), ..copy("/srv/from", to) };
    assert_eq!(machine.test(&File, &with("ignore", "/srv/none")).unwrap(), []);
    machine.converges(&File, &with("manage", "/srv/copied"));
    assert_eq!(target(&machine, "/srv/copied"), PathBuf::from("real"));
    machine.converges(&File, &with("follow", "/srv/followed"));
    assert!(!fs::symlink_metadata(machine.root.path("/srv/followed")).unwrap().is_symlink());
    assert_eq!(machine.read("srv/followed"), b"x");
}

#[test]
fn a_directory_without_recurse_takes_the_files_of_its_source_and_test_sees_them() {
    let machine = machine(&[("from/a", b"1"), ("from/d/b", b"2"), ("to/own", b"3")]);
    let desired = typed("directory", copy("/from", "/to"));
    machine.converges(&File, &desired);
    assert_eq!(names(&machine, "/to"), ["a", "own"]);
    machine.write("to/a", b"changed");
    machine.converges(&File, &desired);
    assert_eq!(machine.read("to/a"), b"1");
}

#[test]
fn a_tree_is_merged_into_what_is_there() {
    for links in ["follow", "manage", "ignore"] {
        let machine = machine(&[("from/a", b"1"), ("from/d/b", b"2"), ("from/d/e/c", b"3"), ("to/d/own", b"4")]);
        link(&machine, "a", "/from/l");
        chmod(&machine, "/from/d/e", 0o750);
        machine.converges(&File, &tree("/from", "/to", links));
        assert_eq!(names(&machine, "/to/d"), ["b", "e", "own"]);
        assert_eq!((machine.read("to/d/b"), machine.read("to/d/e/c")), (b"2".to_vec(), b"3".to_vec()));
        assert_eq!(mode_of(&machine, "/to/d/e"), 0o750);
        let copied = fs::symlink_metadata(machine.root.path("/to/l"));
        match links {
            "follow" => assert!(copied.unwrap().is_file()),
            "manage" => assert_eq!(target(&machine, "/to/l"), PathBuf::from("a")),
            _ => assert!(copied.is_err()),
        }
        machine.write("to/d/e/c", b"drift");
        machine.converges(&File, &tree("/from", "/to", links));
    }
}

#[test]
fn recurse_without_a_source_gives_a_mode_to_everything_but_links() {
    let machine = machine(&[("srv/d/a", b""), ("srv/d/e/b", b""), ("srv/kept", b"")]);
    link(&machine, "/srv/kept", "/srv/d/l");
    let kept = mode_of(&machine, "/srv/kept");
    let desired = MsftNxFileResource { recurse: Some(true), ..with_mode("0700", typed("directory", at("/srv/d"))) };
    machine.converges(&File, &desired);
    for path in ["/srv/d", "/srv/d/a", "/srv/d/e", "/srv/d/e/b"] {
        assert_eq!(mode_of(&machine, path), 0o700, "{path}");
    }
    assert_eq!(mode_of(&machine, "/srv/kept"), kept);
}

#[test]
fn directories_are_made_with_those_on_the_way_and_files_are_not() {
    let machine = machine(&[]);
    machine.converges(&File, &with_mode("2770", typed("directory", at("/srv/a/b/"))));
    assert_eq!((mode_of(&machine, "/srv/a"), mode_of(&machine, "/srv/a/b")), (0o755, 0o2770));
    let refused = refusal(&machine, &text("/opt/x/y", ""));
    assert!(
        refused.contains("lies in the directory /opt/x, which does not exist; Type directory makes one"),
        "{refused}"
    );
}

#[test]
fn trees_that_contain_themselves_are_refused() {
    let machine = machine(&[("from/a", b"")]);
    link(&machine, "/from", "/from/again");
    assert!(refusal(&machine, &tree("/from", "/to", "follow")).contains("is in itself or is the destination"));
    assert!(!machine.root.path("/to").exists(), "half a tree is left");
    let refused = refusal(&machine, &tree("/from", "/from/inner", "manage"));
    assert!(refused.contains("is in itself or is the destination"), "{refused}");
    assert_eq!(names(&machine, "/from"), ["a", "again"]);
}

#[test]
fn sparse_files_stay_sparse() {
    let machine = machine(&[]);
    let path = machine.root.path("/srv-from");
    let file = fs::File::create(&path).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, b"middle", 300 << 20).unwrap();
    file.set_len(600 << 20).unwrap();
    machine.converges(&File, &copy("/srv-from", "/to"));
    let to = fs::metadata(machine.root.path("/to")).unwrap();
    assert_eq!(to.len(), 600 << 20);
    assert!(to.blocks() * 512 < 1 << 20, "{} blocks", to.blocks());
    std::os::unix::fs::FileExt::write_all_at(&file, b"end", (600 << 20) - 3).unwrap();
    machine.converges(&File, &copy("/srv-from", "/to"));
}

#[test]
fn links_of_other_users_are_not_followed_to_what_is_not_theirs() {
    if !is_root() {
        return;
    }
    let machine = machine(&[("etc/shadow", b"secret"), ("home/bob/real/x", b"x"), ("tmp/x", b"")]);
    let bobs =
        |path: &str| chown(&machine.root.path(path), Some(Uid::from_raw(1001)), Some(Gid::from_raw(1001))).unwrap();
    ["/home/bob", "/home/bob/real", "/home/bob/real/x"].into_iter().for_each(bobs);
    for (target, path) in [("/etc", "/home/bob/evil"), ("real", "/home/bob/fine"), ("/etc/shadow", "/home/bob/leak")] {
        link(&machine, target, path);
        own(&machine, path, 1001, 1001);
    }
    let refused = refusal(&machine, &text("/home/bob/evil/shadow", "mine"));
    assert!(refused.contains("/home/bob/evil is a link of the user 1001"), "{refused}");
    assert!(refused.contains("leads to /etc of the user 0: it is not followed"), "{refused}");
    assert!(refusal(&machine, &copy("/home/bob/leak", "/srv")).contains("/home/bob/leak is a link of the user 1001"));
    assert_eq!(machine.read("etc/shadow"), b"secret");
    machine.converges(&File, &text("/home/bob/fine/y", "y"));
    assert_eq!(machine.read("home/bob/real/y"), b"y");
    // In /tmp anybody may make links, but root's are root's.
    chmod(&machine, "/tmp", 0o1777);
    link(&machine, "/etc", "/tmp/roots");
    link(&machine, "/etc", "/tmp/bobs");
    own(&machine, "/tmp/bobs", 1001, 1001);
    machine.converges(&File, &text("/tmp/roots/motd", "x"));
    assert!(refusal(&machine, &text("/tmp/bobs/motd", "y")).contains("is not followed"));
    // A link at the end is never followed.
    machine.converges(&File, &forced(text("/home/bob/leak", "bobs own")));
    assert_eq!(machine.read("etc/shadow"), b"secret");
}

#[test]
fn a_file_of_which_somebody_else_can_have_made_a_second_name_keeps_its_owner_and_mode() {
    if !is_root() {
        return;
    }
    let machine = machine(&[("etc/shadow", b"secret"), ("home/bob/x", b"")]);
    own(&machine, "/home/bob", 1001, 1001);
    fs::hard_link(machine.root.path("/etc/shadow"), machine.root.path("/home/bob/profile")).unwrap();
    let refused = refusal(&machine, &with_mode("0666", at("/home/bob/profile")));
    assert!(refused.contains("has other names, too"), "{refused}");
    machine.converges(&File, &with_mode("0666", text("/home/bob/profile", "x")));
    assert_eq!(machine.read("etc/shadow"), b"secret");
}

#[test]
fn ten_thousand_files_are_copied_tested_and_removed() {
    let machine = machine(&[]);
    for directory in 0..100 {
        for file in 0..100 {
            let path = machine.root.path(format!("/from/{directory}/{file}"));
            if file == 0 {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
            }
            fs::write(path, format!("{directory}-{file}")).unwrap();
        }
    }
    machine.converges(&File, &tree("/from", "/to", "follow"));
    assert_eq!(machine.read("to/99/99"), b"99-99");
    machine.write("to/50/50", b"drift");
    let outcome = machine.converges(&File, &tree("/from", "/to", "follow"));
    assert_eq!(outcome.changes, [Difference::new("SourcePath", "50/50: other contents", "those of the source")]);
    machine.converges(&File, &absent(typed("directory", at("/to"))));
}

#[test]
fn a_cancelled_copy_leaves_what_was_there() {
    let machine = machine(&[("from/a", b"1"), ("from/b", b"2")]);
    let error = machine.set_canceled(&File, &tree("/from", "/to", "follow")).unwrap_err();
    assert!(error.message().contains("cancelled before it was done"), "{error}");
    assert!(!machine.root.path("/to").exists());
}

#[test]
fn wrong_values_are_refused_by_name() {
    let machine = machine(&[("srv/a", b""), ("srv/d/x", b"")]);
    let both = MsftNxFileResource { source_path: Some("/srv/a".into()), ..text("/srv/b", "x") };
    for (desired, text) in [
        (MsftNxFileResource::default(), "nxFile needs the property DestinationPath"),
        (at("srv/a"), "nxFile: DestinationPath \"srv/a\" is not the absolute path"),
        (at("/"), "nxFile: DestinationPath \"/\" is not the absolute path"),
        (at("/srv/.."), "nxFile: DestinationPath \"/srv/..\" is not the absolute path"),
        (both, "nxFile: SourcePath \"/srv/a\" and Contents cannot both"),
        (typed("directory", text("/srv/b", "x")), "nxFile: Contents is only for Type file"),
        (typed("socket", at("/srv/b")), "nxFile: Type cannot be \"socket\"; allowed are file, directory, link"),
        (copy("srv/a", "/srv/b"), "nxFile: SourcePath \"srv/a\" is neither an absolute path nor a URL"),
        (copy("ftp://h/a", "/srv/b"), "nxFile: SourcePath \"ftp://h/a\" should be https://... or http://..."),
        (typed("link", copy("http://h/a", "/srv/b")), "nxFile: SourcePath is a URL, which is only for Type file"),
        (copy("/srv/none", "/srv/b"), "nxFile: SourcePath \"/srv/none\" does not exist"),
        (typed("directory", copy("/srv/a", "/srv/b")), "nxFile: SourcePath \"/srv/a\" is a file, not a directory"),
        (copy("/srv/d", "/srv/b"), "nxFile: cannot read /srv/d: it is a directory, not a file"),
        (typed("link", at("/srv/b")), "nxFile: SourcePath is needed to make a link"),
    ] {
        let refused = refusal(&machine, &desired);
        assert!(refused.starts_with(text), "{refused}");
    }
    assert_eq!(names(&machine, "/srv"), ["a", "d"]);
}

/// A web server with one file, which answers until the test ends. Its address.
fn web_server(answer: &'static str) -> String {
    use std::io::{BufRead, BufReader, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/file?key=secret", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let request: Vec<String> = BufReader::new(connection.try_clone().unwrap())
                .lines()
                .map_while(|line| line.ok().filter(|line| !line.is_empty()))
                .collect();
            let is_head = request.first().is_some_and(|line| line.starts_with("HEAD"));
            let end = answer.find("\r\n\r\n").unwrap() + 4;
            let _ = connection.write_all(if is_head { &answer.as_bytes()[..end] } else { answer.as_bytes() });
        }
    });
    address
}

#[test]
fn a_file_from_the_web_converges_by_bytes_and_by_modification() {
    if crate::linux::tool::Tool::find(&crate::linux::Root::host(), "curl").is_none() {
        println!("skipped: curl is not installed");
        return;
    }
    let url =
        web_server("HTTP/1.0 200 OK\r\nContent-Length: 3\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\nnew");
    for checksum in ["md5", "mtime", "ctime"] {
        let machine = machine(&[]);
        let desired = MsftNxFileResource { checksum: Some(checksum.into()), ..copy(&url, "/srv-a") };
        machine.converges(&File, &with_mode("0600", desired.clone()));
        assert_eq!(machine.read("srv-a"), b"new");
        let modified = fs::metadata(machine.root.path("/srv-a")).unwrap().mtime();
        assert_eq!(modified == 784_111_777, checksum == "mtime");
        if checksum != "ctime" {
            machine.write("srv-a", b"old");
            machine.converges(&File, &desired);
        }
    }
}

#[test]
fn a_file_that_the_web_does_not_have_is_an_error_and_the_address_is_not_told() {
    if crate::linux::tool::Tool::find(&crate::linux::Root::host(), "curl").is_none() {
        println!("skipped: curl is not installed");
        return;
    }
    let machine = machine(&[("srv/a", b"old")]);
    let url = web_server("HTTP/1.0 404 Not Found\r\nContent-Length: 4\r\n\r\nnone");
    let error = machine.test(&File, &copy(&url, "/srv/a")).unwrap_err();
    assert!(error.message().contains("404"), "{error}");
    assert!(!error.message().contains("secret"), "{error}");
    assert_eq!(machine.read("srv/a"), b"old");
}
