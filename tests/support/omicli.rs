//! What OMI's command-line client prints.

use crate::run;
use std::collections::BTreeMap;
use std::process::Output;

/// The answer to one `omicli` command.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The instances, by property name; NULL properties are absent.
    pub(crate) instances: Vec<BTreeMap<String, String>>,
    /// Everything that was printed.
    pub(crate) text: String,
    /// Whether the operation succeeded.
    pub(crate) succeeded: bool,
}

impl Answer {
    /// Reads the form `instance of CLASS`, `{`, `    [Key] NAME=VALUE`, ..., `}`.
    pub(crate) fn read(output: &Output) -> Self {
        let text = run::text(output);
        let mut instances = Vec::new();
        for line in text.lines() {
            if line.starts_with("instance of ") {
                instances.push(BTreeMap::new());
            } else if let (Some(instance), Some(element)) = (instances.last_mut(), line.strip_prefix("    ")) {
                let element = element.strip_prefix("[Key] ").unwrap_or(element);
                if let Some((name, value)) = element.split_once('=') {
                    // The value of an earlier property may contain lines that look like a property.
                    instance.entry(name.to_owned()).or_insert(value.to_owned());
                }
            }
        }
        Self { instances, text, succeeded: output.status.success() }
    }

    /// The value that each instance has in the named property.
    pub(crate) fn values(&self, property: &str) -> impl Iterator<Item = &str> {
        self.instances.iter().filter_map(move |instance| instance.get(property)).map(String::as_str)
    }
}
