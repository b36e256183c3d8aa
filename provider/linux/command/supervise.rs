//! Waits for a command: reads what it prints, keeps its time limit, and ends it when asked to.

use super::launch::Launched;
use super::output::Pipe;
use super::{Command, End, Event, Outcome, tree};
use crate::linux::{Error, Result, Stop};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, WaitId, WaitIdOptions, pidfd_open, waitid};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

/// How often [`Event::Running`] is told.
const TICK: Duration = Duration::from_secs(1);
/// How long a process that was killed may take to end. One in uninterruptible sleep can take for ever.
const LAST_BREATH: Duration = Duration::from_secs(2);

/// Why the waiting is over.
enum Cause {
    Ended,
    TimedOut,
    Stopped,
}

pub(super) fn supervise(
    launched: Launched,
    command: &Command,
    stop: &Stop,
    watch: &mut dyn FnMut(Event<'_>),
) -> Result<Outcome> {
    // The script stays until the command has ended.
    let Launched { child, output, errors, mark, script: _script } = launched;
    let mut pipes = [Pipe::new(output, command.output_limit), Pipe::new(errors, command.output_limit)];
    let ended = end_of(&child)?;
    let cause = wait(&ended, &mut pipes, command.timeout, stop, watch);
    if !matches!(cause, Ok(Cause::Ended)) {
        // Before the process is waited for, so that its ID is still its own.
        tree::end(child.id(), &mark);
    }
    let status = reap(child, &ended)?;
    let [output, errors] = &mut pipes;
    output.drain(&mut |bytes| watch(Event::Output(bytes)));
    errors.drain(&mut |bytes| watch(Event::Errors(bytes)));
    let end = match (cause?, status) {
        (Cause::TimedOut, _) => End::TimedOut,
        (Cause::Ended, Some(status)) => how(status),
        (Cause::Stopped | Cause::Ended, _) => End::Stopped,
    };
    let [output, errors] = pipes.map(Pipe::finish);
    Ok(Outcome { end, output, errors })
}

/// Waits until the command ends or must be ended, and reads what it prints.
fn wait(
    ended: &OwnedFd,
    pipes: &mut [Pipe; 2],
    timeout: Option<Duration>,
    stop: &Stop,
    watch: &mut dyn FnMut(Event<'_>),
) -> Result<Cause> {
    let start = Instant::now();
    // A time that no clock reaches is none.
    let deadline = timeout.and_then(|timeout| start.checked_add(timeout));
    let mut tick = start + TICK;
    loop {
        let wake = deadline.map_or(tick, |deadline| deadline.min(tick));
        let [has_ended, is_stopped, output, errors] = ready(ended, stop, pipes, wake)?;
        let [out, err] = &mut *pipes;
        if output {
            out.read(&mut |bytes| watch(Event::Output(bytes)));
        }
        if errors {
            err.read(&mut |bytes| watch(Event::Errors(bytes)));
        }
        let now = Instant::now();
        if has_ended {
            return Ok(Cause::Ended);
        } else if is_stopped {
            return Ok(Cause::Stopped);
        } else if deadline.is_some_and(|deadline| deadline <= now) {
            return Ok(Cause::TimedOut);
        } else if tick <= now {
            watch(Event::Running(now - start));
            tick = now + TICK;
        }
    }
}

/// Sleeps until something happens, or `wake`. Whether the command has ended, shall end, and has printed on either output.
fn ready(ended: &OwnedFd, stop: &Stop, pipes: &[Pipe; 2], wake: Instant) -> Result<[bool; 4]> {
    let sources = [Some(ended), Some(stop.as_fd()), pipes[0].end.as_ref(), pipes[1].end.as_ref()];
    let mut polled: Vec<PollFd<'_>> = sources.iter().flatten().map(|fd| PollFd::new(*fd, PollFlags::IN)).collect();
    match poll(&mut polled, Some(&timespec(wake.saturating_duration_since(Instant::now())))) {
        Ok(_) | Err(Errno::INTR) => {}
        Err(errno) => return Err(Error::io("poll of a command", errno)),
    }
    let mut events = polled.iter().map(|it| !it.revents().is_empty());
    Ok(sources.map(|source| source.is_some() && events.next().unwrap_or(false)))
}

fn timespec(time: Duration) -> Timespec {
    Timespec { tv_sec: time.as_secs().try_into().unwrap_or(i64::MAX), tv_nsec: time.subsec_nanos().into() }
}

/// Something that poll(2) finds readable once the process has ended.
fn end_of(child: &Child) -> Result<OwnedFd> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or(Error::NoSuchProcess { pid: child.id() })?;
    match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(pidfd) => Ok(pidfd),
        Err(Errno::NOSYS) => end_by_thread(pid),
        Err(errno) => Err(Error::io("pidfd_open", errno)),
    }
}

/// The same for kernels before 5.3: a thread waits, and then lets go of a pipe.
fn end_by_thread(pid: Pid) -> Result<OwnedFd> {
    let (reader, writer) = std::io::pipe().map_err(|source| Error::io("pipe", source))?;
    thread::spawn(move || {
        // The status stays there for the one who reaps the process.
        while let Err(Errno::INTR) = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {}
        drop(writer);
    });
    Ok(reader.into())
}

/// Collects the status of a process that has ended or was killed; `None` if it still has not ended.
fn reap(mut child: Child, ended: &OwnedFd) -> Result<Option<ExitStatus>> {
    let polled = poll(&mut [PollFd::new(ended, PollFlags::IN)], Some(&timespec(LAST_BREATH)));
    if polled == Ok(0) {
        log::warn!("process {} was killed and has not ended yet", child.id());
        thread::spawn(move || child.wait());
        return Ok(None);
    }
    child.wait().map(Some).map_err(|source| Error::io("the status of a command", source))
}

fn how(status: ExitStatus) -> End {
    match (status.code(), status.signal()) {
        (Some(code), _) => End::Exited(code),
        // A process that has ended has the one or the other.
        (None, signal) => End::Signaled(signal.unwrap_or(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_kernel_tells_the_end_of_a_process_by_a_thread() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let ended = end_by_thread(Pid::from_child(&child)).unwrap();
        let is_ended = |patience| poll(&mut [PollFd::new(&ended, PollFlags::IN)], Some(&timespec(patience))) == Ok(1);
        assert!(!is_ended(Duration::from_millis(20)));
        child.kill().unwrap();
        assert!(is_ended(Duration::from_secs(20)));
        assert_eq!(how(child.wait().unwrap()), End::Signaled(9));
    }
}
