//! Enumerations, queries, and operations on one instance.

use crate::schema::{
    Element, NO_ENTRIES, Once, class, delete, method, module, new_instance, post_instance, post_result, set,
    set_number, set_text,
};
use crate::{enumeration, get, host, request, run, start};
use omi::wql::Select;
use omi::{Instance, ResultCode, Value};
use omi_host::Host;
use omi_host::operation::{Depth, Operation, Request};
use omi_sys::*;
use std::ffi::{CStr, c_void};
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::time::Duration;

static BASE: AtomicPtr<MI_ClassDecl> = AtomicPtr::new(ptr::null_mut());
static LEFT: AtomicPtr<MI_ClassDecl> = AtomicPtr::new(ptr::null_mut());
static FAILING: AtomicPtr<MI_ClassDecl> = AtomicPtr::new(ptr::null_mut());
static HEALTHY: AtomicPtr<MI_ClassDecl> = AtomicPtr::new(ptr::null_mut());

/// T_Root declares; T_Base, T_Left and T_Right below it have providers, of which T_Right cannot enumerate. T_Pair
/// declares; of the two below it one fails.
unsafe extern "C" fn main(_server: *mut MI_Server) -> *mut MI_Module {
    static MODULE: Once = Once::new();
    MODULE.get(declare)
}

fn declare() -> MI_Module {
    let base = || vec![Element(c"Id", MI_STRING, MI_FLAG_KEY), Element(c"Size", MI_UINT32, 0)];
    let mut extended = base();
    extended.push(Element(c"Extra", MI_STRING, 0));
    let t_root = class(c"T_Root", None, &base(), vec![], None);
    let methods = vec![method(c"Grow", 0, &[Element(c"By", MI_UINT32, MI_FLAG_IN)], None)];
    let provider = MI_ProviderFT { EnumerateInstances: Some(enumerate_base), ..NO_ENTRIES };
    let t_base = class(c"T_Base", Some(t_root), &base(), methods, Some(provider));
    let provider = MI_ProviderFT {
        EnumerateInstances: Some(enumerate_left),
        GetInstance: Some(get_left),
        CreateInstance: Some(create_left),
        ModifyInstance: Some(modify_left),
        DeleteInstance: Some(delete_left),
        ..NO_ENTRIES
    };
    let t_left = class(c"T_Left", Some(t_base), &extended, vec![], Some(provider));
    let t_right = class(c"T_Right", Some(t_base), &extended, vec![], Some(NO_ENTRIES));
    BASE.store(t_base.cast_mut(), Ordering::Release);
    LEFT.store(t_left.cast_mut(), Ordering::Release);
    let t_pair = class(c"T_Pair", None, &base(), vec![], None);
    let provider = MI_ProviderFT { EnumerateInstances: Some(enumerate_failing), ..NO_ENTRIES };
    let t_failing = class(c"T_Failing", Some(t_pair), &base(), vec![], Some(provider));
    let provider =
        MI_ProviderFT { EnumerateInstances: Some(enumerate_base), GetInstance: Some(get_as_generated), ..NO_ENTRIES };
    let t_healthy = class(c"T_Healthy", Some(t_pair), &base(), vec![], Some(provider));
    FAILING.store(t_failing.cast_mut(), Ordering::Release);
    HEALTHY.store(t_healthy.cast_mut(), Ordering::Release);
    module(vec![t_root, t_base, t_left, t_right, t_pair, t_failing, t_healthy])
}

unsafe extern "C" fn enumerate_failing(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    _properties: *const MI_PropertySet,
    _keys_only: MI_Boolean,
    _filter: *const MI_Filter,
) {
    unsafe {
        post(context, &FAILING, c"bad", 0);
        let post_error = (*(*context).ft).PostError.unwrap();
        assert_eq!(post_error(context, 1, c"MI".as_ptr(), c"the disk is gone".as_ptr()), MI_RESULT_OK);
    }
}

/// What OMI's generator writes when the programmer writes nothing.
unsafe extern "C" fn get_as_generated(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    _key: *const MI_Instance,
    _properties: *const MI_PropertySet,
) {
    unsafe { assert_eq!(post_result(context, MI_RESULT_NOT_SUPPORTED), MI_RESULT_OK) };
}

unsafe fn post(context: *mut MI_Context, decl: &AtomicPtr<MI_ClassDecl>, id: &CStr, size: u32) {
    unsafe {
        let instance = new_instance(context, decl.load(Ordering::Acquire));
        set_text(instance, c"Id", id);
        set_number(instance, c"Size", size);
        if ptr::eq(decl, &LEFT) {
            set_text(instance, c"Extra", c"more");
        }
        assert_eq!(post_instance(context, instance), MI_RESULT_OK);
        delete(instance);
    }
}

/// Of T_Base and of T_Healthy.
unsafe extern "C" fn enumerate_base(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    class: *const MI_Char,
    _properties: *const MI_PropertySet,
    _keys_only: MI_Boolean,
    _filter: *const MI_Filter,
) {
    unsafe {
        let decl = if CStr::from_ptr(class) == c"T_Base" { &BASE } else { &HEALTHY };
        for (id, size) in [(c"b1", 1), (c"b2", 2), (c"b3", 3)] {
            post(context, decl, id, size);
        }
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

/// What the last enumeration of T_Left was asked for that was not asked for everything: the property set, and the filter's text.
static ASKED: Mutex<(Vec<String>, String)> = Mutex::new((Vec::new(), String::new()));

/// The tests that look at `ASKED` take turns.
static TURN: Mutex<()> = Mutex::new(());

unsafe fn names(set: *const MI_PropertySet) -> Vec<String> {
    unsafe {
        if set.is_null() {
            return vec!["*".into()];
        }
        let (mut count, mut name, mut has) = (0, ptr::null(), MI_FALSE);
        assert_eq!((*(*set).ft).GetElementCount.unwrap()(set, &mut count), MI_RESULT_OK);
        let all = (0..count).map(|index| {
            assert_eq!((*(*set).ft).GetElementAt.unwrap()(set, index, &mut name), MI_RESULT_OK);
            assert_eq!((*(*set).ft).ContainsElement.unwrap()(set, name, &mut has), MI_RESULT_OK);
            assert_eq!(has, MI_TRUE);
            CStr::from_ptr(name).to_str().unwrap().to_owned()
        });
        all.collect()
    }
}

unsafe extern "C" fn enumerate_left(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    properties: *const MI_PropertySet,
    _keys_only: MI_Boolean,
    filter: *const MI_Filter,
) {
    unsafe {
        let mut text = String::new();
        if !filter.is_null() {
            let (mut language, mut expression) = (ptr::null(), ptr::null());
            let expression_of = (*(*filter).ft).GetExpression.unwrap();
            assert_eq!(expression_of(filter, &mut language, &mut expression), MI_RESULT_OK);
            assert_eq!(CStr::from_ptr(language), c"WQL");
            text = CStr::from_ptr(expression).to_str().unwrap().into();
            evaluate(context, filter);
        }
        // Tests that ask for everything do not look at it.
        if !properties.is_null() || !filter.is_null() {
            *ASKED.lock().unwrap() = (names(properties), text);
        }
        post(context, &LEFT, c"l1", 1);
        post(context, &LEFT, c"l5", 5);
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

/// Every query of these tests that asks for a size asks for large ones.
unsafe fn evaluate(context: *mut MI_Context, filter: *const MI_Filter) {
    unsafe {
        let instance = new_instance(context, LEFT.load(Ordering::Acquire));
        let mut matches = MI_TRUE;
        assert_eq!((*(*filter).ft).Evaluate.unwrap()(filter, instance, &mut matches), MI_RESULT_OK);
        assert_eq!(matches, MI_FALSE);
        set(instance, c"Size", MI_Value { uint32: 100 }, MI_UINT32);
        assert_eq!((*(*filter).ft).Evaluate.unwrap()(filter, instance, &mut matches), MI_RESULT_OK);
        assert_eq!(matches, MI_TRUE);
        delete(instance);
    }
}

/// The text of a key, from where the declaration says it is.
unsafe fn id_of(instance: *const MI_Instance) -> &'static CStr {
    unsafe {
        assert!(ptr::eq((*instance).classDecl, LEFT.load(Ordering::Acquire)), "the provider's own declaration");
        let field = &*instance.cast::<u8>().add(crate::schema::offset(0)).cast::<MI_ConstStringField>();
        assert_eq!(field.exists, MI_TRUE);
        CStr::from_ptr(field.value)
    }
}

unsafe extern "C" fn get_left(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    key: *const MI_Instance,
    _properties: *const MI_PropertySet,
) {
    unsafe {
        if id_of(key) == c"l1" {
            post(context, &LEFT, c"l1", 1);
            assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
        } else {
            assert_eq!(post_result(context, MI_RESULT_NOT_FOUND), MI_RESULT_OK);
        }
    }
}

unsafe extern "C" fn create_left(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    new: *const MI_Instance,
) {
    unsafe {
        assert_eq!(post_instance(context, new), MI_RESULT_OK);
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

/// Posts nothing, so the host asks for the instance.
unsafe extern "C" fn modify_left(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    modified: *const MI_Instance,
    properties: *const MI_PropertySet,
) {
    unsafe {
        assert_eq!(id_of(modified), c"l1");
        assert_eq!(names(properties), ["Extra"]);
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

unsafe extern "C" fn delete_left(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    key: *const MI_Instance,
) {
    unsafe {
        let result = if id_of(key) == c"l1" { MI_RESULT_OK } else { MI_RESULT_NOT_FOUND };
        assert_eq!(post_result(context, result), MI_RESULT_OK);
    }
}

fn ids(instances: &[Instance]) -> Vec<&str> {
    instances.iter().map(|it| it.text("Id").unwrap()).collect()
}

fn at_depth(host: &Host, class: &str, depth: Depth) -> Vec<Instance> {
    let operation = Operation::Enumerate { class: class.into(), depth, properties: None, keys_only: false };
    run(host, operation).unwrap()
}

fn query(host: &Host, text: &str) -> omi::Result<Vec<Instance>> {
    run(host, Operation::Query(Select::parse(text)?))
}

fn left(id: &str) -> Instance {
    Instance::new("T_Left").with_key("Id", id)
}

#[test]
fn an_enumeration_asks_every_class_below_and_forgives_those_that_cannot() {
    let host = host(main);
    for class in ["T_Root", "T_Base"] {
        let all = run(&host, enumeration(class)).unwrap();
        assert_eq!(ids(&all), ["b1", "b2", "b3", "l1", "l5"]);
        assert_eq!(all[3].class_name(), "T_Left");
        assert_eq!(all[3].text("Extra"), Some("more"));
    }
    assert_eq!(run(&host, enumeration("T_Right")).unwrap_err().code(), ResultCode::NOT_SUPPORTED);
}

#[test]
fn the_depth_is_the_clients_choice() {
    let host = host(main);
    let based = at_depth(&host, "T_Base", Depth::ExcludeSubclassProperties);
    assert_eq!(ids(&based), ["b1", "b2", "b3", "l1", "l5"]);
    assert!(based.iter().all(|it| it.class_name() == "T_Base" && it.properties().len() == 2));
    assert_eq!(ids(&at_depth(&host, "T_Base", Depth::None)), ["b1", "b2", "b3"]);
    let operation =
        Operation::Enumerate { class: "T_Root".into(), depth: Depth::None, properties: None, keys_only: false };
    let error = run(&host, operation).unwrap_err();
    assert_eq!(error.message(), "no provider serves the class T_Root in root/test; try T_Base, T_Left, T_Right");
}

#[test]
fn only_wanted_properties_and_keys_arrive() {
    let _turn = TURN.lock().unwrap();
    let host = host(main);
    let enumerate = |properties: Option<Vec<String>>, keys_only| {
        let operation = Operation::Enumerate { class: "T_Left".into(), depth: Depth::default(), properties, keys_only };
        run(&host, operation)
    };
    let names = |it: &Instance| it.properties().iter().map(|it| it.name.to_string()).collect::<Vec<_>>();
    assert_eq!(names(&enumerate(Some(vec!["extra".into()]), false).unwrap()[0]), ["Id", "Extra"]);
    assert_eq!(ASKED.lock().unwrap().0, ["extra"]);
    assert_eq!(names(&enumerate(None, true).unwrap()[0]), ["Id"]);
    let error = enumerate(Some(vec!["Sice".into()]), false).unwrap_err();
    assert_eq!(error.code(), ResultCode::NO_SUCH_PROPERTY);
    assert_eq!(error.message(), "T_Left has no property \"Sice\" (did you mean \"Size\"?)");
}

#[test]
fn a_query_filters_and_prunes_and_the_provider_is_told() {
    let _turn = TURN.lock().unwrap();
    let host = host(main);
    let found = query(&host, "SELECT Id FROM T_Base WHERE Size > 2").unwrap();
    assert_eq!(ids(&found), ["b3", "l5"]);
    assert_eq!(found[1].properties().len(), 1);
    let (properties, filter) = ASKED.lock().unwrap().clone();
    assert_eq!(properties, ["Id", "Size"], "the condition needs Size");
    assert_eq!(filter, "SELECT Id FROM T_Base WHERE Size > 2");
    let found = query(&host, "SELECT * FROM T_Root WHERE Size > 4 AND __this ISA 'T_Base'").unwrap();
    assert_eq!(ids(&found), ["l5"]);
    assert_eq!(found[0].properties().len(), 3);
}

#[test]
fn a_query_for_what_is_not_there_is_refused_with_a_hint() {
    let host = host(main);
    for (text, message) in [
        ("SELECT Idd FROM T_Base", "T_Base has no property \"Idd\" (did you mean \"Id\"?)"),
        ("SELECT * FROM T_Base WHERE Sise = 1", "T_Base has no property \"Sise\" (did you mean \"Size\"?)"),
    ] {
        let error = query(&host, text).unwrap_err();
        assert_eq!((error.code(), error.message()), (ResultCode::INVALID_QUERY, message));
    }
    let error = query(&host, "SELECT * FROM T_Bas").unwrap_err();
    assert_eq!(error.code(), ResultCode::INVALID_CLASS);
    assert_eq!(error.message(), "there is no class \"T_Bas\" in root/test (did you mean \"T_Base\"?)");
}

#[test]
fn get_goes_to_the_provider() {
    let host = host(main);
    let found = run(&host, get(left("l1"))).unwrap();
    assert_eq!((ids(&found), found[0].get("Size")), (vec!["l1"], Some(&Value::Uint32(1))));
    assert_eq!(run(&host, get(left("l2"))).unwrap_err().code(), ResultCode::NOT_FOUND);
    let error = run(&host, get(left("l1").with("Nmae", "x"))).unwrap_err();
    assert_eq!(error.message(), "T_Left has no property \"Nmae\"");
}

#[test]
fn get_without_an_entry_searches_the_enumeration() {
    let host = host(main);
    let key = |id: &str| Instance::new("t_base").with_key("ID", id);
    assert_eq!(ids(&run(&host, get(key("b2"))).unwrap()), ["b2"]);
    let error = run(&host, get(key("b9"))).unwrap_err();
    assert_eq!((error.code(), error.message()), (ResultCode::NOT_FOUND, "there is no T_Base.Id=\"b9\""));
}

#[test]
fn get_searches_the_enumeration_too_when_the_entry_only_says_no() {
    let key = Instance::new("T_Healthy").with_key("Id", "b3");
    assert_eq!(ids(&run(&host(main), get(key)).unwrap()), ["b3"]);
}

#[test]
fn one_failing_class_does_not_hide_the_others() {
    let host = host(main);
    let mut reply = start(&host, enumeration("T_Pair"));
    let batch = reply.next(100, Duration::from_secs(20));
    assert_eq!(ids(&batch.instances), ["bad", "b1", "b2", "b3"]);
    assert_eq!(batch.end.unwrap().unwrap_err().message(), "the disk is gone");
}

#[test]
fn instances_are_created_modified_and_deleted() {
    let host = host(main);
    let created = run(&host, Operation::Create { instance: left("new").with("Size", 9_u32) }).unwrap();
    assert_eq!(created[0].get("Size"), Some(&Value::Uint32(9)));
    let modify = Operation::Modify { instance: left("l1").with("Extra", "x"), modified: None };
    let modified = run(&host, modify).unwrap();
    assert_eq!(ids(&modified), ["l1"], "the provider posted nothing, so it was asked for the instance");
    assert_eq!(run(&host, Operation::Delete { key: left("l1") }).unwrap(), []);
    assert_eq!(run(&host, Operation::Delete { key: left("l2") }).unwrap_err().code(), ResultCode::NOT_FOUND);
    let error = run(&host, Operation::Create { instance: Instance::new("T_Base") }).unwrap_err();
    assert_eq!(error.message(), "T_Base (test): the provider does not support Create");
}

#[test]
fn an_instance_method_needs_an_instance() {
    let operation = Operation::Invoke {
        class: "T_Base".into(),
        target: None,
        method: "Grow".into(),
        parameters: Instance::new("Grow"),
    };
    let error = run(&host(main), operation).unwrap_err();
    assert_eq!(error.code(), ResultCode::INVALID_PARAMETER);
    assert_eq!(error.message(), "T_Base.Grow is called on an instance; the request names none");
}

#[test]
fn an_unknown_namespace_is_refused_with_a_hint() {
    let mut wrong = request(enumeration("T_Base"));
    wrong.namespace = "root/tset".into();
    let error = host(main).submit(wrong).map(|_| ()).unwrap_err();
    assert_eq!(error.code(), ResultCode::INVALID_NAMESPACE);
    assert_eq!(error.message(), "there is no namespace \"root/tset\" (did you mean \"root/test\"?)");
}

#[test]
fn classes_are_known_with_their_ancestors() {
    let host = host(main);
    let names: Vec<_> = host.classes("ROOT/test").unwrap().iter().map(|it| it.name.to_string()).collect();
    assert_eq!(names, ["T_Base", "T_Failing", "T_Healthy", "T_Left", "T_Pair", "T_Right", "T_Root"]);
    let left = host.class("root/test", "t_left").unwrap();
    assert_eq!(left.ancestors.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["T_Base", "T_Root"]);
    assert_eq!(left.keys().map(|it| it.name.as_ref()).collect::<Vec<&str>>(), ["Id"]);
}

#[test]
fn a_namespace_has_its_classes_under_its_second_name_too() {
    let host = Host::builder().linked("test", main, &["root/test"]).second_name("ROOT/test", "root/second").build();
    let host = host.unwrap();
    assert_eq!(host.namespaces().iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["root/second", "root/test"]);
    let ask = |namespace: &str| {
        let request = Request { namespace: namespace.into(), ..request(enumeration("T_Base")) };
        host.submit(request).unwrap().collect().unwrap()
    };
    let count = ask("root/test").len();
    assert_eq!(ask("root/second").iter().filter(|it| it.namespace() == Some("root/second")).count(), count);
}
