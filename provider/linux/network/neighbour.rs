//! Neighbours, found by ARP and by neighbour discovery of IPv6: `RTM_GETNEIGH` of rtnetlink(7).

use std::net::IpAddr;

use super::attributes::{split, u16_at, u32_at};
use super::netlink::{Dump, Request};
use crate::linux::error::Parsed;
use crate::linux::{Result, Root};

const RTM_NEWNEIGH: u16 = 28;
const RTM_GETNEIGH: u16 = 30;

/// Attributes of a neighbour: `linux/neighbour.h`.
mod nda {
    pub(super) const DST: u16 = 1;
    pub(super) const LLADDR: u16 = 2;
    pub(super) const PROBES: u16 = 4;
}

/// The state of addresses, such as multicast ones, whose hardware address need not be found.
const NUD_NOARP: u16 = 0x40;
/// The flag of a neighbour that forwards packets.
const NTF_ROUTER: u8 = 0x80;

/// A machine on the same link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// The index of the interface.
    pub interface: u32,
    /// Its address.
    pub address: IpAddr,
    /// The address of its hardware; `None` if it is not known.
    pub hardware_address: Option<Vec<u8>>,
    /// How well it is known: a `NUD_` number of rtnetlink(7).
    pub state: u16,
    /// Whether it is a router, as it says by IPv6.
    pub is_router: bool,
    /// How often it was asked since it last answered.
    pub probes: Option<u32>,
}

/// All neighbours of the network namespace, without addresses that need none, as `ip neighbour` shows them.
pub fn read(root: &Root) -> Result<Vec<Neighbour>> {
    let request = Request { name: "neighbours", protocol: None, kind: RTM_GETNEIGH, body: vec![0; 12] };
    Dump::read(root, &request)?.parse(RTM_NEWNEIGH, parse)
}

/// `struct ndmsg`: family, padding, interface, state, flags, type; then the attributes. `None` for another family.
fn parse(message: &[u8]) -> Parsed<Option<Neighbour>> {
    let (head, attributes) = split::<12>(message)?;
    let state = u16_at(&head, 8);
    let address = attributes.ip(nda::DST).filter(|_| state & NUD_NOARP == 0);
    Ok(address.map(|address| Neighbour {
        interface: u32_at(&head, 4),
        address,
        hardware_address: attributes.get(nda::LLADDR).map(<[u8]>::to_vec),
        state,
        is_router: head[10] & NTF_ROUTER != 0,
        probes: attributes.u32(nda::PROBES),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    #[test]
    fn neighbours_of_both_families_are_listed_with_their_states() {
        let neighbours = read(&machine("lab")).unwrap();
        let mut told: Vec<_> = neighbours.iter().map(|it| (it.address.to_string(), it.state, it.is_router)).collect();
        told.sort();
        let expected = [
            ("192.0.2.1", 0x02, false),
            ("192.0.2.2", 0x04, false),
            ("192.0.2.3", 0x80, false),
            ("192.0.2.98", 0x01, false),
            ("2001:db8::1", 0x80, true),
        ];
        assert_eq!(told, expected.map(|(address, state, is_router)| (address.to_owned(), state, is_router)));
        assert!(neighbours.iter().all(|it| it.interface == 3));
    }

    #[test]
    fn one_that_does_not_answer_has_no_hardware_address() {
        let neighbours = read(&machine("lab")).unwrap();
        let hardware = |address: &str| {
            let address: IpAddr = address.parse().unwrap();
            neighbours.iter().find(|it| it.address == address).unwrap().hardware_address.clone()
        };
        assert_eq!(hardware("192.0.2.98"), None);
        assert_eq!(hardware("192.0.2.1"), Some(vec![2, 0, 0, 0, 0xaa, 1]));
    }
}
