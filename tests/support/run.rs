//! Running programs, never for longer than they should take.

use std::process::{Command, Output};
use std::time::Duration;

/// Runs a command to its end and collects what it prints.
///
/// # Panics
/// When it cannot be started or takes longer than `patience`; it is killed then.
pub(crate) fn within(patience: Duration, command: &mut Command) -> Output {
    let mut timed = assert_cmd::Command::new(command.get_program());
    timed.args(command.get_args()).timeout(patience);
    timed.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = timed.output().unwrap_or_else(|error| panic!("{command:?} does not run: {error}"));
    // Without an exit code a signal ended it: that of the timeout, if nobody else sent one.
    assert!(output.status.code().is_some(), "{command:?} did not end within {patience:?}: {}", text(&output));
    output
}

/// What a command printed, standard error after standard output.
pub(crate) fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), output.stderr.as_slice()].concat()).into_owned()
}
