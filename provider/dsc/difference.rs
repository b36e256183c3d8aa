//! How what is differs from what is desired.

use omi::text;
use omi::{Class, Result};
use std::fmt;

/// A property that is not as desired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The property.
    pub property: &'static str,
    /// The value that is, for a person; empty where there is none.
    pub is: String,
    /// The value that is desired, for a person.
    pub desired: String,
}

impl Difference {
    /// Of a property with such values.
    pub fn new(property: &'static str, is: impl fmt::Display, desired: impl fmt::Display) -> Self {
        Self { property, is: is.to_string(), desired: desired.to_string() }
    }

    /// Of a property whose values are nobody's business.
    pub fn secret(property: &'static str) -> Self {
        Self::new(property, "(hidden)", "(hidden)")
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {:?} instead of {:?}", self.property, self.is, self.desired)
    }
}

/// The properties among `names` that are given in `desired` and have another value in `is`, to the letter.
///
/// # Errors
/// What [`Class::to_instance`] returns.
pub fn compare<C: Class>(is: &C, desired: &C, names: &[&'static str]) -> Result<Vec<Difference>> {
    let (is, desired) = (is.to_instance()?, desired.to_instance()?);
    let differing = names.iter().filter_map(|name| {
        let wanted = desired.get(name)?;
        let found = is.get(name);
        let is = found.map(text::display).unwrap_or_default();
        (found != Some(wanted)).then(|| Difference { property: name, is, desired: text::display(wanted) })
    });
    Ok(differing.collect())
}
