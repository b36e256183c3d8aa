//! Runs a command: its input, environment and directory, a time limit that is kept exactly, limits on what it prints,
//! and an end for all that it started.

mod account;
mod launch;
mod output;
mod script;
mod supervise;
#[cfg(test)]
mod tests;
mod tree;
mod words;

pub use account::Account;
pub use output::Captured;
pub use words::words;

use super::{Result, Stop};
use launch::Launched;
use std::path::PathBuf;
use std::time::Duration;

/// What to run, and how.
#[derive(Clone, Debug)]
pub struct Command {
    /// The program with its arguments.
    pub program: Program,
    /// What it reads from standard input, which then ends. Empty: `/dev/null`.
    pub input: Vec<u8>,
    /// Variables beside those that every command gets: `PATH`, `LANG`, and `HOME`, `USER`, `LOGNAME`, `SHELL` of the user.
    /// Nothing is inherited, for the variables of a server are its own affair.
    pub environment: Vec<(String, String)>,
    /// The working directory; `None` is `/`.
    pub directory: Option<PathBuf>,
    /// How long it may take; `None` is for ever.
    pub timeout: Option<Duration>,
    /// How many bytes of standard output are kept, and as many of standard error. The rest is read and forgotten.
    pub output_limit: usize,
    /// Whether root runs it: by sudo, which must let the user do so without a password, unless the user is root already.
    pub elevated: bool,
}

/// The forms of a command.
#[derive(Clone, Debug)]
pub enum Program {
    /// A program, found in `PATH` where it has no slash, and its arguments. No shell is involved.
    Arguments(Vec<String>),
    /// A line for `/bin/sh`, and the parameters `$0`, `$1` and so on.
    Shell(String, Vec<String>),
    /// The text of a script and its arguments. The interpreter is that of its `#!` line, else `/bin/sh`.
    Script(String, Vec<String>),
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// Standard output.
    pub output: Captured,
    /// Standard error.
    pub errors: Captured,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself, with this exit code.
    Exited(i32),
    /// By the signal of this number, which we did not send.
    Signaled(i32),
    /// It was ended, with all that it started, because its time was over.
    TimedOut,
    /// It was ended, with all that it started, because somebody asked for that: see [`Stop`].
    Stopped,
}

/// What happens while a command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// It wrote these bytes to standard output. Bytes beyond the limit are not told.
    Output(&'a [u8]),
    /// It wrote these bytes to standard error. Bytes beyond the limit are not told.
    Errors(&'a [u8]),
    /// It has been running for this time: told each second.
    Running(Duration),
}

/// Runs a command to its end as `account`, and tells `watch` meanwhile, which must not block.
///
/// The command is over when its own process ends. What it left behind in the background goes on, and what that prints
/// later is not waited for.
///
/// # Errors
/// When it could not be started: the program or directory is missing, may not be used, or the arguments are too long.
pub fn run(command: &Command, account: &Account, stop: &Stop, watch: &mut dyn FnMut(Event<'_>)) -> Result<Outcome> {
    let launched: Launched = account.on_behalf(|| launch::launch(command, account))?;
    supervise::supervise(launched, command, stop, watch)
}
