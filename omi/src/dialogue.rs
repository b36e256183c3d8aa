//! What a provider and the user say to each other while an operation runs: messages, progress, errors that do not end the
//! operation, questions, and the parts of a streamed parameter.
//!
//! Both sides of an operation share these types. A provider speaks through its [`Query`](crate::Query); a host or a client
//! listens by a [`Listener`].

use crate::{Error, Value};
use std::time::Duration;

/// For whom a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// For everybody: something may be wrong.
    Warning = 0,
    /// For those who asked to be told what happens, `-Verbose` in PowerShell.
    Verbose = 1,
    /// For those who look for a fault, `-Debug` in PowerShell.
    Debug = 2,
}

impl Channel {
    /// The channel of an MI number; unknown ones are for those who look for a fault.
    pub(crate) fn of_code(code: u32) -> Self {
        match code {
            0 => Self::Warning,
            1 => Self::Verbose,
            _ => Self::Debug,
        }
    }
}

/// How far an operation is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// What is being done: the headline.
    pub activity: String,
    /// The step that is being done now; may be empty.
    pub operation: String,
    /// How it stands; may be empty.
    pub status: String,
    /// How much is done, 0 to 100; `None` when nobody knows.
    pub percent: Option<u32>,
    /// How long it will still take, in whole seconds; `None` when nobody knows.
    pub remaining: Option<Duration>,
}

impl Progress {
    /// Progress of an activity of which nothing else is known.
    ///
    /// ```
    /// use omi::dialogue::Progress;
    ///
    /// let progress = Progress::new("Copying").operation("usr/lib").percent(40);
    /// assert_eq!(progress.remaining, None);
    /// ```
    pub fn new(activity: impl Into<String>) -> Self {
        Self { activity: activity.into(), ..Self::default() }
    }

    /// With the step that is being done now.
    #[must_use]
    pub fn operation(mut self, operation: impl Into<String>) -> Self {
        self.operation = operation.into();
        self
    }

    /// With a text on how it stands.
    #[must_use]
    pub fn status(mut self, status: impl Into<String>) -> Self {
        self.status = status.into();
        self
    }

    /// With the part that is done, in percent; more than 100 is 100.
    #[must_use]
    pub fn percent(mut self, percent: u32) -> Self {
        self.percent = Some(percent.min(100));
        self
    }

    /// With the time that it will still take. What is less than a second is not sent.
    #[must_use]
    pub fn remaining(mut self, remaining: Duration) -> Self {
        self.remaining = Some(remaining);
        self
    }
}

/// What became of a message, a report of progress or a part of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// The host took it.
    Delivered,
    /// It was left out on purpose: too soon after the one before, or nobody listens.
    Skipped,
    /// The host has no such call, as omiserver, or refused it.
    Unsupported,
}

/// Whether the host did what only it can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Support {
    /// It did.
    Done,
    /// The host has no such call, or refused it.
    Unsupported,
}

/// The answer to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Do it.
    Yes,
    /// Do not.
    No,
    /// The host cannot ask, as omiserver.
    Unsupported,
}

impl Answer {
    /// The answer as a boolean; `default` where nobody could be asked.
    ///
    /// ```
    /// use omi::dialogue::Answer;
    ///
    /// assert!(Answer::Yes.or(false));
    /// assert!(!Answer::Unsupported.or(false));
    /// ```
    pub fn or(self, default: bool) -> bool {
        match self {
            Self::Yes => true,
            Self::No => false,
            Self::Unsupported => default,
        }
    }
}

/// What a provider asks the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Whether this may be done: `-Confirm` and `-WhatIf` in PowerShell.
    ShouldProcess {
        /// What it is done to.
        target: String,
        /// What is done.
        action: String,
    },
    /// Whether to go on, a question that only the user can answer.
    ShouldContinue(String),
    /// An ordinary question to be answered with yes or no.
    Prompt(String),
    /// A question about something that cannot be undone.
    CriticalPrompt(String),
}

impl Question {
    /// The answer where nobody can be asked: who started the operation wants it done, but nothing critical happens unasked.
    pub fn unasked(&self) -> bool {
        !matches!(self, Self::CriticalPrompt(_))
    }
}

/// Listens to a provider on behalf of a user. Called on the threads of the provider, which waits meanwhile.
///
/// The methods that are not implemented answer as for a user who did not register to be told.
pub trait Listener: Send + Sync {
    /// A message.
    fn message(&self, channel: Channel, text: &str) {
        let _ = (channel, text);
    }

    /// How far the operation is. Whether somebody listens, so that the operation's timeout starts anew.
    fn progress(&self, progress: &Progress) -> bool {
        let _ = progress;
        false
    }

    /// An error that does not end the operation. Whether the provider shall go on.
    fn error(&self, error: &Error) -> bool {
        let _ = error;
        true
    }

    /// A question. The answer.
    fn ask(&self, question: &Question) -> bool {
        question.unasked()
    }

    /// One value of a streamed parameter, an array. Gives it back when nobody takes parts, so that it is sent with the results.
    ///
    /// # Errors
    /// The value, untouched.
    fn stream(&self, parameter: &str, value: Value) -> Result<(), Value> {
        let _ = parameter;
        Err(value)
    }
}
