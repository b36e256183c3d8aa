use super::*;
use crate::dsc::testing::Machine;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

fn machine() -> Machine {
    let machine = Machine::with(&[
        ("etc/passwd", b"root:x:0:0::/:/bin/sh\n"),
        ("etc/group", b"root:x:0:\n"),
        ("srv/a.conf", b"abc"),
        ("srv/b.txt", b"\xff\xfe"),
        ("srv/d/c.conf", b""),
        ("srv/d/e/f.conf", b"deep"),
        ("srv/x1/y", b"1"),
        ("srv/x2/y", b"2"),
    ]);
    symlink("a.conf", machine.root.path("/srv/l")).unwrap();
    symlink("..", machine.root.path("/srv/d/up")).unwrap();
    machine
}

fn at(path: &str) -> MsftNxFileInventoryResource {
    MsftNxFileInventoryResource { destination_path: Some(path.into()), ..Default::default() }
}

fn recursive(path: &str) -> MsftNxFileInventoryResource {
    MsftNxFileInventoryResource { recurse: Some(true), links: Some("ignore".into()), ..at(path) }
}

fn paths(machine: &Machine, filter: &MsftNxFileInventoryResource) -> Vec<String> {
    let listed = machine.inventory(&FileInventory, filter).unwrap();
    listed.into_iter().filter_map(|one| one.destination_path).collect()
}

#[test]
fn a_directory_a_pattern_and_a_file_are_listed() {
    let machine = machine();
    let all = ["/srv/a.conf", "/srv/b.txt", "/srv/d", "/srv/l", "/srv/x1", "/srv/x2"];
    for path in ["/srv", "/srv/", "/srv/*"] {
        assert_eq!(paths(&machine, &at(path)), all, "{path}");
    }
    assert_eq!(paths(&machine, &at("/srv/*.conf")), ["/srv/a.conf"]);
    assert_eq!(paths(&machine, &at("/srv/a.conf")), ["/srv/a.conf"]);
    assert_eq!(paths(&machine, &at("/srv/x?/y")), ["/srv/x1/y", "/srv/x2/y"]);
    assert_eq!(paths(&machine, &at("/*")), ["/etc", "/srv"]);
    let directories = MsftNxFileInventoryResource { type_: Some("Directory".into()), ..at("/srv") };
    assert_eq!(paths(&machine, &directories), ["/srv/d", "/srv/x1", "/srv/x2"]);
}

#[test]
fn recurse_lists_what_lies_deeper_and_links_that_lead_back_end() {
    let machine = machine();
    assert_eq!(paths(&machine, &recursive("/srv/*.conf")), ["/srv/a.conf", "/srv/d/c.conf", "/srv/d/e/f.conf"]);
    let followed = MsftNxFileInventoryResource { links: None, ..recursive("/srv/d") };
    let followed = paths(&machine, &followed);
    assert!(followed.contains(&"/srv/d/up/a.conf".to_owned()), "{followed:?}");
    assert!(followed.len() < 40, "{followed:?}");
}

#[test]
fn links_are_followed_listed_or_left_out() {
    let machine = machine();
    let listed = |links: &str| {
        let filter = MsftNxFileInventoryResource { links: Some(links.into()), ..at("/srv/l*") };
        machine.inventory(&FileInventory, &filter).unwrap()
    };
    let followed = &listed("follow")[0];
    assert_eq!((followed.type_.as_deref(), followed.contents.as_deref()), (Some("file"), Some("abc")));
    let link = &listed("manage")[0];
    assert_eq!((link.type_.as_deref(), link.contents.as_deref()), (Some("link"), Some("a.conf")));
    assert_eq!(listed("ignore"), []);
}

#[test]
fn each_fact_of_a_file_is_told() {
    let machine = machine();
    fs::set_permissions(machine.root.path("/srv/a.conf"), fs::Permissions::from_mode(0o4640)).unwrap();
    let with = |checksum: &str| MsftNxFileInventoryResource { checksum: Some(checksum.into()), ..at("/srv/a.conf") };
    let one = |filter| machine.inventory(&FileInventory, &filter).unwrap().remove(0);
    let found = one(with("MD5"));
    assert_eq!(found.checksum.as_deref(), Some("900150983cd24fb0d6963f7d28e17f72"));
    assert_eq!((found.mode.as_deref(), found.file_size), (Some("4640"), Some(3)));
    assert!(found.modified_date.is_some() && found.owner.is_some() && found.group.is_some());
    let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(one(with("sha-256")).checksum.as_deref(), Some(sum));
    assert!(one(with("mtime")).checksum.unwrap().parse::<i64>().unwrap() > 1_000_000_000);
    let short = MsftNxFileInventoryResource { max_contents_returnable: Some(2), ..with("md5") };
    assert_eq!(one(short).contents.as_deref(), Some("ab"));
    let none = MsftNxFileInventoryResource { max_contents_returnable: Some(0), ..with("md5") };
    assert_eq!(one(none).contents, None);
    assert_eq!(one(at("/srv/b.txt")).contents, None, "it is no text");
}

#[test]
fn a_list_ends_before_it_is_longer_than_it_may_be() {
    let machine = machine();
    let filter = MsftNxFileInventoryResource { max_output_size: Some(3000), ..at("/srv") };
    assert_eq!(paths(&machine, &filter), ["/srv/a.conf", "/srv/b.txt"]);
}

#[test]
fn get_tells_of_one_file_and_there_is_nothing_to_set() {
    let machine = machine();
    let found = machine.get(&FileInventory, &at("/srv/a.conf"));
    assert_eq!((found.file_size, found.contents.as_deref()), (Some(3), Some("abc")));
    assert_eq!(machine.get(&FileInventory, &at("/none/at/all")), at("/none/at/all"));
    assert_eq!(machine.test(&FileInventory, &at("/none")).unwrap(), []);
    assert_eq!(machine.set(&FileInventory, &at("/none")).unwrap(), super::super::Outcome::default());
}

#[test]
fn wrong_values_are_refused_by_name() {
    let machine = machine();
    let refused = |filter| machine.inventory(&FileInventory, &filter).unwrap_err().message().to_owned();
    assert!(refused(at("etc")).contains("DestinationPath \"etc\" is not an absolute path"));
    assert!(refused(at("/none")).contains("DestinationPath \"/none\" does not exist"));
    let wrong = MsftNxFileInventoryResource { checksum: Some("crc".into()), ..at("/srv") };
    assert!(refused(wrong).contains("Checksum cannot be \"crc\"; allowed are md5, sha-256, mtime, ctime"));
}
