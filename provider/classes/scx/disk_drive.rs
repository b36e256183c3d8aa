//! SCX_DiskDrive: the disks that hardware is behind.

use super::{COMPUTER_SYSTEM, host_name};
use crate::classes::fits;
use crate::linux::Root;
use crate::linux::block_device::{self, BlockDevice, Kind};
use crate::schema::ScxDiskDrive;
use crate::schema::scx_disk_drive::Keys;
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};

/// What the names of devices begin with, and how those are attached.
const INTERFACES: &[(&str, &str)] = &[
    ("sd", "SCSI"),
    ("sr", "SCSI"),
    ("nvme", "NVMe"),
    ("hd", "IDE"),
    ("mmcblk", "MMC"),
    ("vd", "virtio"),
    ("xvd", "Xen"),
];

/// Serves SCX_DiskDrive.
#[derive(Default)]
pub(crate) struct DiskDrives {
    root: Root,
}

impl Enumerate<ScxDiskDrive> for DiskDrives {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, ScxDiskDrive>) -> Result<()> {
        all(&self.root)?.into_iter().try_for_each(|drive| out.post(drive))
    }
}

impl Get<ScxDiskDrive> for DiskDrives {
    fn get(&self, key: ScxDiskDrive, _query: &Query<'_>) -> Result<ScxDiskDrive> {
        let id = key
            .device_id
            .as_deref()
            .ok_or_else(|| Error::invalid_parameter("SCX_DiskDrive is found by its key DeviceID, such as sda"))?;
        let ours = fits(&key.system_creation_class_name, COMPUTER_SYSTEM)
            && fits(&key.system_name, &host_name(&self.root)?)
            && fits(&key.creation_class_name, "SCX_DiskDrive");
        let found = all(&self.root)?.into_iter().find(|drive| ours && drive.device_id.as_deref() == Some(id));
        found.ok_or_else(|| not_found::<ScxDiskDrive>(&[("DeviceID", id)]))
    }
}

/// All disks. One that was unplugged since the names were read is left out.
fn all(root: &Root) -> Result<Vec<ScxDiskDrive>> {
    let host = host_name(root)?;
    let devices = block_device::names(root)?.into_iter().filter_map(|name| block_device::read(root, &name));
    Ok(devices.filter(|device| device.kind == Kind::Disk).map(|device| instance(&host, device)).collect())
}

fn instance(host: &str, device: BlockDevice) -> ScxDiskDrive {
    let interface = INTERFACES.iter().find(|(prefix, _)| device.name.starts_with(prefix));
    let is_away = device.hardware.state.as_deref().is_some_and(|state| ["offline", "dead"].contains(&state));
    ScxDiskDrive {
        name: Some(device.name.clone()),
        max_media_size: device.size.map(|bytes| bytes / 1000),
        is_online: Some(!is_away),
        interface_type: interface.map(|(_, kind)| (*kind).to_owned()),
        manufacturer: device.hardware.vendor,
        model: device.hardware.model,
        ..ScxDiskDrive::new(Keys { system_name: host.to_owned(), device_id: device.name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    #[test]
    fn disks_need_no_mounted_file_system_and_no_right_to_read_them() {
        let drives = all(&machine("rhel8")).unwrap();
        let ids: Vec<_> = drives.iter().filter_map(|drive| drive.device_id.as_deref()).collect();
        assert_eq!(ids, ["sda", "sr0"], "no partition, and nothing that the device mapper made");
        assert!(drives.iter().all(|drive| drive.interface_type.as_deref() == Some("SCSI")));
    }

    #[test]
    fn the_size_is_in_the_unit_of_the_standard() {
        let drive = all(&machine("rhel8")).unwrap().remove(0);
        let size = block_device::read(&machine("rhel8"), "sda").unwrap().size.unwrap();
        assert_eq!(drive.max_media_size, Some(size / 1000));
    }

    #[test]
    fn a_disk_that_tells_nothing_does_not_keep_the_others_away() {
        let files: [(&str, &[u8]); 3] = [
            ("/proc/sys/kernel/hostname", b"web\n"),
            ("/sys/class/block/sda/device/model", b"GOOD\n"),
            ("/sys/class/block/sdb/device/other", b"\n"),
        ];
        let (_dir, root) = crate::linux::testing::machine_with(&files);
        let drives = all(&root).unwrap();
        let models: Vec<_> = drives.iter().map(|drive| drive.model.as_deref()).collect();
        assert_eq!(models, [Some("GOOD"), None]);
        assert_eq!(drives[1].max_media_size, None);
    }
}
