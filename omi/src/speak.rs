//! How a provider speaks to the user while it works: messages, progress, errors that do not end the operation, questions.
//!
//! All of it is optional on both sides. A client that did not ask for messages is not disturbed, a host that has no such
//! call answers `Unsupported`, and nothing here makes the operation fail:
//!
//! ```
//! use omi::dialogue::Progress;
//!
//! fn remove_all(names: &[String], query: &omi::Query<'_>) -> omi::Result<()> {
//!     // Where nobody can be asked, whoever started the operation wants it done.
//!     if !query.should_continue("All files go for good.").or(true) {
//!         return Ok(());
//!     }
//!     for (done, name) in names.iter().enumerate() {
//!         let percent = done * 100 / names.len();
//!         query.progress(&Progress::new("Removing files").operation(name.as_str()).percent(percent as u32));
//!         if !query.should_process(name, "remove").or(true) {
//!             continue;
//!         }
//!         query.verbose(&format!("removing {name}"));
//!         if let Err(error) = std::fs::remove_file(name) {
//!             if !query.error(&error.into()).or(true) {
//!                 break;
//!             }
//!         }
//!     }
//!     Ok(())
//! }
//! ```

use crate::dialogue::{Answer, Channel, Delivery, Progress, Question};
use crate::localized::Localized;
use crate::{Error, Query};
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// The shortest time between two reports of one activity.
const INTERVAL: Duration = Duration::from_millis(500);

impl Query<'_> {
    /// Tells everybody that something may be wrong.
    pub fn warning(&self, text: &str) -> Delivery {
        self.context.write_message(Channel::Warning, text)
    }

    /// Tells those who asked for it what happens.
    pub fn verbose(&self, text: &str) -> Delivery {
        self.context.write_message(Channel::Verbose, text)
    }

    /// Tells those who look for a fault what happens inside.
    pub fn debug(&self, text: &str) -> Delivery {
        self.context.write_message(Channel::Debug, text)
    }

    /// Tells how far the operation is, and so starts its timeout anew where the client listens.
    ///
    /// Call it as often as is convenient: of one activity, one report in 500 ms goes out, and every report of 100 %.
    /// The others are [`Delivery::Skipped`].
    pub fn progress(&self, progress: &Progress) -> Delivery {
        let mut throttle = self.throttle.lock().unwrap_or_else(PoisonError::into_inner);
        if !throttle.admits(progress, Instant::now()) {
            return Delivery::Skipped;
        }
        drop(throttle);
        self.context.write_progress(progress)
    }

    /// Reports an error that does not end the operation. The answer is whether to go on.
    pub fn error(&self, error: &Error) -> Answer {
        self.context.write_error(error)
    }

    /// Whether `action` may be done to `target`: what `-WhatIf` and `-Confirm` of PowerShell decide.
    pub fn should_process(&self, target: &str, action: &str) -> Answer {
        self.context.ask(&Question::ShouldProcess { target: target.into(), action: action.into() })
    }

    /// Whether to go on, asked after `should_process`, for what a user might not expect.
    pub fn should_continue(&self, text: &str) -> Answer {
        self.context.ask(&Question::ShouldContinue(text.into()))
    }

    /// Asks the user an ordinary question.
    pub fn prompt(&self, text: &str) -> Answer {
        self.context.ask(&Question::Prompt(text.into()))
    }

    /// Asks the user about something that cannot be undone.
    pub fn critical_prompt(&self, text: &str) -> Answer {
        self.context.ask(&Question::CriticalPrompt(text.into()))
    }

    /// The text in the language that the client wants messages in.
    ///
    /// ```
    /// use omi::dialogue::Progress;
    /// use omi::localized::Localized;
    ///
    /// static COPYING: Localized = Localized::new(&[("en", "Copying"), ("de", "Kopieren")]);
    ///
    /// fn tell(query: &omi::Query<'_>) {
    ///     query.progress(&Progress::new(query.localized(&COPYING)));
    /// }
    /// ```
    pub fn localized(&self, text: &Localized) -> &'static str {
        text.text(self.locale().as_deref())
    }
}

/// Keeps reports of progress apart.
#[derive(Default)]
pub(crate) struct Throttle {
    last: Option<(Instant, String)>,
}

impl Throttle {
    /// Whether the report goes out: the first one of an activity, the last one, and one in each interval.
    fn admits(&mut self, progress: &Progress, now: Instant) -> bool {
        let is_too_soon = self
            .last
            .as_ref()
            .is_some_and(|(then, activity)| *activity == progress.activity && now.duration_since(*then) < INTERVAL);
        if is_too_soon && progress.percent != Some(100) {
            return false;
        }
        self.last = Some((now, progress.activity.clone()));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_limited_but_for_new_activities_and_the_end() {
        let (mut throttle, start) = (Throttle::default(), Instant::now());
        let mut admits = |milliseconds, activity: &str, percent| {
            let now = start + Duration::from_millis(milliseconds);
            throttle.admits(&Progress::new(activity).percent(percent), now)
        };
        assert!(admits(0, "copy", 0));
        assert!(!admits(499, "copy", 50));
        assert!(admits(500, "copy", 51));
        assert!(admits(501, "check", 0));
        assert!(!admits(502, "check", 99));
        assert!(admits(503, "check", 100));
    }
}
