//! Linux_BasedOn: from a partition to its disk, from a volume or RAID to what it is made of, and back.

use super::association::{self, Pairs, Take};
use super::storage_extent;
use crate::linux::Root;
use crate::schema::linux_based_on::Keys;
use crate::schema::{LinuxBasedOn, LinuxStorageExtent};
use omi::association::Traversal;
use omi::{AnySink, Associate, Class, Enumerate, Instance, Query, Result, Sink};

/// Serves Linux_BasedOn.
#[derive(Default)]
pub(crate) struct BasedOn {
    root: Root,
}

impl Pairs for BasedOn {
    const ENDS: [&'static str; 2] = ["Antecedent", "Dependent"];

    fn each(&self, _source: Option<&Instance>, take: &mut Take<'_>) -> Result<()> {
        let extents = storage_extent::all(&self.root)?;
        for upper in &extents {
            let below = upper.made_of.iter().flatten().chain(&upper.disk_id);
            for lower in below.filter_map(|name| extents.iter().find(|it| it.device_id.as_ref() == Some(name))) {
                take([lower.to_instance()?, upper.to_instance()?])?;
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
        let extents = storage_extent::all(&self.root)?;
        association::references(self, from, query.namespace(), &mut |ends| out.post(instance(ends, &extents)))
    }
}

impl Enumerate<LinuxBasedOn> for BasedOn {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxBasedOn>) -> Result<()> {
        let extents = storage_extent::all(&self.root)?;
        association::all(self, query.namespace(), &mut |ends| out.post(instance(ends, &extents)))
    }
}

fn instance([antecedent, dependent]: [Instance; 2], extents: &[LinuxStorageExtent]) -> LinuxBasedOn {
    let upper = extents.iter().find(|extent| extent.device_id.as_deref() == dependent.text("DeviceID"));
    let start = upper.and_then(|upper| upper.starting_offset);
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
    }

    #[test]
    fn a_partition_says_where_on_the_disk_it_is() {
        let based_on = BasedOn { root: machine("rhel8") };
        let extents = storage_extent::all(&based_on.root).unwrap();
        let mut pairs = association::pairs(&based_on, None).unwrap();
        let partition = instance(pairs.remove(1), &extents);
        let extent = extents.iter().find(|extent| extent.device_id.as_deref() == Some("sda1")).unwrap();
        assert_eq!(partition.starting_address, extent.starting_offset);
        let length = partition.ending_address.unwrap() + 1 - partition.starting_address.unwrap();
        assert_eq!(Some(length), extent.size);
        assert_eq!(instance(pairs.remove(0), &extents).starting_address, None, "a volume has no one place");
    }
}
