//! What surrounds a call of a resource: the machine, and who wants it done.

use crate::linux::{Root, Stop};
use omi::dialogue::{Channel, Listener, Progress};
use omi::{Error, Query, Result, Value};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// The option in which the LCM of DSC for Linux gives the id of its job.
const JOB: &str = "DSC_JOBID_STRING";
/// How often somebody who waits is asked whether he still does.
const LOOK: Duration = Duration::from_millis(200);

/// The machine that is to be configured, and the one who wants it so.
#[allow(missing_debug_implementations)] // a listener need not have it
pub struct Context<'a> {
    /// The machine.
    pub root: &'a Root,
    listener: &'a dyn Listener,
    is_canceled: &'a (dyn Fn() -> bool + Sync),
    job: Option<String>,
}

impl<'a> Context<'a> {
    /// On this machine, for a listener that may cancel.
    pub fn new(root: &'a Root, listener: &'a dyn Listener, is_canceled: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self { root, listener, is_canceled, job: None }
    }

    /// For a job of the LCM, whose id the log then shows.
    #[must_use]
    pub fn job(mut self, job: Option<String>) -> Self {
        self.job = job;
        self
    }

    /// The id of the LCM's job, where one calls.
    pub(super) fn job_id(&self) -> Option<&str> {
        self.job.as_deref()
    }

    /// Tells what is being done, for those who ask for it.
    pub fn verbose(&self, text: &str) {
        self.listener.message(Channel::Verbose, text);
    }

    /// Tells that something may be wrong.
    pub fn warning(&self, text: &str) {
        self.listener.message(Channel::Warning, text);
    }

    /// Tells how far a long operation is.
    pub fn progress(&self, progress: &Progress) {
        self.listener.progress(progress);
    }

    /// Whether nobody wants it any more.
    pub fn is_canceled(&self) -> bool {
        (self.is_canceled)()
    }

    /// An error when nobody wants it any more, for a place where stopping leaves nothing half done.
    ///
    /// # Errors
    /// FAILED, saying so.
    pub fn check_canceled(&self) -> Result<()> {
        if self.is_canceled() { Err(Error::failed("cancelled before it was done")) } else { Ok(()) }
    }

    /// Does something that a sign stops, which is given when nobody wants it any more.
    ///
    /// # Errors
    /// What `act` returns.
    pub fn with_stop<T>(&self, act: impl FnOnce(&Stop) -> Result<T>) -> Result<T> {
        let stop = Stop::new()?;
        let is_canceled = self.is_canceled;
        thread::scope(|scope| {
            let (is_over, over) = channel::<()>();
            let stop = &stop;
            scope.spawn(move || {
                while over.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                    if is_canceled() {
                        return stop.stop();
                    }
                }
            });
            let done = act(stop);
            drop(is_over);
            done
        })
    }
}

/// An MI operation as the company of a resource.
pub(super) struct Caller<'a, 'q>(pub(super) &'a Query<'q>);

impl Caller<'_, '_> {
    /// The job of the LCM, which hands it over as an instance with the property `value`.
    pub(super) fn job(&self) -> Option<String> {
        match self.0.option(JOB)?.value? {
            Value::String(text) => Some(text),
            Value::Instance(instance) => instance.text("value").map(str::to_owned),
            _ => None,
        }
    }
}

impl Listener for Caller<'_, '_> {
    fn message(&self, channel: Channel, text: &str) {
        match channel {
            Channel::Warning => self.0.warning(text),
            Channel::Verbose => self.0.verbose(text),
            Channel::Debug => self.0.debug(text),
        };
    }

    fn progress(&self, progress: &Progress) -> bool {
        self.0.progress(progress) == omi::dialogue::Delivery::Delivered
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsc::testing::Machine;
    use crate::linux::tool::Tool;
    use std::time::Instant;

    #[test]
    fn what_nobody_wants_any_more_is_stopped() {
        let start = Instant::now();
        let sleep = |stop: &Stop| Ok(Tool::new(&Root::host(), "sleep")?.args(["60"]).run(&mut |_| (), stop)?.code());
        let error = Machine::with(&[]).canceled(|context| context.with_stop(sleep)).unwrap_err();
        assert!(error.message().contains("cancelled"), "{error}");
        assert!(start.elapsed() < Duration::from_secs(30));
    }
}
