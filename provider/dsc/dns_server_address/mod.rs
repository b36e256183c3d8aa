//! nxDNSServerAddress: the DNS servers that the machine asks.

#[cfg(test)]
mod tests;

use super::{Context, Difference, Done, Resource};
use crate::linux::network::dns_servers::{Keeper, address};
use crate::schema::MsftNxDnsServerAddressResource;
use omi::{Error, Result};
use std::net::IpAddr;

/// The resource.
#[derive(Clone, Copy, Debug, Default)]
pub struct DnsServerAddress;

/// The resolver of the C library asks no more: resolv.conf(5).
const MOST: usize = 3;

impl Resource for DnsServerAddress {
    type Instance = MsftNxDnsServerAddressResource;

    /// The addresses are the key, so they stay as they are desired; Ensure says whether these servers are asked.
    fn get(
        &self,
        desired: &MsftNxDnsServerAddressResource,
        context: &Context<'_>,
    ) -> Result<MsftNxDnsServerAddressResource> {
        let wanted = Wanted::new(desired)?;
        let servers = Keeper::of(context.root)?.servers(context.root)?;
        let is_there = wanted.addresses.iter().all(|address| wanted.of_family(&servers).contains(address));
        let ensure = if is_there { "Present" } else { "Absent" };
        Ok(MsftNxDnsServerAddressResource {
            address: desired.address.clone(),
            ensure: Some(ensure.into()),
            address_family: Some(wanted.family().into()),
        })
    }

    fn test(&self, desired: &MsftNxDnsServerAddressResource, context: &Context<'_>) -> Result<Vec<Difference>> {
        let wanted = Wanted::new(desired)?;
        let servers = Keeper::of(context.root)?.servers(context.root)?;
        let found = wanted.of_family(&servers);
        if wanted.is_absent {
            let is_there = found.iter().any(|address| wanted.addresses.contains(address));
            return Ok(is_there.then(|| Difference::new("Ensure", "Present", "Absent")).into_iter().collect());
        }
        let list = |addresses: &[IpAddr]| addresses.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(", ");
        let differs = found != wanted.addresses;
        let difference = differs.then(|| Difference::new("Address", list(&found), list(&wanted.addresses)));
        Ok(difference.into_iter().collect())
    }

    fn set(&self, desired: &MsftNxDnsServerAddressResource, context: &Context<'_>) -> Result<Done> {
        let wanted = Wanted::new(desired)?;
        let keeper = Keeper::of(context.root)?;
        let servers = keeper.servers(context.root)?;
        context.check_canceled()?;
        keeper.set_servers(context.root, &wanted.apply(&servers))?;
        Ok(Done::default())
    }
}

/// What is desired, checked.
struct Wanted {
    addresses: Vec<IpAddr>,
    is_absent: bool,
    is_ipv6: bool,
}

impl Wanted {
    fn new(given: &MsftNxDnsServerAddressResource) -> Result<Self> {
        let is_ipv6 = given.address_family.as_deref() == Some("IPv6");
        let texts = given.address.as_deref().unwrap_or_default();
        if texts.is_empty() || texts.len() > MOST {
            let count = texts.len();
            return Err(Error::invalid_parameter(format!("Address has {count} servers; it should have one to {MOST}")));
        }
        let mut addresses = Vec::new();
        for text in texts {
            let address = text.trim().parse().ok().filter(|address: &IpAddr| address.is_ipv6() == is_ipv6);
            let (family, example) = if is_ipv6 { ("IPv6", "2001:db8::53") } else { ("IPv4", "192.0.2.53") };
            let wrong =
                || format!("Address {text:?} is no address of {family}, the AddressFamily; {example} would be one");
            let address = address.ok_or_else(|| Error::invalid_parameter(wrong()))?;
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        Ok(Self { addresses, is_absent: given.ensure.as_deref() == Some("Absent"), is_ipv6 })
    }

    fn family(&self) -> &'static str {
        if self.is_ipv6 { "IPv6" } else { "IPv4" }
    }

    /// The addresses of the family among the servers.
    fn of_family(&self, servers: &[String]) -> Vec<IpAddr> {
        servers
            .iter()
            .filter_map(|server| address(server))
            .filter(|address| address.is_ipv6() == self.is_ipv6)
            .collect()
    }

    /// The servers as they are desired. One that stays keeps its port and name; those of the other family stay.
    fn apply(&self, servers: &[String]) -> Vec<String> {
        let is_of_family = |server: &String| address(server).is_some_and(|address| address.is_ipv6() == self.is_ipv6);
        if self.is_absent {
            let stays = |server: &&String| address(server).is_none_or(|address| !self.addresses.contains(&address));
            return servers.iter().filter(stays).cloned().collect();
        }
        let written = |wanted: &IpAddr| {
            let old = servers.iter().find(|server| address(server) == Some(*wanted));
            old.cloned().unwrap_or_else(|| wanted.to_string())
        };
        let first = servers.iter().position(is_of_family).unwrap_or(servers.len());
        let others =
            |servers: &[String]| servers.iter().filter(|server| !is_of_family(server)).cloned().collect::<Vec<_>>();
        let new: Vec<String> = self.addresses.iter().map(written).collect();
        [others(&servers[..first]), new, others(&servers[first..])].concat()
    }
}
