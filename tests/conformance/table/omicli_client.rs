//! omicli, asking omiserver.

use super::client::{Client, Outcome, Values, wait_for};
use crate::NAMESPACE;
use crate::in_omiserver::invocation;
use crate::omicli::Answer;
use crate::omiserver::Omi;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;

pub(super) struct Omicli<'a> {
    omi: &'a Omi,
}

impl<'a> Omicli<'a> {
    pub(super) fn new(omi: &'a Omi) -> Self {
        Self { omi }
    }

    fn begun(&mut self) -> String {
        self.call("LastWait", &[]).value("Begun").to_owned()
    }
}

impl Client for Omicli<'_> {
    fn call(&mut self, method: &str, parameters: &[(&str, &str)]) -> Outcome {
        let mut answer = Answer::read(&self.omi.omicli(invocation(method, parameters)));
        let error = (!answer.succeeded).then(|| answer.text.clone());
        let values = if answer.instances.is_empty() { Values::new() } else { answer.instances.remove(0) };
        Outcome { values, heard: String::new(), error }
    }

    fn call_deaf(&mut self, _method: &str, _parameters: &[(&str, &str)]) -> Option<Outcome> {
        None
    }

    fn enumerate(&mut self, class: &str) -> Result<Vec<Values>, String> {
        let answer = Answer::read(&self.omi.omicli(["ei", NAMESPACE, class]));
        if answer.succeeded { Ok(answer.instances) } else { Err(answer.text) }
    }

    fn subscribed(&mut self, text: &str) -> Option<String> {
        let mut command = self.omi.client("omicli");
        command.args(["sub", NAMESPACE, "--querylang", "WQL", "--queryexpr", "select * from Sample_Raised"]);
        let mut subscriber = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let output = BufReader::new(subscriber.stdout.take().unwrap());
        let (send, lines) = mpsc::channel();
        // Ends with the process, whose output it reads.
        thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        // Whether the subscription has begun omicli does not say, so there are many indications.
        let got = wait_for("an indication", || {
            self.call("Raise", &[("Text", text)]);
            lines.try_iter().find(|line| line.contains(text))
        });
        subscriber.kill().unwrap();
        subscriber.wait().unwrap();
        Some(got)
    }

    fn leave(&mut self) {
        let before = self.begun();
        let mut command = self.omi.client("omicli");
        command.args(invocation("Wait", &[("Seconds", "3")]));
        let mut waiting = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_for("the begin of the method", || (self.begun() != before).then_some(()));
        waiting.kill().unwrap();
        waiting.wait().unwrap();
    }

    fn options(&self) -> &'static [&'static str] {
        &[]
    }
}
