//! Routes of IPv4 and IPv6: `RTM_GETROUTE` of rtnetlink(7).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::attributes::{Attributes, ip, split, u16_at, u32_at};
use super::netlink::{Dump, Request};
use crate::linux::error::Parsed;
use crate::linux::{Result, Root};

const RTM_NEWROUTE: u16 = 24;
const RTM_GETROUTE: u16 = 26;

/// A copy that the kernel made of a route for one destination.
const RTM_F_CLONED: u32 = 0x200;

/// Attributes of a route: `linux/rtnetlink.h`.
mod rta {
    pub(super) const DST: u16 = 1;
    pub(super) const SRC: u16 = 2;
    pub(super) const OIF: u16 = 4;
    pub(super) const GATEWAY: u16 = 5;
    pub(super) const PRIORITY: u16 = 6;
    pub(super) const PREFSRC: u16 = 7;
    pub(super) const METRICS: u16 = 8;
    pub(super) const MULTIPATH: u16 = 9;
    pub(super) const TABLE: u16 = 15;
    pub(super) const VIA: u16 = 18;

    pub(super) const METRIC_MTU: u16 = 2;
}

/// The length of `struct rtnexthop`.
const NEXT_HOP: usize = 8;

/// One way to a destination. A route over several next hops is several of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The address of the destination's network; all 0 for the default route.
    pub destination: IpAddr,
    /// How many bits of it name the network; 0 for the default route.
    pub prefix_length: u8,
    /// For packets from here only, with the length of the prefix. `None` for packets from anywhere.
    pub source: Option<(IpAddr, u8)>,
    /// For packets of this type of service only; 0 for all.
    pub type_of_service: u8,
    /// The table that it is in: 254 is the main one, 255 that of the machine's own addresses.
    pub table: u32,
    /// What happens to the packet: an `RTN_` number of rtnetlink(7).
    pub kind: u8,
    /// Who made it: an `RTPROT_` number of rtnetlink(7).
    pub protocol: u8,
    /// How far the destination is: 0 is anywhere, 253 on the link, 254 on this machine.
    pub scope: u8,
    /// The lowest one is taken. `None` is 0.
    pub metric: Option<u32>,
    /// The address that packets of this machine get as theirs.
    pub preferred_source: Option<IpAddr>,
    /// Where packets go next; `None` for a destination on the link. Can be an address of the other family.
    pub gateway: Option<IpAddr>,
    /// The index of the interface on which they leave; `None` for a route that drops them.
    pub interface: Option<u32>,
    /// Which share of the packets goes this way, for one of several next hops.
    pub weight: Option<u32>,
    /// The largest packet that can go this way, in bytes, where it was set.
    pub mtu: Option<u32>,
}

/// All routes of all tables of the network namespace.
pub fn read(root: &Root) -> Result<Vec<Route>> {
    let request = Request { name: "routes", protocol: None, kind: RTM_GETROUTE, body: vec![0; 12] };
    let routes = Dump::read(root, &request)?.parse(RTM_NEWROUTE, |message| parse(message).map(Some))?;
    Ok(routes.into_iter().flatten().collect())
}

/// `struct rtmsg`: family, length of destination and source, type of service, table, protocol, scope, type, flags; then
/// the attributes. None for another family than IPv4 and IPv6.
fn parse(message: &[u8]) -> Parsed<Vec<Route>> {
    let (head, attributes) = split::<12>(message)?;
    let [family, prefix_length, source_length, type_of_service, table, protocol, scope, kind, ..] = head;
    let nowhere = match i32::from(family) {
        nix::libc::AF_INET => IpAddr::from(Ipv4Addr::UNSPECIFIED),
        nix::libc::AF_INET6 => IpAddr::from(Ipv6Addr::UNSPECIFIED),
        _ => return Ok(Vec::new()),
    };
    if u32_at(&head, 8) & RTM_F_CLONED != 0 {
        return Ok(Vec::new());
    }
    let route = Route {
        destination: attributes.ip(rta::DST).unwrap_or(nowhere),
        prefix_length,
        source: attributes.ip(rta::SRC).map(|source| (source, source_length)),
        type_of_service,
        table: attributes.u32(rta::TABLE).unwrap_or(table.into()),
        kind,
        protocol,
        scope,
        metric: attributes.u32(rta::PRIORITY),
        preferred_source: attributes.ip(rta::PREFSRC),
        gateway: gateway(&attributes),
        interface: attributes.u32(rta::OIF),
        weight: None,
        mtu: attributes.nested(rta::METRICS).and_then(|metrics| metrics.u32(rta::METRIC_MTU)),
    };
    match attributes.get(rta::MULTIPATH) {
        Some(hops) => next_hops(hops, &route),
        None => Ok(vec![route]),
    }
}

fn gateway(attributes: &Attributes<'_>) -> Option<IpAddr> {
    // A gateway of the other family follows the number of its family.
    let via = || ip(attributes.get(rta::VIA)?.get(2..)?);
    attributes.ip(rta::GATEWAY).or_else(via)
}

/// `struct rtnexthop` for each hop: its length, flags, weight less 1, interface; then its attributes.
fn next_hops(mut bytes: &[u8], route: &Route) -> Parsed<Vec<Route>> {
    let mut routes = Vec::new();
    while !bytes.is_empty() {
        let length = usize::from(u16_at(bytes, 0));
        let hop = bytes.get(..length).filter(|hop| hop.len() >= NEXT_HOP).ok_or("a next hop is cut off")?;
        routes.push(Route {
            interface: Some(u32_at(hop, 4)),
            weight: Some(u32::from(hop[3]) + 1),
            gateway: gateway(&Attributes::parse(&hop[NEXT_HOP..])?),
            ..route.clone()
        });
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Ok(routes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::linux::testing::machine;

    fn find(destination: &str, prefix_length: u8) -> Vec<Route> {
        let destination: IpAddr = destination.parse().unwrap();
        let mut routes = read(&machine("lab")).unwrap();
        routes.retain(|route| route.destination == destination && route.prefix_length == prefix_length);
        routes
    }

    fn ip(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    #[test]
    fn the_default_routes_lead_to_their_gateways() {
        let [v4] = &find("0.0.0.0", 0)[..] else { panic!() };
        assert_eq!((v4.gateway, v4.interface, v4.metric), (ip("192.0.2.1"), Some(3), Some(100)));
        assert_eq!((v4.protocol, v4.preferred_source, v4.table), (16, ip("192.0.2.10"), 254));
        let [v6] = &find("::", 0)[..] else { panic!() };
        assert_eq!((v6.gateway, v6.interface, v6.metric), (ip("2001:db8::1"), Some(3), Some(1024)));
    }

    #[test]
    fn a_route_over_several_next_hops_is_told_for_each() {
        let hops: Vec<_> = find("198.51.100.0", 24).iter().map(|it| (it.gateway, it.weight, it.interface)).collect();
        assert_eq!(hops, [(ip("192.0.2.1"), Some(2), Some(3)), (ip("192.0.2.2"), Some(1), Some(3))]);
    }

    #[test]
    fn a_gateway_can_be_of_the_other_family() {
        assert_eq!(find("172.16.0.0", 12)[0].gateway, ip("2001:db8::1"));
    }

    #[test]
    fn other_tables_and_routes_that_drop_packets_are_told() {
        let other = &find("10.9.0.0", 16)[0];
        assert_eq!((other.table, other.mtu, other.gateway), (77, Some(1300), ip("10.100.0.0")));
        let black_hole = &find("10.66.0.0", 16)[0];
        assert_eq!((black_hole.kind, black_hole.interface, black_hole.gateway), (6, None, None));
        assert_eq!(find("192.0.2.10", 32)[0].table, 255, "the machine's own address");
    }

    #[test]
    fn a_next_hop_that_is_cut_off_is_an_error() {
        let route = find("0.0.0.0", 0).remove(0);
        for bytes in [&[16, 0, 0, 0, 3, 0, 0, 0][..], &[4, 0, 0, 0], &[0, 0, 0, 0, 0, 0, 0, 0], &[9]] {
            assert!(next_hops(bytes, &route).is_err(), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = parse(&bytes);
            let _ = next_hops(&bytes, &find("0.0.0.0", 0)[0]);
        }
    }
}
