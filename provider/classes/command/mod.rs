//! Linux_OperatingSystem.RunCommand: commands, shell lines and scripts, run as the user who asks.

mod text;

use super::operating_system::OperatingSystem;
use super::{audit, requestor};
use crate::linux::Stop;
use crate::linux::command::{self, Account, Captured, Command, End, Event, Outcome, Program};
use crate::schema::LinuxOperatingSystem;
use crate::schema::linux_operating_system::run_command::{Encoding, ReturnValue};
use crate::schema::linux_operating_system::{RunCommand, RunCommandOutput};
use omi::dialogue::Progress;
use omi::{Error, Invoke, Query, Result};
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;
use text::{Parts, Text, decoded, encoded, fitted};

const DEFAULT_LIMIT: u32 = 1 << 20;
const GREATEST_LIMIT: u32 = 64 << 20;

impl Invoke<RunCommand> for OperatingSystem {
    fn invoke(
        &self,
        _target: Option<LinuxOperatingSystem>,
        input: RunCommand,
        query: &Query<'_>,
    ) -> Result<RunCommandOutput> {
        let encoding = input.encoding.unwrap_or(Encoding::TEXT);
        let streamed = input.streamed == Some(true);
        let command = command(input, encoding)?;
        match run(&command, streamed.then_some(encoding), query)? {
            None => Ok(RunCommandOutput { return_value: Some(ReturnValue::DECLINED), ..Default::default() }),
            Some(outcome) => Ok(output(outcome, encoding, streamed, query)),
        }
    }
}

/// Runs a command as the user who asks, and writes that down. `streamed` is the encoding in which its output is streamed
/// meanwhile, if it is. `None` when the user does not want it after all.
pub(super) fn run(command: &Command, streamed: Option<Encoding>, query: &Query<'_>) -> Result<Option<Outcome>> {
    let name = name(&command.program);
    let done = requestor(query).and_then(|account| {
        if !query.should_process(&name, &format!("run as {}", account.name())).or(true) {
            return Ok(None);
        }
        in_company(command, &account, &name, streamed, query).map(Some)
    });
    let deed = if command.elevated { format!("run {name} as root") } else { format!("run {name}") };
    match &done {
        Ok(None) => {}
        Ok(Some(outcome)) => audit(query, &deed, &format!("{:?}", outcome.end)),
        Err(error) => audit(query, &deed, error.message()),
    }
    done
}

/// Both outputs of a command as text, cut where the host does not carry as much.
pub(super) fn texts(outcome: &Outcome, encoding: Encoding, query: &Query<'_>) -> [Text; 2] {
    let texts = [&outcome.output, &outcome.errors].map(|captured| encoded(&captured.bytes, encoding));
    // What else there is in the results takes little.
    let room = query.instance_limit().map(|limit| limit - 4096);
    fitted(texts, room.unwrap_or(usize::MAX))
}

fn command(input: RunCommand, encoding: Encoding) -> Result<Command> {
    let arguments = input.arguments.unwrap_or_default();
    let program = match (input.shell_command, input.script) {
        (None, None) => Program::Arguments(arguments),
        (Some(line), None) => Program::Shell(line, arguments),
        (None, Some(text)) => Program::Script(text, arguments),
        (Some(_), Some(_)) => {
            return Err(Error::invalid_parameter("RunCommand takes ShellCommand or Script, not both"));
        }
    };
    let directory = input.working_directory.map(PathBuf::from);
    if let Some(relative) = directory.as_ref().filter(|path| !path.is_absolute()) {
        let text = format!("WorkingDirectory {relative:?} is not absolute: /tmp would be");
        return Err(Error::invalid_parameter(text));
    }
    let limit = input.output_limit.unwrap_or(DEFAULT_LIMIT);
    if limit > GREATEST_LIMIT {
        return Err(Error::invalid_parameter(format!("OutputLimit {limit} is more than {GREATEST_LIMIT} bytes")));
    }
    Ok(Command {
        program,
        input: input.standard_input.map(|text| decoded(text, encoding)).transpose()?.unwrap_or_default(),
        environment: input.environment.unwrap_or_default().iter().map(|it| variable(it)).collect::<Result<_>>()?,
        directory,
        timeout: input.timeout.filter(|timeout| *timeout > 0).map(|timeout| Duration::from_millis(timeout.into())),
        output_limit: limit as usize,
        elevated: false,
    })
}

/// Whose value may be a secret, which no error tells.
fn variable(text: &str) -> Result<(String, String)> {
    let pair = text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    pair.ok_or_else(|| Error::invalid_parameter("an element of Environment has no =: NAME=value is right"))
}

/// What the user and the log are told of a command. Its arguments may be secrets.
fn name(program: &Program) -> String {
    match program {
        Program::Arguments(arguments) => arguments.first().cloned().unwrap_or_default(),
        Program::Shell(..) => "a line of /bin/sh".to_owned(),
        Program::Script(..) => "a script".to_owned(),
    }
}

/// What the client is told while the command runs.
enum Told {
    Part(&'static str, String),
    Running(Duration),
}

/// Runs the command while another thread tells the client about it: a client that reads slowly must not keep a command
/// from being ended in time. `streamed` is the encoding in which its output is streamed, if it is.
fn in_company(
    command: &Command,
    account: &Account,
    name: &str,
    streamed: Option<Encoding>,
    query: &Query<'_>,
) -> Result<Outcome> {
    omi::keep_files_from_children()?;
    let stop = Stop::new()?;
    query.on_cancel({
        let stop = stop.clone();
        move |_| stop.stop()
    });
    let outcome = thread::scope(|scope| {
        let (sender, receiver) = channel();
        let mut receiver = Some(receiver);
        let mut teller = None;
        let mut tell = |told| {
            // Most commands are quiet and short, and need no such thread.
            if let Some(receiver) = receiver.take() {
                teller = Some(scope.spawn(|| tell_all(receiver, name, query, &stop)));
            }
            // It is gone when the client is, and the command is then being ended.
            let _ = sender.send(told);
        };
        let mut parts = streamed.map(|encoding| [Parts::new(encoding), Parts::new(encoding)]);
        let outcome = command::run(command, account, &stop, &mut |event| match (event, &mut parts) {
            (Event::Output(bytes), Some([parts, _])) => parts.take(bytes, |text| tell(Told::Part(OUTPUT, text))),
            (Event::Errors(bytes), Some([_, parts])) => parts.take(bytes, |text| tell(Told::Part(ERRORS, text))),
            (Event::Running(time), _) => tell(Told::Running(time)),
            (_, None) => {}
        });
        if let Some([output, errors]) = parts {
            output.finish(|text| tell(Told::Part(OUTPUT, text)));
            errors.finish(|text| tell(Told::Part(ERRORS, text)));
        }
        drop(sender);
        let told = teller.map_or(Ok(()), |teller| teller.join().unwrap_or_else(|panic| resume_unwind(panic)));
        told.and(outcome.map_err(Error::from))
    })?;
    if outcome.end == End::Stopped {
        return Err(Error::failed(format!("{name} was cancelled, and ended with all that it started")));
    }
    Ok(outcome)
}

const OUTPUT: &str = "StandardOutputParts";
const ERRORS: &str = "StandardErrorParts";

/// Tells the client until the command has ended. A client that takes no more has the command ended.
fn tell_all(told: Receiver<Told>, name: &str, query: &Query<'_>, stop: &Stop) -> Result<()> {
    for told in told {
        match told {
            Told::Part(parameter, text) => {
                query.stream(parameter, text).inspect_err(|_| stop.stop())?;
            }
            Told::Running(time) => {
                query.progress(
                    &Progress::new("Running a command").operation(name).status(format!("{} s", time.as_secs())),
                );
            }
        }
    }
    Ok(())
}

fn output(outcome: Outcome, encoding: Encoding, streamed: bool, query: &Query<'_>) -> RunCommandOutput {
    let [output, errors] = if streamed { [None, None] } else { texts(&outcome, encoding, query).map(Some) };
    let truncated = |captured: &Captured, text: &Option<Text>| {
        Some(captured.truncated || text.as_ref().is_some_and(|text| text.truncated))
    };
    let (return_value, exit_code, signal) = match outcome.end {
        End::Exited(code) => (ReturnValue::COMPLETED_WITH_NO_ERROR, Some(code), None),
        End::Signaled(signal) => (ReturnValue::COMPLETED_WITH_NO_ERROR, None, u32::try_from(signal).ok()),
        End::TimedOut | End::Stopped => (ReturnValue::TIMEOUT, None, None),
    };
    RunCommandOutput {
        return_value: Some(return_value),
        exit_code,
        signal,
        standard_output_truncated: truncated(&outcome.output, &output),
        standard_error_truncated: truncated(&outcome.errors, &errors),
        standard_output: output.map(|text| text.text),
        standard_error: errors.map(|text| text.text),
        // What was streamed is added by the SDK where the host takes no parts.
        ..Default::default()
    }
}
