//! Lifecycle indications, and how idle providers are unloaded.

use crate::schema::{Element, NO_ENTRIES, class, delete, leak, module, post_result, set_text};
use crate::{NAMESPACE, enumeration, run, wait_for};
use omi::wql::Select;
use omi::{Instance, ResultCode, Value};
use omi_host::operation::Operation;
use omi_host::{Host, Reply};
use omi_sys::*;
use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(20);

/// The tests take turns, since the provider is the same.
static TURN: Mutex<()> = Mutex::new(());
static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());
static LIGHT: AtomicPtr<MI_ClassDecl> = AtomicPtr::new(ptr::null_mut());
static LIFECYCLE: AtomicPtr<MI_LifecycleIndicationContext> = AtomicPtr::new(ptr::null_mut());

/// T_Light says what happens to its instances; T_Lamp below it is silent.
unsafe extern "C" fn main(_server: *mut MI_Server) -> *mut MI_Module {
    let elements = [Element(c"Id", MI_STRING, MI_FLAG_KEY)];
    let light = MI_ProviderFT {
        Load: Some(load_light),
        Unload: Some(unload),
        EnumerateInstances: Some(enumerate),
        ..NO_ENTRIES
    };
    let light = class(c"T_Light", None, &elements, vec![], Some(light));
    let lamp = MI_ProviderFT { Load: Some(load_lamp), Unload: Some(unload), ..NO_ENTRIES };
    let lamp = class(c"T_Lamp", Some(light), &elements, vec![], Some(lamp));
    LIGHT.store(light.cast_mut(), Ordering::Release);
    leak(MI_Module { Load: Some(load_module), Unload: Some(unload_module), ..module(vec![light, lamp]) })
}

fn heard(what: impl Into<String>) {
    HEARD.lock().unwrap_or_else(PoisonError::into_inner).push(what.into());
}

unsafe extern "C" fn load_module(_state: *mut *mut MI_Module_Self, context: *mut MI_Context) {
    unsafe {
        let functions = &*(*context).ft;
        let mut lifecycle = ptr::dangling_mut();
        assert_eq!(functions.GetLifecycleIndicationContext.unwrap()(context, &mut lifecycle), MI_RESULT_NOT_SUPPORTED);
        assert!(lifecycle.is_null());
        assert_eq!(functions.RefuseUnload.unwrap()(context), MI_RESULT_INVALID_PARAMETER, "there is no provider");
        heard("module loaded");
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

unsafe extern "C" fn unload_module(_state: *mut MI_Module_Self, context: *mut MI_Context) {
    heard("module unloaded");
    unsafe { assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK) };
}

unsafe extern "C" fn load_light(state: *mut *mut c_void, _module: *mut MI_Module_Self, context: *mut MI_Context) {
    unsafe {
        *state = ptr::null_mut();
        let mut lifecycle = ptr::null_mut();
        let get = (*(*context).ft).GetLifecycleIndicationContext.unwrap();
        assert_eq!(get(context, &mut lifecycle), MI_RESULT_OK);
        let functions = &*(*lifecycle).ft;
        let without_delete = MI_LIFECYCLE_INDICATION_ALL & !MI_LIFECYCLE_INDICATION_DELETE;
        assert_eq!(functions.SetSupportedTypes.unwrap()(lifecycle, without_delete), MI_RESULT_OK);
        let register = functions.RegisterCallback.unwrap();
        assert_eq!(register(lifecycle, None, ptr::null_mut()), MI_RESULT_INVALID_PARAMETER);
        assert_eq!(register(lifecycle, Some(changed), ptr::null_mut()), MI_RESULT_OK);
        LIFECYCLE.store(lifecycle, Ordering::Release);
        heard("light loaded");
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

unsafe extern "C" fn load_lamp(_state: *mut *mut c_void, _module: *mut MI_Module_Self, context: *mut MI_Context) {
    heard("lamp loaded");
    unsafe { assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK) };
}

unsafe extern "C" fn unload(_state: *mut c_void, context: *mut MI_Context) {
    heard("unloaded");
    unsafe { assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK) };
}

unsafe extern "C" fn changed(types: MI_Uint32, _data: *mut c_void) {
    let (mut now, lifecycle) = (99, LIFECYCLE.load(Ordering::Acquire));
    unsafe { assert_eq!((*(*lifecycle).ft).GetTypes.unwrap()(lifecycle, &mut now), MI_RESULT_OK) };
    assert_eq!(now, types);
    heard(format!("types {types}"));
}

/// What `enumerate` does besides: refuses to be unloaded, allows it again, or stays unfinished.
static WISH: Mutex<&str> = Mutex::new("");
static UNFINISHED: AtomicPtr<MI_Context> = AtomicPtr::new(ptr::null_mut());

unsafe extern "C" fn enumerate(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    _properties: *const MI_PropertySet,
    _keys_only: MI_Boolean,
    _filter: *const MI_Filter,
) {
    unsafe {
        let functions = &*(*context).ft;
        match *WISH.lock().unwrap() {
            "refuse" => assert_eq!(functions.RefuseUnload.unwrap()(context), MI_RESULT_OK),
            "request" => assert_eq!(functions.RequestUnload.unwrap()(context), MI_RESULT_OK),
            "unfinished" => return UNFINISHED.store(context, Ordering::Release),
            _ => {}
        }
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

/// Calls a function of the lifecycle context with a new instance of T_Light.
fn with_light(
    id: &std::ffi::CStr,
    post: impl FnOnce(&MI_LifecycleIndicationContextFT, *mut MI_LifecycleIndicationContext, *mut MI_Instance) -> MI_Result,
) -> MI_Result {
    unsafe {
        let context = LIFECYCLE.load(Ordering::Acquire);
        let functions = &*(*context).ft;
        let mut instance = ptr::null_mut();
        assert_eq!(functions.NewInstance.unwrap()(context, LIGHT.load(Ordering::Acquire), &mut instance), MI_RESULT_OK);
        set_text(instance, c"Id", id);
        let result = post(functions, context, instance);
        delete(instance);
        result
    }
}

fn create(id: &std::ffi::CStr) -> MI_Result {
    with_light(id, |functions, context, instance| unsafe { functions.PostCreate.unwrap()(context, instance) })
}

/// Starts an operation that ends by itself when what a test waits for does not come.
fn start(host: &Host, operation: Operation) -> Reply {
    let mut reply = crate::start(host, operation);
    reply.set_deadline(Some(Instant::now() + 2 * SOON));
    reply
}

fn query(text: &str) -> Operation {
    Operation::Subscribe { query: Select::parse(text).unwrap(), bookmark: None }
}

fn has_heard(what: &str) -> bool {
    HEARD.lock().unwrap().iter().any(|it| it == what)
}

fn embedded<'a>(indication: &'a Instance, name: &str) -> &'a Instance {
    match indication.get(name) {
        Some(Value::Instance(instance)) => instance,
        other => panic!("{name} is {other:?}"),
    }
}

fn builder() -> omi_host::HostBuilder {
    HEARD.lock().unwrap_or_else(PoisonError::into_inner).clear();
    Host::builder().linked("test", main, &[NAMESPACE])
}

#[test]
fn providers_say_what_happens_to_their_instances() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let host = builder().build().unwrap();
    let mut created = start(&host, query("SELECT * FROM CIM_InstCreation WHERE SourceInstance ISA 'T_Light'"));
    wait_for("the creation's type", || has_heard("types 1"));
    let mut some = start(&host, query("SELECT * FROM CIM_InstIndication WHERE SourceInstance.Id = 'b'"));
    wait_for("all types but deletion", || has_heard("types 27") && has_heard("lamp loaded"));

    assert_eq!(create(c"a"), MI_RESULT_OK);
    assert_eq!(create(c"b"), MI_RESULT_OK);
    let batch = created.next(2, SOON);
    let ids: Vec<_> = batch.instances.iter().map(|it| embedded(it, "SourceInstance").text("Id").unwrap()).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(batch.instances[0].class_name(), "CIM_InstCreation");

    let modified = with_light(c"b", |functions, context, instance| unsafe {
        functions.PostModify.unwrap()(context, instance, instance)
    });
    let called = with_light(c"b", |functions, context, instance| unsafe {
        let post = functions.PostMethodCall.unwrap();
        assert_eq!(post(context, instance, ptr::null(), 1, ptr::null(), ptr::null()), MI_RESULT_INVALID_PARAMETER);
        post(context, instance, c"Dim".as_ptr(), MI_FALSE, instance, c"0".as_ptr())
    });
    let read =
        with_light(c"b", |functions, context, instance| unsafe { functions.PostRead.unwrap()(context, instance) });
    let deleted =
        with_light(c"b", |functions, context, instance| unsafe { functions.PostDelete.unwrap()(context, instance) });
    assert_eq!([modified, called, read, deleted], [MI_RESULT_OK; 4]);
    let found = some.next(5, SOON).instances;
    let classes: Vec<_> = found.iter().map(Instance::class_name).collect();
    let expected =
        ["CIM_InstCreation", "CIM_InstModification", "CIM_InstMethodCall", "CIM_InstRead", "CIM_InstDeletion"];
    assert_eq!(classes, expected);
    assert_eq!(embedded(&found[1], "PreviousInstance").text("Id"), Some("b"));
    let call = &found[2];
    assert_eq!((call.text("MethodName"), call.text("ReturnValue")), (Some("Dim"), Some("0")));
    assert_eq!(call.get("PreCall"), Some(&Value::Boolean(false)));
    assert_eq!(embedded(call, "MethodParameters").class_name(), "T_Light");

    drop(some);
    wait_for("the creation's type again", || HEARD.lock().unwrap().last().unwrap() == "types 1");
    let ended =
        with_light(c"a", |functions, context, _| unsafe { functions.PostResult.unwrap()(context, MI_RESULT_OK) });
    assert_eq!(ended, MI_RESULT_OK);
    assert!(created.more(1, Duration::ZERO).end.is_none(), "T_Lamp may still say something");
    assert_eq!(create(c"c"), MI_RESULT_FAILED, "nobody is subscribed");
}

#[test]
fn a_lifecycle_query_must_be_about_what_exists() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let host = builder().build().unwrap();
    for (text, code) in [
        ("SELECT * FROM CIM_InstCreation WHERE SourceInstance ISA 'T_Lihgt'", ResultCode::INVALID_CLASS),
        ("SELECT * FROM CIM_InstCreation WHERE PreviousInstance ISA 'T_Light'", ResultCode::INVALID_QUERY),
    ] {
        let refused = host.submit(crate::request(query(text))).map(|_| ()).unwrap_err();
        assert_eq!(refused.code(), code, "{text}");
    }
}

#[test]
fn an_idle_provider_is_unloaded_and_loaded_again() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let host = builder().idle_timeout(Some(Duration::from_millis(20))).build().unwrap();
    for _ in 0..2 {
        HEARD.lock().unwrap().clear();
        assert_eq!(run(&host, enumeration("T_Lamp")).map(|_| ()).unwrap_err().code(), ResultCode::NOT_SUPPORTED);
        wait_for("unloading", || has_heard("module unloaded"));
        let heard = HEARD.lock().unwrap().clone();
        let whole = ["module loaded", "lamp loaded", "unloaded", "module unloaded"];
        // The host itself loads the library first, to read its classes.
        assert_eq!(heard[heard.len() - 3..], whole[1..], "{heard:?}");
    }
}

#[test]
fn a_provider_that_refuses_or_is_at_work_stays() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let host = builder().idle_timeout(Some(Duration::from_millis(20))).build().unwrap();
    let enumerate = |wish| {
        *WISH.lock().unwrap() = wish;
        start(&host, enumeration("T_Light"))
    };
    let light_unloads = || HEARD.lock().unwrap().iter().filter(|it| *it == "module unloaded").count();
    enumerate("refuse").collect().unwrap();
    wait_for("the lamp's unloading", || has_heard("unloaded"));
    let before = light_unloads();
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(light_unloads(), before, "it refused");

    let reply = enumerate("unfinished");
    wait_for("the call", || !UNFINISHED.load(Ordering::Acquire).is_null());
    drop(reply);
    enumerate("request").collect().unwrap();
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(light_unloads(), before, "a call has not ended");
    assert_eq!(unsafe { post_result(UNFINISHED.load(Ordering::Acquire), MI_RESULT_OK) }, MI_RESULT_OK);
    wait_for("unloading", || light_unloads() > before);
    *WISH.lock().unwrap() = "";
}
