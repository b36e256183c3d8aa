//! SCX_FileSystem: the file systems that keep files on this machine.

use super::{COMPUTER_SYSTEM, host_name};
use crate::classes::fits;
use crate::linux::Root;
use crate::linux::filesystem::{self, FileSystem};
use crate::linux::mounts::Mount;
use crate::schema::ScxFileSystem;
use crate::schema::scx_file_system::Keys;
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};

/// Images: always full, so nothing to watch.
const IMAGES: &[&str] = &["cramfs", "erofs", "iso9660", "squashfs", "udf"];

/// Serves SCX_FileSystem.
pub(crate) struct FileSystems {
    root: Root,
    /// Kept, because it remembers which file systems hang.
    reader: filesystem::FileSystems,
}

impl Default for FileSystems {
    fn default() -> Self {
        let root = Root::host();
        Self { reader: filesystem::FileSystems::new(root.clone()), root }
    }
}

impl Enumerate<ScxFileSystem> for FileSystems {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, ScxFileSystem>) -> Result<()> {
        let host = host_name(&self.root)?;
        list(&self.reader)?.into_iter().try_for_each(|file_system| out.post(instance(&host, file_system)))
    }
}

impl Get<ScxFileSystem> for FileSystems {
    fn get(&self, key: ScxFileSystem, _query: &Query<'_>) -> Result<ScxFileSystem> {
        let name = key.name.as_deref().ok_or_else(|| {
            Error::invalid_parameter("SCX_FileSystem is found by its key Name, the path on which it is mounted")
        })?;
        let host = host_name(&self.root)?;
        let ours = fits(&key.cs_creation_class_name, COMPUTER_SYSTEM)
            && fits(&key.cs_name, &host)
            && fits(&key.creation_class_name, "SCX_FileSystem");
        let missing = || not_found::<ScxFileSystem>(&[("Name", name)]);
        let found = list(&self.reader)?.into_iter().find(|it| ours && mount_point(it) == name);
        Ok(instance(&host, found.ok_or_else(missing)?))
    }
}

/// The file systems of the compatibility set.
pub(super) fn list(reader: &filesystem::FileSystems) -> Result<Vec<FileSystem>> {
    Ok(reader.list_of(keeps_files_here)?)
}

fn keeps_files_here(mount: &Mount) -> bool {
    let kind = mount.file_system_type.as_str();
    // The layers of containers lie in another file system, but the one of our own root is all that a container has.
    let is_layer = kind == "overlay" && mount.mount_point.as_os_str() != "/";
    !filesystem::is_network(mount) && !filesystem::is_in_memory(mount) && !IMAGES.contains(&kind) && !is_layer
}

pub(super) fn mount_point(file_system: &FileSystem) -> String {
    file_system.mount.mount_point.to_string_lossy().into_owned()
}

fn instance(host: &str, file_system: FileSystem) -> ScxFileSystem {
    let name = mount_point(&file_system);
    let capacity = file_system.capacity();
    let files = |(total, free): (u64, u64)| total.saturating_sub(free);
    ScxFileSystem {
        root: Some(name.clone()),
        read_only: Some(file_system.mount.is_read_only()),
        is_online: Some(capacity.is_some()),
        block_size: capacity.map(|it| it.block_size),
        file_system_size: capacity.map(|it| it.total_bytes),
        available_space: capacity.map(|it| it.available_bytes),
        max_file_name_length: capacity.and_then(|it| u32::try_from(it.max_file_name_length).ok()),
        total_inodes: capacity.and_then(|it| it.total_inodes),
        free_inodes: capacity.and_then(|it| it.free_inodes),
        number_of_files: capacity.and_then(|it| it.total_inodes.zip(it.free_inodes)).map(files),
        file_system_type: Some(file_system.mount.file_system_type),
        ..ScxFileSystem::new(Keys { cs_name: host.to_owned(), name })
    }
}

/// Readers of made-up machines, for this class and its statistics.
#[cfg(test)]
pub(super) mod testing {
    use crate::linux::Root;
    use crate::linux::filesystem::{Capacity, FileSystems};
    use std::path::Path;
    use std::time::Duration;

    /// Sizes by mount point.
    pub(in crate::classes::scx) fn reader(root: &Root, sizes: &'static [(&str, Capacity)]) -> FileSystems {
        let base = root.path("/");
        FileSystems::with(root.clone(), Duration::from_secs(10), move |path: &Path| {
            let relative = path.strip_prefix(&base).unwrap_or(path);
            let place = Path::new("/").join(relative);
            let found = sizes.iter().find(|(mount_point, _)| Path::new(mount_point) == place);
            found.map(|(_, capacity)| *capacity).ok_or_else(|| std::io::ErrorKind::NotFound.into())
        })
    }

    /// A file system of which root has reserved a part.
    pub(in crate::classes::scx) const fn capacity(total: u64, free: u64, available: u64, inodes: u64) -> Capacity {
        Capacity {
            block_size: 4096,
            total_bytes: total,
            free_bytes: free,
            available_bytes: available,
            total_inodes: Some(inodes),
            free_inodes: Some(inodes / 2),
            max_file_name_length: 255,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{capacity, reader};
    use super::*;
    use crate::linux::filesystem::Capacity;
    use crate::linux::testing::machine_with;

    const MOUNTS: &[u8] = b"1 0 8:1 / / rw - ext4 /dev/sda1 rw\n\
        2 1 8:2 / /a\\040b rw - xfs /dev/sda2 rw\n\
        3 1 0:30 / /tmp rw - tmpfs tmpfs rw\n\
        4 1 0:40 / /net rw - nfs4 server:/export rw\n\
        5 1 7:0 / /snap/core ro - squashfs /dev/loop0 ro\n\
        6 1 0:41 / /var/lib/containers/merged rw - overlay overlay rw\n\
        7 1 0:42 / /tank rw - zfs tank rw\n";

    const SIZES: &[(&str, Capacity)] = &[
        ("/", capacity(100 << 30, 50 << 30, 45 << 30, 1000)),
        ("/a b", capacity(10 << 30, 5 << 30, 5 << 30, 10)),
        ("/tmp", capacity(1 << 30, 1 << 30, 1 << 30, 10)),
        ("/net", capacity(1 << 30, 1 << 30, 1 << 30, 10)),
        ("/snap/core", capacity(1 << 20, 0, 0, 10)),
        ("/var/lib/containers/merged", capacity(1 << 30, 1 << 30, 1 << 30, 10)),
        ("/tank", capacity(1 << 40, 1 << 40, 1 << 40, 10)),
    ];

    fn all() -> Vec<ScxFileSystem> {
        let (_dir, root) = machine_with(&[("/proc/self/mountinfo", MOUNTS)]);
        list(&reader(&root, SIZES)).unwrap().into_iter().map(|it| instance("web", it)).collect()
    }

    #[test]
    fn a_mount_point_with_a_blank_has_its_name_and_its_size() {
        let blank = all().into_iter().find(|it| it.name.as_deref() == Some("/a b")).unwrap();
        assert_eq!((blank.file_system_size, blank.is_online), (Some(10 << 30), Some(true)));
    }

    #[test]
    fn available_is_what_needs_no_special_rights() {
        assert_eq!(all()[0].available_space, Some(45 << 30));
    }

    #[test]
    fn those_in_memory_on_other_machines_and_of_images_are_left_out() {
        let names: Vec<_> = all().into_iter().map(|it| it.name.unwrap()).collect();
        assert_eq!(names, ["/", "/a b", "/tank"]);
    }
}
