//! Whether a provider is in use, so that one that is not can be unloaded.

use super::declaration::Declarations;
use super::lifecycle::LifecycleContext;
use crate::engine::lifecycle::Lifecycle;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

/// The use of one loaded provider. The module holds it, and so does every exchange with the provider.
pub(super) struct Usage {
    /// `RefuseUnload` sets it, `RequestUnload` clears it.
    refuses: AtomicBool,
    idle_since: Mutex<Instant>,
    /// Who wants to know what happens to the provider's instances.
    pub(super) lifecycle: Arc<Lifecycle>,
    lifecycle_context: OnceLock<&'static LifecycleContext>,
}

impl Usage {
    pub(super) fn new() -> Self {
        Self {
            refuses: AtomicBool::new(false),
            idle_since: Mutex::new(Instant::now()),
            lifecycle: Arc::default(),
            lifecycle_context: OnceLock::new(),
        }
    }

    /// The lifecycle context of the provider, always the same.
    pub(super) fn lifecycle_context(&self, declarations: &Arc<Declarations>) -> &'static LifecycleContext {
        let make = || LifecycleContext::forever(self.lifecycle.clone(), declarations.clone());
        self.lifecycle_context.get_or_init(make)
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
