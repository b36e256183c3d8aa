//! The callbacks of an operation: its results, and what its provider says and asks meanwhile. They come one at a time, on
//! the thread that drives the operation; a provider that speaks only leaves word for it, and waits when it needs an answer.

use super::operation::{Respond, Running};
use super::options::Wishes;
use super::task::{Delivery, c_text, cim_error};
use crate::abi::build::{self, OwnedInstance};
use crate::abi::declaration::Declarations;
use crate::engine::Waker;
use omi::dialogue::{Channel, Listener, Progress, Question};
use omi::{Error, Value};
use omi_sys::*;
use std::ffi::c_void;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Instant;

/// How much a provider may say before it must wait for the callbacks.
const MOST_WORDS: usize = 256;

/// What mi.h has for a percentage or a time that nobody knows.
const UNKNOWN: MI_Uint32 = MI_Uint32::MAX;

/// Which results an operation has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Yields {
    Instances,
    Indications,
    Classes,
}

/// The caller's callbacks.
#[derive(Clone, Copy)]
pub(super) struct Callbacks(MI_OperationCallbacks);

// SAFETY: by giving callbacks the caller allows them, with their context, on any thread.
unsafe impl Send for Callbacks {}
// SAFETY: as above.
unsafe impl Sync for Callbacks {}

impl Callbacks {
    /// # Safety
    /// `callbacks` is NULL or valid.
    pub(super) unsafe fn copy(callbacks: *const MI_OperationCallbacks) -> Self {
        // SAFETY: the caller says so.
        Self(unsafe { callbacks.as_ref() }.copied().unwrap_or(MI_OPERATIONCALLBACKS_NULL))
    }

    /// Whether the results come by callback.
    pub(super) fn take_results(&self, yields: Yields) -> bool {
        match yields {
            Yields::Instances => self.0.instanceResult.is_some(),
            Yields::Indications => self.0.indicationResult.is_some(),
            Yields::Classes => self.0.classResult.is_some(),
        }
    }

    /// Gives a result, or the end.
    pub(super) fn deliver(&self, yields: Yields, operation: *mut MI_Operation, it: &Delivery, ack: Acknowledge) {
        let context = self.0.callbackContext;
        let (more, code, text, details) = (it.more(), it.code(), it.text(), it.details());
        // SAFETY: the callbacks are the caller's, and what they are given lives until they have returned and, where that
        // was asked for, acknowledged it.
        unsafe {
            match yields {
                Yields::Instances => {
                    let Some(result) = self.0.instanceResult else { return };
                    result(operation, context, it.instance(), more, code, text, details, ack);
                }
                Yields::Indications => {
                    let Some(result) = self.0.indicationResult else { return };
                    let (bookmark, machine) = (it.bookmark(), std::ptr::null());
                    result(operation, context, it.instance(), bookmark, machine, more, code, text, details, ack);
                }
                Yields::Classes => {
                    let Some(result) = self.0.classResult else { return };
                    result(operation, context, it.class(), more, code, text, details, ack);
                }
            }
        }
    }
}

/// By which a callback says that it is done with a result; NULL when its return says that.
pub(super) type Acknowledge = Option<unsafe extern "C" fn(*mut MI_Operation) -> MI_Result>;

/// What a provider leaves for the callbacks.
enum Word {
    Message(Channel, String),
    Progress(Progress),
    /// With an answer, if one is wanted.
    Error(Error, Option<SyncSender<bool>>),
    Question(Question, Option<SyncSender<bool>>),
    Stream(String, Value),
}

/// The provider's end.
pub(super) struct Speaker {
    callbacks: Callbacks,
    wishes: Wishes,
    words: SyncSender<Word>,
    waker: OnceLock<Waker>,
    /// When the operation ends, and with it the wait for an answer.
    deadline: OnceLock<Instant>,
}

/// The end of the callbacks.
pub(super) struct Words {
    callbacks: Callbacks,
    left: Receiver<Word>,
    /// What the user answered to all questions to come, and whether to go on after all errors to come.
    all_questions: Option<bool>,
    all_errors: Option<bool>,
}

/// Both ends.
pub(super) fn dialogue(callbacks: Callbacks, wishes: Wishes) -> (Speaker, Words) {
    let (words, left) = sync_channel(MOST_WORDS);
    (
        Speaker { callbacks, wishes, words, waker: OnceLock::new(), deadline: OnceLock::new() },
        Words { callbacks, left, all_questions: None, all_errors: None },
    )
}

impl Speaker {
    /// Says how the driving thread is interrupted when there is something to tell.
    pub(super) fn wake_by(&self, waker: Waker) {
        let _ = self.waker.set(waker);
    }

    /// Says when the operation ends, if not before.
    pub(super) fn end_at(&self, deadline: Option<Instant>) {
        deadline.map(|deadline| self.deadline.set(deadline));
    }

    /// Whether somebody will hear it.
    fn leave(&self, word: Word) -> bool {
        let is_left = self.words.send(word).is_ok();
        if let Some(wake) = self.waker.get() {
            wake();
        }
        is_left
    }

    /// Says something that has an answer, as the mode wants it. Asked, the callback decides, and nobody when the
    /// operation is over before; told only, or not even that, the answer is `otherwise`.
    fn say(&self, mode: MI_CallbackMode, otherwise: bool, word: impl FnOnce(Option<SyncSender<bool>>) -> Word) -> bool {
        match mode {
            MI_CALLBACKMODE_IGNORE => otherwise,
            MI_CALLBACKMODE_REPORT => {
                self.leave(word(None));
                otherwise
            }
            _ => {
                let (answer, answered) = sync_channel(1);
                self.leave(word(Some(answer))) && self.await_answer(&answered)
            }
        }
    }
}

impl Speaker {
    /// The answer; no when there is none while the operation lasts, so that a C library's thread is not held up longer.
    fn await_answer(&self, answered: &Receiver<bool>) -> bool {
        match self.deadline.get() {
            Some(at) => answered.recv_timeout(at.saturating_duration_since(Instant::now())).unwrap_or(false),
            None => answered.recv().unwrap_or(false),
        }
    }
}

impl Listener for Speaker {
    fn message(&self, channel: Channel, text: &str) {
        if self.callbacks.0.writeMessage.is_some() && self.wishes.channels.wants(channel as u32) {
            self.leave(Word::Message(channel, text.to_owned()));
        }
    }

    fn progress(&self, progress: &Progress) -> bool {
        self.callbacks.0.writeProgress.is_some() && self.leave(Word::Progress(progress.clone()))
    }

    fn error(&self, error: &Error) -> bool {
        let word = |answer| Word::Error(error.clone(), answer);
        self.callbacks.0.writeError.is_none() || self.say(self.wishes.errors, true, word)
    }

    fn ask(&self, question: &Question) -> bool {
        match self.callbacks.0.promptUser {
            Some(_) => {
                let word = |answer| Word::Question(question.clone(), answer);
                self.say(self.wishes.prompts, self.wishes.answer, word)
            }
            None => question.unasked(),
        }
    }

    fn stream(&self, parameter: &str, value: Value) -> Result<(), Value> {
        if self.callbacks.0.streamedParameterResult.is_none() {
            return Err(value);
        }
        self.leave(Word::Stream(parameter.to_owned(), value));
        Ok(())
    }
}

impl Words {
    /// Tells the callbacks all that was left for them.
    pub(super) fn tell(&mut self, running: &Running) {
        while let Ok(word) = self.left.try_recv() {
            match word {
                Word::Message(channel, text) => self.message(running, channel, &text),
                Word::Progress(progress) => self.progress(running, &progress),
                Word::Stream(parameter, value) => self.stream(running, &parameter, &value),
                Word::Error(error, answer) => give(self.error(running, &error, answer.is_some()), answer),
                Word::Question(question, answer) => give(self.question(running, &question, answer.is_some()), answer),
            }
        }
    }

    fn context(&self) -> *mut c_void {
        self.callbacks.0.callbackContext
    }

    // In the following the SAFETY is the same: the callbacks are the caller's, and their arguments live until they have
    // returned and answered.

    fn message(&self, running: &Running, channel: Channel, text: &str) {
        let Some(write) = self.callbacks.0.writeMessage else { return };
        // SAFETY: see above.
        unsafe { write(running.handle(), self.context(), channel as u32, c_text(text).as_ptr()) };
    }

    fn progress(&self, running: &Running, progress: &Progress) {
        let Some(write) = self.callbacks.0.writeProgress else { return };
        let [activity, operation, status] =
            [&progress.activity, &progress.operation, &progress.status].map(|text| c_text(text));
        let percent = progress.percent.unwrap_or(UNKNOWN);
        let remaining = progress.remaining.and_then(|it| u32::try_from(it.as_secs()).ok()).unwrap_or(UNKNOWN);
        let (activity, operation, status) = (activity.as_ptr(), operation.as_ptr(), status.as_ptr());
        // SAFETY: see above.
        unsafe { write(running.handle(), self.context(), activity, operation, status, percent, remaining) };
    }

    fn stream(&self, running: &Running, parameter: &str, value: &Value) {
        let Some(write) = self.callbacks.0.streamedParameterResult else { return };
        let Ok(owned) = build::owned(value.kind(), value, &Declarations::default()) else { return };
        let (name, kind, value) = (c_text(parameter), MI_Type(value.kind().code()), owned.borrow());
        running.until_acknowledged(|acknowledge| {
            // SAFETY: see above.
            unsafe { write(running.handle(), self.context(), name.as_ptr(), kind, &raw const value, acknowledge) };
        });
    }

    fn error(&mut self, running: &Running, error: &Error, is_asked: bool) -> bool {
        let (Some(write), Ok(described)) = (self.callbacks.0.writeError, OwnedInstance::dynamic(&cim_error(error)))
        else {
            return true;
        };
        let (operation, context) = (running.handle(), self.context());
        // SAFETY: see above.
        let tell = |respond| unsafe { write(operation, context, described.as_ptr().cast_mut(), respond) };
        ask(running, is_asked.then_some(&mut self.all_errors), tell)
    }

    fn question(&mut self, running: &Running, question: &Question, is_asked: bool) -> bool {
        let Some(prompt) = self.callbacks.0.promptUser else { return question.unasked() };
        let (text, kind) = match question {
            Question::ShouldProcess { target, action } => (format!("{action}: {target}"), MI_PROMPTTYPE_NORMAL),
            Question::ShouldContinue(text) | Question::Prompt(text) => (text.clone(), MI_PROMPTTYPE_NORMAL),
            Question::CriticalPrompt(text) => (text.clone(), MI_PROMPTTYPE_CRITICAL),
        };
        let (operation, context, text) = (running.handle(), self.context(), c_text(&text));
        // SAFETY: see above.
        let tell = |respond| unsafe { prompt(operation, context, text.as_ptr(), kind, respond) };
        ask(running, is_asked.then_some(&mut self.all_questions), tell)
    }
}

fn give(answer: bool, to: Option<SyncSender<bool>>) {
    if let Some(to) = to {
        // A provider that does not wait any more has no use for it.
        let _ = to.send(answer);
    }
}

/// Calls a callback for an answer, if it gave none for all; without a place for that it is only told.
fn ask(running: &Running, all: Option<&mut Option<bool>>, tell: impl FnOnce(Option<Respond>)) -> bool {
    let Some(all) = all else {
        tell(None);
        return true;
    };
    match *all {
        Some(answer) => answer,
        None => decide(running.until_answered(|respond| tell(Some(respond))), all),
    }
}

/// What an answer means, remembering one that is for all; no, when the operation is cancelled instead.
fn decide(response: Option<MI_OperationCallback_ResponseType>, all: &mut Option<bool>) -> bool {
    let is = |other| response == Some(other);
    if is(MI_OperationCallback_ResponseType_YesToAll) {
        *all = Some(true);
    } else if is(MI_OperationCallback_ResponseType_NoToAll) {
        *all = Some(false);
    }
    all.unwrap_or(is(MI_OperationCallback_ResponseType_Yes))
}
