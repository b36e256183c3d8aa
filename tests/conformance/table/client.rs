//! What the clients of the table have in common.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The values of an instance, or of a method's output; NULL ones are absent.
pub(super) type Values = BTreeMap<String, String>;

/// What a client got from a method call.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The return value and the output parameters.
    pub(super) values: Values,
    /// What the client was told and asked meanwhile.
    pub(super) heard: String,
    /// Why the operation failed.
    pub(super) error: Option<String>,
}

impl Outcome {
    /// The named value; empty for NULL.
    pub(super) fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// The return value; empty for NULL.
    pub(super) fn returned(&self) -> &str {
        self.value("ReturnValue")
    }
}

/// A client of the provider in one of the hosts.
pub(super) trait Client {
    /// Calls a method of Sample_Caller, and listens as far as the client can.
    fn call(&mut self, method: &str, parameters: &[(&str, &str)]) -> Outcome;

    /// As [`call`](Self::call), without listening. `None` for a client that has but one way to call.
    fn call_deaf(&mut self, method: &str, parameters: &[(&str, &str)]) -> Option<Outcome>;

    /// All instances of a class.
    fn enumerate(&mut self, class: &str) -> Result<Vec<Values>, String>;

    /// Subscribes to Sample_Raised, has one raised with this text, and gives what the subscriber gets. `None` for a client
    /// that cannot subscribe.
    fn subscribed(&mut self, text: &str) -> Option<String>;

    /// Calls the method Wait and leaves before it ends.
    fn leave(&mut self);

    /// The options that the client sends with its calls, by name.
    fn options(&self) -> &'static [&'static str];
}

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks `question` until it gives something.
pub(super) fn wait_for<T>(what: &str, mut question: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = question() {
            return answer;
        }
        assert!(Instant::now() < deadline, "{what} does not happen");
        std::thread::sleep(Duration::from_millis(50));
    }
}
