//! The module that the test host loads.

#![allow(unreachable_pub)] // the entry point that `module!` makes is public

use super::relay;
use crate::association::Traversal;
use crate::cancel::CancelReason;
use crate::decl::{ClassSpec, MethodSpec, PropertySpec};
use crate::dialogue::{Delivery, Progress, Support};
use crate::dynamic::DynamicCall;
use crate::indication::Subscription;
use crate::lifecycle::{Lifecycle, LifecycleTypes, MethodCall};
use crate::localized::Localized;
use crate::*;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Declares a class with one property for each line; the first one is its key.
macro_rules! class {
    ($name:ident, $spec:ident, $cim:literal, $flags:expr, $methods:expr; $($field:ident $kind:ident $rust:ty),* $(,)?) => {
        #[derive(Clone, Debug, Default, PartialEq)]
        pub(super) struct $name { $(pub(super) $field: Option<$rust>),* }

        static $spec: ClassSpec = crate::class_spec! {
            name: $cim,
            superclass: None,
            flags: $flags,
            qualifiers: &[],
            properties: &[$(property(concat!(stringify!($field), "\0"), Type::$kind)),*],
            methods: $methods,
        };

        impl Class for $name {
            const SPEC: &'static ClassSpec = &$spec;

            fn store(&self, fields: &mut Fields<'_>) {
                let mut place = 0;
                $(fields.put(place, &self.$field); place += 1;)*
                let _ = place;
            }

            fn load(instance: &mut Instance) -> Result<Self> {
                Ok(Self { $($field: instance.take(stringify!($field))?),* })
            }
        }
    };
}

class! { Thing, THING, c"T_Thing", 0, &[ACT];
    id String String,
    truth Boolean bool,
    u8s Uint8 u8,
    s8s Sint8 i8,
    u16s Uint16 u16,
    s16s Sint16 i16,
    u32s Uint32 u32,
    s32s Sint32 i32,
    u64s Uint64 u64,
    s64s Sint64 i64,
    r32s Real32 f32,
    r64s Real64 f64,
    unit Char16 Char16,
    time Datetime Datetime,
    link Reference Instance,
    part Instance Instance,
    truths BooleanArray Vec<bool>,
    u8a Uint8Array Vec<u8>,
    s8a Sint8Array Vec<i8>,
    u16a Uint16Array Vec<u16>,
    s16a Sint16Array Vec<i16>,
    u32a Uint32Array Vec<u32>,
    s32a Sint32Array Vec<i32>,
    u64a Uint64Array Vec<u64>,
    s64a Sint64Array Vec<i64>,
    r32a Real32Array Vec<f32>,
    r64a Real64Array Vec<f64>,
    units Char16Array Vec<Char16>,
    times DatetimeArray Vec<Datetime>,
    texts StringArray Vec<String>,
    links ReferenceArray Vec<Instance>,
    parts InstanceArray Vec<Instance>,
}
class! { Link, LINK, c"T_Link", flags::ASSOCIATION, &[]; id String String, left Reference Instance, right Reference Instance }
class! { Event, EVENT, c"T_Event", flags::INDICATION, &[]; id String String }

/// The name ends in NUL; that of a key is "id".
const fn property(name: &'static str, kind: Type) -> PropertySpec {
    let flags = if matches!(name.as_bytes(), b"id\0") { flags::KEY } else { 0 };
    match std::ffi::CStr::from_bytes_with_nul(name.as_bytes()) {
        Ok(name) => PropertySpec { flags, ..PropertySpec::new(name, kind) },
        Err(_) => panic!(),
    }
}

const fn parameter(name: &'static std::ffi::CStr, flags: u32, kind: Type) -> PropertySpec {
    PropertySpec { flags, ..PropertySpec::new(name, kind) }
}

const ACT: MethodSpec = MethodSpec {
    flags: flags::STATIC,
    parameters: &[
        parameter(c"Script", flags::IN, Type::String),
        parameter(c"Said", flags::OUT, Type::StringArray),
        parameter(c"Parts", flags::OUT | flags::STREAM, Type::Uint32Array),
        parameter(c"Whole", flags::OUT, Type::Instance),
    ],
    ..MethodSpec::new(c"Act", Type::Uint32)
};

/// The input of `T_Thing.Act`: which of the scripts below to run.
pub(super) struct Act {
    script: Option<String>,
}

#[derive(Default)]
pub(super) struct ActOutput {
    said: Option<Vec<String>>,
    parts: Option<Vec<u32>>,
    whole: Option<Instance>,
}

impl Method for Act {
    type Class = Thing;
    type Output = ActOutput;
    const NAME: &'static str = "Act";

    fn load(parameters: &mut Instance) -> Result<Self> {
        Ok(Self { script: parameters.take("Script")? })
    }
}

impl MethodOutput for ActOutput {
    fn store(&self, fields: &mut Fields<'_>) {
        fields.put(0, &Some(0_u32));
        fields.put(2, &self.said);
        fields.put(3, &self.parts);
        fields.put(4, &self.whole);
    }
}

/// What lives in this module can only be reached by the tests through it.
pub(super) static CHANNEL: Mutex<Option<Indications<Event>>> = Mutex::new(None);
pub(super) static SUBSCRIPTIONS: Mutex<Vec<Subscription>> = Mutex::new(Vec::new());
pub(super) static LIFECYCLE: Mutex<Option<Lifecycle>> = Mutex::new(None);
pub(super) static EVENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

pub(super) struct Things;

impl Load for Things {
    fn load(context: &LoadContext<'_>) -> Result<Self> {
        let lifecycle = context.lifecycle();
        if let Some(lifecycle) = &lifecycle {
            lifecycle.set_supported_types(LifecycleTypes::CREATE | LifecycleTypes::MODIFY);
        }
        *LIFECYCLE.lock().unwrap() = lifecycle;
        Ok(Self)
    }
}

impl Unload for Things {
    fn unload(&self, context: &LoadContext<'_>) -> Result<()> {
        EVENTS.lock().unwrap().push(format!("Things gone, lifecycle {}", context.lifecycle().is_some()));
        Ok(())
    }
}

impl Enumerate<Thing> for Things {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, Thing>) -> Result<()> {
        for id in ["a", "b"] {
            let thing = Thing { id: Some(id.into()), ..Thing::default() };
            if query.matches(&thing)? {
                out.post(thing)?;
            }
        }
        out.post_dynamic(Instance::new("T_Other").with_key("id", "c").with("Extra", 1_u8))
    }
}

/// Says on which thread it runs.
impl Enumerate<Link> for Things {
    const INLINE: Option<fn(&Self) -> bool> = Some(|_| true);

    fn enumerate(&self, _query: &Query<'_>, _out: &mut Sink<'_, Link>) -> Result<()> {
        Err(Error::failed(format!("{:?}", std::thread::current().id())))
    }
}

/// Gives back what it gets.
impl Create<Thing> for Things {
    fn create(&self, instance: Thing, _query: &Query<'_>) -> Result<Thing> {
        Ok(instance)
    }
}

impl Invoke<Act> for Things {
    fn invoke(&self, _target: Option<Thing>, input: Act, query: &Query<'_>) -> Result<ActOutput> {
        let said = |items: Vec<String>| ActOutput { said: Some(items), ..ActOutput::default() };
        match input.script.as_deref() {
            Some("speak") => Ok(said(speak(query))),
            Some("options") => Ok(said(options(query))),
            Some("stream") => {
                query.stream("parts", vec![1_u32, 2])?;
                let one = query.stream("Parts", 3_u32)?;
                Ok(said(vec![format!("{one:?}")]))
            }
            Some("stream badly") => Ok(said(vec![
                query.stream("Nothing", 1_u32).unwrap_err().to_string(),
                query.stream("Said", "x").unwrap_err().to_string(),
                query.stream("Parts", "x").unwrap_err().to_string(),
            ])),
            Some("stream and set") => {
                query.stream("Parts", 1_u32)?;
                Ok(ActOutput { parts: Some(vec![9]), ..ActOutput::default() })
            }
            Some("embed") => {
                let thing = Thing { id: Some("whole".into()), u8s: Some(8), ..Thing::default() };
                Ok(ActOutput { whole: Some(thing.to_instance()?), ..ActOutput::default() })
            }
            Some("cancel") => wait_for_cancel(query),
            other => Err(Error::invalid_parameter(format!("there is no script {other:?}"))),
        }
    }
}

fn speak(query: &Query<'_>) -> Vec<String> {
    static TEXT: Localized = Localized::new(&[("en", "working"), ("de", "bei der Arbeit")]);
    let error = Error::not_found("it is gone");
    let detailed = Error::failed("worse").with_details(Instance::new("T_Error").with("Message", "worst"));
    let progress = Progress::new("act").operation("step").status("fine");
    vec![
        format!("{:?}", query.warning("careful")),
        format!("{:?}", query.verbose("chatter")),
        format!("{:?}", query.debug(query.localized(&TEXT))),
        format!("{:?}", query.progress(&progress)),
        format!("{:?}", query.progress(&progress)),
        format!("{:?}", query.progress(&progress.clone().percent(100).remaining(Duration::from_millis(1500)))),
        format!("{:?}", query.error(&error)),
        format!("{:?}", query.error(&detailed)),
        format!("{:?}", query.should_process("disk", "format")),
        format!("{:?}", query.should_continue("really?")),
        format!("{:?}", query.prompt("well?")),
        format!("{:?}", query.critical_prompt("now?")),
    ]
}

fn options(query: &Query<'_>) -> Vec<String> {
    vec![
        format!("{:?}", query.option_text("Depth")),
        format!("{:?}", query.option_number("Depth")),
        format!("{:?}", query.option_number("Count")),
        format!("{:?}", query.option_text("Missing")),
        format!("{:?}", query.set_option("Mood", "good")),
        format!("{:?}", query.refuse_unload()),
        format!("{:?}", query.request_unload()),
    ]
}

fn wait_for_cancel(query: &Query<'_>) -> Result<ActOutput> {
    let alive = Arc::new(());
    let (sender, receiver) = channel();
    let held = alive.clone();
    let support = query.on_cancel(move |reason| {
        drop(held);
        sender.send(reason).unwrap();
    });
    if support == Support::Unsupported {
        assert_eq!(Arc::strong_count(&alive), 1, "the closure is dropped");
        return Err(Error::not_supported("nobody tells"));
    }
    EVENTS.lock().unwrap().push("waiting".into());
    let reason = receiver.recv_timeout(Duration::from_secs(60)).unwrap();
    assert_eq!(reason, CancelReason::Timeout);
    // Too late for the host, but not for the SDK.
    let (sender, receiver) = channel();
    query.on_cancel(move |reason| sender.send(reason).unwrap());
    Err(Error::failed(format!("cancelled: {:?}", receiver.recv().unwrap())))
}

impl Associate<Link> for Things {
    fn associators(&self, from: &Traversal, query: &Query<'_>, out: &mut AnySink<'_>) -> Result<()> {
        assert_eq!((from.role.as_deref(), from.result_class.as_deref()), (Some("left"), Some("T_Thing")));
        assert!(from.starts_at("LEFT") && !from.starts_at("right") && from.leads_to("right"));
        assert!(query.wants("u8s") && !query.wants("u16s"));
        assert_eq!(query.requested().unwrap(), ["u8s"]);
        let source = Thing::from_instance(from.source.clone())?;
        out.post(Thing { id: source.id.map(|id| id + "'"), u8s: Some(1), u16s: Some(2), ..Thing::default() })?;
        out.post_dynamic(Instance::new("T_Other").with_key("id", "o"))
    }

    fn references(&self, from: &Traversal, query: &Query<'_>, out: &mut Sink<'_, Link>) -> Result<()> {
        let right = Thing { id: Some("r".into()), u8s: Some(1), ..Thing::default() };
        let right = Some(right.to_reference(query.namespace())?);
        out.post(Link { id: Some("l".into()), left: Some(from.source.clone()), right })
    }
}

impl Indicate<Event> for Things {
    fn enable(&self, channel: Indications<Event>) -> Result<()> {
        *CHANNEL.lock().unwrap() = Some(channel);
        Ok(())
    }

    fn subscribe(&self, subscription: &Subscription) -> Result<()> {
        SUBSCRIPTIONS.lock().unwrap().push(subscription.clone());
        Ok(())
    }

    fn unsubscribe(&self, id: u64) {
        SUBSCRIPTIONS.lock().unwrap().retain(|it| it.id != id);
    }
}

#[derive(Default)]
pub(super) struct Rest;

impl Dynamic for Rest {
    fn enumerate(&self, class: &str, _query: &Query<'_>, out: &mut AnySink<'_>) -> Result<()> {
        relay::enumerate(class, out)
    }

    fn get(&self, class: &str, key: Instance, _query: &Query<'_>) -> Result<Instance> {
        Ok(key.with("Class", class))
    }

    fn invoke(&self, _class: &str, call: DynamicCall, query: &Query<'_>) -> Result<Instance> {
        assert_eq!(query.stream("Numbers", 5_u16)?, Delivery::Unsupported);
        Ok(call.parameters.with("ReturnValue", 3_u32))
    }
}

fn load(context: &LoadContext<'_>) -> Result<()> {
    assert!(context.lifecycle().is_none(), "a module has none, and omiserver crashes when it is asked");
    EVENTS.lock().unwrap().push("module loaded".into());
    Ok(())
}

fn unload(_context: &LoadContext<'_>) -> Result<()> {
    EVENTS.lock().unwrap().push("module unloaded".into());
    Err(Error::failed("for the log"))
}

/// Posts what happens to things.
pub(super) fn live(lifecycle: &Lifecycle) -> Vec<String> {
    let thing = |id: &str| Thing { id: Some(id.into()), ..Thing::default() };
    let call = MethodCall {
        method: "Act".into(),
        parameters: Some(Instance::new("Act").with("Script", "none")),
        return_value: Some("0".into()),
    };
    let changed = Arc::new(Mutex::new(None));
    let seen = changed.clone();
    let registered = lifecycle.on_types_change(move |types| *seen.lock().unwrap() = Some(types));
    assert_eq!(registered, Support::Done);
    vec![
        format!("{:?}", lifecycle.post_create(&thing("new"))),
        format!("{:?}", lifecycle.post_modify(&thing("old"), &thing("new"))),
        format!("{:?}", lifecycle.post_read(&thing("read"))),
        format!("{:?}", lifecycle.post_delete(&thing("gone"))),
        format!("{:?}", lifecycle.post_method_call(&thing("target"), &call)),
        format!("{:?}", lifecycle.types()),
        format!("{:?}", changed.lock().unwrap()),
    ]
}

crate::module! {
    entry: main,
    load: load,
    unload: unload,
    dynamic: Rest,
    Thing => Things { Act },
    Link => Things,
    Event => Things,
}
