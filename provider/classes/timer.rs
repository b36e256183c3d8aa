//! Linux_Timer: the timers of systemd.

use super::{datetime, fits, host_name, service};
use crate::linux::systemd::{Schedule, Systemd, Unit};
use crate::linux::{Bus, Root};
use crate::schema::LinuxTimer;
use crate::schema::linux_timer::{EnabledState, Keys};
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};

/// What costs calls for each timer.
const SCHEDULE: &[&str] = &["ActivatedUnit", "NextRunTime", "LastRunTime", "Persistent"];

/// Serves Linux_Timer.
#[derive(Default)]
pub(crate) struct Timers {
    root: Root,
    bus: Bus,
}

impl Enumerate<LinuxTimer> for Timers {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxTimer>) -> Result<()> {
        let host = host_name(&self.root)?;
        let systemd = Systemd::connect(&self.bus)?;
        for unit in systemd.timers()? {
            out.post(read(&host, &systemd, unit, query)?)?;
        }
        Ok(())
    }
}

impl Get<LinuxTimer> for Timers {
    fn get(&self, key: LinuxTimer, query: &Query<'_>) -> Result<LinuxTimer> {
        let name = key.name.as_deref().ok_or_else(|| {
            Error::invalid_parameter("Linux_Timer is found by its key Name, the name of the unit such as \"a.timer\"")
        })?;
        let host = host_name(&self.root)?;
        let ours = fits(&key.system_creation_class_name, "Linux_ComputerSystem")
            && fits(&key.system_name, &host)
            && fits(&key.creation_class_name, "Linux_Timer");
        let missing = || not_found::<LinuxTimer>(&[("Name", name)]);
        if !ours {
            return Err(missing());
        }
        let systemd = Systemd::connect(&self.bus)?;
        let unit = systemd.timer(name).map_err(|error| if error.is_not_found() { missing() } else { error.into() })?;
        read(&host, &systemd, unit, query)
    }
}

fn read(host: &str, systemd: &Systemd, unit: Unit, query: &Query<'_>) -> Result<LinuxTimer> {
    let schedule = if query.wants_any(SCHEDULE) { systemd.schedule(&unit)? } else { Schedule::default() };
    Ok(instance(host, unit, schedule))
}

fn instance(host: &str, unit: Unit, schedule: Schedule) -> LinuxTimer {
    let (enabled_state, ..) = service::state(&unit);
    LinuxTimer {
        caption: Some(unit.name.clone()),
        element_name: Some(unit.name.clone()),
        description: unit.description,
        other_enabled_state: (enabled_state == EnabledState::OTHER).then(|| unit.active_state.clone()),
        enabled_state: Some(enabled_state),
        active_state: Some(unit.active_state),
        sub_state: unit.sub_state,
        unit_file_state: unit.file_state,
        activated_unit: schedule.unit,
        next_run_time: schedule.next.and_then(datetime),
        last_run_time: schedule.last.and_then(datetime),
        persistent: schedule.persistent,
        ..LinuxTimer::new(Keys { system_name: host.to_owned(), name: unit.name })
    }
}
