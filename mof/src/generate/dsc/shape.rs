//! The JSON Schema of a resource: its properties as `dsc` passes and checks them.

use super::{BASE, embedded, friendly_name, properties};
use crate::json::Json;
use crate::model::{Class, Property, Schema};
use crate::types::{Arity, ElementType, Primitive};
use crate::value::Value;

/// Whether an instance exists: what Ensure is for the LCM.
const EXIST: &str = "_exist";

/// Whether an instance is as it is desired to be: what test tells.
const IN_DESIRED_STATE: &str = "_inDesiredState";

/// The schema of a resource.
pub(super) struct Shape {
    pub(super) json: Json,
    /// Whether the resource can be told not to exist.
    pub(super) has_exist: bool,
}

/// The schema of a resource, with those of embedded instances in `$defs`.
pub(super) fn object(schema: &Schema, class: &Class) -> Shape {
    let has_exist = properties(class).any(is_exist);
    let mut members: Vec<(&str, Json)> = vec![("$schema", "https://json-schema.org/draft/2020-12/schema".into())];
    members.push(("title", friendly_name(class).into()));
    members.extend(class_members(class, [(IN_DESIRED_STATE, canonical_reference(IN_DESIRED_STATE))]));
    let classes = embedded(schema, class).map(|class| (class.name.clone(), Json::object(class_members(class, []))));
    let canonical = [Some(IN_DESIRED_STATE), has_exist.then_some(EXIST)].into_iter().flatten();
    let definitions = classes.chain(canonical.map(|name| (canonical_id(name), canonical_schema(name))));
    members.push(("$defs", Json::Object(definitions.collect())));
    Shape { json: Json::object(members), has_exist }
}

/// Where DSC publishes the schema of a property that means the same for all resources.
fn canonical_id(name: &str) -> String {
    let name = name.trim_start_matches('_');
    format!("https://raw.githubusercontent.com/PowerShell/DSC/main/schemas/v3/resource/properties/{name}.json")
}

/// DSC wants such properties to be references to its schemas, and nothing beside that.
fn canonical_reference(name: &str) -> Json {
    Json::object([("$ref", canonical_id(name).into())])
}

/// What is published there, so that nothing has to be fetched.
fn canonical_schema(name: &str) -> Json {
    let mut members = vec![("$id", canonical_id(name).into()), ("type", "boolean".into())];
    members.push(if name == EXIST { ("default", Json::Boolean(true)) } else { ("readOnly", Json::Boolean(true)) });
    Json::object(members)
}

/// Description, type, required and other properties of a class.
fn class_members<'a>(class: &'a Class, more: impl IntoIterator<Item = (&'a str, Json)>) -> Vec<(&'static str, Json)> {
    let mut members = Vec::new();
    if let Some(text) = class.qualifiers.text("Description") {
        members.push(("description", text.into()));
    }
    members.push(("type", "object".into()));
    let required = properties(class).filter(|property| property.is_key() || property.is_required());
    let required: Vec<Json> = required.map(|property| name(property).into()).collect();
    if !required.is_empty() {
        members.push(("required", Json::Array(required)));
    }
    members.push(("additionalProperties", Json::Boolean(false)));
    let all = properties(class).map(|property| (name(property), property_schema(property)));
    members.push(("properties", Json::object(all.chain(more))));
    members
}

/// Whether a property is the LCM's way to say that something is to exist or not.
fn is_exist(property: &Property) -> bool {
    let mut values: Vec<_> = property.qualifiers.texts("ValueMap").iter().map(|it| it.to_lowercase()).collect();
    values.sort();
    property.name.eq_ignore_ascii_case("Ensure") && values == ["absent", "present"] && !property.is_key()
}

fn name(property: &Property) -> &str {
    if is_exist(property) { EXIST } else { &property.name }
}

fn property_schema(property: &Property) -> Json {
    if is_exist(property) {
        return canonical_reference(EXIST);
    }
    let mut members = Vec::new();
    if let Some(text) = property.qualifiers.text("Description") {
        members.push(("description", text.into()));
    }
    let element = element(property);
    match property.kind.arity {
        Arity::Scalar => members.extend(element),
        arity => {
            members.extend([("type", "array".into()), ("items", Json::object(element))]);
            if let Arity::Fixed(count) = arity {
                let count = Json::Integer(count.into());
                members.extend([("minItems", count.clone()), ("maxItems", count)]);
            }
        }
    }
    if let Some(default) = property.default.as_ref().and_then(value) {
        members.push(("default", default));
    }
    if property.qualifiers.flag("Read") {
        members.push(("readOnly", Json::Boolean(true)));
    }
    // The state that get returns has no secrets in it.
    if property.kind.class_name() == Some("MSFT_Credential") {
        members.push(("writeOnly", Json::Boolean(true)));
    }
    Json::object(members)
}

/// Type and limits of one value.
fn element(property: &Property) -> Vec<(&'static str, Json)> {
    let primitive = match &property.kind.element {
        ElementType::Primitive(primitive) => *primitive,
        ElementType::Instance(Some(class)) if class != BASE => {
            return vec![("$ref", format!("#/$defs/{class}").into())];
        }
        ElementType::Instance(_) | ElementType::Reference(_) => return vec![("type", "object".into())],
    };
    if let Some((low, high)) = primitive.integer_range() {
        let limit = |qualifier: &str, otherwise: i128| match property.qualifiers.get(qualifier).map(|it| &it.value) {
            Some(Value::Integer(limit)) => *limit,
            _ => otherwise,
        };
        let (low, high) = (low.max(limit("MinValue", low)), high.min(limit("MaxValue", high)));
        let mut members = vec![("type", "integer".into())];
        match allowed(property) {
            Some(values) => members.push(("enum", values)),
            None => members.extend([("minimum", Json::Integer(low)), ("maximum", Json::Integer(high))]),
        }
        return members;
    }
    match primitive {
        Primitive::Boolean => vec![("type", "boolean".into())],
        Primitive::Real32 | Primitive::Real64 => vec![("type", "number".into())],
        // A UTF-16 unit, which need not be a letter.
        Primitive::Char16 => vec![("type", "integer".into()), ("minimum", 0.into()), ("maximum", 0xFFFF.into())],
        // ISO 8601: a point in time or a duration.
        Primitive::Datetime => vec![("type", "string".into())],
        _ => {
            let length = match property.qualifiers.get("MaxLen").map(|it| &it.value) {
                Some(Value::Integer(length)) => Some(("maxLength", Json::Integer(*length))),
                _ => None,
            };
            let values = allowed(property).map(|values| ("enum", values));
            [Some(("type", "string".into())), length, values].into_iter().flatten().collect()
        }
    }
}

/// The values of a ValueMap, if it has no ranges.
fn allowed(property: &Property) -> Option<Json> {
    let map = property.qualifiers.texts("ValueMap");
    if property.kind.primitive() == Some(Primitive::String) {
        return (!map.is_empty()).then(|| Json::Array(map.into_iter().map(Json::from).collect()));
    }
    let numbers = map.iter().map(|text| crate::literal::whole_number(text).map(Json::Integer));
    numbers.collect::<Option<Vec<_>>>().filter(|numbers| !numbers.is_empty()).map(Json::Array)
}

/// A default value; `None` for NULL and for what is no constant.
fn value(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Boolean(it) => Json::Boolean(*it),
        Value::Integer(it) => Json::Integer(*it),
        Value::Real(it) => Json::Real(*it),
        Value::Char16(it) => Json::Integer((*it).into()),
        Value::String(it) => it.as_str().into(),
        Value::Array(all) => Json::Array(all.iter().map(self::value).collect::<Option<_>>()?),
        _ => return None,
    })
}
