//! The memory of contexts: why a late post cannot crash the host.
//!
//! A provider may use a context after its final post; that is a bug, but a common one. So the memory of a context is
//! never freed. A slot leads to its [`Exchange`] until the final post, and to nothing afterwards: posts are then refused.
//! When the final post has happened *and* the provider's handler has returned, the exchange is dropped and its slot
//! joins the end of a queue. Slots are used again from the front of that queue, and only when it is longer than
//! [`QUARANTINE`], so that a stray post hits another request only if that many contexts came and went in between.

use super::context::CONTEXT_FT;
use super::exchange::Exchange;
use super::memory::Outcome;
use omi_sys::*;
use std::collections::VecDeque;
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many retired slots are kept unused; they take less than a megabyte.
const QUARANTINE: usize = 16_384;

static RETIRED: Mutex<VecDeque<&'static Slot>> = Mutex::new(VecDeque::new());

/// A context as providers see it, and behind it what it stands for.
#[repr(C)]
pub(super) struct Slot {
    context: MI_Context,
    exchange: Mutex<Option<Arc<Exchange>>>,
}

// SAFETY: the header is constant, and the rest is behind a lock.
unsafe impl Sync for Slot {}
// SAFETY: as above.
unsafe impl Send for Slot {}

impl Slot {
    /// A slot that nobody uses. [`open`](Self::open) puts it to use, [`retire`](Self::retire) ends that.
    pub(super) fn unused() -> &'static Self {
        let mut retired = RETIRED.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = if retired.len() > QUARANTINE { retired.pop_front() } else { None };
        oldest.unwrap_or_else(|| {
            let context = MI_Context { ft: &raw const CONTEXT_FT, reserved: [0; 3] };
            Box::leak(Box::new(Self { context, exchange: Mutex::new(None) }))
        })
    }

    /// Lets the context stand for an exchange, and returns it for the provider.
    pub(super) fn open(&'static self, exchange: Arc<Exchange>) -> *mut MI_Context {
        *self.lock() = Some(exchange);
        ptr::from_ref(self).cast_mut().cast()
    }

    /// Puts the slot into quarantine.
    pub(super) fn retire(&'static self) {
        RETIRED.lock().unwrap_or_else(PoisonError::into_inner).push_back(self);
    }

    /// Takes the exchange away; `None` when the final post has been.
    pub(super) fn close(&self) -> Option<Arc<Exchange>> {
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Exchange>>> {
        self.exchange.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The slot of a context; INVALID_PARAMETER for NULL and for what is no context of this host.
///
/// # Safety
/// `context` is NULL or valid.
unsafe fn slot<'a>(context: *const MI_Context) -> Outcome<&'a Slot> {
    // SAFETY: the caller says so; a context with our table is a slot, and slots are never freed.
    unsafe {
        match context.as_ref() {
            Some(head) if ptr::eq(head.ft, &raw const CONTEXT_FT) => Ok(&*context.cast::<Slot>()),
            _ => Err(MI_RESULT_INVALID_PARAMETER),
        }
    }
}

/// What a context stands for; INVALID_PARAMETER after the final post.
///
/// # Safety
/// `context` is NULL or valid.
pub(super) unsafe fn exchange(context: *const MI_Context) -> Outcome<Arc<Exchange>> {
    // SAFETY: passed on.
    unsafe { slot(context)? }.lock().clone().ok_or(MI_RESULT_INVALID_PARAMETER)
}

/// As [`exchange`], for the final post: nobody gets it afterwards.
///
/// # Safety
/// `context` is NULL or valid.
pub(super) unsafe fn close(context: *const MI_Context) -> Outcome<Arc<Exchange>> {
    // SAFETY: passed on.
    unsafe { slot(context)? }.close().ok_or(MI_RESULT_INVALID_PARAMETER)
}
