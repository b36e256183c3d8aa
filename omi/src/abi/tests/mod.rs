//! Every call of the ABI, driven through a host that is made for it: one that has all optional calls, and one, like
//! omiserver, that has none.

#![allow(clippy::cast_possible_truncation)]

mod host;
mod instance;
mod provider;
mod relay;

use crate::indication::PostError;
use crate::value::Char16;
use crate::{Class, Datetime, Instance, ResultCode, Value, flags};
use host::Host;
use omi_sys::*;
use provider::{CHANNEL, EVENTS, Event, LIFECYCLE, SUBSCRIPTIONS, Thing, live, main};
use std::ffi::{CStr, c_char, c_void};
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const NAMESPACE: &CStr = c"root/test";

/// A class of the module, loaded as a host loads it.
struct Loaded {
    table: &'static MI_ProviderFT,
    class: *const MI_ClassDecl,
    name: &'static CStr,
    state: *mut c_void,
    host: Box<Host>,
    /// The provider keeps what happens to it in statics, so the tests take turns.
    _turn: MutexGuard<'static, ()>,
}

static TURN: Mutex<()> = Mutex::new(());

impl Loaded {
    fn new(name: &'static CStr, supports: bool) -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let host = Host::new(supports);
        // SAFETY: the module is called as mi.h says.
        unsafe {
            let module = &*main(ptr::null_mut());
            let mut module_state = ptr::null_mut();
            module.Load.unwrap()(&mut module_state, host.context());
            assert_eq!(host.end(), (0, String::new()));
            let class = class(&*module.schemaDecl, name);
            let table = class.map_or(module.dynamicProviderFT, |class| class.providerFT);
            let mut state = ptr::null_mut();
            (*table).Load.unwrap()(&mut state, module_state, host.context());
            assert_eq!(host.end(), (0, String::new()));
            let class = class.map_or(ptr::null(), ptr::from_ref);
            Self { table: &*table, class, name, state, host, _turn: turn }
        }
    }

    fn unload(&mut self) {
        let state = std::mem::replace(&mut self.state, ptr::null_mut());
        // SAFETY: the module is called as mi.h says; the state is handed back once.
        unsafe { self.table.Unload.unwrap()(state, self.host.context()) };
    }

    /// Calls `T_Thing.Act` without waiting for its end.
    fn start(&self, script: &str) -> Input {
        let parameters = Input::new(&Instance::new("Act").with("Script", script));
        // SAFETY: the declaration is the module's, and the input lives as long as the caller keeps it.
        unsafe {
            let method: &MI_MethodDecl = &**(*self.class).methods;
            let (namespace, name) = (NAMESPACE.as_ptr(), self.name.as_ptr());
            let act = method.function.unwrap();
            act(self.state, self.host.context(), namespace, name, c"Act".as_ptr(), ptr::null(), parameters.0);
        }
        parameters
    }

    fn act(&self, script: &str) -> Instance {
        let _input = self.start(script);
        assert_eq!(self.host.end(), (0, String::new()));
        self.host.posted().remove(0)
    }

    fn said(&self, script: &str) -> Vec<String> {
        match self.act(script).get("Said") {
            Some(Value::StringArray(said)) => said.clone(),
            other => panic!("{other:?}"),
        }
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        if !self.state.is_null() {
            self.unload();
        }
    }
}

fn class(schema: &'static MI_SchemaDecl, name: &CStr) -> Option<&'static MI_ClassDecl> {
    // SAFETY: the schema is the module's.
    let classes = (0..schema.numClassDecls as usize).map(|index| unsafe { &**schema.classDecls.add(index) });
    classes.into_iter().find(|class: &&MI_ClassDecl| instance::name(class.name).as_bytes() == name.to_bytes())
}

/// An instance that a host hands to a provider.
struct Input(*mut MI_Instance);

impl Input {
    fn new(instance: &Instance) -> Self {
        Self(instance::new(instance.clone()))
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        // SAFETY: the instance is live and its table has Delete.
        let _ = unsafe { (*(*self.0).ft).Delete.unwrap()(self.0) };
    }
}

#[test]
fn an_inline_enumeration_runs_on_the_thread_of_the_host_and_ends_before_it_returns() {
    let link = Loaded::new(c"T_Link", true);
    let enumerate = link.table.EnumerateInstances.unwrap();
    let (namespace, name, all) = (NAMESPACE.as_ptr(), link.name.as_ptr(), ptr::null());
    // SAFETY: called as mi.h says, on a class that is loaded.
    unsafe { enumerate(link.state, link.host.context(), namespace, name, all, MI_FALSE, ptr::null()) };
    assert_eq!(link.host.end_now(), Some((1, format!("{:?}", std::thread::current().id()))));
}

#[test]
fn what_a_provider_says_reaches_the_host_as_mi_h_has_it() {
    let thing = Loaded::new(c"T_Thing", true);
    thing.host.calls();
    let said = thing.said("speak");
    let delivered = ["Delivered", "Delivered", "Delivered", "Delivered", "Skipped", "Delivered"];
    assert_eq!(said[..6], delivered);
    assert_eq!(said[6..], ["Yes"; 6]);
    assert_eq!(
        thing.host.calls(),
        [
            "WriteMessage(0, careful)",
            "WriteMessage(1, chatter)",
            "WriteMessage(2, bei der Arbeit)",
            "WriteProgress(act, step, fine, 0xffffffff, 0xffffffff)",
            "WriteProgress(act, step, fine, 0x64, 0x1)",
            "WriteError(6, MI, it is gone)",
            "WriteCimError(T_Error, Some(\"worst\"))",
            "ShouldProcess(disk, format)",
            "ShouldContinue(really?)",
            "PromptUser(well?, 0)",
            "PromptUser(now?, 1)",
        ]
    );
}

#[test]
fn a_no_is_not_unsupported() {
    let mut thing = Loaded::new(c"T_Thing", true);
    thing.host.answer = false;
    assert_eq!(thing.said("speak")[6..], ["No"; 6]);
}

#[test]
fn a_host_without_the_calls_makes_nothing_fail() {
    let thing = Loaded::new(c"T_Thing", false);
    let said = thing.said("speak");
    assert_eq!(said.iter().filter(|it| *it == "Unsupported").count(), 11);
    assert_eq!(said[4], "Skipped");
    assert_eq!(thing.said("options")[4..], ["Unsupported"; 3]);
    assert_eq!(thing.host.calls(), [""; 0]);
    assert!(LIFECYCLE.lock().unwrap().is_none());
}

#[test]
fn options_are_texts_and_numbers() {
    let thing = Loaded::new(c"T_Thing", true);
    let said = thing.said("options");
    assert_eq!(said, ["Some(\"12\")", "Some(12)", "Some(7)", "None", "Done", "Done", "Done"]);
    let calls = thing.host.calls();
    assert!(calls.ends_with(&["SetStringOption(Mood, good)".into(), "RefuseUnload".into(), "RequestUnload".into()]));
}

#[test]
fn streamed_elements_go_out_as_arrays_and_are_not_sent_twice() {
    let thing = Loaded::new(c"T_Thing", true);
    thing.host.calls();
    let output = thing.act("stream");
    assert_eq!(output.get("Parts"), None);
    assert_eq!(output.get("Said"), Some(&Value::StringArray(vec!["Delivered".into()])));
    assert_eq!(
        thing.host.calls(),
        [
            "WriteStreamParameter(parts, Some(Uint32Array([1, 2])), 0)",
            "WriteStreamParameter(Parts, Some(Uint32Array([3])), 0)",
        ]
    );
}

#[test]
fn where_the_host_takes_no_parts_they_come_with_the_output() {
    let thing = Loaded::new(c"T_Thing", false);
    let output = thing.act("stream");
    assert_eq!(output.get("Parts"), Some(&Value::Uint32Array(vec![1, 2, 3])));
    assert_eq!(output.get("Said"), Some(&Value::StringArray(vec!["Unsupported".into()])));
    assert_eq!(thing.act("stream and set").get("Parts"), Some(&Value::Uint32Array(vec![9])));
}

#[test]
fn only_streamed_parameters_of_the_right_type_are_streamed() {
    let thing = Loaded::new(c"T_Thing", true);
    assert_eq!(
        thing.said("stream badly"),
        [
            "the method Act has no parameter Nothing",
            "the method Act has no streamed array of results in its parameter Said",
            "Parts is uint32[], but string was streamed",
        ]
    );
}

#[test]
fn cancelling_runs_the_closure_once_and_late_calls_do_no_harm() {
    let thing = Loaded::new(c"T_Thing", true);
    EVENTS.lock().unwrap().clear();
    let _input = thing.start("cancel");
    wait_for(|| EVENTS.lock().unwrap().contains(&"waiting".into()));
    assert!(thing.host.cancel(1));
    assert_eq!(thing.host.end(), (1, "cancelled: Timeout".into()));
    assert!(thing.host.cancel(1), "after the final post");
}

#[test]
fn without_cancelling_in_the_host_the_closure_is_dropped() {
    let thing = Loaded::new(c"T_Thing", false);
    let _input = thing.start("cancel");
    assert_eq!(thing.host.end(), (7, "nobody tells".into()));
}

fn wait_for(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn full_thing() -> Thing {
    let time: Datetime = "20260203040506.123456+060".parse().unwrap();
    let span: Datetime = "00000011121314.500000:000".parse().unwrap();
    let other = |id: &str| Instance::new("T_Other").with_key("id", id);
    Thing {
        id: Some("full".into()),
        truth: Some(true),
        u8s: Some(u8::MAX),
        s8s: Some(i8::MIN),
        u16s: Some(u16::MAX),
        s16s: Some(i16::MIN),
        u32s: Some(u32::MAX),
        s32s: Some(i32::MIN),
        u64s: Some(u64::MAX),
        s64s: Some(i64::MIN),
        r32s: Some(0.1),
        r64s: Some(-0.1),
        unit: Some(Char16(0xD800)),
        time: Some(time),
        link: Some(other("linked")),
        part: Some(other("part").with("Depth", 1_u8).with("Inner", other("inner"))),
        truths: Some(vec![true, false]),
        u8a: Some(vec![0, 1]),
        s8a: Some(vec![-1]),
        u16a: Some(vec![1, 2, 3]),
        s16a: Some(vec![-2]),
        u32a: Some(vec![]),
        s32a: Some(vec![-3, 3]),
        u64a: Some(vec![u64::MAX]),
        s64a: Some(vec![i64::MIN]),
        r32a: Some(vec![0.5]),
        r64a: Some(vec![0.25, 0.125]),
        units: Some(vec![Char16(65)]),
        times: Some(vec![time, span]),
        texts: Some(vec!["Umlaut: ä".into(), String::new()]),
        links: Some(vec![other("a"), other("b")]),
        parts: Some(vec![other("c")]),
    }
}

/// Has the provider create `thing` and gives what it posts.
fn create(thing: &Thing) -> Instance {
    let (end, mut posted) = create_at(true, thing);
    assert_eq!(end, (0, String::new()));
    posted.remove(0)
}

/// Has the provider create `thing`: the final post, and what was posted before.
fn create_at(supports: bool, thing: &Thing) -> ((u32, String), Vec<Instance>) {
    let loaded = Loaded::new(c"T_Thing", supports);
    let input = Input::new(&thing.to_instance().unwrap());
    let create = loaded.table.CreateInstance.unwrap();
    // SAFETY: the arguments live until the final post.
    unsafe { create(loaded.state, loaded.host.context(), NAMESPACE.as_ptr(), loaded.name.as_ptr(), input.0) };
    (loaded.host.end(), loaded.host.posted())
}

#[test]
fn what_is_too_much_for_omiserver_is_refused_there_and_nowhere_else() {
    let thing = |size: usize| Thing {
        id: Some("much".into()),
        texts: Some(vec!["x".repeat(size / 2), "y".repeat(size / 2)]),
        ..Thing::default()
    };
    let (much, too_much) = (thing(240_000), thing(256_000));
    assert_eq!(Thing::from_instance(create(&too_much)).unwrap(), too_much);
    let (end, posted) = create_at(false, &much);
    assert_eq!((end.0, posted.len()), (0, 1));
    let ((code, text), posted) = create_at(false, &too_much);
    assert_eq!((ResultCode(code), posted.len()), (ResultCode::SERVER_LIMITS_EXCEEDED, 0));
    assert!(text.contains("T_Thing has 2561") && text.contains("245760 at most"), "{text}");
}

#[test]
fn every_type_goes_in_and_out_unchanged() {
    let posted = create(&full_thing());
    assert_eq!(posted.namespace(), Some("root/test"));
    assert!(matches!(posted.get("link"), Some(Value::Reference(_))));
    assert!(matches!(posted.get("parts"), Some(Value::InstanceArray(_))));
    assert_eq!(Thing::from_instance(posted).unwrap(), full_thing());
}

#[test]
fn nulls_stay_null() {
    let thing = Thing { id: Some("empty".into()), ..Thing::default() };
    let posted = create(&thing);
    assert_eq!(posted.properties().iter().filter(|it| it.value.is_some()).count(), 1);
    assert_eq!(Thing::from_instance(posted).unwrap(), thing);
}

#[test]
fn a_typed_instance_becomes_an_embedded_one_and_a_reference() {
    let loaded = Loaded::new(c"T_Thing", true);
    let Some(Value::Instance(whole)) = loaded.act("embed").get("Whole").cloned() else { panic!("no instance") };
    assert_eq!((whole.text("id"), whole.get("u8s")), (Some("whole"), Some(&Value::Uint8(8))));
    assert!(whole.property("u16s").is_some_and(|it| it.value.is_none()));

    let reference = full_thing().to_reference("root/x").unwrap();
    assert_eq!((reference.properties().len(), reference.namespace()), (1, Some("root/x")));
    let error = Thing::default().to_reference("root/x").unwrap_err();
    assert_eq!(error.message(), "T_Thing cannot be referred to: its key id is NULL");
}

#[repr(C)]
struct TestFilter {
    filter: MI_Filter,
    can_evaluate: bool,
}

unsafe extern "C" fn evaluate(
    filter: *const MI_Filter,
    candidate: *const MI_Instance,
    passes: *mut MI_Boolean,
) -> MI_Result {
    // SAFETY: the filter is the first field of a live TestFilter; the out-parameter is the caller's.
    unsafe {
        if !(*filter.cast::<TestFilter>()).can_evaluate {
            return MI_RESULT_NOT_SUPPORTED;
        }
        *passes = (instance::contents(candidate).text("id") == Some("a")).into();
    }
    MI_RESULT_OK
}

unsafe extern "C" fn expression(
    _filter: *const MI_Filter,
    language: *mut *const c_char,
    expression: *mut *const c_char,
) -> MI_Result {
    // SAFETY: the out-parameters are the caller's.
    unsafe {
        *language = c"WQL".as_ptr();
        *expression = c"SELECT * FROM T_Thing WHERE id = 'b'".as_ptr();
    }
    MI_RESULT_OK
}

static FILTER: MI_FilterFT = MI_FilterFT { Evaluate: Some(evaluate), GetExpression: Some(expression) };

fn filter(can_evaluate: bool) -> TestFilter {
    TestFilter { filter: MI_Filter { ft: &FILTER, reserved: [0; 3] }, can_evaluate }
}

#[test]
fn the_hosts_filter_decides_and_the_sdk_where_it_cannot() {
    let thing = Loaded::new(c"T_Thing", true);
    for (can_evaluate, expected) in [(true, "a"), (false, "b")] {
        let filter = filter(can_evaluate);
        let (namespace, name) = (NAMESPACE.as_ptr(), thing.name.as_ptr());
        let enumerate = thing.table.EnumerateInstances.unwrap();
        // SAFETY: the arguments live until the final post.
        unsafe {
            enumerate(thing.state, thing.host.context(), namespace, name, ptr::null(), MI_FALSE, &filter.filter);
        }
        assert_eq!(thing.host.end(), (0, String::new()));
        let posted = thing.host.posted();
        assert_eq!(posted[0].text("id"), Some(expected));
        assert_eq!((posted.len(), posted[1].get("Extra")), (2, Some(&Value::Uint8(1))), "a dynamic one goes as it is");
        assert_eq!(posted[1].namespace(), Some("root/test"));
    }
}

unsafe extern "C" fn one(_set: *const MI_PropertySet, count: *mut MI_Uint32) -> MI_Result {
    // SAFETY: the out-parameter is the caller's.
    unsafe { *count = 1 };
    MI_RESULT_OK
}

unsafe extern "C" fn u8s(_set: *const MI_PropertySet, _index: MI_Uint32, name: *mut *const MI_Char) -> MI_Result {
    // SAFETY: the out-parameter is the caller's.
    unsafe { *name = c"u8s".as_ptr() };
    MI_RESULT_OK
}

static PROPERTIES: MI_PropertySetFT = MI_PropertySetFT {
    GetElementCount: Some(one),
    ContainsElement: None,
    AddElement: None,
    GetElementAt: Some(u8s),
    Clear: None,
    Destruct: None,
    Delete: None,
    Clone: None,
};

#[test]
fn associations_are_followed_with_roles_and_wanted_properties() {
    let link = Loaded::new(c"T_Link", true);
    let source = Input::new(&Instance::new("T_Thing").with_key("id", "x"));
    let properties = MI_PropertySet { ft: &PROPERTIES, reserved: [0; 3] };
    let (context, namespace, name) = (link.host.context(), NAMESPACE.as_ptr(), link.name.as_ptr());
    let (left, result) = (c"left".as_ptr(), c"T_Thing".as_ptr());
    // SAFETY: the arguments live until the final post.
    unsafe {
        let associators = link.table.AssociatorInstances.unwrap();
        let none = ptr::null();
        associators(link.state, context, namespace, name, source.0, result, left, none, &properties, 0, ptr::null());
    }
    assert_eq!(link.host.end(), (0, String::new()));
    let posted = link.host.posted();
    assert_eq!((posted[0].class_name(), posted[0].text("id")), ("T_Thing", Some("x'")));
    assert_eq!((posted[0].get("u8s"), posted[0].get("u16s")), (Some(&Value::Uint8(1)), None), "only what is wanted");
    assert_eq!(posted[1].class_name(), "T_Other");

    // SAFETY: as above.
    unsafe {
        let references = link.table.ReferenceInstances.unwrap();
        references(link.state, context, namespace, name, source.0, left, ptr::null(), 0, ptr::null());
    }
    assert_eq!(link.host.end(), (0, String::new()));
    let posted = link.host.posted().remove(0);
    let Some(Value::Reference(right)) = posted.get("right") else { panic!("{posted:?}") };
    assert_eq!((right.text("id"), right.namespace(), right.properties().len()), (Some("r"), Some("root/test"), 1));
    assert_eq!(right.properties()[0].flags & flags::KEY, flags::KEY);
}

#[test]
fn indications_flow_between_enabling_and_disabling_and_never_after() {
    let event = Loaded::new(c"T_Event", true);
    let indicating = Host::new(true);
    let (namespace, name) = (NAMESPACE.as_ptr(), event.name.as_ptr());
    // SAFETY: the contexts live until their final posts.
    unsafe { event.table.EnableIndications.unwrap()(event.state, indicating.context(), namespace, name) };
    assert!(indicating.end_now().is_none(), "a final post would say that enabling failed");

    let filter = filter(true);
    let mut kept = ptr::null_mut();
    let subscribe = event.table.Subscribe.unwrap();
    let (context, bookmark) = (event.host.context(), c"41".as_ptr());
    // SAFETY: as above.
    unsafe { subscribe(event.state, context, namespace, name, &filter.filter, bookmark, 5, &mut kept) };
    assert_eq!(event.host.end(), (0, String::new()));
    let subscription = SUBSCRIPTIONS.lock().unwrap()[0].clone();
    assert_eq!((subscription.id, subscription.bookmark.as_deref()), (5, Some("41")));
    assert!(subscription.filter.is_some_and(|it| it.language() == "WQL" && it.select().is_some()));

    let channel = CHANNEL.lock().unwrap().take().unwrap();
    let ping = || Event { id: Some("ping".into()) };
    assert_eq!(channel.post(ping()), Ok(()));
    assert_eq!(channel.post_with_bookmark(ping(), "42"), Ok(()));
    assert!(matches!(channel.post(Event::default()), Err(PostError::Refused(_))), "its key is NULL");
    assert_eq!(indicating.calls(), ["PostIndication(0, NULL)", "PostIndication(0, 42)"]);
    assert_eq!(indicating.posted()[0].text("id"), Some("ping"));

    // SAFETY: as above; omiserver gives no namespace here.
    unsafe {
        event.table.Unsubscribe.unwrap()(event.state, context, namespace, name, 5, kept);
        assert_eq!(event.host.end(), (0, String::new()));
        event.table.DisableIndications.unwrap()(event.state, indicating.context(), ptr::null(), name);
    }
    assert_eq!(indicating.end(), (0, String::new()));
    assert!(SUBSCRIPTIONS.lock().unwrap().is_empty() && channel.is_closed());
    drop(indicating);
    assert_eq!(channel.post(ping()), Err(PostError::Closed));
}

#[test]
fn lifecycle_indications_go_to_the_host_until_the_provider_is_unloaded() {
    let mut thing = Loaded::new(c"T_Thing", true);
    let lifecycle = LIFECYCLE.lock().unwrap().take().unwrap();
    assert_eq!(thing.host.calls(), ["RefuseUnload", "SetSupportedTypes(3)"]);
    assert_eq!(
        live(&lifecycle),
        [
            "Ok(Delivered)",
            "Ok(Delivered)",
            "Ok(Skipped)",
            "Ok(Unsupported)",
            "Ok(Delivered)",
            "Some(LifecycleTypes(1))",
            "Some(LifecycleTypes(4))",
        ]
    );
    assert_eq!(thing.host.calls(), ["PostCreate", "PostModify", "PostMethodCall(Act, 0, 0)"]);
    let posted = thing.host.posted();
    let ids: Vec<_> = posted.iter().map(|it| it.text("id").or(it.text("Script"))).collect();
    assert_eq!(ids, [Some("new"), Some("old"), Some("new"), Some("target"), Some("none")]);

    EVENTS.lock().unwrap().clear();
    thing.unload();
    assert_eq!(thing.host.end(), (0, String::new()));
    // SAFETY: the module is called as mi.h says.
    unsafe { (*main(ptr::null_mut())).Unload.unwrap()(ptr::null_mut(), thing.host.context()) };
    assert_eq!(thing.host.end(), (1, "for the log".into()));
    assert_eq!(*EVENTS.lock().unwrap(), ["Things gone, lifecycle false", "module unloaded"]);
    let result = lifecycle.post_create(&full_thing());
    assert_eq!(result, Ok(crate::dialogue::Delivery::Skipped));
}

#[test]
fn a_dynamic_provider_serves_what_the_module_does_not_declare() {
    let rest = Loaded::new(c"T_Unknown", false);
    let (context, namespace, name) = (rest.host.context(), NAMESPACE.as_ptr(), rest.name.as_ptr());
    let key = Input::new(&Instance::new("T_Unknown").with_key("id", 1_u8));
    // SAFETY: the arguments live until the final post.
    unsafe { rest.table.GetInstance.unwrap()(rest.state, context, namespace, name, key.0, ptr::null()) };
    assert_eq!(rest.host.end(), (0, String::new()));
    assert_eq!(rest.host.posted()[0].text("Class"), Some("T_Unknown"));

    let input = Input::new(&Instance::new("Go").with("Speed", 1_u8));
    // SAFETY: as above.
    unsafe { rest.table.Invoke.unwrap()(rest.state, context, namespace, name, c"Go".as_ptr(), key.0, input.0) };
    assert_eq!(rest.host.end(), (0, String::new()));
    let output = rest.host.posted().remove(0);
    assert_eq!(output.class_name(), "Go");
    assert_eq!(output.get("MIReturn"), Some(&Value::Uint32(3)));
    assert_eq!(output.get("Numbers"), Some(&Value::Uint16Array(vec![5])));
    assert!(output.properties().iter().all(|it| it.flags == flags::PARAMETER | flags::OUT));
    assert_eq!(rest.host.calls(), [format!("NewDynamicInstance(Go, {MI_FLAG_METHOD})")]);

    // SAFETY: as above.
    unsafe { rest.table.DeleteInstance.unwrap()(rest.state, context, namespace, name, key.0) };
    assert_eq!(rest.host.end(), (7, "T_Unknown does not support delete".into()));
}
