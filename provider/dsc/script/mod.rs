//! nxScript: what three scripts say and do.

#[cfg(test)]
mod tests;

use super::{Context, Difference, Done, Resource};
use crate::linux::Stop;
use crate::linux::command::{self, Account, Captured, Command, End, Event, Outcome, Program};
use crate::schema::MsftNxScriptResource;
use omi::dialogue::Progress;
use omi::{Error, Instance, Result};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

/// The resource.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    /// How long a script may take.
    limit: Duration,
}

/// Of each output of a script so much is kept.
const LONGEST_OUTPUT: usize = 1 << 20;
/// So much of what a script says is told when it fails.
const LONGEST_WORDS: usize = 4 << 10;

impl Script {
    /// A script may take an hour.
    pub const fn new() -> Self {
        Self { limit: Duration::from_secs(60 * 60) }
    }
}

impl Default for Script {
    fn default() -> Self {
        Self::new()
    }
}

impl Resource for Script {
    type Instance = MsftNxScriptResource;

    fn get(&self, desired: &MsftNxScriptResource, context: &Context<'_>) -> Result<MsftNxScriptResource> {
        let outcome = self.run("GetScript", &desired.get_script, desired, context)?;
        let result = match outcome.end {
            End::Exited(0) => Some(text(&outcome.output)),
            // A configuration with many resources can be got all the same.
            _ => {
                context.warning(&failure("GetScript", &outcome));
                None
            }
        };
        Ok(MsftNxScriptResource { result, ..desired.clone() })
    }

    fn test(&self, desired: &MsftNxScriptResource, context: &Context<'_>) -> Result<Vec<Difference>> {
        check_filled("SetScript", &desired.set_script)?;
        check_filled("TestScript", &desired.test_script)?;
        let outcome = self.run("TestScript", &desired.test_script, desired, context)?;
        match outcome.end {
            End::Exited(0) => Ok(Vec::new()),
            End::Exited(code) => Ok(vec![Difference::new("TestScript", format!("exit code {code}"), "exit code 0")]),
            // It has not said whether it is as desired.
            _ => Err(Error::failed(failure("TestScript", &outcome))),
        }
    }

    fn set(&self, desired: &MsftNxScriptResource, context: &Context<'_>) -> Result<Done> {
        let outcome = self.run("SetScript", &desired.set_script, desired, context)?;
        match outcome.end {
            End::Exited(0) => Ok(Done::default()),
            _ => Err(Error::failed(failure("SetScript", &outcome))),
        }
    }

    /// The scripts are long and may hold secrets; a number tells them apart.
    fn label(&self, desired: &Instance) -> String {
        let mut hasher = DefaultHasher::new();
        for script in ["GetScript", "SetScript", "TestScript"] {
            desired.text(script).hash(&mut hasher);
        }
        format!("scripts {:016x}", hasher.finish())
    }
}

impl Script {
    /// Runs a script to its end, as the user who is given.
    fn run(
        &self,
        name: &str,
        script: &Option<String>,
        desired: &MsftNxScriptResource,
        context: &Context<'_>,
    ) -> Result<Outcome> {
        let command = Command {
            program: Program::Script(script.clone().unwrap_or_default(), Vec::new()),
            input: Vec::new(),
            environment: Vec::new(),
            directory: None,
            timeout: Some(self.limit),
            output_limit: LONGEST_OUTPUT,
            elevated: false,
        };
        let account = account(desired)?;
        let stop = Stop::new()?;
        let mut watch = |event: Event<'_>| match event {
            Event::Output(bytes) | Event::Errors(bytes) => tell(name, bytes, context),
            Event::Running(time) => {
                let status = format!("for {} s", time.as_secs());
                context.progress(&Progress::new("nxScript").operation(format!("{name} runs")).status(status));
                if context.is_canceled() {
                    stop.stop();
                }
            }
        };
        context.check_canceled()?;
        let named = |error: crate::linux::Error| {
            let error = Error::from(error);
            Error::new(error.code(), format!("{name}: {}", error.message()))
        };
        let outcome = command::run(&command, &account, &stop, &mut watch).map_err(named)?;
        if outcome.end == End::Stopped {
            return Err(Error::failed(format!("{name} was ended, with all that it started, for it was cancelled")));
        }
        Ok(outcome)
    }
}

/// The user and group with whose rights the scripts run.
fn account(desired: &MsftNxScriptResource) -> Result<Account> {
    let filled = |value: &Option<String>| value.clone().filter(|text| !text.is_empty());
    let wrong = |property: &str, error: crate::linux::Error| {
        let error = Error::from(error);
        Error::new(error.code(), format!("{property}: {}", error.message()))
    };
    let user = match filled(&desired.user) {
        Some(user) => Account::named(&user).map_err(|error| wrong("User", error))?,
        None => Account::own()?,
    };
    match filled(&desired.group) {
        Some(group) => user.in_group(&group).map_err(|error| wrong("Group", error)),
        None => Ok(user),
    }
}

fn check_filled(property: &str, script: &Option<String>) -> Result<()> {
    if script.as_deref().unwrap_or_default().trim().is_empty() {
        return Err(Error::invalid_parameter(format!("{property} is empty; the text of a script would be right")));
    }
    Ok(())
}

/// Hands on what a script prints. It may be a secret, so it is for who asks, and not for the log.
fn tell(name: &str, bytes: &[u8], context: &Context<'_>) {
    for line in String::from_utf8_lossy(bytes).lines() {
        context.verbose(&format!("{name}: {line}"));
    }
}

fn text(captured: &Captured) -> String {
    String::from_utf8_lossy(&captured.bytes).into_owned()
}

/// How a script failed, with the end of what it said.
fn failure(name: &str, outcome: &Outcome) -> String {
    let how = match outcome.end {
        End::Exited(code) => format!("ended with the exit code {code}"),
        End::Signaled(signal) => format!("was ended by the signal {signal}"),
        End::TimedOut => "was ended, with all that it started, for it took too long".to_owned(),
        End::Stopped => "was ended".to_owned(),
    };
    let said = if outcome.errors.bytes.is_empty() { &outcome.output } else { &outcome.errors };
    let from = said.bytes.len().saturating_sub(LONGEST_WORDS);
    let said = String::from_utf8_lossy(&said.bytes[from..]);
    match said.trim() {
        "" => format!("{name} {how}"),
        said => format!("{name} {how}: {said}"),
    }
}
