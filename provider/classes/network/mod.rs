//! The network: interfaces, addresses, routes, neighbours, sockets and name servers.

pub(crate) mod dns;
pub(crate) mod ip_endpoint;
pub(crate) mod lan_binding;
pub(crate) mod lan_endpoint;
pub(crate) mod neighbor;
pub(crate) mod port;
pub(crate) mod port_endpoint;
pub(crate) mod port_statistics;
pub(crate) mod process_endpoint;
pub(crate) mod route;
pub(crate) mod socket;

use crate::linux::Root;
use crate::linux::network::{Link, link};
use crate::schema::cim_enabled_logical_element::EnabledState;
use omi::Result;

/// The interfaces of the network namespace, to find the name behind an index.
struct Interfaces(Vec<Link>);

impl Interfaces {
    fn read(root: &Root) -> Result<Self> {
        Ok(Self(link::read(root, false)?))
    }

    /// `None` for an interface that is gone, or in another namespace.
    fn find(&self, index: u32) -> Option<&Link> {
        self.0.iter().find(|link| link.index == index)
    }

    fn name(&self, index: u32) -> Option<String> {
        self.find(index).map(|link| link.name.clone())
    }
}

/// The state of an interface, and of what is spoken there.
pub(super) fn enabled_state(link: &Link) -> EnabledState {
    match (link.is_up, link.has_carrier) {
        (false, _) => EnabledState::DISABLED,
        (true, Some(false)) => EnabledState::ENABLED_BUT_OFFLINE,
        (true, _) => EnabledState::ENABLED,
    }
}

/// An address of hardware as hexadecimal digits, as the DMTF writes it. `None` if there is none.
pub(super) fn digits(address: &[u8]) -> Option<String> {
    (!address.is_empty()).then(|| address.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// An address of hardware with colons, as people write it. `None` if there is none.
pub(super) fn colons(address: &[u8]) -> Option<String> {
    let bytes: Vec<_> = address.iter().map(|byte| format!("{byte:02x}")).collect();
    (!bytes.is_empty()).then(|| bytes.join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_hardware_is_written_both_ways() {
        let address = [2, 0xfc, 0, 0, 0, 1];
        assert_eq!(digits(&address).as_deref(), Some("02fc00000001"));
        assert_eq!(colons(&address).as_deref(), Some("02:fc:00:00:00:01"));
        assert_eq!((digits(&[]), colons(&[])), (None, None));
    }

    #[test]
    fn an_interface_without_a_cable_is_enabled_but_offline() {
        let link = |is_up, has_carrier| Link { is_up, has_carrier, ..Link::default() };
        assert_eq!(enabled_state(&link(true, Some(false))), EnabledState::ENABLED_BUT_OFFLINE);
        assert_eq!(enabled_state(&link(true, Some(true))), EnabledState::ENABLED);
        assert_eq!(enabled_state(&link(false, Some(true))), EnabledState::DISABLED);
    }
}
