//! About how many bytes instances take: exact enough to bound the memory of what waits.

use omi::{Instance, Value};

/// About how many bytes an instance takes.
pub(super) fn rough_size(instance: &Instance) -> usize {
    let properties = instance.properties();
    size_of_val(properties) + properties.iter().filter_map(|it| it.value.as_ref()).map(payload).sum::<usize>()
}

/// About how many bytes a value takes.
pub(super) fn value_size(value: &Value) -> usize {
    let outside = match payload(value) {
        0 => value.to_elements().map_or(0, |elements| size_of_val(elements.as_slice())),
        bytes => bytes,
    };
    size_of::<Value>() + outside
}

/// What lies outside the value itself. In instances, arrays of numbers other than bytes are rare enough to count for
/// nothing.
fn payload(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::StringArray(items) => items.iter().map(|item| item.len() + size_of::<String>()).sum(),
        Value::Uint8Array(items) => items.len(),
        Value::Instance(it) | Value::Reference(it) => rough_size(it),
        Value::InstanceArray(items) | Value::ReferenceArray(items) => items.iter().map(rough_size).sum(),
        _ => 0,
    }
}
