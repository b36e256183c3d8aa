//! A container with a systemd of its own.

use crate::run::{text, within};
use crate::skip::skipped;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use std::io::{BufRead, BufReader};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

/// How long it may take to boot, on a machine that is busy with other tests.
const BOOT: Duration = Duration::from_secs(240);

/// Names the root directory of a distribution with systemd and D-Bus, such as `debootstrap` makes. It is copied.
const ROOT: &str = "LUMI_SYSTEMD_ROOT";

/// Where the container sees what this build made.
pub(crate) const BUILT: &str = "/opt/lumi";

/// A container that has booted. Dropping it ends it.
pub(crate) struct Container {
    nspawn: Child,
    /// Its process 1, as this machine numbers it.
    init: u32,
    tree: TempDir,
}

impl Container {
    /// Boots it. Says why, and gives `None`, where that cannot be done.
    pub(crate) fn boot(library: &Path) -> Option<Self> {
        let Some(root) = std::env::var_os(ROOT).map(PathBuf::from) else {
            skipped(&format!("{ROOT} does not name the root directory of a distribution with systemd"));
            return None;
        };
        if !nix::unistd::geteuid().is_root() {
            skipped("only root can boot a container");
            return None;
        }
        if let Err(error) = Command::new("systemd-nspawn").arg("--version").stdout(Stdio::null()).status() {
            skipped(&format!("systemd-nspawn does not run: {error}"));
            return None;
        }
        Some(Self::boot_copy(&root, library))
    }

    fn boot_copy(root: &Path, library: &Path) -> Self {
        let tree = tempfile::Builder::new().prefix("lumi-systemd-").tempdir().unwrap();
        let copied = tree.path().join("root");
        let output = within(PATIENCE, Command::new("cp").args(["-a", "--reflink=auto"]).arg(root).arg(&copied));
        assert!(output.status.success(), "{} cannot be copied: {}", root.display(), text(&output));
        let bind = |file: &Path, name: &str| format!("--bind-ro={}:{BUILT}/{name}", file.display());
        let mut nspawn = Command::new("systemd-nspawn")
            .args(["--register=no", "--keep-unit", "--private-network", "--quiet", "--boot"])
            .arg(format!("--directory={}", copied.display()))
            .arg(bind(Path::new(env!("CARGO_BIN_EXE_lumi")), "lumi"))
            .arg(bind(library, "liblumi.so"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let until = Instant::now() + BOOT;
        let init = loop {
            if let Some(init) = first_process(nspawn.id()) {
                break init;
            }
            assert!(nspawn.try_wait().unwrap().is_none(), "systemd-nspawn has ended at once");
            assert!(Instant::now() < until, "systemd-nspawn starts nothing");
            std::thread::sleep(Duration::from_millis(50));
        };
        let container = Self { nspawn, init, tree };
        while !["running", "degraded"].contains(&container.sh("systemctl is-system-running").trim()) {
            assert!(Instant::now() < until, "the container does not boot");
            std::thread::sleep(Duration::from_millis(100));
        }
        container
    }

    /// A file of the container, by the path that it has for everybody else.
    #[allow(dead_code)] // not every test file uses it
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.tree.path().join("root").join(path.trim_start_matches('/'))
    }

    /// A command that runs inside.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--all", "--target", &self.init.to_string(), program]).env_remove("DBUS_SYSTEM_BUS_ADDRESS");
        command
    }

    /// What a line of shell prints inside, errors too.
    pub(crate) fn sh(&self, line: &str) -> String {
        text(&within(PATIENCE, self.command("/bin/sh").args(["-c", line])))
    }

    /// Whether a line of shell succeeds inside.
    #[allow(dead_code)] // not every test file uses it
    pub(crate) fn succeeds(&self, line: &str) -> bool {
        within(PATIENCE, self.command("/bin/sh").args(["-c", line])).status.success()
    }

    /// A command that runs outside, with the network of the container.
    #[allow(dead_code)] // not every test file uses it
    pub(crate) fn in_network(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--net", "--target", &self.init.to_string(), program]);
        command
    }

    /// Starts `lumi serve` inside, which ends with the container.
    #[allow(dead_code)] // not every test file uses it
    pub(crate) fn serve(&self) -> Served {
        let mut lumi =
            self.lumi(&["serve", "--http", "127.0.0.1:0", "--https", "127.0.0.1:0", "--state", "/run/lumi-test"]);
        let mut process = lumi.stdout(Stdio::piped()).spawn().unwrap();
        let mut addresses = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut addresses).unwrap();
        let url = addresses.split_whitespace().find(|word| word.starts_with("http://"));
        let url = url.unwrap_or_else(|| panic!("lumi serve does not say where it listens: {addresses:?}")).to_owned();
        let credentials = self.sh("grep -v '^#' /run/lumi-test/credentials");
        let (user, password) = credentials.trim().split_once(':').unwrap();
        Served { process, url, user: user.to_owned(), password: password.to_owned() }
    }

    /// `lumi ARGUMENTS` inside, with the classes of the built library.
    pub(crate) fn lumi(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(&format!("{BUILT}/lumi"));
        command.args(arguments).args(["--provider", &format!("{BUILT}/liblumi.so")]).env_remove("LUMI_LOG");
        command
    }

    /// Runs `lumi ARGUMENTS` to its end.
    #[allow(dead_code)] // not every test file uses it
    pub(crate) fn run_lumi(&self, arguments: &[&str]) -> Output {
        within(PATIENCE, &mut self.lumi(arguments))
    }

    /// Moves this thread, and those that it starts from now on, into the network of the container.
    #[allow(dead_code)] // not every test file uses it
    pub(crate) fn enter_network(&self) {
        let network = std::fs::File::open(format!("/proc/{}/ns/net", self.init)).unwrap();
        move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
    }

    /// Waits until it has shut down.
    #[allow(dead_code)] // not every test file uses it
    pub(crate) fn wait_for_end(&mut self) {
        let until = Instant::now() + PATIENCE;
        while self.nspawn.try_wait().unwrap().is_none() {
            assert!(Instant::now() < until, "the container still runs");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// A server in the container, for clients that are in its network.
#[allow(dead_code)] // not every test file uses it
pub(crate) struct Served {
    process: Child,
    pub(crate) url: String,
    pub(crate) user: String,
    pub(crate) password: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        // This ends nsenter; what it started ends with the container.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Process 1 of the container, as this machine numbers it, once it is there: the first child of systemd-nspawn is a helper.
fn first_process(nspawn: u32) -> Option<u32> {
    let children = std::fs::read_to_string(format!("/proc/{nspawn}/task/{nspawn}/children")).ok()?;
    let is_first = |pid: &&str| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:")).unwrap_or_default();
        numbers.split_whitespace().nth(1) == Some("1")
    };
    children.split_whitespace().find(is_first)?.parse().ok()
}

impl Drop for Container {
    fn drop(&mut self) {
        if self.nspawn.try_wait().ok().flatten().is_none() {
            // Process 1 takes everything inside with it, and then systemd-nspawn; ended first, that would leave the rest.
            let init = i32::try_from(self.init).unwrap_or(i32::MAX);
            let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(init), nix::sys::signal::Signal::SIGKILL);
            let _ = self.nspawn.wait();
        }
    }
}
