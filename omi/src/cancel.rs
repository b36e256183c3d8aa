//! Cancelling: a closure that runs when the client has gone, gave up, or has run out of time.
//!
//! Work in a loop asks now and then whether anybody still waits, by [`Query::canceled`]; posting fails then anyway. Work that
//! waits for something has [`Query::on_cancel`] wake it:
//!
//! ```
//! fn drain(queue: &mut Vec<String>, query: &omi::Query<'_>) -> omi::Result<()> {
//!     while let Some(job) = queue.pop() {
//!         if query.canceled() {
//!             return Err(omi::Error::failed(format!("cancelled before the job {job}")));
//!         }
//!         // ... the job ...
//!     }
//!     Ok(())
//! }
//! ```

use crate::Query;
use crate::abi::callback::{self, Callback};
use crate::dialogue::Support;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Why an operation is cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CancelReason {
    /// The client wants no more of it, or is gone.
    Client,
    /// The operation's time is over.
    Timeout,
    /// The host shuts down.
    Shutdown,
    /// The host's service is being stopped.
    ServiceStop,
    /// A reason that mi.h does not name.
    Other(u32),
}

impl CancelReason {
    fn from_code(code: u32) -> Self {
        match code {
            0 => Self::Client,
            1 => Self::Timeout,
            2 => Self::Shutdown,
            3 => Self::ServiceStop,
            other => Self::Other(other),
        }
    }
}

type Closure = Box<dyn FnOnce(CancelReason) + Send>;

/// What waits for a request to be cancelled.
#[derive(Default)]
pub(crate) struct Cancel {
    waiting: Arc<Mutex<Waiting>>,
    /// What the host calls; `None` while nothing waits.
    callback: Mutex<Option<Callback>>,
}

#[derive(Default)]
struct Waiting {
    reason: Option<CancelReason>,
    closures: Vec<Closure>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Closures run outside the lock, so a poisoned one guards whole data.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn fire(waiting: &Mutex<Waiting>, reason: CancelReason) {
    let closures = {
        let mut waiting = lock(waiting);
        waiting.reason.get_or_insert(reason);
        std::mem::take(&mut waiting.closures)
    };
    closures.into_iter().for_each(|closure| closure(reason));
}

impl Query<'_> {
    /// Runs `closure` when the operation is cancelled, at once when it is already; once at most. It runs on a thread of the
    /// host and must be quick: let it wake the thread that works. A closure that did not run is dropped with the request.
    ///
    /// [`Support::Unsupported`] under omiserver, which never tells; the closure is dropped then.
    ///
    /// ```
    /// # fn wait(query: &omi::Query<'_>) -> omi::Result<()> {
    /// let (stop, stopped) = std::sync::mpsc::channel();
    /// query.on_cancel({
    ///     let stop = stop.clone();
    ///     move |reason| stop.send(format!("cancelled: {reason:?}")).unwrap_or_default()
    /// });
    /// // ... and what is waited for sends to `stop`, too ...
    /// # stop.send(String::new()).unwrap_or_default();
    /// query.debug(&stopped.recv().unwrap_or_default());
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_cancel(&self, closure: impl FnOnce(CancelReason) + Send + 'static) -> Support {
        let reason = {
            let mut waiting = lock(&self.cancel.waiting);
            waiting.closures.push(Box::new(closure));
            waiting.reason
        };
        if let Some(reason) = reason {
            fire(&self.cancel.waiting, reason);
            return Support::Done;
        }
        let mut callback = lock(&self.cancel.callback);
        if callback.is_none() {
            let waiting = self.cancel.waiting.clone();
            let new = Callback::new(move |code| fire(&waiting, CancelReason::from_code(code)));
            if self.context.register_cancel(Some(callback::canceled), new.data()) == Support::Unsupported {
                drop(std::mem::take(&mut lock(&self.cancel.waiting).closures));
                return Support::Unsupported;
            }
            *callback = Some(new);
        }
        drop(callback);
        // A host need not call back for what happened before it was asked to.
        if self.canceled() {
            fire(&self.cancel.waiting, CancelReason::Client);
        }
        Support::Done
    }
}
