//! A provider with numbers: as many as a client wants, and methods that fail or hang.

use omi::decl::{ClassSpec, MethodSpec, PropertySpec};
use omi::{Class, Delete, Enumerate, Error, Fields, Get, Instance, Invoke, Method, MethodOutput, Modify, Query};
use omi::{Result, Sink, Type, flags};
use omi_host::Host;
use std::sync::{Condvar, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

/// The namespace of all tests.
pub(crate) const NAMESPACE: &str = "root/test";

/// The one host of this test: a library is loaded once in a process.
pub(crate) fn host() -> Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    HOST.get_or_init(|| Host::builder().linked("numbers", main, &[NAMESPACE]).build().unwrap()).clone()
}

/// How many numbers there are for clients that do not take the endless ones.
pub(crate) const NUMBERS: u32 = 3000;

/// How many endless enumerations the provider has begun and not ended.
static AT_WORK: Mutex<usize> = Mutex::new(0);
static CHANGED: Condvar = Condvar::new();

/// Waits until the provider works at this many endless enumerations.
pub(crate) fn wait_for_endless(count: usize) {
    let (at_work, timeout) =
        CHANGED.wait_timeout_while(AT_WORK.lock().unwrap(), Duration::from_secs(30), |it| *it != count).unwrap();
    assert!(!timeout.timed_out(), "{} endless enumerations are at work instead of {count}", *at_work);
}

fn count(change: impl FnOnce(&mut usize)) {
    change(&mut AT_WORK.lock().unwrap());
    CHANGED.notify_all();
}

#[derive(Default)]
struct Number {
    id: Option<u32>,
    text: Option<String>,
}

impl Class for Number {
    const SPEC: &'static ClassSpec = &NUMBER;
    fn store(&self, fields: &mut Fields<'_>) {
        fields.put(0, &self.id);
        fields.put(1, &self.text);
    }
    fn load(instance: &mut Instance) -> Result<Self> {
        Ok(Self { id: instance.take("Id")?, text: instance.take("Text")? })
    }
}

/// The same class without an end.
#[derive(Default)]
struct Endless(Number);

impl Class for Endless {
    const SPEC: &'static ClassSpec = &ENDLESS;
    fn store(&self, fields: &mut Fields<'_>) {
        self.0.store(fields);
    }
    fn load(instance: &mut Instance) -> Result<Self> {
        Number::load(instance).map(Self)
    }
}

/// `Wait(Seconds)` works that long, or until it is cancelled, and says so.
struct Wait {
    seconds: Option<u32>,
}

struct Waited(u32);

impl Method for Wait {
    type Class = Number;
    type Output = Waited;
    const NAME: &'static str = "Wait";
    fn load(parameters: &mut Instance) -> Result<Self> {
        Ok(Self { seconds: parameters.take("Seconds")? })
    }
}

impl MethodOutput for Waited {
    fn store(&self, fields: &mut Fields<'_>) {
        fields.put(0, &Some(self.0));
    }
}

#[derive(Default)]
struct Numbers;

fn number(id: u32) -> Number {
    Number { id: Some(id), text: Some(id.to_string()) }
}

impl Enumerate<Number> for Numbers {
    fn enumerate(&self, _: &Query<'_>, out: &mut Sink<'_, Number>) -> Result<()> {
        (0..NUMBERS).try_for_each(|id| out.post(number(id)))
    }
}

impl Get<Number> for Numbers {
    fn get(&self, key: Number, query: &Query<'_>) -> Result<Number> {
        match key.id {
            // What the options of the client became.
            Some(0) => {
                let option = query.option("Answer").and_then(|it| it.value);
                Ok(Number { id: key.id, text: Some(format!("{:?} {option:?}", query.locale())) })
            }
            Some(id) if id < NUMBERS => Ok(number(id)),
            id => Err(Error::not_found(format!("there is no number {id:?}"))),
        }
    }
}

impl Modify<Number> for Numbers {
    fn modify(&self, instance: Number, query: &Query<'_>) -> Result<Number> {
        let text = if query.modifies("Text") { instance.text } else { Some("unchanged".to_owned()) };
        Ok(Number { id: instance.id, text })
    }
}

impl omi::Create<Number> for Numbers {
    fn create(&self, instance: Number, _: &Query<'_>) -> Result<Number> {
        Ok(instance)
    }
}

impl Delete<Number> for Numbers {
    fn delete(&self, key: Number, query: &Query<'_>) -> Result<()> {
        self.get(key, query).map(drop)
    }
}

impl Invoke<Wait> for Numbers {
    fn invoke(&self, _: Option<Number>, input: Wait, query: &Query<'_>) -> Result<Waited> {
        let until = Instant::now() + Duration::from_secs(input.seconds.unwrap_or(0).into());
        while Instant::now() < until {
            if query.canceled() {
                return Err(Error::failed("cancelled"));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(Waited(input.seconds.unwrap_or(0)))
    }
}

impl Enumerate<Endless> for Numbers {
    fn enumerate(&self, _: &Query<'_>, out: &mut Sink<'_, Endless>) -> Result<()> {
        count(|at_work| *at_work += 1);
        let end = (0..).try_for_each(|id| out.post(Endless(number(id))));
        count(|at_work| *at_work -= 1);
        end
    }
}

const PROPERTIES: &[PropertySpec] = &[
    PropertySpec { flags: flags::KEY, ..PropertySpec::new(c"Id", Type::Uint32) },
    PropertySpec::new(c"Text", Type::String),
];

const WAIT: MethodSpec = MethodSpec {
    flags: flags::STATIC,
    parameters: &[PropertySpec { flags: flags::IN, ..PropertySpec::new(c"Seconds", Type::Uint32) }],
    ..MethodSpec::new(c"Wait", Type::Uint32)
};

static NUMBER: ClassSpec = omi::class_spec! {
    name: c"T_Number",
    superclass: None,
    flags: 0,
    qualifiers: &[],
    properties: PROPERTIES,
    methods: &[WAIT],
};

static ENDLESS: ClassSpec = omi::class_spec! {
    name: c"T_Endless",
    superclass: None,
    flags: 0,
    qualifiers: &[],
    properties: PROPERTIES,
    methods: &[],
};

omi::module! { entry: main, Number => Numbers { Wait }, Endless => Numbers }
