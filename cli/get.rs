//! `lumi get`: the instances of a class, or one by its keys.

use crate::args::{Common, Get};
use crate::failure::Result;
use crate::results::Format;
use crate::source::Source;
use crate::words;
use omi::client::OperationOptions;
use omi::wql::Select;
use omi::{Error, Instance, flags};
use omi_host::class::Class;

/// Runs the command.
pub fn run(common: &Common, get: &Get) -> Result<()> {
    let source = Source::open(common)?;
    let namespace = common.namespace();
    let class = source.class(namespace, &get.class)?;
    let properties = get.property.as_deref();
    let wanted = |options| OperationOptions { properties: get.property.clone(), ..options };
    let terminal = get.answered.dialogue.terminal();
    let format = Format { json: common.json, properties, class: Some(&class) };
    if !get.keys.is_empty() {
        let key = key_of(&class, &get.keys)?;
        return get.answered.run(
            terminal,
            |options| source.session.get(namespace, &key, &wanted(options)),
            |operation| format.write_one(operation.one()?),
        );
    }
    let condition = get.condition.as_ref();
    let select = condition.map(|it| Select::from_parts(&class.name, properties, Some(it))).transpose()?;
    get.answered.run(
        terminal,
        |options| match select {
            Some(select) => source.session.query(namespace, select.text(), &wanted(options)),
            None => source.session.enumerate(namespace, &class.name, &wanted(options)),
        },
        |replies| format.write_all(replies),
    )
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
