//! Linux_EthernetPortStatistics and Linux_NetworkPortStatistics: what interfaces transported.

use crate::classes::datetime;
use crate::linux::Root;
use crate::linux::network::Link;
use crate::linux::network::link::{self, Counters};
use crate::linux::sampling::{Pair, Sampler, per_second};
use crate::schema::linux_network_port_statistics::Keys;
use crate::schema::{LinuxEthernetPortStatistics, LinuxNetworkPortStatistics};
use omi::{Class, Datetime, Enumerate, Error, Get, Query, Result, Sink, not_found};
use std::time::{Duration, SystemTime};

const ID_PREFIX: &str = "Linux:NetworkPort:";

/// What a second reading is made for.
const RATES: &[&str] = &[
    "BytesReceivedPerSecond",
    "BytesTransmittedPerSecond",
    "PacketsReceivedPerSecond",
    "PacketsTransmittedPerSecond",
    "SampleInterval",
];

/// Serves Linux_EthernetPortStatistics and Linux_NetworkPortStatistics.
#[derive(Default)]
pub(crate) struct PortStatistics {
    root: Root,
    sampler: Sampler<Vec<Link>>,
}

/// The counters of an interface now, and before.
struct Reading {
    link: Link,
    counters: Counters,
    earlier: Option<(Counters, Duration)>,
}

impl Enumerate<LinuxNetworkPortStatistics> for PortStatistics {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxNetworkPortStatistics>) -> Result<()> {
        let others = self.read(query)?.into_iter().filter(|it| !it.link.is_ethernet());
        others.map(|reading| instance(&reading)).try_for_each(|statistics| out.post(statistics))
    }
}

impl Enumerate<LinuxEthernetPortStatistics> for PortStatistics {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxEthernetPortStatistics>) -> Result<()> {
        let ethernets = self.read(query)?.into_iter().filter(|it| it.link.is_ethernet());
        ethernets.map(|reading| ethernet(&reading)).try_for_each(|statistics| out.post(statistics?))
    }
}

impl Get<LinuxNetworkPortStatistics> for PortStatistics {
    fn get(&self, key: LinuxNetworkPortStatistics, query: &Query<'_>) -> Result<LinuxNetworkPortStatistics> {
        let asked = asked(&key.instance_id)?;
        let mut others = self.read(query)?.into_iter().filter(|it| !it.link.is_ethernet());
        let found = others.find(|it| id(&it.link) == asked);
        let missing = || not_found::<LinuxNetworkPortStatistics>(&[("InstanceID", asked)]);
        Ok(instance(&found.ok_or_else(missing)?))
    }
}

impl Get<LinuxEthernetPortStatistics> for PortStatistics {
    fn get(&self, key: LinuxEthernetPortStatistics, query: &Query<'_>) -> Result<LinuxEthernetPortStatistics> {
        let asked = asked(&key.instance_id)?;
        let mut ethernets = self.read(query)?.into_iter().filter(|it| it.link.is_ethernet());
        let found = ethernets.find(|it| id(&it.link) == asked);
        let missing = || not_found::<LinuxEthernetPortStatistics>(&[("InstanceID", asked)]);
        ethernet(&found.ok_or_else(missing)?)
    }
}

impl PortStatistics {
    /// The counters of all interfaces, with earlier ones if rates are wanted.
    fn read(&self, query: &Query<'_>) -> Result<Vec<Reading>> {
        let read = || link::read(&self.root, true);
        if query.wants_any(RATES) {
            Ok(readings(self.sampler.sample(read)?))
        } else {
            Ok(readings(Pair { earlier: Vec::new(), later: read()?, elapsed: Duration::ZERO }))
        }
    }
}

/// An interface that appeared in between has no earlier counters.
fn readings(pair: Pair<Vec<Link>>) -> Vec<Reading> {
    let Pair { earlier, later, elapsed } = pair;
    let earlier = |link: &Link| {
        let before = earlier.iter().find(|before| before.index == link.index && before.name == link.name)?;
        Some((before.counters?, elapsed))
    };
    later
        .into_iter()
        .filter_map(|link| Some(Reading { counters: link.counters?, earlier: earlier(&link), link }))
        .collect()
}

fn asked(key: &Option<String>) -> Result<&str> {
    key.as_deref().ok_or_else(|| {
        Error::invalid_parameter("statistics are found by their key InstanceID, such as Linux:NetworkPort:eth0")
    })
}

fn id(link: &Link) -> String {
    format!("{ID_PREFIX}{}", link.name)
}

fn instance(reading: &Reading) -> LinuxNetworkPortStatistics {
    let Reading { link, counters, earlier } = reading;
    let rate = |counter: fn(&Counters) -> u64| {
        let (before, elapsed) = earlier.as_ref()?;
        per_second(counter(before), counter(counters), *elapsed)
    };
    LinuxNetworkPortStatistics {
        element_name: Some(link.name.clone()),
        statistic_time: datetime(SystemTime::now()),
        // The default of the standard, 0, would say that nothing is sampled.
        sample_interval: earlier.map(|(_, elapsed)| Datetime::from(elapsed)),
        bytes_received: Some(counters.bytes_received),
        bytes_transmitted: Some(counters.bytes_sent),
        packets_received: Some(counters.packets_received),
        packets_transmitted: Some(counters.packets_sent),
        bytes_received_per_second: rate(|it| it.bytes_received),
        bytes_transmitted_per_second: rate(|it| it.bytes_sent),
        packets_received_per_second: rate(|it| it.packets_received),
        packets_transmitted_per_second: rate(|it| it.packets_sent),
        receive_errors: Some(counters.receive_errors),
        transmit_errors: Some(counters.send_errors),
        receive_drops: Some(counters.receive_drops),
        transmit_drops: Some(counters.send_drops),
        multicast_packets_received: Some(counters.multicast_received),
        collisions: Some(counters.collisions),
        receive_length_errors: Some(counters.receive_length_errors),
        receive_missed: Some(counters.receive_missed),
        receive_fifo_errors: Some(counters.receive_fifo_errors),
        transmit_fifo_errors: Some(counters.send_fifo_errors),
        ..LinuxNetworkPortStatistics::new(Keys { instance_id: id(link) })
    }
}

/// The same in the class for Ethernet, which has all properties of the other one and counts more kinds of errors.
fn ethernet(reading: &Reading) -> Result<LinuxEthernetPortStatistics> {
    let counters = &reading.counters;
    let narrow = |counter: u64| u32::try_from(counter).ok();
    Ok(LinuxEthernetPortStatistics {
        alignment_errors: narrow(counters.receive_frame_errors),
        fcs_errors: narrow(counters.receive_crc_errors),
        sqe_test_errors: narrow(counters.send_heartbeat_errors),
        late_collisions: narrow(counters.send_window_errors),
        excessive_collisions: narrow(counters.send_aborted),
        carrier_sense_errors: narrow(counters.send_carrier_errors),
        ..LinuxEthernetPortStatistics::from_instance(instance(reading).to_instance()?)?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(name: &str, bytes_received: u64) -> Link {
        let counters = Counters { bytes_received, receive_crc_errors: 5_000_000_000, ..Counters::default() };
        Link { index: 2, name: name.to_owned(), hardware_type: 1, counters: Some(counters), ..Link::default() }
    }

    fn rate(earlier: &[Link], later: Link) -> (Option<u64>, Option<Datetime>) {
        let elapsed = Duration::from_millis(500);
        let reading = readings(Pair { earlier: earlier.to_vec(), later: vec![later], elapsed }).remove(0);
        let statistics = instance(&reading);
        (statistics.bytes_received_per_second, statistics.sample_interval)
    }

    #[test]
    fn a_rate_is_the_growth_in_the_time_that_passed() {
        let interval = "00000000000000.500000:000".parse::<Datetime>().ok();
        assert_eq!(rate(&[link("eth0", 1000)], link("eth0", 5000)), (Some(8000), interval));
    }

    #[test]
    fn an_interface_that_is_new_or_was_replaced_has_no_rate() {
        assert_eq!(rate(&[], link("eth0", 5000)), (None, None));
        assert_eq!(rate(&[link("old0", 1000)], link("eth0", 5000)).0, None);
        assert_eq!(rate(&[link("eth0", 9000)], link("eth0", 5000)).0, None, "its counters began anew");
    }

    #[test]
    fn a_counter_that_outgrew_the_type_of_the_standard_is_null() {
        let reading =
            readings(Pair { earlier: vec![], later: vec![link("eth0", 1)], elapsed: Duration::ZERO }).remove(0);
        let statistics = ethernet(&reading).unwrap();
        assert_eq!((statistics.fcs_errors, statistics.alignment_errors), (None, Some(0)));
        assert_eq!(statistics.bytes_received, Some(1));
        assert_eq!(statistics.instance_id.as_deref(), Some("Linux:NetworkPort:eth0"));
    }
}
