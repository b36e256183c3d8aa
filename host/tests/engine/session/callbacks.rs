//! Asynchronous operations: what callbacks hear goes through a channel.

use super::things::*;
use super::*;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

pub(super) fn log() -> (Box<Sender<String>>, Receiver<String>) {
    let (log, heard) = channel();
    (Box::new(log), heard)
}

pub(super) fn instance_callback(log: &Sender<String>) -> MI_OperationCallbacks {
    let callback_context = ptr::from_ref(log).cast_mut().cast();
    MI_OperationCallbacks {
        callbackContext: callback_context,
        instanceResult: Some(on_instance),
        ..MI_OPERATIONCALLBACKS_NULL
    }
}

pub(super) unsafe fn say(log: *mut c_void, text: String) {
    // A clone, because who hears the last text may drop the original.
    let log = unsafe { &*log.cast::<Sender<String>>() }.clone();
    log.send(text).unwrap();
}

pub(super) type Acknowledge = Option<unsafe extern "C" fn(*mut MI_Operation) -> MI_Result>;

/// What a callback leaves to be acknowledged elsewhere.
pub(super) struct Later(pub(super) *mut MI_Operation, pub(super) Acknowledge);
unsafe impl Send for Later {}
pub(super) static LATER: Mutex<Vec<Later>> = Mutex::new(Vec::new());

unsafe extern "C" fn on_instance(
    operation: *mut MI_Operation,
    log: *mut c_void,
    instance: *const MI_Instance,
    more: MI_Boolean,
    code: MI_Result,
    message: *const MI_Char,
    _details: *const MI_Instance,
    acknowledge: Acknowledge,
) {
    unsafe {
        if acknowledge.is_some() {
            LATER.lock().unwrap().push(Later(operation, acknowledge));
        }
        match more {
            MI_TRUE if (*instance).ft.is_null() => unreachable!("an instance has functions"),
            MI_TRUE => say(log, describe_result(instance)),
            _ => say(log, format!("end {} {}", code.0, c_string(message))),
        }
    }
}

pub(super) unsafe fn describe_result(instance: *const MI_Instance) -> String {
    let mut count = 0;
    unsafe {
        assert_eq!((*(*instance).ft).GetElementCount.unwrap()(instance, &mut count), MI_RESULT_OK);
        if count == 1 { format!("returns {}", number(instance, c"ReturnValue")) } else { text(instance, c"Name") }
    }
}

pub(super) fn hear(heard: &Receiver<String>, until: impl Fn(&str) -> bool) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        all.push(heard.recv_timeout(SOON).expect("the end is heard"));
        if until(all.last().unwrap()) {
            return all;
        }
    }
}

pub(super) fn is_end(text: &str) -> bool {
    text.starts_with("end ")
}

pub(super) unsafe fn callbacks(asker: &Asker) -> String {
    unsafe {
        let (log, heard) = log();
        let mut operation = asker.enumerate(c"T_Thing", 0, &mut instance_callback(&log));
        let results = hear(&heard, is_end);
        assert_eq!(next(&mut operation).returned, MI_RESULT_INVALID_PARAMETER, "the results come by callback");
        assert_eq!(close(&mut operation), MI_RESULT_OK);
        results.join("; ")
    }
}

#[test]
fn results_come_by_callback_where_one_is_given() {
    assert_eq!(report("results_by_callback"), "one; two; three; end 0 NULL");
}

pub(super) unsafe fn acknowledged(asker: &Asker) -> String {
    unsafe {
        let (log, heard) = log();
        let flags = MI_OPERATIONFLAGS_MANUAL_ACK_RESULTS;
        let mut operation = asker.enumerate(c"T_Thing", flags, &mut instance_callback(&log));
        let mut shown = Vec::new();
        for _ in 0..4 {
            shown.push(heard.recv_timeout(SOON).unwrap());
            assert!(heard.recv_timeout(Duration::from_millis(50)).is_err(), "the next one waits");
            let Later(of, acknowledge) = LATER.lock().unwrap().pop().unwrap();
            assert_eq!(acknowledge.unwrap()(of), MI_RESULT_OK);
        }
        assert_eq!(close(&mut operation), MI_RESULT_OK);
        shown.join("; ")
    }
}

#[test]
fn with_manual_acknowledgement_each_result_waits_for_the_last() {
    assert_eq!(report("acknowledged"), "one; two; three; end 0 NULL");
}

pub(super) unsafe extern "C" fn on_message(
    _operation: *mut MI_Operation,
    log: *mut c_void,
    channel: MI_Uint32,
    message: *const MI_Char,
) {
    unsafe { say(log, format!("message {channel} {}", c_string(message))) };
}

unsafe extern "C" fn on_progress(
    _operation: *mut MI_Operation,
    log: *mut c_void,
    activity: *const MI_Char,
    _current: *const MI_Char,
    _status: *const MI_Char,
    percent: MI_Uint32,
    seconds: MI_Uint32,
) {
    unsafe { say(log, format!("progress {} {percent} {}", c_string(activity), seconds == u32::MAX)) };
}

pub(super) type Respond =
    Option<unsafe extern "C" fn(*mut MI_Operation, MI_OperationCallback_ResponseType) -> MI_Result>;

unsafe extern "C" fn on_error(
    operation: *mut MI_Operation,
    log: *mut c_void,
    error: *mut MI_Instance,
    respond: Respond,
) {
    unsafe {
        say(log, format!("error {} {}", number(error, c"CIMStatusCode"), text(error, c"Message")));
        assert_eq!(respond.unwrap()(operation, MI_OperationCallback_ResponseType_Yes), MI_RESULT_OK);
    }
}

unsafe extern "C" fn on_prompt(
    operation: *mut MI_Operation,
    log: *mut c_void,
    message: *const MI_Char,
    kind: MI_PromptType,
    respond: Respond,
) {
    unsafe {
        say(log, format!("prompt {} {}", c_string(message), kind == MI_PROMPTTYPE_CRITICAL));
        // From another thread, as a window would.
        let later = (operation as usize, respond.unwrap());
        thread::spawn(move || {
            let answered = later.1(later.0 as *mut MI_Operation, MI_OperationCallback_ResponseType_YesToAll);
            assert_eq!(answered, MI_RESULT_OK);
        });
    }
}

pub(super) unsafe fn conversation(asker: &Asker) -> String {
    unsafe {
        let (log, heard) = log();
        let mut callbacks = MI_OperationCallbacks {
            writeMessage: Some(on_message),
            writeProgress: Some(on_progress),
            writeError: Some(on_error),
            promptUser: Some(on_prompt),
            ..instance_callback(&log)
        };
        let mut operation = asker.invoke(c"Talk", ptr::null(), &mut callbacks);
        let told = hear(&heard, is_end);
        assert_eq!(close(&mut operation), MI_RESULT_OK);
        // The same for one who pulls the results.
        callbacks.instanceResult = None;
        let pulled = all(asker.invoke(c"Talk", ptr::null(), &mut callbacks), |it| describe_result(it));
        let again: Vec<_> = heard.try_iter().collect();
        assert_eq!(again, told[..4], "also on the thread of a synchronous operation");
        // And where nobody wants to hear it, nothing critical happens.
        let unheard = all(asker.invoke(c"Talk", ptr::null(), ptr::null_mut()), |it| describe_result(it));
        [told.join("; "), pulled, unheard].join("\n")
    }
}

#[test]
fn callbacks_hear_what_the_provider_says_and_answer_what_it_asks() {
    let expected = [
        "message 1 hello; progress talking 50 true; error 6 a trifle; prompt really? true; returns 11; end 0 NULL",
        "returns 11; 0 NULL",
        "returns 10; 0 NULL",
    ];
    assert_eq!(report("conversation"), expected.join("\n"));
}
