//! Linux_EthernetPort and Linux_NetworkPort: the network interfaces, Ethernet and others.

use super::{Interfaces, colons, digits, enabled_state};
use crate::classes::{fits, host_name};
use crate::linux::Root;
use crate::linux::network::Link;
use crate::linux::network::hardware::{self, Hardware};
use crate::schema::linux_network_port::{Keys, LinkTechnology, OperationalState, OperationalStatus};
use crate::schema::{LinuxEthernetPort, LinuxNetworkPort};
use omi::{Class, Enumerate, Error, Get, Instance, Query, Result, Sink, not_found};

/// `ARPHRD_INFINIBAND`.
const INFINIBAND: u16 = 32;

/// What the files of sysfs are read for.
const OF_HARDWARE: &[&str] = &["Speed", "FullDuplex", "LinkTechnology", "DriverName", "BusAddress"];

/// Serves Linux_EthernetPort and Linux_NetworkPort.
#[derive(Default)]
pub(crate) struct Ports {
    root: Root,
}

impl Enumerate<LinuxNetworkPort> for Ports {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxNetworkPort>) -> Result<()> {
        self.list(query)?.into_iter().filter(|(link, _)| !link.is_ethernet()).try_for_each(|(_, port)| out.post(port))
    }
}

impl Enumerate<LinuxEthernetPort> for Ports {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxEthernetPort>) -> Result<()> {
        let ports = self.list(query)?.into_iter().filter(|(link, _)| link.is_ethernet());
        ports.map(|(_, port)| ethernet(port)).try_for_each(|port| out.post(port?))
    }
}

impl Get<LinuxNetworkPort> for Ports {
    fn get(&self, key: LinuxNetworkPort, query: &Query<'_>) -> Result<LinuxNetworkPort> {
        let found = self.find(&key, query)?.filter(|(link, _)| !link.is_ethernet());
        found.map(|(_, port)| port).ok_or_else(|| missing::<LinuxNetworkPort>(&key))
    }
}

impl Get<LinuxEthernetPort> for Ports {
    fn get(&self, key: LinuxEthernetPort, query: &Query<'_>) -> Result<LinuxEthernetPort> {
        let key = LinuxNetworkPort::from_instance(key.to_instance()?)?;
        let found = self.find(&key, query)?.filter(|(link, _)| link.is_ethernet());
        ethernet(found.map(|(_, port)| port).ok_or_else(|| missing::<LinuxEthernetPort>(&key))?)
    }
}

impl Ports {
    /// All interfaces; only one where the filter admits no other.
    fn list(&self, query: &Query<'_>) -> Result<Vec<(Link, LinuxNetworkPort)>> {
        let host = host_name(&self.root)?;
        let interfaces = Interfaces::read(&self.root)?;
        let only = query.required_text("DeviceID").or_else(|| query.required_text("Name"));
        let wanted = interfaces.0.iter().filter(|link| fits(&only, &link.name));
        Ok(wanted.map(|link| (link.clone(), self.instance(&host, link, &interfaces, query))).collect())
    }

    /// The interface with the keys of `key`.
    fn find(&self, key: &LinuxNetworkPort, query: &Query<'_>) -> Result<Option<(Link, LinuxNetworkPort)>> {
        let name = key.device_id.as_deref().ok_or_else(|| {
            Error::invalid_parameter("a network interface is found by its key DeviceID, its name such as eth0")
        })?;
        let host = host_name(&self.root)?;
        let interfaces = Interfaces::read(&self.root)?;
        let ours = fits(&key.system_creation_class_name, "Linux_ComputerSystem") && fits(&key.system_name, &host);
        let found = interfaces.0.iter().find(|link| ours && link.name == name);
        let found = found.filter(|link| fits(&key.creation_class_name, class(link)));
        Ok(found.map(|link| (link.clone(), self.instance(&host, link, &interfaces, query))))
    }

    fn instance(&self, host: &str, link: &Link, interfaces: &Interfaces, query: &Query<'_>) -> LinuxNetworkPort {
        let hardware =
            if query.wants_any(OF_HARDWARE) { hardware::read(&self.root, link) } else { Hardware::default() };
        instance(host, link, hardware, interfaces)
    }
}

/// All interfaces, Ethernet and others, each in its class with all its properties.
pub(crate) fn all(root: &Root) -> Result<impl Iterator<Item = Result<Instance>>> {
    let host = host_name(root)?;
    let interfaces = Interfaces::read(root)?;
    let ports: Vec<_> = interfaces
        .0
        .iter()
        .map(|link| {
            let port = instance(&host, link, hardware::read(root, link), &interfaces);
            if link.is_ethernet() { ethernet(port)?.to_instance() } else { port.to_instance() }
        })
        .collect();
    Ok(ports.into_iter())
}

fn missing<C: Class>(key: &LinuxNetworkPort) -> Error {
    not_found::<C>(&[("DeviceID", key.device_id.as_deref().unwrap_or_default())])
}

/// The class that an interface belongs to.
fn class(link: &Link) -> &'static str {
    if link.is_ethernet() { "Linux_EthernetPort" } else { "Linux_NetworkPort" }
}

/// The same interface in the class for Ethernet, which has all properties of the other one.
fn ethernet(port: LinuxNetworkPort) -> Result<LinuxEthernetPort> {
    LinuxEthernetPort::from_instance(port.to_instance()?)
}

fn instance(host: &str, link: &Link, hardware: Hardware, interfaces: &Interfaces) -> LinuxNetworkPort {
    let technology = match link.hardware_type {
        _ if hardware.is_wireless => LinkTechnology::WIRELESS_LAN,
        _ if link.is_ethernet() => LinkTechnology::ETHERNET,
        INFINIBAND => LinkTechnology::IB,
        _ => LinkTechnology::OTHER,
    };
    let other = || if link.is_loopback { Some("loopback".to_owned()) } else { link.kind.clone() };
    LinuxNetworkPort {
        creation_class_name: Some(class(link).to_owned()),
        name: Some(link.name.clone()),
        caption: Some(link.name.clone()),
        element_name: Some(link.name.clone()),
        enabled_state: Some(enabled_state(link)),
        operational_status: operational_status(link).map(|status| vec![status]),
        speed: hardware.speed,
        link_technology: Some(technology),
        other_link_technology: (technology == LinkTechnology::OTHER).then(other).flatten(),
        permanent_address: link.permanent_address.as_deref().and_then(digits),
        network_addresses: Some(digits(&link.address).into_iter().collect()),
        full_duplex: hardware.full_duplex,
        supported_maximum_transmission_unit: link.max_mtu.map(u64::from),
        active_maximum_transmission_unit: link.mtu.map(u64::from),
        interface_index: Some(link.index),
        interface_alias: link.alias.clone(),
        interface_kind: link.kind.clone(),
        hardware_type: Some(link.hardware_type),
        hardware_address: colons(&link.address),
        has_carrier: link.has_carrier,
        operational_state: link.operational_state.map(|state| OperationalState(state.into())),
        carrier_changes: link.carrier_changes,
        vlanid: link.vlan,
        part_of: link.master.and_then(|index| interfaces.name(index)),
        based_on: link.lower.and_then(|index| interfaces.name(index)),
        queue_discipline: link.queue_discipline.clone(),
        queue_length: link.queue_length,
        driver_name: hardware.driver,
        bus_address: hardware.bus_address,
        ..LinuxNetworkPort::new(Keys { system_name: host.to_owned(), device_id: link.name.clone() })
    }
}

/// `None` if the kernel does not tell the state.
fn operational_status(link: &Link) -> Option<OperationalStatus> {
    Some(match (link.is_up, OperationalState(link.operational_state?.into()), link.has_carrier) {
        (false, ..) => OperationalStatus::STOPPED,
        (_, OperationalState::UP, _) | (_, OperationalState::UNKNOWN, Some(true)) => OperationalStatus::OK,
        (_, OperationalState::TESTING, _) => OperationalStatus::IN_SERVICE,
        (_, OperationalState::DORMANT, _) => OperationalStatus::DORMANT,
        _ => OperationalStatus::LOST_COMMUNICATION,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    fn find(name: &str) -> LinuxNetworkPort {
        let interfaces = Interfaces::read(&machine("lab")).unwrap();
        let link = interfaces.0.iter().find(|link| link.name == name).unwrap();
        instance("server", link, Hardware::default(), &interfaces)
    }

    #[test]
    fn an_ethernet_interface_has_all_that_was_read_in_its_own_class() {
        let port = find("uplink");
        let ethernet = ethernet(port.clone()).unwrap();
        assert_eq!(ethernet.creation_class_name.as_deref(), Some("Linux_EthernetPort"));
        assert_eq!(ethernet.network_addresses, Some(vec!["020000000001".to_owned()]));
        assert_eq!(ethernet.hardware_address.as_deref(), Some("02:00:00:00:00:01"));
        assert_eq!(ethernet.active_maximum_transmission_unit, Some(1500));
        assert_eq!(ethernet.interface_alias.as_deref(), Some("to the data centre"));
        let set = |instance: omi::Instance| instance.properties().iter().filter(|it| it.value.is_some()).count();
        assert_eq!(set(ethernet.to_instance().unwrap()), set(port.to_instance().unwrap()));
    }

    #[test]
    fn the_loopback_interface_is_another_technology() {
        let lo = find("lo");
        assert_eq!(lo.link_technology, Some(LinkTechnology::OTHER));
        assert_eq!(lo.other_link_technology.as_deref(), Some("loopback"));
        assert_eq!(lo.operational_status, Some(vec![OperationalStatus::OK]), "its state is unknown for good");
        assert_eq!(find("uplink").other_link_technology, None);
    }

    #[test]
    fn one_that_is_switched_off_is_stopped() {
        assert_eq!(find("off0").operational_status, Some(vec![OperationalStatus::STOPPED]));
        assert_eq!(find("off0").operational_state, Some(OperationalState::DOWN));
        let tun = find("tun0");
        assert_eq!((tun.network_addresses, tun.hardware_address), (Some(vec![]), None));
    }

    #[test]
    fn interfaces_name_those_that_they_depend_on() {
        assert_eq!(find("port1").part_of.as_deref(), Some("br0"));
        assert_eq!(find("mac0").based_on.as_deref(), Some("far"));
        assert_eq!((find("br0").part_of, find("br0").based_on), (None, None));
    }
}
