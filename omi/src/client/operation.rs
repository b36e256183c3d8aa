//! A running operation and its results.

use super::channel::Channel;
use crate::{Error, Instance, Result};
use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// A running operation: an iterator over its results, which ends after the last one or after an error.
///
/// Waiting is done by blocking, as here, or by a task with [`next_async`](Self::next_async). Results that nobody takes hold
/// the server back. Dropping the operation cancels it.
///
/// ```no_run
/// # fn list(session: &omi::client::Session) -> omi::Result<()> {
/// for process in session.enumerate("root/cimv2", "CIM_Process", &Default::default()) {
///     println!("{:?}", process?.text("Name"));
/// }
/// # Ok(())
/// # }
/// ```
pub struct Operation<T> {
    channel: Arc<Channel<T>>,
    ready: VecDeque<T>,
    ended: bool,
}

/// An indication as it comes from a subscription.
#[derive(Clone, Debug, PartialEq)]
pub struct Indication {
    /// The indication.
    pub instance: Instance,
    /// From where a later subscription can go on, where the provider gives that.
    pub bookmark: Option<String>,
    /// Which computer it comes from, where the server says so.
    pub machine: Option<String>,
}

/// Cancels an operation, from any thread and as often as one likes. It does not keep the operation alive.
#[derive(Clone)]
pub struct Canceller(Arc<dyn Fn() + Send + Sync>);

impl Canceller {
    /// Ends the operation for its reader at once with an error, and tells the server.
    pub fn cancel(&self) {
        (self.0)();
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Canceller")
    }
}

impl<T: Send + 'static> Operation<T> {
    pub(super) fn new(channel: Arc<Channel<T>>) -> Self {
        Self { channel, ready: VecDeque::new(), ended: false }
    }

    /// What cancels this operation.
    pub fn canceller(&self) -> Canceller {
        let channel = Arc::downgrade(&self.channel);
        Canceller(Arc::new(move || {
            if let Some(channel) = channel.upgrade() {
                channel.cancel();
            }
        }))
    }

    /// Cancels the operation: unread results are dropped, and the next one is an error.
    pub fn cancel(&mut self) {
        self.ready.clear();
        self.channel.cancel();
    }

    /// Whether the next result, or the end, is there already.
    pub fn is_ready(&self) -> bool {
        !self.ready.is_empty() || self.ended || self.channel.is_ready()
    }

    /// The next result for a task; `None` after the last one. Works in any executor.
    pub async fn next_async(&mut self) -> Option<Result<T>> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// The next result for a task that is woken when it comes: the form that stream traits want.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        if self.ready.is_empty() && !self.ended {
            let end = ready!(self.channel.poll_take(&mut self.ready, context));
            return Poll::Ready(self.step(end));
        }
        Poll::Ready(self.step(None))
    }

    fn step(&mut self, end: Option<Result<()>>) -> Option<Result<T>> {
        self.ended |= end.is_some();
        match end {
            Some(end) => end.err().map(Err),
            None => self.ready.pop_front().map(Ok),
        }
    }

    /// The only result.
    ///
    /// # Errors
    /// The operation's error, and FAILED when there is none or more than one.
    pub fn one(mut self) -> Result<T> {
        let first = self.next().transpose()?;
        let one = first.ok_or_else(|| Error::failed("the server reported success, but sent no result"))?;
        match self.next().transpose()? {
            None => Ok(one),
            Some(_) => Err(Error::failed("the server sent several results, but one is expected")),
        }
    }

    /// Waits for the end and drops all results.
    ///
    /// # Errors
    /// The operation's error.
    pub fn finish(mut self) -> Result<()> {
        self.try_for_each(|result| result.map(drop))
    }
}

impl<T: Send + 'static> Iterator for Operation<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        let end = if self.ready.is_empty() && !self.ended { self.channel.take(&mut self.ready) } else { None };
        self.step(end)
    }
}

impl<T> Drop for Operation<T> {
    fn drop(&mut self) {
        self.channel.cancel();
    }
}
