//! Linux_ResidesOnExtent: from a block device to the file systems on it, and back.

use super::association::{Pairs, Plain, Take};
use super::{file_system, host_name, storage_extent};
use crate::linux::filesystem::FileSystems;
use crate::linux::mounts::Mount;
use crate::linux::{Root, block_device};
use crate::schema::LinuxResidesOnExtent;
use crate::schema::linux_resides_on_extent::Keys;
use omi::{Class, Instance, Result};
use std::collections::HashMap;

/// Serves Linux_ResidesOnExtent.
pub(crate) struct ResidesOnExtents {
    root: Root,
    reader: FileSystems,
}

impl Default for ResidesOnExtents {
    fn default() -> Self {
        let root = Root::host();
        Self { reader: FileSystems::new(root.clone()), root }
    }
}

impl Pairs for ResidesOnExtents {
    const ENDS: [&'static str; 2] = ["Antecedent", "Dependent"];

    fn each(&self, _source: Option<&Instance>, take: &mut Take<'_>) -> Result<()> {
        let host = host_name(&self.root)?;
        let numbers = numbers(&self.root)?;
        for (mount, file_system) in file_system::all(&self.reader, &self.root)? {
            if let Some(name) = device(&self.root, &mount, &numbers)
                && let Some(device) = block_device::read(&self.root, name)
            {
                take([storage_extent::any_instance(&host, device)?, file_system.to_instance()?])?;
            }
        }
        Ok(())
    }
}

/// The names of the block devices by their numbers, such as "sda1" by "8:1".
fn numbers(root: &Root) -> Result<HashMap<String, String>> {
    let numbered = |name: String| Some((block_device::read(root, &name)?.number?, name));
    Ok(block_device::names(root)?.into_iter().filter_map(numbered).collect())
}

/// The device on which a file system lies. Btrfs and others that may have several have a number that no device has, so
/// what was mounted tells.
fn device<'a>(root: &Root, mount: &Mount, numbers: &'a HashMap<String, String>) -> Option<&'a str> {
    let (major, minor) = mount.device;
    if let Some(name) = numbers.get(&format!("{major}:{minor}")) {
        return Some(name);
    }
    let source = mount.source.as_deref().filter(|source| source.starts_with("/dev/"))?;
    // /dev/mapper/NAME and /dev/disk/by-uuid/ID are links to the device.
    let path = root.path(source);
    let name = path.canonicalize().unwrap_or(path).file_name()?.to_str()?.to_owned();
    numbers.values().find(|known| **known == name).map(String::as_str)
}

impl Plain for ResidesOnExtents {
    type Class = LinuxResidesOnExtent;

    fn instance([antecedent, dependent]: [Instance; 2]) -> LinuxResidesOnExtent {
        LinuxResidesOnExtent::new(Keys { antecedent, dependent })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine_with;

    fn mount(device: (u32, u32), source: &str) -> Mount {
        Mount {
            id: 1,
            parent: 0,
            device,
            root: "/".to_owned(),
            mount_point: "/".into(),
            options: Vec::new(),
            file_system_type: "btrfs".to_owned(),
            source: Some(source.to_owned()),
            super_options: Vec::new(),
        }
    }

    #[test]
    fn the_device_is_known_by_its_number_or_else_by_what_was_mounted() {
        let (dir, root) = machine_with(&[("/dev/dm-0", b""), ("/dev/mapper/other", b"")]);
        std::os::unix::fs::symlink("../dm-0", dir.path().join("dev/mapper/data")).unwrap();
        let numbers = [("8:1", "sda1"), ("253:0", "dm-0")].map(|(number, name)| (number.to_owned(), name.to_owned()));
        let numbers = HashMap::from(numbers);
        for (mount, name) in [
            (mount((8, 1), "/dev/root"), Some("sda1")),
            (mount((0, 31), "/dev/sda1"), Some("sda1")),
            (mount((0, 31), "/dev/mapper/data"), Some("dm-0")),
            (mount((0, 31), "/dev/mapper/other"), None),
            (mount((0, 40), "tmpfs"), None),
            (mount((0, 41), "server:/export/sda1"), None),
        ] {
            assert_eq!(device(&root, &mount, &numbers), name, "{mount:?}");
        }
    }
}
