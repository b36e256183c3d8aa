//! Linux_InstalledSoftwareIdentity: from the system to its packages, and back.

use super::association::{Pairs, Plain, Take};
use super::{computer_system, software_identity};
use crate::linux::Root;
use crate::schema::LinuxInstalledSoftwareIdentity;
use crate::schema::linux_installed_software_identity::Keys;
use omi::{Class, Instance, Result};

/// Serves Linux_InstalledSoftwareIdentity.
#[derive(Default)]
pub(crate) struct InstalledSoftware {
    root: Root,
}

impl Pairs for InstalledSoftware {
    const ENDS: [&'static str; 2] = ["System", "InstalledSoftware"];

    fn each(&self, _source: Option<&Instance>, take: &mut Take<'_>) -> Result<()> {
        let system = computer_system::instance(&self.root)?.to_instance()?;
        software_identity::each(&self.root, &mut |package, manager| {
            take([system.clone(), software_identity::instance(package, manager).to_instance()?])
        })
    }
}

impl Plain for InstalledSoftware {
    type Class = LinuxInstalledSoftwareIdentity;

    fn instance([system, installed_software]: [Instance; 2]) -> LinuxInstalledSoftwareIdentity {
        LinuxInstalledSoftwareIdentity::new(Keys { system, installed_software })
    }
}
