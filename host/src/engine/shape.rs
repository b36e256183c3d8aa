//! What happens to an instance between its provider and the client.

use super::RETURN_VALUE_INSIDE;
use super::catalogue::take_declared;
use super::namespace::Namespace;
use crate::class::{MethodDeclaration, SharedClass};
use omi::wql::Select;
use omi::{Instance, Name, Property, Value, flags};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The name of a method's return value in its results.
const RETURN_VALUE: &str = "ReturnValue";

/// What the client wants of the instances that a provider posts.
pub(crate) struct Shaping {
    pub namespace: Arc<Namespace>,
    pub form: Form,
    /// Only instances that this query matches. Providers are told of it, but need not care.
    pub filter: Option<Arc<Select>>,
    /// Only these properties and the keys.
    pub properties: Option<Vec<String>>,
    /// Only instances of this class and the classes below it.
    pub class: Option<String>,
    /// The instances that were delivered, when each shall be delivered once: several associations may lead to it.
    pub delivered: Option<Mutex<HashSet<String>>>,
}

/// As what the client wants to see an instance.
pub(crate) enum Form {
    /// As what it is.
    AsPosted,
    /// As an instance of this base class.
    As(SharedClass),
    /// As the results of a method.
    Results(MethodDeclaration),
}

impl Shaping {
    /// All instances whole, as they are posted.
    pub(crate) fn whole(namespace: Arc<Namespace>) -> Self {
        Self { namespace, form: Form::AsPosted, filter: None, properties: None, class: None, delivered: None }
    }

    /// The properties that [`apply`](Self::apply) looks at, besides the keys; `None` for all.
    pub(crate) fn needs(&self) -> Option<Vec<String>> {
        if !matches!(self.form, Form::AsPosted) {
            return None;
        }
        let mut names = self.properties.clone()?;
        names.extend(self.filter.iter().flat_map(|select| select.mentioned()).map(str::to_owned));
        Some(names)
    }

    /// The instance for the client; `None` when the client does not want it.
    pub(crate) fn apply(&self, instance: Instance) -> Option<Instance> {
        let derives = |class: &str, base: &str| self.namespace.derives(class, base);
        if self.filter.as_ref().is_some_and(|select| !select.matches(&instance, &derives)) {
            return None;
        }
        if self.class.as_ref().is_some_and(|class| !derives(instance.class_name(), class))
            || self.is_repeated(&instance)
        {
            return None;
        }
        let mut shaped = match &self.form {
            Form::AsPosted => instance,
            Form::As(class) => as_base(instance, class),
            Form::Results(method) => results(instance, method),
        };
        if let Some(wanted) = &self.properties {
            shaped.retain(|it| it.is_key() || wanted.iter().any(|name| it.name.eq_ignore_ascii_case(name)));
        }
        shaped.set_namespace(Some(self.namespace.name.clone()));
        Some(shaped)
    }

    /// Whether an instance with this class and these keys was delivered, where that counts. One without keys is unlike
    /// all others.
    fn is_repeated(&self, instance: &Instance) -> bool {
        let (Some(delivered), Some(identity)) = (&self.delivered, identity(instance)) else { return false };
        !delivered.lock().unwrap_or_else(PoisonError::into_inner).insert(identity)
    }
}

/// Class and keys, by which instances are told apart; `None` without keys. In the debug form, since values have no order
/// or hash and every other text leaves something out, such as the properties of a reference that are not marked as keys.
pub(crate) fn identity(instance: &Instance) -> Option<String> {
    let keys: Vec<_> = instance.properties().iter().filter(|it| it.is_key()).map(|it| &it.value).collect();
    (!keys.is_empty()).then(|| format!("{} {keys:?}", instance.class_name()))
}

fn as_base(instance: Instance, class: &SharedClass) -> Instance {
    let mut based = Instance::with_capacity(class.name.clone(), class.properties.len());
    let properties = instance.into_properties().into_iter();
    properties.filter(|it| class.property(&it.name).is_some()).for_each(|it| based.push(it));
    based
}

/// The return value, the output parameters in declared order, and what the provider added to them.
fn results(instance: Instance, method: &MethodDeclaration) -> Instance {
    let mut given = instance.into_properties();
    let mut results = Instance::with_capacity(method.name.clone(), given.len());
    let place = given
        .iter()
        .position(|it| it.name.eq_ignore_ascii_case(RETURN_VALUE_INSIDE) || it.name.eq_ignore_ascii_case(RETURN_VALUE));
    let value = place.and_then(|place| given.remove(place).value);
    let kind = value.as_ref().map_or(method.returns, Value::kind);
    results.push(Property { name: Name::from(RETURN_VALUE), kind, flags: flags::OUT, value });
    for parameter in &method.parameters {
        let element = take_declared(&mut given, parameter);
        if parameter.flags & flags::OUT != 0 {
            results.push(element);
        }
    }
    given.into_iter().for_each(|it| results.push(it));
    results
}

/// Whether an instance has the given keys. Text is compared exactly, references by class and keys.
pub(crate) fn has_keys(instance: &Instance, keys: &Instance) -> bool {
    keys.properties().iter().filter(|it| it.is_key()).all(|key| match (&key.value, instance.get(&key.name)) {
        (Some(Value::Reference(wanted) | Value::Instance(wanted)), Some(Value::Reference(found))) => {
            wanted.class_name().eq_ignore_ascii_case(found.class_name()) && has_elements(found, wanted)
        }
        (wanted, found) => wanted.as_ref() == found,
    })
}

/// A reference from a client names keys, but does not mark them.
fn has_elements(found: &Instance, wanted: &Instance) -> bool {
    wanted.properties().iter().all(|it| it.value.as_ref() == found.get(&it.name))
}
