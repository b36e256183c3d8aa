//! Classes that a library serves by its dynamic provider, which knows them at run time only.

use crate::schema::{leak, module};
use crate::{NAMESPACE, enumeration, get, run};
use omi::association::Traversal;
use omi::dynamic::DynamicCall;
use omi::wql::Select;
use omi::{AnySink, Dynamic, Error, Instance, Query, Result, ResultCode, Type, Value, flags};
use omi_host::Host;
use omi_host::class::{Class, MethodDeclaration, PropertyDeclaration};
use omi_host::operation::Operation;
use omi_sys::{MI_Module, MI_Server};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Notes, by class and name. Each class has its own.
#[derive(Default)]
struct Notes(Mutex<BTreeMap<(String, String), Instance>>);

impl Notes {
    fn with<T>(&self, class: &str, of: &Instance, work: impl FnOnce(&mut Stored<'_>) -> T) -> Result<T> {
        let name = of.text("Name").ok_or_else(|| Error::invalid_parameter("the key Name is missing"))?;
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (class.to_owned(), name.to_owned());
        Ok(work(&mut Stored { place, notes: &mut notes }))
    }
}

/// A place for one note.
struct Stored<'a> {
    place: (String, String),
    notes: &'a mut BTreeMap<(String, String), Instance>,
}

fn missing() -> Error {
    Error::not_found("there is no such note")
}

impl Dynamic for Notes {
    fn enumerate(&self, class: &str, _query: &Query<'_>, out: &mut AnySink<'_>) -> Result<()> {
        let notes = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        notes.into_iter().filter(|((of, _), _)| of == class).try_for_each(|(_, note)| out.post_dynamic(note))
    }

    fn get(&self, class: &str, key: Instance, _query: &Query<'_>) -> Result<Instance> {
        self.with(class, &key, |it| it.notes.get(&it.place).cloned())?.ok_or_else(missing)
    }

    fn create(&self, class: &str, instance: Instance, _query: &Query<'_>) -> Result<Instance> {
        let new = instance.clone();
        self.with(class, &instance, |it| it.notes.insert(it.place.clone(), new))?;
        Ok(instance)
    }

    fn modify(&self, class: &str, instance: Instance, query: &Query<'_>) -> Result<Instance> {
        self.with(class, &instance, |it| {
            let note = it.notes.get_mut(&it.place).ok_or_else(missing)?;
            for property in instance.properties().iter().filter(|it| query.modifies(&it.name)) {
                note.retain(|it| it.name != property.name);
                note.push(property.clone());
            }
            Ok(note.clone())
        })?
    }

    fn delete(&self, class: &str, key: Instance, _query: &Query<'_>) -> Result<()> {
        self.with(class, &key, |it| it.notes.remove(&it.place))?.map(drop).ok_or_else(missing)
    }

    /// `Say` says what is asked, and of which note.
    fn invoke(&self, class: &str, call: DynamicCall, _query: &Query<'_>) -> Result<Instance> {
        let DynamicCall { method, target, parameters } = call;
        let of = target.as_ref().and_then(|it| it.text("Name")).unwrap_or("none");
        let said = format!("{class}.{method} of {of}: {}", parameters.text("What").unwrap_or_default());
        Ok(Instance::new(method).with("ReturnValue", 0_u32).with("Said", said))
    }

    /// As an association a note leads to the one of the same name in the other class.
    fn associators(&self, _class: &str, from: &Traversal, _query: &Query<'_>, out: &mut AnySink<'_>) -> Result<()> {
        let name = from.source.text("Name").unwrap_or_default();
        let other = if from.source.class_name() == "T_Note" { "T_Paper" } else { "T_Note" };
        out.post_dynamic(Instance::new(other).with_key("Name", name))
    }
}

omi::module! { entry: main, dynamic: Notes }

fn element(name: &str, kind: Type, flags: u32) -> PropertyDeclaration {
    PropertyDeclaration {
        name: name.into(),
        flags,
        qualifiers: Vec::new(),
        kind,
        class_name: None,
        subscript: 0,
        origin: None,
        propagator: None,
        default: None,
    }
}

fn declared(class: &str) -> Class {
    let say = MethodDeclaration {
        flags: flags::METHOD,
        parameters: vec![element("What", Type::String, flags::IN), element("Said", Type::String, flags::OUT)],
        ..MethodDeclaration::named("Say")
    };
    Class {
        properties: vec![
            element("Name", Type::String, flags::KEY),
            element("Text", Type::String, 0),
            element("Size", Type::Uint32, 0),
        ],
        methods: vec![say],
        ..Class::named(class)
    }
}

fn association() -> Class {
    let end = |name: &str, class: &str| PropertyDeclaration {
        class_name: Some(class.into()),
        ..element(name, Type::Reference, flags::KEY)
    };
    Class {
        flags: flags::CLASS | flags::ASSOCIATION,
        properties: vec![end("Note", "T_Note"), end("Paper", "T_Paper")],
        ..Class::named("T_Written")
    }
}

/// With one note in each of the two classes. The provider is the same in all hosts, but loaded once for each.
fn host(class: impl Fn(&str) -> Class) -> Host {
    let host = Host::builder().linked("notes", main, &[NAMESPACE]);
    let host = host.dynamic_class(class("T_Note")).dynamic_class(class("T_Paper")).dynamic_class(association());
    let host = host.build().unwrap();
    for class in ["T_Note", "T_Paper"] {
        run(&host, Operation::Create { instance: note(class, "a").with("Text", "first") }).unwrap();
    }
    host
}

fn note(class: &str, name: &str) -> Instance {
    Instance::new(class).with_key("Name", name)
}

fn say(target: Option<Instance>, parameters: Instance) -> Operation {
    Operation::Invoke { class: "T_Note".into(), target, method: "Say".into(), parameters }
}

#[test]
fn every_operation_on_a_dynamic_class_reaches_the_dynamic_provider() {
    for class in [declared as fn(&str) -> Class, |name| Class::named(name)] {
        let host = host(class);
        run(&host, Operation::Create { instance: note("T_Note", "b").with("Size", 5_u32) }).unwrap();
        let notes = run(&host, enumeration("t_note")).unwrap();
        assert_eq!(notes.iter().map(|it| it.text("Name").unwrap()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!((notes[1].class_name(), notes[1].get("Size")), ("T_Note", Some(&Value::Uint32(5))));
        assert!(notes[1].property("Name").unwrap().is_key());

        let large = Select::parse("SELECT Name FROM T_Note WHERE Size > 4").unwrap();
        let large = run(&host, Operation::Query(large)).unwrap();
        assert_eq!((large.len(), large[0].text("Name")), (1, Some("b")));

        assert_eq!(run(&host, get(note("T_Note", "a"))).unwrap()[0].text("Text"), Some("first"));
        let modify = Operation::Modify { instance: note("T_Note", "a").with("Text", "second"), modified: None };
        assert_eq!(run(&host, modify).unwrap()[0].text("Text"), Some("second"));
        run(&host, Operation::Delete { key: note("T_Note", "a") }).unwrap();
        let error = run(&host, get(note("T_Note", "a"))).unwrap_err();
        assert_eq!((error.code(), error.message()), (ResultCode::NOT_FOUND, "there is no such note"));
        assert_eq!(run(&host, get(note("T_Paper", "a"))).unwrap()[0].text("Text"), Some("first"));

        let hello = Instance::new("Say").with("What", "hello");
        let results = run(&host, say(Some(note("T_Note", "b")), hello)).unwrap();
        assert_eq!(results[0].text("Said"), Some("T_Note.Say of b: hello"));
        assert_eq!(results[0].get("ReturnValue"), Some(&Value::Uint32(0)));
    }
}

#[test]
fn a_dynamic_association_is_followed() {
    let associators = Operation::Associators {
        source: note("T_Note", "a"),
        association: None,
        result_class: None,
        role: None,
        result_role: None,
        properties: None,
        keys_only: false,
    };
    let found = run(&host(declared), associators).unwrap();
    assert_eq!((found.len(), found[0].class_name(), found[0].text("Name")), (1, "T_Paper", Some("a")));
}

#[test]
fn requests_for_a_declared_dynamic_class_are_checked_and_its_instances_complete() {
    let host = host(declared);
    let paper = &run(&host, enumeration("T_Paper")).unwrap()[0];
    let names: Vec<_> = paper.properties().iter().map(|it| it.name.as_ref()).collect();
    assert_eq!(names, ["Name", "Text", "Size"], "what the provider leaves out is NULL");
    let error = run(&host, get(note("T_Note", "a").with("Txet", "x"))).unwrap_err();
    assert_eq!(error.message(), "T_Note has no property \"Txet\" (did you mean \"Text\"?)");
    let error = run(&host, say(None, Instance::new("Say"))).unwrap_err();
    assert_eq!(error.message(), "T_Note.Say is called on an instance; the request names none");
}

#[test]
fn a_class_that_is_only_named_has_static_methods_too() {
    let results = run(&host(|name| Class::named(name)), say(None, Instance::new("Say").with("What", "hi"))).unwrap();
    assert_eq!(results[0].text("Said"), Some("T_Note.Say of none: hi"));
}

#[test]
fn what_the_dynamic_provider_does_not_support_is_said() {
    let error = run(&host(declared), enumeration("T_Nothing")).unwrap_err();
    assert_eq!(error.code(), ResultCode::INVALID_CLASS);
    let references = Operation::References {
        source: note("T_Note", "a"),
        association: Some("T_Written".into()),
        role: None,
        properties: None,
        keys_only: false,
    };
    assert_eq!(run(&host(declared), references).unwrap(), [], "as an association that has no references");
}

#[test]
fn a_dynamic_class_needs_a_library_with_a_dynamic_provider() {
    let early = Host::builder().dynamic_class(Class::named("T_Note")).linked("notes", main, &[NAMESPACE]);
    let error = early.build().map(drop).unwrap_err();
    assert_eq!(error.message(), "dynamic_class(T_Note) comes before the library that serves the class");
    let unable = Host::builder().linked("static", static_only, &[NAMESPACE]).dynamic_class(Class::named("T_Note"));
    let error = unable.build().map(drop).unwrap_err();
    assert_eq!(error.message(), "static has no dynamic provider that could serve T_Note");
}

unsafe extern "C" fn static_only(_server: *mut MI_Server) -> *mut MI_Module {
    leak(module(vec![]))
}
