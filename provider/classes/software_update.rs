//! Linux_SoftwareUpdate: newer versions of installed packages.

use super::software_identity::resource_type;
use crate::linux::Root;
use crate::linux::packages::{self, Manager, Update};
use crate::schema::LinuxSoftwareUpdate;
use crate::schema::linux_software_update::{ExtendedResourceType, Keys};
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};

const ID_PREFIX: &str = "Linux:Update:";

/// Serves Linux_SoftwareUpdate.
#[derive(Default)]
pub(crate) struct SoftwareUpdates {
    root: Root,
}

impl Enumerate<LinuxSoftwareUpdate> for SoftwareUpdates {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxSoftwareUpdate>) -> Result<()> {
        let manager = Manager::of(&self.root)?;
        packages::updates(&self.root)?.into_iter().try_for_each(|update| out.post(instance(update, manager)))
    }
}

impl Get<LinuxSoftwareUpdate> for SoftwareUpdates {
    fn get(&self, key: LinuxSoftwareUpdate, _query: &Query<'_>) -> Result<LinuxSoftwareUpdate> {
        let id = key.instance_id.as_deref().ok_or_else(|| {
            Error::invalid_parameter(
                "Linux_SoftwareUpdate is found by its key InstanceID, such as Linux:Update:vim-2:9.1-2.amd64",
            )
        })?;
        Ok(instance(find(&self.root, id)?, Manager::of(&self.root)?))
    }
}

/// The update with this InstanceID.
pub(super) fn find(root: &Root, id: &str) -> Result<Update> {
    let missing = || not_found::<LinuxSoftwareUpdate>(&[("InstanceID", id)]);
    let identity = id.strip_prefix(ID_PREFIX).ok_or_else(missing)?;
    let mut updates = packages::updates(root)?.into_iter();
    updates.find(|update| update.identity() == identity).ok_or_else(missing)
}

fn instance(update: Update, manager: Manager) -> LinuxSoftwareUpdate {
    let identity = update.identity();
    let (resource_type, other) = resource_type(manager);
    LinuxSoftwareUpdate {
        name: Some(update.name),
        element_name: Some(identity.clone()),
        version_string: Some(update.version),
        extended_resource_type: Some(ExtendedResourceType(resource_type.0)),
        other_extended_resource_type_description: other,
        installed_version: update.installed,
        architecture: update.architecture,
        repository: update.repository,
        ..LinuxSoftwareUpdate::new(Keys { instance_id: format!("{ID_PREFIX}{identity}") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_is_no_installed_package_and_says_what_it_replaces() {
        let update = Update {
            name: "vim".to_owned(),
            version: "2:9.1-2".to_owned(),
            installed: Some("2:9.0-1".to_owned()),
            architecture: Some("amd64".to_owned()),
            repository: Some("Debian:12.8/stable".to_owned()),
        };
        let vim = instance(update, Manager::Dpkg);
        assert_eq!(vim.instance_id.as_deref(), Some("Linux:Update:vim-2:9.1-2.amd64"));
        assert_eq!(vim.extended_resource_type, Some(ExtendedResourceType::DEBIAN_LINUX_PACKAGE));
        assert_eq!((vim.installed_version.as_deref(), vim.is_entity), (Some("2:9.0-1"), Some(false)));
    }
}
