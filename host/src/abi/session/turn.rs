//! Whose turn it is: after some callbacks the operation waits until the caller acknowledges or answers.

use crate::abi::memory::Outcome;
use omi_sys::*;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

type Response = MI_OperationCallback_ResponseType;

#[derive(Default)]
pub(super) struct Turn {
    of: Mutex<Of>,
    changed: Condvar,
}

#[derive(Clone, Copy, Default)]
enum Of {
    #[default]
    Operation,
    Caller,
    Answered(Response),
}

impl Turn {
    /// It is the caller's turn. Before the callback, which may answer before it returns.
    pub(super) fn begin(&self) {
        *self.lock() = Of::Caller;
    }

    /// The caller's answer; INVALID_PARAMETER when it is not asked.
    pub(super) fn end(&self, response: Response) -> Outcome {
        let mut of = self.lock();
        if !matches!(*of, Of::Caller) {
            return Err(MI_RESULT_INVALID_PARAMETER);
        }
        *of = Of::Answered(response);
        self.changed.notify_all();
        Ok(())
    }

    /// Waits for the answer; `None` when there is none and the caller gives up, which [`notify`](Self::notify) tells.
    pub(super) fn wait(&self, gives_up: impl Fn() -> bool) -> Option<Response> {
        let mut of = self.lock();
        loop {
            if let Of::Answered(response) = *of {
                *of = Of::Operation;
                return Some(response);
            }
            if gives_up() {
                *of = Of::Operation;
                return None;
            }
            of = self.changed.wait(of).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Lets the one who waits look whether the caller gave up.
    pub(super) fn notify(&self) {
        let _of = self.lock();
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Of> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
