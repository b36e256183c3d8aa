//! Whom a session may wait for, and what outlives what.

use super::callbacks::*;
use super::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

pub(super) unsafe fn waits_for_itself(asker: &Asker) -> String {
    unsafe { all(asker.enumerate(c"T_Asker", 0, ptr::null_mut()), name) }
}

#[test]
fn a_handler_that_waits_for_its_own_library_gets_an_error() {
    let report = report("waits_for_itself");
    assert!(report.starts_with("1 a provider waits on the thread of its library"), "{report}");
}

pub(super) unsafe fn waits_for_another(asker: &Asker) -> String {
    unsafe { all(asker.get(2), name) }
}

#[test]
fn a_handler_may_wait_for_another_library() {
    assert_eq!(report("waits_for_another"), "two; 0 NULL");
}

pub(super) unsafe fn application(asker: &Asker) -> String {
    unsafe {
        let mut application = asker.application();
        let functions = &*application.ft;
        let (none, mut second) = (ptr::null(), MI_SESSION_NULL);
        let new = functions.NewSession.unwrap();
        let (options, told, error) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        assert_eq!(new(&mut application, none, none, options, told, error, &mut second), MI_RESULT_OK);
        let remote = c"localhost".as_ptr();
        let mut third = MI_SESSION_NULL;
        let refused = new(&mut application, none, remote, options, told, error, &mut third);
        assert_eq!(refused, MI_RESULT_NOT_SUPPORTED);
        let mut made = ptr::null_mut();
        let new = functions.NewInstance.unwrap();
        assert_eq!(new(&mut application, c"T_Thing".as_ptr(), ptr::null(), &mut made), MI_RESULT_OK);
        delete(made);
        assert_eq!(functions.Close.unwrap()(&mut application), MI_RESULT_OK);
        let second = Asker { context: asker.context, session: second };
        let found = all(second.get(2), name);
        let closing = second.ft().Close.unwrap();
        assert_eq!(closing(second.session(), ptr::null_mut(), None), MI_RESULT_OK);
        found
    }
}

#[test]
fn the_application_opens_further_sessions() {
    assert_eq!(report("application"), "two; 0 NULL");
}

unsafe extern "C" fn on_closed(log: *mut c_void) {
    unsafe { say(log, "closed".into()) };
}

pub(super) unsafe fn closes_while_running(asker: &Asker) -> String {
    unsafe {
        let (log, heard) = log();
        // Stops at the first result, which nobody has acknowledged yet.
        let flags = MI_OPERATIONFLAGS_MANUAL_ACK_RESULTS;
        let callbacks = MI_OperationCallbacks { instanceResult: Some(on_held), ..instance_callback(&log) };
        let mut operation = asker.enumerate(c"T_Endless", flags, &mut { callbacks });
        assert_eq!(heard.recv_timeout(SOON).unwrap(), "more");
        let closing = asker.ft().Close.unwrap();
        let context = (&raw const *log).cast_mut().cast();
        assert_eq!(closing(asker.session(), context, Some(on_closed)), MI_RESULT_OK);
        assert!(heard.recv_timeout(Duration::from_millis(50)).is_err(), "an acknowledgement is missing");
        let Later(of, acknowledge) = HELD.lock().unwrap().take().unwrap();
        assert_eq!(acknowledge.unwrap()(of), MI_RESULT_OK);
        let mut rest = hear(&heard, |text| text == "closed");
        assert_eq!(close(&mut operation), MI_RESULT_OK);
        rest.retain(|text| text != "more");
        rest.join("; ")
    }
}

pub(super) static HELD: Mutex<Option<Later>> = Mutex::new(None);

/// Acknowledges all results but the first.
unsafe extern "C" fn on_held(
    operation: *mut MI_Operation,
    log: *mut c_void,
    _instance: *const MI_Instance,
    more: MI_Boolean,
    code: MI_Result,
    _message: *const MI_Char,
    _details: *const MI_Instance,
    acknowledge: Acknowledge,
) {
    static FIRST: AtomicU32 = AtomicU32::new(1);
    unsafe {
        if FIRST.swap(0, Ordering::AcqRel) == 1 {
            *HELD.lock().unwrap() = Some(Later(operation, acknowledge));
            return say(log, "more".into());
        }
        say(log, if more == MI_TRUE { "more".into() } else { format!("end {}", code.0) });
        assert_eq!(acknowledge.unwrap()(operation), MI_RESULT_OK);
    }
}

#[test]
fn a_session_is_closed_when_its_callbacks_have_had_the_end() {
    assert_eq!(report("closes_while_running"), "end 1; closed");
}

static LEFT: Mutex<Option<Asker>> = Mutex::new(None);

/// Closes its session, asks for another one and leaves that open.
pub(super) unsafe fn leaves_its_session_open(asker: &Asker) -> String {
    unsafe {
        let again = local_session(asker.context);
        assert_eq!(again.reserved1, asker.session.reserved1, "a context has one session");
        assert_eq!(asker.ft().Close.unwrap()(asker.session(), ptr::null_mut(), None), MI_RESULT_OK);
        let left = Asker { context: asker.context, session: local_session(asker.context) };
        assert!(!is_refused(left.query(c"WQL", c"SELECT * FROM T_Thing")), "the context has another session now");
        *LEFT.lock().unwrap() = Some(left);
        "left".into()
    }
}

/// Whether an operation was refused because its session is closed.
unsafe fn is_refused(mut operation: MI_Operation) -> bool {
    operation.ft.is_null() || unsafe { close(&mut operation) } != MI_RESULT_OK
}

#[test]
fn the_local_session_ends_with_the_request() {
    assert_eq!(report("leaves_its_session_open"), "left");
    let left = LEFT.lock().unwrap().take().unwrap();
    crate::wait_for("the end of the session", || unsafe { is_refused(left.query(c"WQL", c"SELECT * FROM T_Thing")) });
}
