//! Addresses of IPv4 and IPv6: `RTM_GETADDR` of rtnetlink(7).

use std::net::IpAddr;
use std::time::Duration;

use super::attributes::{split, u32_at};
use super::netlink::{Dump, Request};
use crate::linux::error::Parsed;
use crate::linux::{Result, Root};

const RTM_NEWADDR: u16 = 20;
const RTM_GETADDR: u16 = 22;

/// Attributes of an address: `linux/if_addr.h`.
mod ifa {
    pub(super) const ADDRESS: u16 = 1;
    pub(super) const LOCAL: u16 = 2;
    pub(super) const LABEL: u16 = 3;
    pub(super) const BROADCAST: u16 = 4;
    pub(super) const CACHEINFO: u16 = 6;
    pub(super) const FLAGS: u16 = 8;
    pub(super) const PROTO: u16 = 11;
}

/// Flags of an address: `linux/if_addr.h`.
mod flag {
    pub(super) const SECONDARY: u32 = 0x01;
    pub(super) const DAD_FAILED: u32 = 0x08;
    pub(super) const DEPRECATED: u32 = 0x20;
    pub(super) const TENTATIVE: u32 = 0x40;
    pub(super) const PERMANENT: u32 = 0x80;
    pub(super) const MANAGE_TEMPORARY: u32 = 0x100;
}

/// Who made an address, since Linux 5.18: `IFAPROT_` numbers.
pub mod origin {
    /// The kernel, for the loopback interface.
    pub const LOOPBACK: u8 = 1;
    /// The kernel, from a router's announcement.
    pub const ROUTER: u8 = 2;
    /// The kernel, for the link.
    pub const LINK_LOCAL: u8 = 3;
}

/// An address of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The index of the interface.
    pub interface: u32,
    /// The address of this machine.
    pub address: IpAddr,
    /// How many of its bits name the network.
    pub prefix_length: u8,
    /// The address at the other end of a point-to-point link.
    pub peer: Option<IpAddr>,
    /// The address of all machines on the network; IPv4 only.
    pub broadcast: Option<IpAddr>,
    /// The name that ifconfig shows, such as "eth0:1"; IPv4 only.
    pub label: Option<String>,
    /// Where it is valid, as in rt_scopes: 0 everywhere, 253 on the link, 254 on this machine.
    pub scope: u8,
    /// Whether another address of the same network comes first.
    pub is_secondary: bool,
    /// Whether it is not used before it is known that no other machine has it.
    pub is_tentative: bool,
    /// Whether another machine has it.
    pub is_duplicate: bool,
    /// Whether new connections should use another one.
    pub is_deprecated: bool,
    /// Whether it does not go away by itself.
    pub is_permanent: bool,
    /// How long it stays preferred and valid; `None` for ever.
    pub preferred_for: Option<Duration>,
    /// How long it stays valid; `None` for ever.
    pub valid_for: Option<Duration>,
    /// Who made it, as a number of [`origin`]; `None` if that is not known.
    pub origin: Option<u8>,
}

/// All addresses of the network namespace.
pub fn read(root: &Root) -> Result<Vec<Address>> {
    let request = Request { name: "addresses", protocol: None, kind: RTM_GETADDR, body: vec![0; 8] };
    Dump::read(root, &request)?.parse(RTM_NEWADDR, parse)
}

/// `struct ifaddrmsg`: family, prefix length, flags, scope, index; then the attributes. `None` for another family.
fn parse(message: &[u8]) -> Parsed<Option<Address>> {
    let (head, attributes) = split::<8>(message)?;
    let [_family, prefix_length, old_flags, scope, ..] = head;
    let flags = attributes.u32(ifa::FLAGS).unwrap_or(old_flags.into());
    let far = attributes.ip(ifa::ADDRESS);
    // Where both are given, the local one is that of this machine.
    let Some(address) = attributes.ip(ifa::LOCAL).or(far) else { return Ok(None) };
    let lifetime = |at: usize| {
        let cache = attributes.get(ifa::CACHEINFO)?;
        let seconds = cache.get(at..at + 4).map(|_| u32_at(cache, at))?;
        (seconds != u32::MAX).then(|| Duration::from_secs(seconds.into()))
    };
    Ok(Some(Address {
        interface: u32_at(&head, 4),
        address,
        prefix_length,
        peer: far.filter(|far| *far != address),
        broadcast: attributes.ip(ifa::BROADCAST),
        label: attributes.text(ifa::LABEL),
        scope,
        // For IPv6 the same bit marks a temporary address.
        is_secondary: address.is_ipv4() && flags & flag::SECONDARY != 0,
        is_tentative: flags & flag::TENTATIVE != 0,
        is_duplicate: flags & flag::DAD_FAILED != 0,
        is_deprecated: flags & flag::DEPRECATED != 0,
        is_permanent: flags & flag::PERMANENT != 0,
        preferred_for: lifetime(0),
        valid_for: lifetime(4),
        // Only announced prefixes make temporary addresses, also on kernels that do not tell the origin.
        origin: attributes
            .u8(ifa::PROTO)
            .or((flags & flag::MANAGE_TEMPORARY != 0).then_some(origin::ROUTER))
            .filter(|origin| *origin != 0),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    fn find(address: &str) -> Address {
        let address: IpAddr = address.parse().unwrap();
        read(&machine("lab")).unwrap().into_iter().find(|found| found.address == address).unwrap()
    }

    #[test]
    fn an_interface_has_all_its_addresses_of_both_families() {
        let addresses = read(&machine("lab")).unwrap();
        let mut uplink: Vec<_> =
            addresses.iter().filter(|it| it.interface == 3).map(|it| it.address.to_string()).collect();
        uplink.sort();
        assert_eq!(uplink, ["192.0.2.10", "192.0.2.11", "2001:db8::10", "2001:db8::77", "fe80::ff:fe00:1"]);
    }

    #[test]
    fn an_address_of_ipv4_has_broadcast_and_label() {
        let first = find("192.0.2.10");
        assert_eq!((first.prefix_length, first.broadcast), (24, "192.0.2.255".parse().ok()));
        assert_eq!((first.label.as_deref(), first.is_secondary, first.scope), (Some("uplink"), false, 0));
        assert_eq!((first.is_permanent, first.valid_for, first.peer), (true, None, None));
        let second = find("192.0.2.11");
        assert_eq!((second.label.as_deref(), second.is_secondary), (Some("uplink:1"), true));
    }

    #[test]
    fn the_address_at_the_other_end_is_not_ours() {
        let near = find("203.0.113.5");
        assert_eq!((near.peer, near.prefix_length), ("203.0.113.9".parse().ok(), 32));
    }

    #[test]
    fn an_address_that_goes_away_says_when() {
        let going = find("2001:db8::77");
        assert!(going.is_deprecated && !going.is_permanent && !going.is_tentative);
        assert_eq!((going.preferred_for, going.valid_for), (Some(Duration::ZERO), Some(Duration::from_secs(7200))));
    }

    #[test]
    fn the_kernel_says_which_addresses_it_made() {
        let link_local = find("fe80::ff:fe00:1");
        assert_eq!(
            (link_local.origin, link_local.scope, link_local.is_tentative),
            (Some(origin::LINK_LOCAL), 253, true)
        );
        assert_eq!((find("::1").origin, find("::1").scope), (Some(origin::LOOPBACK), 254));
        assert_eq!(find("2001:db8::10").origin, None);
    }
}
