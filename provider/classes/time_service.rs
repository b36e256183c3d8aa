//! Linux_TimeService: the clock, its time zone and its synchronization.

use super::computer_system::check_is_this;
use super::deed::{Deed, perform};
use super::{datetime, fits, host_name};
use crate::linux::os::{self, clock};
use crate::linux::{self, Bus, Root};
use crate::schema::LinuxTimeService;
use crate::schema::linux_time_service::{
    Keys, ManageTime, ManageTimeOutput, SetSynchronization, SetSynchronizationOutput, SetTimeZone, SetTimeZoneOutput,
    manage_time, set_synchronization, set_time_zone,
};
use omi::{Enumerate, Error, Get, Invoke, Query, Result, Sink, not_found};
use std::time::SystemTime;

/// What services on the bus are asked for.
const SYNCHRONIZATION: &[&str] = &["SynchronizationEnabled", "Synchronized", "SynchronizationServer"];

/// Serves Linux_TimeService.
#[derive(Default)]
pub(crate) struct TimeService {
    root: Root,
    bus: Bus,
}

impl Enumerate<LinuxTimeService> for TimeService {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxTimeService>) -> Result<()> {
        out.post(self.instance(query)?)
    }
}

impl Get<LinuxTimeService> for TimeService {
    fn get(&self, key: LinuxTimeService, query: &Query<'_>) -> Result<LinuxTimeService> {
        let ours = fits(&key.system_creation_class_name, "Linux_ComputerSystem")
            && fits(&key.system_name, &host_name(&self.root)?)
            && fits(&key.creation_class_name, "Linux_TimeService")
            && fits(&key.name, "clock");
        if ours {
            self.instance(query)
        } else {
            Err(not_found::<LinuxTimeService>(&[("Name", key.name.as_deref().unwrap_or("clock"))]))
        }
    }
}

impl Invoke<ManageTime> for TimeService {
    fn invoke(&self, _: Option<LinuxTimeService>, input: ManageTime, query: &Query<'_>) -> Result<ManageTimeOutput> {
        use manage_time::ReturnValue;
        check_is_this(&self.root, "ManagedElement", input.managed_element)?;
        let answer = |value| Ok(ManageTimeOutput { return_value: Some(value), time_data: datetime(SystemTime::now()) });
        if input.get_request.unwrap_or(true) {
            return answer(ReturnValue::SUCCESS);
        }
        let time = input.time_data.and_then(|time| time.to_system_time()).ok_or_else(|| {
            Error::invalid_parameter("ManageTime with GetRequest FALSE needs the parameter TimeData, a point in time")
        })?;
        let shown = datetime(time).map(|time| time.to_string()).unwrap_or_default();
        match perform(query, Deed::new("set the clock to", &shown), || supported(clock::set_time(&self.bus, time)))? {
            Some(None) => answer(ReturnValue::NOT_SUPPORTED),
            Some(Some(())) | None => answer(ReturnValue::SUCCESS),
        }
    }
}

impl Invoke<SetTimeZone> for TimeService {
    fn invoke(&self, _: Option<LinuxTimeService>, input: SetTimeZone, query: &Query<'_>) -> Result<SetTimeZoneOutput> {
        let name = input.time_zone.ok_or_else(|| {
            Error::invalid_parameter("SetTimeZone needs the parameter TimeZone, such as Europe/Berlin")
        })?;
        clock::check_zone(&self.root, &name)?;
        perform(query, Deed::new("set the time zone to", &name), || {
            clock::set_time_zone(&self.root, &self.bus, &name)
        })?;
        Ok(SetTimeZoneOutput { return_value: Some(set_time_zone::ReturnValue::COMPLETED_WITH_NO_ERROR) })
    }
}

impl Invoke<SetSynchronization> for TimeService {
    fn invoke(
        &self,
        _: Option<LinuxTimeService>,
        input: SetSynchronization,
        query: &Query<'_>,
    ) -> Result<SetSynchronizationOutput> {
        use set_synchronization::ReturnValue;
        let enabled = input
            .enabled
            .ok_or_else(|| Error::invalid_parameter("SetSynchronization needs the parameter Enabled, TRUE or FALSE"))?;
        let deed = Deed::new("switch the synchronization of the clock", if enabled { "on" } else { "off" });
        let done = perform(query, deed, || supported(clock::set_synchronization(&self.bus, enabled)))?;
        let value = if done == Some(None) { ReturnValue::NOT_SUPPORTED } else { ReturnValue::COMPLETED_WITH_NO_ERROR };
        Ok(SetSynchronizationOutput { return_value: Some(value) })
    }
}

/// `None` where there is no service that could do it.
fn supported(done: linux::Result<()>) -> linux::Result<Option<()>> {
    match done {
        Ok(()) => Ok(Some(())),
        Err(linux::Error::Unsupported { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

impl TimeService {
    fn instance(&self, query: &Query<'_>) -> Result<LinuxTimeService> {
        let mut instance = instance(&self.root, SystemTime::now())?;
        if query.wants_any(SYNCHRONIZATION) {
            let known = clock::synchronization(&self.bus)?;
            instance.synchronization_enabled = known.is_enabled;
            instance.synchronized = known.is_synchronized;
            instance.synchronization_server = known.server;
        }
        Ok(instance)
    }
}

/// The clock without what services on the bus are asked for.
fn instance(root: &Root, now: SystemTime) -> Result<LinuxTimeService> {
    let zone = os::time_zone(root)?;
    let local = zone.at(now)?;
    Ok(LinuxTimeService {
        time_zone_abbreviation: Some(local.abbreviation),
        utc_offset: Some(local.offset_minutes),
        daylight_saving_in_effect: Some(local.is_daylight_saving),
        next_transition: local.next_change.and_then(datetime),
        hardware_clock_is_local: Some(clock::hardware_clock_is_local(root)?),
        time_zone: zone.name,
        ..LinuxTimeService::new(Keys { system_name: host_name(root)? })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine_with;

    #[test]
    fn without_a_zone_the_clock_shows_utc_and_never_changes() {
        let (_dir, root) = machine_with(&[("/proc/sys/kernel/hostname", b"web\n")]);
        let clock = instance(&root, SystemTime::now()).unwrap();
        assert_eq!((clock.time_zone.as_deref(), clock.time_zone_abbreviation.as_deref()), (Some("UTC"), Some("UTC")));
        assert_eq!((clock.utc_offset, clock.daylight_saving_in_effect), (Some(0), Some(false)));
        assert_eq!((clock.next_transition, clock.hardware_clock_is_local), (None, Some(false)));
    }
}
