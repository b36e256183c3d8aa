//! Loading and unloading, several libraries at once, and registration.

use crate::schema::{
    Element, NO_ENTRIES, class, delete, leak, module, new_instance, post_instance, post_result, set_text,
};
use crate::{NAMESPACE, enumeration, request, run};
use omi::{ResultCode, Value};
use omi_host::engine::{Main, is_timeout};
use omi_host::operation::{Depth, Operation};
use omi_host::{Host, Reply};
use omi_sys::*;
use std::ffi::{CStr, CString, c_void};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

unsafe fn declare(
    name: &'static CStr,
    superclass: Option<*const MI_ClassDecl>,
    enumerate: MI_ProviderFT_EnumerateInstances,
) -> *const MI_ClassDecl {
    let elements = [Element(c"Id", MI_STRING, MI_FLAG_KEY)];
    class(name, superclass, &elements, vec![], Some(MI_ProviderFT { EnumerateInstances: enumerate, ..NO_ENTRIES }))
}

static GATE: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());
static QUICK: AtomicPtr<MI_ClassDecl> = AtomicPtr::new(ptr::null_mut());

unsafe extern "C" fn hanging_main(_server: *mut MI_Server) -> *mut MI_Module {
    unsafe {
        let common = class(c"T_Common", None, &[Element(c"Id", MI_STRING, MI_FLAG_KEY)], vec![], None);
        leak(module(vec![common, declare(c"T_Hanging", Some(common), Some(hang))]))
    }
}

unsafe extern "C" fn hang(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    _properties: *const MI_PropertySet,
    _keys_only: MI_Boolean,
    _filter: *const MI_Filter,
) {
    let mut open = GATE.0.lock().unwrap();
    while !*open {
        open = GATE.1.wait(open).unwrap();
    }
    unsafe {
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

/// What Load and Unload of `quick_main` were called with.
static LIFE: Mutex<Vec<&str>> = Mutex::new(Vec::new());

unsafe extern "C" fn quick_main(server: *mut MI_Server) -> *mut MI_Module {
    unsafe {
        check_server(&*server);
        let common = class(c"T_Common", None, &[Element(c"Id", MI_STRING, MI_FLAG_KEY)], vec![], None);
        let elements = [Element(c"Id", MI_STRING, MI_FLAG_KEY)];
        let provider =
            MI_ProviderFT { Load: Some(load), Unload: Some(unload), EnumerateInstances: Some(enumerate), ..NO_ENTRIES };
        let quick = class(c"T_Quick", Some(common), &elements, vec![], Some(provider));
        QUICK.store(quick.cast_mut(), Ordering::Release);
        leak(MI_Module { Load: Some(load_module), Unload: Some(unload_module), ..module(vec![common, quick]) })
    }
}

unsafe fn check_server(server: &MI_Server) {
    unsafe {
        assert!(!server.contextFT.is_null() && !server.instanceFT.is_null());
        assert!(!server.propertySetFT.is_null() && !server.filterFT.is_null());
        let (mut version, mut name) = (0, ptr::null());
        assert_eq!((*server.serverFT).GetVersion.unwrap()(&mut version), MI_RESULT_OK);
        assert_eq!(version, MI_MAKE_VERSION(1, 1, 0));
        assert_eq!((*server.serverFT).GetSystemName.unwrap()(&mut name), MI_RESULT_OK);
        assert!(!CStr::from_ptr(name).is_empty());
        // OMI's own providers step back to a private block.
        let private = server.serverFT.cast::<u8>().sub(16);
        assert_eq!(private.cast::<u32>().read(), 0xF197_68D7);
        let find: unsafe extern "C" fn(*const MI_Char) -> *mut c_void =
            std::mem::transmute(*private.add(8).cast::<usize>());
        assert!(find(c"OMI_GetPath".as_ptr()).is_null());
    }
}

unsafe extern "C" fn load_module(state: *mut *mut MI_Module_Self, context: *mut MI_Context) {
    LIFE.lock().unwrap().push("module loaded");
    unsafe {
        *state = ptr::without_provenance_mut(1);
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

unsafe extern "C" fn unload_module(state: *mut MI_Module_Self, context: *mut MI_Context) {
    assert_eq!(state.addr(), 1);
    LIFE.lock().unwrap().push("module unloaded");
    unsafe { assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK) };
}

/// Forgets to post, which is taken as success.
unsafe extern "C" fn load(state: *mut *mut c_void, module: *mut MI_Module_Self, _context: *mut MI_Context) {
    assert_eq!(module.addr(), 1);
    LIFE.lock().unwrap().push("provider loaded");
    unsafe { *state = ptr::without_provenance_mut(2) };
}

unsafe extern "C" fn unload(state: *mut c_void, context: *mut MI_Context) {
    assert_eq!(state.addr(), 2);
    LIFE.lock().unwrap().push("provider unloaded");
    unsafe { assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK) };
}

unsafe extern "C" fn enumerate(
    state: *mut c_void,
    context: *mut MI_Context,
    namespace: *const MI_Char,
    _class: *const MI_Char,
    _properties: *const MI_PropertySet,
    _keys_only: MI_Boolean,
    _filter: *const MI_Filter,
) {
    assert_eq!(state.addr(), 2);
    unsafe {
        assert_eq!(CStr::from_ptr(namespace), c"root/test");
        let instance = new_instance(context, QUICK.load(Ordering::Acquire));
        set_text(instance, c"Id", c"quick");
        assert_eq!(post_instance(context, instance), MI_RESULT_OK);
        delete(instance);
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

/// One test, because the two parts share `quick_main`'s state.
#[test]
fn libraries_load_unload_and_do_not_wait_for_each_other() {
    let host = Host::builder()
        .linked("hanging", hanging_main, &[NAMESPACE])
        .linked("quick", quick_main, &[NAMESPACE])
        .build()
        .unwrap();
    let hanging = host.submit(request(enumeration("T_Hanging"))).unwrap();
    assert_eq!(run(&host, enumeration("T_Quick")).unwrap().len(), 1);

    // A tree with both: the hanging one costs the deadline, not the host.
    let mut both = request(enumeration("T_Common"));
    both.deadline = Some(Instant::now() + Duration::from_millis(100));
    assert!(is_timeout(&host.submit(both).unwrap().collect().unwrap_err()));
    assert_eq!(run(&host, enumeration("T_Quick")).unwrap().len(), 1);

    *GATE.0.lock().unwrap() = true;
    GATE.1.notify_all();
    assert_eq!(hanging.collect().unwrap(), []);
    assert_eq!(run(&host, enumeration("T_Common")).unwrap().len(), 1);
    assert_eq!(*LIFE.lock().unwrap(), ["module loaded", "provider loaded"]);
    drop(host);
    assert_eq!(LIFE.lock().unwrap()[2..], ["provider unloaded", "module unloaded"]);
}

unsafe extern "C" fn too_new(_server: *mut MI_Server) -> *mut MI_Module {
    leak(MI_Module { version: MI_MAKE_VERSION(1, 1, 1), ..module(vec![]) })
}

unsafe extern "C" fn just_new_enough(_server: *mut MI_Server) -> *mut MI_Module {
    leak(MI_Module { version: MI_MAKE_VERSION(1, 1, 0), ..module(vec![]) })
}

unsafe extern "C" fn wide(_server: *mut MI_Server) -> *mut MI_Module {
    leak(MI_Module { charSize: 4, ..module(vec![]) })
}

unsafe extern "C" fn without_schema(_server: *mut MI_Server) -> *mut MI_Module {
    leak(MI_Module { schemaDecl: ptr::null_mut(), ..module(vec![]) })
}

unsafe extern "C" fn nothing(_server: *mut MI_Server) -> *mut MI_Module {
    ptr::null_mut()
}

unsafe extern "C" fn refusing(_server: *mut MI_Server) -> *mut MI_Module {
    leak(MI_Module { Load: Some(refuse), ..module(vec![]) })
}

unsafe extern "C" fn refuse(_state: *mut *mut MI_Module_Self, context: *mut MI_Context) {
    let post = unsafe { (*(*context).ft).PostError.unwrap() };
    assert_eq!(unsafe { post(context, 1, c"MI".as_ptr(), c"no licence".as_ptr()) }, MI_RESULT_OK);
}

#[test]
fn what_cannot_be_loaded_is_said() {
    let load = |main: Main| Host::builder().linked("bad", main, &[]).build();
    for (main, message) in [
        (too_new as Main, "provider library bad: it needs MI 1.1.1, but this host has MI 1.1.0"),
        (wide, "provider library bad: its characters have 4 bytes, but on Linux they have 1"),
        (without_schema, "provider library bad: it has neither a schema nor a dynamic provider"),
        (nothing, "provider library bad: MI_Main returned NULL"),
        (refusing, "provider library bad: its Load failed: no licence"),
    ] {
        assert_eq!(load(main).map(|_| ()).unwrap_err().message(), message);
    }
    assert!(load(just_new_enough).is_ok());
    let missing = Host::builder().provider("/no/libx.so".as_ref(), &[]).build().map(|_| ()).unwrap_err();
    assert!(missing.message().starts_with("provider library /no/libx.so: "), "{missing}");
}

static WEIRD: AtomicPtr<MI_ClassDecl> = AtomicPtr::new(ptr::null_mut());

/// A class whose names are not UTF-8, with properties outside the instance, in its header, and without a type.
unsafe extern "C" fn weird_main(_server: *mut MI_Server) -> *mut MI_Module {
    unsafe {
        let elements = [
            Element(c"Id", MI_STRING, MI_FLAG_KEY),
            Element(c"Outside", MI_STRING, 0),
            Element(c"Untyped", MI_Type(99), 0),
            Element(c"Gr\xf6\xdfe", MI_STRING, 0),
            Element(c"Header", MI_STRING, 0),
        ];
        let provider = MI_ProviderFT { EnumerateInstances: Some(enumerate_weird), ..NO_ENTRIES };
        let weird = class(c"T_Weird", None, &elements, vec![], Some(provider)).cast_mut();
        let outside = (*(*weird).properties.add(1)).cast_mut();
        (*outside).offset = u32::MAX;
        let header = (*(*weird).properties.add(4)).cast_mut();
        (*header).offset = 0;
        WEIRD.store(weird, Ordering::Release);
        leak(module(vec![ptr::null(), weird]))
    }
}

unsafe extern "C" fn enumerate_weird(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    _properties: *const MI_PropertySet,
    _keys_only: MI_Boolean,
    _filter: *const MI_Filter,
) {
    unsafe {
        let instance = new_instance(context, WEIRD.load(Ordering::Acquire));
        set_text(instance, c"Id", c"Gr\xf6\xdfe");
        let functions = &*(*instance).ft;
        let value = MI_Value { string: c"x".as_ptr().cast_mut() };
        let set = functions.SetElementAt.unwrap();
        assert_eq!(set(instance, 1, &value, MI_STRING, 0), MI_RESULT_INVALID_PARAMETER);
        assert_eq!(set(instance, 4, &value, MI_STRING, 0), MI_RESULT_INVALID_PARAMETER);
        assert_eq!(set(instance, 5, &value, MI_STRING, 0), MI_RESULT_INVALID_PARAMETER);
        assert_eq!(set(instance, 0, &value, MI_UINT32, 0), MI_RESULT_TYPE_MISMATCH);
        let element = functions.SetElement.unwrap();
        assert_eq!(element(instance, c"Nope".as_ptr(), &value, MI_STRING, 0), MI_RESULT_NO_SUCH_PROPERTY);
        assert_eq!(element(instance, ptr::null(), &value, MI_STRING, 0), MI_RESULT_INVALID_PARAMETER);
        let add = functions.AddElement.unwrap();
        assert_eq!(add(instance, c"New".as_ptr(), &value, MI_STRING, 0), MI_RESULT_FAILED);
        assert_eq!(post_instance(context, instance), MI_RESULT_OK);
        delete(instance);
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

#[test]
fn careless_declarations_and_bytes_do_no_harm() {
    let host = Host::builder().linked("weird", weird_main, &[NAMESPACE]).build().unwrap();
    let instances = run(&host, enumeration("T_Weird")).unwrap();
    let names: Vec<_> = instances[0].properties().iter().map(|it| it.name.as_ref()).collect();
    assert_eq!(names, ["Id", "Outside", "Gr\u{fffd}\u{fffd}e", "Header"]);
    assert_eq!(instances[0].get("Id"), Some(&Value::String("Gr\u{fffd}\u{fffd}e".into())));
}

unsafe extern "C" fn forgetful_main(_server: *mut MI_Server) -> *mut MI_Module {
    unsafe { leak(module(vec![declare(c"T_Forgetful", None, Some(enumerate_forgetful))])) }
}

/// Returns, and never posts.
unsafe extern "C" fn enumerate_forgetful(
    _self: *mut c_void,
    _context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    _properties: *const MI_PropertySet,
    _keys_only: MI_Boolean,
    _filter: *const MI_Filter,
) {
}

#[test]
fn a_library_that_does_not_end_its_calls_gets_no_more_of_them() {
    let host = Host::builder().linked("forgetful", forgetful_main, &[NAMESPACE]).build().unwrap();
    let submit = || host.submit(request(enumeration("T_Forgetful"))).unwrap();
    let waiting: Vec<Reply> = (0..2048).map(|_| submit()).collect();
    let error = submit().collect().unwrap_err();
    assert_eq!(error.code(), ResultCode::SERVER_LIMITS_EXCEEDED);
    assert_eq!(error.message(), "provider library forgetful: 2048 calls have not ended yet");
    drop(waiting);
}

static FLOOD: AtomicPtr<MI_ClassDecl> = AtomicPtr::new(ptr::null_mut());
const FLOOD_COUNT: usize = 20_000;

unsafe extern "C" fn flood_main(_server: *mut MI_Server) -> *mut MI_Module {
    unsafe {
        let flood = declare(c"T_Flood", None, Some(enumerate_flood));
        FLOOD.store(flood.cast_mut(), Ordering::Release);
        leak(module(vec![flood]))
    }
}

unsafe extern "C" fn enumerate_flood(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    _properties: *const MI_PropertySet,
    _keys_only: MI_Boolean,
    _filter: *const MI_Filter,
) {
    unsafe {
        for number in 0..FLOOD_COUNT {
            let instance = new_instance(context, FLOOD.load(Ordering::Acquire));
            set_text(instance, c"Id", &CString::new(number.to_string()).unwrap());
            assert_eq!(post_instance(context, instance), MI_RESULT_OK);
            delete(instance);
        }
        FLOODED.store(true, Ordering::Release);
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

static FLOODED: AtomicBool = AtomicBool::new(false);

#[test]
fn a_slow_reader_holds_the_provider_back_and_loses_nothing() {
    let host = Host::builder().linked("flood", flood_main, &[NAMESPACE]).build().unwrap();
    let mut reply: Reply = host.submit(request(enumeration("T_Flood"))).unwrap();
    thread::sleep(Duration::from_millis(200));
    assert!(!FLOODED.load(Ordering::Acquire), "the queue is bounded");
    let mut seen = 0;
    loop {
        let batch = reply.next(999, Duration::from_secs(20));
        for instance in &batch.instances {
            assert_eq!(instance.text("Id"), Some(seen.to_string().as_str()));
            seen += 1;
        }
        match batch.end {
            Some(end) => break end.unwrap(),
            None => assert_eq!(batch.instances.len(), 999),
        }
    }
    assert_eq!(seen, FLOOD_COUNT);
}

#[test]
fn a_registration_folder_disables_only_what_is_wrong() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("etc/omiregister");
    for (path, text) in [
        ("root-a/1.reg", "LIBRARY=one\nCLASS=A:B:C\nEXTRACLASS=X\n"),
        ("root-a/2.reg", "LIBRARY=two\nCLASS=D:a:Other\nCLASS=E:B:C\n"),
        ("root-a/3.reg", "LIBRARY=three\nCLASS=A\n"),
        ("root-a/4.reg", "nonsense\n"),
        ("root-b/1.reg", "LIBRARY=one\nCLASS=A:Other\n"),
    ] {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let host = Host::builder().register_dir(&folder).build().unwrap();
    assert_eq!(host.namespaces().iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["root/a", "root/b"]);
    let problems = host.problems().join("\n");
    assert_eq!(host.problems().len(), 3, "{problems}");
    assert!(problems.contains("4.reg:1: \"nonsense\" is not KEY=VALUE"), "{problems}");
    assert!(problems.contains("2.reg:2: D is disabled in root/a: a derives from Other here, but from B elsewhere"));
    assert!(problems.contains("3.reg:2: A is disabled in root/a: "), "{problems}");

    // The libraries do not exist, which is found out when they are needed.
    let mut query = request(Operation::Enumerate {
        class: "A".into(),
        depth: Depth::default(),
        properties: None,
        keys_only: false,
    });
    query.namespace = "root/a".into();
    let error = host.submit(query).map(|_| ()).unwrap_err();
    assert!(error.message().contains("lib/libone.so"), "{error}");
}
