//! SCX_EthernetPortStatistics, SCX_IPProtocolEndpoint and SCX_LANEndpoint: the interfaces of the network.

use super::{COMPUTER_SYSTEM, host_name};
use crate::classes::fits;
use crate::classes::network::ip_endpoint::mask;
use crate::classes::network::{colons, digits, enabled_state};
use crate::linux::Root;
use crate::linux::network::address::{self, Address};
use crate::linux::network::{Link, link};
use crate::schema::scx_ethernet_port_statistics::Keys as PortKeys;
use crate::schema::scx_ip_protocol_endpoint::Keys as IpKeys;
use crate::schema::scx_lan_endpoint::Keys as LanKeys;
use crate::schema::{ScxEthernetPortStatistics, ScxIpProtocolEndpoint, ScxLanEndpoint};
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};
use std::net::{IpAddr, Ipv6Addr};

/// Serves SCX_EthernetPortStatistics, SCX_IPProtocolEndpoint and SCX_LANEndpoint.
#[derive(Default)]
pub(crate) struct Network {
    root: Root,
}

impl Enumerate<ScxEthernetPortStatistics> for Network {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, ScxEthernetPortStatistics>) -> Result<()> {
        interfaces(&self.root, true)?.iter().filter_map(port).try_for_each(|port| out.post(port))
    }
}

impl Get<ScxEthernetPortStatistics> for Network {
    fn get(&self, key: ScxEthernetPortStatistics, _query: &Query<'_>) -> Result<ScxEthernetPortStatistics> {
        let name = asked(&key.instance_id)?;
        let found = interfaces(&self.root, true)?.iter().find(|link| link.name == name).and_then(port);
        found.ok_or_else(|| not_found::<ScxEthernetPortStatistics>(&[("InstanceID", name)]))
    }
}

impl Enumerate<ScxIpProtocolEndpoint> for Network {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, ScxIpProtocolEndpoint>) -> Result<()> {
        ip_endpoints(&self.root)?.into_iter().try_for_each(|endpoint| out.post(endpoint))
    }
}

impl Get<ScxIpProtocolEndpoint> for Network {
    fn get(&self, key: ScxIpProtocolEndpoint, _query: &Query<'_>) -> Result<ScxIpProtocolEndpoint> {
        let name = asked(&key.name)?;
        let ours = fits(&key.system_creation_class_name, COMPUTER_SYSTEM)
            && fits(&key.system_name, &host_name(&self.root)?)
            && fits(&key.creation_class_name, "SCX_IPProtocolEndpoint");
        let found = ip_endpoints(&self.root)?.into_iter().find(|it| ours && it.name.as_deref() == Some(name));
        found.ok_or_else(|| not_found::<ScxIpProtocolEndpoint>(&[("Name", name)]))
    }
}

impl Enumerate<ScxLanEndpoint> for Network {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, ScxLanEndpoint>) -> Result<()> {
        lan_endpoints(&self.root)?.into_iter().try_for_each(|endpoint| out.post(endpoint))
    }
}

impl Get<ScxLanEndpoint> for Network {
    fn get(&self, key: ScxLanEndpoint, _query: &Query<'_>) -> Result<ScxLanEndpoint> {
        let name = asked(&key.name)?;
        let ours = fits(&key.system_creation_class_name, COMPUTER_SYSTEM)
            && fits(&key.system_name, &host_name(&self.root)?)
            && fits(&key.creation_class_name, "SCX_LANEndpoint");
        let found = lan_endpoints(&self.root)?.into_iter().find(|it| ours && it.name.as_deref() == Some(name));
        found.ok_or_else(|| not_found::<ScxLanEndpoint>(&[("Name", name)]))
    }
}

fn asked(key: &Option<String>) -> Result<&str> {
    key.as_deref().ok_or_else(|| Error::invalid_parameter("interfaces are found by their name, such as eth0"))
}

/// All interfaces that lead out of this machine, whether they have been up or not.
fn interfaces(root: &Root, statistics: bool) -> Result<Vec<Link>> {
    Ok(link::read(root, statistics)?.into_iter().filter(|link| !link.is_loopback).collect())
}

/// `None` where the kernel gives no counters.
fn port(link: &Link) -> Option<ScxEthernetPortStatistics> {
    let counters = link.counters?;
    Some(ScxEthernetPortStatistics {
        element_name: Some(link.name.clone()),
        bytes_received: Some(counters.bytes_received),
        bytes_transmitted: Some(counters.bytes_sent),
        packets_received: Some(counters.packets_received),
        packets_transmitted: Some(counters.packets_sent),
        bytes_total: Some(counters.bytes_received.saturating_add(counters.bytes_sent)),
        total_rx_errors: Some(counters.receive_errors),
        total_tx_errors: Some(counters.send_errors),
        total_collisions: Some(counters.collisions),
        ..ScxEthernetPortStatistics::new(PortKeys { instance_id: link.name.clone() })
    })
}

fn ip_endpoints(root: &Root) -> Result<Vec<ScxIpProtocolEndpoint>> {
    let host = host_name(root)?;
    let addresses = address::read(root)?;
    Ok(interfaces(root, false)?.iter().map(|link| ip_endpoint(&host, link, &addresses)).collect())
}

fn ip_endpoint(host: &str, link: &Link, addresses: &[Address]) -> ScxIpProtocolEndpoint {
    let own = || addresses.iter().filter(|address| address.interface == link.index);
    let v4 = own().find(|address| address.address.is_ipv4());
    let v6: Vec<Ipv6Addr> =
        own().filter_map(|it| if let IpAddr::V6(v6) = it.address { Some(v6) } else { None }).collect();
    let best = v6.iter().find(|address| !address.is_unicast_link_local()).or(v6.first());
    ScxIpProtocolEndpoint {
        element_name: Some(link.name.clone()),
        enabled_state: Some(enabled_state(link)),
        ipv4_address: v4.map(|it| it.address.to_string()),
        subnet_mask: v4.and_then(|it| mask(it.prefix_length)).map(|it| it.to_string()),
        ipv4_broadcast_address: v4.and_then(|it| it.broadcast).map(|it| it.to_string()),
        ipv6_address: best.map(ToString::to_string),
        ..ScxIpProtocolEndpoint::new(IpKeys { system_name: host.to_owned(), name: link.name.clone() })
    }
}

fn lan_endpoints(root: &Root) -> Result<Vec<ScxLanEndpoint>> {
    let host = host_name(root)?;
    let ethernets = interfaces(root, false)?.into_iter().filter(Link::is_ethernet);
    Ok(ethernets.map(|link| lan_endpoint(&host, link)).collect())
}

fn lan_endpoint(host: &str, link: Link) -> ScxLanEndpoint {
    ScxLanEndpoint {
        instance_id: Some(link.name.clone()),
        element_name: Some(link.name.clone()),
        mac_address: digits(&link.address),
        formatted_mac_address: colons(&link.address),
        ..ScxLanEndpoint::new(LanKeys { system_name: host.to_owned(), name: link.name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    fn endpoint(name: &str) -> ScxIpProtocolEndpoint {
        let root = machine("lab");
        let addresses = address::read(&root).unwrap();
        let link = interfaces(&root, false).unwrap().into_iter().find(|link| link.name == name).unwrap();
        ip_endpoint("web", &link, &addresses)
    }

    #[test]
    fn an_interface_is_one_endpoint_with_addresses_of_both_kinds() {
        let uplink = endpoint("uplink");
        assert_eq!(uplink.subnet_mask.as_deref(), Some("255.255.255.0"));
        assert!(uplink.ipv4_address.unwrap().starts_with("192.0.2."));
        assert!(uplink.ipv6_address.unwrap().starts_with("2001:db8::"), "not that of the link");
        assert_eq!(uplink.enabled_state.map(|it| it.0), Some(2));
    }

    #[test]
    fn interfaces_that_were_never_up_are_there_and_loopback_is_not() {
        let all = interfaces(&machine("lab"), true).unwrap();
        assert!(all.iter().any(|link| !link.is_up), "{all:?}");
        assert!(!all.iter().any(|link| link.name == "lo"));
        assert_eq!(all.iter().filter_map(port).count(), all.len());
    }

    #[test]
    fn an_address_of_hardware_is_told_both_ways() {
        let link = interfaces(&machine("lab"), false).unwrap().into_iter().find(|link| link.name == "uplink").unwrap();
        let endpoint = lan_endpoint("web", link);
        let formatted = endpoint.formatted_mac_address.unwrap();
        assert_eq!(endpoint.mac_address.unwrap(), formatted.replace(':', ""));
        assert_eq!(formatted.len(), 17);
    }
}
