//! nxComputer: the computer's name, its domain and its time zone.

#[cfg(test)]
mod tests;

use super::{Context, Difference, Done, Resource};
use crate::linux::computer::{self, Lasting, check_host_name, hosts, set_host_name, static_host_name};
use crate::linux::os::clock::{check_zone, set_time_zone};
use crate::linux::os::time_zone;
use crate::linux::replace_file::{Attributes, replace};
use crate::linux::{self, Bus, Root};
use crate::schema::MsftNxComputerResource;
use omi::{Error, Result};
use std::io::Write;

const HOSTS: &str = "/etc/hosts";
const LOCALTIME: &str = "/etc/localtime";

/// The resource.
#[derive(Clone, Debug, Default)]
pub struct Computer {
    /// The system's, unless a test says otherwise.
    bus: Option<Bus>,
}

impl Resource for Computer {
    type Instance = MsftNxComputerResource;

    fn get(&self, desired: &MsftNxComputerResource, context: &Context<'_>) -> Result<MsftNxComputerResource> {
        let wish = Wish::new(desired, context.root)?;
        let is = Names::read(context.root)?;
        // A name with a dot is compared as a whole, so it is told as a whole.
        let name = if wish.name.is_some_and(|name| name.contains('.')) { &is.host_name } else { label(&is.host_name) };
        Ok(MsftNxComputerResource {
            name: Some(name.to_owned()),
            dns_domain_name: is.domain,
            time_zone_name: time_zone(context.root)?.name,
            alternate_time_zone_name: None,
        })
    }

    fn test(&self, desired: &MsftNxComputerResource, context: &Context<'_>) -> Result<Vec<Difference>> {
        let wish = Wish::new(desired, context.root)?;
        let is = Names::read(context.root)?;
        let mut differences = Vec::new();
        if let Some(name) = wish.name {
            // Both, as the kernel has lost its name at the next start.
            let other = [Some(&is.host_name), is.kernel.as_ref()].into_iter().flatten().find(|is| !is_named(is, name));
            differences.extend(other.map(|other| Difference::new("Name", other, name)));
        }
        if let Some(domain) = wish.domain.filter(|domain| is.domain.as_deref() != Some(*domain)) {
            differences.push(Difference::new("DNSDomainName", is.domain.unwrap_or_default(), domain));
        }
        if let Some((property, zone)) = wish.zone.filter(|(_, zone)| !is_zone(context.root, zone)) {
            let is = time_zone(context.root).ok().and_then(|zone| zone.name);
            differences.push(Difference::new(property, is.unwrap_or_default(), zone));
        }
        Ok(differences)
    }

    /// The name in /etc/hosts is there before the host name is changed: programs look up their own host. It is taken back if
    /// that fails.
    fn set(&self, desired: &MsftNxComputerResource, context: &Context<'_>) -> Result<Done> {
        let wish = Wish::new(desired, context.root)?;
        let is = Names::read(context.root)?;
        let bus = self.bus.clone().unwrap_or_default();
        if wish.name.is_some() || wish.domain.is_some() {
            let host_name = wish.host_name(&is);
            check_host_name(&host_name).map_err(|error| Error::invalid_parameter(format!("Name: {error}")))?;
            let before = rename_in_hosts(context.root, &is.host_name, label(&host_name), wish.domain)?;
            let is_same = is.host_name == host_name && is.kernel.as_ref().is_none_or(|kernel| *kernel == host_name);
            if !is_same {
                context.verbose(&format!("set the host name {host_name}"));
                if let Err(error) = set_host_name(context.root, &bus, &host_name, Lasting::Always) {
                    if let Some(before) = before {
                        write_hosts(context.root, &before)?;
                    }
                    return Err(error.into());
                }
            }
        }
        if let Some((_, zone)) = wish.zone.filter(|(_, zone)| !is_zone(context.root, zone)) {
            context.verbose(&format!("set the time zone {zone}"));
            set_time_zone(context.root, &bus, zone)?;
        }
        Ok(Done::default())
    }
}

impl Computer {
    /// That of this machine.
    pub const fn new() -> Self {
        Self { bus: None }
    }
}

/// What is desired, checked.
struct Wish<'a> {
    name: Option<&'a str>,
    domain: Option<&'a str>,
    /// The first of the wanted time zones that the machine has, and the property that names it.
    zone: Option<(&'static str, &'a str)>,
}

impl<'a> Wish<'a> {
    fn new(desired: &'a MsftNxComputerResource, root: &Root) -> Result<Self> {
        let given = |value: &'a Option<String>| value.as_deref().filter(|text| !text.is_empty());
        let (name, domain) = (given(&desired.name), given(&desired.dns_domain_name));
        let of_name = name.and_then(|name| name.split_once('.')).map(|(_, domain)| domain);
        let wrong = |property, error: linux::Error| Error::invalid_parameter(format!("{property}: {error}"));
        if let Some(name) = name {
            check_host_name(name).map_err(|error| wrong("Name", error))?;
        }
        if let Some(domain) = domain {
            check_host_name(domain).map_err(|error| wrong("DNSDomainName", error))?;
        }
        if let (Some(domain), Some(of_name)) = (domain, of_name.filter(|of_name| Some(*of_name) != domain)) {
            return Err(Error::invalid_parameter(format!(
                "DNSDomainName {domain:?} should be {of_name:?} or nothing, as Name has that domain"
            )));
        }
        let zones = [
            ("TimeZoneName", given(&desired.time_zone_name)),
            ("AlternateTimeZoneName", given(&desired.alternate_time_zone_name)),
        ];
        Ok(Self { name, domain: domain.or(of_name), zone: zone(root, zones)? })
    }

    /// With a domain where the old one has one.
    fn host_name(&self, is: &Names) -> String {
        let name = self.name.unwrap_or_else(|| label(&is.host_name));
        let old = is.host_name.split_once('.').map(|(_, domain)| domain);
        match old.map(|old| self.domain.unwrap_or(old)).filter(|_| !name.contains('.')) {
            Some(domain) => format!("{name}.{domain}"),
            None => name.to_owned(),
        }
    }
}

/// The first zone that the machine has.
fn zone<'a>(root: &Root, zones: [(&'static str, Option<&'a str>); 2]) -> Result<Option<(&'static str, &'a str)>> {
    let mut wrong = None;
    for (property, zone) in zones.into_iter().filter_map(|(property, zone)| Some((property, zone?))) {
        match check_zone(root, zone) {
            Ok(()) => return Ok(Some((property, zone))),
            Err(error) => wrong = wrong.or(Some(Error::invalid_parameter(format!("{property}: {error}")))),
        }
    }
    wrong.map_or(Ok(None), Err)
}

/// What the computer is called.
struct Names {
    /// That with which it starts; where there is none, that of the kernel.
    host_name: String,
    /// `None` where there is no kernel, as in an image.
    kernel: Option<String>,
    /// Of the host name or, where that has none, in /etc/hosts.
    domain: Option<String>,
}

impl Names {
    fn read(root: &Root) -> Result<Self> {
        let kernel = computer::host_name(root);
        let host_name = static_host_name(root).or_else(|| kernel.clone()).unwrap_or_default();
        let domain = match host_name.split_once('.') {
            Some((_, domain)) => Some(domain.to_owned()),
            None => hosts::domain_of(&read_hosts(root)?.unwrap_or_default(), &host_name),
        };
        Ok(Self { host_name, kernel, domain })
    }
}

fn label(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// Whether a host name is the wanted one, which may leave the domain out.
fn is_named(host_name: &str, wanted: &str) -> bool {
    host_name == wanted || !wanted.contains('.') && label(host_name) == wanted
}

/// Whether that is the time zone: by the link, or by what is in a copy.
fn is_zone(root: &Root, zone: &str) -> bool {
    match time_zone(root) {
        Ok(now) if now.name.is_some() => now.name.as_deref() == Some(zone),
        _ => {
            let read = |path: &str| std::fs::read(root.path(path)).ok();
            read(LOCALTIME).is_some() && read(LOCALTIME) == read(&format!("/usr/share/zoneinfo/{zone}"))
        }
    }
}

/// Gives the computer its new name in /etc/hosts. What was there before, if it was changed.
fn rename_in_hosts(root: &Root, old: &str, label: &str, domain: Option<&str>) -> Result<Option<Vec<u8>>> {
    let before = read_hosts(root)?.unwrap_or_else(|| hosts::EMPTY.to_vec());
    let after = hosts::renamed(&before, old, label, domain);
    // A file that has nothing of the computer and need not have it stays as it is.
    if after == before || domain.is_none() && self::label(old) == label {
        return Ok(None);
    }
    write_hosts(root, &after)?;
    Ok(Some(before))
}

fn read_hosts(root: &Root) -> Result<Option<Vec<u8>>> {
    match std::fs::read(root.path(HOSTS)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(linux::Error::Io { path: root.path(HOSTS), source: error }.into()),
    }
}

/// A link is followed: some systems keep the file elsewhere.
fn write_hosts(root: &Root, hosts: &[u8]) -> Result<()> {
    let path = root.path(HOSTS);
    let path = path.canonicalize().unwrap_or(path);
    let attributes = Attributes::of(&path)?.unwrap_or_else(|| Attributes::new(0o644));
    Ok(replace(&path, &attributes, |file| file.write_all(hosts))?)
}
