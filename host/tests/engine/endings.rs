//! How operations end: posts from other threads, late posts, errors, cancelling, deadlines.

use crate::schema::{
    Element, Function, NO_ENTRIES, Once, class, delete, method, module, new_instance, post_instance, post_result,
    set_number, set_text,
};
use crate::{enumeration, host, request, run, start, wait_for};
use omi::{Instance, ResultCode, Value};
use omi_host::engine::is_timeout;
use omi_host::operation::Operation;
use omi_sys::*;
use std::ffi::{CStr, c_void};
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(20);

static ENDING: AtomicPtr<MI_ClassDecl> = AtomicPtr::new(ptr::null_mut());

/// A context, to be used in another thread.
struct Context(*mut MI_Context);
unsafe impl Send for Context {}

unsafe extern "C" fn main(_server: *mut MI_Server) -> *mut MI_Module {
    static MODULE: Once = Once::new();
    MODULE.get(declare)
}

fn declare() -> MI_Module {
    let elements = [Element(c"Id", MI_UINT32, MI_FLAG_KEY)];
    let cim_error = [
        Element(c"CIMStatusCode", MI_UINT32, 0),
        Element(c"Message", MI_STRING, 0),
        Element(c"OwningEntity", MI_STRING, 0),
    ];
    let methods: [(&'static CStr, Function); 14] = [
        (c"OtherThread", other_thread),
        (c"TwiceAndLate", twice_and_late),
        (c"Silent", silent),
        (c"Endless", endless),
        (c"TextError", text_error),
        (c"CodeError", code_error),
        (c"SystemError", system_error),
        (c"InstanceError", instance_error),
        (c"NullError", null_error),
        (c"Services", services),
        (c"Stream", stream),
        (c"StreamMixed", stream_mixed),
        (c"StreamMuch", stream_much),
        (c"Parameters", parameters),
    ];
    let methods = methods.into_iter().map(|(name, function)| method(name, MI_FLAG_STATIC, &[], Some(function)));
    let mut methods: Vec<_> = methods.collect();
    methods.push(method(c"Unwritten", MI_FLAG_STATIC, &[], None));
    let ending = class(c"T_Ending", None, &elements, methods, Some(NO_ENTRIES));
    ENDING.store(ending.cast_mut(), Ordering::Release);
    module(vec![ending, class(c"CIM_Error", None, &cim_error, vec![], None)])
}

fn invoke(method: &str) -> Operation {
    Operation::Invoke {
        class: "T_Ending".into(),
        target: None,
        method: method.into(),
        parameters: Instance::new(method),
    }
}

unsafe fn post_number(context: *mut MI_Context, number: u32) -> MI_Result {
    unsafe {
        let instance = new_instance(context, ENDING.load(Ordering::Acquire));
        set_number(instance, c"Id", number);
        let result = post_instance(context, instance);
        delete(instance);
        result
    }
}

/// Defines methods whose body only needs the context.
macro_rules! methods {
    ($($name:ident($context:ident) $body:block)*) => {$(
        unsafe extern "C" fn $name(
            _self: *mut c_void,
            $context: *mut MI_Context,
            _namespace: *const MI_Char,
            _class: *const MI_Char,
            _method: *const MI_Char,
            _target: *const MI_Instance,
            _input: *const MI_Instance,
        ) {
            unsafe { $body }
        }
    )*};
}

/// What the posts of `twice_and_late` returned.
static REFUSALS: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// How often, and with which reason, `silent` was cancelled.
static CANCELLATIONS: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// What the first refused post of `endless` returned.
static REFUSED_POST: AtomicU32 = AtomicU32::new(0);

/// The context of `silent`, to look at and end it later.
static SILENT: Mutex<Option<Context>> = Mutex::new(None);

methods! {
    other_thread(context) {
        let context = Context(context);
        thread::spawn(move || {
            let Context(context) = { context };
            assert_eq!(post_number(context, 1), MI_RESULT_OK);
            assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
        });
    }

    twice_and_late(context) {
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
        let late = [
            post_result(context, MI_RESULT_FAILED),
            post_instance(context, ptr::null()),
            (*(*context).ft).PostError.unwrap()(context, 1, c"MI".as_ptr(), c"late".as_ptr()),
            (*(*context).ft).RefuseUnload.unwrap()(context),
        ];
        REFUSALS.lock().unwrap().extend(late.map(|it| it.0));
    }

    silent(context) {
        let register = (*(*context).ft).RegisterCancel.unwrap();
        assert_eq!(register(context, Some(cancelled), context.cast()), MI_RESULT_OK);
        *SILENT.lock().unwrap() = Some(Context(context));
    }

    endless(context) {
        let mut number = 0;
        loop {
            let result = post_number(context, number);
            if result != MI_RESULT_OK {
                REFUSED_POST.store(result.0, Ordering::Release);
                break;
            }
            number += 1;
        }
        let _ = post_result(context, MI_RESULT_OK);
    }

    stream_mixed(context) {
        let write = (*(*context).ft).WriteStreamParameter.unwrap();
        let (text, number) = (MI_Value { string: c"one".as_ptr().cast_mut() }, MI_Value { uint32: 2 });
        assert_eq!(write(context, c"Lines".as_ptr(), &text, MI_STRING, 0), MI_RESULT_OK);
        assert_eq!(write(context, c"Lines".as_ptr(), &number, MI_UINT32, 0), MI_RESULT_NOT_SUPPORTED);
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }

    stream_much(context) {
        let write = (*(*context).ft).WriteStreamParameter.unwrap();
        let megabyte = vec![7_u8; 1 << 20];
        let array = MI_Array { data: megabyte.as_ptr().cast_mut().cast(), size: 1 << 20 };
        let result = (0..20).map(|_| write(context, c"Bytes".as_ptr(), &MI_Value { array }, MI_UINT8A, 0));
        let taken = result.take_while(|it| *it == MI_RESULT_OK).count();
        assert_eq!(taken, 15, "16 would be more than 16 MiB with what is around them");
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }

    parameters(context) {
        let decl = ENDING.load(Ordering::Acquire);
        let functions = &*(*context).ft;
        let (mut parameters, mut class, mut name) = (ptr::null_mut(), ptr::null_mut(), ptr::null());
        let method = *(*decl).methods;
        assert_eq!(functions.NewParameters.unwrap()(context, method, &mut parameters), MI_RESULT_OK);
        assert_eq!((*(*parameters).ft).GetClass.unwrap()(parameters, &mut class), MI_RESULT_OK);
        delete(parameters);
        let functions = &*(*class).ft;
        assert_eq!(functions.GetClassName.unwrap()(class, &mut name), MI_RESULT_OK);
        assert_eq!(CStr::from_ptr(name), c"OtherThread");
        let (mut kind, mut flags) = (MI_BOOLEAN, 0);
        let (mut value, mut exists) = (MI_Value { uint8: 0 }, MI_TRUE);
        let (class_name, qualifiers) = (ptr::null_mut(), ptr::null_mut());
        let at = functions.GetElementAt.unwrap();
        let element =
            at(class, 0, &mut name, &mut value, &mut exists, &mut kind, class_name, qualifiers, &mut flags);
        assert_eq!((element, kind, exists), (MI_RESULT_OK, MI_UINT32, MI_FALSE));
        assert_eq!(CStr::from_ptr(name), c"MIReturn");
        assert_eq!(functions.Delete.unwrap()(class), MI_RESULT_OK);
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }

    text_error(context) {
        assert_eq!(post_number(context, 1), MI_RESULT_OK);
        let post = (*(*context).ft).PostError.unwrap();
        assert_eq!(post(context, 2, c"MI".as_ptr(), c"only root may".as_ptr()), MI_RESULT_OK);
    }

    code_error(context) {
        assert_eq!(post_result(context, MI_RESULT_NOT_FOUND), MI_RESULT_OK);
    }

    system_error(context) {
        let post = (*(*context).ft).PostError.unwrap();
        assert_eq!(post(context, 13, c"ERRNO".as_ptr(), ptr::null()), MI_RESULT_OK);
    }

    instance_error(context) {
        let mut error = ptr::null_mut();
        let new = (*(*context).ft).NewDynamicInstance.unwrap();
        assert_eq!(new(context, c"CIM_Error".as_ptr(), 0, &mut error), MI_RESULT_OK);
        let post = (*(*context).ft).PostCimError.unwrap();
        let add = (*(*error).ft).AddElement.unwrap();
        let code = MI_Value { uint32: 11 };
        assert_eq!(add(error, c"CIMStatusCode".as_ptr(), &code, MI_UINT32, 0), MI_RESULT_OK);
        assert_eq!(add(error, c"Message".as_ptr(), ptr::null(), MI_STRING, 0), MI_RESULT_OK);
        set_text(error, c"Message", c"it is there already");
        assert_eq!(post(context, error), MI_RESULT_OK);
        delete(error);
    }

    null_error(context) {
        let post = (*(*context).ft).PostCimError.unwrap();
        assert_eq!(post(context, ptr::null()), MI_RESULT_OK);
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_INVALID_PARAMETER);
    }

    stream(context) {
        let write = (*(*context).ft).WriteStreamParameter.unwrap();
        let mut texts = [c"two".as_ptr().cast_mut(), c"three".as_ptr().cast_mut()];
        let one = MI_Value { string: c"one".as_ptr().cast_mut() };
        let more = MI_Value { stringa: MI_StringA { data: texts.as_mut_ptr(), size: 2 } };
        assert_eq!(write(context, c"Lines".as_ptr(), &one, MI_STRING, 0), MI_RESULT_OK);
        assert_eq!(write(context, c"Lines".as_ptr(), &more, MI_STRINGA, 0), MI_RESULT_OK);
        assert_eq!(write(context, c"Lines".as_ptr(), ptr::null(), MI_STRING, 0), MI_RESULT_INVALID_PARAMETER);
        assert_eq!(post_number(context, 1), MI_RESULT_OK);
        assert_eq!(write(context, c"Lines".as_ptr(), &one, MI_STRING, 0), MI_RESULT_NOT_SUPPORTED);
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }

    services(context) {
        let functions = &*(*context).ft;
        let mut locale = [1; MI_MAX_LOCALE_SIZE];
        let get_locale = functions.GetLocale.unwrap();
        assert_eq!(get_locale(context, MI_LOCALE_TYPE_REQUESTED_UI, locale.as_mut_ptr()), MI_RESULT_OK);
        assert_eq!(CStr::from_ptr(locale.as_ptr()), c"de-DE");
        assert_eq!(get_locale(context, MI_LOCALE_TYPE_REQUESTED_DATA, locale.as_mut_ptr()), MI_RESULT_NOT_FOUND);
        let (mut text, mut number, mut count) = (ptr::null(), 0, 0);
        assert_eq!(functions.GetStringOption.unwrap()(context, c"answer".as_ptr(), &mut text), MI_RESULT_OK);
        assert_eq!(CStr::from_ptr(text), c"42");
        assert_eq!(functions.GetNumberOption.unwrap()(context, c"Answer".as_ptr(), &mut number), MI_RESULT_OK);
        assert_eq!(number, 42);
        assert_eq!(functions.GetCustomOptionCount.unwrap()(context, &mut count), MI_RESULT_OK);
        assert_eq!(count, 2);
        let (mut kind, mut value) = (MI_BOOLEAN, MI_Value { uint8: 0 });
        let at = functions.GetCustomOptionAt.unwrap();
        assert_eq!(at(context, 1, &mut text, &mut kind, &mut value), MI_RESULT_OK);
        assert_eq!((CStr::from_ptr(text), kind), (c"WSMAN_Locale", MI_STRING));
        assert_eq!(at(context, 2, &mut text, &mut kind, &mut value), MI_RESULT_INVALID_PARAMETER);
        let mut yes = MI_FALSE;
        let ask = functions.ShouldProcess.unwrap();
        assert_eq!(ask(context, c"disk".as_ptr(), c"format".as_ptr(), &mut yes), MI_RESULT_OK);
        assert_eq!(yes, MI_TRUE);
        let mut go_on = MI_FALSE;
        let write = functions.WriteError.unwrap();
        assert_eq!(write(context, 1, c"MI".as_ptr(), c"a trifle".as_ptr(), &mut go_on), MI_RESULT_OK);
        assert_eq!(go_on, MI_TRUE);
        assert_eq!(functions.WriteMessage.unwrap()(context, 9, c"x".as_ptr()), MI_RESULT_INVALID_PARAMETER);
        let set = functions.SetStringOption.unwrap();
        assert_eq!(set(context, c"Answer".as_ptr(), ptr::null()), MI_RESULT_INVALID_PARAMETER);
        let get = functions.GetStringOption.unwrap();
        assert_eq!(get(context, c"Answer".as_ptr(), &mut text), MI_RESULT_OK);
        assert_eq!(set(context, c"answer".as_ptr(), c"43".as_ptr()), MI_RESULT_OK);
        assert_eq!(CStr::from_ptr(text), c"42", "what was got stays valid");
        assert_eq!(get(context, c"Answer".as_ptr(), &mut text), MI_RESULT_OK);
        assert_eq!(CStr::from_ptr(text), c"43");
        assert_eq!(set(context, c"Note".as_ptr(), c"mine".as_ptr()), MI_RESULT_OK);
        assert_eq!(functions.GetCustomOptionCount.unwrap()(context, &mut count), MI_RESULT_OK);
        assert_eq!(count, 3);
        let mut session = MI_SESSION_NULL;
        assert_eq!(functions.GetLocalSession.unwrap()(context, &mut session), MI_RESULT_OK);
        assert_eq!((*session.ft).Close.unwrap()(&mut session, ptr::null_mut(), None), MI_RESULT_OK);
        let post = functions.PostIndication.unwrap();
        assert_eq!(post(context, ptr::null(), 0, ptr::null()), MI_RESULT_NOT_SUPPORTED);
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

unsafe extern "C" fn cancelled(reason: MI_CancellationReason, data: *mut c_void) {
    let context: *mut MI_Context = data.cast();
    let mut flag = MI_FALSE;
    unsafe {
        assert_eq!((*(*context).ft).Canceled.unwrap()(context, &mut flag), MI_RESULT_OK);
        assert_eq!(post_number(context, 1), MI_RESULT_FAILED, "a cancelled operation takes nothing");
    }
    assert_eq!(flag, MI_TRUE);
    CANCELLATIONS.lock().unwrap().push(reason.0);
}

#[test]
fn a_provider_may_return_and_post_from_another_thread() {
    let results = run(&host(main), invoke("OtherThread")).unwrap();
    assert_eq!(results[0].get("Id"), Some(&Value::Uint32(1)));
}

#[test]
fn posts_after_the_final_post_are_refused() {
    let host = host(main);
    assert_eq!(run(&host, invoke("TwiceAndLate")).unwrap(), []);
    // On the same thread, so the handler has returned when this has an answer.
    run(&host, invoke("Services")).unwrap();
    assert_eq!(*REFUSALS.lock().unwrap(), [4, 4, 4, 4]);
}

/// One test, because both parts look at the same provider state.
#[test]
fn deadline_and_drop_cancel_once_and_a_late_end_is_harmless() {
    let host = host(main);
    let mut timed = request(invoke("Silent"));
    timed.deadline = Some(Instant::now() + Duration::from_millis(100));
    let error = host.submit(timed).unwrap().collect().unwrap_err();
    assert!(is_timeout(&error), "{error:?}");
    assert_eq!(*CANCELLATIONS.lock().unwrap(), [MI_REASON_TIMEOUT.0]);

    let first = SILENT.lock().unwrap().take().unwrap();
    let reply = start(&host, invoke("Silent"));
    wait_for("the call", || SILENT.lock().unwrap().is_some());
    drop(reply);
    assert_eq!(*CANCELLATIONS.lock().unwrap(), [MI_REASON_TIMEOUT.0, MI_REASON_NONE.0]);

    let second = SILENT.lock().unwrap().take().unwrap();
    for Context(context) in [first, second] {
        assert_eq!(unsafe { post_result(context, MI_RESULT_OK) }, MI_RESULT_OK);
        assert_eq!(unsafe { post_result(context, MI_RESULT_OK) }, MI_RESULT_INVALID_PARAMETER);
    }
    assert_eq!(CANCELLATIONS.lock().unwrap().len(), 2);
}

#[test]
fn dropping_the_reply_frees_a_provider_that_waits_for_its_reader() {
    let host = host(main);
    let mut reply = start(&host, invoke("Endless"));
    let batch = reply.next(10, Duration::ZERO);
    assert!(!batch.instances.is_empty() && batch.end.is_none());
    drop(reply);
    wait_for("the refused post", || REFUSED_POST.load(Ordering::Acquire) != 0);
    assert_eq!(REFUSED_POST.load(Ordering::Acquire), MI_RESULT_FAILED.0);
    run(&host, invoke("Services")).unwrap();
}

#[test]
fn instances_come_before_the_error_that_follows_them() {
    let batch = start(&host(main), invoke("TextError")).next(100, SOON);
    assert_eq!(batch.instances.len(), 1);
    let error = batch.end.unwrap().unwrap_err();
    assert_eq!((error.code(), error.message()), (ResultCode::ACCESS_DENIED, "only root may"));
}

#[test]
fn an_error_without_a_text_names_class_and_library() {
    let error = run(&host(main), invoke("CodeError")).unwrap_err();
    assert_eq!(error.code(), ResultCode::NOT_FOUND);
    assert_eq!(error.message(), "T_Ending (test): the instance does not exist");
}

#[test]
fn a_system_error_becomes_its_mi_result() {
    let error = run(&host(main), invoke("SystemError")).unwrap_err();
    assert_eq!(error.code(), ResultCode::ACCESS_DENIED);
    assert!(error.message().contains("Permission denied"), "{error}");
}

#[test]
fn an_error_instance_arrives_whole() {
    let error = run(&host(main), invoke("InstanceError")).unwrap_err();
    assert_eq!((error.code(), error.message()), (ResultCode::ALREADY_EXISTS, "it is there already"));
    let details = error.details().unwrap();
    assert_eq!(details.class_name(), "CIM_Error");
    assert_eq!(details.get("CIMStatusCode"), Some(&Value::Uint32(11)));
    assert_eq!(details.property("OwningEntity").unwrap().value, None);
}

#[test]
fn an_error_without_an_instance_ends_the_operation_too() {
    let mut request = request(invoke("NullError"));
    request.deadline = Some(Instant::now() + SOON);
    let error = host(main).submit(request).unwrap().collect().unwrap_err();
    assert_eq!(error.code(), ResultCode(1002));
    assert_eq!(error.message(), "the provider posted an error instance that cannot be read");
}

#[test]
fn streamed_parts_that_nobody_takes_come_with_the_results() {
    let results = run(&host(main), invoke("Stream")).unwrap();
    let lines = ["one", "two", "three"].map(String::from).to_vec();
    assert_eq!(results[0].get("Lines"), Some(&Value::StringArray(lines)));
}

#[test]
fn streamed_parts_that_nobody_takes_must_fit_together_and_into_memory() {
    let error = run(&host(main), invoke("StreamMixed")).unwrap_err();
    let expected = "T_Ending in test: the provider streamed Lines as string[], and then as uint32[]";
    assert_eq!((error.code(), error.message()), (ResultCode::FAILED, expected));
    let error = run(&host(main), invoke("StreamMuch")).unwrap_err();
    let expected = "the provider streamed more than 16 MiB to a client that takes streams with the results";
    assert!(error.message().ends_with(expected), "{error}");
}

#[test]
fn the_parameters_of_a_method_have_a_class() {
    run(&host(main), invoke("Parameters")).unwrap();
}

#[test]
fn the_services_of_a_context_work() {
    run(&host(main), invoke("Services")).unwrap();
}

#[test]
fn what_a_provider_lacks_is_named() {
    let host = host(main);
    let error = run(&host, invoke("Silnt")).unwrap_err();
    assert_eq!(error.code(), ResultCode::METHOD_NOT_FOUND);
    assert_eq!(error.message(), "T_Ending has no method \"Silnt\" (did you mean \"Silent\"?)");
    let error = run(&host, invoke("Unwritten")).unwrap_err();
    assert_eq!(error.code(), ResultCode::METHOD_NOT_AVAILABLE);
    let error = run(&host, enumeration("T_Ending")).unwrap_err();
    assert_eq!(error.code(), ResultCode::NOT_SUPPORTED);
    assert_eq!(error.message(), "T_Ending (test): the provider does not support Enumerate");
}
