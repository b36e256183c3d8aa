//! Linux_NetworkNeighbor: the machines on the same link.

use super::{Interfaces, colons};
use crate::linux::Root;
use crate::linux::network::neighbour::{self, Neighbour};
use crate::schema::LinuxNetworkNeighbor;
use crate::schema::linux_network_neighbor::{AddressType, Keys, State};
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};

/// Serves Linux_NetworkNeighbor.
#[derive(Default)]
pub(crate) struct Neighbors {
    root: Root,
}

impl Enumerate<LinuxNetworkNeighbor> for Neighbors {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxNetworkNeighbor>) -> Result<()> {
        read(&self.root)?.into_iter().try_for_each(|neighbor| out.post(neighbor))
    }
}

impl Get<LinuxNetworkNeighbor> for Neighbors {
    fn get(&self, key: LinuxNetworkNeighbor, _query: &Query<'_>) -> Result<LinuxNetworkNeighbor> {
        let id = key.instance_id.as_deref().ok_or_else(|| {
            Error::invalid_parameter(
                "Linux_NetworkNeighbor is found by its key InstanceID, such as Linux:Neighbor:eth0:192.0.2.1",
            )
        })?;
        let found = read(&self.root)?.into_iter().find(|neighbor| neighbor.instance_id.as_deref() == Some(id));
        found.ok_or_else(|| not_found::<LinuxNetworkNeighbor>(&[("InstanceID", id)]))
    }
}

/// All neighbors. One of an interface that vanished since it was read is left out.
fn read(root: &Root) -> Result<Vec<LinuxNetworkNeighbor>> {
    let neighbours = neighbour::read(root)?;
    let interfaces = Interfaces::read(root)?;
    let named = neighbours.iter().filter_map(|neighbour| Some((neighbour, interfaces.name(neighbour.interface)?)));
    Ok(named.map(|(neighbour, interface)| instance(neighbour, interface)).collect())
}

fn instance(neighbour: &Neighbour, interface: String) -> LinuxNetworkNeighbor {
    let address = neighbour.address.to_string();
    LinuxNetworkNeighbor {
        caption: Some(address.clone()),
        element_name: Some(address.clone()),
        address_type: Some(if neighbour.address.is_ipv4() { AddressType::IPV4 } else { AddressType::IPV6 }),
        hardware_address: neighbour.hardware_address.as_deref().and_then(colons),
        interface_index: Some(neighbour.interface),
        state: Some(State(neighbour.state)),
        is_router: Some(neighbour.is_router),
        probes: neighbour.probes,
        address: Some(address.clone()),
        interface_name: Some(interface.clone()),
        ..LinuxNetworkNeighbor::new(Keys { instance_id: format!("Linux:Neighbor:{interface}:{address}") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    fn find(id: &str) -> LinuxNetworkNeighbor {
        let all = read(&machine("lab")).unwrap();
        all.into_iter().find(|neighbor| neighbor.instance_id.as_deref() == Some(id)).unwrap()
    }

    #[test]
    fn a_neighbor_is_known_by_interface_and_address() {
        let router = find("Linux:Neighbor:uplink:2001:db8::1");
        assert_eq!(router.hardware_address.as_deref(), Some("02:00:00:00:aa:06"));
        assert_eq!((router.state, router.is_router), (Some(State::PERMANENT), Some(true)));
        assert_eq!(router.address_type, Some(AddressType::IPV6));
    }

    #[test]
    fn one_that_does_not_answer_has_no_hardware_address() {
        let silent = find("Linux:Neighbor:uplink:192.0.2.98");
        assert_eq!((silent.state, silent.hardware_address), (Some(State::INCOMPLETE), None));
    }
}
