//! Linux_SoftwareIdentity: the installed packages.

use super::datetime;
use crate::linux::Root;
use crate::linux::packages::{self, Manager, Package};
use crate::schema::LinuxSoftwareIdentity;
use crate::schema::linux_software_identity::{ExtendedResourceType, Keys, OperationalStatus};
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};

const ID_PREFIX: &str = "Linux:Package:";

/// Serves Linux_SoftwareIdentity.
#[derive(Default)]
pub(crate) struct SoftwareIdentities {
    root: Root,
}

impl Enumerate<LinuxSoftwareIdentity> for SoftwareIdentities {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxSoftwareIdentity>) -> Result<()> {
        each(&self.root, &mut |package, manager| out.post(instance(package, manager)))
    }
}

impl Get<LinuxSoftwareIdentity> for SoftwareIdentities {
    fn get(&self, key: LinuxSoftwareIdentity, _query: &Query<'_>) -> Result<LinuxSoftwareIdentity> {
        let id = key.instance_id.as_deref().ok_or_else(|| {
            let what = "Linux_SoftwareIdentity is found by its key InstanceID, such as Linux:Package:adduser-3.134.all";
            Error::invalid_parameter(what)
        })?;
        let (package, manager) = find(&self.root, id)?;
        Ok(instance(package, manager))
    }
}

/// Hands out the installed packages one by one. The first entry of the database that makes no sense is an error, which
/// comes after all the others.
pub(super) fn each(root: &Root, use_it: &mut dyn FnMut(Package, Manager) -> Result<()>) -> Result<()> {
    let manager = Manager::of(root)?;
    let mut wrong = None;
    for package in packages::packages(root, manager)? {
        match package {
            Ok(package) => use_it(package, manager)?,
            Err(error) => wrong = wrong.or(Some(error)),
        }
    }
    wrong.map_or(Ok(()), |error| Err(error.into()))
}

/// The package with this InstanceID.
pub(super) fn find(root: &Root, id: &str) -> Result<(Package, Manager)> {
    let missing = || not_found::<LinuxSoftwareIdentity>(&[("InstanceID", id)]);
    let identity = id.strip_prefix(ID_PREFIX).ok_or_else(missing)?;
    let manager = Manager::of(root)?;
    let mut found = packages::packages(root, manager)?.flatten();
    let package = found.find(|package| package.identity() == identity).ok_or_else(missing)?;
    Ok((package, manager))
}

pub(super) fn instance(package: Package, manager: Manager) -> LinuxSoftwareIdentity {
    let identity = package.identity();
    let is_ok = package.trouble.is_none();
    let (resource_type, other) = resource_type(manager);
    LinuxSoftwareIdentity {
        name: Some(package.name),
        element_name: Some(identity.clone()),
        caption: package.summary,
        description: package.description,
        install_date: package.installed.and_then(datetime),
        operational_status: Some(vec![if is_ok { OperationalStatus::OK } else { OperationalStatus::ERROR }]),
        status_descriptions: package.trouble.map(|trouble| vec![trouble]),
        version_string: Some(package.full_version),
        manufacturer: package.vendor,
        extended_resource_type: Some(resource_type),
        other_extended_resource_type_description: other,
        epoch: package.epoch,
        version: Some(package.version),
        release: package.release,
        architecture: package.architecture,
        section: package.section,
        homepage: package.homepage,
        installed_size: package.installed_size,
        ..LinuxSoftwareIdentity::new(Keys { instance_id: format!("{ID_PREFIX}{identity}") })
    }
}

/// The format of the packages, and what it is called where the DMTF has no number for it.
pub(super) fn resource_type(manager: Manager) -> (ExtendedResourceType, Option<String>) {
    match manager {
        Manager::Dpkg => (ExtendedResourceType::DEBIAN_LINUX_PACKAGE, None),
        Manager::Rpm => (ExtendedResourceType::LINUX_RPM, None),
        Manager::Apk => (ExtendedResourceType::OTHER, Some("Alpine Package".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::{machine, machine_with};

    #[test]
    fn a_package_is_found_by_the_id_that_it_is_listed_with() {
        for name in ["debian12", "alpine"] {
            let root = machine(name);
            let mut count = 0;
            each(&root, &mut |package, manager| {
                let listed = instance(package, manager);
                let (package, manager) = find(&root, listed.instance_id.as_deref().unwrap())?;
                assert_eq!(instance(package, manager), listed);
                count += 1;
                Ok(())
            })
            .unwrap();
            assert!(count >= 2);
        }
    }

    #[test]
    fn a_package_that_is_half_installed_has_the_status_error_and_says_why() {
        let (package, manager) = find(&machine("debian12"), "Linux:Package:vim-2:9.0.1378-2.amd64").unwrap();
        let vim = instance(package, manager);
        assert_eq!(vim.operational_status, Some(vec![OperationalStatus::ERROR]));
        assert_eq!(vim.status_descriptions, Some(vec!["half-configured".to_owned()]));
        assert_eq!(vim.extended_resource_type, Some(ExtendedResourceType::DEBIAN_LINUX_PACKAGE));
    }

    #[test]
    fn the_error_of_a_damaged_database_comes_after_the_sound_packages() {
        let status = b"rubbish\n\nPackage: one\nStatus: install ok installed\nVersion: 1\n\n";
        let (_dir, root) = machine_with(&[("/var/lib/dpkg/status", status)]);
        let mut names = Vec::new();
        let error = each(&root, &mut |package, _| {
            names.push(package.name);
            Ok(())
        });
        assert!(error.unwrap_err().message().contains("rubbish"));
        assert_eq!(names, ["one"]);
    }
}
