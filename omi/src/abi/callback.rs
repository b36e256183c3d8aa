//! Closures that a host calls: when a request is cancelled, and when the wanted lifecycle indications change.
//!
//! What the host keeps for us is a number, never a pointer, so a call that comes late finds nothing and does no harm.

use omi_sys::*;
use std::collections::HashMap;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

type Closure = Arc<dyn Fn(u32) + Send + Sync>;
type Closures = HashMap<usize, Closure>;

static CLOSURES: LazyLock<Mutex<Closures>> = LazyLock::new(Mutex::default);

/// Closures run outside the lock, so a poisoned lock guards a whole map.
fn closures() -> MutexGuard<'static, Closures> {
    CLOSURES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A closure that a host may call until this value goes.
pub(crate) struct Callback(usize);

impl Callback {
    pub(crate) fn new(closure: impl Fn(u32) + Send + Sync + 'static) -> Self {
        static LAST: AtomicUsize = AtomicUsize::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        closures().insert(number, Arc::new(closure));
        Self(number)
    }

    /// What the host hands back to [`canceled`] or [`types_changed`].
    pub(crate) fn data(&self) -> *mut c_void {
        std::ptr::without_provenance_mut(self.0)
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        let closure = closures().remove(&self.0);
        // Outside the lock: what the closure owns may have callbacks of its own.
        drop(closure);
    }
}

/// The host's `MI_CancelCallback`.
pub(crate) unsafe extern "C" fn canceled(reason: MI_CancellationReason, data: *mut c_void) {
    call(data, reason.0);
}

/// The host's `MI_LifecycleIndicationCallback`.
pub(crate) unsafe extern "C" fn types_changed(types: MI_Uint32, data: *mut c_void) {
    call(data, types);
}

fn call(data: *mut c_void, number: u32) {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let closure = closures().get(&data.addr()).cloned();
        if let Some(closure) = closure {
            closure(number);
        }
    }));
    if outcome.is_err() {
        log::error!("a callback of the provider panicked");
    }
}
