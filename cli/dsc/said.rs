//! What a resource says meanwhile: to a person at the terminal, or in the lines of JSON that `dsc` reads.

use crate::dialogue::{Answers, Terminal};
use omi::Error;
use omi::dialogue::{Channel, Listener, Progress, Question};
use serde_json::json;
use std::io::{self, IsTerminal};

/// By which `dsc` tells its children how much to say.
const LEVEL: &str = "DSC_TRACE_LEVEL";

/// Listens to a resource.
pub struct Said {
    /// `None` where a program reads standard error.
    terminal: Option<Terminal>,
    verbose: bool,
}

impl Said {
    /// For whoever reads standard error.
    pub fn here() -> Self {
        let level = std::env::var(LEVEL).ok();
        let is_terminal = level.is_none() && io::stderr().is_terminal();
        let verbose = level.is_some_and(|level| ["info", "debug", "trace"].contains(&level.as_str()));
        let answers = Answers { all_yes: true, confirm: false };
        Self { terminal: is_terminal.then(|| Terminal::new(answers)), verbose: verbose || is_terminal }
    }

    /// Whether a person reads it.
    pub fn is_terminal(&self) -> bool {
        self.terminal.is_some()
    }

    /// Says why the operation failed, to a program.
    pub fn error(&self, error: &Error) {
        eprintln!("{}", json!({ "error": error.message() }));
    }
}

impl Listener for Said {
    fn message(&self, channel: Channel, text: &str) {
        if channel != Channel::Warning && !self.verbose {
            return;
        }
        match (&self.terminal, channel) {
            (Some(terminal), _) => terminal.message(channel, text),
            (None, Channel::Warning) => eprintln!("{}", json!({ "warn": text })),
            (None, Channel::Verbose) => eprintln!("{}", json!({ "info": text })),
            (None, Channel::Debug) => eprintln!("{}", json!({ "debug": text })),
        }
    }

    fn progress(&self, progress: &Progress) -> bool {
        self.terminal.as_ref().is_some_and(|terminal| terminal.progress(progress))
    }

    fn ask(&self, question: &Question) -> bool {
        question.unasked()
    }
}
