//! One request while the service works on it, as the service and its carrier see it: what goes to the client ahead of the
//! answer, and that the client is gone.

use crate::engine::Canceller;
use crate::wsman::Answer;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// One request at work.
#[derive(Default)]
pub struct Exchange {
    state: Mutex<State>,
    /// Signalled when a message was taken, and when none is taken any more.
    room: Condvar,
}

#[derive(Default)]
struct State {
    messages: VecDeque<Answer>,
    bytes: usize,
    sent: u32,
    waker: Option<Waker>,
    canceller: Option<Canceller>,
    /// The answer is being written.
    is_finished: bool,
    /// Nobody takes messages any more.
    is_disconnected: bool,
    /// The time to come back is over.
    is_abandoned: bool,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It is on its way.
    Yes,
    /// The answer was sooner; a later request of the same enumeration can take it.
    TooLate,
    /// The client is gone.
    Disconnected,
}

/// The most bytes that wait for a slow client, besides one message.
const MOST_BYTES: usize = 1 << 20;

impl Exchange {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what `write` makes of the message's number, which counts from 1. Waits while the client is slow.
    pub fn send(&self, write: impl FnOnce(u32) -> Answer) -> Sent {
        let mut state = self.lock();
        while state.bytes > MOST_BYTES && !state.is_finished && !state.is_disconnected {
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.is_disconnected {
            return Sent::Disconnected;
        }
        if state.is_finished {
            return Sent::TooLate;
        }
        state.sent += 1;
        let message = write(state.sent);
        state.bytes += message.body.len();
        state.messages.push_back(message);
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
        Sent::Yes
    }

    /// Notes what cancels the operation that the request waits for.
    pub fn started(&self, canceller: Canceller) {
        let mut state = self.lock();
        if state.is_abandoned {
            drop(state);
            return canceller();
        }
        state.canceller = Some(canceller);
    }

    /// Takes no more messages, and forgets the operation. The number of messages that went ahead.
    pub fn finish(&self) -> u32 {
        let mut state = self.lock();
        state.is_finished = true;
        let canceller = state.canceller.take();
        let sent = state.sent;
        drop(state);
        drop(canceller);
        self.room.notify_all();
        sent
    }

    /// The next message ahead of the answer.
    pub fn poll_message(&self, context: &mut Context<'_>) -> Poll<Answer> {
        let mut state = self.lock();
        match state.messages.pop_front() {
            Some(message) => {
                state.bytes -= message.body.len();
                self.room.notify_all();
                Poll::Ready(message)
            }
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    /// The client is gone. Whether an operation still runs for it.
    pub fn disconnect(&self) -> bool {
        let mut state = self.lock();
        state.is_disconnected = true;
        self.room.notify_all();
        !state.is_finished
    }

    /// Cancels the operation, unless it has ended.
    pub fn abandon(&self) {
        let mut state = self.lock();
        state.is_abandoned = true;
        let canceller = state.canceller.take();
        drop(state);
        if let Some(cancel) = canceller {
            cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    fn message(size: usize) -> Answer {
        Answer { status: 200, content_type: "text/xml", body: vec![b' '; size] }
    }

    #[test]
    fn messages_are_numbered_and_come_out_in_order_until_the_answer() {
        let exchange = Exchange::default();
        let mut context = Context::from_waker(Waker::noop());
        assert!(exchange.poll_message(&mut context).is_pending());
        for size in [10, 20] {
            assert_eq!(exchange.send(|number| message(size + number as usize)), Sent::Yes);
        }
        assert_eq!(exchange.finish(), 2);
        assert_eq!(exchange.send(|_| message(1)), Sent::TooLate);
        for expected in [11, 22] {
            let Poll::Ready(message) = exchange.poll_message(&mut context) else { panic!("a message is missing") };
            assert_eq!(message.body.len(), expected);
        }
        assert!(!exchange.disconnect(), "nothing runs any more");
    }

    #[test]
    fn a_slow_client_holds_back_the_sender_until_it_leaves() {
        let exchange = Arc::new(Exchange::default());
        exchange.send(|_| message(MOST_BYTES + 1));
        let sender = thread::spawn({
            let exchange = exchange.clone();
            move || exchange.send(|_| message(1))
        });
        assert!(exchange.disconnect());
        assert_eq!(sender.join().unwrap(), Sent::Disconnected);
    }

    #[test]
    fn an_abandoned_operation_is_cancelled_once_however_late_it_starts() {
        let cancelled = Arc::new(AtomicUsize::new(0));
        let canceller = || {
            let cancelled = cancelled.clone();
            Box::new(move || {
                cancelled.fetch_add(1, Ordering::Relaxed);
            })
        };
        let (early, late, over) = (Exchange::default(), Exchange::default(), Exchange::default());
        early.started(canceller());
        early.abandon();
        early.abandon();
        late.abandon();
        late.started(canceller());
        assert_eq!(cancelled.load(Ordering::Relaxed), 2);
        over.started(canceller());
        over.finish();
        over.abandon();
        assert_eq!(cancelled.load(Ordering::Relaxed), 2);
    }
}
