//! Runs a program of the machine, such as `useradd`: never through a shell, with a time limit, in the C locale.

use super::command::{self, Account, Command, End, Event, Program};
use super::root::lossy;
use super::{Error, Result, Root, Stop};
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

/// Where programs of the system lie. The path of whoever started this process does not count.
const FOLDERS: &[&str] = &["/usr/sbin", "/usr/bin", "/sbin", "/bin"];
/// No list that a program here prints is as long as this.
const LONGEST_OUTPUT: usize = 64 << 20;
/// More of the standard error than this is no message but noise.
const LONGEST_MESSAGE: usize = 64 << 10;
/// So many bytes of the output may tell why a program failed.
const LAST_WORDS: usize = 2 << 10;

/// A program with its arguments. With a [`Root`] that is not `/`, it is that of the root, and runs in it by chroot(8).
#[derive(Debug)]
pub(crate) struct Tool {
    name: &'static str,
    path: String,
    /// The root to change to first; `None` for that of this machine.
    root: Option<String>,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    /// Not part of the arguments, so that no message shows it.
    input: Vec<u8>,
    limit: Duration,
}

/// What a program that ended said.
#[derive(Debug)]
pub(crate) struct Ended {
    name: &'static str,
    end: End,
    output: Vec<u8>,
    message: String,
}

impl Tool {
    /// The program, to be given arguments. It may take a minute; see [`limit`](Self::limit).
    ///
    /// # Errors
    /// [`Error::Unsupported`] when it is not installed.
    pub(crate) fn new(root: &Root, name: &'static str) -> Result<Self> {
        let path = Self::find(root, name)
            .ok_or_else(|| Error::Unsupported { what: format!("the program {name} is not installed") })?;
        Ok(Self {
            name,
            path,
            root: (!root.is_host()).then(|| root.path("/").to_string_lossy().into_owned()),
            arguments: Vec::new(),
            environment: vec![("LC_ALL".to_owned(), "C".to_owned())],
            input: Vec::new(),
            limit: Duration::from_secs(60),
        })
    }

    /// The path of the program below the root; `None` where it is not installed.
    pub(crate) fn find(root: &Root, name: &str) -> Option<String> {
        // A link of a root leads somewhere in that root, which cannot be looked up from here.
        let is_there = |path: &String| root.path(path).symlink_metadata().is_ok();
        FOLDERS.iter().map(|folder| format!("{folder}/{name}")).find(is_there)
    }

    /// Whether it is installed, and no mere file with its name.
    pub(crate) fn is_executable(root: &Root, name: &str) -> bool {
        let mode = |path: String| root.path(path).symlink_metadata().map(|status| status.mode());
        Self::find(root, name).map(mode).is_some_and(|mode| mode.is_ok_and(|mode| mode & 0o111 != 0))
    }

    pub(crate) fn args<A: AsRef<str>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(args.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// A variable beside those that every command gets.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What the program reads. It is told to nobody else, so it may be a secret.
    pub(crate) fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// How long it may take before it is ended with all that it started.
    pub(crate) fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs the program and hands each line of its output to `line`, which must not block, until it ends, fails to end
    /// in time, or `stop` says so. What it leaves behind in the background, as an installation does that starts a
    /// service, is not waited for.
    ///
    /// # Errors
    /// [`Error::Tool`] when it does not end in time or is stopped, and others when it cannot be started. How it ended is
    /// for the caller to judge.
    pub(crate) fn run(self, line: &mut dyn FnMut(&str), stop: &Stop) -> Result<Ended> {
        let name = self.name;
        let limit = self.limit;
        let mut lines = Lines::default();
        let outcome = command::run(&self.into_command(), &Account::own()?, stop, &mut |event| {
            if let Event::Output(bytes) = event {
                lines.take(bytes, line);
            }
        })?;
        lines.finish(line);
        match outcome.end {
            End::TimedOut => {
                Err(Error::tool(name, format!("was ended, for it did not end within {} s", limit.as_secs())))
            }
            End::Stopped => Err(Error::tool(name, "was ended, for the operation was cancelled")),
            _ if outcome.output.truncated => {
                Err(Error::tool(name, format!("printed more than {LONGEST_OUTPUT} bytes, which is no sensible answer")))
            }
            end => {
                let mut message = outcome.errors.bytes;
                message.truncate(LONGEST_MESSAGE);
                Ok(Ended { name, end, output: outcome.output.bytes, message: lossy(message) })
            }
        }
    }

    /// Runs the program to its end.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub(crate) fn end(self) -> Result<Ended> {
        self.run(&mut |_| (), &Stop::new()?)
    }

    /// Runs the program to its end and gives its output.
    ///
    /// # Errors
    /// As [`run`](Self::run), and [`Error::Tool`] with what the program says when it fails.
    pub(crate) fn output(self) -> Result<String> {
        let ended = self.end()?;
        ended.success()?;
        Ok(ended.output())
    }

    fn into_command(self) -> Command {
        let into_root = self.root.map(|root| ["chroot".to_owned(), root]);
        let words = into_root.into_iter().flatten().chain([self.path]).chain(self.arguments);
        Command {
            program: Program::Arguments(words.collect()),
            input: self.input,
            environment: self.environment,
            directory: None,
            timeout: Some(self.limit),
            output_limit: LONGEST_OUTPUT,
            elevated: false,
        }
    }
}

impl Ended {
    /// The exit code; `None` when a signal ended the program.
    pub(crate) fn code(&self) -> Option<i32> {
        match self.end {
            End::Exited(code) => Some(code),
            _ => None,
        }
    }

    /// What it printed to the standard error.
    pub(crate) fn message(&self) -> &str {
        self.message.trim()
    }

    /// What the program printed.
    pub(crate) fn output(self) -> String {
        lossy(self.output)
    }

    /// # Errors
    /// [`Error::Tool`] with what the program said when it did not end with 0.
    pub(crate) fn success(&self) -> Result<()> {
        if self.code() == Some(0) { Ok(()) } else { Err(self.error()) }
    }

    /// How the program failed, in its own words: those of the standard error, or the end of what it printed if there are none.
    pub(crate) fn error(&self) -> Error {
        let said = self.message();
        self.failed(if said.is_empty() { self.last_words() } else { said.to_owned() })
    }

    /// As [`error`](Self::error), of a program that says why among what it prints, and other things to the standard error.
    pub(crate) fn error_among_output(&self) -> Error {
        self.failed(format!("{}\n{}", self.message(), self.last_words()).trim().to_owned())
    }

    fn failed(&self, said: String) -> Error {
        let how = match self.end {
            End::Exited(code) => format!("failed with the exit code {code}"),
            End::Signaled(signal) => format!("was ended by the signal {signal}"),
            End::TimedOut | End::Stopped => "was ended".to_owned(),
        };
        Error::tool(self.name, if said.is_empty() { how } else { format!("{how}: {said}") })
    }

    /// The end of what it printed, from the beginning of a line.
    fn last_words(&self) -> String {
        let output = self.output.trim_ascii_end();
        let end = &output[output.len().saturating_sub(LAST_WORDS)..];
        let start = if end.len() < output.len() {
            end.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1)
        } else {
            0
        };
        lossy(end[start..].to_vec())
    }
}

/// Makes lines of what comes in pieces.
#[derive(Default)]
struct Lines {
    /// The beginning of a line whose end has not come yet.
    rest: Vec<u8>,
}

impl Lines {
    fn take(&mut self, bytes: &[u8], line: &mut dyn FnMut(&str)) {
        self.rest.extend_from_slice(bytes);
        let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') else { return };
        let rest = self.rest.split_off(end + 1);
        let whole = lossy(std::mem::replace(&mut self.rest, rest));
        whole.lines().for_each(line);
    }

    fn finish(self, line: &mut dyn FnMut(&str)) {
        if !self.rest.is_empty() {
            line(&lossy(self.rest));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn shell(script: &str) -> Tool {
        Tool::new(&Root::host(), "sh").unwrap().args(["-c", script])
    }

    #[test]
    fn output_is_given_and_input_reaches_the_program() {
        let tool = shell("cat; echo $LC_ALL $FRUIT").input("one\n").env("FRUIT", "pear");
        assert_eq!(tool.output().unwrap(), "one\nC pear\n");
    }

    #[test]
    fn each_line_is_told_as_it_comes_also_one_that_comes_in_pieces_or_has_no_end() {
        let mut lines = Vec::new();
        let ended = shell("printf 'a'; sleep 0.2; printf 'b\\n\\nc'")
            .run(&mut |line| lines.push(line.to_owned()), &Stop::new().unwrap());
        ended.unwrap().success().unwrap();
        assert_eq!(lines, ["ab", "", "c"]);
    }

    #[test]
    fn a_program_that_fails_is_told_with_its_exit_code_and_words_and_without_its_input() {
        let error = shell("cat >/dev/null; echo no such thing >&2; exit 3").input("secret").output().unwrap_err();
        assert_eq!(error.to_string(), "sh failed with the exit code 3: no such thing");
        let error = shell("echo so there; exit 4").output().unwrap_err();
        assert_eq!(error.to_string(), "sh failed with the exit code 4: so there");
        let error = shell("seq 9000; echo; exit 4").output().unwrap_err().to_string();
        assert!(error.ends_with("\n8999\n9000") && error.len() < 2100, "{error}");
        let ended = shell("echo why; echo by the way >&2; exit 4").end().unwrap();
        assert_eq!(ended.error_among_output().to_string(), "sh failed with the exit code 4: by the way\nwhy");
    }

    #[test]
    fn a_program_that_does_not_end_in_time_is_ended_with_its_children() {
        let start = Instant::now();
        let error = shell("sleep 60 & wait").limit(Duration::from_millis(300)).output().unwrap_err();
        assert!(error.to_string().contains("did not end within"), "{error}");
        assert!(start.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_service_that_a_program_leaves_running_is_not_waited_for() {
        let start = Instant::now();
        assert_eq!(shell("sleep 20 & echo $!").output().unwrap().lines().count(), 1);
        assert!(start.elapsed() < Duration::from_secs(15));
    }

    #[test]
    fn a_cancelled_operation_ends_the_program() {
        let stop = Stop::new().unwrap();
        let mut lines = Vec::new();
        let ended = shell("echo begun; sleep 60").run(
            &mut |line| {
                lines.push(line.to_owned());
                stop.stop();
            },
            &stop,
        );
        assert!(ended.unwrap_err().to_string().contains("cancelled"));
        assert_eq!(lines, ["begun"]);
    }

    #[test]
    fn much_output_on_both_pipes_does_not_stall() {
        let noise = "i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789; \
                     echo 0123456789012345678901234567890123456789 >&2; i=$((i+1)); done";
        assert_eq!(shell(noise).output().unwrap().lines().count(), 3000);
    }

    #[test]
    fn a_program_that_is_not_installed_is_named() {
        let error = Tool::new(&Root::host(), "no-such-program").unwrap_err();
        assert_eq!(error.to_string(), "the program no-such-program is not installed");
    }
}
