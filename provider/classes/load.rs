//! Linux_LoadStatisticalData: the load averages.

use super::{datetime, fits};
use crate::linux::{Root, load};
use crate::schema::LinuxLoadStatisticalData;
use omi::{Enumerate, Get, Query, Result, Sink, not_found};
use std::time::SystemTime;

const ID: &str = "Linux:Load";

/// Serves Linux_LoadStatisticalData.
#[derive(Default)]
pub(crate) struct Load {
    root: Root,
}

impl Enumerate<LinuxLoadStatisticalData> for Load {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxLoadStatisticalData>) -> Result<()> {
        out.post(instance(&self.root)?)
    }
}

impl Get<LinuxLoadStatisticalData> for Load {
    fn get(&self, key: LinuxLoadStatisticalData, _query: &Query<'_>) -> Result<LinuxLoadStatisticalData> {
        if fits(&key.instance_id, ID) {
            instance(&self.root)
        } else {
            Err(not_found::<LinuxLoadStatisticalData>(&[("InstanceID", key.instance_id.as_deref().unwrap_or(ID))]))
        }
    }
}

fn instance(root: &Root) -> Result<LinuxLoadStatisticalData> {
    let load = load::read(root)?;
    let [one, five, fifteen] = load.averages;
    Ok(LinuxLoadStatisticalData {
        instance_id: Some(ID.to_owned()),
        element_name: Some("load".to_owned()),
        statistic_time: datetime(SystemTime::now()),
        load_average1: Some(one),
        load_average5: Some(five),
        load_average15: Some(fifteen),
        runnable_threads: Some(load.runnable),
        total_threads: Some(load.threads),
        ..LinuxLoadStatisticalData::default()
    })
}
