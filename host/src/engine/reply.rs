//! What the caller of [`Host::submit`](super::Host::submit) holds: the results of one operation.

use super::queue::{CancelReason, Queue};
use omi::{Error, Instance, Result};
use std::sync::Arc;
use std::thread::ThreadId;
use std::time::{Duration, Instant};

/// The results of one operation. Dropping it cancels the operation.
pub struct Reply {
    queue: Arc<Queue>,
    servers: Vec<ThreadId>,
}

/// Some results of an operation.
#[derive(Debug)]
pub struct Batch {
    /// The instances, in the order in which they were posted.
    pub instances: Vec<Instance>,
    /// How the operation ended, when nothing follows. Instances posted before an error are delivered with or before it.
    pub end: Option<Result<()>>,
    /// The bookmark of the last indication in `instances`, where its provider gives bookmarks.
    pub bookmark: Option<String>,
}

/// Cancels one operation, from any thread and as often as one likes; the provider and the reader learn of it at once.
pub type Canceller = Box<dyn Fn() + Send + Sync>;

/// Lets a reader that waits, or else the next one, return with what is there, if only nothing.
pub(crate) type Waker = Box<dyn Fn() + Send + Sync>;

impl Reply {
    pub(crate) fn new(queue: Arc<Queue>, servers: Vec<ThreadId>) -> Self {
        Self { queue, servers }
    }

    /// The threads of the libraries that serve the operation, which must not wait for it.
    pub(crate) fn servers(&self) -> &[ThreadId] {
        &self.servers
    }

    /// What interrupts a reader. It does not keep the operation alive.
    pub(crate) fn waker(&self) -> Waker {
        let queue = Arc::downgrade(&self.queue);
        Box::new(move || {
            if let Some(queue) = queue.upgrade() {
                queue.wake_reader();
            }
        })
    }

    /// Waits until `count` instances are there, the operation ended, or `patience` passed since the call with at least
    /// one instance ready. With none ready it waits on until the first instance, the end, or the request's deadline,
    /// which ends the operation with an error that [`is_timeout`](super::is_timeout) recognises.
    pub fn next(&mut self, count: usize, patience: Duration) -> Batch {
        self.take(1, count, patience)
    }

    /// As [`next`](Self::next), but gives nothing rather than to wait longer than `patience`.
    pub fn more(&mut self, count: usize, patience: Duration) -> Batch {
        self.take(0, count, patience)
    }

    fn take(&mut self, least: usize, count: usize, patience: Duration) -> Batch {
        self.queue.take(least, count, patience)
    }

    /// What cancels the operation. It does not keep the operation alive.
    pub fn canceller(&self) -> Canceller {
        let queue = Arc::downgrade(&self.queue);
        Box::new(move || {
            if let Some(queue) = queue.upgrade() {
                queue.cancel(CancelReason::Abandoned);
            }
        })
    }

    /// Replaces the request's deadline. `None` waits without limit.
    pub fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.queue.set_deadline(deadline);
    }

    /// All instances.
    ///
    /// # Errors
    /// The operation's error; instances posted before it are lost.
    pub fn collect(mut self) -> Result<Vec<Instance>> {
        let Batch { instances, end, .. } = self.next(usize::MAX, Duration::MAX);
        end.unwrap_or(Ok(())).map(|()| instances)
    }

    /// The only instance.
    ///
    /// # Errors
    /// The operation's error, and FAILED when the provider posted none or several.
    pub fn one(self) -> Result<Instance> {
        let mut instances = self.collect()?;
        match (instances.pop(), instances.len()) {
            (Some(instance), 0) => Ok(instance),
            (None, _) => Err(Error::failed("the provider reported success, but posted no instance")),
            (Some(_), others) => {
                Err(Error::failed(format!("the provider posted {} instances, but one is expected", others + 1)))
            }
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        self.queue.abandon();
    }
}
