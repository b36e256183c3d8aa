//! Linux_Service: the services of systemd, and their control.

use super::{audit, datetime, fits, host_name};
use crate::linux::systemd::{Act, Detail, FileAct, Systemd, Tick, Unit};
use crate::linux::{self, Bus, Root, rights};
use crate::schema::LinuxService;
use crate::schema::linux_service::{
    DisableService, DisableServiceOutput, EnableService, EnableServiceOutput, EnabledDefault, EnabledState, Keys,
    MaskService, MaskServiceOutput, OperationalStatus, ReloadService, ReloadServiceOutput, RestartService,
    RestartServiceOutput, StartService, StartServiceOutput, StopService, StopServiceOutput, UnmaskService,
    UnmaskServiceOutput, start_mode, status,
};
use omi::dialogue::{Answer, Progress};
use omi::{Enumerate, Error, Get, Invoke, Query, Result, Sink, not_found};
use std::time::Duration;

/// The return values that all methods share.
const COMPLETED: u32 = 0;
const NOT_SUPPORTED: u32 = 1;

/// What costs calls for each service.
const DETAILS: &[&str] = &["ProcessId", "Result", "RestartCount", "TimeOfLastStateChange"];

/// Serves Linux_Service.
#[derive(Default)]
pub(crate) struct Services {
    root: Root,
    bus: Bus,
}

impl Enumerate<LinuxService> for Services {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxService>) -> Result<()> {
        let host = host_name(&self.root)?;
        let systemd = Systemd::connect(&self.bus)?;
        let wants_details = query.wants_any(DETAILS);
        // A filter that tests no detail spares those of the services that it leaves out.
        let is_decided = query.filter().is_some_and(|filter| {
            !filter.mentioned().any(|name| DETAILS.iter().any(|detail| detail.eq_ignore_ascii_case(name)))
        });
        for unit in systemd.services()? {
            let mut service = instance(&host, &unit);
            if wants_details && (!is_decided || query.matches(&service)?) {
                set_detail(&mut service, systemd.detail(&unit)?);
            }
            out.post(service)?;
        }
        Ok(())
    }
}

impl Get<LinuxService> for Services {
    fn get(&self, key: LinuxService, query: &Query<'_>) -> Result<LinuxService> {
        let systemd = Systemd::connect(&self.bus)?;
        let unit = self.find(&systemd, &key)?;
        let mut service = instance(&host_name(&self.root)?, &unit);
        if query.wants_any(DETAILS) {
            set_detail(&mut service, systemd.detail(&unit)?);
        }
        Ok(service)
    }
}

impl Services {
    /// The service that the keys of a request mean.
    fn find(&self, systemd: &Systemd, key: &LinuxService) -> Result<Unit> {
        let name = key.name.as_deref().ok_or_else(|| {
            Error::invalid_parameter(
                "Linux_Service is found by its key Name, the name of the unit such as \"cron.service\"",
            )
        })?;
        let ours = fits(&key.system_creation_class_name, "Linux_ComputerSystem")
            && fits(&key.system_name, &host_name(&self.root)?)
            && fits(&key.creation_class_name, "Linux_Service");
        let missing = || not_found::<LinuxService>(&[("Name", name)]);
        if !ours {
            return Err(missing());
        }
        systemd.service(name).map_err(|error| if error.is_not_found() { missing() } else { error.into() })
    }

    /// Checks that an act may be done to the target, asks whether it shall be, does it, and writes down what came of it.
    /// The return value of the method.
    fn control(&self, target: Option<LinuxService>, deed: Deed, query: &Query<'_>) -> Result<u32> {
        let target = target.ok_or_else(|| {
            Error::invalid_parameter("the methods of Linux_Service need an instance: give the key Name")
        })?;
        let systemd = Systemd::connect(&self.bus)?;
        let unit = self.find(&systemd, &target)?;
        let what = format!("{} {}", deed.verb(), unit.name);
        let done = rights::check(&self.bus, deed.polkit_action(), &what).and_then(|()| {
            if query.should_process(&unit.name, deed.verb()) == Answer::No {
                return Ok(None);
            }
            deed.run(&systemd, &unit, query).map(Some)
        });
        match done {
            Ok(None) => Ok(COMPLETED),
            Ok(Some(is_supported)) => {
                audit(query, &what, if is_supported { "done" } else { "not supported" });
                Ok(if is_supported { COMPLETED } else { NOT_SUPPORTED })
            }
            Err(error) => {
                audit(query, &what, &error.to_string());
                Err(error.into())
            }
        }
    }
}

/// The services, loaded or only installed, or the one with this name if there is such a one.
pub(super) fn listed(bus: &Bus, name: Option<&str>) -> linux::Result<Vec<Unit>> {
    let systemd = Systemd::connect(bus)?;
    match name.map(|name| systemd.service(name)) {
        None => systemd.services(),
        Some(Err(error)) if error.is_not_found() => Ok(Vec::new()),
        Some(service) => Ok(vec![service?]),
    }
}

/// What a method does.
#[derive(Clone, Copy)]
enum Deed {
    Act(Act),
    File(FileAct),
}

impl Deed {
    fn verb(self) -> &'static str {
        match self {
            Self::Act(act) => act.verb(),
            Self::File(act) => act.verb(),
        }
    }

    /// The right that it needs, as systemd names it for polkit.
    fn polkit_action(self) -> &'static str {
        match self {
            Self::Act(_) => "org.freedesktop.systemd1.manage-units",
            Self::File(_) => "org.freedesktop.systemd1.manage-unit-files",
        }
    }

    /// Does it; whether the service supports it.
    fn run(self, systemd: &Systemd, unit: &Unit, query: &Query<'_>) -> linux::Result<bool> {
        match self {
            Self::Act(Act::Reload) if !systemd.can_reload(unit)? => Ok(false),
            Self::Act(act) => {
                let activity = format!("{} {}", act.verb(), unit.name);
                systemd.run(unit, act, &mut |elapsed| watch(query, &activity, elapsed)).map(|()| true)
            }
            Self::File(act) => systemd.change_file(unit, act),
        }
    }
}

/// Tells how long a job has been running, and whether the client still wants it.
fn watch(query: &Query<'_>, activity: &str, elapsed: Duration) -> Tick {
    if elapsed >= Duration::from_secs(1) {
        query.progress(&Progress::new(activity).status(format!("waiting for systemd, {} s", elapsed.as_secs())));
    }
    if query.canceled() { Tick::Cancel } else { Tick::GoOn }
}

impl Invoke<StartService> for Services {
    fn invoke(&self, target: Option<LinuxService>, _: StartService, query: &Query<'_>) -> Result<StartServiceOutput> {
        Ok(StartServiceOutput { return_value: Some(self.control(target, Deed::Act(Act::Start), query)?.into()) })
    }
}

impl Invoke<StopService> for Services {
    fn invoke(&self, target: Option<LinuxService>, _: StopService, query: &Query<'_>) -> Result<StopServiceOutput> {
        Ok(StopServiceOutput { return_value: Some(self.control(target, Deed::Act(Act::Stop), query)?.into()) })
    }
}

impl Invoke<RestartService> for Services {
    fn invoke(
        &self,
        target: Option<LinuxService>,
        _: RestartService,
        query: &Query<'_>,
    ) -> Result<RestartServiceOutput> {
        Ok(RestartServiceOutput { return_value: Some(self.control(target, Deed::Act(Act::Restart), query)?.into()) })
    }
}

impl Invoke<ReloadService> for Services {
    fn invoke(&self, target: Option<LinuxService>, _: ReloadService, query: &Query<'_>) -> Result<ReloadServiceOutput> {
        Ok(ReloadServiceOutput { return_value: Some(self.control(target, Deed::Act(Act::Reload), query)?.into()) })
    }
}

impl Invoke<EnableService> for Services {
    fn invoke(&self, target: Option<LinuxService>, _: EnableService, query: &Query<'_>) -> Result<EnableServiceOutput> {
        Ok(EnableServiceOutput { return_value: Some(self.control(target, Deed::File(FileAct::Enable), query)?.into()) })
    }
}

impl Invoke<DisableService> for Services {
    fn invoke(
        &self,
        target: Option<LinuxService>,
        _: DisableService,
        query: &Query<'_>,
    ) -> Result<DisableServiceOutput> {
        Ok(DisableServiceOutput {
            return_value: Some(self.control(target, Deed::File(FileAct::Disable), query)?.into()),
        })
    }
}

impl Invoke<MaskService> for Services {
    fn invoke(&self, target: Option<LinuxService>, _: MaskService, query: &Query<'_>) -> Result<MaskServiceOutput> {
        Ok(MaskServiceOutput { return_value: Some(self.control(target, Deed::File(FileAct::Mask), query)?.into()) })
    }
}

impl Invoke<UnmaskService> for Services {
    fn invoke(&self, target: Option<LinuxService>, _: UnmaskService, query: &Query<'_>) -> Result<UnmaskServiceOutput> {
        Ok(UnmaskServiceOutput { return_value: Some(self.control(target, Deed::File(FileAct::Unmask), query)?.into()) })
    }
}

/// What the lists of systemd tell.
pub(super) fn instance(host: &str, unit: &Unit) -> LinuxService {
    let (enabled_state, operational_status, word) = state(unit);
    let is_loaded = unit.sub_state.is_some();
    LinuxService {
        caption: Some(unit.name.clone()),
        element_name: Some(unit.name.clone()),
        description: unit.description.clone(),
        started: Some(operational_status == OperationalStatus::OK),
        start_mode: unit.file_state.as_deref().and_then(mode).map(str::to_owned),
        enabled_state: Some(enabled_state),
        other_enabled_state: (enabled_state == EnabledState::OTHER).then(|| unit.active_state.clone()),
        enabled_default: unit.file_state.as_deref().map(default),
        operational_status: Some(vec![operational_status]),
        status_descriptions: is_loaded
            .then(|| vec![format!("{} ({})", unit.active_state, unit.sub_state.as_deref().unwrap_or_default())]),
        status: Some(word.to_owned()),
        load_state: unit.load_state.clone(),
        active_state: Some(unit.active_state.clone()),
        sub_state: unit.sub_state.clone(),
        unit_file_state: unit.file_state.clone(),
        ..LinuxService::new(Keys { system_name: host.to_owned(), name: unit.name.clone() })
    }
}

/// The state as CIM has it: twice as a number and once as a word.
pub(super) fn state(unit: &Unit) -> (EnabledState, OperationalStatus, &'static str) {
    let has_bad_file = matches!(unit.load_state.as_deref(), Some("error" | "bad-setting"));
    let (enabled, operational, word) = match unit.active_state.as_str() {
        "active" | "reloading" | "refreshing" => (EnabledState::ENABLED, OperationalStatus::OK, status::OK),
        "inactive" => (EnabledState::DISABLED, OperationalStatus::STOPPED, status::STOPPED),
        "failed" => (EnabledState::DISABLED, OperationalStatus::ERROR, status::ERROR),
        "activating" => (EnabledState::STARTING, OperationalStatus::STARTING, status::STARTING),
        "deactivating" => (EnabledState::SHUTTING_DOWN, OperationalStatus::STOPPING, status::STOPPING),
        _ => (EnabledState::OTHER, OperationalStatus::OTHER, status::UNKNOWN),
    };
    if has_bad_file && operational != OperationalStatus::OK {
        return (enabled, OperationalStatus::ERROR, status::ERROR);
    }
    (enabled, operational, word)
}

/// How the service is started, from the state of its file.
fn mode(file_state: &str) -> Option<&'static str> {
    match file_state {
        "enabled" | "enabled-runtime" => Some(start_mode::AUTOMATIC),
        "disabled" | "static" | "indirect" | "linked" | "linked-runtime" | "transient" => Some(start_mode::MANUAL),
        "masked" | "masked-runtime" => Some(start_mode::DISABLED),
        _ => None,
    }
}

fn default(file_state: &str) -> EnabledDefault {
    match file_state {
        "enabled" | "enabled-runtime" => EnabledDefault::ENABLED,
        "disabled" | "masked" | "masked-runtime" => EnabledDefault::DISABLED,
        _ => EnabledDefault::NOT_APPLICABLE,
    }
}

fn set_detail(service: &mut LinuxService, detail: Detail) {
    service.process_id = detail.main_pid;
    service.result = detail.result;
    service.restart_count = detail.restarts;
    service.time_of_last_state_change = detail.changed.and_then(datetime);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::systemd::fake::FakeSystemd;
    use omi::ResultCode;

    fn services() -> Option<(FakeSystemd, Vec<LinuxService>)> {
        let fake = FakeSystemd::start()?;
        let units = Systemd::connect(&fake.bus.bus()).unwrap().services().unwrap();
        let services = units.iter().map(|unit| instance("web01", unit)).collect();
        Some((fake, services))
    }

    #[test]
    fn a_state_is_told_in_the_terms_of_cim() {
        let Some((_fake, services)) = services() else { return };
        let find = |name: &str| services.iter().find(|it| it.name.as_deref() == Some(name)).unwrap();

        let running = find("cron.service");
        assert_eq!((running.started, running.enabled_state), (Some(true), Some(EnabledState::ENABLED)));
        assert_eq!(running.operational_status, Some(vec![OperationalStatus::OK]));
        assert_eq!((running.start_mode.as_deref(), running.status.as_deref()), (Some("Automatic"), Some("OK")));
        assert_eq!(running.status_descriptions, Some(vec!["active (running)".to_owned()]));

        let failed = find("broken.service");
        assert_eq!((failed.started, failed.enabled_state), (Some(false), Some(EnabledState::DISABLED)));
        assert_eq!(failed.operational_status, Some(vec![OperationalStatus::ERROR]));
        assert_eq!((failed.start_mode.as_deref(), failed.status.as_deref()), (Some("Manual"), Some("Error")));

        let masked = find("masked.service");
        assert_eq!(masked.start_mode.as_deref(), Some("Disabled"));
        assert_eq!((&masked.sub_state, &masked.status_descriptions), (&None, &None));
        let without_file = find("slow.service");
        assert_eq!((&without_file.start_mode, &without_file.enabled_default), (&None, &None));
    }

    #[test]
    fn only_a_service_of_this_host_is_found() {
        let Some((fake, _)) = services() else { return };
        let services = Services { root: Root::host(), bus: fake.bus.bus() };
        let systemd = Systemd::connect(&services.bus).unwrap();
        let key = |name: &str| LinuxService { name: Some(name.to_owned()), ..LinuxService::default() };
        assert_eq!(services.find(&systemd, &key("cron.service")).unwrap().name, "cron.service");
        let elsewhere = LinuxService { system_name: Some("elsewhere".to_owned()), ..key("cron.service") };
        for key in [key("absent.service"), elsewhere] {
            assert_eq!(services.find(&systemd, &key).unwrap_err().code(), ResultCode::NOT_FOUND);
        }
        let error = services.find(&systemd, &LinuxService::default()).unwrap_err();
        assert_eq!(error.code(), ResultCode::INVALID_PARAMETER);
    }
}
