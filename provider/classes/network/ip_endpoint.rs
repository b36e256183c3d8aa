//! Linux_IPProtocolEndpoint: the addresses of IPv4 and IPv6.

use super::{Interfaces, enabled_state};
use crate::classes::{fits, host_name};
use crate::linux::Root;
use crate::linux::network::address::{self, Address, origin};
use crate::schema::LinuxIpProtocolEndpoint;
use crate::schema::linux_ip_protocol_endpoint::{
    AddressOrigin, AddressScope, AddressType, IpVersionSupport, Ipv6AddressType, Keys, ProtocolIfType,
};
use omi::{Datetime, Enumerate, Error, Get, Query, Result, Sink, not_found};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Serves Linux_IPProtocolEndpoint.
#[derive(Default)]
pub(crate) struct IpEndpoints {
    root: Root,
}

impl Enumerate<LinuxIpProtocolEndpoint> for IpEndpoints {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxIpProtocolEndpoint>) -> Result<()> {
        read(&self.root)?.into_iter().try_for_each(|endpoint| out.post(endpoint))
    }
}

impl Get<LinuxIpProtocolEndpoint> for IpEndpoints {
    fn get(&self, key: LinuxIpProtocolEndpoint, _query: &Query<'_>) -> Result<LinuxIpProtocolEndpoint> {
        let name = key.name.as_deref().ok_or_else(|| {
            Error::invalid_parameter("Linux_IPProtocolEndpoint is found by its key Name, such as 192.0.2.10%eth0/24")
        })?;
        let ours = |endpoint: &LinuxIpProtocolEndpoint| {
            fits(&key.system_creation_class_name, "Linux_ComputerSystem")
                && fits(&key.creation_class_name, "Linux_IPProtocolEndpoint")
                && endpoint.system_name.as_deref().is_some_and(|host| fits(&key.system_name, host))
                && endpoint.name.as_deref() == Some(name)
        };
        let missing = || not_found::<LinuxIpProtocolEndpoint>(&[("Name", name)]);
        read(&self.root)?.into_iter().find(ours).ok_or_else(missing)
    }
}

/// All addresses. One of an interface that vanished since it was read is left out.
pub(super) fn read(root: &Root) -> Result<Vec<LinuxIpProtocolEndpoint>> {
    let host = host_name(root)?;
    let addresses = address::read(root)?;
    let interfaces = Interfaces::read(root)?;
    Ok(addresses.iter().filter_map(|address| instance(&host, address, &interfaces)).collect())
}

fn instance(host: &str, address: &Address, interfaces: &Interfaces) -> Option<LinuxIpProtocolEndpoint> {
    let link = interfaces.find(address.interface)?;
    let name = name(address, &link.name);
    let endpoint = LinuxIpProtocolEndpoint {
        caption: Some(name.clone()),
        element_name: Some(link.name.clone()),
        enabled_state: Some(enabled_state(link)),
        address: Some(address.address.to_string()),
        prefix_length: Some(address.prefix_length),
        address_origin: origin_of(address),
        interface_name: Some(link.name.clone()),
        interface_index: Some(link.index),
        peer_address: address.peer.map(|peer| peer.to_string()),
        address_label: address.label.clone(),
        address_scope: Some(AddressScope(address.scope.into())),
        is_tentative: Some(address.is_tentative),
        is_duplicate: Some(address.is_duplicate),
        is_deprecated: Some(address.is_deprecated),
        preferred_lifetime: address.preferred_for.map(Datetime::from),
        valid_lifetime: address.valid_for.map(Datetime::from),
        ..LinuxIpProtocolEndpoint::new(Keys { system_name: host.to_owned(), name })
    };
    Some(match address.address {
        IpAddr::V4(v4) => LinuxIpProtocolEndpoint {
            ipv4_address: Some(v4.to_string()),
            ipv4_broadcast_address: address.broadcast.map(|broadcast| broadcast.to_string()),
            subnet_mask: mask(address.prefix_length).map(|mask| mask.to_string()),
            address_type: Some(AddressType::IPV4),
            ip_version_support: Some(IpVersionSupport::IPV4_ONLY),
            protocol_if_type: Some(ProtocolIfType::IPV4),
            is_secondary: Some(address.is_secondary),
            ..endpoint
        },
        IpAddr::V6(v6) => LinuxIpProtocolEndpoint {
            ipv6_address: Some(v6.to_string()),
            ipv6_address_type: Some(kind(v6)),
            ipv6_subnet_prefix_length: Some(address.prefix_length.into()),
            address_type: Some(AddressType::IPV6),
            ip_version_support: Some(IpVersionSupport::IPV6_ONLY),
            protocol_if_type: Some(ProtocolIfType::IPV6),
            ..endpoint
        },
    })
}

/// The key: one address may be given to several interfaces, and to one interface with several lengths and peers.
fn name(address: &Address, interface: &str) -> String {
    let peer = address.peer.map(|peer| format!("-{peer}")).unwrap_or_default();
    format!("{}%{interface}/{}{peer}", address.address, address.prefix_length)
}

/// `None` where the kernel does not know it.
fn origin_of(address: &Address) -> Option<AddressOrigin> {
    match address.origin? {
        origin::ROUTER => Some(AddressOrigin::IPV6_AUTO_CONFIG),
        origin::LINK_LOCAL => Some(AddressOrigin::LINK_LOCAL),
        _ => None,
    }
}

/// The mask of a network of IPv4. `None` for a length that may not be.
pub(in crate::classes) fn mask(prefix_length: u8) -> Option<Ipv4Addr> {
    let rest = 32_u32.checked_sub(prefix_length.into())?;
    Some(Ipv4Addr::from(u32::MAX.checked_shl(rest).unwrap_or(0)))
}

fn kind(address: Ipv6Addr) -> Ipv6AddressType {
    let is_site_local = address.segments()[0] & 0xffc0 == 0xfec0;
    match address {
        _ if address.is_unspecified() => Ipv6AddressType::UNSPECIFIED,
        _ if address.is_loopback() => Ipv6AddressType::LOOPBACK,
        _ if address.is_multicast() => Ipv6AddressType::MULTICAST,
        _ if address.is_unicast_link_local() => Ipv6AddressType::LINK_LOCAL_UNICAST,
        _ if address.to_ipv4_mapped().is_some() => Ipv6AddressType::EMBEDDED_IPV4_ADDRESS,
        _ if is_site_local => Ipv6AddressType::SITE_LOCAL_UNICAST,
        _ => Ipv6AddressType::GLOBAL_UNICAST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;
    use crate::schema::linux_ip_protocol_endpoint::EnabledState;

    fn all() -> Vec<LinuxIpProtocolEndpoint> {
        let root = machine("lab");
        let interfaces = Interfaces::read(&root).unwrap();
        address::read(&root).unwrap().iter().filter_map(|address| instance("server", address, &interfaces)).collect()
    }

    fn find(name: &str) -> LinuxIpProtocolEndpoint {
        all().into_iter().find(|it| it.name.as_deref() == Some(name)).unwrap()
    }

    #[test]
    fn every_address_has_a_key_of_its_own() {
        let names: std::collections::BTreeSet<_> = all().into_iter().map(|it| it.name.unwrap()).collect();
        assert_eq!(names.len(), address::read(&machine("lab")).unwrap().len());
        assert!(names.contains("203.0.113.5%br0/32-203.0.113.9"), "{names:?}");
    }

    #[test]
    fn an_address_of_ipv4_has_a_mask_and_one_of_ipv6_a_kind() {
        let v4 = find("192.0.2.11%uplink/24");
        assert_eq!(
            (v4.subnet_mask.as_deref(), v4.ipv4_address.as_deref()),
            (Some("255.255.255.0"), Some("192.0.2.11"))
        );
        assert_eq!((v4.ipv6_address, v4.ipv6_address_type, v4.is_secondary), (None, None, Some(true)));
        let v6 = find("2001:db8::77%uplink/64");
        assert_eq!(v6.ipv6_address_type, Some(Ipv6AddressType::GLOBAL_UNICAST));
        assert_eq!((v6.subnet_mask, v6.is_secondary, v6.is_deprecated), (None, None, Some(true)));
        assert_eq!(v6.valid_lifetime.unwrap().to_string(), "00000000020000.000000:000");
        assert_eq!(v6.address_origin, None, "it was typed in, which the kernel does not know");
    }

    #[test]
    fn what_the_kernel_made_says_so() {
        let made = find("fe80::ff:fe00:1%uplink/64");
        assert_eq!(made.address_origin, Some(AddressOrigin::LINK_LOCAL));
        assert_eq!(made.ipv6_address_type, Some(Ipv6AddressType::LINK_LOCAL_UNICAST));
        assert_eq!((made.address_scope, made.enabled_state), (Some(AddressScope::LINK), Some(EnabledState::ENABLED)));
    }

    #[test]
    fn masks_of_all_lengths() {
        let masks = [0, 1, 24, 31, 32].map(|length| mask(length).unwrap().to_string());
        assert_eq!(masks, ["0.0.0.0", "128.0.0.0", "255.255.255.0", "255.255.255.254", "255.255.255.255"]);
        assert_eq!(mask(33), None);
    }
}
