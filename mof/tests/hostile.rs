//! Input that is meant to hurt: it ends in errors, soon, and never in a panic.

use proptest::prelude::*;
use std::fmt::Write;

fn compiles(text: &str) -> bool {
    omi_mof::compile_text("test.mof", text).is_ok()
}

#[test]
fn deep_nesting_does_not_exhaust_the_stack() {
    for bracket in
        ["{", "[", "(", "class A_B { uint32 a = {", "[Key(", "/*", "\"", "#pragma include(", "instance of X {"]
    {
        assert!(!compiles(&bracket.repeat(100_000)), "{bracket}");
    }
}

#[test]
fn a_hundred_thousand_errors_are_counted_and_not_shown() {
    let mut text = String::new();
    for number in 0..100_000 {
        let _ = writeln!(text, "class A_{number} : A_Missing{number} {{ }};");
    }
    let errors = omi_mof::compile_text("test.mof", &text).unwrap_err();
    assert_eq!(errors.len(), 100_000);
    assert_eq!(errors.iter().count(), 200);
    assert!(errors.to_string().ends_with("and 99800 more"));
}

#[test]
fn a_long_chain_of_superclasses_is_resolved_and_a_long_circle_is_reported() {
    let mut text = String::from("class A_0 { };");
    for number in 1..20_000 {
        let _ = write!(text, "class A_{number} : A_{} {{ }};", number - 1);
    }
    assert!(compiles(&text));
    let circle = text.replace("class A_0 {", "class A_0 : A_19999 {");
    let errors = omi_mof::compile_text("test.mof", &circle).unwrap_err();
    assert_eq!(errors.len(), 1, "{errors}");
}

#[test]
fn long_text_is_no_problem() {
    let long = "x".repeat(5_000_000);
    assert!(compiles(&format!("class A_B {{ string Text = \"{long}\"; }};")));
    let errors = omi_mof::compile_text("test.mof", &format!("class {long} {{ {long} }};")).unwrap_err().to_string();
    assert!(errors.len() < 100_000, "a message repeats the text: {} bytes", errors.len());
    assert!(!compiles(&"1".repeat(5_000_000)));
}

#[test]
fn a_hundred_megabytes_of_text_end_in_an_error() {
    let errors = omi_mof::compile_text("test.mof", &";".repeat(100_000_000)).unwrap_err();
    assert_eq!(errors.len(), 1, "{errors}");
    assert!(errors.to_string().contains("the file has more than 4194304 words and signs"), "{errors}");
    let message = omi_mof::compile_text("test.mof", &" ".repeat(140_000_000)).unwrap_err().to_string();
    assert!(message.contains("is longer than the limit of 134217728 bytes"), "{message}");
}

#[test]
fn instances_embedded_in_each_other_have_a_limit() {
    let nested = |depth: usize| {
        let (open, close) = ("P = instance of A_B { ".repeat(depth), "};".repeat(depth));
        let text = format!("class A_B {{ [EmbeddedObject] string P; }}; instance of A_B {{ {open} {close} }};");
        omi_mof::compile_text("test.mof", &text)
    };
    assert!(nested(32).is_ok());
    for depth in [33, 100_000] {
        let errors = nested(depth).unwrap_err().to_string();
        assert!(errors.contains("instances are embedded more than 32 levels deep"), "{errors}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_compiler_panic(text in "\\PC*") {
        let _ = omi_mof::compile_text("test.mof", &text);
    }

    #[test]
    fn no_sequence_of_tokens_makes_the_compiler_panic(
        tokens in prop::collection::vec(
            prop::sample::select(vec![
                "class", "A_B", "A_C", ":", "{", "}", ";", "[", "]", "(", ")", ",", "=", "Key", "Override", "ValueMap",
                "Values", "uint32", "string", "REF", "instance", "of", "as", "$A", "qualifier", "Scope", "any", "Flavor",
                "#pragma", "include", "\"A_B\"", "\"1\"", "'c'", "5", "-1.5", "TRUE", "NULL", "\n", "/*", "*/", "//",
            ]),
            0..60,
        )
    ) {
        let _ = omi_mof::compile_text("test.mof", &tokens.join(" "));
    }

    #[test]
    fn no_bytes_make_the_compiler_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let file = std::env::temp_dir().join(format!("omi-mof-bytes-{}.mof", std::process::id()));
        std::fs::write(&file, &bytes).unwrap();
        let _ = omi_mof::compile(&file);
        std::fs::remove_file(&file).unwrap();
    }

    #[test]
    fn a_printed_string_is_read_back(text in "[^\0]*") {
        read_back("string", omi_mof::Value::String(text))?;
    }

    #[test]
    fn a_printed_integer_is_read_back(number in any::<i64>()) {
        read_back("sint64", omi_mof::Value::Integer(number.into()))?;
    }

    #[test]
    fn a_printed_real_is_read_back(number in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO) {
        read_back("real64", omi_mof::Value::Real(number))?;
    }

    #[test]
    fn a_printed_character_is_read_back(unit in any::<u16>()) {
        read_back("char16", omi_mof::Value::Char16(unit))?;
    }
}

/// Prints a value into MOF text and compiles it.
fn read_back(kind: &str, value: omi_mof::Value) -> Result<(), TestCaseError> {
    let text = format!("class A_B {{ {kind} One = {value}; {kind} Many[] = {{ {value}, {value} }}; }};");
    let schema = omi_mof::compile_text("test.mof", &text).map_err(|errors| TestCaseError::fail(errors.to_string()))?;
    let class = schema.class("A_B").unwrap();
    prop_assert_eq!(class.property("One").unwrap().default.clone(), Some(value.clone()));
    let many = omi_mof::Value::Array(vec![value.clone(), value]);
    prop_assert_eq!(class.property("Many").unwrap().default.clone(), Some(many));
    Ok(())
}
