//! The terminal as the listener of an operation.

use super::indented;
use super::question::Answers;
use crate::failure::explained;
use crate::progress;
use crate::terminal::is_coloured;
use omi::dialogue::{Channel, Listener, Progress, Question};
use omi::{Error, Value};
use std::io::{self, Write};
use std::sync::mpsc::Sender;

const YELLOW: u8 = 33;
const RED: u8 = 31;

/// Takes the parts of streamed parameters, by name.
pub type Take = Box<dyn Fn(&str, &Value) + Send + Sync>;

/// Shows on standard error what a provider says, in PowerShell's words, and puts its questions to the user.
pub struct Terminal {
    answers: Answers,
    /// Takes parts of streamed parameters; without it they come with the results.
    take: Option<Take>,
    /// Is sent a unit for each error.
    errors: Option<Sender<()>>,
}

impl Terminal {
    /// A terminal at which questions are answered in this way.
    pub fn new(answers: Answers) -> Self {
        Self { answers, take: None, errors: None }
    }

    /// With somebody who takes the parts of streamed parameters.
    pub fn taking(self, take: Take) -> Self {
        Self { take: Some(take), ..self }
    }

    /// With somebody who counts errors.
    pub fn counting(self, errors: Sender<()>) -> Self {
        Self { errors: Some(errors), ..self }
    }
}

impl Listener for Terminal {
    fn message(&self, channel: Channel, text: &str) {
        let label = match channel {
            Channel::Warning => "WARNING",
            Channel::Verbose => "VERBOSE",
            Channel::Debug => "DEBUG",
        };
        say(label, text, YELLOW);
    }

    fn progress(&self, progress: &Progress) -> bool {
        progress::show(progress);
        true
    }

    fn error(&self, error: &Error) -> bool {
        say("ERROR", &explained(error), RED);
        // Nobody counts any more when the command gave the operation up.
        let _ = self.errors.as_ref().map(|errors| errors.send(()));
        true
    }

    fn ask(&self, question: &Question) -> bool {
        self.answers.to(question)
    }

    fn stream(&self, parameter: &str, value: Value) -> Result<(), Value> {
        match &self.take {
            Some(take) => {
                take(parameter, &value);
                Ok(())
            }
            None => Err(value),
        }
    }
}

/// Writes a line in a colour, where there are colours.
fn say(label: &str, text: &str, colour: u8) {
    let text = indented(text);
    let line =
        if is_coloured() { format!("\u{1b}[{colour}m{label}: {text}\u{1b}[0m") } else { format!("{label}: {text}") };
    // There is nobody else to tell when standard error is closed.
    let _ = progress::aside(|| writeln!(io::stderr(), "{line}"));
}
