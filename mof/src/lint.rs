//! Lints: what is allowed but probably not meant, each with a name and a level that a caller may change.

use std::fmt;

/// What the compiler can find fault with although it can go on. Each has a name, such as `added-key`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Lint {
    /// A class below one that has keys adds another key, so its instances cannot be told apart by the inherited keys.
    AddedKey,
    /// Two instance declarations of a class have the same keys, so they are one instance.
    DuplicateInstance,
    /// An element has the name of an inherited one, but no qualifier Override.
    HiddenElement,
    /// The text is neither UTF-8 nor UTF-16.
    InvalidText,
    /// A class, property, method or parameter has no qualifier Description. Allowed unless asked for.
    MissingDescription,
    /// An instance declaration gives no value to a key, so it cannot be told from others.
    MissingKey,
    /// A number has no unit (PUnit or Units), and no ValueMap or BitMap either that says what it means. Allowed unless
    /// asked for.
    MissingUnit,
    /// A string has line ends in it. DSP0004 does not allow them, but several compilers do.
    MultilineString,
    /// A backslash before a character that means nothing there.
    UnknownEscape,
    /// A pragma that is neither one of DSP0004 nor of WMI. It has no effect.
    UnknownPragma,
    /// A qualifier that is neither declared nor one of the standard.
    UnknownQualifier,
    /// An entry of a ValueMap is no value of the type, so nothing can ever have it.
    ValueMapEntry,
    /// ValueMap and Values have different numbers of entries, so that it is uncertain which text belongs to which value.
    ValueMapLength,
    /// What WMI's compiler allows, but not DSP0004: a class as data type, `instance of` as a value, a property without a
    /// value, a default value of a parameter, flavors of a qualifier without its type, system classes (`__Namespace`).
    WmiSyntax,
}

/// What happens when a [`Lint`] finds something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Nothing.
    Allow,
    /// A warning.
    Warn,
    /// An error.
    Deny,
}

impl Lint {
    /// All lints, in the order of their names.
    pub const ALL: [Lint; 14] = [
        Self::AddedKey,
        Self::DuplicateInstance,
        Self::HiddenElement,
        Self::InvalidText,
        Self::MissingDescription,
        Self::MissingKey,
        Self::MissingUnit,
        Self::MultilineString,
        Self::UnknownEscape,
        Self::UnknownPragma,
        Self::UnknownQualifier,
        Self::ValueMapEntry,
        Self::ValueMapLength,
        Self::WmiSyntax,
    ];

    /// The name that messages and command lines use.
    pub fn name(self) -> &'static str {
        match self {
            Self::AddedKey => "added-key",
            Self::DuplicateInstance => "duplicate-instance",
            Self::HiddenElement => "hidden-element",
            Self::InvalidText => "invalid-text",
            Self::MissingDescription => "missing-description",
            Self::MissingKey => "missing-key",
            Self::MissingUnit => "missing-unit",
            Self::MultilineString => "multiline-string",
            Self::UnknownEscape => "unknown-escape",
            Self::UnknownPragma => "unknown-pragma",
            Self::UnknownQualifier => "unknown-qualifier",
            Self::ValueMapEntry => "value-map-entry",
            Self::ValueMapLength => "value-map-length",
            Self::WmiSyntax => "wmi-syntax",
        }
    }

    /// The lint with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lint| lint.name() == name)
    }

    /// The level that holds unless the caller sets another one.
    pub fn default_level(self) -> Level {
        match self {
            Self::DuplicateInstance | Self::MissingKey | Self::UnknownQualifier => Level::Deny,
            Self::MissingDescription | Self::MissingUnit => Level::Allow,
            _ => Level::Warn,
        }
    }
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The levels of all lints.
#[derive(Clone, Debug)]
pub(crate) struct Levels([Level; Lint::ALL.len()]);

impl Default for Levels {
    fn default() -> Self {
        Self(Lint::ALL.map(Lint::default_level))
    }
}

impl Levels {
    pub(crate) fn get(&self, lint: Lint) -> Level {
        self.0[lint as usize]
    }

    pub(crate) fn set(&mut self, lint: Lint, level: Level) {
        self.0[lint as usize] = level;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_lead_back() {
        for (place, lint) in Lint::ALL.into_iter().enumerate() {
            assert_eq!(Lint::from_name(lint.name()), Some(lint));
            assert_eq!(lint as usize, place, "the levels are kept in this order");
        }
    }
}
