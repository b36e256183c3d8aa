//! ifupdown: interfaces(5).

use super::{Family, Settings, first, gateway, with_length};
use crate::linux::edited_file::EditedFile;
use crate::linux::firewall::mask_length;
use std::net::{IpAddr, Ipv4Addr};
use std::ops::Range;

pub(super) const FILE: &str = "/etc/network/interfaces";

/// The options that say an address.
const OPTIONS: &[&str] = &["address", "netmask", "gateway", "broadcast", "network"];

fn name(family: Family) -> &'static str {
    match family {
        Family::V4 => "inet",
        Family::V6 => "inet6",
    }
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// Whether a line begins something else than an option.
fn is_head(line: &str) -> bool {
    let words = words(line);
    words.first().is_some_and(|word| {
        matches!(*word, "iface" | "auto" | "mapping" | "source" | "source-directory" | "template" | "no-auto-down")
            || word.starts_with("allow-")
            || word.starts_with("no-scripts")
    })
}

/// The lines of the stanza of an interface, its head first.
fn stanza(lines: &[String], interface: &str, family: Option<Family>) -> Option<Range<usize>> {
    let is_it = |line: &String| match words(line)[..] {
        ["iface", of, kind, ..] => of == interface && family.is_none_or(|family| kind == name(family)),
        _ => false,
    };
    let start = lines.iter().position(is_it)?;
    let end = lines[start + 1..].iter().position(|line| is_head(line)).map_or(lines.len(), |end| start + 1 + end);
    Some(start..end)
}

pub(super) fn is_about(file: &EditedFile, interface: &str) -> bool {
    stanza(&file.texts().collect::<Vec<_>>(), interface, None).is_some()
}

pub(super) fn settings(file: &EditedFile, interface: &str, family: Family) -> Option<Settings> {
    let lines: Vec<String> = file.texts().collect();
    let stanza = stanza(&lines, interface, Some(family))?;
    if matches!(words(&lines[stanza.start]).get(3), Some(&("dhcp" | "auto" | "bootp"))) {
        return Some(Settings::Automatic);
    }
    let option = |name: &str| {
        let value = |line: &String| {
            words(line).split_first().filter(|(first, _)| **first == name)?.1.first().map(|it| (*it).to_owned())
        };
        lines[stanza.clone()].iter().find_map(value)
    };
    let text = option("address")?;
    let (address, mut length) = with_length(&text)?;
    if let Some(mask) = option("netmask").filter(|_| !text.contains('/')) {
        let dotted = || mask_length(mask.parse::<Ipv4Addr>().ok()?).and_then(|length| length.try_into().ok());
        length = mask.parse().ok().or_else(dotted)?;
    }
    let gateway = option("gateway").and_then(|gateway| gateway.parse().ok());
    Some(Settings::Static { addresses: vec![(address, length)], gateway })
}

pub(super) fn set(file: &mut EditedFile, interface: &str, family: Family, settings: Option<&Settings>) {
    let lines: Vec<String> = file.texts().collect();
    let old = stanza(&lines, interface, Some(family));
    let mut new: Vec<Vec<u8>> =
        settings.map(|settings| head(interface, family, settings)).into_iter().flatten().collect();
    if let (Some(old), Some(_)) = (&old, settings) {
        // Other options stay, such as what is run when the interface comes up.
        let is_kept = |at: &usize| !words(&lines[*at]).first().is_some_and(|word| OPTIONS.contains(word));
        new.extend((old.start + 1..old.end).filter(is_kept).map(|at| file.lines[at].clone()));
    }
    match old {
        Some(old) => drop(file.lines.splice(old, new)),
        None => file.lines.extend(new),
    }
    let is_left = is_about(file, interface);
    let starts = |line: &[u8]| {
        let line = String::from_utf8_lossy(line).into_owned();
        let words = words(&line);
        words.first().is_some_and(|word| *word == "auto" || word.starts_with("allow-")) && words.contains(&interface)
    };
    match file.lines.iter().position(|line| starts(line)) {
        None if is_left => {
            let lines: Vec<String> = file.texts().collect();
            let at = stanza(&lines, interface, None).map_or(lines.len(), |stanza| stanza.start);
            file.lines.insert(at, format!("auto {interface}").into_bytes());
        }
        Some(at) if !is_left => {
            let line = String::from_utf8_lossy(&file.lines[at]).into_owned();
            let others: Vec<&str> = words(&line).into_iter().filter(|word| *word != interface).collect();
            if others.len() > 1 {
                file.lines[at] = others.join(" ").into_bytes();
            } else {
                file.lines.remove(at);
            }
        }
        _ => {}
    }
}

/// The begin of a stanza.
fn head(interface: &str, family: Family, settings: &Settings) -> Vec<Vec<u8>> {
    let method = match (settings, family) {
        (Settings::Static { .. }, _) => "static",
        (Settings::Automatic, Family::V4) => "dhcp",
        (Settings::Automatic, Family::V6) => "auto",
    };
    let mut lines = vec![format!("iface {interface} {} {method}", name(family))];
    lines.extend(first(Some(settings)).map(|(address, length)| format!("    address {address}/{length}")));
    lines.extend(gateway(Some(settings)).map(|gateway: IpAddr| format!("    gateway {gateway}")));
    lines.into_iter().map(String::into_bytes).collect()
}
