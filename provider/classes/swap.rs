//! Linux_SwapStatisticalData: how full the swap areas are.

use super::datetime;
use crate::linux::Root;
use crate::linux::swap::{self, SwapArea};
use crate::schema::LinuxSwapStatisticalData;
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};
use std::time::SystemTime;

const ID_PREFIX: &str = "Linux:Swap:";

/// Serves Linux_SwapStatisticalData.
#[derive(Default)]
pub(crate) struct Swap {
    root: Root,
}

impl Enumerate<LinuxSwapStatisticalData> for Swap {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxSwapStatisticalData>) -> Result<()> {
        for area in swap::read(&self.root)? {
            out.post(instance(area))?;
        }
        Ok(())
    }
}

impl Get<LinuxSwapStatisticalData> for Swap {
    fn get(&self, key: LinuxSwapStatisticalData, _query: &Query<'_>) -> Result<LinuxSwapStatisticalData> {
        let asked = key.instance_id.as_deref().ok_or_else(|| {
            Error::invalid_parameter(
                "Linux_SwapStatisticalData is found by its key InstanceID, such as Linux:Swap:/dev/sda2",
            )
        })?;
        let found = swap::read(&self.root)?.into_iter().find(|area| id(area) == asked);
        found.map(instance).ok_or_else(|| not_found::<LinuxSwapStatisticalData>(&[("InstanceID", asked)]))
    }
}

fn id(area: &SwapArea) -> String {
    format!("{ID_PREFIX}{}", area.path)
}

fn instance(area: SwapArea) -> LinuxSwapStatisticalData {
    LinuxSwapStatisticalData {
        instance_id: Some(id(&area)),
        element_name: Some(area.path),
        statistic_time: datetime(SystemTime::now()),
        total_space: Some(area.size),
        used_space: Some(area.used),
        area_type: Some(area.kind),
        priority: Some(area.priority),
        ..LinuxSwapStatisticalData::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    #[test]
    fn an_area_is_named_by_its_path() {
        let areas: Vec<_> = swap::read(&machine("debian12")).unwrap().into_iter().map(instance).collect();
        let ids: Vec<_> = areas.iter().filter_map(|area| area.instance_id.as_deref()).collect();
        assert_eq!(ids, ["Linux:Swap:/dev/vda5", "Linux:Swap:/var/swap file"]);
        assert_eq!((areas[0].used_space, areas[1].area_type.as_deref()), (Some(87_296 * 1024), Some("file")));
    }
}
