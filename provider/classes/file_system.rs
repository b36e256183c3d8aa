//! Linux_FileSystem: what is mounted, and how full it is.

use super::{fits, host_name};
use crate::linux::Root;
use crate::linux::filesystem::{self, Answer, Capacity, FileSystem};
use crate::linux::mounts::Mount;
use crate::schema::LinuxFileSystem;
use crate::schema::linux_file_system::{Keys, OperationalStatus, PersistenceType};
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};

/// Serves Linux_FileSystem.
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

impl Enumerate<LinuxFileSystem> for FileSystems {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxFileSystem>) -> Result<()> {
        let host = host_name(&self.root)?;
        for file_system in self.reader.list()? {
            out.post(instance(&host, file_system))?;
        }
        Ok(())
    }
}

impl Get<LinuxFileSystem> for FileSystems {
    fn get(&self, key: LinuxFileSystem, _query: &Query<'_>) -> Result<LinuxFileSystem> {
        let name = key.name.as_deref().ok_or_else(|| {
            Error::invalid_parameter("Linux_FileSystem is found by its key Name, the path on which it is mounted")
        })?;
        let host = host_name(&self.root)?;
        let ours = fits(&key.cs_creation_class_name, "Linux_ComputerSystem")
            && fits(&key.cs_name, &host)
            && fits(&key.creation_class_name, "Linux_FileSystem");
        let missing = || not_found::<LinuxFileSystem>(&[("Name", name)]);
        if !ours {
            return Err(missing());
        }
        let found =
            self.reader.get(name).map_err(|error| if error.is_not_found() { missing() } else { error.into() })?;
        Ok(instance(&host, found))
    }
}

/// All file systems, each with its mount.
pub(super) fn all(reader: &filesystem::FileSystems, root: &Root) -> Result<Vec<(Mount, LinuxFileSystem)>> {
    let host = host_name(root)?;
    Ok(reader.list()?.into_iter().map(|it| (it.mount.clone(), instance(&host, it))).collect())
}

fn instance(host: &str, file_system: FileSystem) -> LinuxFileSystem {
    let persistence = if file_system.is_in_memory() {
        Some(PersistenceType::TEMPORARY)
    } else if file_system.is_network() {
        Some(PersistenceType::EXTERNAL)
    } else {
        // Major number 0 means that no block device is behind it.
        (file_system.mount.device.0 != 0).then_some(PersistenceType::PERSISTENT)
    };
    let status = if file_system.is_responding() { OperationalStatus::OK } else { OperationalStatus::NO_CONTACT };
    let is_network = file_system.is_network();
    let is_responding = file_system.is_responding();
    let FileSystem { mount, answer } = file_system;
    let mount_point = mount.mount_point.to_string_lossy().into_owned();
    let mut instance = LinuxFileSystem {
        caption: Some(mount_point.clone()),
        element_name: Some(mount_point.clone()),
        root: Some(mount_point.clone()),
        device_number: Some(format!("{}:{}", mount.device.0, mount.device.1)),
        read_only: Some(mount.is_read_only()),
        mount_options: Some(options(&mount.options, &mount.super_options)),
        mount_root: Some(mount.root),
        file_system_type: Some(mount.file_system_type),
        device_name: mount.source,
        is_network: Some(is_network),
        is_responding: Some(is_responding),
        operational_status: Some(vec![status]),
        persistence_type: persistence,
        ..LinuxFileSystem::new(Keys { cs_name: host.to_owned(), name: mount_point })
    };
    if let Answer::Given(capacity) = answer {
        set_capacity(&mut instance, &capacity);
    }
    instance
}

fn set_capacity(instance: &mut LinuxFileSystem, capacity: &Capacity) {
    let used = capacity.total_bytes.saturating_sub(capacity.free_bytes);
    instance.block_size = Some(capacity.block_size);
    instance.file_system_size = Some(capacity.total_bytes);
    // What a user can still write; the rest of the free space is reserved for root.
    instance.available_space = Some(capacity.available_bytes);
    instance.used_space = Some(used);
    instance.percent_used_space = percent(used, used.saturating_add(capacity.available_bytes));
    instance.max_file_name_length = u32::try_from(capacity.max_file_name_length).ok();
    instance.total_inodes = capacity.total_inodes;
    instance.free_inodes = capacity.free_inodes;
    instance.number_of_files =
        capacity.total_inodes.zip(capacity.free_inodes).map(|(total, free)| total.saturating_sub(free));
}

/// The share in percent, rounded up as `df` does; `None` of nothing.
pub(super) fn percent(part: u64, whole: u64) -> Option<u8> {
    let percent = (u128::from(part) * 100).div_ceil(u128::from(whole).max(1));
    (whole != 0).then(|| u8::try_from(percent).ok()).flatten()
}

/// The options of the mount, then those of the file system, each once.
pub(super) fn options(mount: &[String], file_system: &[String]) -> Vec<String> {
    let mut all = mount.to_vec();
    for option in file_system {
        if !all.contains(option) {
            all.push(option.clone());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_rounds_up_as_df_does() {
        assert_eq!(percent(1, 1000), Some(1));
        assert_eq!(percent(0, 1000), Some(0));
        assert_eq!(percent(1000, 1000), Some(100));
        assert_eq!(percent(0, 0), None);
    }

    #[test]
    fn options_are_listed_once() {
        let [mount, super_options] = [["rw", "noexec"], ["rw", "size=10m"]].map(|it| it.map(String::from));
        assert_eq!(options(&mount, &super_options), ["rw", "noexec", "size=10m"]);
    }
}
