//! What takes the result of an entry that runs without a request: Load, Unload, Subscribe and Unsubscribe.

use crate::engine::call::{LogListener, Outlet, Refusal};
use crate::engine::{CancelReason, Cancelling, OnCancel};
use omi::dialogue::Listener;
use omi::{Instance, Result};
use std::sync::{Mutex, PoisonError};

/// Takes the result; nobody takes instances here.
pub(super) struct SetupOutlet {
    log: LogListener,
    /// What a provider is told that posts an instance all the same.
    instances: std::result::Result<(), Refusal>,
    result: Mutex<Option<Result<()>>>,
    cancelling: Cancelling,
}

impl SetupOutlet {
    pub(super) fn new(origin: &str, instances: std::result::Result<(), Refusal>) -> Self {
        let log = LogListener { from: origin.into() };
        Self { log, instances, result: Mutex::new(None), cancelling: Cancelling::default() }
    }

    /// The result, once; `None` when none was posted.
    pub(super) fn take(&self) -> Option<Result<()>> {
        self.result.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Calls what the provider registered: the subscription that began here ends.
    pub(super) fn cancel(&self, reason: CancelReason) {
        self.cancelling.cancel(reason);
    }
}

impl Outlet for SetupOutlet {
    fn instance(&self, _instance: Instance) -> std::result::Result<(), Refusal> {
        self.instances
    }

    fn needs(&self) -> Option<Vec<String>> {
        None
    }

    fn end(&self, result: Result<()>) {
        *self.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
    }

    fn is_cancelled(&self) -> bool {
        self.cancelling.is_cancelled()
    }

    fn on_cancel(&self, callback: OnCancel) {
        self.cancelling.on_cancel(callback);
    }

    fn listener(&self) -> &dyn Listener {
        &self.log
    }
}
