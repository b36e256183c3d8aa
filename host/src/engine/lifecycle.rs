//! Lifecycle indications: that instances of a class were created, changed, deleted or read, or a method called.
//!
//! Providers of the instances say so, and the host makes indications of DMTF's classes of it. Nobody provides those
//! classes: `SELECT * FROM CIM_InstCreation WHERE SourceInstance ISA "Class"` says by its condition whom it is about.

use super::call::{Outlet, Refusal};
use crate::class::{Class, PropertyDeclaration};
use omi::wql::{Condition, Select};
use omi::{Error, Instance, Result, ResultCode, Type, Value, flags};
use omi_sys::{
    MI_LIFECYCLE_INDICATION_ALL, MI_LIFECYCLE_INDICATION_CREATE, MI_LIFECYCLE_INDICATION_DELETE,
    MI_LIFECYCLE_INDICATION_METHODCALL, MI_LIFECYCLE_INDICATION_MODIFY, MI_LIFECYCLE_INDICATION_NONE,
    MI_LIFECYCLE_INDICATION_READ,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The superclass of the indications, which stands for all of them.
const BASE: &str = "CIM_InstIndication";

/// Name and type of a property.
type Declared = (&'static str, Type);

const SOURCE: Declared = ("SourceInstance", Type::Instance);

/// The classes, their types, and the properties that the host sets.
const CLASSES: [(&str, u32, &[Declared]); 5] = [
    ("CIM_InstCreation", MI_LIFECYCLE_INDICATION_CREATE, &[SOURCE]),
    ("CIM_InstModification", MI_LIFECYCLE_INDICATION_MODIFY, &[SOURCE, ("PreviousInstance", Type::Instance)]),
    ("CIM_InstDeletion", MI_LIFECYCLE_INDICATION_DELETE, &[SOURCE]),
    ("CIM_InstRead", MI_LIFECYCLE_INDICATION_READ, &[SOURCE]),
    (
        "CIM_InstMethodCall",
        MI_LIFECYCLE_INDICATION_METHODCALL,
        &[
            SOURCE,
            ("MethodName", Type::String),
            ("MethodParameters", Type::Instance),
            ("ReturnValue", Type::String),
            ("PreCall", Type::Boolean),
        ],
    ),
];

/// What happened to an instance.
pub(crate) enum Event {
    Creation(Instance),
    Modification {
        previous: Instance,
        instance: Instance,
    },
    Deletion(Instance),
    Read(Instance),
    MethodCall {
        instance: Instance,
        method: String,
        before: bool,
        parameters: Option<Instance>,
        returned: Option<String>,
    },
}

impl Event {
    /// The type, and the indication.
    fn indication(self) -> (u32, Instance) {
        let embedded = |it: Instance| Value::Instance(Box::new(it));
        let (kind, source, rest) = match self {
            Self::Creation(instance) => (MI_LIFECYCLE_INDICATION_CREATE, instance, vec![]),
            Self::Modification { previous, instance } => {
                (MI_LIFECYCLE_INDICATION_MODIFY, instance, vec![Some(embedded(previous))])
            }
            Self::Deletion(instance) => (MI_LIFECYCLE_INDICATION_DELETE, instance, vec![]),
            Self::Read(instance) => (MI_LIFECYCLE_INDICATION_READ, instance, vec![]),
            Self::MethodCall { instance, method, before, parameters, returned } => {
                let rest = [
                    Some(Value::String(method)),
                    parameters.map(embedded),
                    returned.map(Value::String),
                    Some(Value::Boolean(before)),
                ];
                (MI_LIFECYCLE_INDICATION_METHODCALL, instance, rest.into())
            }
        };
        let values = std::iter::once(Some(embedded(source))).chain(rest);
        let (name, properties) = CLASSES.iter().find(|it| it.1 == kind).map_or((BASE, &[][..]), |it| (it.0, it.2));
        let mut indication = Instance::with_capacity(name, properties.len());
        for ((name, kind), value) in properties.iter().zip(values) {
            indication.push(omi::Property { name: (*name).into(), kind: *kind, flags: 0, value });
        }
        (kind, indication)
    }
}

/// The `MI_LIFECYCLE_INDICATION_*` types that a class of indications stands for; none for other classes.
pub(crate) fn types(class: &str) -> u32 {
    if class.eq_ignore_ascii_case(BASE) {
        return MI_LIFECYCLE_INDICATION_ALL;
    }
    let found = CLASSES.iter().find(|(name, ..)| name.eq_ignore_ascii_case(class));
    found.map_or(MI_LIFECYCLE_INDICATION_NONE, |(_, types, _)| *types)
}

/// The declaration of such a class, for checks: the properties that the host sets.
pub(crate) fn class(name: &str) -> Class {
    let types = types(name);
    let mut properties: Vec<PropertyDeclaration> = Vec::new();
    for (name, kind) in CLASSES.iter().filter(|it| it.1 & types != 0).flat_map(|it| it.2) {
        if !properties.iter().any(|it| *it.name == **name) {
            properties.push(property(name, *kind));
        }
    }
    let ancestors = if name.eq_ignore_ascii_case(BASE) { vec![] } else { vec![BASE.into()] };
    let flags = flags::CLASS | flags::INDICATION;
    Class { name: name.into(), ancestors, flags, qualifiers: vec![], properties, methods: vec![] }
}

fn property(name: &str, kind: Type) -> PropertyDeclaration {
    PropertyDeclaration {
        name: name.into(),
        flags: flags::PROPERTY,
        qualifiers: vec![],
        kind,
        class_name: None,
        subscript: 0,
        origin: None,
        propagator: None,
        default: None,
    }
}

/// The class of the instances that a query is about, when its condition demands one.
pub(crate) fn source_class(select: &Select) -> Option<&str> {
    fn demanded(condition: &Condition) -> Option<&str> {
        match condition {
            Condition::And(terms) => terms.iter().find_map(demanded),
            Condition::IsA { property: Some(property), class } if property.eq_ignore_ascii_case(SOURCE.0) => {
                Some(class)
            }
            _ => None,
        }
    }
    demanded(select.condition()?)
}

/// The lifecycle subscriptions to the instances of one provider.
#[derive(Default)]
pub(crate) struct Lifecycle {
    state: Mutex<State>,
    callback: Mutex<Option<OnChange>>,
}

/// Told the types that are subscribed to from now on.
pub(crate) type OnChange = Arc<dyn Fn(u32) + Send + Sync>;

struct State {
    subscriptions: Vec<(u64, u32, Arc<dyn Outlet>)>,
    /// What the provider says that it posts.
    supported: u32,
}

impl Default for State {
    fn default() -> Self {
        Self { subscriptions: Vec::new(), supported: MI_LIFECYCLE_INDICATION_ALL }
    }
}

impl State {
    fn types(&self) -> u32 {
        self.subscriptions.iter().fold(0, |all, (_, types, _)| all | types) & self.supported
    }
}

impl Lifecycle {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, id: u64, types: u32, outlet: Arc<dyn Outlet>) {
        self.change(|state| state.subscriptions.push((id, types, outlet)));
    }

    pub(crate) fn remove(&self, id: u64) {
        self.change(|state| state.subscriptions.retain(|it| it.0 != id));
    }

    /// Says which types the provider posts; all of them before.
    pub(crate) fn set_supported(&self, types: u32) {
        self.lock().supported = types;
    }

    /// The types that are subscribed to, of those that the provider posts.
    pub(crate) fn types(&self) -> u32 {
        self.lock().types()
    }

    pub(crate) fn is_unused(&self) -> bool {
        self.lock().subscriptions.is_empty()
    }

    pub(crate) fn on_change(&self, callback: OnChange) {
        *self.callback.lock().unwrap_or_else(PoisonError::into_inner) = Some(callback);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let (before, now) = {
            let mut state = self.lock();
            let before = state.types();
            change(&mut state);
            (before, state.types())
        };
        let callback = self.callback.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if before != now
            && let Some(callback) = callback
        {
            callback(now);
        }
    }

    /// Sends an event to all who are subscribed to its type. Closed when nobody is, as in OMI.
    pub(crate) fn post(&self, event: Event) -> Result<(), Refusal> {
        let (kind, indication) = event.indication();
        // Not under the lock, as a subscription that ends here takes other locks.
        let outlets: Vec<_> =
            self.lock().subscriptions.iter().filter(|it| it.1 & kind != 0).map(|it| it.2.clone()).collect();
        if outlets.is_empty() {
            return Err(Refusal::Closed);
        }
        outlets.iter().try_for_each(|outlet| outlet.indication(indication.clone(), None))
    }

    /// Ends all subscriptions.
    pub(crate) fn end(&self, code: ResultCode) {
        let subscriptions = std::mem::take(&mut self.lock().subscriptions);
        for (.., outlet) in subscriptions {
            outlet.end(if code == ResultCode::OK { Ok(()) } else { Err(Error::from_code(code)) });
        }
    }
}
