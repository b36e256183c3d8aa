//! nxEnvironment: a variable in `/etc/environment`, which PAM gives to each login, or a folder in the PATH of login shells.

#[cfg(test)]
mod tests;

use super::{Context, Difference, Done, Resource};
use crate::linux::edited_file::EditedFile;
use crate::schema::MsftNxEnvironmentResource;
use omi::{Error, Result};

/// The resource.
#[derive(Clone, Copy, Debug, Default)]
pub struct Environment;

const VARIABLES: &str = "/etc/environment";
const FOLDERS: &str = "/etc/profile.d/DSCEnvironment.sh";

impl Resource for Environment {
    type Instance = MsftNxEnvironmentResource;

    /// The name does not count where it is about PATH.
    const MAY_BE_NULL: &'static [&'static str] = &["Name"];

    fn get(&self, desired: &MsftNxEnvironmentResource, context: &Context<'_>) -> Result<MsftNxEnvironmentResource> {
        let entry = Entry::new(desired)?;
        let value = entry.find(&EditedFile::read(context.root, entry.file())?);
        let ensure = if value.is_some() { "Present" } else { "Absent" };
        Ok(MsftNxEnvironmentResource {
            name: desired.name.clone(),
            ensure: Some(ensure.into()),
            value,
            path: Some(entry.is_folder()),
        })
    }

    fn test(&self, desired: &MsftNxEnvironmentResource, context: &Context<'_>) -> Result<Vec<Difference>> {
        let entry = Entry::new(desired)?;
        let found = entry.find(&EditedFile::read(context.root, entry.file())?);
        Ok(match (found, is_absent(desired)) {
            (Some(_), true) => vec![Difference::new("Ensure", "Present", "Absent")],
            (None, false) => vec![Difference::new("Ensure", "Absent", "Present")],
            // The value of a variable may be a password.
            (Some(found), false) if desired.value.as_ref().is_some_and(|value| *value != found) => {
                vec![Difference::secret("Value")]
            }
            _ => Vec::new(),
        })
    }

    fn set(&self, desired: &MsftNxEnvironmentResource, context: &Context<'_>) -> Result<Done> {
        let entry = Entry::new(desired)?;
        let mut file = EditedFile::read(context.root, entry.file())?;
        context.check_canceled()?;
        let is_it: Vec<bool> = file.texts().map(|line| entry.value_in(&line).is_some()).collect();
        // Of several lines the last one counts, so that is the one to be changed.
        let last = is_it.iter().rposition(|is_it| *is_it);
        let line = if is_absent(desired) { None } else { Some(entry.line()?.into_bytes()) };
        let at = last.unwrap_or(file.lines.len());
        let mut lines: Vec<Vec<u8>> = Vec::with_capacity(file.lines.len() + 1);
        for (index, old) in file.lines.drain(..).enumerate() {
            if index == at {
                lines.extend(line.clone());
            } else if !is_it[index] {
                lines.push(old);
            }
        }
        if last.is_none() {
            lines.extend(line);
        }
        file.lines = lines;
        file.write()?;
        Ok(Done::default())
    }
}

fn is_absent(desired: &MsftNxEnvironmentResource) -> bool {
    desired.ensure.as_deref() == Some("Absent")
}

/// What a line of one of the files is about.
enum Entry<'a> {
    /// A variable, and the value for a line with it.
    Variable { name: &'a str, value: &'a str },
    /// A folder, or some with colons between them.
    Folder(&'a str),
}

impl<'a> Entry<'a> {
    fn new(given: &'a MsftNxEnvironmentResource) -> Result<Self> {
        let value = given.value.as_deref().unwrap_or_default();
        if given.path == Some(true) {
            return folder(value).map(Self::Folder);
        }
        let name = given.name.as_deref().unwrap_or_default();
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(fits) || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(Error::invalid_parameter(format!(
                "Name {name:?} is no name of a variable: letters, digits and _ are right, and no digit first"
            )));
        }
        if !is_absent(given) {
            quoted(value)?;
        }
        Ok(Self::Variable { name, value })
    }

    fn is_folder(&self) -> bool {
        matches!(self, Self::Folder(_))
    }

    fn file(&self) -> &'static str {
        if self.is_folder() { FOLDERS } else { VARIABLES }
    }

    /// The value of the last line that is about it.
    fn find(&self, file: &EditedFile) -> Option<String> {
        file.texts().filter_map(|line| self.value_in(&line)).last()
    }

    /// The value in a line that is about it.
    fn value_in(&self, line: &str) -> Option<String> {
        match self {
            Self::Folder(folder) => (line.trim() == self::line(folder)).then(|| (*folder).to_owned()),
            Self::Variable { name, .. } => value_of(line, name),
        }
    }

    fn line(&self) -> Result<String> {
        match self {
            Self::Folder(folder) => Ok(line(folder)),
            Self::Variable { name, value } => Ok(format!("{name}={}", quoted(value)?)),
        }
    }
}

/// The line that appends folders to PATH.
fn line(folder: &str) -> String {
    format!("PATH=$PATH:\"{folder}\"")
}

/// Folders that a shell takes as they are, but for variables such as `$HOME`.
fn folder(value: &str) -> Result<&str> {
    let wrong = |c: char| matches!(c, '"' | '`' | '\\') || c.is_control();
    if value.is_empty() || value.contains(wrong) || value.contains("$(") {
        return Err(Error::invalid_parameter(format!(
            "Value {value:?} is no folder for PATH: /opt/tools/bin would be one; quotes, backslashes and commands cannot \
             be in it"
        )));
    }
    Ok(value)
}

/// The value of the variable in a line as pam_env(8) reads it: up to a `#`, without the quotes around it.
fn value_of(line: &str, name: &str) -> Option<String> {
    let line = line.split('#').next().unwrap_or_default().trim();
    let line = line.strip_prefix("export ").map_or(line, str::trim_start);
    let value = line.strip_prefix(name)?.strip_prefix('=')?;
    let unquoted = ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    Some(unquoted.unwrap_or(value).to_owned())
}

/// A value as both pam_env(8) and a shell read it back. Neither knows all that the other does. The errors do not show the
/// value, for it may be a password.
fn quoted(value: &str) -> Result<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,=".contains(c);
    if value.contains(|c: char| c == '#' || c.is_control()) {
        return Err(Error::invalid_parameter(
            "Value has a # or a control character, and /etc/environment cannot hold them: a # begins a comment there",
        ));
    }
    if value.chars().all(is_plain) {
        Ok(value.to_owned())
    } else if !value.contains('\'') {
        Ok(format!("'{value}'"))
    } else if !value.contains(['"', '$', '`', '\\']) {
        Ok(format!("\"{value}\""))
    } else {
        Err(Error::invalid_parameter(
            "Value has a ' beside one of \" $ ` \\, and /etc/environment knows no way to write both",
        ))
    }
}
