//! The subscriptions of one provider: each indication that it posts goes to all of them.

use super::call::{LogListener, Outlet, Refusal};
use super::cancelling::Cancelling;
use super::queue::{CancelReason, OnCancel};
use omi::dialogue::Listener;
use omi::{Error, Instance, Name, Result};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Takes what a provider posts, from its EnableIndications to its DisableIndications.
pub(crate) struct Feed {
    log: LogListener,
    state: Mutex<State>,
    cancelling: Cancelling,
}

#[derive(Default)]
struct State {
    subscriptions: Vec<(u64, Arc<dyn Outlet>)>,
    /// Whether there was a subscription: an indication that comes too late for the last one is no mistake.
    was_used: bool,
    end: Option<Result<()>>,
}

impl Feed {
    /// Without subscriptions; `from` is the provider, for messages.
    pub(crate) fn new(from: Name) -> Self {
        Self { log: LogListener { from }, state: Mutex::default(), cancelling: Cancelling::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, id: u64, outlet: Arc<dyn Outlet>) {
        let mut state = self.lock();
        state.was_used = true;
        state.subscriptions.push((id, outlet));
    }

    pub(crate) fn remove(&self, id: u64) {
        self.lock().subscriptions.retain(|(it, _)| *it != id);
    }

    /// The last subscription has ended: calls what the provider registered for that.
    pub(crate) fn cancel(&self, reason: CancelReason) {
        self.cancelling.cancel(reason);
    }

    /// How the provider ended its indications, if it has.
    pub(crate) fn ended(&self) -> Option<Result<()>> {
        self.lock().end.clone()
    }
}

impl Outlet for Feed {
    fn instance(&self, _instance: Instance) -> std::result::Result<(), Refusal> {
        Err(Refusal::NotHere)
    }

    fn indication(&self, indication: Instance, bookmark: Option<&str>) -> std::result::Result<(), Refusal> {
        // Not under the lock, as a subscription that ends here takes other locks.
        let (subscriptions, was_used) = {
            let state = self.lock();
            (state.subscriptions.clone(), state.was_used)
        };
        for (_, outlet) in &subscriptions {
            outlet.indication(indication.clone(), bookmark)?;
        }
        if was_used { Ok(()) } else { Err(Refusal::Closed) }
    }

    fn posts_indications(&self) -> bool {
        true
    }

    fn needs(&self) -> Option<Vec<String>> {
        None
    }

    /// The provider has ended its indications, and with them all subscriptions.
    fn end(&self, result: Result<()>) {
        let subscriptions = {
            let mut state = self.lock();
            state.end.get_or_insert_with(|| result.clone());
            std::mem::take(&mut state.subscriptions)
        };
        let from = &self.log.from;
        for (_, outlet) in subscriptions {
            outlet.end(result.clone().map_err(|error| {
                let text = format!("{from}: the provider ended its indications: {}", error.message());
                Error::new(error.code(), text)
            }));
        }
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
