//! Whether a provider is in use, so that one that is not can be unloaded.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// The use of one loaded provider. The module holds it, and so does every exchange with the provider.
pub(super) struct Usage {
    /// `RefuseUnload` sets it, `RequestUnload` clears it.
    refuses: AtomicBool,
    idle_since: Mutex<Instant>,
}

impl Usage {
    pub(super) fn new() -> Self {
        Self { refuses: AtomicBool::new(false), idle_since: Mutex::new(Instant::now()) }
    }

    pub(super) fn refuse_unload(&self, refuses: bool) {
        self.refuses.store(refuses, Ordering::Release);
    }

    pub(super) fn refuses_unload(&self) -> bool {
        self.refuses.load(Ordering::Acquire)
    }

    /// An exchange ends now.
    pub(super) fn touch(&self) {
        *self.idle_since.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    pub(super) fn idle_since(&self) -> Instant {
        *self.idle_since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
