//! nxIPAddress: how a network interface gets its address.

#[cfg(test)]
mod manage_tests;
#[cfg(test)]
mod tests;

use super::{Context, Difference, Done, Resource};
use crate::linux::network::settings::{Family, Keeper, Settings};
use crate::linux::users::manage::check_rights;
use crate::schema::MsftNxIpAddressResource;
use omi::{Error, Result};
use std::net::IpAddr;

/// The resource.
#[derive(Clone, Copy, Debug, Default)]
pub struct IpAddress;

/// The longest name of an interface.
const LONGEST_INTERFACE: usize = 15;

impl Resource for IpAddress {
    type Instance = MsftNxIpAddressResource;

    /// There is none to give where BootProtocol is Automatic.
    const MAY_BE_NULL: &'static [&'static str] = &["IPAddress"];

    fn get(&self, desired: &MsftNxIpAddressResource, context: &Context<'_>) -> Result<MsftNxIpAddressResource> {
        let wanted = Wanted::new(desired)?;
        let settings = Keeper::of(context.root, wanted.interface)?.settings(context.root, wanted.family)?;
        let is_there = settings.as_ref().is_some_and(|settings| wanted.is_in(settings));
        let mut found = MsftNxIpAddressResource {
            ip_address: desired.ip_address.clone(),
            interface_name: desired.interface_name.clone(),
            ensure: Some(if is_there { "Present" } else { "Absent" }.into()),
            address_family: Some(wanted.family_name().into()),
            ..Default::default()
        };
        match settings {
            Some(Settings::Automatic) => found.boot_protocol = Some("Automatic".into()),
            Some(Settings::Static { addresses, gateway }) => {
                found.boot_protocol = Some("Static".into());
                let own = addresses.iter().find(|(address, _)| Some(*address) == wanted.address);
                found.prefix_length = own.map(|(_, length)| u32::from(*length));
                found.default_gateway = gateway.map(|gateway| gateway.to_string());
            }
            None => {}
        }
        Ok(found)
    }

    fn test(&self, desired: &MsftNxIpAddressResource, context: &Context<'_>) -> Result<Vec<Difference>> {
        let wanted = Wanted::new(desired)?;
        let settings = Keeper::of(context.root, wanted.interface)?.settings(context.root, wanted.family)?;
        if wanted.is_absent {
            let is_there = settings.as_ref().is_some_and(|settings| wanted.is_in(settings));
            return Ok(is_there.then(|| Difference::new("Ensure", "Present", "Absent")).into_iter().collect());
        }
        match settings {
            None => Ok(vec![Difference::new("Ensure", "Absent", "Present")]),
            Some(settings) => wanted.differences(&settings),
        }
    }

    fn set(&self, desired: &MsftNxIpAddressResource, context: &Context<'_>) -> Result<Done> {
        check_rights("change the addresses of interfaces")?;
        let wanted = Wanted::new(desired)?;
        let keeper = Keeper::of(context.root, wanted.interface)?;
        let found = keeper.settings(context.root, wanted.family)?;
        context.check_canceled()?;
        keeper.set(context.root, wanted.family, wanted.settings(found.as_ref())?.as_ref())?;
        Ok(Done::default())
    }
}

/// What is desired, checked.
struct Wanted<'a> {
    interface: &'a str,
    family: Family,
    is_absent: bool,
    is_static: bool,
    address: Option<IpAddr>,
    prefix_length: Option<u8>,
    gateway: Option<IpAddr>,
}

impl<'a> Wanted<'a> {
    fn new(given: &'a MsftNxIpAddressResource) -> Result<Self> {
        let interface = given.interface_name.as_deref().unwrap_or_default();
        let fits = |c: char| c.is_ascii_graphic() && !matches!(c, '/' | '=' | '[' | ']' | '*' | '?' | '"' | '\'');
        let starts_well = !interface.starts_with(['-', '.', '#']);
        if interface.is_empty() || interface.len() > LONGEST_INTERFACE || !interface.chars().all(fits) || !starts_well {
            return Err(Error::invalid_parameter(format!(
                "InterfaceName {interface:?} is no name of an interface; eth0 would be one"
            )));
        }
        let family = if given.address_family.as_deref() == Some("IPv6") { Family::V6 } else { Family::V4 };
        let address = address("IPAddress", &given.ip_address, family)?;
        let gateway = address_of_gateway(given, family)?;
        let most = if family == Family::V6 { 128 } else { 32 };
        let length = given.prefix_length;
        if let Some(length) = length.filter(|length| *length > most) {
            return Err(Error::invalid_parameter(format!(
                "PrefixLength {length} is more than {most}, the bits of an address"
            )));
        }
        let is_static = given.boot_protocol.as_deref() == Some("Static");
        let is_absent = given.ensure.as_deref() == Some("Absent");
        if is_static && address.is_none() {
            return Err(Error::invalid_parameter("IPAddress is needed where BootProtocol is Static"));
        }
        if !is_static && !is_absent && gateway.is_some() {
            return Err(Error::invalid_parameter(
                "DefaultGateway cannot be set where BootProtocol is Automatic, for it comes with the address",
            ));
        }
        let prefix_length = length.map(|length| length as u8);
        Ok(Self { interface, family, is_absent, is_static, address, prefix_length, gateway })
    }

    fn family_name(&self) -> &'static str {
        if self.family == Family::V6 { "IPv6" } else { "IPv4" }
    }

    /// Whether the interface is configured as this resource has it: with its address or, where that does not count,
    /// automatically.
    fn is_in(&self, settings: &Settings) -> bool {
        match settings {
            Settings::Automatic => !self.is_static,
            Settings::Static { addresses, .. } => addresses.iter().any(|(address, _)| Some(*address) == self.address),
        }
    }

    fn differences(&self, settings: &Settings) -> Result<Vec<Difference>> {
        let mut differences = Vec::new();
        match settings {
            Settings::Automatic if self.is_static => {
                differences.push(Difference::new("BootProtocol", "Automatic", "Static"));
            }
            Settings::Static { .. } if !self.is_static => {
                differences.push(Difference::new("BootProtocol", "Static", "Automatic"));
            }
            Settings::Static { addresses, gateway } => {
                let list = addresses.iter().map(|(address, _)| address.to_string()).collect::<Vec<_>>().join(", ");
                let text = |address: Option<IpAddr>| address.map(|address| address.to_string()).unwrap_or_default();
                match addresses[..] {
                    [(address, length)] if Some(address) == self.address => {
                        if let Some(wanted) = self.prefix_length.filter(|wanted| *wanted != length) {
                            differences.push(Difference::new("PrefixLength", length, wanted));
                        }
                    }
                    _ => differences.push(Difference::new("IPAddress", list, text(self.address))),
                }
                if self.gateway.is_some() && self.gateway != *gateway {
                    differences.push(Difference::new("DefaultGateway", text(*gateway), text(self.gateway)));
                }
            }
            Settings::Automatic => {}
        }
        Ok(differences)
    }

    /// What is to be configured; what is not given stays.
    fn settings(&self, found: Option<&Settings>) -> Result<Option<Settings>> {
        if self.is_absent {
            return Ok(match found {
                // Others of the same interface stay.
                Some(Settings::Static { addresses, gateway }) => {
                    let is_other = |it: &&(IpAddr, u8)| Some(it.0) != self.address;
                    let addresses: Vec<_> = addresses.iter().filter(is_other).copied().collect();
                    (!addresses.is_empty()).then_some(Settings::Static { addresses, gateway: *gateway })
                }
                _ => None,
            });
        }
        let Some(address) = self.address.filter(|_| self.is_static) else { return Ok(Some(Settings::Automatic)) };
        let (old_length, old_gateway) = match found {
            Some(Settings::Static { addresses, gateway }) => {
                (addresses.iter().find(|(old, _)| *old == address).map(|(_, length)| *length), *gateway)
            }
            _ => (None, None),
        };
        let length = self.prefix_length.or(old_length).ok_or_else(|| {
            Error::invalid_parameter("PrefixLength is needed for a new static address; 24 is that of 192.0.2.0/24")
        })?;
        Ok(Some(Settings::Static { addresses: vec![(address, length)], gateway: self.gateway.or(old_gateway) }))
    }
}

fn address(property: &str, given: &Option<String>, family: Family) -> Result<Option<IpAddr>> {
    let Some(text) = given.as_deref().map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let (name, example) = if family == Family::V6 { ("IPv6", "2001:db8::7") } else { ("IPv4", "192.0.2.7") };
    let address = text.parse().ok().filter(|address| family.has(*address));
    address.map(Some).ok_or_else(|| {
        Error::invalid_parameter(format!(
            "{property} {text:?} is no address of {name}, the AddressFamily; {example} would be one"
        ))
    })
}

fn address_of_gateway(given: &MsftNxIpAddressResource, family: Family) -> Result<Option<IpAddr>> {
    address("DefaultGateway", &given.default_gateway, family)
}
