//! The words `name=value` and `method` of the command line, and what they mean for a class.

use crate::values::ValueNames;
use omi::{Error, Property, Result, ResultCode, Type, Value, text};
use omi_host::class::PropertyDeclaration;
use omi_host::wsman::time;
use std::str::FromStr;

/// A word `name=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    pub name: String,
    pub value: String,
}

/// A word of `lumi invoke`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    Assignment(Assignment),
    Method(String),
}

impl FromStr for Assignment {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word.split_once('=') {
            Some((name, value)) if is_name(name) => Ok(Self { name: name.to_owned(), value: value.to_owned() }),
            _ => Err("expected a name, = and a value, such as Handle=1".to_owned()),
        }
    }
}

impl FromStr for Word {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        if is_name(word) {
            return Ok(Self::Method(word.to_owned()));
        }
        let wrong = |_| "expected a method name, or a name, = and a value, such as Handle=1".to_owned();
        word.parse().map(Self::Assignment).map_err(wrong)
    }
}

/// Whether the text can be the name of a CIM element (DSP0004 section 5.2.1 and annex A).
fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_alphanumeric() || letter == '_')
}

/// Gives assignments the types of their declarations. `declaration` finds one by name, or says what is wrong with it.
///
/// # Errors
/// What `declaration` returns, TYPE_MISMATCH naming the element, and INVALID_PARAMETER when a scalar is given twice.
pub fn typed<'a>(
    assignments: &[Assignment],
    declaration: impl Fn(&str) -> Result<&'a PropertyDeclaration>,
) -> Result<Vec<Property>> {
    let mut properties: Vec<Property> = Vec::new();
    for assignment in assignments {
        let declared = declaration(&assignment.name)?;
        if properties.iter().any(|property| property.name == declared.name) {
            continue;
        }
        let same_name = |other: &&Assignment| other.name.eq_ignore_ascii_case(&declared.name);
        let texts: Vec<&str> = assignments.iter().filter(same_name).map(|it| it.value.as_str()).collect();
        properties.push(Property {
            name: declared.name.clone(),
            kind: declared.kind,
            flags: declared.flags,
            value: Some(read(declared, &texts)?),
        });
    }
    Ok(properties)
}

fn read(declared: &PropertyDeclaration, texts: &[&str]) -> Result<Value> {
    let names = ValueNames::of(&declared.qualifiers);
    let element = |text: &str| {
        scalar(declared.kind.element(), text, names.as_ref())
            .map_err(|error| Error::new(error.code(), format!("{}: {}", declared.name, error.message())))
    };
    match texts {
        [text] if !declared.kind.is_array() => element(text),
        _ if !declared.kind.is_array() => {
            Err(Error::invalid_parameter(format!("{} is given {} times, but is no array", declared.name, texts.len())))
        }
        [text] => array(declared, split(text)?.iter().map(|text| element(text)).collect::<Result<_>>()?),
        _ => array(declared, texts.iter().map(|text| element(text)).collect::<Result<_>>()?),
    }
}

/// Says that no element has this name, and which names there are.
pub fn unknown<'a>(name: &str, owner: &str, what: &str, known: impl Iterator<Item = &'a PropertyDeclaration>) -> Error {
    let message = format!("{owner} has no {what} {name:?}; it has {}", list(known));
    Error::new(ResultCode::NO_SUCH_PROPERTY, message)
}

/// Names, separated by commas, for messages.
pub fn list<'a>(declarations: impl Iterator<Item = &'a PropertyDeclaration>) -> String {
    let names: Vec<&str> = declarations.map(|declared| declared.name.as_ref()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Reads a scalar as its type says, a datetime also as ISO 8601, and else as one of the names that its values have.
fn scalar(kind: Type, text: &str, names: Option<&ValueNames>) -> Result<Value> {
    text::parse(kind, text).or_else(|error| {
        if kind == Type::Datetime
            && let Some(datetime) = time::parse(text)
        {
            return Ok(Value::Datetime(datetime));
        }
        match names.and_then(|names| names.value(text)) {
            Some(value) => text::parse(kind, value),
            None => Err(error),
        }
    })
}

/// The elements of an array in one word: a JSON array, or a list separated by commas.
fn split(text: &str) -> Result<Vec<String>> {
    if !text.starts_with('[') {
        return Ok(text.split(',').map(str::to_owned).collect());
    }
    let elements: Vec<serde_json::Value> = serde_json::from_str(text)
        .map_err(|error| Error::type_mismatch(format!("{text:?} starts like a JSON array, but is none: {error}")))?;
    let as_text = |element| match element {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(elements.into_iter().map(as_text).collect())
}

/// Makes one value of the elements of an array.
fn array(declared: &PropertyDeclaration, elements: Vec<Value>) -> Result<Value> {
    let kind = declared.kind;
    Value::from_elements(kind, elements)
        .ok_or_else(|| Error::type_mismatch(format!("{}: the values do not fit {kind}", declared.name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use omi::{Name, flags};
    use omi_host::class::Qualifier;

    fn declaration(name: &str, kind: Type) -> PropertyDeclaration {
        PropertyDeclaration {
            name: name.into(),
            flags: flags::IN,
            qualifiers: Vec::new(),
            kind,
            class_name: None,
            subscript: 0,
            origin: None,
            propagator: None,
            default: None,
        }
    }

    fn strings(name: &str, values: &[&str]) -> Qualifier {
        let values = values.iter().map(ToString::to_string).collect();
        Qualifier {
            name: Name::from(name),
            flavor: 0,
            kind: Type::StringArray,
            value: Some(Value::StringArray(values)),
        }
    }

    fn value(declared: &PropertyDeclaration, words: &[&str]) -> Result<Value> {
        let assignments: Vec<Assignment> = words.iter().map(|word| word.parse().unwrap()).collect();
        let mut properties = typed(&assignments, |_| Ok(declared))?;
        assert_eq!(properties.len(), 1);
        Ok(properties.remove(0).value.unwrap())
    }

    #[test]
    fn a_value_may_contain_any_character_and_be_empty() {
        let word: Assignment = "Name=a=b c".parse().unwrap();
        assert_eq!((word.name.as_str(), word.value.as_str()), ("Name", "a=b c"));
        assert_eq!("Name=".parse::<Assignment>().unwrap().value, "");
        assert!("=x".parse::<Assignment>().is_err());
        assert!("a b=x".parse::<Assignment>().is_err());
    }

    #[test]
    fn a_word_without_an_equals_sign_is_a_method() {
        assert_eq!("Terminate".parse(), Ok(Word::Method("Terminate".into())));
        assert!("1Terminate".parse::<Word>().is_err());
    }

    #[test]
    fn values_have_the_declared_type() {
        let signal = declaration("Signal", Type::Uint32);
        assert_eq!(value(&signal, &["signal=0x0f"]).unwrap(), Value::Uint32(15));
        let error = value(&signal, &["Signal=abc"]).unwrap_err();
        assert_eq!(error.message(), "Signal: \"abc\" is not a valid uint32 value (0 to 4294967295)");
    }

    #[test]
    fn names_that_the_class_gives_to_values_are_values() {
        let mut signal = declaration("Signal", Type::Uint32);
        signal.qualifiers = vec![strings("ValueMap", &["9", "15"]), strings("Values", &["KILL", "TERM"])];
        assert_eq!(value(&signal, &["Signal=term"]).unwrap(), Value::Uint32(15));
    }

    #[test]
    fn an_array_is_a_list_repeated_words_or_json() {
        let names = declaration("Names", Type::StringArray);
        let expected = Value::StringArray(vec!["a".into(), "b".into()]);
        assert_eq!(value(&names, &["Names=a,b"]).unwrap(), expected);
        assert_eq!(value(&names, &["Names=a", "names=b"]).unwrap(), expected);
        assert_eq!(value(&names, &["Names=[\"a\",\"b\"]"]).unwrap(), expected);
        assert_eq!(value(&names, &["Names=[]"]).unwrap(), Value::StringArray(Vec::new()));
        let numbers = declaration("Numbers", Type::Uint8Array);
        assert_eq!(value(&numbers, &["Numbers=1,2"]).unwrap(), Value::Uint8Array(vec![1, 2]));
        assert_eq!(value(&numbers, &["Numbers=[1, 2]"]).unwrap(), Value::Uint8Array(vec![1, 2]));
    }

    #[test]
    fn a_scalar_is_given_once() {
        let error = value(&declaration("Signal", Type::Uint32), &["Signal=1", "Signal=2"]).unwrap_err();
        assert_eq!(error.message(), "Signal is given 2 times, but is no array");
    }

    #[test]
    fn datetimes_are_dmtf_text_or_iso_8601() {
        let since = declaration("Since", Type::Datetime);
        let dmtf = value(&since, &["Since=20260203040506.000000+000"]).unwrap();
        assert_eq!(value(&since, &["Since=2026-02-03T04:05:06Z"]).unwrap(), dmtf);
    }
}
