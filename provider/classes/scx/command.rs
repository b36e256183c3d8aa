//! The methods of SCX_OperatingSystem: commands, shell lines and scripts, run as Linux_OperatingSystem.RunCommand runs them.

use super::is_elevated;
use super::operating_system::OperatingSystem;
use crate::classes::command::{run, texts};
use crate::linux::command::{Command, End, Program, words};
use crate::schema::ScxOperatingSystem;
use crate::schema::linux_operating_system::run_command::Encoding;
use crate::schema::scx_operating_system::{
    ExecuteCommand, ExecuteCommandOutput, ExecuteScript, ExecuteScriptOutput, ExecuteShellCommand,
    ExecuteShellCommandOutput,
};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use omi::{Error, Invoke, Query, Result, ResultCode};
use std::time::Duration;

/// How many bytes of each output are kept.
const OUTPUT_LIMIT: usize = 1 << 20;

/// The exit code by which a shell says that it found no such program.
const NO_PROGRAM: i32 = 127;
/// The exit code of a command that had no chance to have one.
const ENDED: i32 = -1;

impl Invoke<ExecuteCommand> for OperatingSystem {
    fn invoke(
        &self,
        _target: Option<ScxOperatingSystem>,
        input: ExecuteCommand,
        query: &Query<'_>,
    ) -> Result<ExecuteCommandOutput> {
        let program = Program::Arguments(words(&given("ExecuteCommand", "Command", input.command)?)?);
        let ended = execute(program, time("ExecuteCommand", input.timeout)?, input.elevation_type, query)?;
        Ok(ExecuteCommandOutput {
            return_value: Some(ended.code == Some(0)),
            return_code: ended.code,
            std_out: ended.output,
            std_err: ended.errors,
        })
    }
}

impl Invoke<ExecuteShellCommand> for OperatingSystem {
    fn invoke(
        &self,
        _target: Option<ScxOperatingSystem>,
        input: ExecuteShellCommand,
        query: &Query<'_>,
    ) -> Result<ExecuteShellCommandOutput> {
        let line = given("ExecuteShellCommand", "Command", input.command)?;
        let line = decoded("Command", line, input.b64encoded)?;
        let time = time("ExecuteShellCommand", input.timeout)?;
        let ended = execute(Program::Shell(line, Vec::new()), time, input.elevation_type, query)?;
        Ok(ExecuteShellCommandOutput {
            return_value: Some(ended.code == Some(0)),
            return_code: ended.code,
            std_out: ended.output,
            std_err: ended.errors,
        })
    }
}

impl Invoke<ExecuteScript> for OperatingSystem {
    fn invoke(
        &self,
        _target: Option<ScxOperatingSystem>,
        input: ExecuteScript,
        query: &Query<'_>,
    ) -> Result<ExecuteScriptOutput> {
        let script = decoded("Script", given("ExecuteScript", "Script", input.script)?, input.b64encoded)?;
        let program = Program::Script(script, words(&input.arguments.unwrap_or_default())?);
        let ended = execute(program, time("ExecuteScript", input.timeout)?, input.elevation_type, query)?;
        Ok(ExecuteScriptOutput {
            return_value: Some(ended.code == Some(0)),
            return_code: ended.code,
            std_out: ended.output,
            std_err: ended.errors,
        })
    }
}

/// What a command is, which may not be empty.
fn given(method: &str, parameter: &str, text: Option<String>) -> Result<String> {
    text.filter(|text| !text.is_empty()).ok_or_else(|| {
        Error::invalid_parameter(format!("{method} needs the parameter {parameter}, which is not empty"))
    })
}

/// The time limit; `None` for none.
fn time(method: &str, seconds: Option<u32>) -> Result<Option<Duration>> {
    let seconds = seconds.ok_or_else(|| {
        Error::invalid_parameter(format!("{method} needs the parameter timeout, in seconds; 0 is no limit"))
    })?;
    Ok((seconds > 0).then(|| Duration::from_secs(seconds.into())))
}

fn decoded(parameter: &str, text: String, is_base64: Option<bool>) -> Result<String> {
    if is_base64 != Some(true) {
        return Ok(text);
    }
    // Some clients break the lines of what they encode.
    let text: String = text.split_ascii_whitespace().collect();
    let wrong = |error: &dyn std::fmt::Display| {
        Error::invalid_parameter(format!("{parameter} is not UTF-8 text in Base64, though b64encoded is true: {error}"))
    };
    let bytes = BASE64_STANDARD.decode(text).map_err(|error| wrong(&error))?;
    String::from_utf8(bytes).map_err(|error| wrong(&error))
}

/// What came of a command, as the three methods tell it. All NULL when the user did not want it after all.
#[derive(Default)]
struct Ended {
    code: Option<i32>,
    output: Option<String>,
    errors: Option<String>,
}

fn execute(program: Program, timeout: Option<Duration>, elevation: Option<String>, query: &Query<'_>) -> Result<Ended> {
    let command = Command {
        program,
        input: Vec::new(),
        environment: Vec::new(),
        directory: None,
        timeout,
        output_limit: OUTPUT_LIMIT,
        elevated: is_elevated("ElevationType", elevation.as_deref())?,
    };
    match run(&command, None, query) {
        Ok(None) => Ok(Ended::default()),
        Ok(Some(outcome)) => {
            let [output, errors] = texts(&outcome, Encoding::TEXT, query);
            let cut_off = [
                (outcome.output.truncated || output.truncated).then_some("standard output"),
                (outcome.errors.truncated || errors.truncated).then_some("standard error"),
            ];
            Ok(ended(outcome.end, output.text, errors.text, cut_off, timeout))
        }
        Err(error) if error.code() == ResultCode::NOT_FOUND => Ok(Ended {
            code: Some(NO_PROGRAM),
            output: Some(String::new()),
            errors: Some(format!("{}\n", error.message())),
        }),
        Err(error) => Err(error),
    }
}

/// What the methods give. They have nowhere but in the standard error to say what else there is to say: which outputs were
/// cut off, and why the command has no exit code.
fn ended(end: End, output: String, mut errors: String, cut_off: [Option<&str>; 2], timeout: Option<Duration>) -> Ended {
    let mut say = |what: &str| {
        if !errors.is_empty() && !errors.ends_with('\n') {
            errors.push('\n');
        }
        errors.push_str(what);
        errors.push('\n');
    };
    for name in cut_off.into_iter().flatten() {
        say(&format!("[the {name} was longer and is cut off]"));
    }
    let code = match end {
        End::Exited(code) => code,
        End::Signaled(signal) => {
            say(&format!("[ended by signal {signal}]"));
            ENDED
        }
        End::TimedOut | End::Stopped => {
            say(&format!("[ended: its {} s were over]", timeout.unwrap_or_default().as_secs()));
            ENDED
        }
    };
    Ended { code: Some(code), output: Some(output), errors: Some(errors) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_parameter_of_its_own_is_said_in_the_standard_error() {
        let cut_off = [Some("standard output"), None];
        let ended = ended(End::TimedOut, "x".to_owned(), "oops".to_owned(), cut_off, Some(Duration::from_secs(3)));
        assert_eq!((ended.code, ended.output.as_deref()), (Some(-1), Some("x")));
        let lines = "oops\n[the standard output was longer and is cut off]\n[ended: its 3 s were over]\n";
        assert_eq!(ended.errors.as_deref(), Some(lines));
    }

    #[test]
    fn what_a_command_prints_is_given_as_it_is() {
        let ended = ended(End::Exited(0), "a\n".to_owned(), "b".to_owned(), [None, None], None);
        assert_eq!((ended.code, ended.output.as_deref(), ended.errors.as_deref()), (Some(0), Some("a\n"), Some("b")));
    }

    #[test]
    fn base64_is_decoded_where_that_is_said() {
        assert_eq!(decoded("Command", "ZWNobyAi\r\nYSI=".to_owned(), Some(true)).unwrap(), "echo \"a\"");
        assert_eq!(decoded("Command", "ZWNobw==".to_owned(), None).unwrap(), "ZWNobw==");
        let error = decoded("Script", "?".to_owned(), Some(true)).unwrap_err();
        assert!(error.message().starts_with("Script is not UTF-8 text in Base64"), "{error}");
    }
}
