//! `lumi --url` at a terminal, asking our host.

use super::client::{Client, Outcome, Values, wait_for};
use crate::pty::Session;
use crate::run;
use crate::serve::Server;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
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
        command.args(words).args(["--url", self.server.url("http"), "--user", &user]).env("LUMI_PASSWORD", password);
        command
    }

    fn begun(&mut self) -> String {
        self.call("LastWait", &[]).value("Begun").to_owned()
    }

    /// Begins to call a method of Sample_Caller, with a user who wants to hear everything.
    fn start(&self, method: &str, parameters: &[(&str, &str)]) -> Session {
        let mut words = vec!["invoke", "Sample_Caller", "Name=x", method];
        let parameters: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        words.extend(parameters.iter().map(String::as_str));
        words.extend(["--verbose", "--debug", "--option", "Answer=42", "--locale", "en-US"]);
        if method == "ShouldProcess" {
            words.push("--confirm");
        }
        Session::start(self.command(&words))
    }
}

impl Client for Cli<'_> {
    fn call(&mut self, method: &str, parameters: &[(&str, &str)]) -> Outcome {
        let mut terminal = self.start(method, parameters);
        let questions: &[_] = match method {
            // The first question is the command's own, whether to call the method at all.
            "ShouldProcess" => &[("Go on? [y/N] ", "y"), ("on target \"disk\". Go on? [y/N] ", "n")],
            "ShouldContinue" | "PromptUser" => &[("Go on? [y/N] ", "n")],
            _ => &[],
        };
        for (question, answer) in questions {
            terminal.wait_for(question);
            terminal.type_line(answer);
        }
        let (screen, status) = terminal.end();
        let values: Values = screen.lines().filter_map(output).collect();
        // A number as return value can make the status one of failure.
        let error = (!status.success() && values.is_empty()).then(|| screen.clone());
        Outcome { values, heard: screen, error }
    }

    fn call_deaf(&mut self, _method: &str, _parameters: &[(&str, &str)]) -> Option<Outcome> {
        None
    }

    fn enumerate(&mut self, class: &str) -> Result<Vec<Values>, String> {
        let output = run::within(PATIENCE, &mut self.command(&["get", class, "--json"]));
        match serde_json::from_slice(&output.stdout) {
            Ok(Value::Array(instances)) => Ok(instances.iter().map(values).collect()),
            _ => Err(run::text(&output)),
        }
    }

    fn subscribed(&mut self, text: &str) -> Option<String> {
        let mut command = self.command(&["watch", "select * from Sample_Raised", "--count", "1", "--json"]);
        let mut watching = command.stdout(Stdio::piped()).spawn().unwrap();
        wait_for("an indication", || {
            self.call("Raise", &[("Text", text)]);
            watching.try_wait().unwrap()
        });
        Some(run::text(&watching.wait_with_output().unwrap()))
    }

    fn leave(&mut self) {
        let before = self.begun();
        let terminal = self.start("Wait", &[("Seconds", "60")]);
        wait_for("the begin of the method", || (self.begun() != before).then_some(()));
        kill(Pid::from_raw(terminal.pid().cast_signed()), Signal::SIGINT).unwrap();
        terminal.end();
    }

    fn options(&self) -> &'static [&'static str] {
        &["Answer"]
    }
}

/// `NAME : VALUE` in a line, behind what wiped the progress; nothing for NULL.
fn output(line: &str) -> Option<(String, String)> {
    let line = line.rsplit("\u{1b}[2K").next().unwrap_or(line);
    let (name, value) = line.split_once(" : ")?;
    let value = value.trim();
    (!value.is_empty()).then(|| (name.trim().to_owned(), value.to_owned()))
}

/// The members of a JSON object that are not null, as text.
pub(super) fn values(object: &Value) -> Values {
    let members = object.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    members.map(|(name, value)| (name.clone(), text(value))).collect()
}
