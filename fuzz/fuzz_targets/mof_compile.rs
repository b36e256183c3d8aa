//! Any text ends in a schema or in errors, soon and without a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use omi_mof::{Compiler, Level, Lint, Schema};

fuzz_target!(|text: &str| {
    // Nothing outside of the text is read.
    if text.to_ascii_lowercase().contains("include") {
        return;
    }
    let strict = Compiler::default().compile_text("fuzz.mof", text);
    let lenient = Lint::ALL.iter().fold(Compiler::default(), |compiler, lint| compiler.level(*lint, Level::Allow));
    let lenient = lenient.compile_text("fuzz.mof", text);
    assert!(strict.is_err() || lenient.is_ok(), "a lint that is allowed is no error");
    if let Err(errors) = &strict {
        assert!(errors.has_errors());
        let _ = (errors.to_string(), errors.to_json());
    }
    if let Ok(schema) = &lenient {
        check(schema);
    }
});

/// What holds of every schema.
fn check(schema: &Schema) {
    for class in schema.classes() {
        assert!(schema.ancestry(class).count() <= schema.classes().len(), "a class is not its own ancestor");
        assert_eq!(schema.class(&class.name.to_uppercase()).map(|found| &found.name), Some(&class.name));
        if let Some(base) = schema.superclass(class) {
            assert!(base.properties.len() <= class.properties.len(), "properties are inherited");
        }
    }
    for instance in schema.instances() {
        let _ = instance.values.iter().map(|(_, value)| value.to_string()).count();
    }
}
