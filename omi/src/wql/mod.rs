//! WQL: the queries of WS-Man filters and MI_Filter, and the part of DMTF CQL (DSP0202) that is written alike.
//!
//! `SELECT * | a, b FROM Class [WITHIN seconds] [WHERE condition]`. Keywords, class names and property names ignore case.
//! WITHIN says of a query for events how often to look for them. A condition joins comparisons by AND, OR, NOT and
//! parentheses:
//!
//! - `Handle = '1'`, also `<>`, `!=`, `<`, `<=`, `>`, `>=`; the constant may stand on either side.
//! - `Name LIKE 'sys%'` with the wildcards of [`Pattern`]; `Name NOT LIKE 'sys%'`.
//! - `Name IS NULL`, `Name IS NOT NULL`, `Name = NULL`, `Name <> NULL`.
//! - `__this ISA "CIM_Process"`, `TargetInstance ISA "CIM_Process"`, `__CLASS = "Linux_Process"`.
//! - `TargetInstance.Name = 'sshd'` looks into an embedded instance.
//!
//! As in WMI, `=` and LIKE on strings ignore case, and a constant is taken as the type of its property: `'10'` equals
//! the number 10, a datetime is written as DMTF text in quotes and compared as an instant. Conditions have three
//! values: a comparison with NULL, with an array or an instance, or with a constant that does not fit the property's
//! type (`'ten'` for a number) is unknown, so is its negation, and what is unknown does not match.
//!
//! ```
//! use omi::Instance;
//! use omi::wql::Select;
//!
//! let query = Select::parse("SELECT Name FROM Sample_Disk WHERE Size > 100 AND NOT Name LIKE 'loop%'").unwrap();
//! assert_eq!(query.properties(), Some(&["Name".to_owned()][..]));
//! let disk = Instance::new("Sample_Disk").with_key("Name", "sda").with("Size", 512_u64);
//! assert!(query.matches(&disk, &|class, base| class == base));
//! assert!(Select::parse("SELECT FROM Sample_Disk").unwrap_err().message().starts_with("column 8:"));
//! ```

mod condition;
mod evaluate;
mod lexer;
mod like;
mod parser;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use condition::{Condition, Literal, Operator};
pub use like::Pattern;

use crate::{Instance, Result, Type};
use std::collections::HashSet;
use std::time::Duration;

/// The most bytes that the text of a query may have.
pub const MAX_TEXT: usize = 64 * 1024;

/// The most parentheses and NOTs that may stand inside each other.
pub const MAX_DEPTH: usize = 100;

/// The system property that holds the name of an instance's class.
const CLASS_PROPERTY: &str = "__CLASS";

/// A query: which properties of which instances of a class.
#[derive(Clone, Debug, PartialEq)]
pub struct Select {
    text: String,
    class: String,
    properties: Option<Vec<String>>,
    within: Option<Duration>,
    condition: Option<Condition>,
}

impl Select {
    /// Reads a query.
    ///
    /// # Errors
    /// INVALID_QUERY with the place and what was expected there: `column 36: expected a value after =, found AND`.
    /// Columns count characters from 1. Also when the text is longer than [`MAX_TEXT`] or nests deeper than
    /// [`MAX_DEPTH`].
    pub fn parse(text: &str) -> Result<Self> {
        let parser::Query { class, properties, within, condition } = parser::query(text)?;
        Ok(Self { text: text.to_owned(), class, properties, within, condition })
    }

    /// Makes a query of its parts, for callers that ask for them one by one. `properties` are all when `None`;
    /// `condition` is what would follow WHERE.
    ///
    /// # Errors
    /// INVALID_QUERY when a name is not one, the list of properties is empty, or the condition is wrong; columns then
    /// count in the condition.
    pub fn from_parts(class: &str, properties: Option<&[String]>, condition: Option<&str>) -> Result<Self> {
        let class = parser::class_name(class)?;
        let properties = properties.map(parser::property_names).transpose()?;
        let list = properties.as_ref().map_or_else(|| "*".to_owned(), |names| names.join(", "));
        let mut text = format!("SELECT {list} FROM {class}");
        let condition = match condition {
            Some(words) => {
                text.push_str(" WHERE ");
                text.push_str(words);
                Some(parser::condition(words)?)
            }
            None => None,
        };
        lexer::check_size(&text)?;
        Ok(Self { text, class, properties, within: None, condition })
    }

    /// The text that was parsed, or that says the same as the parts.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The class in FROM, spelled as in the query.
    pub fn class(&self) -> &str {
        &self.class
    }

    /// The selected properties, spelled as in the query; `None` for `*`.
    pub fn properties(&self) -> Option<&[String]> {
        self.properties.as_deref()
    }

    /// How often to look for events, from WITHIN; above zero.
    pub fn within(&self) -> Option<Duration> {
        self.within
    }

    /// What follows WHERE.
    pub fn condition(&self) -> Option<&Condition> {
        self.condition.as_ref()
    }

    /// Whether an instance fulfils the condition. The class in FROM is not looked at: it says where instances come
    /// from.
    ///
    /// `derives` says for ISA whether its first class is its second or derives from it; the first is the class of
    /// `instance` or of an instance embedded in it.
    pub fn matches(&self, instance: &Instance, derives: &dyn Fn(&str, &str) -> bool) -> bool {
        match &self.condition {
            Some(condition) => evaluate::truth(condition, instance, derives) == Some(true),
            None => true,
        }
    }

    /// The class that the instance embedded in `property` is of in every match, because the condition demands it by ISA,
    /// alone or joined by AND.
    pub fn required_class(&self, property: &str) -> Option<&str> {
        self.condition.as_ref()?.required_class(property)
    }

    /// Every property path that the list or the condition names: `TargetInstance.Name` as it is written there.
    pub fn paths(&self) -> Vec<&str> {
        let mut paths: Vec<&str> = self.properties.iter().flatten().map(String::as_str).collect();
        if let Some(condition) = &self.condition {
            condition.collect_paths(&mut paths);
        }
        paths
    }

    /// Every property of the class that the list or the condition names, once. `TargetInstance.Name` counts as
    /// `TargetInstance`; `__CLASS` and `__this` are no properties.
    pub fn mentioned(&self) -> impl Iterator<Item = &str> {
        let mut seen = HashSet::from([CLASS_PROPERTY.to_ascii_lowercase()]);
        let names = self.paths().into_iter().map(|path| path.split_once('.').map_or(path, |(outer, _)| outer));
        names.filter(move |name| seen.insert(name.to_ascii_lowercase()))
    }

    /// The first comparison that can never hold, because the constant is no value of the property's type. `kind` gives
    /// the type of a property by its name.
    pub fn mismatch(&self, kind: impl Fn(&str) -> Option<Type>) -> Option<(&str, Type, &Literal)> {
        let mut comparisons = Vec::new();
        self.condition.as_ref()?.collect_comparisons(&mut comparisons);
        comparisons.into_iter().find_map(|(property, literal)| {
            let kind = kind(property)?;
            (!evaluate::can_compare(kind, literal)).then_some((property, kind, literal))
        })
    }

    /// The value that every match has in this property because the condition demands it by `=`, alone or joined by AND.
    /// The value is what the query spells: a string is demanded without regard to case, and `'1'` or 1 may stand for
    /// either type. A provider that looks up by it must find whatever [`Select::matches`] would.
    pub fn required(&self, property: &str) -> Option<&Literal> {
        self.condition.as_ref()?.required(property)
    }
}
