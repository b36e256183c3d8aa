//! The local session: providers that ask the host they run in.

use crate::schema::{
    Element, Function, NO_ENTRIES, Once, class, delete, method, module, new_instance, post_instance, post_result,
    set_number, set_text,
};
use crate::{NAMESPACE, request};
use omi::{Instance, Value};
use omi_host::Host;
use omi_host::operation::Operation;
use omi_sys::*;
use std::ffi::{CStr, CString, c_void};
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);
const NAMESPACE_C: &CStr = c"root/test";

static THING: AtomicPtr<MI_ClassDecl> = AtomicPtr::new(ptr::null_mut());
static ENDLESS: AtomicPtr<MI_ClassDecl> = AtomicPtr::new(ptr::null_mut());

/// How often an enumeration of T_Endless learned that nobody wants its instances.
static REFUSED: AtomicU32 = AtomicU32::new(0);

/// The library that is asked: T_Thing below T_Base, and T_Endless.
unsafe extern "C" fn things_main(_server: *mut MI_Server) -> *mut MI_Module {
    static MODULE: Once = Once::new();
    MODULE.get(|| {
        let elements = [Element(c"Id", MI_UINT32, MI_FLAG_KEY), Element(c"Name", MI_STRING, 0)];
        let double = [Element(c"Number", MI_UINT32, MI_FLAG_IN), Element(c"Result", MI_UINT32, MI_FLAG_OUT)];
        let base = class(c"T_Base", None, &elements, vec![], None);
        let methods = vec![
            method(c"Double", MI_FLAG_STATIC, &double, Some(double_number)),
            method(c"Talk", MI_FLAG_STATIC, &[], Some(talk)),
        ];
        let provider = MI_ProviderFT { EnumerateInstances: Some(things), GetInstance: Some(get_thing), ..NO_ENTRIES };
        let thing = class(c"T_Thing", Some(base), &elements, methods, Some(provider));
        THING.store(thing.cast_mut(), Ordering::Release);
        let provider = MI_ProviderFT { EnumerateInstances: Some(endless), ..NO_ENTRIES };
        let endless = class(c"T_Endless", None, &elements, vec![], Some(provider));
        ENDLESS.store(endless.cast_mut(), Ordering::Release);
        module(vec![base, thing, endless])
    })
}

unsafe fn post_thing(context: *mut MI_Context, decl: &AtomicPtr<MI_ClassDecl>, id: u32, name: &CStr) -> MI_Result {
    unsafe {
        let thing = new_instance(context, decl.load(Ordering::Acquire));
        set_number(thing, c"Id", id);
        set_text(thing, c"Name", name);
        let posted = post_instance(context, thing);
        delete(thing);
        posted
    }
}

unsafe extern "C" fn things(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    _properties: *const MI_PropertySet,
    _keys_only: MI_Boolean,
    _filter: *const MI_Filter,
) {
    unsafe {
        for (id, name) in [(1, c"one"), (2, c"two"), (3, c"three")] {
            let _ = post_thing(context, &THING, id, name);
        }
        let _ = post_result(context, MI_RESULT_OK);
    }
}

unsafe extern "C" fn endless(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    _properties: *const MI_PropertySet,
    _keys_only: MI_Boolean,
    _filter: *const MI_Filter,
) {
    unsafe {
        while post_thing(context, &ENDLESS, 7, c"again") == MI_RESULT_OK {}
        REFUSED.fetch_add(1, Ordering::AcqRel);
        let _ = post_result(context, MI_RESULT_OK);
    }
}

unsafe extern "C" fn get_thing(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    key: *const MI_Instance,
    _properties: *const MI_PropertySet,
) {
    unsafe {
        let id = number(key, c"Id");
        if id == 2 {
            // Refused when the operation was closed before it began.
            let _ = post_thing(context, &THING, 2, c"two");
            let _ = post_result(context, MI_RESULT_OK);
        } else {
            let post = (*(*context).ft).PostError.unwrap();
            assert_eq!(post(context, 6, c"MI".as_ptr(), c"there is no such thing".as_ptr()), MI_RESULT_OK);
        }
    }
}

unsafe extern "C" fn double_number(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    _method: *const MI_Char,
    _target: *const MI_Instance,
    input: *const MI_Instance,
) {
    unsafe {
        let result = dynamic(context, c"Double");
        add_number(result, c"MIReturn", 0);
        add_number(result, c"Result", 2 * number(input, c"Number"));
        assert_eq!(post_instance(context, result), MI_RESULT_OK);
        delete(result);
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

/// Says and asks what there is to say and ask, and answers with what it heard.
unsafe extern "C" fn talk(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    _method: *const MI_Char,
    _target: *const MI_Instance,
    _input: *const MI_Instance,
) {
    unsafe {
        let functions = &*(*context).ft;
        assert_eq!(functions.WriteMessage.unwrap()(context, 1, c"hello".as_ptr()), MI_RESULT_OK);
        let (activity, empty) = (c"talking".as_ptr(), c"".as_ptr());
        assert_eq!(functions.WriteProgress.unwrap()(context, activity, empty, empty, 50, u32::MAX), MI_RESULT_OK);
        let (mut go_on, mut yes) = (MI_FALSE, MI_FALSE);
        let error = functions.WriteError.unwrap();
        assert_eq!(error(context, 6, c"MI".as_ptr(), c"a trifle".as_ptr(), &mut go_on), MI_RESULT_OK);
        let prompt = functions.PromptUser.unwrap();
        assert_eq!(prompt(context, c"really?".as_ptr(), MI_PROMPTTYPE_CRITICAL, &mut yes), MI_RESULT_OK);
        let result = dynamic(context, c"Talk");
        add_number(result, c"MIReturn", u32::from(go_on) * 10 + u32::from(yes));
        assert_eq!(post_instance(context, result), MI_RESULT_OK);
        delete(result);
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

unsafe fn number(instance: *const MI_Instance, name: &CStr) -> u32 {
    unsafe {
        let mut value = MI_Value { uint32: 0 };
        let get = (*(*instance).ft).GetElement.unwrap();
        let none = ptr::null_mut;
        assert_eq!(get(instance, name.as_ptr(), &mut value, none(), ptr::null_mut(), ptr::null_mut()), MI_RESULT_OK);
        value.uint32
    }
}

unsafe fn text(instance: *const MI_Instance, name: &CStr) -> String {
    unsafe {
        let mut value = MI_Value { uint32: 0 };
        let get = (*(*instance).ft).GetElement.unwrap();
        let none = ptr::null_mut;
        assert_eq!(get(instance, name.as_ptr(), &mut value, none(), ptr::null_mut(), ptr::null_mut()), MI_RESULT_OK);
        c_string(value.string)
    }
}

unsafe fn c_string(text: *const MI_Char) -> String {
    if text.is_null() { "NULL".into() } else { unsafe { CStr::from_ptr(text) }.to_str().unwrap().to_owned() }
}

unsafe fn dynamic(context: *mut MI_Context, class: &CStr) -> *mut MI_Instance {
    let mut instance = ptr::null_mut();
    let new = unsafe { (*(*context).ft).NewDynamicInstance.unwrap() };
    assert_eq!(unsafe { new(context, class.as_ptr(), 0, &mut instance) }, MI_RESULT_OK);
    instance
}

unsafe fn add_number(instance: *mut MI_Instance, name: &CStr, number: u32) {
    let value = MI_Value { uint32: number };
    let add = unsafe { (*(*instance).ft).AddElement.unwrap() };
    assert_eq!(unsafe { add(instance, name.as_ptr(), &value, MI_UINT32, MI_FLAG_KEY) }, MI_RESULT_OK);
}

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
    m6: callbacks;
    m7: acknowledged;
    m8: conversation;
    m9: waits_for_itself on library_thread;
    m10: waits_for_another on library_thread;
    m11: application;
    m12: closes_while_running;
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
        let mut operation = MI_OPERATION_NULL;
        unsafe {
            let start = self.ft().Invoke.unwrap();
            let (namespace, none, class) = (NAMESPACE_C.as_ptr(), ptr::null_mut(), c"T_Thing".as_ptr());
            let (method, target) = (method.as_ptr(), ptr::null());
            start(self.session(), 0, none, namespace, class, method, target, input, callbacks, &mut operation);
        }
        operation
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
    unsafe { text(instance, c"Name") }
}

unsafe fn synchronous_results(asker: &Asker) -> String {
    unsafe {
        let input = dynamic(asker.context, c"Double");
        add_number(input, c"Number", 21);
        let invoked = asker.invoke(c"Double", input, ptr::null_mut());
        delete(input);
        let mut operation = MI_OPERATION_NULL;
        asker.ft().TestConnection.unwrap()(asker.session(), 0, ptr::null_mut(), &mut operation);
        [
            all(asker.enumerate(c"T_Base", 0, ptr::null_mut()), name),
            all(asker.get(2), name),
            all(asker.query(c"WQL", c"SELECT * FROM T_Thing WHERE Id > 1"), name),
            all(invoked, |result| number(result, c"Result").to_string()),
            all(operation, name),
        ]
        .join("\n")
    }
}

#[test]
fn a_worker_pulls_the_results_of_all_kinds_of_operations() {
    let expected = ["one; two; three; 0 NULL", "two; 0 NULL", "two; three; 0 NULL", "42; 0 NULL", "0 NULL"];
    assert_eq!(report("synchronous_results"), expected.join("\n"));
}

unsafe fn errors(asker: &Asker) -> String {
    unsafe {
        let mut missing = asker.get(5);
        let got = next(&mut missing);
        let details = format!("{} {}", number(got.details, c"CIMStatusCode"), text(got.details, c"Message"));
        assert_eq!((got.instance, got.more, got.result), (ptr::null(), false, MI_RESULT_NOT_FOUND));
        assert_eq!(close(&mut missing), MI_RESULT_OK);
        [
            details,
            all(asker.enumerate(c"T_Thingy", 0, ptr::null_mut()), name),
            all(asker.query(c"CQL", c"SELECT * FROM T_Thing"), name),
            all(asker.query(c"WQL", c"SELECT * FROM T_Thing WHERE"), name).split(' ').next().unwrap().to_owned(),
        ]
        .join("\n")
    }
}

#[test]
fn errors_come_with_their_text_and_details() {
    let report = report("errors");
    let lines: Vec<_> = report.lines().collect();
    assert_eq!(lines[0], "6 there is no such thing");
    assert_eq!(lines[1], "5 there is no class \"T_Thingy\" in root/test (did you mean \"T_Thing\"?)");
    assert_eq!(lines[2], "14 the query dialect \"CQL\" is not known; use WQL");
    assert_eq!(lines[3], "15");
}

unsafe fn describe(class: *const MI_Class) -> String {
    unsafe {
        let functions = &*(*class).ft;
        let (mut name, mut space, mut parent) = (ptr::null(), ptr::null(), ptr::null());
        let (mut elements, mut methods) = (9, 9);
        assert_eq!(functions.GetClassName.unwrap()(class, &mut name), MI_RESULT_OK);
        assert_eq!(functions.GetNameSpace.unwrap()(class, &mut space), MI_RESULT_OK);
        assert_eq!(functions.GetElementCount.unwrap()(class, &mut elements), MI_RESULT_OK);
        assert_eq!(functions.GetMethodCount.unwrap()(class, &mut methods), MI_RESULT_OK);
        let parent = match functions.GetParentClassName.unwrap()(class, &mut parent) {
            MI_RESULT_OK => c_string(parent),
            code => code.0.to_string(),
        };
        format!("{} in {}: {elements} {methods} {parent}", c_string(name), c_string(space))
    }
}

unsafe fn next_class(operation: &mut MI_Operation) -> (*const MI_Class, bool, MI_Result) {
    let (mut class, mut more, mut result) = (ptr::null(), 9, MI_RESULT_FAILED);
    let none = ptr::null_mut();
    unsafe {
        let get = (*operation.ft).GetClass.unwrap();
        assert_eq!(get(operation, &mut class, &mut more, &mut result, none, ptr::null_mut()), MI_RESULT_OK);
    }
    (class, more == MI_TRUE, result)
}

unsafe fn classes(asker: &Asker) -> String {
    unsafe {
        let mut shown = Vec::new();
        let mut operation = MI_OPERATION_NULL;
        let (namespace, none) = (NAMESPACE_C.as_ptr(), ptr::null_mut());
        let start = asker.ft().GetClass.unwrap();
        start(asker.session(), 0, none, namespace, c"t_thing".as_ptr(), ptr::null_mut(), &mut operation);
        assert_eq!(next(&mut operation).returned, MI_RESULT_INVALID_PARAMETER, "it yields classes");
        let (class, more, _) = next_class(&mut operation);
        assert!(more);
        shown.push(describe(class));
        // A clone and the class's parent outlive the operation.
        let (mut copy, mut parent) = (ptr::null_mut(), ptr::null_mut());
        assert_eq!((*(*class).ft).Clone.unwrap()(class, &mut copy), MI_RESULT_OK);
        assert_eq!((*(*class).ft).GetParentClass.unwrap()(class, &mut parent), MI_RESULT_OK);
        assert_eq!(next_class(&mut operation), (ptr::null(), false, MI_RESULT_OK));
        assert_eq!(close(&mut operation), MI_RESULT_OK);
        for class in [copy, parent] {
            shown.push(describe(class));
            let (mut kind, mut flags, mut place) = (MI_BOOLEAN, 0, 9);
            let get = (*(*class).ft).GetElement.unwrap();
            let (null, exists, reference, set) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
            let name = c"id".as_ptr();
            let got = get(class, name, null, exists, &mut kind, reference, set, &mut flags, &mut place);
            assert_eq!((got, kind, flags & MI_FLAG_KEY, place), (MI_RESULT_OK, MI_UINT32, MI_FLAG_KEY, 0));
            assert_eq!((*(*class).ft).Delete.unwrap()(class), MI_RESULT_OK);
        }
        let mut operation = MI_OPERATION_NULL;
        let start = asker.ft().EnumerateClasses.unwrap();
        start(asker.session(), 0, none, namespace, c"T_Base".as_ptr(), MI_TRUE, ptr::null_mut(), &mut operation);
        loop {
            match next_class(&mut operation) {
                (class, true, _) => shown.push(describe(class)),
                (_, false, result) => break assert_eq!(result, MI_RESULT_OK),
            }
        }
        assert_eq!(close(&mut operation), MI_RESULT_OK);
        shown.join("\n")
    }
}

#[test]
fn classes_come_with_all_that_they_declare() {
    let thing = "T_Thing in root/test: 2 2 T_Base";
    let expected = [thing, thing, "T_Base in root/test: 2 0 10", "T_Thing in root/test: 0 0 T_Base"];
    assert_eq!(report("classes"), expected.join("\n"));
}

unsafe fn cancelled(asker: &Asker) -> String {
    unsafe {
        let before = REFUSED.load(Ordering::Acquire);
        let mut operation = asker.enumerate(c"T_Endless", 0, ptr::null_mut());
        assert_eq!(number(next(&mut operation).instance, c"Id"), 7);
        let cancel = (*operation.ft).Cancel.unwrap();
        assert_eq!(cancel(&mut operation, MI_REASON_NONE), MI_RESULT_OK);
        let report = all(operation, |_| "some".into());
        while REFUSED.load(Ordering::Acquire) == before {
            thread::sleep(Duration::from_millis(1));
        }
        report.rsplit("; ").next().unwrap().to_owned()
    }
}

#[test]
fn an_endless_enumeration_can_be_cancelled() {
    assert_eq!(report("cancelled"), "1 the operation was cancelled");
}

unsafe fn after_close(asker: &Asker) -> String {
    unsafe {
        let mut operation = asker.get(2);
        assert_eq!(close(&mut operation), MI_RESULT_OK);
        let mut back = MI_SESSION_NULL;
        let functions = &*operation.ft;
        let mut codes = vec![
            next(&mut operation).returned,
            next(&mut operation).result,
            functions.Cancel.unwrap()(&mut operation, MI_REASON_NONE),
            functions.GetSession.unwrap()(&mut operation, &mut back),
            close(&mut operation),
        ];
        let mut running = asker.enumerate(c"T_Endless", 0, ptr::null_mut());
        let closing = asker.ft().Close.unwrap();
        assert_eq!(closing(asker.session(), ptr::null_mut(), None), MI_RESULT_OK);
        codes.push(closing(asker.session(), ptr::null_mut(), None));
        while next(&mut running).more {}
        assert_eq!(close(&mut running), MI_RESULT_OK);
        let late = asker.get(2);
        assert!(late.ft.is_null() && late.reserved1 == 0, "no operation comes of a closed session");
        // Callbacks are told.
        let (log, heard) = log();
        let late = asker.enumerate(c"T_Thing", 0, &mut instance_callback(&log));
        assert!(late.ft.is_null());
        codes.iter().map(|it| it.0.to_string()).chain(heard.try_iter()).collect::<Vec<_>>().join(" ")
    }
}

#[test]
fn what_is_closed_is_refused_and_does_not_crash() {
    let report = report("after_close");
    assert!(report.starts_with("4 4 4 4 4 4 end 4 "), "{report}");
}

// Asynchronous operations: what callbacks hear goes through a channel.

fn log() -> (Box<Sender<String>>, Receiver<String>) {
    let (log, heard) = channel();
    (Box::new(log), heard)
}

fn instance_callback(log: &Sender<String>) -> MI_OperationCallbacks {
    let callback_context = ptr::from_ref(log).cast_mut().cast();
    MI_OperationCallbacks {
        callbackContext: callback_context,
        instanceResult: Some(on_instance),
        ..MI_OPERATIONCALLBACKS_NULL
    }
}

unsafe fn say(log: *mut c_void, text: String) {
    // A clone, because who hears the last text may drop the original.
    let log = unsafe { &*log.cast::<Sender<String>>() }.clone();
    log.send(text).unwrap();
}

type Acknowledge = Option<unsafe extern "C" fn(*mut MI_Operation) -> MI_Result>;

/// What a callback leaves to be acknowledged elsewhere.
struct Later(*mut MI_Operation, Acknowledge);
unsafe impl Send for Later {}
static LATER: Mutex<Vec<Later>> = Mutex::new(Vec::new());

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

unsafe fn describe_result(instance: *const MI_Instance) -> String {
    let mut count = 0;
    unsafe {
        assert_eq!((*(*instance).ft).GetElementCount.unwrap()(instance, &mut count), MI_RESULT_OK);
        if count == 1 { format!("returns {}", number(instance, c"ReturnValue")) } else { text(instance, c"Name") }
    }
}

fn hear(heard: &Receiver<String>, until: impl Fn(&str) -> bool) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        all.push(heard.recv_timeout(SOON).expect("the end is heard"));
        if until(all.last().unwrap()) {
            return all;
        }
    }
}

fn is_end(text: &str) -> bool {
    text.starts_with("end ")
}

unsafe fn callbacks(asker: &Asker) -> String {
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
    assert_eq!(report("callbacks"), "one; two; three; end 0 NULL");
}

unsafe fn acknowledged(asker: &Asker) -> String {
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

unsafe extern "C" fn on_message(
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

type Respond = Option<unsafe extern "C" fn(*mut MI_Operation, MI_OperationCallback_ResponseType) -> MI_Result>;

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

unsafe fn conversation(asker: &Asker) -> String {
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

unsafe fn waits_for_itself(asker: &Asker) -> String {
    unsafe { all(asker.enumerate(c"T_Asker", 0, ptr::null_mut()), name) }
}

#[test]
fn a_handler_that_waits_for_its_own_library_gets_an_error() {
    let report = report("waits_for_itself");
    assert!(report.starts_with("1 a provider waits on the thread of its library"), "{report}");
}

unsafe fn waits_for_another(asker: &Asker) -> String {
    unsafe { all(asker.get(2), name) }
}

#[test]
fn a_handler_may_wait_for_another_library() {
    assert_eq!(report("waits_for_another"), "two; 0 NULL");
}

unsafe fn application(asker: &Asker) -> String {
    unsafe {
        let mut application = MI_APPLICATION_NULL;
        assert_eq!(asker.ft().GetApplication.unwrap()(asker.session(), &mut application), MI_RESULT_OK);
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

unsafe fn closes_while_running(asker: &Asker) -> String {
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

static HELD: Mutex<Option<Later>> = Mutex::new(None);

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
