//! What is desired of a resource: JSON, or words of the command line, as an instance of its class.

use crate::words::Assignment;
use lumi::dsc::AnyResource;
use omi::decl;
use omi::{Error, Instance, Property, Result, ResultCode, Type, Value, text};
use serde_json::{Map, Value as Json};
use std::io::{self, IsTerminal, Read};

/// The property by which the LCM says whether a thing exists.
pub const ENSURE: &str = "Ensure";

/// The same for DSC v3.
pub const EXIST: &str = "_exist";

/// More than this is no desired state.
const LONGEST_INPUT: u64 = 64 << 20;

/// Reads what is desired: the words, or JSON from standard input where there are none.
///
/// # Errors
/// INVALID_PARAMETER for what is no JSON object, NO_SUCH_PROPERTY and TYPE_MISMATCH with the property's name.
pub fn read(resource: &dyn AnyResource, words: &[Assignment]) -> Result<Instance> {
    if !words.is_empty() {
        return instance(resource, from_words(resource, words)?);
    }
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return instance(resource, Map::new());
    }
    let mut input = Vec::new();
    stdin.lock().take(LONGEST_INPUT + 1).read_to_end(&mut input)?;
    if input.len() as u64 > LONGEST_INPUT {
        return Err(Error::invalid_parameter(format!("the input is longer than {} MiB", LONGEST_INPUT >> 20)));
    }
    let input = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&input);
    // Of what is desired without any property, for export, `dsc` says nothing at all.
    if input.trim_ascii().is_empty() {
        return instance(resource, Map::new());
    }
    let members = serde_json::from_slice(input).map_err(|error| {
        Error::invalid_parameter(format!("standard input is no JSON object of what is desired: {error}"))
    })?;
    instance(resource, members)
}

/// Texts for all but arrays, which can be given as JSON.
fn from_words(resource: &dyn AnyResource, words: &[Assignment]) -> Result<Map<String, Json>> {
    let mut members = Map::new();
    for Assignment { name, value } in words {
        let is_array = property(resource, name).is_ok_and(|property| property.kind.is_array());
        let value = match serde_json::from_str(value) {
            Ok(Json::Array(elements)) if is_array => Json::Array(elements),
            _ if is_array => Json::Array(vec![value.as_str().into()]),
            _ => value.as_str().into(),
        };
        if members.insert(name.clone(), value).is_some() {
            return Err(Error::invalid_parameter(format!("{name} is given twice")));
        }
    }
    Ok(members)
}

fn instance(resource: &dyn AnyResource, members: Map<String, Json>) -> Result<Instance> {
    let mut instance = Instance::new(resource.class().name());
    for (name, value) in members {
        // null and the annotations of DSC say nothing about what is desired.
        if value.is_null() || (name.starts_with('_') && name != EXIST) {
            continue;
        }
        let (name, value) = match (name.as_str(), &value) {
            (EXIST, Json::Bool(exists)) => (ENSURE, Json::from(if *exists { "Present" } else { "Absent" })),
            (EXIST, other) => {
                return Err(Error::type_mismatch(format!("{EXIST} is {other}; true and false are possible")));
            }
            (name, _) => (name, value),
        };
        let property = property(resource, name)?;
        let of_property = |error: Error| Error::new(error.code(), format!("{}: {}", property.name(), error.message()));
        let value = typed(property.kind, &value).map_err(of_property)?;
        instance.push(Property {
            name: property.name().into(),
            kind: property.kind,
            flags: property.flags,
            value: Some(value),
        });
    }
    Ok(instance)
}

/// A property of the class, by its name in any case.
///
/// # Errors
/// NO_SUCH_PROPERTY, with those that there are.
pub fn property(resource: &dyn AnyResource, name: &str) -> Result<decl::Property> {
    let class = resource.class();
    class.property(name).ok_or_else(|| {
        let known: Vec<&str> = class.properties().iter().map(decl::Property::name).collect();
        let message = format!("{} has no property {name:?}; it has {}", resource.friendly_name(), known.join(", "));
        Error::new(ResultCode::NO_SUCH_PROPERTY, message)
    })
}

/// JSON as a value of this type. A text is read as the type writes its values.
fn typed(kind: Type, json: &Json) -> Result<Value> {
    let wrong = || Error::type_mismatch(format!("{json} is no {kind}"));
    match json {
        Json::Array(elements) if kind.is_array() => {
            let elements = elements.iter().map(|element| typed(kind.element(), element)).collect::<Result<_>>()?;
            Value::from_elements(kind, elements).ok_or_else(wrong)
        }
        Json::String(given) => text::parse(kind, given),
        Json::Bool(given) if kind == Type::Boolean => Ok(Value::Boolean(*given)),
        Json::Number(given) if !matches!(kind, Type::String | Type::Boolean | Type::Datetime) => {
            text::parse(kind, &given.to_string())
        }
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file_line() -> &'static dyn AnyResource {
        lumi::dsc::find("nxFileLine").unwrap()
    }

    fn refused(text: &str) -> String {
        instance(file_line(), serde_json::from_str(text).unwrap()).unwrap_err().message().to_owned()
    }

    #[test]
    fn properties_are_found_in_any_case_and_annotations_and_null_are_left_out() {
        let json = r#"{"filepath": "/etc/motd", "ContainsLine": "x", "DoesNotContainPattern": null, "_metadata": {}}"#;
        let found = instance(file_line(), serde_json::from_str(json).unwrap()).unwrap();
        assert_eq!((found.text("FilePath"), found.text("ContainsLine")), (Some("/etc/motd"), Some("x")));
        assert_eq!(found.properties().len(), 2);
    }

    #[test]
    fn wrong_properties_and_values_are_refused_by_name() {
        assert!(
            refused(r#"{"Path": "/etc/motd"}"#).starts_with("nxFileLine has no property \"Path\"; it has FilePath")
        );
        assert_eq!(refused(r#"{"FilePath": 7}"#), "FilePath: 7 is no string");
        assert_eq!(refused(r#"{"_exist": "yes"}"#), "_exist is \"yes\"; true and false are possible");
    }

    #[test]
    fn words_are_texts_of_the_propertys_type() {
        let words = ["FilePath=/etc/motd", "ContainsLine=[1]"].map(|word| word.parse().unwrap());
        let found = instance(file_line(), from_words(file_line(), &words).unwrap()).unwrap();
        assert_eq!(found.text("ContainsLine"), Some("[1]"));
        let twice = ["FilePath=/a", "FilePath=/b"].map(|word| word.parse().unwrap());
        assert_eq!(from_words(file_line(), &twice).unwrap_err().message(), "FilePath is given twice");
    }
}
