//! `lumi get`: the instances of a class, or one by its keys.

use crate::args::{Common, Get};
use crate::failure::Result;
use crate::results::Format;
use crate::source::Source;
use crate::words;
use omi::wql::Select;
use omi::{Error, Instance, flags};
use omi_host::class::Class;
use omi_host::operation::{Depth, Operation};

/// Runs the command.
pub fn run(common: &Common, get: &Get) -> Result<()> {
    let mut source = Source::open(common)?;
    let namespace = common.namespace();
    let class = source.class(namespace, &get.class)?;
    let properties = get.property.clone();
    let format = Format { json: common.json, properties: properties.as_deref(), class: Some(&class) };
    if !get.keys.is_empty() {
        let key = key_of(&class, &get.keys)?;
        let one = source.submit(namespace, Operation::Get { key, properties: properties.clone() })?.one()?;
        return format.write_one(one);
    }
    let operation = match &get.condition {
        Some(condition) => Operation::Query(Select::from_parts(&class.name, properties.as_deref(), Some(condition))?),
        None => Operation::Enumerate {
            class: class.name.to_string(),
            depth: Depth::IncludeSubclassProperties,
            properties: properties.clone(),
            keys_only: false,
        },
    };
    format.write_all(source.submit(namespace, operation)?)
}

/// The instance that the assignments name.
///
/// # Errors
/// NO_SUCH_PROPERTY and TYPE_MISMATCH naming the element; INVALID_PARAMETER for a property that is no key.
pub fn key_of(class: &Class, assignments: &[words::Assignment]) -> omi::Result<Instance> {
    let properties = words::typed(assignments, |name| match class.property(name) {
        Some(declared) if declared.flags & flags::KEY != 0 => Ok(declared),
        Some(declared) => Err(Error::invalid_parameter(format!(
            "{} is no key of {}: its keys are {}; to select by other properties, use --where",
            declared.name,
            class.name,
            words::list(class.keys()),
        ))),
        None => Err(words::unknown(name, &class.name, "key", class.keys())),
    })?;
    let mut key = Instance::with_capacity(class.name.clone(), properties.len());
    properties.into_iter().for_each(|property| key.push(property));
    Ok(key)
}
