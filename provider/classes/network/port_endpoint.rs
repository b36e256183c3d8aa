//! Linux_PortImplementsEndpoint: from a network interface to what is spoken there and back.

use super::{ip_endpoint, lan_endpoint, port};
use crate::classes::association::{self, Pairs, Take};
use crate::linux::Root;
use crate::schema::LinuxPortImplementsEndpoint;
use crate::schema::linux_port_implements_endpoint::Keys;
use omi::association::Traversal;
use omi::{AnySink, Associate, Class, Enumerate, Instance, Query, Result, Sink};

/// Serves Linux_PortImplementsEndpoint.
#[derive(Default)]
pub(crate) struct PortEndpoints {
    root: Root,
}

impl Pairs for PortEndpoints {
    const ENDS: [&'static str; 2] = ["Antecedent", "Dependent"];

    fn each(&self, _source: Option<&Instance>, take: &mut Take<'_>) -> Result<()> {
        let ports: Vec<Instance> = port::all(&self.root)?.collect::<Result<_>>()?;
        let find = |name: &Option<String>| ports.iter().find(|port| port.text("DeviceID") == name.as_deref()).cloned();
        for endpoint in lan_endpoint::read(&self.root)? {
            if let Some(port) = find(&endpoint.name) {
                take([port, endpoint.to_instance()?])?;
            }
        }
        for endpoint in ip_endpoint::read(&self.root)? {
            if let Some(port) = find(&endpoint.interface_name) {
                take([port, endpoint.to_instance()?])?;
            }
        }
        Ok(())
    }
}

impl Associate<LinuxPortImplementsEndpoint> for PortEndpoints {
    fn associators(&self, from: &Traversal, _query: &Query<'_>, out: &mut AnySink<'_>) -> Result<()> {
        association::associators(self, from, out)
    }

    fn references(
        &self,
        from: &Traversal,
        query: &Query<'_>,
        out: &mut Sink<'_, LinuxPortImplementsEndpoint>,
    ) -> Result<()> {
        association::references(self, from, query.namespace(), &mut |ends| out.post(instance(ends)))
    }
}

impl Enumerate<LinuxPortImplementsEndpoint> for PortEndpoints {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxPortImplementsEndpoint>) -> Result<()> {
        association::all(self, query.namespace(), &mut |ends| out.post(instance(ends)))
    }
}

fn instance([antecedent, dependent]: [Instance; 2]) -> LinuxPortImplementsEndpoint {
    LinuxPortImplementsEndpoint::new(Keys { antecedent, dependent })
}
