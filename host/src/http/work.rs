//! A request at work: what the service sends ahead of its answer, the answer, and what becomes of both when the client leaves.

use crate::wsman::fault::{Fault, kind};
use crate::wsman::interactive::Exchange;
use crate::wsman::service::{Answer, answer_fault};
use http_body_util::Full;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// A request at work. Dropping it before its answer is there means that the client is gone: hyper drops what it waits for when
/// the connection is closed, which it watches. A client that closes its sending side alone counts as gone, too.
pub(super) struct Work {
    pub(super) exchange: Arc<Exchange>,
    pub(super) service: JoinHandle<Answer>,
    /// How long the operation runs on without its client.
    pub(super) grace: Duration,
    answer: Option<Answer>,
}

/// What a request at work gives.
pub(super) enum Part {
    /// A message ahead of the answer.
    Message(Answer),
    /// The answer: nothing follows.
    Answer(Answer),
}

impl Work {
    pub(super) fn new(exchange: Arc<Exchange>, service: JoinHandle<Answer>, grace: Duration) -> Self {
        Self { exchange, service, grace, answer: None }
    }

    /// The first part.
    pub(super) async fn next(&mut self) -> Part {
        poll_fn(|context| self.poll_next(context)).await
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Part> {
        // In this order, since all messages were sent before the answer was there.
        if self.answer.is_none()
            && let Poll::Ready(outcome) = Pin::new(&mut self.service).poll(context)
        {
            self.answer = Some(outcome.unwrap_or_else(|error| {
                log::error!("a request ended in a panic: {error}");
                let fault = Fault::new(kind::INTERNAL_ERROR, "the service failed at this request; its log says more");
                answer_fault(500, &fault, None, Default::default())
            }));
        }
        if let Poll::Ready(message) = self.exchange.poll_message(context) {
            return Poll::Ready(Part::Message(message));
        }
        match self.answer.take() {
            Some(answer) => Poll::Ready(Part::Answer(answer)),
            None => Poll::Pending,
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if !self.exchange.disconnect() {
            return;
        }
        let (exchange, grace) = (self.exchange.clone(), self.grace);
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(async move {
                tokio::time::sleep(grace).await;
                exchange.abandon();
            })),
            // The server is stopping.
            Err(_) => exchange.abandon(),
        }
    }
}

/// The body of a response.
pub(super) enum Content {
    /// One message.
    Whole(Full<Bytes>),
    /// Messages as they come, each in a chunk of its own (MS-WSMV section 3.2.4.2.1).
    Parts {
        /// What comes next, where it is there already.
        first: Option<Bytes>,
        /// Where the rest comes from; `None` after the answer.
        work: Option<Box<Work>>,
    },
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(Full::new(bytes))
    }
}

impl Body for Content {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Whole(whole) => Pin::new(whole).poll_frame(context),
            Self::Parts { first, work } => {
                if let Some(first) = first.take() {
                    return Poll::Ready(Some(Ok(Frame::data(first))));
                }
                let Some(at_work) = work else { return Poll::Ready(None) };
                let Poll::Ready(part) = at_work.poll_next(context) else { return Poll::Pending };
                let message = match part {
                    Part::Message(message) => message,
                    Part::Answer(answer) => {
                        *work = None;
                        answer
                    }
                };
                Poll::Ready(Some(Ok(Frame::data(Bytes::from(message.body)))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(whole) => whole.is_end_stream(),
            Self::Parts { first, work } => first.is_none() && work.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(whole) => whole.size_hint(),
            Self::Parts { .. } => SizeHint::default(),
        }
    }
}
