//! What is desired of a rule, checked.

use crate::linux::Root;
use crate::linux::firewall::{Chain, Filter, Keeper, Network, Ports, Position, Protocol, Rule};
use crate::schema::MsftNxFirewallResource;
use omi::{Error, Result};
use std::net::ToSocketAddrs;

/// The longest comment of iptables.
const LONGEST_NAME: usize = 255;
/// The longest name of an interface.
const LONGEST_INTERFACE: usize = 15;

#[derive(Debug)]
pub(super) struct Desired {
    pub(super) name: String,
    pub(super) is_absent: bool,
    pub(super) keeper: Keeper,
    pub(super) position: Position,
    pub(super) rule: Rule,
}

impl Desired {
    pub(super) fn new(given: &MsftNxFirewallResource, root: &Root) -> Result<Self> {
        let name = given.name.clone().unwrap_or_default();
        if name.is_empty() || name.len() > LONGEST_NAME || name.contains(char::is_control) {
            return Err(Error::invalid_parameter(format!(
                "Name {name:?} is no name of a rule, which has one line of up to {LONGEST_NAME} bytes"
            )));
        }
        let is_ipv6 = is_ipv6(given)?;
        let source = host("SourceHost", &given.source_host, is_ipv6)?;
        let destination = host("DestinationHost", &given.destination_host, is_ipv6)?;
        let protocol = protocol(given)?;
        let ports = |property: &str, text: &Option<String>| ports(root, property, text, protocol);
        let rule = Rule {
            chain: chain(given),
            interface: interface(given)?,
            protocol: Some(protocol),
            source,
            destination,
            source_ports: ports("SourcePort", &given.source_port)?,
            destination_ports: ports("DestinationPort", &given.destination_port)?,
            states: given.state.iter().flatten().cloned().collect(),
            is_accepted: given.access.as_deref() == Some("Allow"),
        };
        let filter = if is_ipv6 { Filter::IPv6 } else { Filter::IPv4 };
        Ok(Self {
            name,
            is_absent: given.ensure.as_deref() == Some("Absent"),
            keeper: if given.firewall_type.as_deref() == Some("ufw") {
                Keeper::Ufw(filter)
            } else {
                Keeper::Kernel(filter)
            },
            position: position(given),
            rule,
        })
    }
}

fn filled(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

/// By the family that is given; else by the filter and the hosts.
fn is_ipv6(given: &MsftNxFirewallResource) -> Result<bool> {
    let filter = given.firewall_type.as_deref().unwrap_or_default();
    let is_ip6tables = match filter {
        "Iptables" | "ufw" => false,
        "Ip6tables" => true,
        other => {
            return Err(Error::not_supported(format!(
                "FirewallType {other:?} is not supported here: Iptables, Ip6tables and ufw are"
            )));
        }
    };
    let has_ipv6 = |host: &Option<String>| filled(host).is_some_and(|host| host.contains(':'));
    match given.address_family.as_deref() {
        Some("IPv4") if is_ip6tables => {
            Err(Error::invalid_parameter("AddressFamily \"IPv4\" does not fit FirewallType \"Ip6tables\"; IPv6 does"))
        }
        Some(family) => Ok(family == "IPv6"),
        None => Ok(is_ip6tables || has_ipv6(&given.source_host) || has_ipv6(&given.destination_host)),
    }
}

/// TCP, unless it is given.
fn protocol(given: &MsftNxFirewallResource) -> Result<Protocol> {
    match given.protocol.as_deref() {
        Some("udp") => Ok(Protocol::Udp),
        Some("icmp") if filled(&given.source_port).or(filled(&given.destination_port)).is_some() => {
            Err(Error::invalid_parameter(
                "Protocol \"icmp\" has no ports; SourcePort and DestinationPort go with tcp and udp",
            ))
        }
        Some("icmp") => Ok(Protocol::Icmp),
        _ => Ok(Protocol::Tcp),
    }
}

fn chain(given: &MsftNxFirewallResource) -> Chain {
    match given.direction.as_deref() {
        Some("OUTPUT") => Chain::Output,
        Some("FORWARD") => Chain::Forward,
        _ => Chain::Input,
    }
}

fn position(given: &MsftNxFirewallResource) -> Position {
    match given.position.as_deref() {
        Some("after-top") => Position::AfterTop,
        Some("before-end") => Position::BeforeEnd,
        Some("end") => Position::End,
        _ => Position::Top,
    }
}

fn interface(given: &MsftNxFirewallResource) -> Result<Option<String>> {
    let Some(name) = filled(&given.interface_name) else { return Ok(None) };
    let fits = |c: char| c.is_ascii_graphic() && !matches!(c, '/' | '"' | '\\' | '!');
    if name.len() > LONGEST_INTERFACE || !name.chars().all(fits) {
        return Err(Error::invalid_parameter(format!(
            "InterfaceName {name:?} is no name of an interface; eth0 would be one"
        )));
    }
    Ok(Some(name.to_owned()))
}

/// An address, a network, or a host that has one address of the family.
fn host(property: &str, given: &Option<String>, is_ipv6: bool) -> Result<Option<Network>> {
    let Some(text) = filled(given) else { return Ok(None) };
    let (family, example) = if is_ipv6 { ("IPv6", "2001:db8::/32") } else { ("IPv4", "192.0.2.0/24") };
    let wrong = |why: &str| Error::invalid_parameter(format!("{property} {text:?} {why}; {example} would be right"));
    let network = match text.parse::<Network>() {
        Ok(network) => network,
        Err(()) if text.contains(['/', ':']) => return Err(wrong("is no address or network")),
        Err(()) => {
            let found = (text, 0).to_socket_addrs().map_err(|_| wrong("is no address, and no host has this name"))?;
            let mut found: Vec<_> =
                found.map(|found| found.ip()).filter(|address| address.is_ipv6() == is_ipv6).collect();
            found.sort();
            found.dedup();
            match *found {
                [address] => Network { address, prefix_length: if is_ipv6 { 128 } else { 32 } },
                _ => {
                    return Err(wrong(&format!(
                        "is a host with {} addresses of {family}, and a rule has one",
                        found.len()
                    )));
                }
            }
        }
    };
    if network.is_ipv6() != is_ipv6 {
        return Err(wrong(&format!("is not of {family}")));
    }
    // All addresses are what a rule without a host fits, too.
    Ok(Some(network).filter(|network| network.prefix_length > 0))
}

/// A number, a range, or a name in `/etc/services`.
fn ports(root: &Root, property: &str, given: &Option<String>, protocol: Protocol) -> Result<Option<Ports>> {
    let Some(text) = filled(given) else { return Ok(None) };
    if let Some(ports) = Ports::parse(text) {
        return Ok(Some(ports));
    }
    let suffix = if protocol == Protocol::Udp { "udp" } else { "tcp" };
    let services = root.read_text_if_present("/etc/services")?.unwrap_or_default();
    let port = |line: &str| {
        let mut words = line.split('#').next()?.split_whitespace();
        let (name, number) = (words.next()?, words.next()?);
        let is_it = name == text || words.any(|alias| alias == text);
        let (number, of) = number.split_once('/')?;
        (is_it && of == suffix).then(|| number.parse().ok()).flatten()
    };
    let port = services.lines().find_map(port).ok_or_else(|| {
        Error::invalid_parameter(format!(
            "{property} {text:?} is no port: 443, 8000:8080 or a name in /etc/services, such as https, would be one"
        ))
    })?;
    Ok(Some(Ports(port, port)))
}
