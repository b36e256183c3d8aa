//! Disks, their partitions and other block devices: `/sys/class/block`.

use super::Root;

const CLASS: &str = "/sys/class/block";

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

/// A slash in a name, such as that of cciss/c0d0, is "!" in sysfs.
fn directory(name: &str) -> String {
    format!("{CLASS}/{}", name.replace('/', "!"))
}
