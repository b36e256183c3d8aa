//! Values as people read them, with the names that a class gives to numbers and codes.

use crate::json;
use omi::{Property, Value, text};
use omi_host::class::{Class, Qualifier};
use std::fmt::Write;

/// The names of a property's values, from its qualifiers ValueMap and Values (DSP0004 section 5.6.3).
pub struct ValueNames {
    entries: Vec<(String, String)>,
}

impl ValueNames {
    /// The names that these qualifiers declare; `None` if they declare none.
    pub fn of(qualifiers: &[Qualifier]) -> Option<Self> {
        let names = strings(qualifiers, "Values")?;
        let map = match strings(qualifiers, "ValueMap") {
            Some(map) => map.to_vec(),
            // Without ValueMap the names belong to 0, 1, 2 and so on.
            None => (0..names.len()).map(|index| index.to_string()).collect(),
        };
        Some(Self { entries: map.into_iter().zip(names.iter().cloned()).collect() })
    }

    /// The name of a value: the entry of the value itself, else of a range that holds it, else of `..`, which stands for
    /// all others.
    pub fn name(&self, value: &str) -> Option<&str> {
        let find = |fits: &dyn Fn(&str) -> bool| self.entries.iter().find(|(entry, _)| fits(entry));
        let found = find(&|entry| entry == value)
            .or_else(|| find(&|entry| in_range(entry, value)))
            .or_else(|| find(&|entry| entry == ".."))?;
        Some(&found.1)
    }

    /// Values, or ranges of them, with their names.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(entry, name)| (entry.as_str(), name.as_str()))
    }

    /// The value of a name, without regard to ASCII case. A name of a range has none.
    pub fn value(&self, name: &str) -> Option<&str> {
        let (entry, _) = self.entries.iter().find(|(_, known)| known.eq_ignore_ascii_case(name))?;
        (!entry.contains("..")).then_some(entry)
    }
}

fn strings<'a>(qualifiers: &'a [Qualifier], name: &str) -> Option<&'a [String]> {
    match &qualifiers.iter().find(|it| it.name.eq_ignore_ascii_case(name))?.value {
        Some(Value::StringArray(strings)) => Some(strings),
        _ => None,
    }
}

/// Whether a number is in a range such as `11..32767`, `..10` or `0x8000..`.
fn in_range(entry: &str, value: &str) -> bool {
    let (Some((low, high)), Ok(value)) = (entry.split_once(".."), value.parse::<i128>()) else { return false };
    let bound = |text: &str, otherwise| match text.strip_prefix("0x") {
        _ if text.is_empty() => Some(otherwise),
        Some(digits) => i128::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    };
    entry != ".."
        && bound(low, i128::MIN).is_some_and(|low| low <= value)
        && bound(high, i128::MAX).is_some_and(|high| value <= high)
}

/// The text of a string qualifier, such as Description; `None` if it is missing or NULL.
pub fn qualifier_text<'a>(qualifiers: &'a [Qualifier], name: &str) -> Option<&'a str> {
    match &qualifiers.iter().find(|it| it.name.eq_ignore_ascii_case(name))?.value {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// The value names of a class's property.
pub fn names_of(class: Option<&Class>, property: &str) -> Option<ValueNames> {
    ValueNames::of(&class?.property(property)?.qualifiers)
}

/// A property's value for people: empty for NULL, datetimes as ISO 8601, arrays in braces, known values with their name
/// as in `4 (Blocked)`.
pub fn shown(property: &Property, names: Option<&ValueNames>) -> String {
    let Some(value) = &property.value else { return String::new() };
    let text = match value.to_elements() {
        Some(elements) => {
            let elements: Vec<String> = elements.iter().map(|element| element_text(element, names)).collect();
            format!("{{{}}}", elements.join(", "))
        }
        None => element_text(value, names),
    };
    printable(&text)
}

fn element_text(value: &Value, names: Option<&ValueNames>) -> String {
    let text = match value {
        Value::Datetime(datetime) => json::datetime(*datetime),
        other => text::display(other),
    };
    match names.and_then(|names| names.name(&text)) {
        Some(name) => format!("{text} ({name})"),
        None => text,
    }
}

/// The text with control characters escaped: a value must neither break a line nor give orders to the terminal.
pub fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            _ if letter.is_control() => {
                let _ = write!(printable, "{}", letter.escape_default());
            }
            _ => printable.push(letter),
        }
    }
    printable
}

#[cfg(test)]
mod tests {
    use super::*;
    use omi::Type;

    fn names(entries: &[(&str, &str)]) -> ValueNames {
        ValueNames { entries: entries.iter().map(|(entry, name)| (entry.to_string(), name.to_string())).collect() }
    }

    fn property(value: Value) -> Property {
        Property { name: "P".into(), kind: value.kind(), flags: 0, value: Some(value) }
    }

    #[test]
    fn a_value_has_the_name_of_its_entry_its_range_or_the_rest() {
        let names = names(&[("..", "Reserved"), ("2", "Enabled"), ("11..100", "Vendor"), ("0xc8..", "High")]);
        assert_eq!(names.name("2"), Some("Enabled"));
        assert_eq!(names.name("50"), Some("Vendor"));
        assert_eq!(names.name("201"), Some("High"));
        assert_eq!(names.name("150"), Some("Reserved"));
        assert_eq!(names.value("enabled"), Some("2"));
        assert_eq!(names.value("Vendor"), None);
    }

    #[test]
    fn known_values_are_shown_with_their_names_also_in_arrays() {
        let names = names(&[("2", "OK"), ("13", "Lost Communication")]);
        assert_eq!(shown(&property(Value::Uint16(2)), Some(&names)), "2 (OK)");
        let several = property(Value::Uint16Array(vec![2, 13, 7]));
        assert_eq!(shown(&several, Some(&names)), "{2 (OK), 13 (Lost Communication), 7}");
    }

    #[test]
    fn null_is_empty_and_datetimes_are_iso_8601() {
        assert_eq!(shown(&Property { name: "P".into(), kind: Type::Uint8, flags: 0, value: None }, None), "");
        let since = Value::Datetime("20260203040506.500000+060".parse().unwrap());
        assert_eq!(shown(&property(since), None), "2026-02-03T04:05:06.500000+01:00");
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(shown(&property(Value::from("a\n\u{1b}[2Jb\u{9b}ü")), None), "a\\n\\u{1b}[2Jb\\u{9b}ü");
    }
}
