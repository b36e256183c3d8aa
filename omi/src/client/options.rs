//! What a client can say about one operation, and how that shapes what its listener hears.

use crate::dialogue::{Channel, Listener, Progress, Question};
use crate::{Error, Value};
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// The options of an operation; [`default`](Self::default) asks for everything, waits for ever and listens to nothing.
#[derive(Clone)]
pub struct OperationOptions {
    /// The longest wait for the next result or the end. Each result and each progress that the listener hears starts it
    /// anew; when it passes, the operation ends with an error that [`is_timeout`](super::is_timeout) recognises. `None` is
    /// the session's, or else no limit.
    pub timeout: Option<Duration>,
    /// The language of messages, `en-US` for example; `None` is the session's.
    pub locale: Option<String>,
    /// The language of data; `None` is the session's.
    pub data_locale: Option<String>,
    /// Options for the provider.
    pub custom: Vec<CustomOption>,
    /// Whether key properties are enough.
    pub keys_only: bool,
    /// The properties that are wanted, or, for [`modify`](super::Session::modify), to be changed; `None` for all.
    pub properties: Option<Vec<String>>,
    /// How an enumeration treats subclasses.
    pub depth: Depth,
    /// What becomes of errors that do not end the operation.
    pub errors: CallbackMode,
    /// What becomes of questions.
    pub prompts: CallbackMode,
    /// The channels whose messages are wanted.
    pub channels: Vec<Channel>,
    /// Who hears messages, progress and errors, answers questions, and takes streamed parameters. Called on the transport's
    /// threads.
    pub listener: Option<Arc<dyn Listener>>,
}

/// An option for the provider.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomOption {
    /// The name.
    pub name: String,
    /// The value.
    pub value: Value,
    /// Whether a server that does not know the option must refuse the operation.
    pub must_comply: bool,
}

/// What becomes of errors and questions of a provider (`MI_CallbackMode`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CallbackMode {
    /// The listener is told, and the provider goes on without its answer.
    Report,
    /// The listener is asked, and the provider does what it says.
    #[default]
    Inquire,
    /// The listener is not told, and the provider goes on.
    Ignore,
}

/// How an enumeration treats subclasses (DSP0227 section 9.3, PolymorphismMode).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// Instances of subclasses too, with all their properties.
    #[default]
    IncludeSubclassProperties,
    /// Instances of subclasses too, as instances of the base class.
    ExcludeSubclassProperties,
    /// Only instances of exactly this class.
    None,
}

impl Default for OperationOptions {
    fn default() -> Self {
        Self {
            timeout: None,
            locale: None,
            data_locale: None,
            custom: Vec::new(),
            keys_only: false,
            properties: None,
            depth: Depth::default(),
            errors: CallbackMode::default(),
            prompts: CallbackMode::default(),
            channels: vec![Channel::Warning, Channel::Verbose, Channel::Debug],
            listener: None,
        }
    }
}

impl OperationOptions {
    /// With a listener.
    #[must_use]
    pub fn listener(self, listener: Arc<dyn Listener>) -> Self {
        Self { listener: Some(listener), ..self }
    }

    /// With a timeout.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// For key properties alone.
    #[must_use]
    pub fn keys_only(self) -> Self {
        Self { keys_only: true, ..self }
    }

    /// With an option for the provider.
    #[must_use]
    pub fn custom(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.custom.push(CustomOption { name: name.into(), value: value.into(), must_comply: false });
        self
    }
}

impl fmt::Debug for OperationOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperationOptions")
            .field("timeout", &self.timeout)
            .field("locale", &self.locale)
            .field("data_locale", &self.data_locale)
            .field("custom", &self.custom)
            .field("keys_only", &self.keys_only)
            .field("properties", &self.properties)
            .field("depth", &self.depth)
            .field("errors", &self.errors)
            .field("prompts", &self.prompts)
            .field("channels", &self.channels)
            .field("listener", &self.listener.is_some())
            .finish()
    }
}

/// A user's listener as the options want it: wanted channels alone, modes applied, and the timeout started anew by progress.
pub(super) struct Heard {
    listener: Arc<dyn Listener>,
    channels: Vec<Channel>,
    errors: CallbackMode,
    prompts: CallbackMode,
    clock: Weak<dyn Clock>,
}

/// What measures the timeout of an operation.
pub(super) trait Clock: Send + Sync {
    /// Starts the timeout anew.
    fn restart(&self);
    /// Runs `ask`, during which no time passes.
    fn stop_during(&self, ask: &mut dyn FnMut());
}

impl Heard {
    /// The listener of `options`, if there is one.
    pub(super) fn of(options: &OperationOptions, clock: Weak<dyn Clock>) -> Option<Arc<dyn Listener>> {
        let listener = options.listener.clone()?;
        let OperationOptions { errors, prompts, .. } = *options;
        Some(Arc::new(Self { listener, channels: options.channels.clone(), errors, prompts, clock }))
    }
}

impl Heard {
    /// Lets the user decide, for which there is no hurry.
    fn inquire(&self, ask: impl Fn(&dyn Listener) -> bool) -> bool {
        let mut answer = false;
        let mut ask = || answer = ask(&*self.listener);
        match self.clock.upgrade() {
            Some(clock) => clock.stop_during(&mut ask),
            None => ask(),
        }
        answer
    }
}

impl Listener for Heard {
    fn message(&self, channel: Channel, text: &str) {
        if self.channels.contains(&channel) {
            self.listener.message(channel, text);
        }
    }

    fn progress(&self, progress: &Progress) -> bool {
        let heard = self.listener.progress(progress);
        if heard && let Some(clock) = self.clock.upgrade() {
            clock.restart();
        }
        heard
    }

    fn error(&self, error: &Error) -> bool {
        match self.errors {
            CallbackMode::Ignore => true,
            CallbackMode::Report => {
                let _ = self.listener.error(error);
                true
            }
            CallbackMode::Inquire => self.inquire(|listener| listener.error(error)),
        }
    }

    fn ask(&self, question: &Question) -> bool {
        match self.prompts {
            CallbackMode::Ignore => question.unasked(),
            CallbackMode::Report => {
                let _ = self.listener.ask(question);
                question.unasked()
            }
            CallbackMode::Inquire => self.inquire(|listener| listener.ask(question)),
        }
    }

    fn stream(&self, parameter: &str, value: Value) -> Result<(), Value> {
        self.listener.stream(parameter, value)
    }
}
