//! Linux_PowerManagementService: shutting down, starting again and sleeping, at once or later.

use super::computer_system::check_is_this;
use super::{audit, datetime, fits, host_name};
use crate::linux::login::power::{self, Power};
use crate::linux::{self, Bus, Root};
use crate::schema::LinuxPowerManagementService;
use crate::schema::linux_power_management_service::{
    CancelShutdown, CancelShutdownOutput, Keys, RequestPowerStateChange, RequestPowerStateChangeOutput,
    RequestablePowerStates, ScheduleShutdown, ScheduleShutdownOutput, cancel_shutdown, request_power_state_change,
    schedule_shutdown,
};
use omi::dialogue::Answer;
use omi::{Datetime, Enumerate, Error, Get, Invoke, Query, Result, Sink, not_found};
use request_power_state_change::PowerState;
use std::time::SystemTime;

/// Serves Linux_PowerManagementService.
#[derive(Default)]
pub(crate) struct PowerManagement {
    root: Root,
    bus: Bus,
}

impl Enumerate<LinuxPowerManagementService> for PowerManagement {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxPowerManagementService>) -> Result<()> {
        out.post(self.instance(query)?)
    }
}

impl Get<LinuxPowerManagementService> for PowerManagement {
    fn get(&self, key: LinuxPowerManagementService, query: &Query<'_>) -> Result<LinuxPowerManagementService> {
        let ours = fits(&key.system_creation_class_name, "Linux_ComputerSystem")
            && fits(&key.system_name, &host_name(&self.root)?)
            && fits(&key.creation_class_name, "Linux_PowerManagementService")
            && fits(&key.name, "power");
        if ours {
            self.instance(query)
        } else {
            Err(not_found::<LinuxPowerManagementService>(&[("Name", key.name.as_deref().unwrap_or("power"))]))
        }
    }
}

impl Invoke<RequestPowerStateChange> for PowerManagement {
    fn invoke(
        &self,
        _target: Option<LinuxPowerManagementService>,
        input: RequestPowerStateChange,
        query: &Query<'_>,
    ) -> Result<RequestPowerStateChangeOutput> {
        use request_power_state_change::ReturnValue;
        let answer = |value| Ok(RequestPowerStateChangeOutput { return_value: Some(value), job: None });
        check_is_this(&self.root, "ManagedElement", input.managed_element)?;
        if input.timeout_period.and_then(Datetime::to_duration).is_some_and(|time| !time.is_zero()) {
            return answer(ReturnValue::USE_OF_TIMEOUT_PARAMETER_NOT_SUPPORTED);
        }
        let Some(power) = input.power_state.and_then(power_of) else { return answer(ReturnValue::NOT_SUPPORTED) };
        let time = input.time.map(point_in_time).transpose()?;
        if time.is_some() && !power.can_wait() {
            return answer(ReturnValue::NOT_SUPPORTED);
        }
        let order = Order { power, time, message: None };
        let is_supported = order.run(&self.root, &self.bus, query)?;
        answer(if is_supported { ReturnValue::COMPLETED_WITH_NO_ERROR } else { ReturnValue::NOT_SUPPORTED })
    }
}

impl Invoke<ScheduleShutdown> for PowerManagement {
    fn invoke(
        &self,
        _target: Option<LinuxPowerManagementService>,
        input: ScheduleShutdown,
        query: &Query<'_>,
    ) -> Result<ScheduleShutdownOutput> {
        use schedule_shutdown::ReturnValue;
        let time = input.time.ok_or_else(|| {
            Error::invalid_parameter(
                "ScheduleShutdown needs the parameter Time, a point in time or an interval from now",
            )
        })?;
        let power = if input.reboot.unwrap_or(false) { Power::Reboot } else { Power::Off };
        let order = Order { power, time: Some(point_in_time(time)?), message: input.message.as_deref() };
        let is_supported = order.run(&self.root, &self.bus, query)?;
        let value = if is_supported { ReturnValue::COMPLETED_WITH_NO_ERROR } else { ReturnValue::NOT_SUPPORTED };
        Ok(ScheduleShutdownOutput { return_value: Some(value) })
    }
}

impl Invoke<CancelShutdown> for PowerManagement {
    fn invoke(
        &self,
        _target: Option<LinuxPowerManagementService>,
        _: CancelShutdown,
        query: &Query<'_>,
    ) -> Result<CancelShutdownOutput> {
        use cancel_shutdown::ReturnValue;
        const DEED: &str = "call off the scheduled shutdown";
        let answer = |value| Ok(CancelShutdownOutput { return_value: Some(value) });
        if query.should_process(&host_name(&self.root)?, DEED) == Answer::No {
            return answer(ReturnValue::COMPLETED_WITH_NO_ERROR);
        }
        // logind itself decides who may: the one who may shut down.
        let done = power::cancel(&self.bus);
        audit(
            query,
            DEED,
            &done.as_ref().map_or_else(ToString::to_string, |there_was| match there_was {
                true => "done".to_owned(),
                false => "there is none".to_owned(),
            }),
        );
        answer(if done? { ReturnValue::COMPLETED_WITH_NO_ERROR } else { ReturnValue::NONE_SCHEDULED })
    }
}

impl PowerManagement {
    fn instance(&self, query: &Query<'_>) -> Result<LinuxPowerManagementService> {
        let mut instance = LinuxPowerManagementService::new(Keys { system_name: host_name(&self.root)? });
        if query.wants("RequestablePowerStates")
            && let Some(possible) = present(power::possible(&self.bus))?
        {
            instance.requestable_power_states = Some(possible.into_iter().flat_map(states_of).collect());
        }
        if query.wants_any(&["ScheduledShutdown", "TimeOfScheduledShutdown"])
            && let Some(scheduled) = present(power::scheduled(&self.bus))?.flatten()
        {
            instance.scheduled_shutdown = Some(scheduled.kind);
            instance.time_of_scheduled_shutdown = datetime(scheduled.time);
        }
        Ok(instance)
    }
}

/// `None` where there is no logind.
fn present<T>(answer: linux::Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(linux::Error::Unsupported { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What becomes of the system, when, and what is said about it.
pub(super) struct Order<'a> {
    pub(super) power: Power,
    /// `None` for now.
    pub(super) time: Option<SystemTime>,
    /// For those who are logged on.
    pub(super) message: Option<&'a str>,
}

impl Order<'_> {
    /// Checks that the user may, asks whether it shall be, and begins or schedules it. Whether this system can.
    pub(super) fn run(&self, root: &Root, bus: &Bus, query: &Query<'_>) -> Result<bool> {
        let deed = self.deed();
        let told = |error: &linux::Error| audit(query, &deed, &error.to_string());
        if !power::check(bus, self.power).inspect_err(told)? {
            return Ok(false);
        }
        if query.should_process(&host_name(root)?, &deed) == Answer::No {
            return Ok(true);
        }
        // Afterwards there may be nobody to write it down.
        audit(query, &deed, "begun");
        let done = match self.time {
            Some(time) => power::schedule(bus, self.power, time, self.message),
            None => power::begin(bus, self.power, self.message),
        };
        done.inspect_err(told)?;
        Ok(true)
    }

    fn deed(&self) -> String {
        let mut deed = self.power.verb().to_owned();
        if let Some(time) = self.time.and_then(datetime) {
            deed.push_str(&format!(" at {time}"));
        }
        if let Some(message) = self.message {
            deed.push_str(&format!(" for the reason {message:?}"));
        }
        deed
    }
}

/// The time that a point in time or an interval from now means.
fn point_in_time(time: Datetime) -> Result<SystemTime> {
    let later = time.to_duration().and_then(|length| SystemTime::now().checked_add(length));
    later.or_else(|| time.to_system_time()).ok_or_else(|| {
        Error::invalid_parameter(format!("Time {time} should be a point in time or an interval from now"))
    })
}

/// What a power state of the DMTF means here.
fn power_of(state: PowerState) -> Option<Power> {
    Some(match state {
        PowerState::SLEEP_DEEP => Power::Suspend,
        PowerState::POWER_CYCLE_OFF_SOFT | PowerState::POWER_CYCLE_OFF_SOFT_GRACEFUL => Power::Reboot,
        PowerState::HIBERNATE => Power::Hibernate,
        PowerState::POWER_OFF_SOFT | PowerState::POWER_OFF_SOFT_GRACEFUL => Power::Off,
        _ => return None,
    })
}

/// The power states that mean it.
fn states_of(power: Power) -> Vec<RequestablePowerStates> {
    use RequestablePowerStates as State;
    match power {
        Power::Suspend => vec![State::SLEEP_DEEP],
        Power::Reboot => vec![State::POWER_CYCLE_OFF_SOFT, State::POWER_CYCLE_OFF_SOFT_GRACEFUL],
        Power::Hibernate => vec![State::HIBERNATE],
        Power::Off => vec![State::POWER_OFF_SOFT, State::POWER_OFF_SOFT_GRACEFUL],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn each_state_that_can_be_asked_for_means_what_is_then_done() {
        for power in Power::ALL {
            assert!(
                states_of(power).into_iter().all(|state| power_of(PowerState(state.0)) == Some(power)),
                "{power:?}"
            );
        }
        assert_eq!(power_of(PowerState::POWER_OFF_HARD), None);
        assert_eq!(power_of(PowerState::POWER_ON), None);
    }

    #[test]
    fn a_time_is_a_point_or_an_interval_from_now() {
        let point = SystemTime::UNIX_EPOCH + Duration::from_secs(4_102_444_800);
        assert_eq!(point_in_time(datetime(point).unwrap()).unwrap(), point);
        let hour = Duration::from_secs(3600);
        let later = point_in_time(Datetime::from(hour)).unwrap().duration_since(SystemTime::now()).unwrap();
        assert!(later <= hour && later > hour - Duration::from_secs(60), "{later:?}");
    }

    #[test]
    fn what_is_written_down_tells_the_time_and_the_reason() {
        let time = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(4_102_444_800));
        let order = Order { power: Power::Reboot, time, message: Some("a new\nkernel") };
        assert_eq!(order.deed(), "reboot at 21000101000000.000000+000 for the reason \"a new\\nkernel\"");
    }
}
