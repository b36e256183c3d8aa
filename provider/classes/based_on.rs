//! Linux_BasedOn: from a partition to its disk, from a volume or RAID to what it is made of, and back.

use super::association::{self, Pairs, Take};
use super::{host_name, storage_extent};
use crate::linux::Root;
use crate::linux::block_device::BlockDevice;
use crate::schema::LinuxBasedOn;
use crate::schema::linux_based_on::Keys;
use omi::association::Traversal;
use omi::{AnySink, Associate, Enumerate, Instance, Query, Result, Sink};

/// Serves Linux_BasedOn.
#[derive(Default)]
pub(crate) struct BasedOn {
    root: Root,
}

impl Pairs for BasedOn {
    const ENDS: [&'static str; 2] = ["Antecedent", "Dependent"];

    fn each(&self, _source: Option<&Instance>, take: &mut Take<'_>) -> Result<()> {
        let host = host_name(&self.root)?;
        let devices = storage_extent::devices(&self.root, |_| true)?;
        let instance = |device: &BlockDevice| storage_extent::any_instance(&host, device.clone());
        for upper in &devices {
            let below = upper.slaves.iter().chain(&upper.partition.disk);
            for lower in below.filter_map(|name| devices.iter().find(|device| device.name == *name)) {
                take([instance(lower)?, instance(upper)?])?;
            }
        }
        Ok(())
    }
}

impl Associate<LinuxBasedOn> for BasedOn {
    fn associators(&self, from: &Traversal, _query: &Query<'_>, out: &mut AnySink<'_>) -> Result<()> {
        association::associators(self, from, out)
    }

    fn references(&self, from: &Traversal, query: &Query<'_>, out: &mut Sink<'_, LinuxBasedOn>) -> Result<()> {
        let devices = storage_extent::devices(&self.root, |_| true)?;
        association::references(self, from, query.namespace(), &mut |ends| out.post(instance(ends, &devices)))
    }
}

impl Enumerate<LinuxBasedOn> for BasedOn {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxBasedOn>) -> Result<()> {
        let devices = storage_extent::devices(&self.root, |_| true)?;
        association::all(self, query.namespace(), &mut |ends| out.post(instance(ends, &devices)))
    }
}

fn instance([antecedent, dependent]: [Instance; 2], devices: &[BlockDevice]) -> LinuxBasedOn {
    let upper = devices.iter().find(|device| Some(device.name.as_str()) == dependent.text("DeviceID"));
    let start = upper.and_then(|upper| upper.partition.start);
    let size = upper.and_then(|upper| upper.size);
    LinuxBasedOn {
        starting_address: start,
        ending_address: start.zip(size).and_then(|(start, size)| start.checked_add(size)?.checked_sub(1)),
        ..LinuxBasedOn::new(Keys { antecedent, dependent })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    #[test]
    fn partitions_lead_to_the_disk_and_volumes_to_partitions() {
        let based_on = BasedOn { root: machine("rhel8") };
        let pairs = association::pairs(&based_on, None).unwrap();
        let names: Vec<_> = pairs.iter().map(|pair| pair.each_ref().map(|end| end.text("DeviceID").unwrap())).collect();
        assert_eq!(names, [["sda2", "dm-0"], ["sda", "sda1"], ["sda", "sda2"]]);
        let classes = pairs[0].each_ref().map(Instance::class_name);
        assert_eq!(classes, ["Linux_DiskPartition", "Linux_StorageExtent"]);
    }

    #[test]
    fn a_partition_says_where_on_the_disk_it_is() {
        let based_on = BasedOn { root: machine("rhel8") };
        let devices = storage_extent::devices(&based_on.root, |_| true).unwrap();
        let mut pairs = association::pairs(&based_on, None).unwrap();
        let partition = instance(pairs.remove(1), &devices);
        let device = devices.iter().find(|device| device.name == "sda1").unwrap();
        assert_eq!(partition.starting_address, device.partition.start);
        let length = partition.ending_address.unwrap() + 1 - partition.starting_address.unwrap();
        assert_eq!(Some(length), device.size);
        assert_eq!(instance(pairs.remove(0), &devices).starting_address, None, "a volume has no one place");
    }
}
