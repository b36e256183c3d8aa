//! Linux_BindsToLANEndpoint: from the endpoint of a LAN to the addresses there and back.

use super::{ip_endpoint, lan_endpoint};
use crate::classes::association::{self, Pairs, Take};
use crate::linux::Root;
use crate::schema::LinuxBindsToLanEndpoint;
use crate::schema::linux_binds_to_lan_endpoint::Keys;
use omi::association::Traversal;
use omi::{AnySink, Associate, Class, Enumerate, Instance, Query, Result, Sink};

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

impl Associate<LinuxBindsToLanEndpoint> for LanBindings {
    fn associators(&self, from: &Traversal, _query: &Query<'_>, out: &mut AnySink<'_>) -> Result<()> {
        association::associators(self, from, out)
    }

    fn references(
        &self,
        from: &Traversal,
        query: &Query<'_>,
        out: &mut Sink<'_, LinuxBindsToLanEndpoint>,
    ) -> Result<()> {
        association::references(self, from, query.namespace(), &mut |ends| out.post(instance(ends)))
    }
}

impl Enumerate<LinuxBindsToLanEndpoint> for LanBindings {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxBindsToLanEndpoint>) -> Result<()> {
        association::all(self, query.namespace(), &mut |ends| out.post(instance(ends)))
    }
}

fn instance([antecedent, dependent]: [Instance; 2]) -> LinuxBindsToLanEndpoint {
    LinuxBindsToLanEndpoint::new(Keys { antecedent, dependent })
}
