//! Events that are found by polling.

use crate::schema::{
    Element, NO_ENTRIES, Once, class, delete, module, new_instance, post_instance, post_result, set_number, set_text,
};
use omi::wql::Select;
use omi::{Instance, ResultCode, Value};
use omi_host::operation::{Operation, Principal, Request};
use omi_host::wsman::service::Settings;
use omi_host::wsman::{Service, ns};
use omi_host::{Host, Reply};
use omi_sys::*;
use std::collections::HashMap;
use std::ffi::{CStr, CString, c_void};
use std::fs;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{LazyLock, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// More than any test needs.
const SOON: Duration = Duration::from_secs(20);

/// What the providers serve, by namespace, of which each test has its own.
static SHELVES: LazyLock<Mutex<HashMap<String, Shelf>>> = LazyLock::new(Mutex::default);

#[derive(Default)]
struct Shelf {
    /// Id and Size.
    things: Vec<(String, u32)>,
    /// With which an enumeration ends, as far as it does.
    ending: Ending,
    enumerations: usize,
}

#[derive(Clone, Copy, Default)]
enum Ending {
    #[default]
    Success,
    Error,
    Never,
}

fn shelf<T>(namespace: &str, act: impl FnOnce(&mut Shelf) -> T) -> T {
    act(SHELVES.lock().unwrap().entry(namespace.to_owned()).or_default())
}

fn put(namespace: &str, things: &[(&str, u32)]) {
    shelf(namespace, |it| it.things = things.iter().map(|(id, size)| ((*id).to_owned(), *size)).collect());
}

static THING: AtomicPtr<MI_ClassDecl> = AtomicPtr::new(ptr::null_mut());
static KEYLESS: AtomicPtr<MI_ClassDecl> = AtomicPtr::new(ptr::null_mut());

/// T_Base declares, T_Thing below it has the things, T_Left is enumerated alike, T_Keyless has one without a key, T_Mute cannot enumerate.
unsafe extern "C" fn main(_server: *mut MI_Server) -> *mut MI_Module {
    static MODULE: Once = Once::new();
    MODULE.get(declare)
}

fn declare() -> MI_Module {
    let key = || Element(c"Id", MI_STRING, MI_FLAG_KEY);
    let size = || Element(c"Size", MI_UINT32, 0);
    let base = class(c"T_Base", None, &[key()], vec![], None);
    let enumerates = || MI_ProviderFT { EnumerateInstances: Some(enumerate), ..NO_ENTRIES };
    let thing = class(c"T_Thing", Some(base), &[key(), size()], vec![], Some(enumerates()));
    let left = class(c"T_Left", None, &[key()], vec![], Some(enumerates()));
    let provider = MI_ProviderFT { EnumerateInstances: Some(enumerate_keyless), ..NO_ENTRIES };
    let keyless = class(c"T_Keyless", None, &[size()], vec![], Some(provider));
    let mute = class(c"T_Mute", None, &[key()], vec![], Some(NO_ENTRIES));
    THING.store(thing.cast_mut(), Ordering::Release);
    KEYLESS.store(keyless.cast_mut(), Ordering::Release);
    module(vec![base, thing, left, keyless, mute])
}

unsafe extern "C" fn enumerate(
    _self: *mut c_void,
    context: *mut MI_Context,
    namespace: *const MI_Char,
    _class: *const MI_Char,
    _properties: *const MI_PropertySet,
    _keys_only: MI_Boolean,
    _filter: *const MI_Filter,
) {
    let namespace = unsafe { CStr::from_ptr(namespace) }.to_str().unwrap();
    let (things, ending) = shelf(namespace, |it| {
        it.enumerations += 1;
        (it.things.clone(), it.ending)
    });
    for (id, size) in things {
        let id = CString::new(id).unwrap();
        unsafe {
            let instance = new_instance(context, THING.load(Ordering::Acquire));
            set_text(instance, c"Id", &id);
            set_number(instance, c"Size", size);
            // A client that has given up takes none.
            let _ = post_instance(context, instance);
            delete(instance);
        }
    }
    match ending {
        Ending::Success => assert_eq!(unsafe { post_result(context, MI_RESULT_OK) }, MI_RESULT_OK),
        Ending::Error => {
            let post_error = unsafe { (*(*context).ft).PostError.unwrap() };
            let posted = unsafe { post_error(context, 1, c"MI".as_ptr(), c"the disk is gone".as_ptr()) };
            assert_eq!(posted, MI_RESULT_OK);
        }
        Ending::Never => {}
    }
}

unsafe extern "C" fn enumerate_keyless(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    _properties: *const MI_PropertySet,
    _keys_only: MI_Boolean,
    _filter: *const MI_Filter,
) {
    unsafe {
        let instance = new_instance(context, KEYLESS.load(Ordering::Acquire));
        set_number(instance, c"Size", 1);
        assert_eq!(post_instance(context, instance), MI_RESULT_OK);
        delete(instance);
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

fn host(namespace: &str) -> Host {
    Host::builder().linked("things", main, &[namespace]).build().unwrap()
}

fn subscribe(host: &Host, namespace: &str, query: &str) -> omi::Result<Reply> {
    let query = Select::parse(query).unwrap();
    host.submit(Request::local(namespace, Operation::Subscribe { query, bookmark: None }))
}

fn things(namespace: &str, events: &str, condition: &str) -> (Host, Reply) {
    let host = host(namespace);
    let query = format!("SELECT * FROM {events} WITHIN 0.1 WHERE TargetInstance ISA 'T_Thing'{condition}");
    let reply = subscribe(&host, namespace, &query).unwrap();
    (host, reply)
}

/// The next events, as `__InstanceModificationEvent b 1 -> 2`.
fn next(reply: &mut Reply, count: usize) -> Vec<String> {
    let batch = reply.next(count, SOON);
    assert!(batch.end.is_none(), "{:?}", batch.end);
    batch.instances.iter().map(said).collect()
}

fn said(event: &Instance) -> String {
    let target = embedded(event, "TargetInstance").expect("an event has a target");
    let size = |it: &Instance| it.get("Size").map(omi::text::display).unwrap();
    let before = embedded(event, "PreviousInstance").map(|it| format!("{} -> ", size(it))).unwrap_or_default();
    format!("{} {} {before}{}", event.class_name(), target.text("Id").unwrap(), size(target))
}

fn embedded<'a>(event: &'a Instance, name: &str) -> Option<&'a Instance> {
    match event.get(name)? {
        Value::Instance(it) => Some(it),
        other => panic!("{name} is {other:?}"),
    }
}

fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let until = Instant::now() + SOON;
    while !holds() {
        assert!(Instant::now() < until, "{what} did not happen");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn what_comes_changes_and_goes_is_told_apart() {
    let namespace = "root/operations";
    put(namespace, &[("a", 1), ("b", 1), ("c", 1)]);
    let (_host, mut reply) = things(namespace, "__InstanceOperationEvent", "");
    put(namespace, &[("a", 1), ("b", 2), ("d", 4)]);
    let expected =
        ["__InstanceModificationEvent b 1 -> 2", "__InstanceCreationEvent d 4", "__InstanceDeletionEvent c 1"];
    assert_eq!(next(&mut reply, 3), expected);
    put(namespace, &[("b", 2), ("d", 4)]);
    assert_eq!(next(&mut reply, 1), ["__InstanceDeletionEvent a 1"], "compared with what was last reported");
}

#[test]
fn each_event_class_gives_its_own_events_only() {
    for (events, expected) in [
        ("__instancecreationevent", "__InstanceCreationEvent new 3"),
        ("__InstanceModificationEvent", "__InstanceModificationEvent kept 1 -> 2"),
        ("__INSTANCEDELETIONEVENT", "__InstanceDeletionEvent old 1"),
    ] {
        let namespace = format!("root/{events}");
        put(&namespace, &[("kept", 1), ("old", 1)]);
        let (_host, mut reply) = things(&namespace, events, "");
        put(&namespace, &[("kept", 2), ("new", 3)]);
        assert_eq!(next(&mut reply, 1), [expected]);
        let polled = shelf(&namespace, |it| it.enumerations);
        wait_until("another poll", || shelf(&namespace, |it| it.enumerations) > polled + 1);
        assert!(reply.more(1, Duration::ZERO).instances.is_empty(), "{events}");
    }
}

#[test]
fn a_condition_looks_at_both_instances() {
    let namespace = "root/conditions";
    put(namespace, &[("a", 1), ("b", 1), ("c", 5)]);
    let condition = " AND TargetInstance.Size > 3 AND PreviousInstance.Size < 3";
    let (_host, mut reply) = things(namespace, "__InstanceModificationEvent", condition);
    put(namespace, &[("a", 2), ("b", 4), ("c", 6)]);
    assert_eq!(next(&mut reply, 1), ["__InstanceModificationEvent b 1 -> 4"]);
}

#[test]
fn a_select_list_leaves_the_rest_out_and_a_base_class_stands_for_its_subclasses() {
    let namespace = "root/lists";
    put(namespace, &[("a", 1)]);
    let host = host(namespace);
    let query = "SELECT PreviousInstance FROM __InstanceModificationEvent WITHIN 0.1 \
                 WHERE TargetInstance ISA 'T_Base' AND TargetInstance.Size = 2";
    let mut reply = subscribe(&host, namespace, query).unwrap();
    put(namespace, &[("a", 2)]);
    let event = reply.next(1, SOON).instances.remove(0);
    let names: Vec<_> = event.properties().iter().map(|it| it.name.as_ref()).collect();
    assert_eq!(names, ["PreviousInstance"]);
    let previous = embedded(&event, "PreviousInstance").unwrap();
    assert_eq!((previous.class_name(), previous.get("Size")), ("T_Thing", Some(&Value::Uint32(1))));
}

#[test]
fn a_wrong_subscription_is_refused_and_told_what_would_be_right() {
    let namespace = "root/wrong";
    let host = host(namespace);
    for (query, code, message) in [
        (
            "__InstanceCreationEvent WHERE TargetInstance ISA 'T_Thing'",
            ResultCode::INVALID_QUERY,
            "__InstanceCreationEvent is found by polling and needs the seconds between two looks: \
             FROM __InstanceCreationEvent WITHIN 5 WHERE ...",
        ),
        (
            "__InstanceCreationEvent WITHIN 0.01 WHERE TargetInstance ISA 'T_Thing'",
            ResultCode::INVALID_QUERY,
            "WITHIN 0.01 polls too often; at least 0.1 seconds are needed",
        ),
        (
            "__InstanceCreationEvent WITHIN 1 WHERE TargetInstance ISA 'T_Thing' OR TargetInstance ISA 'T_Base'",
            ResultCode::INVALID_QUERY,
            "__InstanceCreationEvent needs the class to look at: WHERE TargetInstance ISA 'Linux_Process', \
             alone or joined by AND",
        ),
        (
            "__InstanceCreationEvent WITHIN 1 WHERE TargetInstance ISA 'T_Thin'",
            ResultCode::INVALID_CLASS,
            "there is no class \"T_Thin\" in root/wrong (did you mean \"T_Thing\"?)",
        ),
        (
            "__InstanceCreationEvent WITHIN 1 WHERE TargetInstance ISA 'T_Thing' AND TargetInstance.Sise = 1",
            ResultCode::INVALID_QUERY,
            "T_Thing has no property \"Sise\" (did you mean \"Size\"?)",
        ),
        (
            "__InstanceCreationEvent WITHIN 1 WHERE TargetInstance ISA 'T_Thing' AND TargetInstance.Size = 'big'",
            ResultCode::INVALID_QUERY,
            "T_Thing.Size is uint32 and cannot be compared with 'big'",
        ),
        (
            "__InstanceCreationEvent WITHIN 1 WHERE TargetInstance ISA 'T_Thing' AND PreviousInstance IS NULL",
            ResultCode::INVALID_QUERY,
            "__InstanceCreationEvent has no property \"PreviousInstance\"",
        ),
        (
            "__InstanceCreationEvent WITHIN 1 WHERE TargetInstance ISA 'T_Keyless'",
            ResultCode::NOT_SUPPORTED,
            "polling T_Keyless: it has no key property by which its instances could be told apart",
        ),
    ] {
        let error = subscribe(&host, namespace, &format!("SELECT * FROM {query}")).err().expect(query);
        assert_eq!((error.code(), error.message()), (code, message), "{query}");
    }
    let mute = "SELECT * FROM __InstanceCreationEvent WITHIN 1 WHERE TargetInstance ISA 'T_Mute'";
    let error = subscribe(&host, namespace, mute).err().unwrap();
    assert_eq!(error.code(), ResultCode::NOT_SUPPORTED, "{error}");
}

#[test]
fn within_is_no_part_of_an_ordinary_query() {
    let select = Select::parse("SELECT * FROM T_Thing WITHIN 1").unwrap();
    let error = host("root/ordinary").submit(Request::local("root/ordinary", Operation::Query(select))).err().unwrap();
    assert_eq!(error.message(), "WITHIN is for subscriptions to events; a query is answered once");
}

#[test]
fn an_error_of_a_later_poll_ends_the_subscription_with_its_text() {
    let namespace = "root/errors";
    put(namespace, &[("a", 1)]);
    let (_host, mut reply) = things(namespace, "__InstanceDeletionEvent", "");
    shelf(namespace, |it| it.ending = Ending::Error);
    let batch = reply.next(1, SOON);
    assert_eq!(batch.instances, []);
    assert_eq!(batch.end.unwrap().unwrap_err().message(), "polling T_Thing: the disk is gone");
}

#[test]
fn nothing_is_lost_while_the_client_does_not_read() {
    let namespace = "root/slow";
    put(namespace, &[]);
    let (_host, mut reply) = things(namespace, "__InstanceOperationEvent", "");
    let many: Vec<(String, u32)> = (0..6000).map(|number| (format!("t{number}"), 1)).collect();
    let polled = shelf(namespace, |it| {
        it.things = many;
        it.enumerations
    });
    wait_until("the poll that fills the queue", || shelf(namespace, |it| it.enumerations) > polled);
    // The thing comes back before anybody reads, so it has only changed.
    put(namespace, &[]);
    put(namespace, &[("t7", 2)]);
    let created = next(&mut reply, 6000);
    assert_eq!(created.len(), 6000);
    assert!(created.iter().all(|it| it.starts_with("__InstanceCreationEvent t") && it.ends_with(" 1")));
    let rest = next(&mut reply, 6000);
    assert_eq!(rest.len(), 6000);
    assert_eq!(rest[0], "__InstanceModificationEvent t7 1 -> 2");
    assert!(rest[1..].iter().all(|it| it.starts_with("__InstanceDeletionEvent")));
}

/// How many threads poll for a class. The kernel knows their names.
fn pollers(class: &str) -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let names = tasks.filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|name| name.trim_end() == format!("poll {class}")).count()
}

#[test]
fn polling_ends_when_the_reply_does_in_a_pause_and_in_a_poll() {
    let namespace = "root/left";
    let host = host(namespace);
    let query = |seconds: &str| {
        format!("SELECT * FROM __InstanceCreationEvent WITHIN {seconds} WHERE TargetInstance ISA 'T_Left'")
    };
    let reply = subscribe(&host, namespace, &query("3600")).unwrap();
    wait_until("the thread", || pollers("T_Left") == 1);
    drop(reply);
    wait_until("the end in a pause", || pollers("T_Left") == 0);

    let mut reply = subscribe(&host, namespace, &query("0.1")).unwrap();
    let polled = shelf(namespace, |it| {
        it.ending = Ending::Never;
        it.enumerations
    });
    wait_until("a poll without an end", || shelf(namespace, |it| it.enumerations) > polled);
    reply.canceller()();
    assert_eq!(reply.next(1, SOON).end.unwrap().unwrap_err().message(), "the operation was cancelled");
    wait_until("the end in a poll", || pollers("T_Left") == 0);
}

#[test]
fn polling_ends_with_the_host() {
    let namespace = "root/shutdown";
    let (host, mut reply) = things(namespace, "__InstanceCreationEvent", "");
    drop(host);
    let end = reply.next(1, SOON).end.unwrap();
    assert_eq!(end.unwrap_err().code(), ResultCode::SERVER_IS_SHUTTING_DOWN);
}

fn soap(action: &str, namespace: &str, body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s='{}' xmlns:a='{}' xmlns:n='{}' xmlns:e='{}' xmlns:w='{}'><s:Header>\
         <a:Action>{action}</a:Action><w:ResourceURI>{}</w:ResourceURI><a:MessageID>uuid:1</a:MessageID>\
         <w:SelectorSet><w:Selector Name='__cimnamespace'>{namespace}</w:Selector></w:SelectorSet>\
         </s:Header><s:Body>{body}</s:Body></s:Envelope>",
        ns::SOAP,
        ns::ADDRESSING,
        ns::ENUMERATION,
        ns::EVENTING,
        ns::WSMAN,
        ns::ALL_CLASSES
    )
}

#[test]
fn a_ws_man_client_pulls_events_that_are_found_by_polling() {
    let namespace = "root/wsman";
    put(namespace, &[("a", 1)]);
    let settings = Settings { default_namespace: namespace.to_owned(), ..Settings::default() };
    let service = Service::new(host(namespace), settings);
    let send = |request: &str| {
        let answer = service.answer(&Principal::authenticated("ada"), request.as_bytes(), None);
        let body = String::from_utf8(answer.body).unwrap();
        assert_eq!(answer.status, 200, "{body}");
        body
    };
    let query = "SELECT * FROM __InstanceModificationEvent WITHIN 0.1 WHERE TargetInstance ISA \"T_Thing\"";
    let subscribe = format!(
        "<e:Subscribe><e:Delivery Mode='{}'/><w:Filter Dialect='{}'>{query}</w:Filter></e:Subscribe>",
        ns::PULL_DELIVERY,
        ns::dialect::WQL
    );
    let answer = send(&soap(ns::action::SUBSCRIBE, namespace, &subscribe));
    let (_, rest) = answer.split_once("<n:EnumerationContext>").unwrap();
    let (id, _) = rest.split_once('<').unwrap();
    put(namespace, &[("a", 2)]);
    let pull = format!("<n:Pull><n:EnumerationContext>{id}</n:EnumerationContext></n:Pull>");
    let answer = send(&soap(&format!("{}/Pull", ns::ENUMERATION), namespace, &pull));
    for expected in [
        "__InstanceModificationEvent",
        "TargetInstance",
        "PreviousInstance",
        "<p1:Size>2</p1:Size>",
        "<p1:Size>1</p1:Size>",
    ] {
        assert!(answer.contains(expected), "{expected} is missing in {answer}");
    }
}
