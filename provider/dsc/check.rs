//! What every resource checks before it looks at the machine, by what its class declares.

use super::resource::friendly_name;
use omi::decl::{ClassSpec, Property};
use omi::{Error, Instance, Result, Value, flags};

/// Refuses a desired state that lacks what it must have, or has a value that the class does not allow; a value of a ValueMap
/// is then spelled as the class spells it. What only Get tells is dropped, so that its result can be desired.
///
/// The LCM of DSC for Linux checks none of this.
///
/// # Errors
/// INVALID_PARAMETER with the resource, the property, the value and what is allowed.
pub(super) fn check(spec: &ClassSpec, may_be_null: &[&str], desired: &mut Instance) -> Result<()> {
    let resource = friendly_name(spec);
    for property in spec.properties() {
        let name = property.name();
        if property.flags & flags::READ_ONLY != 0 || property.qualifiers.get("Read").is_some() {
            desired.retain(|given| !given.name.eq_ignore_ascii_case(name));
            continue;
        }
        let is_needed = property.flags & (flags::KEY | flags::REQUIRED) != 0 && !may_be_null.contains(&name);
        match desired.get(name) {
            None if is_needed => {
                return Err(Error::invalid_parameter(format!("{resource} needs the property {name}")));
            }
            None => {}
            Some(value) => {
                if let Some(allowed) = allowed(&property) {
                    let spelled =
                        spelled(value, &allowed).map_err(|wrong| refused(&resource, name, wrong, &allowed))?;
                    desired.set(name, spelled);
                }
            }
        }
    }
    Ok(())
}

fn refused(resource: &str, name: &str, wrong: &str, allowed: &[&str]) -> Error {
    Error::invalid_parameter(format!("{resource}: {name} cannot be {wrong:?}; allowed are {}", allowed.join(", ")))
}

/// The values of a ValueMap of texts.
fn allowed(property: &Property) -> Option<Vec<&'static str>> {
    Some(property.qualifiers.get("ValueMap")?.texts().collect())
}

/// The value as the class spells it, or the part of it that is not allowed.
fn spelled<'a>(value: &'a Value, allowed: &[&str]) -> Result<Value, &'a str> {
    let one = |given: &'a str| allowed.iter().find(|allowed| allowed.eq_ignore_ascii_case(given)).copied().ok_or(given);
    match value {
        Value::String(given) => one(given).map(Value::from),
        Value::StringArray(given) => {
            let all: Result<Vec<_>, _> = given.iter().map(|given| one(given).map(str::to_owned)).collect();
            all.map(Value::StringArray)
        }
        other => Ok(other.clone()),
    }
}
