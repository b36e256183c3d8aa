//! WS-Management clients that others wrote, driven by `tests/python/client.py`.

use crate::run;
use crate::serve::Server;
use crate::skip::skipped;
use serde_json::Value;
use std::process::Command;
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

    /// Asks `lumi serve`, over `http` or `https`.
    pub(crate) fn ask(self, server: &Server, scheme: &str, request: &Value) -> Value {
        let (user, password) = server.credentials();
        self.ask_by(Command::new(interpreter()), server.url(scheme), (&user, &password), request)
    }

    /// Sends a request, see `client.py`, and returns the answer. `python` is a command that ends with the interpreter's
    /// name: see [`interpreter`].
    pub(crate) fn ask_by(self, mut python: Command, url: &str, credentials: (&str, &str), request: &Value) -> Value {
        python.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/client.py"));
        python.args([self.name, url, credentials.0, credentials.1, &request.to_string()]);
        let output = run::within(PATIENCE, &mut python);
        assert!(output.status.success(), "{} fails on {request}: {}", self.name, run::text(&output));
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", run::text(&output)))
    }
}

/// The Python interpreter.
pub(crate) fn interpreter() -> String {
    std::env::var("LUMI_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}
