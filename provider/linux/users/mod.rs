//! Local users and groups: `/etc/passwd`, `/etc/group` and `/etc/shadow`.

pub mod authorized_keys;
mod groups;
pub mod manage;
#[cfg(test)]
mod manage_tests;
mod names;
mod passwd;
mod shadow;
#[cfg(test)]
mod tests;

pub use groups::{Group, Members, groups};
pub use names::UserNames;
pub use passwd::{Account, accounts};
pub use shadow::{Password, PasswordState, has_hash, passwords};

use std::collections::HashSet;

/// The entries of a file of lines with fields between colons.
///
/// Left out are blank lines and comments, the lines that merge NIS in, lines that `parse` refuses, and, as every program
/// does that looks a name up, all lines but the first of each name.
fn entries<T>(path: &str, text: &str, parse: impl Fn(&[&str]) -> Option<T>, name: impl Fn(&T) -> &str) -> Vec<T> {
    let (mut known, mut found) = (HashSet::new(), Vec::new());
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with(['#', '+', '-']) {
            continue;
        }
        let fields: Vec<&str> = line.split(':').collect();
        match parse(&fields).filter(|entry| !name(entry).is_empty()) {
            Some(entry) if known.insert(name(&entry).to_owned()) => found.push(entry),
            Some(entry) => log::debug!("{path}, line {}: {} is there already", index + 1, name(&entry)),
            // The line itself may hold a hash of a password.
            None => log::warn!("{path}, line {}: it is left out, for it does not have the fields it should", index + 1),
        }
    }
    found
}

/// A field that is not empty.
fn filled(field: &str) -> Option<String> {
    (!field.is_empty()).then(|| field.to_owned())
}
