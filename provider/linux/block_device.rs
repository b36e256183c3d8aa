//! Disks, their partitions and other block devices: `/sys/class/block`.

use std::fs;

use super::block_volume::{self, Volume};
use super::root::lossy;
use super::udev::{self, Properties};
use super::{Result, Root};

const CLASS: &str = "/sys/class/block";

/// The unit of `size` and `start`, whatever the device's own blocks are.
const SECTOR: u64 = 512;

/// What a block device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole device that hardware, real or virtual, is behind.
    Disk,
    /// A part of another device, by its partition table.
    Partition,
    /// A whole device that the kernel makes itself, such as dm-0, md0, loop0 or zram0.
    Virtual,
}

/// A block device. What its driver does not tell is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockDevice {
    /// The kernel's name, such as "sda1".
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// MAJOR:MINOR.
    pub number: Option<String>,
    /// Size in bytes; 0 for a drive without a medium or a loop device without a file.
    pub size: Option<u64>,
    /// Whether it can only be read.
    pub read_only: Option<bool>,
    /// The smallest unit that can be addressed, in bytes. A partition has that of its disk.
    pub logical_block_size: Option<u64>,
    /// The smallest unit that the device writes at once, in bytes. A partition has that of its disk.
    pub physical_block_size: Option<u64>,
    /// Whether it turns. A partition has that of its disk.
    pub rotational: Option<bool>,
    /// Whether the medium can be taken out. `None` for a partition.
    pub removable: Option<bool>,
    /// Which hardware it is: all `None` but for a disk.
    pub hardware: Hardware,
    /// Where it lies on its disk: all `None` but for a partition.
    pub partition: Partition,
    /// What is on it, as far as udev found that out.
    pub format: Format,
    /// What software makes it of others: `None` for others.
    pub volume: Option<Volume>,
    /// The name that the device mapper was given, such as "rhel-root".
    pub mapped_name: Option<String>,
    /// The kernel's names of the devices that it is made of, sorted.
    pub slaves: Vec<String>,
    /// The kernel's names of the devices that are made of it, sorted.
    pub holders: Vec<String>,
}

/// What a disk says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hardware {
    /// Who made it; "ATA" for a disk that says so to SCSI.
    pub vendor: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// The revision of its firmware.
    pub revision: Option<String>,
    /// The serial number.
    pub serial: Option<String>,
    /// The name that is unique in the world, such as "naa.5000c500a1b2c3d4" or "eui.0025385b11b0c3d2".
    pub wwid: Option<String>,
    /// Its state in the driver's words, such as "running", "offline" or "live".
    pub state: Option<String>,
}

/// Where a partition lies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partition {
    /// The kernel's name of the disk.
    pub disk: Option<String>,
    /// Its number in the partition table.
    pub number: Option<u32>,
    /// Where it begins on the disk, in bytes.
    pub start: Option<u64>,
    /// Its name in the partition table, which GPT has.
    pub name: Option<String>,
    /// Its UUID in the partition table.
    pub uuid: Option<String>,
    /// What its partition table says of it besides; `None` where udev does not tell.
    pub entry: Option<TableEntry>,
}

/// The entry of a partition in its partition table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableEntry {
    /// The kind of table: "gpt" or "dos", for example.
    pub scheme: String,
    /// The type: a UUID in a GPT, a number such as "0x83" in others.
    pub type_id: Option<String>,
    /// The flags, or attributes.
    pub flags: u64,
}

/// What is on a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Format {
    /// A file system, swap space, or a part of a volume: "ext4", "crypto_LUKS", "LVM2_member".
    pub kind: Option<String>,
    /// Its UUID or serial number.
    pub uuid: Option<String>,
    /// Its label.
    pub label: Option<String>,
}

/// The kernel's names of all block devices, sorted; none where `/sys` is hidden.
pub fn names(root: &Root) -> Result<Vec<String>> {
    Ok(sorted(root.names_if_present(CLASS)?.unwrap_or_default()))
}

/// What the device with the kernel's name is. `None` if there is no such device.
pub fn kind(root: &Root, name: &str) -> Option<Kind> {
    let dir = directory(name);
    if !root.exists(&dir) {
        None
    } else if root.exists(&format!("{dir}/partition")) {
        Some(Kind::Partition)
    } else if root.exists(&format!("{dir}/device")) {
        Some(Kind::Disk)
    } else {
        Some(Kind::Virtual)
    }
}

/// The device with a name of [`names`]. `None` if it is gone.
pub fn read(root: &Root, name: &str) -> Option<BlockDevice> {
    let kind = kind(root, name)?;
    let dir = directory(name);
    let flag = |path: String| root.number::<u8>(&path).map(|value| value != 0);
    let bytes = |file: &str| root.number::<u64>(&format!("{dir}/{file}"))?.checked_mul(SECTOR);
    let linked = |file: &str| root.names_if_present(&format!("{dir}/{file}")).ok().flatten().unwrap_or_default();
    let number = root.value(&format!("{dir}/dev"));
    let found = number.as_deref().map(|number| udev::block_device(root, number));
    let partition = if kind == Kind::Partition { partition(root, &dir, found.as_ref()) } else { Partition::default() };
    // Only a whole device has a queue.
    let whole = if kind == Kind::Partition { partition.disk.as_deref().map(directory) } else { Some(dir.clone()) };
    let queue = |file: &str| whole.as_ref().map(|whole| format!("{whole}/queue/{file}"));
    Some(BlockDevice {
        name: display(name),
        kind,
        number,
        size: bytes("size"),
        read_only: flag(format!("{dir}/ro")),
        logical_block_size: queue("logical_block_size").and_then(|path| root.number(&path)),
        physical_block_size: queue("physical_block_size").and_then(|path| root.number(&path)),
        rotational: queue("rotational").and_then(flag),
        removable: flag(format!("{dir}/removable")),
        hardware: if kind == Kind::Disk { hardware(root, &dir) } else { Hardware::default() },
        partition: Partition { start: bytes("start"), ..partition },
        format: found.as_ref().map(format).unwrap_or_default(),
        volume: block_volume::read(root, &dir),
        mapped_name: root.value(&format!("{dir}/dm/name")),
        slaves: sorted(linked("slaves")),
        holders: sorted(linked("holders")),
    })
}

fn hardware(root: &Root, dir: &str) -> Hardware {
    let value = |file: &str| root.value(&format!("{dir}/{file}"));
    Hardware {
        // A virtio device has the number of a PCI vendor here, which names no maker.
        vendor: value("device/vendor").filter(|vendor| !vendor.starts_with("0x")),
        model: value("device/model"),
        revision: value("device/rev").or_else(|| value("device/firmware_rev")),
        serial: value("serial").or_else(|| value("device/serial")).or_else(|| scsi_serial(root, dir)),
        wwid: value("wwid").or_else(|| value("device/wwid")),
        state: value("device/state"),
    }
}

/// The serial number in SCSI's page 80 of vital product data: a head of four bytes, the last two of which give the
/// length of the text that follows.
fn scsi_serial(root: &Root, dir: &str) -> Option<String> {
    let page = root.read(&format!("{dir}/device/vpd_pg80")).ok()?;
    let length = usize::from(u16::from_be_bytes([*page.get(2)?, *page.get(3)?]));
    let serial = lossy(page.get(4..4 + length)?.to_vec());
    let serial = serial.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    (!serial.is_empty()).then(|| serial.to_owned())
}

fn format(found: &Properties) -> Format {
    Format {
        kind: found.text("ID_FS_TYPE"),
        uuid: found.encoded("ID_FS_UUID_ENC"),
        label: found.encoded("ID_FS_LABEL_ENC"),
    }
}

fn table_entry(found: &Properties) -> Option<TableEntry> {
    Some(TableEntry {
        scheme: found.text("ID_PART_ENTRY_SCHEME")?,
        type_id: found.text("ID_PART_ENTRY_TYPE"),
        // udev leaves out flags that are 0.
        flags: found.number("ID_PART_ENTRY_FLAGS").unwrap_or(0),
    })
}

fn partition(root: &Root, dir: &str, found: Option<&Properties>) -> Partition {
    // The entry is a link to .../block/DISK/PARTITION.
    let target = fs::read_link(root.path(dir)).ok();
    let disk = target.as_deref().and_then(|target| target.parent()?.file_name());
    let uevent = root.value(&format!("{dir}/uevent")).unwrap_or_default();
    let told = |name: &str| uevent.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
    Partition {
        disk: disk.map(|disk| display(&disk.to_string_lossy())),
        number: root.number(&format!("{dir}/partition")),
        start: None,
        name: told("PARTNAME="),
        uuid: found.and_then(|found| found.text("ID_PART_ENTRY_UUID")).or_else(|| told("PARTUUID=")),
        entry: found.and_then(table_entry),
    }
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names = names.iter().map(|name| display(name)).collect();
    names.sort_unstable();
    names
}

/// A slash in a name, such as that of cciss/c0d0, is "!" in sysfs.
fn directory(name: &str) -> String {
    format!("{CLASS}/{}", name.replace('/', "!"))
}

/// The name as the kernel itself and `/dev` have it.
fn display(entry: &str) -> String {
    entry.replace('!', "/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::{machine, machine_with};

    #[test]
    fn a_scsi_disk_tells_what_it_is() {
        let disk = read(&machine("rhel8"), "sda").unwrap();
        assert_eq!((disk.kind, disk.number.as_deref(), disk.size), (Kind::Disk, Some("8:0"), Some(20 << 30)));
        assert_eq!((disk.logical_block_size, disk.physical_block_size), (Some(512), Some(4096)));
        assert_eq!((disk.rotational, disk.removable, disk.read_only), (Some(true), Some(false), Some(false)));
        assert_eq!(disk.hardware.vendor.as_deref(), Some("DELL"));
        assert_eq!(disk.hardware.model.as_deref(), Some("PERC H730 Mini"));
        assert_eq!(disk.hardware.serial.as_deref(), Some("00a1b2c3d4e5f607"), "page 80 without its head");
        assert_eq!(disk.hardware.state.as_deref(), Some("running"));
        assert_eq!(disk.partition, Partition::default());
    }

    #[test]
    fn a_partition_knows_its_disk_and_has_its_blocks() {
        let root = machine("rhel8");
        let partition = read(&root, "sda2").unwrap();
        let place = Partition {
            disk: Some("sda".into()),
            number: Some(2),
            start: Some(2_099_200 * 512),
            name: Some("Linux LVM".into()),
            uuid: Some("7a3c9f10-02".into()),
            entry: Some(TableEntry { scheme: "dos".into(), type_id: Some("0x8e".into()), flags: 0 }),
        };
        assert_eq!((partition.kind, partition.partition), (Kind::Partition, place));
        assert_eq!((partition.logical_block_size, partition.rotational), (Some(512), Some(true)));
        assert_eq!((partition.removable, partition.hardware), (None, Hardware::default()));
        assert_eq!(partition.holders, ["dm-0"]);
        assert_eq!(partition.format.kind.as_deref(), Some("LVM2_member"));
        assert_eq!(partition.format.uuid.as_deref(), Some("Xq2ETd-9kPz-0sWb-LfJ3-uY7m-4hNc-RvA1Gx"));
    }

    #[test]
    fn without_udev_the_kernel_may_know_the_uuid_of_a_partition() {
        let files: [(&str, &[u8]); 2] = [
            ("/sys/class/block/vda1/partition", b"1\n"),
            ("/sys/class/block/vda1/uevent", b"DEVTYPE=partition\nPARTN=1\nPARTUUID=0b5d-01\n"),
        ];
        let (_dir, root) = machine_with(&files);
        let found = read(&root, "vda1").unwrap();
        assert_eq!((found.partition.uuid.as_deref(), found.partition.entry), (Some("0b5d-01"), None));
        assert_eq!(found.format, Format::default());
    }

    #[test]
    fn a_mapped_device_names_what_it_is_made_of() {
        let mapped = read(&machine("rhel8"), "dm-0").unwrap();
        assert_eq!((mapped.kind, mapped.mapped_name.as_deref()), (Kind::Virtual, Some("rhel-root")));
        assert_eq!(mapped.slaves, ["sda2"]);
    }

    #[test]
    fn a_virtio_disk_has_no_vendor_but_may_have_a_serial() {
        let files: [(&str, &[u8]); 2] =
            [("/sys/class/block/vda/device/vendor", b"0x1af4\n"), ("/sys/class/block/vda/serial", b"vol-1\n")];
        let (_dir, root) = machine_with(&files);
        let hardware = read(&root, "vda").unwrap().hardware;
        assert_eq!(hardware, Hardware { serial: Some("vol-1".into()), ..Hardware::default() });
    }

    #[test]
    fn a_slash_in_a_name_is_found_again() {
        let (_dir, root) = machine_with(&[("/sys/class/block/cciss!c0d0/size", b"8\n")]);
        assert_eq!(names(&root).unwrap(), ["cciss/c0d0"]);
        assert_eq!(read(&root, "cciss/c0d0").unwrap().size, Some(4096));
    }

    #[test]
    fn a_page_80_that_is_cut_off_is_no_serial() {
        let page: &[u8] = b"\0\x80\0\x10short";
        let (_dir, root) = machine_with(&[("/sys/class/block/sdb/device/vpd_pg80", page)]);
        assert_eq!(read(&root, "sdb").unwrap().hardware.serial, None);
    }

    #[test]
    fn without_sys_there_are_no_devices_and_one_that_is_gone_is_none() {
        assert_eq!(names(&machine("alpine")).unwrap(), Vec::<String>::new());
        assert_eq!(read(&machine("rhel8"), "sdz"), None);
    }

    #[test]
    fn every_device_of_this_machine_has_a_size() {
        let root = Root::host();
        for name in names(&root).unwrap() {
            // A device can go between the two readings.
            assert!(read(&root, &name).is_none_or(|device| device.size.is_some()), "{name}");
        }
    }
}
