//! A running `journalctl`: its output line by line, with limits of time and length.

use std::io::{self, Read};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::linux::{Error, Result, Root, Stop};

/// How long a wait lasts before it is asked again whether anybody wants the rest.
const SLICE: Duration = Duration::from_millis(200);

/// A longer line is left out: no message of syslog or of a program's output is that long.
const LONGEST_LINE: usize = 1 << 20;

/// A running `journalctl`, which is ended when this is dropped.
pub(super) struct Journalctl {
    child: Child,
    output: ChildStdout,
    silence: Duration,
    buffer: Vec<u8>,
    /// Where in the buffer the next line begins, and up to where no line feed was found.
    start: usize,
    searched: usize,
    ended: bool,
    /// Whether the rest of a line that is too long is being passed over.
    skipping: bool,
}

impl Journalctl {
    pub(super) fn start(root: &Root, program: &str, arguments: &[String], silence: Duration) -> Result<Self> {
        let program = root.path(program);
        let mut child = Command::new(&program)
            .args(["--no-pager", "--quiet"])
            .args(arguments)
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| Error::io(&program, error))?;
        let output = child.stdout.take().ok_or_else(|| Error::io(&program, io::ErrorKind::BrokenPipe))?;
        let buffer = Vec::new();
        Ok(Self { child, output, silence, buffer, start: 0, searched: 0, ended: false, skipping: false })
    }

    /// The next line without its line feed; `None` at the end, and when `stop` says so.
    pub(super) fn next(&mut self, stop: &dyn Fn() -> bool) -> Result<Option<Vec<u8>>> {
        self.line(|this| this.wait(stop))
    }

    /// The next line, however long it takes to come; `None` at the end, and when it is time to stop.
    pub(super) fn next_until(&mut self, stop: &Stop) -> Result<Option<Vec<u8>>> {
        self.line(|this| stop.wait_for(&this.output).map_err(|error| Error::io("the output of journalctl", error)))
    }

    /// The next line. `wait` returns when there is output, or with false when no more is wanted.
    fn line(&mut self, wait: impl Fn(&Self) -> Result<bool>) -> Result<Option<Vec<u8>>> {
        loop {
            if let Some(length) = self.buffer[self.searched..].iter().position(|byte| *byte == b'\n') {
                let end = self.searched + length;
                let line = self.buffer[self.start..end].to_vec();
                (self.start, self.searched) = (end + 1, end + 1);
                if std::mem::take(&mut self.skipping) {
                    continue;
                }
                return Ok(Some(line));
            }
            if self.ended {
                return self.finish().map(|()| None);
            }
            self.buffer.drain(..self.start);
            self.start = 0;
            if self.buffer.len() > LONGEST_LINE {
                log::warn!("a record of the journal of more than {LONGEST_LINE} bytes is left out");
                self.buffer.clear();
                self.skipping = true;
            }
            self.searched = self.buffer.len();
            if !wait(self)? {
                return Ok(None);
            }
            let mut part = [0; 64 * 1024];
            let length = self.output.read(&mut part).map_err(|error| Error::io("the output of journalctl", error))?;
            self.buffer.extend_from_slice(&part[..length]);
            self.ended = length == 0;
        }
    }

    /// Whether it has written everything.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Waits for output or its end; false when `stop` says so.
    fn wait(&self, stop: &dyn Fn() -> bool) -> Result<bool> {
        let deadline = Instant::now() + self.silence;
        let slice = Timespec { tv_sec: 0, tv_nsec: i64::from(SLICE.subsec_nanos()) };
        loop {
            match poll(&mut [PollFd::new(&self.output, PollFlags::IN)], Some(&slice)) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return Ok(true),
                Err(errno) => return Err(Error::io("the output of journalctl", errno)),
            }
            if stop() {
                return Ok(false);
            }
            if Instant::now() >= deadline {
                let what = format!(
                    "journalctl found no record within {} seconds: ask for less, by Unit, Priority or MessageTimestamp",
                    self.silence.as_secs()
                );
                return Err(Error::io("the journal", io::Error::new(io::ErrorKind::TimedOut, what)));
            }
        }
    }

    /// What a `journalctl` that has written everything ended with.
    fn finish(&mut self) -> Result<()> {
        let status = self.child.wait().map_err(|error| Error::io("journalctl", error))?;
        if status.success() {
            return Ok(());
        }
        let said = self.child.stderr.take().map(complaint).unwrap_or_default();
        // LC_ALL=C keeps these words English.
        Err(if said.contains("to cursor") {
            Error::InvalidInput { what: format!("the bookmark is none of this journal: journalctl says: {said}") }
        } else if said.contains("ermission") {
            Error::PermissionDenied { reason: format!("the journal may not be read: journalctl says: {said}") }
        } else {
            Error::parse("the journal", format!("journalctl ended with {status} and says: {said}"))
        })
    }
}

impl Drop for Journalctl {
    fn drop(&mut self) {
        // One that has ended already cannot be killed, which is as good.
        self.child.kill().unwrap_or_default();
        if let Err(error) = self.child.wait() {
            log::warn!("journalctl cannot be waited for: {error}");
        }
    }
}

/// The start of what went to standard error.
fn complaint(stream: ChildStderr) -> String {
    let mut bytes = Vec::new();
    if let Err(error) = stream.take(4096).read_to_end(&mut bytes) {
        log::debug!("what journalctl complains about cannot be read: {error}");
    }
    String::from_utf8_lossy(&bytes).trim().to_owned()
}
