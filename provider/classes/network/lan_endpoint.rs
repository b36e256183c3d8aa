//! Linux_LANEndpoint: where an Ethernet interface speaks to its LAN.

use super::{colons, digits, enabled_state};
use crate::classes::{fits, host_name};
use crate::linux::Root;
use crate::linux::network::{Link, link};
use crate::schema::LinuxLanEndpoint;
use crate::schema::linux_lan_endpoint::Keys;
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};

/// Serves Linux_LANEndpoint.
#[derive(Default)]
pub(crate) struct LanEndpoints {
    root: Root,
}

impl Enumerate<LinuxLanEndpoint> for LanEndpoints {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxLanEndpoint>) -> Result<()> {
        read(&self.root)?.into_iter().try_for_each(|endpoint| out.post(endpoint))
    }
}

impl Get<LinuxLanEndpoint> for LanEndpoints {
    fn get(&self, key: LinuxLanEndpoint, _query: &Query<'_>) -> Result<LinuxLanEndpoint> {
        let name = key.name.as_deref().ok_or_else(|| {
            Error::invalid_parameter("Linux_LANEndpoint is found by its key Name, the interface such as eth0")
        })?;
        let host = host_name(&self.root)?;
        let ours = fits(&key.system_creation_class_name, "Linux_ComputerSystem")
            && fits(&key.system_name, &host)
            && fits(&key.creation_class_name, "Linux_LANEndpoint");
        let mut links = link::read(&self.root, false)?.into_iter();
        let found = links.find(|link| ours && link.is_ethernet() && link.name == name);
        let missing = || not_found::<LinuxLanEndpoint>(&[("Name", name)]);
        Ok(instance(&host, &found.ok_or_else(missing)?))
    }
}

/// The endpoints of all Ethernet interfaces.
pub(super) fn read(root: &Root) -> Result<Vec<LinuxLanEndpoint>> {
    let host = host_name(root)?;
    let links = link::read(root, false)?;
    Ok(links.iter().filter(|link| link.is_ethernet()).map(|link| instance(&host, link)).collect())
}

fn instance(host: &str, link: &Link) -> LinuxLanEndpoint {
    LinuxLanEndpoint {
        caption: Some(link.name.clone()),
        element_name: Some(link.name.clone()),
        enabled_state: Some(enabled_state(link)),
        mac_address: digits(&link.address),
        formatted_mac_address: colons(&link.address),
        max_data_size: link.mtu.and_then(|bytes| bytes.checked_mul(8)),
        interface_index: Some(link.index),
        ..LinuxLanEndpoint::new(Keys { system_name: host.to_owned(), name: link.name.clone() })
    }
}
