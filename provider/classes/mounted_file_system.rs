//! Linux_MountedFileSystem: mounts and the entries of fstab, mounting and unmounting.

use super::deed::{Deed, perform};
use super::file_system::options;
use crate::linux::Root;
use crate::linux::fstab::{self, Entry};
use crate::linux::mount_control::{self, Mounting, Unmounting};
use crate::linux::mounts::{self, Mount as Mounted};
use crate::schema::LinuxMountedFileSystem;
use crate::schema::linux_mounted_file_system::{Keys, Mount, MountOutput, Unmount, UnmountOutput, mount, unmount};
use omi::{Enumerate, Error, Get, Invoke, Query, Result, Sink, not_found};
use std::path::Path;

/// Serves Linux_MountedFileSystem.
#[derive(Default)]
pub(crate) struct MountedFileSystems {
    root: Root,
}

impl Enumerate<LinuxMountedFileSystem> for MountedFileSystems {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxMountedFileSystem>) -> Result<()> {
        all(&self.root)?.into_iter().try_for_each(|mount| out.post(mount))
    }
}

impl Get<LinuxMountedFileSystem> for MountedFileSystems {
    fn get(&self, key: LinuxMountedFileSystem, _query: &Query<'_>) -> Result<LinuxMountedFileSystem> {
        let place = key.mount_point_path.ok_or_else(|| {
            Error::invalid_parameter("Linux_MountedFileSystem is found by its keys MountPointPath and FileSystemSpec")
        })?;
        let found = all(&self.root)?.into_iter().find(|mount| {
            mount.mount_point_path.as_ref() == Some(&place)
                && (key.file_system_spec.is_none() || mount.file_system_spec == key.file_system_spec)
        });
        found.ok_or_else(|| not_found::<LinuxMountedFileSystem>(&[("MountPointPath", &place)]))
    }
}

impl Invoke<Mount> for MountedFileSystems {
    fn invoke(&self, _target: Option<LinuxMountedFileSystem>, input: Mount, query: &Query<'_>) -> Result<MountOutput> {
        let needs = |name| Error::invalid_parameter(format!("Mount needs the parameter {name}"));
        let source = input.file_system_spec.ok_or_else(|| needs("FileSystemSpec"))?;
        let place = input.mount_point_path.ok_or_else(|| needs("MountPointPath"))?;
        let what = Mounting {
            source: &source,
            mount_point: Path::new(&place),
            file_system_type: input.file_system_type.as_deref(),
            options: input.options.as_deref().unwrap_or_default(),
        };
        let target = format!("{source} on {place}");
        perform(query, Deed::new("mount", &target), || mount_control::mount(&self.root, &what))?;
        Ok(MountOutput { return_value: Some(mount::ReturnValue::COMPLETED_WITH_NO_ERROR) })
    }
}

impl Invoke<Unmount> for MountedFileSystems {
    fn invoke(
        &self,
        _target: Option<LinuxMountedFileSystem>,
        input: Unmount,
        query: &Query<'_>,
    ) -> Result<UnmountOutput> {
        let place = input
            .mount_point_path
            .ok_or_else(|| Error::invalid_parameter("Unmount needs the parameter MountPointPath"))?;
        let how = Unmounting { force: input.force.unwrap_or(false), lazy: input.lazy.unwrap_or(false) };
        perform(query, Deed::new("unmount", &place), || mount_control::unmount(&self.root, Path::new(&place), how))?;
        Ok(UnmountOutput { return_value: Some(unmount::ReturnValue::COMPLETED_WITH_NO_ERROR) })
    }
}

/// What is mounted, then the entries of fstab whose place nothing is mounted on.
fn all(root: &Root) -> Result<Vec<LinuxMountedFileSystem>> {
    let (mounts, entries) = (mounts::visible(root)?, fstab::read(root)?);
    let at = |place: &Path| entries.iter().find(|entry| entry.mount_point.as_deref() == Some(place));
    let is_mounted = |entry: &&Entry| mounts.iter().any(|mount| Some(&mount.mount_point) == entry.mount_point.as_ref());
    let mounted = mounts.iter().map(|mount| of_mount(mount, at(&mount.mount_point)));
    let others = entries.iter().filter(|entry| !is_mounted(entry)).filter_map(of_entry);
    Ok(mounted.chain(others).collect())
}

fn of_mount(mount: &Mounted, entry: Option<&Entry>) -> LinuxMountedFileSystem {
    let place = mount.mount_point.to_string_lossy().into_owned();
    let spec = mount.source.clone().unwrap_or_else(|| mount.file_system_type.clone());
    LinuxMountedFileSystem {
        caption: Some(place.clone()),
        element_name: Some(place.clone()),
        file_system_type: Some(mount.file_system_type.clone()),
        is_mounted: Some(true),
        options: Some(options(&mount.options, &mount.super_options)),
        mount_root: Some(mount.root.clone()),
        is_in_fstab: Some(entry.is_some()),
        fstab_spec: entry.map(|entry| entry.source.clone()),
        fstab_options: entry.map(|entry| entry.options.clone()),
        fstab_pass: entry.map(|entry| entry.pass),
        ..LinuxMountedFileSystem::new(Keys { mount_point_path: place, file_system_spec: spec })
    }
}

/// An entry that is not mounted. `None` for swap, which has no place.
fn of_entry(entry: &Entry) -> Option<LinuxMountedFileSystem> {
    let place = entry.mount_point.as_ref()?.to_string_lossy().into_owned();
    let keys = Keys { mount_point_path: place.clone(), file_system_spec: entry.source.clone() };
    Some(LinuxMountedFileSystem {
        caption: Some(place.clone()),
        element_name: Some(place),
        file_system_type: Some(entry.file_system_type.clone()),
        is_mounted: Some(false),
        is_in_fstab: Some(true),
        fstab_spec: Some(entry.source.clone()),
        fstab_options: Some(entry.options.clone()),
        fstab_pass: Some(entry.pass),
        ..LinuxMountedFileSystem::new(keys)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine_with;

    #[test]
    fn mounts_know_their_entries_and_entries_that_are_not_mounted_are_there_too() {
        let mountinfo = b"95 1 8:2 / / rw,relatime - ext4 /dev/sda2 rw\n96 95 0:5 / /proc rw - proc proc rw\n";
        let fstab = b"UUID=1-2 / ext4 noatime 0 1\n/dev/sdb1 /backup xfs noauto 0 2\n/dev/sda3 none swap sw 0 0\n";
        let (_dir, root) = machine_with(&[("/proc/self/mountinfo", mountinfo), ("/etc/fstab", fstab)]);
        let all = all(&root).unwrap();
        let facts: Vec<_> = all
            .iter()
            .map(|it| (it.mount_point_path.as_deref().unwrap(), it.is_mounted.unwrap(), it.fstab_spec.as_deref()))
            .collect();
        assert_eq!(
            facts,
            [("/", true, Some("UUID=1-2")), ("/proc", true, None), ("/backup", false, Some("/dev/sdb1"))]
        );
        assert_eq!(all[2].options, None);
    }
}
