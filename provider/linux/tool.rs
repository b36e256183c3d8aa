//! Runs a program of the machine, such as `useradd`: never through a shell, with a time limit, in the C locale.

use super::{Error, Result, Root};
use rustix::process::{Pid, Signal, kill_process_group};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Where programs of the system lie. The path of whoever started this process does not count.
const FOLDERS: &[&str] = &["/usr/sbin", "/usr/bin", "/sbin", "/bin"];
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// More of the standard error than this is no message but noise.
const LONGEST_MESSAGE: u64 = 64 * 1024;
/// How long a wait for output lasts before the next look at the clock and at who may have cancelled.
const LOOK: Duration = Duration::from_millis(100);

/// A program with its arguments. With a [`Root`] that is not `/`, it is that of the root, and runs in it by chroot(8).
#[derive(Debug)]
pub(crate) struct Tool {
    name: &'static str,
    command: Command,
    /// Not part of the command, so that no message shows it.
    input: Option<Vec<u8>>,
    limit: Duration,
}

/// What a program that ended said.
#[derive(Debug)]
pub(crate) struct Ended {
    name: &'static str,
    status: ExitStatus,
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
        let mut command = if root.is_host() {
            Command::new(path)
        } else {
            let mut command = Command::new("chroot");
            command.arg(root.path("/")).arg(path);
            command
        };
        command.env("LC_ALL", "C").env("PATH", PATH).process_group(0);
        Ok(Self { name, command, input: None, limit: Duration::from_secs(60) })
    }

    /// The path of the program below the root; `None` where it is not installed.
    pub(crate) fn find(root: &Root, name: &str) -> Option<String> {
        FOLDERS.iter().map(|folder| format!("{folder}/{name}")).find(|path| root.exists(path))
    }

    pub(crate) fn args<A: AsRef<std::ffi::OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    /// What the program reads. It is told to nobody else, so it may be a secret.
    pub(crate) fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = Some(input.into());
        self
    }

    /// How long it may take before it is ended with all its children.
    pub(crate) fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs the program and hands each line of its output to `line`, until it ends, fails to end in time, or
    /// `is_canceled`.
    ///
    /// # Errors
    /// [`Error::Tool`] when it cannot be started, does not end in time or is cancelled. How it ended is for the caller to
    /// judge.
    pub(crate) fn run(mut self, line: &mut dyn FnMut(&str), is_canceled: &dyn Fn() -> bool) -> Result<Ended> {
        let name = self.name;
        let deadline = Instant::now() + self.limit;
        let stdin = if self.input.is_some() { Stdio::piped() } else { Stdio::null() };
        let started = self.command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = started.map_err(|error| Error::tool(name, format!("cannot be started: {error}")))?;
        let (lines, message) = (channel(), channel());
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        // Each pipe has a thread: a program that fills one while another is waited for would hang.
        let input = self.input.take();
        thread::spawn(move || stdin.zip(input).map(|(mut pipe, input)| pipe.write_all(&input)));
        thread::spawn(move || stdout.map(|pipe| send_lines(pipe, &lines.0)));
        thread::spawn(move || stderr.map(|pipe| send_message(pipe, &message.0)));
        let waited = wait(&lines.1, line, deadline, is_canceled).and_then(|()| end(&mut child, deadline, is_canceled));
        match waited {
            Ok(status) => {
                let message = message.1.recv_timeout(LOOK).unwrap_or_default();
                Ok(Ended { name, status, message })
            }
            Err(why) => {
                kill(&mut child);
                let what = match why {
                    Stop::Canceled => "was ended, for the operation was cancelled".to_owned(),
                    Stop::Late => format!("was ended, for it did not end within {} s", self.limit.as_secs()),
                    Stop::Lost(error) => format!("cannot be waited for: {error}"),
                };
                Err(Error::tool(name, what))
            }
        }
    }

    /// Runs the program to its end and gives its output.
    ///
    /// # Errors
    /// As [`run`](Self::run), and [`Error::Tool`] with what the program says when it fails.
    pub(crate) fn output(self) -> Result<String> {
        let mut output = String::new();
        let ended = self.run(&mut |line| output.extend([line, "\n"]), &|| false)?;
        ended.success()?;
        Ok(output)
    }
}

impl Ended {
    /// The exit code; `None` when a signal ended the program.
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// # Errors
    /// [`Error::Tool`] with what the program said when it did not end with 0.
    pub(crate) fn success(&self) -> Result<()> {
        if self.status.success() { Ok(()) } else { Err(self.error()) }
    }

    /// How the program failed, in its own words.
    pub(crate) fn error(&self) -> Error {
        let how = match (self.status.code(), self.status.signal()) {
            (Some(code), _) => format!("failed with the exit code {code}"),
            (None, signal) => format!("was ended by the signal {}", signal.unwrap_or_default()),
        };
        let said = self.message.trim();
        Error::tool(self.name, if said.is_empty() { how } else { format!("{how}: {said}") })
    }
}

/// Why a program is not waited for any longer.
enum Stop {
    Canceled,
    Late,
    Lost(std::io::Error),
}

/// Hands on the lines until the program closes its output.
fn wait(
    lines: &Receiver<String>,
    line: &mut dyn FnMut(&str),
    deadline: Instant,
    is_canceled: &dyn Fn() -> bool,
) -> std::result::Result<(), Stop> {
    loop {
        match lines.recv_timeout(LOOK) {
            Ok(text) => line(&text),
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => {}
        }
        check(deadline, is_canceled)?;
    }
}

/// Waits for the end of a program that has closed its output.
fn end(child: &mut Child, deadline: Instant, is_canceled: &dyn Fn() -> bool) -> std::result::Result<ExitStatus, Stop> {
    loop {
        if let Some(status) = child.try_wait().map_err(Stop::Lost)? {
            return Ok(status);
        }
        check(deadline, is_canceled)?;
        thread::sleep(Duration::from_millis(5));
    }
}

fn check(deadline: Instant, is_canceled: &dyn Fn() -> bool) -> std::result::Result<(), Stop> {
    if is_canceled() {
        Err(Stop::Canceled)
    } else if Instant::now() >= deadline {
        Err(Stop::Late)
    } else {
        Ok(())
    }
}

/// Ends the program and its children, which have a process group of their own.
fn kill(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.wait();
}

fn send_lines(pipe: impl Read, lines: &Sender<String>) {
    for line in BufReader::new(pipe).split(b'\n').map_while(std::result::Result::ok) {
        if lines.send(super::root::lossy(line)).is_err() {
            return;
        }
    }
}

/// The first part of the standard error. The rest is read too, so that the program can go on writing.
fn send_message(mut pipe: impl Read, message: &Sender<String>) {
    let mut bytes = Vec::new();
    let _ = pipe.by_ref().take(LONGEST_MESSAGE).read_to_end(&mut bytes);
    let _ = std::io::copy(&mut pipe, &mut std::io::sink());
    let _ = message.send(super::root::lossy(bytes));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Tool {
        Tool::new(&Root::host(), "sh").unwrap().args(["-c", script])
    }

    #[test]
    fn output_is_given_and_input_reaches_the_program() {
        assert_eq!(shell("cat; echo $LC_ALL").input("one\n").output().unwrap(), "one\nC\n");
    }

    #[test]
    fn a_program_that_fails_is_told_with_its_exit_code_and_words_and_without_its_input() {
        let error = shell("cat >/dev/null; echo no such thing >&2; exit 3").input("secret").output().unwrap_err();
        assert_eq!(error.to_string(), "sh failed with the exit code 3: no such thing");
    }

    #[test]
    fn a_program_that_does_not_end_in_time_is_ended_with_its_children() {
        let start = Instant::now();
        let error = shell("sleep 60 & wait").limit(Duration::from_millis(300)).output().unwrap_err();
        assert!(error.to_string().contains("did not end within"), "{error}");
        assert!(start.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_cancelled_operation_ends_the_program() {
        let mut lines = Vec::new();
        let ended = shell("echo begun; sleep 60").run(&mut |line| lines.push(line.to_owned()), &|| true);
        assert!(ended.unwrap_err().to_string().contains("cancelled"));
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
