//! Questions to the user, answered with yes or no.

use super::indented;
use crate::values::printable;
use crate::{progress, terminal};
use omi::dialogue::Question;
use std::io::{self, BufRead, IsTerminal, Write};

/// Who answers the questions of providers.
#[derive(Clone, Copy, Debug)]
pub struct Answers {
    /// All of them are answered with yes.
    pub all_yes: bool,
    /// The user confirms each step, as with `-Confirm` in PowerShell; otherwise steps need no confirmation.
    pub confirm: bool,
}

impl Answers {
    /// The answer to a question.
    pub fn to(self, question: &Question) -> bool {
        match question {
            _ if self.all_yes => true,
            Question::ShouldProcess { .. } if !self.confirm => true,
            _ => ask(&text(question)),
        }
    }
}

fn text(question: &Question) -> String {
    match question {
        Question::ShouldProcess { target, action } => format!("{}. Go on?", step(action, target)),
        Question::ShouldContinue(text) | Question::Prompt(text) | Question::CriticalPrompt(text) => indented(text),
    }
}

/// What is done to what, in PowerShell's words.
pub fn step(action: &str, target: &str) -> String {
    format!("Performing the operation \"{}\" on target \"{}\"", printable(action), printable(target))
}

/// Asks at the terminal. Without one, and after a signal, the answer is no.
fn ask(text: &str) -> bool {
    // While the bar is aside, nobody else writes or asks.
    progress::aside(|| {
        let mut out = io::stderr();
        if !io::stdin().is_terminal() || !out.is_terminal() {
            let _ =
                writeln!(out, "{text}\nlumi: answered no, because there is no terminal to ask at; --yes answers yes");
            return false;
        }
        let _ = write!(out, "{text} [y/N] ");
        let mut line = String::new();
        let read = terminal::wait_for_line(io::stdin()).and_then(|()| io::stdin().lock().read_line(&mut line));
        // The user's Enter ends the line, but neither a signal nor the end of input does.
        if !line.ends_with('\n') {
            let _ = writeln!(out);
        }
        read.is_ok() && ["y", "yes"].iter().any(|yes| line.trim().eq_ignore_ascii_case(yes))
    })
}
