//! What is mounted where: `/proc/self/mountinfo`.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use super::error::Parsed;
use super::{Error, Result, Root};

const MOUNTINFO: &str = "/proc/self/mountinfo";

/// One mount: a line of `/proc/self/mountinfo`. The numbers in the descriptions are the fields' in proc(5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// 1: the mount's id; reused after unmount.
    pub id: u64,
    /// 2: the id of the mount that this one is mounted on.
    pub parent: u64,
    /// 3: major and minor number of the device; major 0 means that no block device is behind it.
    pub device: (u32, u32),
    /// 4: the directory inside the file system that is mounted; "/" is the whole one.
    pub root: String,
    /// 5: where it is mounted.
    pub mount_point: PathBuf,
    /// 6: options of this mount, such as "rw" and "noexec".
    pub options: Vec<String>,
    /// 9: the type, such as "ext4" or "fuse.sshfs".
    pub file_system_type: String,
    /// 10: the device or share, such as "/dev/sda1" or "server:/export". `None` if the mount has none.
    pub source: Option<String>,
    /// 11: options of the file system, whatever mount shows it.
    pub super_options: Vec<String>,
}

impl Mount {
    /// Whether nothing can be written through this mount, or to this file system at all.
    pub fn is_read_only(&self) -> bool {
        self.options.iter().chain(&self.super_options).any(|option| option == "ro")
    }
}

/// The mounts that a path can lead to, in the kernel's order. One that another mount covers is left out.
pub fn visible(root: &Root) -> Result<Vec<Mount>> {
    let bytes = root.read(MOUNTINFO)?;
    let mut mounts = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        mounts.push(parse_line(line).map_err(|what| Error::parse(root.path(MOUNTINFO), what))?);
    }
    Ok(without_covered(mounts))
}

/// One line of mountinfo, without the line feed.
fn parse_line(line: &[u8]) -> Parsed<Mount> {
    let mut fields = line.split(|byte| *byte == b' ');
    let mut next = |name: &str| fields.next().ok_or_else(|| format!("a line ends before the {name}"));
    let id = number(next("mount id")?)?;
    let parent = number(next("parent id")?)?;
    let device = device(next("device number")?)?;
    let root = text(next("root")?);
    let mount_point = PathBuf::from(OsString::from_vec(unescape(next("mount point")?)));
    let options = split_options(next("mount options")?);
    // Optional fields, such as "shared:1", come in any number and end with a hyphen.
    while next("hyphen that ends the optional fields")? != b"-" {}
    let file_system_type = text(next("file system type")?);
    let source = Some(text(next("source")?)).filter(|source| !source.is_empty() && source != "none");
    let super_options = split_options(next("file system options")?);
    Ok(Mount { id, parent, device, root, mount_point, options, file_system_type, source, super_options })
}

fn number<T: std::str::FromStr>(field: &[u8]) -> Parsed<T> {
    let number = std::str::from_utf8(field).ok().and_then(|field| field.parse().ok());
    number.ok_or_else(|| format!("{:?} should be a number", String::from_utf8_lossy(field)))
}

fn device(field: &[u8]) -> Parsed<(u32, u32)> {
    let colon = field.iter().position(|byte| *byte == b':').ok_or("a device number should be major:minor")?;
    Ok((number(&field[..colon])?, number(&field[colon + 1..])?))
}

fn text(field: &[u8]) -> String {
    String::from_utf8_lossy(&unescape(field)).into_owned()
}

fn split_options(field: &[u8]) -> Vec<String> {
    // Commas inside a value are escaped, so options are split first.
    field.split(|byte| *byte == b',').filter(|option| !option.is_empty()).map(text).collect()
}

/// The kernel writes blanks, tabs, line feeds, backslashes and "#" as a backslash and three octal digits.
pub(super) fn unescape(mut field: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(field.len());
    while let Some((&first, rest)) = field.split_first() {
        field = match rest {
            [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', rest @ ..] if first == b'\\' => {
                bytes.push(((a - b'0') << 6) | ((b - b'0') << 3) | (c - b'0'));
                rest
            }
            _ => {
                bytes.push(first);
                rest
            }
        };
    }
    bytes
}

/// Leaves out what another mount covers: one on the very same place, or one on a directory above it.
///
/// The order of the lines does not tell: the kernel can slide a mount below another one. The mount tree does.
fn without_covered(mounts: Vec<Mount>) -> Vec<Mount> {
    let parents: HashMap<u64, (u64, &Path)> =
        mounts.iter().map(|mount| (mount.id, (mount.parent, mount.mount_point.as_path()))).collect();
    // The first mount of a namespace may be its own parent, but does not cover itself.
    let children: HashSet<(u64, &Path)> = mounts
        .iter()
        .filter(|mount| mount.parent != mount.id)
        .map(|mount| (mount.parent, mount.mount_point.as_path()))
        .collect();

    let is_visible = |mount: &Mount| {
        let (mut parent, mut place) = (mount.parent, mount.mount_point.as_path());
        let mut covered = children.contains(&(mount.id, place));
        // As many steps as there are mounts, so that ids in a ring, which no kernel writes, come to an end.
        for _ in 0..parents.len() {
            covered |= place.ancestors().skip(1).any(|above| children.contains(&(parent, above)));
            let Some(&next) = parents.get(&parent).filter(|_| !covered) else { break };
            (parent, place) = next;
        }
        !covered
    };
    let visible: Vec<bool> = mounts.iter().map(is_visible).collect();
    mounts.into_iter().zip(visible).filter_map(|(mount, visible)| visible.then_some(mount)).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use procfs_core::FromBufRead;
    use proptest::prelude::*;

    use super::*;
    use crate::linux::testing::{machine, machine_with};

    fn at<'a>(mounts: &'a [Mount], mount_point: &str) -> Option<&'a Mount> {
        mounts.iter().find(|mount| mount.mount_point == Path::new(mount_point))
    }

    /// Writes `name` as the kernel does.
    fn escape(name: &[u8]) -> Vec<u8> {
        let escaped = |byte: &u8| match byte {
            b' ' | b'\t' | b'\n' | b'\\' | b'#' => format!("\\{byte:03o}").into_bytes(),
            byte => vec![*byte],
        };
        name.iter().flat_map(escaped).collect()
    }

    #[test]
    fn each_fact_comes_from_its_field() {
        let mounts = visible(&machine("debian12")).unwrap();
        let data = at(&mounts, "/srv/my data").expect("the blank is decoded");
        assert_eq!((data.id, data.parent, data.device), (80, 27, (254, 17)));
        assert_eq!((data.root.as_str(), data.file_system_type.as_str()), ("/", "xfs"));
        assert_eq!(data.source.as_deref(), Some("/dev/vdb1"));
        assert_eq!(data.options, ["rw", "relatime"]);
        assert_eq!(data.super_options[..2], ["rw", "attr2"]);
        assert!(!data.is_read_only());
        assert!(at(&mounts, "/media").unwrap().is_read_only());
    }

    #[test]
    fn of_two_mounts_on_one_place_the_upper_one_is_seen() {
        let mounts = visible(&machine("debian12")).unwrap();
        assert_eq!(mounts.iter().filter(|mount| mount.mount_point == Path::new("/old")).count(), 1);
        assert_eq!(at(&mounts, "/old").unwrap().source.as_deref(), Some("above"));
    }

    #[test]
    fn a_mount_below_a_directory_that_was_covered_later_is_not_seen() {
        let mounts = visible(&machine("debian12")).unwrap();
        assert!(at(&mounts, "/hidden").is_some());
        assert!(at(&mounts, "/hidden/deep").is_none());
        assert!(at(&mounts, "/mnt/nas/scratch").is_some(), "a mount on a mount is seen");
    }

    #[test]
    fn old_kernels_list_an_initial_root_that_is_its_own_parent() {
        let lines = b"1 1 0:1 / / rw - rootfs rootfs rw\n\
            15 1 8:1 / / rw - ext3 /dev/sda1 rw\n\
            16 15 0:3 / /proc rw - proc none rw\n";
        let (_dir, root) = machine_with(&[("/proc/self/mountinfo", lines)]);
        let mounts = visible(&root).unwrap();
        assert_eq!(mounts.iter().map(|mount| mount.id).collect::<Vec<_>>(), [15, 16]);
        assert_eq!(mounts[1].source, None);
    }

    #[test]
    fn optional_fields_may_be_missing_or_many() {
        let with = |optional: &str| parse_line(format!("5 1 8:1 / /a rw{optional} - ext4 /dev/sda1 rw").as_bytes());
        assert_eq!(with("").unwrap(), with(" shared:1 master:2 propagate_from:3 unbindable").unwrap());
    }

    #[test]
    fn an_error_says_what_is_missing() {
        assert!(parse_line(b"5 1 8:1 / /a rw shared:1").unwrap_err().contains("hyphen"));
        assert!(parse_line(b"5 1 8-1 / /a rw - x y rw").unwrap_err().contains("major:minor"));
        assert!(parse_line(b"x").unwrap_err().contains("should be a number"));
    }

    #[test]
    fn procfs_core_reads_the_same_from_this_machine() {
        let bytes = std::fs::read("/proc/self/mountinfo").unwrap();
        let theirs = procfs_core::process::MountInfos::from_buf_read(&bytes[..]).unwrap();
        let ours: Vec<Mount> = bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| parse_line(line).unwrap())
            .collect();
        assert_eq!(ours.len(), theirs.0.len());
        for (ours, theirs) in ours.iter().zip(&theirs.0) {
            assert_eq!((ours.id as i32, ours.parent as i32), (theirs.mnt_id, theirs.pid));
            assert_eq!(format!("{}:{}", ours.device.0, ours.device.1), theirs.majmin);
            assert_eq!((&ours.root, &ours.mount_point), (&theirs.root, &theirs.mount_point));
            assert_eq!(ours.file_system_type, theirs.fs_type);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_panic(bytes: Vec<u8>) {
            let _ = parse_line(&bytes);
        }

        #[test]
        fn no_mount_tree_makes_the_search_for_covered_mounts_panic_or_hang(
            tree in proptest::collection::vec((0_u64..6, 0_u64..6, "(/[ab]){0,3}"), 0..8),
        ) {
            let line = |(id, parent, place)| format!("{id} {parent} 0:1 / {place}/ rw - tmpfs x rw");
            let mounts = tree.into_iter().map(|mount| parse_line(line(mount).as_bytes()).unwrap()).collect();
            without_covered(mounts);
        }

        #[test]
        fn every_mount_point_comes_back(name in proptest::collection::vec(1_u8.., 1..40)) {
            let line = [b"5 1 8:1 / /", &escape(&name)[..], b" rw - ext4 /dev/sda1 rw"].concat();
            let mount = parse_line(&line).unwrap();
            prop_assert_eq!(mount.mount_point.as_os_str().as_bytes(), [b"/", &name[..]].concat());
        }
    }
}
