//! Network interfaces: `RTM_GETLINK` of rtnetlink(7).

use super::attributes::{Attributes, split, u16_at, u32_at};
use super::netlink::{Dump, Request};
use crate::linux::error::Parsed;
use crate::linux::{Result, Root};

const RTM_NEWLINK: u16 = 16;
const RTM_GETLINK: u16 = 18;

/// Attributes of a link: `linux/if_link.h`.
mod ifla {
    pub(super) const ADDRESS: u16 = 1;
    pub(super) const IFNAME: u16 = 3;
    pub(super) const MTU: u16 = 4;
    pub(super) const LINK: u16 = 5;
    pub(super) const QDISC: u16 = 6;
    pub(super) const MASTER: u16 = 10;
    pub(super) const TXQLEN: u16 = 13;
    pub(super) const OPERSTATE: u16 = 16;
    pub(super) const LINKINFO: u16 = 18;
    pub(super) const IFALIAS: u16 = 20;
    pub(super) const STATS64: u16 = 23;
    pub(super) const EXT_MASK: u16 = 29;
    pub(super) const CARRIER: u16 = 33;
    pub(super) const CARRIER_CHANGES: u16 = 35;
    pub(super) const LINK_NETNSID: u16 = 37;
    pub(super) const MAX_MTU: u16 = 51;
    pub(super) const PERM_ADDRESS: u16 = 54;

    pub(super) const INFO_KIND: u16 = 1;
    pub(super) const INFO_DATA: u16 = 2;
    pub(super) const VLAN_ID: u16 = 1;
}

/// The bit of `IFLA_EXT_MASK` that leaves out the statistics.
const SKIP_STATISTICS: u32 = 1 << 3;

/// Flags of an interface: netdevice(7).
const IFF_UP: u32 = 1;
const IFF_LOOPBACK: u32 = 1 << 3;

/// `ARPHRD_ETHER`: what Ethernet cards, and all that act like one, have.
const ETHERNET: u16 = 1;

/// A network interface. What its driver does not tell is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// The number by which the kernel knows it as long as it exists.
    pub index: u32,
    /// Its name, such as "eth0". Bytes that are not UTF-8 are U+FFFD.
    pub name: String,
    /// The description that an administrator gave it.
    pub alias: Option<String>,
    /// The type of its hardware: an `ARPHRD_` number of `linux/if_arp.h`.
    pub hardware_type: u16,
    /// Whether an administrator has switched it on.
    pub is_up: bool,
    /// Whether it leads back to this machine.
    pub is_loopback: bool,
    /// Whether it is connected to something.
    pub has_carrier: Option<bool>,
    /// The state as in RFC 2863, by the kernel's numbers.
    pub operational_state: Option<u8>,
    /// The address that it uses, such as the six bytes of Ethernet. Empty for one that needs none.
    pub address: Vec<u8>,
    /// The address that the hardware came with.
    pub permanent_address: Option<Vec<u8>>,
    /// Size of the largest packet, in bytes.
    pub mtu: Option<u32>,
    /// The largest MTU that can be set, in bytes; `None` if there is no limit.
    pub max_mtu: Option<u32>,
    /// What made it, such as "bridge", "vlan" or "veth"; `None` for hardware and the loopback interface.
    pub kind: Option<String>,
    /// The number of the VLAN, for one of kind "vlan".
    pub vlan: Option<u16>,
    /// The index of the interface that this one is a part of, such as a bridge or bond.
    pub master: Option<u32>,
    /// The index of the interface in the same network namespace that this one is built on, such as that of a VLAN.
    pub lower: Option<u32>,
    /// How packets queue up before they are sent, such as "fq_codel".
    pub queue_discipline: Option<String>,
    /// How many packets may queue up.
    pub queue_length: Option<u32>,
    /// How often it was connected or disconnected.
    pub carrier_changes: Option<u32>,
    /// What it transported; `None` if that was not asked for.
    pub counters: Option<Counters>,
}

impl Link {
    /// Whether it is an Ethernet interface, real or virtual.
    pub fn is_ethernet(&self) -> bool {
        self.hardware_type == ETHERNET
    }
}

/// What an interface transported since it appeared: `struct rtnl_link_stats64`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Packets received.
    pub packets_received: u64,
    /// Packets sent.
    pub packets_sent: u64,
    /// Bytes received.
    pub bytes_received: u64,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// Packets received that were wrong.
    pub receive_errors: u64,
    /// Packets that could not be sent.
    pub send_errors: u64,
    /// Packets received that were dropped, for want of memory or because nobody wanted them.
    pub receive_drops: u64,
    /// Packets that were dropped instead of sent.
    pub send_drops: u64,
    /// Multicast packets received.
    pub multicast_received: u64,
    /// Collisions.
    pub collisions: u64,
    /// Packets received of a length that may not be.
    pub receive_length_errors: u64,
    /// Packets received with a wrong check sum.
    pub receive_crc_errors: u64,
    /// Packets received that were not a whole number of bytes.
    pub receive_frame_errors: u64,
    /// Packets that the hardware had to drop because its queue was full.
    pub receive_fifo_errors: u64,
    /// Packets that the hardware missed because nobody fetched those before.
    pub receive_missed: u64,
    /// Packets given up after too many collisions.
    pub send_aborted: u64,
    /// Packets lost because the carrier was.
    pub send_carrier_errors: u64,
    /// Packets lost because the queue of the hardware ran empty.
    pub send_fifo_errors: u64,
    /// Packets for which the transceiver's self test failed.
    pub send_heartbeat_errors: u64,
    /// Late collisions.
    pub send_window_errors: u64,
}

/// All interfaces of the network namespace, with their counters if `statistics` are wanted.
pub fn read(root: &Root, statistics: bool) -> Result<Vec<Link>> {
    let mut body = vec![0; 16];
    if !statistics {
        body.extend([8_u16, ifla::EXT_MASK].map(u16::to_ne_bytes).concat());
        body.extend(SKIP_STATISTICS.to_ne_bytes());
    }
    let request = Request { name: "links", protocol: None, kind: RTM_GETLINK, body };
    Dump::read(root, &request)?.parse(RTM_NEWLINK, |message| {
        let mut link = parse(message)?;
        link.counters = link.counters.filter(|_| statistics);
        Ok(Some(link))
    })
}

/// `struct ifinfomsg`: family, padding, type, index, flags, change; then the attributes.
fn parse(message: &[u8]) -> Parsed<Link> {
    let (head, attributes) = split::<16>(message)?;
    let (index, flags) = (u32_at(&head, 4), u32_at(&head, 8));
    let info = attributes.nested(ifla::LINKINFO);
    let kind = info.as_ref().and_then(|info| info.text(ifla::INFO_KIND));
    let data = info.as_ref().and_then(|info| info.nested(ifla::INFO_DATA));
    let vlan = data.filter(|_| kind.as_deref() == Some("vlan")).and_then(|data| data.u16(ifla::VLAN_ID));
    // The index of one in another namespace means nothing in this one.
    let lower = attributes.u32(ifla::LINK).filter(|lower| *lower != 0 && *lower != index);
    Ok(Link {
        index,
        name: attributes.text(ifla::IFNAME).ok_or_else(|| format!("interface {index} has no name"))?,
        alias: attributes.text(ifla::IFALIAS),
        hardware_type: u16_at(&head, 2),
        is_up: flags & IFF_UP != 0,
        is_loopback: flags & IFF_LOOPBACK != 0,
        has_carrier: attributes.u8(ifla::CARRIER).map(|carrier| carrier != 0),
        operational_state: attributes.u8(ifla::OPERSTATE),
        address: attributes.get(ifla::ADDRESS).unwrap_or_default().to_vec(),
        permanent_address: attributes.get(ifla::PERM_ADDRESS).map(<[u8]>::to_vec),
        mtu: attributes.u32(ifla::MTU),
        max_mtu: attributes.u32(ifla::MAX_MTU).filter(|max| *max != 0),
        kind,
        vlan,
        master: attributes.u32(ifla::MASTER).filter(|master| *master != 0),
        lower: lower.filter(|_| attributes.get(ifla::LINK_NETNSID).is_none()),
        queue_discipline: attributes.text(ifla::QDISC),
        queue_length: attributes.u32(ifla::TXQLEN),
        carrier_changes: attributes.u32(ifla::CARRIER_CHANGES),
        counters: counters(&attributes),
    })
}

fn counters(attributes: &Attributes<'_>) -> Option<Counters> {
    let bytes = attributes.get(ifla::STATS64)?;
    let numbers: Vec<u64> =
        bytes.chunks_exact(8).map(|number| u64::from_ne_bytes(number.try_into().unwrap_or_default())).collect();
    // Later kernels add numbers at the end.
    let &[
        packets_received,
        packets_sent,
        bytes_received,
        bytes_sent,
        receive_errors,
        send_errors,
        receive_drops,
        send_drops,
        multicast_received,
        collisions,
        receive_length_errors,
        _over,
        receive_crc_errors,
        receive_frame_errors,
        receive_fifo_errors,
        receive_missed,
        send_aborted,
        send_carrier_errors,
        send_fifo_errors,
        send_heartbeat_errors,
        send_window_errors,
        ..,
    ] = &numbers[..]
    else {
        return None;
    };
    Some(Counters {
        packets_received,
        packets_sent,
        bytes_received,
        bytes_sent,
        receive_errors,
        send_errors,
        receive_drops,
        send_drops,
        multicast_received,
        collisions,
        receive_length_errors,
        receive_crc_errors,
        receive_frame_errors,
        receive_fifo_errors,
        receive_missed,
        send_aborted,
        send_carrier_errors,
        send_fifo_errors,
        send_heartbeat_errors,
        send_window_errors,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    fn find(name: &str) -> Link {
        read(&machine("lab"), true).unwrap().into_iter().find(|link| link.name == name).unwrap()
    }

    #[test]
    fn every_interface_is_listed_up_or_down_loopback_and_odd_names_too() {
        let links = read(&machine("lab"), false).unwrap();
        let names: Vec<_> = links.iter().map(|link| link.name.as_str()).collect();
        let expected = ["lo", "far", "uplink", "mac0", "br0", "port1", "off0", "odd\u{fffd}", "tun0", "vx0"];
        assert_eq!(names, expected);
        assert!(links.iter().all(|link| link.counters.is_none()), "statistics were not asked for");
    }

    #[test]
    fn an_interface_tells_what_it_is() {
        let uplink = find("uplink");
        assert_eq!((uplink.index, uplink.kind.as_deref(), uplink.mtu), (3, Some("veth"), Some(1500)));
        assert_eq!(uplink.alias.as_deref(), Some("to the data centre"));
        assert_eq!(uplink.address, [2, 0, 0, 0, 0, 1]);
        assert!(uplink.is_up && uplink.is_ethernet() && !uplink.is_loopback);
        assert_eq!((uplink.has_carrier, uplink.operational_state), (Some(true), Some(6)));
        assert_eq!((uplink.queue_length, uplink.queue_discipline.as_deref()), (Some(1000), Some("noqueue")));
        assert_eq!((uplink.max_mtu, uplink.lower), (Some(65_535), Some(2)));
    }

    #[test]
    fn a_port_of_a_bridge_and_an_interface_on_another_lead_there() {
        assert_eq!(find("port1").master, Some(find("br0").index));
        assert_eq!(find("mac0").lower, Some(find("far").index));
        assert_eq!((find("br0").lower, find("br0").master), (None, None));
    }

    #[test]
    fn one_that_is_off_and_one_without_hardware_are_told_apart() {
        let off = find("off0");
        assert_eq!((off.is_up, off.operational_state), (false, Some(2)));
        let tun = find("tun0");
        assert!(!tun.is_ethernet() && tun.address.is_empty());
        let lo = find("lo");
        assert!(lo.is_loopback && !lo.is_ethernet() && lo.kind.is_none());
    }

    #[test]
    fn what_was_transported_is_counted_at_both_ends() {
        let [uplink, far] = ["uplink", "far"].map(|name| find(name).counters.unwrap());
        assert!(uplink.packets_sent > 0 && uplink.bytes_sent > uplink.packets_sent);
        assert_eq!((uplink.packets_sent, uplink.bytes_sent), (far.packets_received, far.bytes_received));
    }

    #[test]
    fn a_vlan_has_its_number() {
        let attribute = |kind: u16, value: &[u8]| {
            let mut bytes = [(4 + value.len()) as u16, kind].map(u16::to_ne_bytes).concat();
            bytes.extend(value);
            bytes.resize(bytes.len().next_multiple_of(4), 0);
            bytes
        };
        let data = attribute(ifla::INFO_DATA, &attribute(ifla::VLAN_ID, &100_u16.to_ne_bytes()));
        let info = [attribute(ifla::INFO_KIND, b"vlan\0"), data].concat();
        let message = [vec![0; 16], attribute(ifla::IFNAME, b"eth0.100\0"), attribute(ifla::LINKINFO, &info)].concat();
        let vlan = parse(&message).unwrap();
        assert_eq!((vlan.name.as_str(), vlan.kind.as_deref(), vlan.vlan), ("eth0.100", Some("vlan"), Some(100)));
    }

    #[test]
    fn statistics_that_are_too_short_are_none() {
        let short = [[4 + 16, ifla::STATS64].map(u16::to_ne_bytes).concat(), vec![1; 16]].concat();
        assert_eq!(counters(&Attributes::parse(&short).unwrap()), None);
    }
}
