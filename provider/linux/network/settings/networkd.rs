//! systemd-networkd: systemd.network(5).

use super::{Family, Settings, sections, with_length};
use crate::linux::edited_file::EditedFile;
use std::net::IpAddr;

pub(super) const FOLDER: &str = "/etc/systemd/network";

const SECTION: &str = "Network";

/// For which families DHCP is asked.
fn dhcp(file: &EditedFile) -> (bool, bool) {
    match sections::values(file, SECTION, "DHCP").last().map(String::as_str) {
        Some("yes" | "true" | "both" | "on" | "1") => (true, true),
        Some("ipv4" | "v4") => (true, false),
        Some("ipv6" | "v6") => (false, true),
        _ => (false, false),
    }
}

pub(super) fn settings(file: &EditedFile, family: Family) -> Option<Settings> {
    let (v4, v6) = dhcp(file);
    let is_automatic = match family {
        Family::V4 => v4,
        Family::V6 => {
            let announced = sections::values(file, SECTION, "IPv6AcceptRA");
            v6 || announced.last().is_some_and(|value| matches!(value.as_str(), "yes" | "true" | "on" | "1"))
        }
    };
    if is_automatic {
        return Some(Settings::Automatic);
    }
    let mut texts = sections::values(file, SECTION, "Address");
    texts.extend(sections::values(file, "Address", "Address"));
    let addresses: Vec<_> =
        texts.iter().filter_map(|text| with_length(text)).filter(|(address, _)| family.has(*address)).collect();
    let gateways = sections::values(file, SECTION, "Gateway");
    let gateway = gateways.iter().filter_map(|text| text.parse().ok()).find(|gateway| family.has(*gateway));
    (!addresses.is_empty()).then_some(Settings::Static { addresses, gateway })
}

pub(super) fn set(file: &mut EditedFile, interface: &str, family: Family, settings: Option<&Settings>) {
    if sections::values(file, "Match", "Name").is_empty() {
        sections::change(file, "Match", "Name", |_| true, &[interface.to_owned()]);
    }
    let (mut v4, mut v6) = dhcp(file);
    let is_automatic = settings == Some(&Settings::Automatic);
    *(if family == Family::V4 { &mut v4 } else { &mut v6 }) = is_automatic;
    let dhcp = match (v4, v6) {
        (true, true) => "yes",
        (true, false) => "ipv4",
        (false, true) => "ipv6",
        (false, false) => "no",
    };
    let of_family = |text: &str| with_length(text).is_some_and(|(address, _)| family.has(address));
    let (mut addresses, mut gateways) = (Vec::new(), Vec::new());
    if let Some(Settings::Static { addresses: new, gateway }) = settings {
        addresses = new.iter().map(|(address, length)| format!("{address}/{length}")).collect();
        gateways = gateway.iter().map(IpAddr::to_string).collect();
    }
    sections::change(file, "Address", "Address", of_family, &[]);
    sections::change(file, SECTION, "Gateway", of_family, &gateways);
    sections::change(file, SECTION, "Address", of_family, &addresses);
    if family == Family::V6 {
        let announced = if is_automatic { "yes" } else { "no" };
        sections::change(file, SECTION, "IPv6AcceptRA", |_| true, &[announced.to_owned()]);
    }
    sections::change(file, SECTION, "DHCP", |_| true, &[dhcp.to_owned()]);
}
