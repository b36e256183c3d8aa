//! The handles that C code holds: numbers that are never used again. A handle of something that was closed leads to
//! nothing, so using it is an error and no crash.

use crate::abi::memory::Outcome;
use omi_sys::*;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What handles of one kind stand for.
pub(super) struct Handles<T>(Mutex<BTreeMap<u64, Arc<T>>>);

/// A number for a new handle.
pub(super) fn fresh() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

impl<T> Handles<T> {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    pub(super) fn add(&self, handle: u64, value: Arc<T>) {
        self.lock().insert(handle, value);
    }

    /// What a handle stands for; INVALID_PARAMETER when it is closed or was never given out.
    pub(super) fn get(&self, handle: u64) -> Outcome<Arc<T>> {
        self.lock().get(&handle).cloned().ok_or(MI_RESULT_INVALID_PARAMETER)
    }

    /// As [`get`](Self::get), for the last time.
    pub(super) fn remove(&self, handle: u64) -> Outcome<Arc<T>> {
        self.lock().remove(&handle).ok_or(MI_RESULT_INVALID_PARAMETER)
    }

    /// Forgets what is not wanted any more.
    pub(super) fn retain(&self, keep: impl Fn(&T) -> bool) {
        self.lock().retain(|_, value| keep(value));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
