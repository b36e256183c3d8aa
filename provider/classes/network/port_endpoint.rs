//! Linux_PortImplementsEndpoint: from a network interface to what is spoken there and back.

use super::{ip_endpoint, lan_endpoint, port};
use crate::classes::association::{Pairs, Plain, Take};
use crate::linux::Root;
use crate::schema::LinuxPortImplementsEndpoint;
use crate::schema::linux_port_implements_endpoint::Keys;
use omi::{Class, Instance, Result};

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

impl Plain for PortEndpoints {
    type Class = LinuxPortImplementsEndpoint;

    fn instance([antecedent, dependent]: [Instance; 2]) -> LinuxPortImplementsEndpoint {
        LinuxPortImplementsEndpoint::new(Keys { antecedent, dependent })
    }
}
