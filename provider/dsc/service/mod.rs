//! nxService: whether a unit of systemd runs, and whether it is started with the machine.

#[cfg(test)]
mod tests;

use super::pattern::fits;
use super::{Context, Difference, Done, Resource};
use crate::linux::systemd::{Act, FileAct, Systemd, Tick, Unit, is_template, suffix, whole_name};
use crate::linux::{self, Bus, rights};
use crate::schema::MsftNxServiceResource;
use omi::dialogue::Progress;
use omi::{Error, Result};
use std::time::Duration;

const RUNNING: &str = "Running";
const STOPPED: &str = "Stopped";
/// What is taken back after an error is not waited for as long as it likes.
const TAKE_BACK: Duration = Duration::from_secs(60);

/// The resource.
#[derive(Clone, Debug, Default)]
pub struct Service {
    /// The system's, unless a test says otherwise.
    bus: Option<Bus>,
}

impl Resource for Service {
    type Instance = MsftNxServiceResource;

    /// The original takes it so, though its class says otherwise.
    const MAY_BE_NULL: &'static [&'static str] = &["Controller"];

    /// Of a unit that is not there, there is but the name.
    fn get(&self, desired: &MsftNxServiceResource, _: &Context<'_>) -> Result<MsftNxServiceResource> {
        let systemd = self.systemd(desired)?;
        let found = find(&systemd, desired)?.map(|unit| describe(&systemd, &unit)).transpose()?.unwrap_or_default();
        Ok(MsftNxServiceResource { name: desired.name.clone(), ..found })
    }

    fn test(&self, desired: &MsftNxServiceResource, _: &Context<'_>) -> Result<Vec<Difference>> {
        let name = desired.name.as_deref().unwrap_or_default();
        if desired.state.is_some() && is_template(&whole_name(name)) {
            return Err(Error::invalid_parameter(format!(
                "Name {name:?} is that of a template, which has no State: give the name of an instance, with a word \
                 behind the @"
            )));
        }
        let systemd = self.systemd(desired)?;
        let Some(unit) = find(&systemd, desired)? else {
            return Ok(vec![Difference::new("Name", "missing", name)]);
        };
        let is_enabled = systemd.is_enabled(&unit)?;
        let mut differences = Vec::new();
        if let Some(wanted) = desired.enabled.filter(|wanted| is_enabled != Some(*wanted)) {
            let is = is_enabled.map_or_else(|| file_state(&unit).to_owned(), |is| is.to_string());
            differences.push(Difference::new("Enabled", is, wanted));
        }
        if let Some(wanted) = desired.state.as_deref().filter(|wanted| state(&unit) != Some(wanted)) {
            differences.push(Difference::new("State", state(&unit).unwrap_or(&unit.active_state), wanted));
        }
        Ok(differences)
    }

    /// What is refused is refused before anything is done. Starting or stopping comes first, for it can fail; if then the
    /// other fails, it is taken back.
    fn set(&self, desired: &MsftNxServiceResource, context: &Context<'_>) -> Result<Done> {
        let systemd = self.systemd(desired)?;
        let name = desired.name.as_deref().unwrap_or_default();
        let unit = find(&systemd, desired)?.ok_or_else(|| {
            Error::not_found(format!(
                "Name {name:?}: there is no unit {}; nxFile can make one, in /etc/systemd/system",
                whole_name(name)
            ))
        })?;
        let is_enabled = systemd.is_enabled(&unit)?;
        let enable = desired.enabled.filter(|wanted| is_enabled != Some(*wanted));
        let act = desired.state.as_deref().filter(|wanted| state(&unit) != Some(wanted)).map(act);
        if let Some(enable) = enable {
            check_file(&unit, enable)?;
            rights::check(&self.bus(), "org.freedesktop.systemd1.manage-unit-files", &format!("enable {}", unit.name))?;
        }
        if let Some(act) = act {
            check_act(&systemd, &unit, act)?;
            rights::check(
                &self.bus(),
                "org.freedesktop.systemd1.manage-units",
                &format!("{} {}", act.verb(), unit.name),
            )?;
            run(&systemd, &unit, act, context)?;
        }
        let enabled = enable.map_or(Ok(()), |enable| change_file(&systemd, &unit, enable));
        if let (Err(_), Some(act)) = (&enabled, act) {
            take_back(&systemd, &unit, act);
        }
        enabled?;
        Ok(Done::default())
    }

    /// Services, or the units of the type with which the filter's name ends. Templates are none: only their instances are.
    fn inventory(&self, filter: &MsftNxServiceResource, context: &Context<'_>) -> Result<Vec<MsftNxServiceResource>> {
        let systemd = self.systemd(filter)?;
        let pattern = filter.name.as_deref();
        let kind = pattern.and_then(suffix).unwrap_or(".service");
        let pattern = pattern.map(|pattern| pattern.strip_suffix(".service").unwrap_or(pattern));
        let mut found = Vec::new();
        for unit in systemd.all(kind)? {
            context.check_canceled()?;
            let name = unit.name.strip_suffix(".service").unwrap_or(&unit.name);
            if !fits(pattern, name) {
                continue;
            }
            let service = MsftNxServiceResource { name: Some(name.to_owned()), ..describe(&systemd, &unit)? };
            let is_wanted = filter.enabled.is_none_or(|wanted| service.enabled == Some(wanted))
                && filter.state.is_none() | (filter.state == service.state);
            if is_wanted {
                found.push(service);
            }
        }
        Ok(found)
    }
}

impl Service {
    /// That of this machine.
    pub const fn new() -> Self {
        Self { bus: None }
    }

    fn bus(&self) -> Bus {
        self.bus.clone().unwrap_or_default()
    }

    /// Connects to who runs the services, if that is who shall.
    fn systemd(&self, desired: &MsftNxServiceResource) -> Result<Systemd> {
        match desired.controller.as_deref() {
            Some(other @ ("init" | "upstart")) => Err(Error::not_supported(format!(
                "Controller {other:?} is not supported: give \"systemd\", or \"*\" for whoever runs the services"
            ))),
            _ => Systemd::connect(&self.bus()).map_err(|error| match error {
                linux::Error::Unsupported { what } => Error::not_supported(format!(
                    "Controller: only systemd is supported, and {what}; services of init scripts and of upstart are not"
                )),
                error => error.into(),
            }),
        }
    }
}

/// The unit that is meant; `None` when it is not there.
fn find(systemd: &Systemd, desired: &MsftNxServiceResource) -> Result<Option<Unit>> {
    match systemd.find(&whole_name(desired.name.as_deref().unwrap_or_default())) {
        Ok(unit) => Ok(Some(unit)),
        Err(linux::Error::NoSuchUnit { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// All but the name.
fn describe(systemd: &Systemd, unit: &Unit) -> Result<MsftNxServiceResource> {
    Ok(MsftNxServiceResource {
        controller: Some("systemd".to_owned()),
        enabled: systemd.is_enabled(unit)?,
        state: state(unit).map(str::to_owned),
        path: systemd.file(unit)?,
        description: unit.description.clone(),
        ..MsftNxServiceResource::default()
    })
}

fn state(unit: &Unit) -> Option<&'static str> {
    unit.is_running().map(|is_running| if is_running { RUNNING } else { STOPPED })
}

fn file_state(unit: &Unit) -> &str {
    unit.file_state.as_deref().unwrap_or("without a file")
}

fn act(state: &str) -> Act {
    if state == RUNNING { Act::Start } else { Act::Stop }
}

/// Refuses what systemd would refuse too, or do without any effect.
fn check_file(unit: &Unit, enable: bool) -> Result<()> {
    let why = match file_state(unit) {
        "generated" => "it comes from an init script, which the distribution's own tools enable and disable",
        _ if !enable => return Ok(()),
        "static" => "its file has no section [Install]: other units start it",
        "masked" | "masked-runtime" => "it is masked: unmask it first",
        "transient" | "without a file" => "a program made it, and it has no file that could be enabled",
        _ => return Ok(()),
    };
    Err(Error::failed(format!("Enabled cannot be {enable} for {}: {why}", unit.name)))
}

fn check_act(systemd: &Systemd, unit: &Unit, act: Act) -> Result<()> {
    if act != Act::Start {
        return Ok(());
    }
    let why = if unit.load_state.as_deref() == Some("masked") {
        "it is masked: unmask it first"
    } else if systemd.runs_once(unit)? {
        "it is a oneshot service without RemainAfterExit=yes, which does its work and has stopped again"
    } else {
        return Ok(());
    };
    Err(Error::failed(format!("State cannot be {RUNNING} for {}: {why}", unit.name)))
}

/// Starts or stops it and looks whether it then is as it should be.
fn run(systemd: &Systemd, unit: &Unit, act: Act, context: &Context<'_>) -> Result<()> {
    let activity = format!("{} {}", act.verb(), unit.name);
    context.verbose(&activity);
    let done = systemd.run(unit, act, &mut |elapsed| {
        if elapsed >= Duration::from_secs(1) {
            let status = format!("waiting for systemd, {} s", elapsed.as_secs());
            context.progress(&Progress::new(activity.clone()).status(status));
        }
        if context.is_canceled() { Tick::Cancel } else { Tick::GoOn }
    });
    if let Err(error) = done {
        // Nobody waits for a start that was cancelled, but the service goes on starting.
        if act == Act::Start && context.is_canceled() {
            take_back(systemd, unit, act);
        }
        return Err(Error::failed(format!("State: {error}")));
    }
    let now = systemd.find(&unit.name)?;
    if (act == Act::Start) == (now.is_running() == Some(true)) {
        return Ok(());
    }
    Err(Error::failed(format!(
        "State: {} was asked to {} and did, but is {} now",
        unit.name,
        act.verb(),
        now.active_state
    )))
}

fn take_back(systemd: &Systemd, unit: &Unit, act: Act) {
    let opposite = if act == Act::Start { Act::Stop } else { Act::Start };
    let tick = |elapsed| if elapsed < TAKE_BACK { Tick::GoOn } else { Tick::Cancel };
    if let Err(error) = systemd.run(unit, opposite, &mut { tick }) {
        log::warn!(target: "dsc", "{} is left as it is after the error: {error}", unit.name);
    }
}

fn change_file(systemd: &Systemd, unit: &Unit, enable: bool) -> Result<()> {
    let act = if enable { FileAct::Enable } else { FileAct::Disable };
    let cannot = |why: &str| Error::failed(format!("Enabled cannot be {enable} for {}: {why}", unit.name));
    let changed = systemd.change_file(unit, act).map_err(|error| cannot(&error.to_string()))?;
    let now = systemd.find(&unit.name)?;
    if changed && systemd.is_enabled(&now)? == Some(enable) {
        return Ok(());
    }
    Err(cannot(&format!("systemd calls its file {} after that", file_state(&now))))
}
