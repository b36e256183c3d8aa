//! Linux_BindsToLANEndpoint: from the endpoint of a LAN to the addresses there and back.

use super::{ip_endpoint, lan_endpoint};
use crate::classes::association::{Pairs, Plain, Take};
use crate::linux::Root;
use crate::schema::LinuxBindsToLanEndpoint;
use crate::schema::linux_binds_to_lan_endpoint::Keys;
use omi::{Class, Instance, Result};

/// Serves Linux_BindsToLANEndpoint.
#[derive(Default)]
pub(crate) struct LanBindings {
    root: Root,
}

impl Pairs for LanBindings {
    const ENDS: [&'static str; 2] = ["Antecedent", "Dependent"];

    fn each(&self, _source: Option<&Instance>, take: &mut Take<'_>) -> Result<()> {
        let lans = lan_endpoint::read(&self.root)?;
        for address in ip_endpoint::read(&self.root)? {
            if let Some(lan) = lans.iter().find(|lan| lan.name == address.interface_name) {
                take([lan.to_instance()?, address.to_instance()?])?;
            }
        }
        Ok(())
    }
}

impl Plain for LanBindings {
    type Class = LinuxBindsToLanEndpoint;

    fn instance([antecedent, dependent]: [Instance; 2]) -> LinuxBindsToLanEndpoint {
        LinuxBindsToLanEndpoint::new(Keys { antecedent, dependent })
    }
}
