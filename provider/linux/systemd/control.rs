//! Control: jobs that start and stop services, and changes of their unit files.

use std::time::{Duration, Instant};

use zbus::MatchRule;
use zbus::OwnedObjectPath;

use super::{Error, MANAGER, MANAGER_INTERFACE, Result, Systemd, UNIT_INTERFACE, Unit, journal};
use crate::linux::bus::Signals;

/// How often a job that runs is asked about.
const TICK: Duration = Duration::from_millis(200);

/// Reading all unit files anew takes seconds on a large machine.
const RELOAD_PATIENCE: Duration = Duration::from_secs(90);

/// What a job does to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Start it, unless it runs.
    Start,
    /// Stop it, if it runs.
    Stop,
    /// Stop it, if it runs, and start it.
    Restart,
    /// Have it read its configuration again.
    Reload,
}

/// What is done to the unit file of a service. None of it starts or stops the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileAct {
    /// Have it started with the system.
    Enable,
    /// Take [`FileAct::Enable`] back.
    Disable,
    /// Keep everybody from starting it.
    Mask,
    /// Take [`FileAct::Mask`] back.
    Unmask,
}

/// Whether the wait for a job goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// Wait on.
    GoOn,
    /// Cancel the job.
    Cancel,
}

impl Act {
    /// The word for it, as in `systemctl start`.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Reload => "reload",
        }
    }

    fn method(self) -> &'static str {
        match self {
            Self::Start => "StartUnit",
            Self::Stop => "StopUnit",
            Self::Restart => "RestartUnit",
            Self::Reload => "ReloadUnit",
        }
    }

    /// How the job ends when the service then runs.
    fn leaves_it_running(self) -> bool {
        self != Self::Stop
    }
}

impl FileAct {
    /// The word for it, as in `systemctl enable`.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Mask => "mask",
            Self::Unmask => "unmask",
        }
    }
}

impl Systemd {
    /// Whether the service says how to reload it, and can be reloaded now.
    ///
    /// # Errors
    /// Those of a call.
    pub fn can_reload(&self, unit: &Unit) -> Result<bool> {
        let Some(path) = &unit.path else { return Ok(false) };
        Ok(self.peer.property(path, UNIT_INTERFACE, "CanReload")?.unwrap_or(false))
    }

    /// Runs a job and waits for its end. `tick` is called several times a second with the time that has passed.
    ///
    /// # Errors
    /// [`Error::Failed`] when the job failed or was cancelled, with the last lines of the service's journal where they
    /// can be read; [`Error::Refused`] when systemd did not begin it, because the unit is masked for example.
    pub fn run(&self, unit: &Unit, act: Act, tick: &mut dyn FnMut(Duration) -> Tick) -> Result<()> {
        // Listening begins before the job, which may be over at once.
        let mut signals = self.job_signals()?;
        let job: OwnedObjectPath = self.manager(act.method(), &(unit.name.as_str(), "replace"))?;
        let result = self.wait(&mut signals, &job, tick)?;
        if result != "done" && result != "skipped" {
            return Err(self.job_failure(&unit.name, act, &result));
        }
        if act.leaves_it_running() && self.find(&unit.name)?.active_state == "failed" {
            return Err(self.job_failure(&unit.name, act, "done, and the service failed at once"));
        }
        Ok(())
    }

    fn job_signals(&self) -> Result<Signals> {
        let rule = MatchRule::builder().path(MANAGER).interface(MANAGER_INTERFACE).member("JobRemoved");
        let signals = self.peer.signals(rule)?;
        self.subscribe()?;
        Ok(signals)
    }

    /// Asks for signals, which systemd does not send unasked.
    pub(super) fn subscribe(&self) -> Result<()> {
        match self.manager::<()>("Subscribe", &()) {
            // This connection has subscribed before.
            Err(Error::Refused { name, .. }) if name.ends_with(".AlreadySubscribed") => Ok(()),
            other => other,
        }
    }

    /// Waits for a job; its result, `done` or `failed` for example.
    fn wait(
        &self,
        signals: &mut Signals,
        job: &OwnedObjectPath,
        tick: &mut dyn FnMut(Duration) -> Tick,
    ) -> Result<String> {
        let start = Instant::now();
        let mut is_canceled = false;
        loop {
            if let Some(signal) = signals.next_within(TICK)?
                && let Ok((_, removed, _, result)) =
                    signal.body().deserialize::<(u32, OwnedObjectPath, String, String)>()
                && removed == *job
            {
                return Ok(result);
            }
            if !is_canceled && tick(start.elapsed()) == Tick::Cancel {
                is_canceled = true;
                self.cancel(job)?;
            }
        }
    }

    /// Cancels a job. One that is over has nothing left to cancel.
    fn cancel(&self, job: &OwnedObjectPath) -> Result<()> {
        let number = job.rsplit('/').next().and_then(|number| number.parse::<u32>().ok());
        let Some(number) = number else { return Ok(()) };
        match self.manager::<()>("CancelJob", &(number,)) {
            Err(Error::Refused { what, .. }) => {
                log::debug!("job {number} is not cancelled: {what}");
                Ok(())
            }
            other => other,
        }
    }

    fn job_failure(&self, name: &str, act: Act, result: &str) -> Error {
        let verb = act.verb();
        let mut what = match result {
            "canceled" => format!("{name}: the job to {verb} it was cancelled"),
            "timeout" => format!("{name} did not {verb} in the time that its unit allows"),
            "dependency" => format!("{name} did not {verb}, because a unit that it needs failed"),
            result => format!("{name} did not {verb}: the job's result is {result}"),
        };
        if let Ok(Some(reason)) = self.find(name).and_then(|unit| self.detail(&unit)).map(|detail| detail.result)
            && reason != "success"
        {
            what += &format!(" (the service's result is {reason})");
        }
        if let Some(lines) = journal::last_lines(name) {
            what += &format!("; the last lines of its journal:\n{lines}");
        }
        Error::Failed { what }
    }

    /// Changes what the unit file says, and has systemd read its files anew. `false` when it has nothing to change,
    /// because the unit does not say what would start it.
    ///
    /// # Errors
    /// [`Error::Refused`] with systemd's reason.
    pub fn change_file(&self, unit: &Unit, act: FileAct) -> Result<bool> {
        type Changes = Vec<(String, String, String)>;
        let files = vec![unit.name.as_str()];
        let (runtime, force) = (false, false);
        match act {
            FileAct::Enable => {
                let (has_install_section, _) =
                    self.manager::<(bool, Changes)>("EnableUnitFiles", &(files, runtime, force))?;
                if !has_install_section {
                    return Ok(false);
                }
            }
            FileAct::Disable => {
                if unit.file_state.as_deref() == Some("enabled-runtime") {
                    self.manager::<Changes>("DisableUnitFiles", &(&files, true))?;
                }
                self.manager::<Changes>("DisableUnitFiles", &(files, runtime))?;
            }
            FileAct::Mask => drop(self.manager::<Changes>("MaskUnitFiles", &(files, runtime, force))?),
            FileAct::Unmask => drop(self.manager::<Changes>("UnmaskUnitFiles", &(files, runtime))?),
        }
        self.peer.call_within::<()>(RELOAD_PATIENCE, MANAGER, (MANAGER_INTERFACE, "Reload"), &())?;
        Ok(true)
    }
}
