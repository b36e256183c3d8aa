//! The callbacks of an operation: they leave word for the operation's own thread and return.
//!
//! What the other side keeps for us is a number, never a pointer, so a callback that comes late finds nothing and does no
//! harm.

use super::{class, error};
use crate::abi::read;
use crate::client::Indication;
use crate::declaration::SharedClass;
use crate::dialogue::{Channel, Progress, Question};
use crate::{Error, Instance, Result, Type, Value};
use omi_sys::*;
use std::any::Any;
use std::collections::HashMap;
use std::ffi::{c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

/// How many results may wait for the operation's thread before the other side has to wait, too.
const MOST_WAITING: usize = 100;

/// What stands for a percentage or a time that nobody knows.
const UNKNOWN: u32 = u32::MAX;

/// Word for the operation's thread.
pub(super) enum Word<T> {
    /// A result. With an acknowledgement the other side waits for it.
    Result(T, Option<Acknowledgement>),
    Message(Channel, String),
    Progress(Progress),
    Error(Error, Respond),
    Question(Question, Respond),
    Stream(String, Value, Option<Acknowledgement>),
    End(Result<()>),
    /// The reader does not want any more. Not from a callback.
    Cancel,
}

/// Says, when it goes, that a result is done with, so that the next one may come.
pub(super) struct Acknowledgement {
    operation: MI_Operation,
    call: unsafe extern "C" fn(*mut MI_Operation) -> MI_Result,
}

// SAFETY: the function may be called on any thread with a copy of the operation's handle.
unsafe impl Send for Acknowledgement {}

impl Drop for Acknowledgement {
    fn drop(&mut self) {
        // SAFETY: called once, for the result that it came with.
        let result = unsafe { (self.call)(&mut self.operation) };
        if result != MI_RESULT_OK {
            log::warn!("a result cannot be acknowledged: MI result {}", result.0);
        }
    }
}

type RespondFunction = unsafe extern "C" fn(*mut MI_Operation, MI_OperationCallback_ResponseType) -> MI_Result;

/// Takes an answer; without one it is no. Nobody waits where the function is missing.
pub(super) struct Respond {
    operation: MI_Operation,
    call: Option<RespondFunction>,
}

// SAFETY: as for `Acknowledgement`.
unsafe impl Send for Respond {}

impl Respond {
    pub(super) fn answer(mut self, yes: bool) {
        self.give(if yes { MI_OperationCallback_ResponseType_Yes } else { MI_OperationCallback_ResponseType_No });
    }

    fn give(&mut self, answer: MI_OperationCallback_ResponseType) {
        let Some(call) = self.call.take() else { return };
        // SAFETY: called once, for the question that it came with.
        let result = unsafe { call(&mut self.operation, answer) };
        if result != MI_RESULT_OK {
            log::warn!("an answer cannot be given: MI result {}", result.0);
        }
    }
}

impl Drop for Respond {
    fn drop(&mut self) {
        self.give(MI_OperationCallback_ResponseType_No);
    }
}

/// What results can be.
pub(super) trait Yield: Sized + Send + 'static {
    /// Has `callbacks` take results of this kind.
    fn register(callbacks: &mut MI_OperationCallbacks);
}

impl Yield for Instance {
    fn register(callbacks: &mut MI_OperationCallbacks) {
        callbacks.instanceResult = Some(instance_result);
    }
}

impl Yield for Indication {
    fn register(callbacks: &mut MI_OperationCallbacks) {
        callbacks.indicationResult = Some(indication_result);
    }
}

impl Yield for SharedClass {
    fn register(callbacks: &mut MI_OperationCallbacks) {
        callbacks.classResult = Some(class_result);
    }
}

type Contexts = HashMap<usize, Arc<dyn Any + Send + Sync>>;

static CONTEXTS: LazyLock<Mutex<Contexts>> = LazyLock::new(Mutex::default);

fn contexts() -> MutexGuard<'static, Contexts> {
    CONTEXTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The context of an operation's callbacks. It is known from when it is made until the last callback came.
pub(super) struct CallbackContext<T> {
    number: usize,
    words: Sender<Word<T>>,
    waiting: AtomicUsize,
    is_starting: AtomicBool,
    is_left: AtomicBool,
}

impl<T: Yield> CallbackContext<T> {
    pub(super) fn new(words: Sender<Word<T>>) -> Arc<Self> {
        static LAST: AtomicUsize = AtomicUsize::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        let (is_starting, is_left) = (AtomicBool::new(true), AtomicBool::new(false));
        let context = Arc::new(Self { number, words, waiting: AtomicUsize::new(0), is_starting, is_left });
        contexts().insert(number, context.clone());
        context
    }

    /// The callbacks; only for results where nobody listens.
    pub(super) fn callbacks(&self, listens: bool) -> MI_OperationCallbacks {
        let context = std::ptr::without_provenance_mut(self.number);
        let mut callbacks = MI_OperationCallbacks { callbackContext: context, ..MI_OPERATIONCALLBACKS_NULL };
        T::register(&mut callbacks);
        if listens {
            callbacks.promptUser = Some(prompt_user::<T>);
            callbacks.writeError = Some(write_error::<T>);
            callbacks.writeMessage = Some(write_message::<T>);
            callbacks.writeProgress = Some(write_progress::<T>);
            callbacks.streamedParameterResult = Some(streamed::<T>);
        }
        callbacks
    }

    /// The operation's thread has taken a result.
    pub(super) fn taken(&self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }

    /// The call that starts the operation has returned.
    pub(super) fn started(&self) {
        self.is_starting.store(false, Ordering::Release);
    }

    /// The operation's thread goes before the last callback: what comes is acknowledged and dropped.
    pub(super) fn leave(&self) {
        self.is_left.store(true, Ordering::Release);
    }

    /// Forgets the context: no callback comes any more.
    pub(super) fn forget(&self) {
        let context = contexts().remove(&self.number);
        // Outside the lock: it may be the last one.
        drop(context);
    }

    /// Leaves word of a result, or of the end, or of both.
    fn result(&self, result: Option<T>, end: Option<Result<()>>, mut acknowledgement: Option<Acknowledgement>) {
        if let Some(result) = result
            && !self.is_left.load(Ordering::Acquire)
        {
            let is_many = self.waiting.fetch_add(1, Ordering::Relaxed) >= MOST_WAITING;
            let held_back = if is_many && end.is_none() { acknowledgement.take() } else { None };
            self.leave_word(Word::Result(result, held_back));
        }
        drop(acknowledgement);
        if let Some(end) = end {
            self.leave_word(Word::End(end));
            self.forget();
        }
    }

    /// The end of the operation.
    ///
    /// # Safety
    /// As for [`error::end`].
    unsafe fn end(&self, code: MI_Result, text: *const c_char, details: *const MI_Instance) -> Result<()> {
        if code == MI_RESULT_FAILED && text.is_null() && self.is_starting.load(Ordering::Acquire) {
            // OMI says no more when it cannot connect.
            return Err(Error::failed("there is no connection with the server: is omiserver running?"));
        }
        // SAFETY: passed on.
        unsafe { error::end(code, text, details) }
    }

    /// What nobody waits for goes at once, and with it acknowledgement or answer.
    fn leave_word(&self, word: Word<T>) {
        let _ = self.words.send(word);
    }
}

/// Calls `with` with the context of this number, if it is still known. A panic must not cross the ABI.
fn with<T: Yield>(number: *mut c_void, with: impl FnOnce(&CallbackContext<T>)) {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let context = contexts().get(&number.addr()).cloned();
        match context.and_then(|context| context.downcast::<CallbackContext<T>>().ok()) {
            Some(context) => with(&context),
            None => log::warn!("a callback came after the end of its operation"),
        }
    }));
    if outcome.is_err() {
        log::error!("a callback of an operation panicked");
    }
}

type Acknowledge = Option<unsafe extern "C" fn(*mut MI_Operation) -> MI_Result>;

/// # Safety
/// `operation` is NULL or a handle that holds until the acknowledgement is given.
unsafe fn acknowledgement(operation: *const MI_Operation, call: Acknowledge) -> Option<Acknowledgement> {
    // SAFETY: by the caller's promise.
    Some(Acknowledgement { operation: unsafe { copy(operation) }, call: call? })
}

/// # Safety
/// `operation` is NULL or readable.
unsafe fn copy(operation: *const MI_Operation) -> MI_Operation {
    // SAFETY: by the caller's promise.
    match unsafe { operation.as_ref() } {
        Some(&MI_Operation { reserved1, reserved2, ft }) => MI_Operation { reserved1, reserved2, ft },
        None => MI_OPERATION_NULL,
    }
}

// The following are called by the other side, as mi.h says it: the context is ours, the other pointers are NULL or valid
// until the callback returns or, for results, until they are acknowledged. That is all that the SAFETY lines rest on.

unsafe extern "C" fn instance_result(
    operation: *mut MI_Operation,
    context: *mut c_void,
    instance: *const MI_Instance,
    more: MI_Boolean,
    code: MI_Result,
    text: *const MI_Char,
    details: *const MI_Instance,
    acknowledge: Acknowledge,
) {
    with::<Instance>(context, |context| {
        // SAFETY: see above.
        unsafe {
            let end = (more == MI_FALSE).then(|| context.end(code, text, details));
            context.result(read::instance(instance), end, acknowledgement(operation, acknowledge));
        }
    });
}

unsafe extern "C" fn indication_result(
    operation: *mut MI_Operation,
    context: *mut c_void,
    instance: *const MI_Instance,
    bookmark: *const MI_Char,
    machine: *const MI_Char,
    more: MI_Boolean,
    code: MI_Result,
    text: *const MI_Char,
    details: *const MI_Instance,
    acknowledge: Acknowledge,
) {
    with::<Indication>(context, |context| {
        // SAFETY: see above.
        unsafe {
            let (bookmark, machine) = (read::text(bookmark), read::text(machine));
            let indication = read::instance(instance).map(|instance| Indication { instance, bookmark, machine });
            let end = (more == MI_FALSE).then(|| context.end(code, text, details));
            context.result(indication, end, acknowledgement(operation, acknowledge));
        }
    });
}

unsafe extern "C" fn class_result(
    operation: *mut MI_Operation,
    context: *mut c_void,
    class: *const MI_Class,
    more: MI_Boolean,
    code: MI_Result,
    text: *const MI_Char,
    details: *const MI_Instance,
    acknowledge: Acknowledge,
) {
    with::<SharedClass>(context, |context| {
        // SAFETY: see above.
        unsafe {
            let end = (more == MI_FALSE).then(|| context.end(code, text, details));
            context.result(class::read(class).map(Arc::new), end, acknowledgement(operation, acknowledge));
        }
    });
}

unsafe extern "C" fn write_message<T: Yield>(
    _operation: *mut MI_Operation,
    context: *mut c_void,
    channel: MI_Uint32,
    text: *const MI_Char,
) {
    let channel = Channel::of_code(channel);
    with::<T>(context, |context| {
        // SAFETY: see above.
        context.leave_word(Word::Message(channel, unsafe { read::text(text) }.unwrap_or_default()));
    });
}

unsafe extern "C" fn write_progress<T: Yield>(
    _operation: *mut MI_Operation,
    context: *mut c_void,
    activity: *const MI_Char,
    operation: *const MI_Char,
    status: *const MI_Char,
    percent: MI_Uint32,
    seconds: MI_Uint32,
) {
    with::<T>(context, |context| {
        // SAFETY: see above.
        let [activity, operation, status] =
            [activity, operation, status].map(|text| unsafe { read::text(text) }.unwrap_or_default());
        let known = |number: u32| (number != UNKNOWN).then_some(number);
        let percent = known(percent).map(|percent| percent.min(100));
        let remaining = known(seconds).map(|seconds| std::time::Duration::from_secs(seconds.into()));
        context.leave_word(Word::Progress(Progress { activity, operation, status, percent, remaining }));
    });
}

unsafe extern "C" fn write_error<T: Yield>(
    operation: *mut MI_Operation,
    context: *mut c_void,
    details: *mut MI_Instance,
    respond: Option<RespondFunction>,
) {
    with::<T>(context, |context| {
        // SAFETY: see above. The handle holds until the answer is given.
        let (error, operation) = unsafe { (error::reported(details), copy(operation)) };
        context.leave_word(Word::Error(error, Respond { operation, call: respond }));
    });
}

unsafe extern "C" fn prompt_user<T: Yield>(
    operation: *mut MI_Operation,
    context: *mut c_void,
    text: *const MI_Char,
    kind: MI_PromptType,
    respond: Option<RespondFunction>,
) {
    with::<T>(context, |context| {
        // SAFETY: see above. The handle holds until the answer is given.
        let (text, operation) = unsafe { (read::text(text).unwrap_or_default(), copy(operation)) };
        let question =
            if kind == MI_PROMPTTYPE_CRITICAL { Question::CriticalPrompt(text) } else { Question::Prompt(text) };
        context.leave_word(Word::Question(question, Respond { operation, call: respond }));
    });
}

unsafe extern "C" fn streamed<T: Yield>(
    operation: *mut MI_Operation,
    context: *mut c_void,
    name: *const c_char,
    kind: MI_Type,
    value: *const MI_Value,
    acknowledge: Acknowledge,
) {
    with::<T>(context, |context| {
        // SAFETY: see above; the value is of this type.
        let (name, part, acknowledgement) = unsafe {
            let part = Type::from_code(kind.0).zip(value.as_ref()).and_then(|(kind, value)| read::value(kind, value));
            (read::text(name), part, acknowledgement(operation, acknowledge))
        };
        if let (Some(name), Some(part)) = (name, part) {
            context.leave_word(Word::Stream(name, part, acknowledgement));
        }
    });
}
