//! WS-Management clients that others wrote, driven by `tests/python/client.py`.

use crate::serve::Server;
use crate::skip::skipped;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// A client library for Python.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Library {
    /// The name that `client.py` knows it by.
    name: &'static str,
    /// The module to import.
    module: &'static str,
}

/// pypsrp, which Ansible's psrp connection uses.
pub(crate) const PYPSRP: Library = Library { name: "pypsrp", module: "pypsrp" };
/// pywinrm, which Ansible's winrm connection uses.
#[allow(dead_code)] // not every test file uses it
pub(crate) const PYWINRM: Library = Library { name: "pywinrm", module: "winrm" };

impl Library {
    /// Whether Python has the library; says so if not. `LUMI_PYTHON` names the interpreter, else it is `python3`.
    pub(crate) fn is_installed(self) -> bool {
        let mut import = Command::new(interpreter());
        let found = import.args(["-c", &format!("import {}", self.module)]).output();
        let is_installed = found.is_ok_and(|output| output.status.success());
        if !is_installed {
            skipped(&format!(
                "{} has no module {}; LUMI_PYTHON can name another interpreter",
                interpreter(),
                self.module
            ));
        }
        is_installed
    }

    /// Connects with `lumi serve`, over `http` or `https`.
    pub(crate) fn connect(self, server: &Server, scheme: &str) -> Client {
        let (user, password) = server.credentials();
        self.connect_by(Command::new(interpreter()), server.url(scheme), (&user, &password))
    }

    /// Connects with a server. `python` is a command that ends with the interpreter's name: see [`interpreter`].
    pub(crate) fn connect_by(self, mut python: Command, url: &str, credentials: (&str, &str)) -> Client {
        python.arg("-B").arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/client.py"));
        python.args([self.name, url, credentials.0, credentials.1]);
        let mut process = python.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let (send, answers) = mpsc::channel();
        // Ends with the process, whose output it reads.
        thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        Client { name: self.name, process, answers }
    }

    /// Asks `lumi serve`, over `http` or `https`.
    #[allow(dead_code)] // not every test file uses it
    pub(crate) fn ask(self, server: &Server, scheme: &str, request: &Value) -> Value {
        self.connect(server, scheme).ask(request)
    }
}

/// A client at work. Dropping it ends it.
pub(crate) struct Client {
    name: &'static str,
    process: Child,
    answers: Receiver<String>,
}

impl Client {
    /// Sends a request, see `client.py`, and returns the answer.
    pub(crate) fn ask(&mut self, request: &Value) -> Value {
        let input = self.process.stdin.as_mut().unwrap();
        writeln!(input, "{request}").unwrap_or_else(|error| panic!("{} has ended: {error}", self.name));
        let answer = self.answers.recv_timeout(PATIENCE);
        let answer = answer.unwrap_or_else(|_| panic!("{} does not answer {request}", self.name));
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The Python interpreter.
pub(crate) fn interpreter() -> String {
    std::env::var("LUMI_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}
