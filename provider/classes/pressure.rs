//! Linux_PressureStatisticalData: how long tasks waited for processor, memory, I/O and interrupts.

use super::datetime;
use crate::linux::Root;
use crate::linux::pressure::{self, Pressure, RESOURCES};
use crate::schema::LinuxPressureStatisticalData;
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};
use std::time::SystemTime;

const ID_PREFIX: &str = "Linux:Pressure:";

/// Serves Linux_PressureStatisticalData.
#[derive(Default)]
pub(crate) struct Pressures {
    root: Root,
}

impl Enumerate<LinuxPressureStatisticalData> for Pressures {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxPressureStatisticalData>) -> Result<()> {
        let asked = query.required_text("InstanceID");
        let fits = |resource: &&&str| asked.as_deref().is_none_or(|id| resource_of(id) == Some(**resource));
        for resource in RESOURCES.iter().filter(fits) {
            // A kernel booted with psi=0 has the files but refuses to read them: as if they were missing.
            match pressure::read(&self.root, resource) {
                Ok(Some(pressure)) => out.post(instance(resource, pressure))?,
                Ok(None) => {}
                Err(error) => log::warn!("the pressure on {resource} is left out: {error}"),
            }
        }
        Ok(())
    }
}

impl Get<LinuxPressureStatisticalData> for Pressures {
    fn get(&self, key: LinuxPressureStatisticalData, _query: &Query<'_>) -> Result<LinuxPressureStatisticalData> {
        let id = key.instance_id.as_deref().ok_or_else(|| {
            Error::invalid_parameter(
                "Linux_PressureStatisticalData is found by its key InstanceID, \
                                      such as Linux:Pressure:memory",
            )
        })?;
        let gone = || not_found::<LinuxPressureStatisticalData>(&[("InstanceID", id)]);
        let resource = resource_of(id).ok_or_else(gone)?;
        Ok(instance(resource, pressure::read(&self.root, resource)?.ok_or_else(gone)?))
    }
}

/// The resource that an InstanceID means, if any.
fn resource_of(id: &str) -> Option<&'static str> {
    let own = |resource: &&&str| id.eq_ignore_ascii_case(&format!("{ID_PREFIX}{resource}"));
    RESOURCES.iter().find(own).copied()
}

fn instance(resource: &str, pressure: Pressure) -> LinuxPressureStatisticalData {
    let average = |stall: Option<pressure::Stall>, index: usize| stall.map(|it| it.averages[index]);
    LinuxPressureStatisticalData {
        instance_id: Some(format!("{ID_PREFIX}{resource}")),
        element_name: Some(resource.to_owned()),
        statistic_time: datetime(SystemTime::now()),
        some_average10: average(pressure.some, 0),
        some_average60: average(pressure.some, 1),
        some_average300: average(pressure.some, 2),
        some_total: pressure.some.map(|it| it.total),
        full_average10: average(pressure.full, 0),
        full_average60: average(pressure.full, 1),
        full_average300: average(pressure.full, 2),
        full_total: pressure.full.map(|it| it.total),
        ..LinuxPressureStatisticalData::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_found_by_the_id_it_has() {
        for resource in RESOURCES {
            let id = instance(resource, Pressure::default()).instance_id.unwrap();
            assert_eq!(resource_of(&id), Some(*resource));
        }
        assert_eq!(resource_of("LINUX:PRESSURE:IO"), Some("io"));
        assert_eq!(resource_of("Linux:Pressure:../cmdline"), None);
    }

    #[test]
    fn what_the_kernel_does_not_tell_is_null() {
        let instance = instance("irq", Pressure::default());
        assert_eq!((instance.some_total, instance.some_average10, instance.full_total), (None, None, None));
    }
}
