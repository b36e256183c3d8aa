//! The listener of an operation whose client wants to be told: turns what the provider says into events, and waits for the
//! client's responses.

use super::exchange::{Exchange, Sent};
use super::wishes::{Treatment, Wishes};
use super::{Decision, Event, Response, callbacks};
use crate::wsman::Answer;
use crate::wsman::charset::Charset;
use crate::wsman::encode::Encoder;
use crate::wsman::write::{self, Envelope};
use omi::dialogue::{Channel, Listener, Progress, Question};
use omi::{Error, Value};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What passes between a provider and the client of its operation.
pub(crate) struct Dialogue {
    wishes: Wishes,
    precise_arrays: bool,
    /// The resource URI of the class.
    uri: String,
    outbox: Mutex<Outbox>,
    /// How long a question waits for its decision: it may hold up a whole library, so the server says, not the client.
    patience: Duration,
    /// Held while a question is open: a response does not say which of several it is for (MS-WSMV section 2.2.4.48).
    turn: Mutex<()>,
    state: Mutex<State>,
    changed: Condvar,
}

struct Outbox {
    line: Line,
    /// What was said while no request of the client was open.
    waiting: VecDeque<Event>,
}

/// The way to the client: a request that is being answered, and what its messages say of it.
pub struct Line {
    /// The request.
    pub exchange: Arc<Exchange>,
    /// The action of its answer.
    pub action: String,
    /// Its message id.
    pub relates_to: Option<String>,
    /// Its `OperationID`.
    pub operation: String,
    /// The charset of its messages.
    pub charset: Charset,
    /// The most bytes of an envelope.
    pub limit: usize,
}

#[derive(Default)]
struct State {
    /// Who waits for a decision.
    open: Option<Subject>,
    decision: Option<Decision>,
    /// Decisions for all further questions, by subject.
    standing: [Option<bool>; 3],
    is_closed: bool,
}

/// What a decision is about. Decisions for all hold for one of them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject {
    Question,
    CriticalQuestion,
    Error,
}

/// The most events that wait for the next Pull.
const MOST_WAITING: usize = 256;

impl Line {
    fn message(&self, event: &Event, number: u32, encoder: &Encoder<'_>, uri: &str) -> Envelope {
        let headers = headers(&self.operation, number);
        let mut envelope = Envelope::answer(&self.action, self.relates_to.as_deref(), &headers, self.charset);
        event.write(&mut envelope.body, encoder, uri);
        envelope
    }
}

/// The headers that every message of a response with several has (MS-WSMV sections 2.2.4.45 and 2.2.4.46).
pub(crate) fn headers(operation: &str, number: u32) -> String {
    let mut headers = String::from("<m:OperationID s:mustUnderstand=\"false\">");
    write::text(&mut headers, operation);
    headers.push_str("</m:OperationID>");
    write::leaf(&mut headers, "m:SequenceId", &number.to_string());
    headers
}

impl Dialogue {
    /// A dialogue over the request that starts the operation.
    pub(crate) fn new(wishes: Wishes, precise_arrays: bool, uri: String, line: Line, patience: Duration) -> Self {
        Self {
            wishes,
            precise_arrays,
            uri,
            patience,
            outbox: Mutex::new(Outbox { line, waiting: VecDeque::new() }),
            turn: Mutex::default(),
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Goes on over another request of the same operation, and sends what waited for it.
    pub(crate) fn continue_over(&self, line: Line) {
        let mut outbox = lock(&self.outbox);
        outbox.line = line;
        for event in std::mem::take(&mut outbox.waiting) {
            self.say_locked(&mut outbox, event);
        }
    }

    /// The operation has ended: open questions are answered with no.
    pub(crate) fn close(&self) {
        lock(&self.state).is_closed = true;
        self.changed.notify_all();
    }

    /// Takes the client's response. False when nothing waits for it.
    pub(crate) fn respond(&self, response: Response) -> bool {
        let mut state = lock(&self.state);
        let is_awaited = state.open.is_some_and(|subject| (subject == Subject::Error) == response.to_error)
            && state.decision.is_none();
        if is_awaited {
            state.decision = Some(response.decision);
            self.changed.notify_all();
        }
        is_awaited
    }

    fn say(&self, event: Event) -> Sent {
        self.say_locked(&mut lock(&self.outbox), event)
    }

    fn say_locked(&self, outbox: &mut Outbox, event: Event) -> Sent {
        let line = &outbox.line;
        let encoder = self.encoder();
        let sent = line.exchange.send(|number| {
            let envelope = line.message(&event, number, &encoder, &self.uri);
            Answer { status: 200, content_type: line.charset.content_type(), body: envelope.finish() }
        });
        if sent == Sent::TooLate {
            if outbox.waiting.len() < MOST_WAITING {
                outbox.waiting.push_back(event);
            } else {
                log::warn!("the client does not ask for more: a {} is lost", event.kind());
            }
        }
        sent
    }

    fn encoder(&self) -> Encoder<'static> {
        Encoder { precise_arrays: self.precise_arrays, ..Encoder::plain() }
    }

    /// Puts a question to the client and waits for its decision. The end of the operation, or of the patience, is a no: who
    /// wants to be asked has not agreed.
    fn decide(&self, event: Event, subject: Subject) -> bool {
        let _turn = lock(&self.turn);
        let mut state = lock(&self.state);
        if let Some(standing) = state.standing[subject as usize] {
            return standing;
        }
        // Before the client can know of the question, so that no response comes too early.
        (state.open, state.decision) = (Some(subject), None);
        drop(state);
        let is_lost = self.say(event) == Sent::Disconnected;
        let is_open = |state: &mut State| state.decision.is_none() && !state.is_closed && !is_lost;
        let waited = self.changed.wait_timeout_while(lock(&self.state), self.patience, is_open);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.open = None;
        let Some(decision) = state.decision.take() else { return false };
        if decision.is_for_all() {
            state.standing[subject as usize] = Some(decision.is_yes());
        }
        decision.is_yes()
    }
}

impl Listener for Dialogue {
    fn message(&self, channel: Channel, text: &str) {
        if self.wishes.wants(channel) {
            self.say(Event::Message { channel, text: text.to_owned() });
        }
    }

    fn progress(&self, progress: &Progress) -> bool {
        self.wishes.registered(callbacks::PROGRESS) && self.say(Event::Progress(progress.clone())) == Sent::Yes
    }

    fn error(&self, error: &Error) -> bool {
        if !self.wishes.registered(callbacks::ERRORS) {
            return true;
        }
        let inquire = self.wishes.decides_errors();
        let event = Event::Error { error: error.clone(), inquire };
        if inquire {
            return self.decide(event, Subject::Error);
        }
        self.say(event);
        true
    }

    fn ask(&self, question: &Question) -> bool {
        let event = Event::question(question);
        let is_critical = matches!(event, Event::Confirm { is_critical: true, .. });
        match self.wishes.treat(question, is_critical) {
            Treatment::Answer(answer) => answer,
            Treatment::Report(answer) => {
                self.say(event);
                answer
            }
            Treatment::Inquire if is_critical => self.decide(event, Subject::CriticalQuestion),
            Treatment::Inquire => self.decide(event, Subject::Question),
        }
    }

    fn stream(&self, parameter: &str, value: Value) -> Result<(), Value> {
        if !self.wishes.registered(callbacks::STREAMS) {
            return Err(value);
        }
        let event = Event::Stream { parameter: parameter.to_owned(), value: value.clone() };
        let mut outbox = lock(&self.outbox);
        // A part that is too large for an envelope is collected, as all are for clients that take none.
        let whole = outbox.line.message(&event, u32::MAX, &self.encoder(), &self.uri).size();
        if whole > outbox.line.limit || self.say_locked(&mut outbox, event) != Sent::Yes {
            return Err(value);
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
