//! Linux_ProcessorStatisticalData: what processors spent their time on.

use super::datetime;
use crate::linux::Root;
use crate::linux::cpu_time::{self, Times};
use crate::schema::LinuxProcessorStatisticalData;
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};
use std::time::SystemTime;

/// Serves Linux_ProcessorStatisticalData.
#[derive(Default)]
pub(crate) struct ProcessorStatistics {
    root: Root,
}

impl Enumerate<LinuxProcessorStatisticalData> for ProcessorStatistics {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxProcessorStatisticalData>) -> Result<()> {
        for (number, times) in cpu_time::read(&self.root)? {
            out.post(instance(number, times))?;
        }
        Ok(())
    }
}

impl Get<LinuxProcessorStatisticalData> for ProcessorStatistics {
    fn get(&self, key: LinuxProcessorStatisticalData, _query: &Query<'_>) -> Result<LinuxProcessorStatisticalData> {
        let asked = key.instance_id.as_deref().ok_or_else(|| {
            Error::invalid_parameter(
                "Linux_ProcessorStatisticalData is found by its key InstanceID, such as Linux:Processor:0",
            )
        })?;
        let mut cpus = cpu_time::read(&self.root)?.into_iter();
        let found = cpus.find(|(number, _)| id(&name(*number)).eq_ignore_ascii_case(asked));
        let (number, times) =
            found.ok_or_else(|| not_found::<LinuxProcessorStatisticalData>(&[("InstanceID", asked)]))?;
        Ok(instance(number, times))
    }
}

fn name(number: Option<u32>) -> String {
    number.map_or_else(|| "_Total".to_owned(), |number| number.to_string())
}

fn id(name: &str) -> String {
    format!("Linux:Processor:{name}")
}

fn instance(number: Option<u32>, times: Times) -> LinuxProcessorStatisticalData {
    let [user, nice, system, idle, io_wait, irq, soft_irq, steal, guest, guest_nice] =
        times.map(|time| u64::try_from(time?.as_millis()).ok());
    let name = name(number);
    LinuxProcessorStatisticalData {
        instance_id: Some(id(&name)),
        element_name: Some(name),
        statistic_time: datetime(SystemTime::now()),
        user_time: user,
        nice_time: nice,
        system_time: system,
        idle_time: idle,
        io_wait_time: io_wait,
        irq_time: irq,
        soft_irq_time: soft_irq,
        steal_time: steal,
        guest_time: guest,
        guest_nice_time: guest_nice,
        ..LinuxProcessorStatisticalData::default()
    }
}
