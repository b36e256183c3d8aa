//! pypsrp, asking either host.

use super::cli::values;
use super::client::{Client, Outcome, Values, wait_for};
use crate::omiserver::{self, Omi};
use crate::python::{self, PYPSRP};
use crate::serve::Server;
use serde_json::{Value, json};

pub(super) struct Pypsrp {
    python: python::Client,
    /// How long the method Wait may work: in a host that cancels nothing until its end.
    wait: u32,
}

impl Pypsrp {
    pub(super) fn of_ours(server: &Server) -> Self {
        Self { python: PYPSRP.connect(server, "http"), wait: 60 }
    }

    pub(super) fn of_omiserver(omi: &Omi) -> Self {
        let python = omi.enter(python::interpreter());
        Self { python: PYPSRP.connect_by(python, omiserver::URL, ("user", "password")), wait: 3 }
    }

    fn invoke(&mut self, method: &str, parameters: &[(&str, &str)], listen: bool) -> Outcome {
        let parameters: Value = parameters.iter().map(|(name, value)| (*name, json!(value))).collect();
        let mut request = json!({
            "invoke": "Sample_Caller", "method": method, "keys": {"Name": "x"}, "parameters": parameters,
            "options": {"Answer": "42"},
        });
        if listen {
            // All callbacks and channels; errors and questions wait for the client, which says no.
            request["listen"] =
                json!({"callbacks": 31, "channels": [0, 1, 2], "errors": 1, "prompts": 1, "answer": "no"});
        }
        let answer = self.python.ask(&request);
        let error = answer["reason"].as_str().map(str::to_owned);
        Outcome { values: values(&answer["output"]), heard: answer["events"].to_string(), error }
    }
}

impl Client for Pypsrp {
    fn call(&mut self, method: &str, parameters: &[(&str, &str)]) -> Outcome {
        self.invoke(method, parameters, true)
    }

    fn call_deaf(&mut self, method: &str, parameters: &[(&str, &str)]) -> Option<Outcome> {
        Some(self.invoke(method, parameters, false))
    }

    fn enumerate(&mut self, class: &str) -> Result<Vec<Values>, String> {
        let answer = self.python.ask(&json!({"enumerate": class}));
        match answer["instances"].as_array() {
            Some(instances) => Ok(instances.iter().map(values).collect()),
            None => Err(answer.to_string()),
        }
    }

    fn subscribed(&mut self, text: &str) -> Option<String> {
        let subscription = self.python.ask(&json!({"subscribe": "select * from Sample_Raised"}));
        let Some(context) = subscription["context"].as_str() else { return Some(subscription.to_string()) };
        wait_for("a subscription", || {
            let raised = self.call("Raise", &[("Text", text)]);
            raised.returned().eq_ignore_ascii_case("true").then_some(())
        });
        let got = self.python.ask(&json!({"pull": context}));
        // omiserver answers this one with an empty response when no Pull waits.
        self.python.ask(&json!({"unsubscribe": subscription["subscription"]}));
        Some(got.to_string())
    }

    fn leave(&mut self) {
        let left = self.python.ask(&json!({
            "leave": "Sample_Caller", "method": "Wait", "keys": {"Name": "x"},
            "parameters": {"Seconds": self.wait.to_string()}, "after": 1,
        }));
        assert_eq!(left, json!({"done": true}), "the answer came too soon");
    }

    fn options(&self) -> &'static [&'static str] {
        &["Answer"]
    }
}
