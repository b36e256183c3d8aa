//! The network scripts of Red Hat: `/etc/sysconfig/network-scripts/ifcfg-*`.

use super::{Family, Settings, first, gateway, with_length};
use crate::linux::edited_file::EditedFile;
use crate::linux::firewall::mask_length;
use std::net::{IpAddr, Ipv4Addr};

/// Other variables for what IPADDR, PREFIX and GATEWAY say.
const OTHERS: &[&str] = &["NETMASK", "IPADDR0", "PREFIX0", "NETMASK0", "GATEWAY0"];

fn value(file: &EditedFile, name: &str) -> Option<String> {
    let value =
        |line: String| Some(line.trim().strip_prefix(name)?.strip_prefix('=')?.trim_matches(['"', '\'']).to_owned());
    file.texts().filter_map(value).last().filter(|value| !value.is_empty())
}

fn is_yes(value: Option<String>) -> bool {
    value.is_some_and(|value| value.eq_ignore_ascii_case("yes"))
}

/// Sets a variable where it stands, or takes it out.
fn change(file: &mut EditedFile, name: &str, value: Option<String>) {
    let start = format!("{name}=");
    let at = file.texts().position(|line| line.trim().starts_with(&start));
    file.lines.retain(|line| !String::from_utf8_lossy(line).trim().starts_with(&start));
    if let Some(value) = value {
        file.lines.insert(at.unwrap_or(file.lines.len()).min(file.lines.len()), format!("{name}={value}").into_bytes());
    }
}

pub(super) fn settings(file: &EditedFile, family: Family) -> Option<Settings> {
    match family {
        Family::V4 => {
            if value(file, "BOOTPROTO").is_some_and(|method| matches!(method.as_str(), "dhcp" | "bootp")) {
                return Some(Settings::Automatic);
            }
            let either = |name: &str| value(file, name).or_else(|| value(file, &format!("{name}0")));
            let address: IpAddr = either("IPADDR")?.parse().ok()?;
            let mask =
                || mask_length(either("NETMASK")?.parse::<Ipv4Addr>().ok()?).and_then(|length| length.try_into().ok());
            let length = either("PREFIX").and_then(|length| length.parse().ok()).or_else(mask).unwrap_or(32);
            let gateway = either("GATEWAY").and_then(|gateway| gateway.parse().ok());
            Some(Settings::Static { addresses: vec![(address, length)], gateway })
        }
        Family::V6 => {
            let address = value(file, "IPV6ADDR").and_then(|text| with_length(&text));
            let gateway = value(file, "IPV6_DEFAULTGW").and_then(|gateway| gateway.parse().ok());
            match address {
                _ if is_yes(value(file, "IPV6_AUTOCONF")) || is_yes(value(file, "DHCPV6C")) => {
                    Some(Settings::Automatic)
                }
                Some(address) => Some(Settings::Static { addresses: vec![address], gateway }),
                None => None,
            }
        }
    }
}

pub(super) fn set(file: &mut EditedFile, interface: &str, family: Family, settings: Option<&Settings>) {
    let is_automatic = settings == Some(&Settings::Automatic);
    let (address, gateway) = (first(settings), gateway(settings).map(|gateway| gateway.to_string()));
    if value(file, "DEVICE").is_none() && value(file, "HWADDR").is_none() {
        change(file, "DEVICE", Some(interface.to_owned()));
    }
    match family {
        Family::V4 => {
            OTHERS.iter().for_each(|name| change(file, name, None));
            change(file, "BOOTPROTO", Some(if is_automatic { "dhcp" } else { "none" }.to_owned()));
            change(file, "IPADDR", address.map(|(address, _)| address.to_string()));
            change(file, "PREFIX", address.map(|(_, length)| length.to_string()));
            change(file, "GATEWAY", gateway);
        }
        Family::V6 => {
            change(file, "IPV6INIT", Some(if settings.is_some() { "yes" } else { "no" }.to_owned()));
            change(file, "IPV6_AUTOCONF", Some(if is_automatic { "yes" } else { "no" }.to_owned()));
            change(file, "DHCPV6C", None);
            change(file, "IPV6ADDR", address.map(|(address, length)| format!("{address}/{length}")));
            change(file, "IPV6_DEFAULTGW", gateway);
        }
    }
    if settings.is_some() {
        change(file, "ONBOOT", Some("yes".to_owned()));
    }
}
