//! `lumi --url`, asking our host.

use super::client::{Client, Outcome, Values, wait_for};
use crate::run;
use crate::serve::Server;
use serde_json::Value;
use std::process::{Command, Stdio};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Cli<'a> {
    server: &'a Server,
}

impl<'a> Cli<'a> {
    pub(super) fn new(server: &'a Server) -> Self {
        Self { server }
    }

    fn command(&self, words: &[&str]) -> Command {
        let (user, password) = self.server.credentials();
        let mut command = Command::new(env!("CARGO_BIN_EXE_lumi"));
        let url = self.server.url("http");
        command.args(["--json", "--url", url, "--user", &user]).args(words).env("LUMI_PASSWORD", password);
        command
    }

    /// What the command printed to standard output, as JSON, and to standard error.
    fn run(&self, words: &[&str]) -> (Option<Value>, String) {
        let output = run::within(PATIENCE, &mut self.command(words));
        (serde_json::from_slice(&output.stdout).ok(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    fn begun(&mut self) -> String {
        self.call("LastWait", &[]).value("Begun").to_owned()
    }
}

fn words<'a>(method: &'a str, parameters: &'a [String]) -> Vec<&'a str> {
    ["invoke", "Sample_Caller", "Name=x", method].into_iter().chain(parameters.iter().map(String::as_str)).collect()
}

impl Client for Cli<'_> {
    fn call(&mut self, method: &str, parameters: &[(&str, &str)]) -> Outcome {
        let parameters: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        match self.run(&words(method, &parameters)) {
            (Some(output), heard) => Outcome { values: values(&output), heard, error: None },
            (None, error) => Outcome { error: Some(error), ..Outcome::default() },
        }
    }

    fn call_deaf(&mut self, _method: &str, _parameters: &[(&str, &str)]) -> Option<Outcome> {
        None
    }

    fn enumerate(&mut self, class: &str) -> Result<Vec<Values>, String> {
        match self.run(&["get", class]) {
            (Some(Value::Array(instances)), _) => Ok(instances.iter().map(values).collect()),
            (_, error) => Err(error),
        }
    }

    fn subscribed(&mut self, _text: &str) -> Option<String> {
        None
    }

    fn leave(&mut self) {
        let before = self.begun();
        let parameters = ["Seconds=60".to_owned()];
        let mut command = self.command(&words("Wait", &parameters));
        let mut waiting = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_for("the begin of the method", || (self.begun() != before).then_some(()));
        waiting.kill().unwrap();
        waiting.wait().unwrap();
    }

    fn options(&self) -> &'static [&'static str] {
        &[]
    }
}

/// The members of a JSON object that are not null, as text.
pub(super) fn values(object: &Value) -> Values {
    let members = object.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    members.map(|(name, value)| (name.clone(), text(value))).collect()
}
