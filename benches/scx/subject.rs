//! A set of classes that is measured: its library, in an omiserver of its own.

use crate::omiserver::Omi;
use crate::run;
use crate::support::cost::{Cost, agent};
use crate::support::{Result, milliseconds, resident_kib};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(300);

/// How long a round of requests should take at most.
const ROUND: Duration = Duration::from_secs(5);

/// What one request costs, in milliseconds.
#[derive(Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) wall: f64,
    /// Processor time of the agent.
    pub(crate) agent: f64,
}

impl Figures {
    /// How many requests a round can have when they cost this, up to a number.
    pub(crate) fn requests_of_a_round(self, at_most: usize) -> usize {
        // A cast saturates.
        ((milliseconds(ROUND) / self.wall) as usize).clamp(1, at_most)
    }
}

/// The provider set of one library.
pub(crate) struct Subject {
    omi: Omi,
}

impl Subject {
    /// Starts a server with the library's classes in root/scx. All requests come from root, so that one agent runs them all.
    /// Says why, and gives `None`, where there can be no server.
    pub(crate) fn start(library: &Path) -> Option<Self> {
        let mut omi = Omi::prepare()?;
        omi.omireg("root/scx", library);
        omi.start();
        Some(Self { omi })
    }

    /// Asks by OMI's own client, so many times on one connection, and says how long it took.
    pub(crate) fn ask(&self, times: usize, arguments: &[&str]) -> Duration {
        let times = times.to_string();
        let start = Instant::now();
        let output = run::within(PATIENCE, self.omi.client("omicli").args(["-q", "-R", &times]).args(arguments));
        assert!(output.status.success(), "omicli {arguments:?}: {}", run::text(&output));
        start.elapsed()
    }

    /// What OMI's own client prints.
    pub(crate) fn answer(&self, arguments: &[&str]) -> String {
        run::text(&run::within(PATIENCE, self.omi.client("omicli").args(arguments)))
    }

    /// How many instances an answer has.
    pub(crate) fn instances(&self, arguments: &[&str]) -> usize {
        self.answer(arguments).lines().filter(|line| line.starts_with("instance of ")).count()
    }

    /// What each of so many requests costs on average.
    pub(crate) fn round(&self, times: usize, arguments: &[&str]) -> Figures {
        let before = Cost::now(&self.omi);
        let wall = self.ask(times, arguments);
        let mut cost = Cost::default();
        cost.add(before, Cost::now(&self.omi));
        Figures { wall: milliseconds(wall) / times as f64, agent: milliseconds(cost.agent) / times as f64 }
    }

    /// The system calls of the agent for one request, counted by strace.
    pub(crate) fn system_calls(&self, arguments: &[&str]) -> Result<f64> {
        const COUNTED: usize = 10;
        let pid = self.agent()?;
        let scratch = tempfile::tempdir()?;
        let summary = scratch.path().join("summary");
        let mut strace =
            Command::new("strace").args(["-f", "-q", "-c", "-p", &pid.to_string(), "-o"]).arg(&summary).spawn()?;
        wait_until_traced(pid, &mut strace)?;
        self.ask(COUNTED, arguments);
        kill(Pid::from_raw(strace.id().try_into()?), Signal::SIGTERM)?;
        strace.wait()?;
        let total = fs::read_to_string(&summary)?;
        let total = total.lines().find(|line| line.trim_end().ends_with("total")).ok_or("strace counts nothing")?;
        // The time in percent, in seconds and for each call, and the number of calls.
        let count: f64 = total.split_whitespace().nth(3).ok_or("strace's total has no count")?.parse()?;
        Ok(count / COUNTED as f64)
    }

    /// The resident memory of the agent, in MiB.
    pub(crate) fn memory(&self) -> Result<f64> {
        Ok(resident_kib(self.agent()?)? as f64 / 1024.0)
    }

    fn agent(&self) -> Result<u32> {
        Ok(agent(&self.omi).ok_or("there is no agent")?)
    }
}

fn wait_until_traced(pid: u32, strace: &mut Child) -> Result<()> {
    let is_traced = || fs::read_to_string(format!("/proc/{pid}/status")).is_ok_and(|it| !it.contains("TracerPid:\t0"));
    while !is_traced() {
        if let Some(status) = strace.try_wait()? {
            return Err(format!("strace ends: {status}").into());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}
