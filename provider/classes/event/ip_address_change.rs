//! Linux_IPAddressChange: addresses that come, change and go.

use super::{Poster, now, post};
use crate::linux::network::address::Address;
use crate::linux::network::changes::{Change, Changes};
use crate::linux::network::link;
use crate::linux::{Root, Stop};
use crate::schema::LinuxIpAddressChange;
use crate::schema::linux_ip_address_change::ChangeType;
use omi::Result;
use omi::indication::{Indicate, Indications};
use std::collections::HashMap;

/// Serves Linux_IPAddressChange.
#[derive(Default)]
pub(crate) struct IpAddressChanges {
    root: Root,
    poster: Poster,
}

impl Indicate<LinuxIpAddressChange> for IpAddressChanges {
    fn enable(&self, channel: Indications<LinuxIpAddressChange>) -> Result<()> {
        let changes = Changes::open(&self.root)?;
        let names = Names { root: self.root.clone(), known: HashMap::new() };
        self.poster.start("lumi-addresses", move |stop| follow(changes, names, &channel, stop))
    }

    fn disable(&self) {
        self.poster.stop();
    }
}

fn follow(
    mut changes: Changes,
    mut names: Names,
    channel: &Indications<LinuxIpAddressChange>,
    stop: &Stop,
) -> Result<()> {
    names.read()?;
    while let Some(changes) = changes.wait(stop)? {
        names.read()?;
        for (change, address) in changes {
            if !post(channel, instance(change, &address, names.find(address.interface))) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The names of interfaces, also of those that are gone: with an interface go its addresses.
struct Names {
    root: Root,
    known: HashMap<u32, String>,
}

impl Names {
    fn read(&mut self) -> Result<()> {
        self.known.extend(link::read(&self.root, false)?.into_iter().map(|link| (link.index, link.name)));
        Ok(())
    }

    fn find(&self, index: u32) -> Option<String> {
        self.known.get(&index).cloned()
    }
}

fn instance(change: Change, address: &Address, interface: Option<String>) -> LinuxIpAddressChange {
    LinuxIpAddressChange {
        indication_time: now(),
        change_type: Some(match change {
            Change::Added => ChangeType::ADDED,
            Change::Changed => ChangeType::CHANGED,
            Change::Removed => ChangeType::REMOVED,
        }),
        address: Some(address.address.to_string()),
        prefix_length: Some(address.prefix_length),
        interface_name: interface,
        interface_index: Some(address.interface),
        is_tentative: Some(address.is_tentative),
        is_duplicate: Some(address.is_duplicate),
        ..LinuxIpAddressChange::default()
    }
}
