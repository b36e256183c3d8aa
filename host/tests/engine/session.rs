//! The local session: providers that ask the host they run in.

mod callbacks;
mod lifetimes;
mod options;
mod results;
mod things;

use crate::schema::{Element, Function, NO_ENTRIES, Once, class, delete, method, module, post_instance, post_result};
use crate::{NAMESPACE, request};
use callbacks::{acknowledged, callbacks as results_by_callback, conversation};
use lifetimes::{application, closes_while_running, leaves_its_session_open, waits_for_another, waits_for_itself};
use omi::{Instance, Value};
use omi_host::Host;
use omi_host::operation::Operation;
use omi_sys::*;
use options::{kept, obeyed, passed_on, timed_out};
use results::{after_close, cancelled, classes, errors, set_to_null, synchronous_results};
use std::ffi::{CStr, CString, c_void};
use std::ptr;
use std::thread;
use std::time::Duration;
use things::{add_number, c_string, dynamic, things_main};

const SOON: Duration = Duration::from_secs(20);
const NAMESPACE_C: &CStr = c"root/test";

// The library that asks. Each method of T_Asker is a test's provider side: it returns what it found as a text.

type Asks = unsafe fn(&Asker) -> String;

/// What a method of T_Asker works with: its context and a session of its own.
struct Asker {
    context: *mut MI_Context,
    session: MI_Session,
}

unsafe impl Send for Asker {}

unsafe fn local_session(context: *mut MI_Context) -> MI_Session {
    let mut session = MI_SESSION_NULL;
    assert_eq!(unsafe { (*(*context).ft).GetLocalSession.unwrap()(context, &mut session) }, MI_RESULT_OK);
    session
}

unsafe fn answer(asker: Asker, asks: Asks) {
    unsafe {
        let report = CString::new(asks(&asker)).unwrap();
        let Asker { context, mut session } = asker;
        let closed = (*session.ft).Close.unwrap()(&mut session, ptr::null_mut(), None);
        assert!(matches!(closed, MI_RESULT_OK | MI_RESULT_INVALID_PARAMETER));
        let result = dynamic(context, c"Report");
        add_number(result, c"MIReturn", 0);
        let value = MI_Value { string: report.as_ptr().cast_mut() };
        let add = (*(*result).ft).AddElement.unwrap();
        assert_eq!(add(result, c"Report".as_ptr(), &value, MI_STRING, 0), MI_RESULT_OK);
        assert_eq!(post_instance(context, result), MI_RESULT_OK);
        delete(result);
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

/// Defines the methods of T_Asker: in a thread of their own, or on the library's thread.
macro_rules! asks {
    ($($name:ident: $function:ident $(on $here:ident)?;)*) => {
        $(unsafe extern "C" fn $name(
            _self: *mut c_void,
            context: *mut MI_Context,
            _namespace: *const MI_Char,
            _class: *const MI_Char,
            _method: *const MI_Char,
            _target: *const MI_Instance,
            _input: *const MI_Instance,
        ) {
            let asker = Asker { context, session: unsafe { local_session(context) } };
            asks!(@run asker, $function $($here)?);
        })*

        const METHODS: &[(&str, Function)] = &[$((stringify!($function), $name)),*];
    };
    (@run $asker:ident, $function:ident) => {
        thread::spawn(move || unsafe { answer($asker, $function) });
    };
    (@run $asker:ident, $function:ident $here:ident) => {
        unsafe { answer($asker, $function) }
    };
}

asks! {
    m1: synchronous_results;
    m2: errors;
    m3: classes;
    m4: cancelled;
    m5: after_close;
    m6: results_by_callback;
    m7: acknowledged;
    m8: conversation;
    m9: waits_for_itself on library_thread;
    m10: waits_for_another on library_thread;
    m11: application;
    m12: closes_while_running;
    m13: kept;
    m14: passed_on;
    m15: timed_out;
    m16: obeyed;
    m17: set_to_null;
    m18: leaves_its_session_open;
}

unsafe extern "C" fn asker_main(_server: *mut MI_Server) -> *mut MI_Module {
    static MODULE: Once = Once::new();
    MODULE.get(|| {
        let methods = METHODS.iter().map(|(name, function)| {
            let name: &'static CStr = Box::leak(CString::new(*name).unwrap().into_boxed_c_str());
            method(name, MI_FLAG_STATIC, &[Element(c"Report", MI_STRING, MI_FLAG_OUT)], Some(*function))
        });
        let elements = [Element(c"Id", MI_UINT32, MI_FLAG_KEY)];
        let mine = MI_ProviderFT { EnumerateInstances: Some(mine), ..NO_ENTRIES };
        module(vec![class(c"T_Asker", None, &elements, methods.collect(), Some(mine))])
    })
}

unsafe extern "C" fn mine(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    _properties: *const MI_PropertySet,
    _keys_only: MI_Boolean,
    _filter: *const MI_Filter,
) {
    assert_eq!(unsafe { post_result(context, MI_RESULT_OK) }, MI_RESULT_OK);
}

/// What a method of T_Asker reports.
fn report(method: &str) -> String {
    let host = Host::builder()
        .linked("things", things_main, &[NAMESPACE])
        .linked("asker", asker_main, &[NAMESPACE])
        .build()
        .unwrap();
    let invoke = Operation::Invoke {
        class: "T_Asker".into(),
        target: None,
        method: method.into(),
        parameters: Instance::new(method),
    };
    let result = host.submit(request(invoke)).unwrap().one().unwrap();
    match result.get("Report") {
        Some(Value::String(text)) => text.clone(),
        other => panic!("{other:?}"),
    }
}

impl Asker {
    unsafe fn ft(&self) -> &MI_SessionFT {
        unsafe { &*self.session.ft }
    }

    fn session(&self) -> *mut MI_Session {
        (&raw const self.session).cast_mut()
    }

    unsafe fn enumerate(&self, class: &CStr, flags: u32, callbacks: *mut MI_OperationCallbacks) -> MI_Operation {
        let mut operation = MI_OPERATION_NULL;
        let start = unsafe { self.ft().EnumerateInstances.unwrap() };
        let (namespace, options) = (NAMESPACE_C.as_ptr(), ptr::null_mut());
        unsafe { start(self.session(), flags, options, namespace, class.as_ptr(), 0, callbacks, &mut operation) };
        operation
    }

    unsafe fn key(&self, id: u32) -> *mut MI_Instance {
        let key = unsafe { dynamic(self.context, c"T_Thing") };
        unsafe { add_number(key, c"Id", id) };
        key
    }

    unsafe fn get(&self, id: u32) -> MI_Operation {
        let mut operation = MI_OPERATION_NULL;
        unsafe {
            let (key, start) = (self.key(id), self.ft().GetInstance.unwrap());
            let (namespace, none) = (NAMESPACE_C.as_ptr(), ptr::null_mut());
            start(self.session(), 0, none, namespace, key, ptr::null_mut(), &mut operation);
            delete(key);
        }
        operation
    }

    unsafe fn query(&self, dialect: &CStr, query: &CStr) -> MI_Operation {
        let mut operation = MI_OPERATION_NULL;
        unsafe {
            let start = self.ft().QueryInstances.unwrap();
            let (namespace, none, callbacks) = (NAMESPACE_C.as_ptr(), ptr::null_mut(), ptr::null_mut());
            start(self.session(), 0, none, namespace, dialect.as_ptr(), query.as_ptr(), callbacks, &mut operation);
        }
        operation
    }

    unsafe fn invoke(
        &self,
        method: &CStr,
        input: *const MI_Instance,
        callbacks: *mut MI_OperationCallbacks,
    ) -> MI_Operation {
        unsafe { self.invoke_with(ptr::null_mut(), method, input, callbacks) }
    }

    unsafe fn invoke_with(
        &self,
        options: *mut MI_OperationOptions,
        method: &CStr,
        input: *const MI_Instance,
        callbacks: *mut MI_OperationCallbacks,
    ) -> MI_Operation {
        let mut operation = MI_OPERATION_NULL;
        unsafe {
            let start = self.ft().Invoke.unwrap();
            let (namespace, class) = (NAMESPACE_C.as_ptr(), c"T_Thing".as_ptr());
            let (method, target) = (method.as_ptr(), ptr::null());
            start(self.session(), 0, options, namespace, class, method, target, input, callbacks, &mut operation);
        }
        operation
    }

    unsafe fn application(&self) -> MI_Application {
        let mut application = MI_APPLICATION_NULL;
        unsafe { assert_eq!(self.ft().GetApplication.unwrap()(self.session(), &mut application), MI_RESULT_OK) };
        application
    }
}

/// One call of GetInstance: what it returns, more, the result, the text.
struct Got {
    returned: MI_Result,
    instance: *const MI_Instance,
    more: bool,
    result: MI_Result,
    text: String,
    details: *const MI_Instance,
}

unsafe fn next(operation: &mut MI_Operation) -> Got {
    let (mut instance, mut more, mut result) = (ptr::null(), 9, MI_RESULT_FAILED);
    let (mut text, mut details) = (ptr::null(), ptr::null());
    unsafe {
        let get = (*operation.ft).GetInstance.unwrap();
        let returned = get(operation, &mut instance, &mut more, &mut result, &mut text, &mut details);
        Got { returned, instance, more: more == MI_TRUE, result, text: c_string(text), details }
    }
}

unsafe fn close(operation: &mut MI_Operation) -> MI_Result {
    unsafe { (*operation.ft).Close.unwrap()(operation) }
}

/// All results by the synchronous functions: each instance as `show` has it, then code and text of the end.
unsafe fn all(mut operation: MI_Operation, show: impl Fn(*const MI_Instance) -> String) -> String {
    let mut shown = Vec::new();
    loop {
        let got = unsafe { next(&mut operation) };
        assert_eq!(got.returned, MI_RESULT_OK);
        if !got.instance.is_null() {
            shown.push(show(got.instance));
        }
        if !got.more {
            shown.push(format!("{} {}", got.result.0, got.text));
            assert_eq!(unsafe { close(&mut operation) }, MI_RESULT_OK);
            return shown.join("; ");
        }
    }
}

fn name(instance: *const MI_Instance) -> String {
    unsafe { things::text(instance, c"Name") }
}
