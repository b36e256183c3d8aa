//! The hand-written types against those that bindgen makes of the header, as rustc sees both.

#[path = "../../src/types/mod.rs"]
#[allow(dead_code, unused_imports, non_camel_case_types, non_snake_case, non_upper_case_globals)]
#[allow(clippy::type_complexity)]
mod by_hand;

use std::any::type_name;
use std::mem::{align_of, offset_of, size_of};

use crate::list::{each_code, each_struct};

#[test]
fn every_field_has_the_same_place_and_type() {
    let mut differences = Vec::new();
    let mut compare = |what: String, by_hand: String, by_bindgen: String| {
        if by_hand != by_bindgen {
            differences.push(format!("{what}:\n  {by_hand} by hand\n  {by_bindgen} by bindgen"));
        }
    };
    macro_rules! layout {
        ($struct:ty) => {
            format!("{} bytes, aligned to {}", size_of::<$struct>(), align_of::<$struct>())
        };
    }
    macro_rules! field {
        ($struct:ty, $field:ident) => {{
            // SAFETY: the function is never called, only its type is looked at.
            let field = |value: *const $struct| unsafe { &raw const (*value).$field };
            format!("{} at {}", pointee(field), offset_of!($struct, $field))
        }};
    }
    macro_rules! check {
        ($name:ident $(($there:tt))? { $($field:ident $(($field_there:tt))?),* }) => {
            compare(stringify!($name).to_owned(), layout!(by_hand::$name), layout!(omi_sys::$name));
            $(
                let what = format!("{}.{}", stringify!($name), stringify!($field));
                compare(what, field!(by_hand::$name, $field), field!(omi_sys::$name, $field));
            )*
        };
    }
    each_struct!(check);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn every_code_has_the_same_number() {
    macro_rules! check {
        ($code:ident: $($name:ident),*) => {
            $(assert_eq!(by_hand::$name.0, omi_sys::$name.0, stringify!($name));)*
        };
    }
    each_code!(check);
}

/// The name of the type that `field` points to, without module paths.
fn pointee<S, F>(_field: fn(*const S) -> *const F) -> String {
    let mut name = String::new();
    let mut word = String::new();
    for character in type_name::<F>().chars().chain([' ']) {
        if character.is_ascii_alphanumeric() || character == '_' || character == ':' {
            word.push(character);
        } else {
            name += word.rsplit("::").next().unwrap_or_default();
            name.push(character);
            word.clear();
        }
    }
    name.trim_end().to_owned()
}
