//! What a provider and the user say to each other while an operation runs, and how the command line arranges that.

mod listener;
mod question;

pub use listener::{Take, Terminal};
pub use question::{Answers, step};

use crate::failure::{Failure, Result};
use crate::interrupt::{self, GRACE};
use crate::progress;
use crate::terminal::stop_reading;
use crate::values::printable;
use clap::Args;
use omi::client::{CallbackMode, CustomOption, Operation, OperationOptions};
use omi::dialogue::Channel;
use omi::{Type, text};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

/// What one can say about an operation, and what one wants to hear of it.
#[derive(Args, Debug)]
#[command(next_help_heading = "The operation")]
pub struct Dialogue {
    /// Show what the provider says about its work
    #[arg(long, short)]
    pub verbose: bool,

    /// Show what the provider says to those who look for a fault
    #[arg(long)]
    pub debug: bool,

    /// Answer all questions of the provider with yes
    #[arg(long, short)]
    pub yes: bool,

    /// The language of messages and data, such as en-US
    #[arg(long, value_name = "TAG")]
    pub locale: Option<String>,

    /// An option for the provider, a string unless a CIM type is given; may be repeated
    #[arg(long = "option", value_name = "NAME[:TYPE]=VALUE", value_parser = custom_option)]
    pub options: Vec<CustomOption>,
}

/// For operations that answer once.
#[derive(Args, Debug)]
pub struct Answered {
    #[command(flatten)]
    pub dialogue: Dialogue,

    /// Give up when nothing comes for so long: no result and no progress. Time to answer a question counts
    /// [default: 60 with --url, else for ever]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
}

impl Answered {
    /// Runs an operation; see [`Dialogue::run`].
    pub fn run<T: Send + 'static, R>(
        &self,
        terminal: Terminal,
        start: impl FnOnce(OperationOptions) -> Operation<T>,
        take: impl FnOnce(Operation<T>) -> Result<R>,
    ) -> Result<R> {
        let timeout = self.timeout;
        self.dialogue.run(terminal, |options| start(OperationOptions { timeout, ..options }), take)
    }
}

impl Dialogue {
    /// What answers questions, where nothing is to be confirmed.
    pub fn terminal(&self) -> Terminal {
        Terminal::new(Answers { all_yes: self.yes, confirm: false })
    }

    /// Runs an operation with the terminal as its listener, and waits until its provider or server has ended it, too. `start`
    /// starts it, and `take` takes its results.
    ///
    /// # Errors
    /// Those of `take`, and `Reported` when the provider told of errors that did not end the operation.
    pub fn run<T: Send + 'static, R>(
        &self,
        terminal: Terminal,
        start: impl FnOnce(OperationOptions) -> Operation<T>,
        take: impl FnOnce(Operation<T>) -> Result<R>,
    ) -> Result<R> {
        let (errors, told) = mpsc::channel();
        let operation = start(self.operation_options().listener(Arc::new(terminal.counting(errors))));
        let result = take(interrupt::cancels(operation));
        // Who waits for an answer now would not use it.
        stop_reading();
        let errors = count(&told);
        progress::clear();
        match result {
            Ok(_) if errors > 0 => Err(Failure::Reported),
            result => result,
        }
    }

    fn operation_options(&self) -> OperationOptions {
        let wanted = [(Channel::Warning, true), (Channel::Verbose, self.verbose), (Channel::Debug, self.debug)];
        OperationOptions {
            locale: self.locale.clone(),
            data_locale: self.locale.clone(),
            custom: self.options.clone(),
            errors: CallbackMode::Report,
            channels: wanted.into_iter().filter(|(_, is_wanted)| *is_wanted).map(|(channel, _)| channel).collect(),
            ..OperationOptions::default()
        }
    }
}

/// Counts the errors that were told until the listener is gone, which nobody holds once the operation is over everywhere.
fn count(told: &Receiver<()>) -> usize {
    let until = Instant::now() + GRACE;
    std::iter::from_fn(|| told.recv_timeout(until.saturating_duration_since(Instant::now())).ok()).count()
}

/// What a provider says, fit for the terminal: further lines are indented, so that none looks like the command's own.
pub fn indented(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("\n  ")
}

fn custom_option(word: &str) -> Result<CustomOption, String> {
    let wrong = || "expected a name, = and a value, such as Depth=all or Depth:uint32=3".to_owned();
    let (name, value) = word.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(wrong)?;
    let (name, kind) = match name.split_once(':') {
        Some((name, kind)) => (name, scalar(kind).ok_or_else(|| format!("{kind} is no scalar CIM type"))?),
        None => (name, Type::String),
    };
    let value = text::parse(kind, value).map_err(|error| error.message().to_owned())?;
    Ok(CustomOption { name: name.to_owned(), value, must_comply: false })
}

fn scalar(name: &str) -> Option<Type> {
    (0..).map_while(Type::from_code).find(|kind| kind.to_string().eq_ignore_ascii_case(name) && !kind.is_array())
}

/// A time in seconds, such as `2.5`.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.filter(|time| !time.is_zero()).ok_or_else(|| "expected a number of seconds above 0, such as 30".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use omi::Value;

    #[test]
    fn an_option_is_a_string_or_of_the_given_type() {
        let value = |word| custom_option(word).map(|option| option.value);
        assert_eq!(value("Depth=3"), Ok(Value::from("3")));
        assert_eq!(value("Depth:uint32=3"), Ok(Value::Uint32(3)));
        assert_eq!(value("Path=a=b"), Ok(Value::from("a=b")));
        assert_eq!(value("Depth:uint32=x").unwrap_err(), "\"x\" is not a valid uint32 value (0 to 4294967295)");
        assert_eq!(value("Depth:number=3").unwrap_err(), "number is no scalar CIM type");
        assert!(value("Depth").unwrap_err().contains("such as Depth=all"));
    }

    #[test]
    fn a_time_is_a_positive_number_of_seconds() {
        assert_eq!(seconds("2.5"), Ok(Duration::from_millis(2500)));
        for wrong in ["0", "-1", "soon", "1e30", "NaN"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
