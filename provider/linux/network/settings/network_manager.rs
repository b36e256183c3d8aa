//! NetworkManager: nm-settings-keyfile(5).

use super::{Family, Settings, sections, with_length};
use crate::linux::edited_file::EditedFile;
use std::net::IpAddr;

pub(super) const FOLDER: &str = "/etc/NetworkManager/system-connections";

/// More addresses than this nobody numbers.
const MOST_ADDRESSES: usize = 32;

fn section(family: Family) -> &'static str {
    match family {
        Family::V4 => "ipv4",
        Family::V6 => "ipv6",
    }
}

/// The names of the keys that hold an address, with or without a gateway behind it.
fn keys() -> impl Iterator<Item = String> {
    let numbered = (0..MOST_ADDRESSES).flat_map(|number| [format!("address{number}"), format!("addresses{number}")]);
    ["address".to_owned(), "addresses".to_owned()].into_iter().chain(numbered)
}

pub(super) fn settings(file: &EditedFile, family: Family) -> Option<Settings> {
    let section = section(family);
    match sections::values(file, section, "method").last()?.as_str() {
        "auto" | "dhcp" => return Some(Settings::Automatic),
        "manual" => {}
        _ => return None,
    }
    let mut gateway: Option<IpAddr> =
        sections::values(file, section, "gateway").last().and_then(|text| text.parse().ok());
    let mut addresses = Vec::new();
    for text in keys().flat_map(|key| sections::values(file, section, &key)) {
        let (address, behind) = text.split_once(',').unwrap_or((&text, ""));
        addresses.extend(with_length(address));
        gateway = gateway.or_else(|| behind.split(',').next()?.trim().parse().ok());
    }
    Some(Settings::Static { addresses, gateway })
}

pub(super) fn set(file: &mut EditedFile, interface: &str, family: Family, settings: Option<&Settings>) {
    if !file.is_there() {
        // Only root may read what can hold passwords; NetworkManager takes no other.
        file.make_private();
        file.set_text(&format!("[connection]\nid={interface}\ntype=ethernet\ninterface-name={interface}"));
    }
    let section = section(family);
    let (method, addresses, gateway) = match settings {
        Some(Settings::Automatic) => ("auto", &[][..], None),
        Some(Settings::Static { addresses, gateway }) => ("manual", &addresses[..], *gateway),
        None => ("disabled", &[][..], None),
    };
    for key in keys() {
        sections::change(file, section, &key, |_| true, &[]);
    }
    for (number, (address, length)) in addresses.iter().enumerate().rev() {
        let key = format!("address{}", number + 1);
        sections::change(file, section, &key, |_| true, &[format!("{address}/{length}")]);
    }
    let gateways: Vec<String> = gateway.iter().map(IpAddr::to_string).collect();
    sections::change(file, section, "gateway", |_| true, &gateways);
    sections::change(file, section, "method", |_| true, &[method.to_owned()]);
}
