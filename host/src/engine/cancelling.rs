//! Cancel callbacks of contexts that belong to no queue: those of indications.

use super::queue::{CancelReason, OnCancel};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What to call when the subscription, or all subscriptions of a provider, end.
#[derive(Default)]
pub(crate) struct Cancelling(Mutex<State>);

#[derive(Default)]
struct State {
    callbacks: Vec<OnCancel>,
    reason: Option<CancelReason>,
}

impl Cancelling {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.lock().reason.is_some()
    }

    /// Registers a callback; it is called at once when it is too late.
    pub(crate) fn on_cancel(&self, callback: OnCancel) {
        let mut state = self.lock();
        match state.reason {
            Some(reason) => {
                drop(state);
                callback(reason);
            }
            None => state.callbacks.push(callback),
        }
    }

    /// Calls all callbacks, once.
    pub(crate) fn cancel(&self, reason: CancelReason) {
        let callbacks = {
            let mut state = self.lock();
            state.reason.get_or_insert(reason);
            std::mem::take(&mut state.callbacks)
        };
        callbacks.into_iter().for_each(|callback| callback(reason));
    }
}
