//! Linux_NextHopIPRoute: the ways to destinations.

use super::Interfaces;
use super::ip_endpoint::mask;
use crate::linux::Root;
use crate::linux::network::route::{self, Route};
use crate::schema::LinuxNextHopIpRoute;
use crate::schema::linux_next_hop_ip_route::{
    AddressType, Keys, Protocol, RouteDerivation, RouteScope, RouteType, TypeOfRoute,
};
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};
use std::net::IpAddr;

const ID_PREFIX: &str = "Linux:Route:";

/// Serves Linux_NextHopIPRoute.
#[derive(Default)]
pub(crate) struct Routes {
    root: Root,
}

impl Enumerate<LinuxNextHopIpRoute> for Routes {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxNextHopIpRoute>) -> Result<()> {
        read(&self.root)?.into_iter().try_for_each(|route| out.post(route))
    }
}

impl Get<LinuxNextHopIpRoute> for Routes {
    fn get(&self, key: LinuxNextHopIpRoute, _query: &Query<'_>) -> Result<LinuxNextHopIpRoute> {
        let id = key.instance_id.as_deref().ok_or_else(|| {
            Error::invalid_parameter("Linux_NextHopIPRoute is found by its key InstanceID, as an enumeration gives it")
        })?;
        let found = read(&self.root)?.into_iter().find(|route| route.instance_id.as_deref() == Some(id));
        found.ok_or_else(|| not_found::<LinuxNextHopIpRoute>(&[("InstanceID", id)]))
    }
}

fn read(root: &Root) -> Result<Vec<LinuxNextHopIpRoute>> {
    let routes = route::read(root)?;
    let interfaces = Interfaces::read(root)?;
    Ok(routes.iter().map(|route| instance(route, &interfaces)).collect())
}

fn instance(route: &Route, interfaces: &Interfaces) -> LinuxNextHopIpRoute {
    let interface = route.interface.and_then(|index| interfaces.name(index));
    let protocol = Protocol(route.protocol.into());
    let is_static = matches!(protocol, Protocol::BOOT | Protocol::STATIC);
    let derivation = derivation(protocol);
    let caption = caption(route, interface.as_deref());
    LinuxNextHopIpRoute {
        caption: Some(caption.clone()),
        element_name: Some(caption),
        destination_address: Some(route.destination.to_string()),
        destination_mask: route
            .destination
            .is_ipv4()
            .then(|| mask(route.prefix_length))
            .flatten()
            .map(|it| it.to_string()),
        prefix_length: Some(route.prefix_length),
        address_type: Some(if route.destination.is_ipv4() { AddressType::IPV4 } else { AddressType::IPV6 }),
        route_metric: route.metric.and_then(|metric| metric.try_into().ok()),
        is_static: Some(is_static),
        type_of_route: Some(match is_static {
            true => TypeOfRoute::ADMINISTRATOR_DEFINED_ROUTE,
            false => TypeOfRoute::COMPUTED_ROUTE,
        }),
        route_derivation: Some(derivation),
        other_derivation: (derivation == RouteDerivation::OTHER)
            .then(|| protocol.name())
            .flatten()
            .map(str::to_ascii_lowercase),
        next_hop: route.gateway.map(|gateway| gateway.to_string()),
        interface_name: interface.clone(),
        interface_index: route.interface,
        metric: route.metric,
        routing_table: Some(route.table),
        route_type: Some(RouteType(route.kind.into())),
        protocol: Some(protocol),
        route_scope: Some(RouteScope(route.scope.into())),
        preferred_source: route.preferred_source.map(|source| source.to_string()),
        weight: route.weight,
        mtu: route.mtu,
        ..LinuxNextHopIpRoute::new(Keys { instance_id: id(route, interface.as_deref()) })
    }
}

fn derivation(protocol: Protocol) -> RouteDerivation {
    match protocol {
        Protocol::KERNEL => RouteDerivation::CONNECTED,
        Protocol::BOOT | Protocol::STATIC => RouteDerivation::USER_DEFINED,
        Protocol::EIGRP => RouteDerivation::EIGRP,
        Protocol::RIP => RouteDerivation::RIP,
        Protocol::BGP => RouteDerivation::BGP,
        Protocol::ISIS => RouteDerivation::ISIS,
        Protocol::OSPF => RouteDerivation::OSPF,
        _ => RouteDerivation::OTHER,
    }
}

/// All that tells a route from the others in the kernel's tables.
fn id(route: &Route, interface: Option<&str>) -> String {
    let source = route.source.map(|(source, length)| format!(" from {source}/{length}")).unwrap_or_default();
    let service = if route.type_of_service == 0 { String::new() } else { format!(" tos {}", route.type_of_service) };
    let metric = route.metric.unwrap_or(0);
    let gateway = route.gateway.map(|gateway| format!(" via {gateway}")).unwrap_or_default();
    let interface = interface.map(|interface| format!(" dev {interface}")).unwrap_or_default();
    let Route { destination, prefix_length, table, .. } = route;
    format!("{ID_PREFIX}{table}:{destination}/{prefix_length}{source}{service}{gateway}{interface} metric {metric}")
}

/// The route in the words of `ip route`.
fn caption(route: &Route, interface: Option<&str>) -> String {
    let destination = match (route.prefix_length, route.destination) {
        (0, _) => "default".to_owned(),
        (32, IpAddr::V4(host)) => host.to_string(),
        (128, IpAddr::V6(host)) => host.to_string(),
        (length, network) => format!("{network}/{length}"),
    };
    let kind = match RouteType(route.kind.into()) {
        RouteType::UNICAST => String::new(),
        kind => kind.name().map(|name| format!("{} ", name.to_ascii_lowercase())).unwrap_or_default(),
    };
    let via = match route.gateway {
        Some(gateway) if gateway.is_ipv6() && route.destination.is_ipv4() => format!(" via inet6 {gateway}"),
        Some(gateway) => format!(" via {gateway}"),
        None => String::new(),
    };
    let interface = interface.map(|interface| format!(" dev {interface}")).unwrap_or_default();
    format!("{kind}{destination}{via}{interface}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;
    use std::collections::BTreeSet;

    fn find(caption: &str) -> LinuxNextHopIpRoute {
        let all = read(&machine("lab")).unwrap();
        all.into_iter().find(|route| route.caption.as_deref() == Some(caption)).unwrap()
    }

    #[test]
    fn every_route_and_next_hop_has_a_key_of_its_own() {
        let routes = read(&machine("lab")).unwrap();
        let ids: BTreeSet<_> = routes.iter().map(|route| route.instance_id.clone()).collect();
        assert_eq!(ids.len(), routes.len());
        assert!(routes.len() > 30);
    }

    #[test]
    fn a_default_route_by_dhcp_is_not_the_administrators() {
        let route = find("default via 192.0.2.1 dev uplink");
        assert_eq!(
            (route.destination_address.as_deref(), route.destination_mask.as_deref()),
            (Some("0.0.0.0"), Some("0.0.0.0"))
        );
        assert_eq!((route.is_static, route.type_of_route), (Some(false), Some(TypeOfRoute::COMPUTED_ROUTE)));
        assert_eq!(
            (route.route_derivation, route.other_derivation.as_deref()),
            (Some(RouteDerivation::OTHER), Some("dhcp"))
        );
        assert_eq!((route.route_metric, route.preferred_source.as_deref()), (Some(100), Some("192.0.2.10")));
    }

    #[test]
    fn routes_are_told_in_the_words_of_ip() {
        let bgp = find("172.16.0.0/12 via inet6 2001:db8::1 dev uplink");
        assert_eq!(
            (bgp.route_derivation, bgp.destination_mask.as_deref()),
            (Some(RouteDerivation::BGP), Some("255.240.0.0"))
        );
        assert_eq!(find("blackhole 10.66.0.0/16").interface_name, None);
        assert_eq!(find("unreachable 10.67.0.0/16").route_metric, Some(9));
        assert_eq!(find("local 192.0.2.10 dev uplink").route_derivation, Some(RouteDerivation::CONNECTED));
        assert_eq!(find("2001:db8:9::/48 via fe80::1 dev mac0").is_static, Some(true));
        assert_eq!(find("198.51.100.0/24 via 192.0.2.2 dev uplink").weight, Some(1));
    }
}
