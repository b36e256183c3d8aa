//! Our host with the provider, in this process.

use crate::{NAMESPACE, built};
use omi::dialogue::{Channel, Listener, Progress, Question};
use omi::{Instance, Value};
use omi_host::operation::{Operation, Request};
use omi_host::{Host, Reply};
use std::sync::{Arc, Mutex};

/// Writes down what a provider says, and answers questions with no.
#[derive(Default)]
pub(crate) struct Notes(Mutex<Vec<String>>);

impl Notes {
    fn add(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Listener for Notes {
    fn message(&self, channel: Channel, text: &str) {
        self.add(format!("{channel:?}: {text}"));
    }

    fn progress(&self, progress: &Progress) -> bool {
        let Progress { activity, operation, status, percent, remaining } = progress;
        self.add(format!("{activity}, {operation}, {status}, {percent:?}, {remaining:?}"));
        true
    }

    fn error(&self, error: &omi::Error) -> bool {
        self.add(format!("{}: {}, details: {}", error.code(), error.message(), error.details().is_some()));
        false
    }

    fn ask(&self, question: &Question) -> bool {
        self.add(format!("{question:?}"));
        false
    }

    fn stream(&self, parameter: &str, value: Value) -> Result<(), Value> {
        self.add(format!("{parameter}: {value:?}"));
        Ok(())
    }
}

/// Our host with the provider, and a user who listens.
pub(crate) struct Ours {
    pub(crate) host: Host,
    notes: Arc<Notes>,
}

impl Ours {
    pub(crate) fn start() -> Option<Self> {
        let library = built::example("conformance")?;
        let host = Host::builder().provider(&library, &[NAMESPACE]).build().unwrap();
        Some(Self { host, notes: Arc::default() })
    }

    pub(crate) fn run(&self, operation: Operation) -> omi::Result<Vec<Instance>> {
        self.submit(operation)?.collect()
    }

    /// Starts an operation for the user, who has a language and an option.
    pub(crate) fn submit(&self, operation: Operation) -> omi::Result<Reply> {
        self.host.submit(Request {
            locale: Some("de-DE".into()),
            data_locale: Some("fr-FR".into()),
            options: vec![("Answer".into(), "42".into())],
            listener: Some(self.notes.clone()),
            ..Request::local(NAMESPACE, operation)
        })
    }

    /// Calls a method of Sample_Caller. Its output, and what the user was told meanwhile.
    pub(crate) fn call(&self, method: &str, parameters: &[(&str, Value)]) -> omi::Result<(Instance, Vec<String>)> {
        let output = self.submit(invocation(method, parameters))?.one()?;
        Ok((output, self.notes.take()))
    }

    /// The return value of a method, as text, and what the user was told.
    pub(crate) fn says(&self, method: &str, parameters: &[(&str, Value)]) -> (String, Vec<String>) {
        let (output, notes) = self.call(method, parameters).unwrap();
        (output.text("ReturnValue").unwrap_or_default().to_owned(), notes)
    }
}

/// The call of a method of Sample_Caller.
pub(crate) fn invocation(method: &str, parameters: &[(&str, Value)]) -> Operation {
    Operation::Invoke {
        class: "Sample_Caller".into(),
        target: Some(Instance::new("Sample_Caller").with_key("Name", "x")),
        method: method.into(),
        parameters: self::parameters(method, parameters),
    }
}

pub(crate) fn parameters(method: &str, parameters: &[(&str, Value)]) -> Instance {
    parameters.iter().fold(Instance::new(method), |all, (name, value)| all.with(name, value.clone()))
}

pub(crate) fn answer(return_value: &str, notes: &[&str]) -> (String, Vec<String>) {
    (return_value.to_owned(), notes.iter().map(|&note| note.to_owned()).collect())
}
