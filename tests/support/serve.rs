//! `lumi serve`, started for one test.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use tempfile::TempDir;

/// A server on free ports of this computer with a state folder of its own. Dropping it ends it.
pub(crate) struct Server {
    process: Child,
    state: TempDir,
    /// What it said on its first line: where it listens.
    addresses: String,
    /// The server may say more there.
    _output: BufReader<ChildStdout>,
}

impl Server {
    /// Starts it with lumi's classes.
    #[allow(dead_code)] // not every test file uses it
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts it with the classes of another provider library.
    #[allow(dead_code)] // not every test file uses it
    pub(crate) fn with_provider(library: &Path) -> Self {
        Self::start_with(&["--provider".as_ref(), library.as_os_str()])
    }

    /// Starts it with lumi's classes and more in its environment.
    #[allow(dead_code)] // not every test file uses it
    pub(crate) fn with_environment(environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lumi"));
        command.envs(environment.iter().copied());
        Self::run(command, tempfile::tempdir().unwrap(), &[])
    }

    /// Starts a command for `lumi` with lumi's classes, for root, who is its only user then.
    #[allow(dead_code)] // not every test file uses it
    pub(crate) fn of_root(lumi: Command) -> Self {
        let state = tempfile::tempdir().unwrap();
        let credentials = state.path().join("credentials");
        std::fs::write(&credentials, "root:tests-only-1\n").unwrap();
        std::fs::set_permissions(&credentials, std::fs::Permissions::from_mode(0o600)).unwrap();
        Self::run(lumi, state, &[])
    }

    fn start_with(arguments: &[&OsStr]) -> Self {
        Self::run(Command::new(env!("CARGO_BIN_EXE_lumi")), tempfile::tempdir().unwrap(), arguments)
    }

    fn run(mut command: Command, state: TempDir, arguments: &[&OsStr]) -> Self {
        let mut process = command
            .args(["serve", "--http", "127.0.0.1:0", "--https", "127.0.0.1:0", "--state"])
            .arg(state.path())
            .args(arguments)
            .env("LUMI_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut addresses = String::new();
        output.read_line(&mut addresses).unwrap();
        assert!(addresses.contains("http://"), "lumi serve does not say where it listens: {addresses:?}");
        Self { process, state, addresses, _output: output }
    }

    /// The URL that starts with `SCHEME://`.
    pub(crate) fn url(&self, scheme: &str) -> &str {
        let mut urls = self.addresses.split_whitespace().filter(|word| word.starts_with(&format!("{scheme}://")));
        urls.next().unwrap_or_else(|| panic!("no {scheme} in {:?}", self.addresses))
    }

    /// User name and password: the first line without `#` of the file that the server makes.
    pub(crate) fn credentials(&self) -> (String, String) {
        let text = std::fs::read_to_string(self.state.path().join("credentials")).unwrap();
        let line = text.lines().find(|line| !line.starts_with('#')).unwrap();
        let (user, password) = line.split_once(':').unwrap();
        (user.to_owned(), password.to_owned())
    }

    /// The certificate that clients of https have to trust.
    #[allow(dead_code)] // not every test file uses it
    pub(crate) fn certificate(&self) -> PathBuf {
        self.state.path().join("certificate.pem")
    }

    /// The process ID.
    #[allow(dead_code)] // not every test file uses it
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
