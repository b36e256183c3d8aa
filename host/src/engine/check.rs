//! Checks of what a client sends against the declaration of the class, before a provider sees it. Of a class that is
//! known by name only, a dynamic provider's, everything is taken as the client says it.

use super::suggest::did_you_mean;
use crate::class::{Class, MethodDeclaration, PropertyDeclaration, SharedClass};
use omi::wql::{Literal, Select};
use omi::{Error, Instance, Property, Result, ResultCode, Type, flags};
use std::borrow::Cow;

/// Properties that a client asks for exist.
///
/// # Errors
/// NO_SUCH_PROPERTY, naming the first that does not.
pub(crate) fn properties(class: &Class, names: Option<&[String]>) -> Result<()> {
    for name in names.unwrap_or_default() {
        if class.property(name).is_none() && !class.is_name_only() {
            return Err(Error::new(ResultCode::NO_SUCH_PROPERTY, no_property(class, name)));
        }
    }
    Ok(())
}

/// What a query names exists in the class of its FROM, and is compared with what it can be.
///
/// # Errors
/// INVALID_QUERY, naming the first property that does not exist, or the first comparison that can never hold.
pub(crate) fn query(class: &Class, select: &Select) -> Result<()> {
    if class.is_name_only() {
        return Ok(());
    }
    if let Some(name) = select.mentioned().find(|name| class.property(name).is_none()) {
        return Err(Error::invalid_query(no_property(class, name)));
    }
    cannot_compare(select.mismatch(|name| class.property(name).map(|property| property.kind)), class)
}

fn cannot_compare(mismatch: Option<(&str, Type, &Literal)>, class: &Class) -> Result<()> {
    match mismatch {
        Some((path, kind, literal)) => {
            let (class, name) = (&class.name, path.split_once('.').map_or(path, |(_, name)| name));
            Err(Error::invalid_query(format!("{class}.{name} is {kind} and cannot be compared with {literal}")))
        }
        None => Ok(()),
    }
}

/// What a query for events names exists: the instances that `events` embeds, and their properties in `class`, which ISA
/// demands, or in a class `derived` from it.
///
/// # Errors
/// INVALID_QUERY, naming the first property that does not exist, or the first comparison that can never hold.
pub(crate) fn event_query(
    select: &Select,
    events: &str,
    embedded: &[&str],
    class: &Class,
    derived: &[SharedClass],
) -> Result<()> {
    let is_system = |name: &str| name.starts_with("__");
    for path in select.paths().into_iter().filter(|path| !is_system(path)) {
        let mut names = path.split('.');
        let outer = names.next().unwrap_or(path);
        if !embedded.iter().any(|it| it.eq_ignore_ascii_case(outer)) {
            let hint = did_you_mean(outer, embedded.iter().copied());
            return Err(Error::invalid_query(format!("{events} has no property {outer:?}{hint}")));
        }
        if let Some(name) = names.next().filter(|name| !is_system(name))
            && !class.is_name_only()
            && class.property(name).is_none()
            && derived.iter().all(|it| it.property(name).is_none())
        {
            return Err(Error::invalid_query(no_property(class, name)));
        }
    }
    let kind = |path: &str| class.property(path.split_once('.')?.1).map(|property| property.kind);
    cannot_compare(select.mismatch(kind), class)
}

/// A key: the key properties of the instance, under the class's own name. Other properties of the class are left out.
///
/// # Errors
/// NO_SUCH_PROPERTY and TYPE_MISMATCH, naming element and class.
pub(crate) fn key(class: &Class, given: &Instance) -> Result<Instance> {
    let mut key = instance(class, given)?;
    if class.is_name_only() && !key.properties().iter().any(Property::is_key) {
        // Nothing says which are the keys, so all are.
        let mut all = Instance::with_capacity(class.name.clone(), key.properties().len());
        key.into_properties().into_iter().for_each(|it| all.push(Property { flags: it.flags | flags::KEY, ..it }));
        return Ok(all);
    }
    key.retain(Property::is_key);
    Ok(key)
}

/// An instance with the class's own spelling of names and flags.
///
/// # Errors
/// NO_SUCH_PROPERTY and TYPE_MISMATCH, naming element and class.
pub(crate) fn instance(class: &Class, given: &Instance) -> Result<Instance> {
    let mut checked = Instance::with_capacity(class.name.clone(), given.properties().len());
    for element in given.properties() {
        checked.push(match class.property(&element.name) {
            Some(declared) => declared_as(declared, element, &class.name)?,
            None if class.is_name_only() => element.clone(),
            None => return Err(Error::new(ResultCode::NO_SUCH_PROPERTY, no_property(class, &element.name))),
        });
    }
    Ok(checked)
}

/// The input parameters of a method.
///
/// # Errors
/// INVALID_PARAMETER for one that the method does not take, TYPE_MISMATCH; both name parameter and method.
pub(crate) fn parameters(class: &Class, method: &MethodDeclaration, given: &Instance) -> Result<Instance> {
    let mut checked = Instance::with_capacity(method.name.clone(), given.properties().len());
    if class.is_name_only() {
        given.properties().iter().for_each(|it| checked.push(it.clone()));
        return Ok(checked);
    }
    let full_name = format!("{}.{}", class.name, method.name);
    for element in given.properties() {
        let declared = method.parameters.iter().find(|it| it.name.eq_ignore_ascii_case(&element.name));
        let declared = declared.filter(|it| is_input(it)).ok_or_else(|| {
            let inputs = method.parameters.iter().filter(|it| is_input(it)).map(|it| it.name.as_ref());
            let hint = did_you_mean(&element.name, inputs);
            Error::invalid_parameter(format!("{full_name} has no input parameter {:?}{hint}", element.name))
        })?;
        checked.push(declared_as(declared, element, &full_name)?);
    }
    Ok(checked)
}

/// A declared method. Of a class that is known by name only it is whatever the client says.
///
/// # Errors
/// METHOD_NOT_FOUND with the nearest name.
pub(crate) fn method<'a>(class: &'a Class, name: &str) -> Result<Cow<'a, MethodDeclaration>> {
    if class.is_name_only() {
        return Ok(Cow::Owned(MethodDeclaration::named(name)));
    }
    class.method(name).map(Cow::Borrowed).ok_or_else(|| {
        let hint = did_you_mean(name, class.methods.iter().map(|it| it.name.as_ref()));
        Error::new(ResultCode::METHOD_NOT_FOUND, format!("{} has no method {name:?}{hint}", class.name))
    })
}

/// A parameter that says nothing is an input: the qualifier In is true by default (DSP0004).
fn is_input(parameter: &PropertyDeclaration) -> bool {
    parameter.flags & flags::IN != 0 || parameter.flags & flags::OUT == 0
}

fn declared_as(declared: &PropertyDeclaration, given: &Property, owner: &str) -> Result<Property> {
    if let Some(value) = &given.value
        && !fits(value.kind(), declared.kind)
    {
        let (given, expected) = (value.kind(), declared.kind);
        return Err(Error::type_mismatch(format!(
            "{owner}.{} is declared as {expected}, but the given value is {given}",
            declared.name
        )));
    }
    let Property { value, .. } = given.clone();
    Ok(Property { name: declared.name.clone(), kind: declared.kind, flags: declared.flags, value })
}

/// Whether a value may stand where `declared` is declared. References and embedded instances look alike in requests.
pub(crate) fn fits(given: Type, declared: Type) -> bool {
    let plain = |kind| match kind {
        Type::Reference => Type::Instance,
        Type::ReferenceArray => Type::InstanceArray,
        other => other,
    };
    plain(given) == plain(declared)
}

fn no_property(class: &Class, name: &str) -> String {
    let hint = did_you_mean(name, class.properties.iter().map(|it| it.name.as_ref()));
    format!("{} has no property {name:?}{hint}", class.name)
}
