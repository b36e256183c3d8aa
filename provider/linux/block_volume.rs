//! What the kernel's own block devices are: the device mapper's in `/sys/block/NAME/dm`, software RAID's in
//! `/sys/block/NAME/md`.

use super::Root;

/// What software makes a block device of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Technology {
    /// A logical volume of LVM.
    LogicalVolume,
    /// An encrypted device that is open.
    Encrypted,
    /// Several paths to one disk.
    Multipath,
    /// A RAID of the kernel's md driver.
    Raid,
    /// What the device mapper maps for somebody else.
    Mapped,
}

/// A block device that software makes of others. What the kernel does not tell is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// What makes it.
    pub technology: Technology,
    /// The device mapper's identifier, such as "LVM-" and 64 characters, or "CRYPT-LUKS2-...".
    pub id: Option<String>,
    /// The volume group of a logical volume.
    pub group: Option<String>,
    /// The volume's own name.
    pub name: Option<String>,
    /// The format of an encrypted device, such as "LUKS2" or "PLAIN".
    pub encryption: Option<String>,
    /// Whether it is suspended: I/O waits.
    pub suspended: Option<bool>,
    /// What a RAID is, and how it is.
    pub raid: Option<Raid>,
}

/// A RAID of the md driver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Raid {
    /// Such as "raid1" or "linear".
    pub level: Option<String>,
    /// Such as "clean", "active" or "inactive".
    pub state: Option<String>,
    /// How many devices it should have.
    pub devices: Option<u32>,
    /// How many of them are missing.
    pub degraded: Option<u32>,
    /// What it does besides: "idle", "resync", "recover", "check", ...
    pub action: Option<String>,
    /// How much of that is done, in percent.
    pub percent: Option<u8>,
    /// How many differences the last check found, in sectors of 512 bytes.
    pub mismatches: Option<u64>,
}

/// What the device with the directory `dir` in sysfs is. `None` if no software makes it of others.
pub fn read(root: &Root, dir: &str) -> Option<Volume> {
    if root.exists(&format!("{dir}/md")) {
        let raid = Some(raid(root, &format!("{dir}/md")));
        let technology = Technology::Raid;
        return Some(Volume { technology, id: None, group: None, name: None, encryption: None, suspended: None, raid });
    }
    if !root.exists(&format!("{dir}/dm")) {
        return None;
    }
    let id = root.value(&format!("{dir}/dm/uuid"));
    let mapped = root.value(&format!("{dir}/dm/name"));
    let kind = id.as_deref().unwrap_or_default();
    // A partition of a multipath device has "part1-" before it.
    let technology = if kind.starts_with("LVM-") {
        Technology::LogicalVolume
    } else if kind.starts_with("CRYPT-") {
        Technology::Encrypted
    } else if kind.starts_with("mpath-") {
        Technology::Multipath
    } else {
        Technology::Mapped
    };
    let (group, name) = match (technology, mapped) {
        (Technology::LogicalVolume, Some(mapped)) => split_volume(&mapped),
        (_, mapped) => (None, mapped),
    };
    let encryption = kind.strip_prefix("CRYPT-").and_then(|rest| rest.split('-').next()).map(str::to_owned);
    let suspended = root.number::<u8>(&format!("{dir}/dm/suspended")).map(|it| it != 0);
    Some(Volume { technology, id, group, name, encryption, suspended, raid: None })
}

/// The volume group and the volume in a name such as "rhel-root", in which a hyphen of either name is doubled.
fn split_volume(mapped: &str) -> (Option<String>, Option<String>) {
    let bytes = mapped.as_bytes();
    let mut place = 0;
    while place < bytes.len() {
        if bytes[place] == b'-' {
            if bytes.get(place + 1) != Some(&b'-') {
                let plain = |name: &str| Some(name.replace("--", "-"));
                return (plain(&mapped[..place]), plain(&mapped[place + 1..]));
            }
            place += 1;
        }
        place += 1;
    }
    (None, Some(mapped.to_owned()))
}

fn raid(root: &Root, md: &str) -> Raid {
    let value = |file: &str| root.value(&format!("{md}/{file}"));
    Raid {
        level: value("level"),
        state: value("array_state"),
        devices: root.number(&format!("{md}/raid_disks")),
        degraded: root.number(&format!("{md}/degraded")),
        action: value("sync_action"),
        percent: value("sync_completed").as_deref().and_then(percent),
        mismatches: root.number(&format!("{md}/mismatch_cnt")),
    }
}

/// "1200 / 4800" in percent, rounded down; `None` for "none" and "delayed".
fn percent(completed: &str) -> Option<u8> {
    let (done, all) = completed.split_once('/')?;
    let (done, all) = (done.trim().parse::<u128>().ok()?, all.trim().parse::<u128>().ok()?);
    u8::try_from((done * 100).checked_div(all)?.min(100)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine_with;

    const DIR: &str = "/sys/class/block/x";

    fn mapped(name: &str, id: &str) -> Volume {
        let (name_path, id_path) = (format!("{DIR}/dm/name"), format!("{DIR}/dm/uuid"));
        let (_dir, root) = machine_with(&[(&name_path, name.as_bytes()), (&id_path, id.as_bytes())]);
        read(&root, DIR).unwrap()
    }

    #[test]
    fn a_logical_volume_knows_its_group_also_when_the_names_have_hyphens() {
        let volume = mapped("my--group-log--files\n", "LVM-Wd2fAbC\n");
        assert_eq!(volume.technology, Technology::LogicalVolume);
        assert_eq!((volume.group.as_deref(), volume.name.as_deref()), (Some("my-group"), Some("log-files")));
    }

    #[test]
    fn an_encrypted_device_tells_its_format() {
        let luks = mapped("luks-home\n", "CRYPT-LUKS2-0123456789abcdef-luks-home\n");
        assert_eq!((luks.technology, luks.encryption.as_deref()), (Technology::Encrypted, Some("LUKS2")));
        assert_eq!((luks.group, luks.name.as_deref()), (None, Some("luks-home")));
        assert_eq!(mapped("swap\n", "CRYPT-PLAIN-swap\n").encryption.as_deref(), Some("PLAIN"));
    }

    #[test]
    fn other_mapped_devices_are_told_apart() {
        assert_eq!(mapped("mpatha\n", "mpath-3600508b4000c\n").technology, Technology::Multipath);
        assert_eq!(mapped("mpatha1\n", "part1-mpath-3600508b4000c\n").technology, Technology::Mapped);
        assert_eq!(mapped("test\n", "\n").id, None);
    }

    #[test]
    fn a_raid_that_is_being_rebuilt_says_so() {
        let files: [(&str, &[u8]); 6] = [
            ("/sys/class/block/x/md/level", b"raid1\n"),
            ("/sys/class/block/x/md/array_state", b"active\n"),
            ("/sys/class/block/x/md/raid_disks", b"2\n"),
            ("/sys/class/block/x/md/degraded", b"1\n"),
            ("/sys/class/block/x/md/sync_action", b"recover\n"),
            ("/sys/class/block/x/md/sync_completed", b"1200 / 4800\n"),
        ];
        let (_dir, root) = machine_with(&files);
        let volume = read(&root, DIR).unwrap();
        let raid = volume.raid.unwrap();
        assert_eq!((volume.technology, raid.level.as_deref()), (Technology::Raid, Some("raid1")));
        assert_eq!((raid.devices, raid.degraded, raid.percent), (Some(2), Some(1), Some(25)));
        assert_eq!((raid.action.as_deref(), raid.mismatches), (Some("recover"), None));
    }

    #[test]
    fn a_share_of_nothing_is_none() {
        for completed in ["none", "delayed", "0 / 0", "", "x / y"] {
            assert_eq!(percent(completed), None, "{completed}");
        }
    }

    #[test]
    fn a_disk_is_no_volume() {
        let (_dir, root) = machine_with(&[("/sys/class/block/x/size", b"8\n")]);
        assert_eq!(read(&root, DIR), None);
    }
}
