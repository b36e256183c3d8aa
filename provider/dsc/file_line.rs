//! nxFileLine: lines that a text file has, or has not.

use super::{Context, Difference, Done, Resource};
use crate::linux;
use crate::linux::replace_file::{Attributes, replace};
use crate::schema::MsftNxFileLineResource;
use omi::{Error, Result};
use regex::bytes::Regex;
use std::io::Write;
use std::path::PathBuf;
use std::{fs, io};

/// The resource.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileLine;

impl Resource for FileLine {
    type Instance = MsftNxFileLineResource;

    const MAY_BE_NULL: &'static [&'static str] = &["ContainsLine"];

    /// ContainsLine and DoesNotContainPattern are those that are desired where they hold, and NULL where they do not.
    fn get(&self, desired: &MsftNxFileLineResource, context: &Context<'_>) -> Result<MsftNxFileLineResource> {
        let rule = Rule::new(desired)?;
        let found = MsftNxFileLineResource { file_path: desired.file_path.clone(), ..Default::default() };
        let Some(file) = Text::read(desired, context)? else { return Ok(found) };
        Ok(MsftNxFileLineResource {
            does_not_contain_pattern: desired.does_not_contain_pattern.clone().filter(|_| !rule.has_unwanted(&file)),
            contains_line: desired.contains_line.clone().filter(|_| !rule.lacks_line(&file)),
            ..found
        })
    }

    /// A missing file is not as desired, for another resource may be about to make it.
    fn test(&self, desired: &MsftNxFileLineResource, context: &Context<'_>) -> Result<Vec<Difference>> {
        let rule = Rule::new(desired)?;
        let Some(file) = Text::read(desired, context)? else {
            let path = desired.file_path.as_deref().unwrap_or_default();
            return Ok(vec![Difference::new("FilePath", "no file", path)]);
        };
        let mut differences = Vec::new();
        if let Some(line) = file.lines().find(|line| rule.is_unwanted(line)) {
            let desired = "no such line";
            differences.push(Difference::new("DoesNotContainPattern", String::from_utf8_lossy(line), desired));
        }
        if let Some(line) = rule.line.filter(|_| rule.lacks_line(&file)) {
            differences.push(Difference::new("ContainsLine", "", line));
        }
        Ok(differences)
    }

    fn set(&self, desired: &MsftNxFileLineResource, context: &Context<'_>) -> Result<Done> {
        let rule = Rule::new(desired)?;
        let missing = || {
            let path = desired.file_path.as_deref().unwrap_or_default();
            Error::not_found(format!("FilePath {path:?} does not exist; nxFile can make it"))
        };
        let file = Text::read(desired, context)?.ok_or_else(missing)?;
        let attributes = Attributes::of(&file.path)?.ok_or_else(missing)?;
        let wanted = rule.apply(&file);
        replace(&file.path, &attributes, |new| new.write_all(&wanted))?;
        Ok(Done::default())
    }
}

/// A file as bytes: what is no line of interest is kept as it is, in whatever encoding.
struct Text {
    /// Behind all symbolic links.
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Text {
    /// `None` when it is not there.
    fn read(desired: &MsftNxFileLineResource, context: &Context<'_>) -> Result<Option<Self>> {
        let given = desired.file_path.as_deref().unwrap_or_default();
        if !given.starts_with('/') {
            return Err(Error::invalid_parameter(format!("FilePath {given:?} is not absolute: /etc/motd would be")));
        }
        let path = context.root.path(given);
        let path = match fs::canonicalize(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            found => found.map_err(|source| linux::Error::Io { path, source })?,
        };
        if !path.is_file() {
            return Err(Error::invalid_parameter(format!("FilePath {given:?} is not a file")));
        }
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(Self { path, bytes })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(linux::Error::Io { path, source }.into()),
        }
    }

    /// Without their line ends.
    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.whole_lines().map(stripped)
    }

    fn whole_lines(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes.split_inclusive(|byte| *byte == b'\n')
    }

    /// That of the first line.
    fn line_end(&self) -> &'static [u8] {
        if self.whole_lines().next().is_some_and(|line| line.ends_with(b"\r\n")) { b"\r\n" } else { b"\n" }
    }
}

fn stripped(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// What is desired of the lines.
struct Rule<'a> {
    line: Option<&'a str>,
    unwanted: Option<Regex>,
}

impl<'a> Rule<'a> {
    fn new(desired: &'a MsftNxFileLineResource) -> Result<Self> {
        let given = |value: &'a Option<String>| value.as_deref().filter(|text| !text.is_empty());
        let line = given(&desired.contains_line);
        let pattern = given(&desired.does_not_contain_pattern);
        if line.is_none() && pattern.is_none() {
            return Err(Error::invalid_parameter("ContainsLine, DoesNotContainPattern or both must be given"));
        }
        if let Some(line) = line.filter(|line| line.contains(['\n', '\r'])) {
            return Err(Error::invalid_parameter(format!("ContainsLine {line:?} is more than one line")));
        }
        let unwanted = pattern.map(Regex::new).transpose().map_err(|error| {
            Error::invalid_parameter(format!("DoesNotContainPattern is no regular expression: {error}"))
        })?;
        Ok(Self { line, unwanted })
    }

    /// The line that is asked for stays, even if the pattern matches it: it would come back at once.
    fn is_unwanted(&self, line: &[u8]) -> bool {
        self.line.is_none_or(|wanted| wanted.as_bytes() != line)
            && self.unwanted.as_ref().is_some_and(|pattern| pattern.is_match(line))
    }

    fn has_unwanted(&self, file: &Text) -> bool {
        file.lines().any(|line| self.is_unwanted(line))
    }

    fn lacks_line(&self, file: &Text) -> bool {
        self.line.is_some_and(|wanted| !file.lines().any(|line| line == wanted.as_bytes()))
    }

    /// The file as it is desired.
    fn apply(&self, file: &Text) -> Vec<u8> {
        let mut bytes: Vec<u8> =
            file.whole_lines().filter(|line| !self.is_unwanted(stripped(line))).flatten().copied().collect();
        if let Some(line) = self.line.filter(|_| self.lacks_line(file)) {
            if bytes.last().is_some_and(|last| *last != b'\n') {
                bytes.extend(file.line_end());
            }
            bytes.extend(line.as_bytes());
            bytes.extend(file.line_end());
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsc::testing::Machine;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn desired(line: &str, pattern: &str) -> MsftNxFileLineResource {
        MsftNxFileLineResource {
            file_path: Some("/etc/profile".into()),
            contains_line: Some(line.into()),
            does_not_contain_pattern: Some(pattern.into()),
        }
    }

    #[test]
    fn set_makes_it_so_and_test_then_finds_it_so() {
        for (before, after) in [
            ("", "b\n"),
            ("a\n", "a\nb\n"),
            ("a", "a\nb\n"),
            ("a\r\nold 1\r\n", "a\r\nb\r\n"),
            ("\n}\nold\n", "\n}\nb\n"),
            ("old\nb\nolder\n", "b\n"),
        ] {
            let machine = Machine::with(&[("etc/profile", before.as_bytes())]);
            machine.converges(&FileLine, &desired("b", "^old"));
            assert_eq!(machine.read("etc/profile"), after.as_bytes(), "{before:?}");
        }
    }

    #[test]
    fn other_bytes_the_mode_and_links_are_kept() {
        let machine = Machine::with(&[("etc/real", b"caf\xe9 \xff\nold\n")]);
        let path = machine.root.path("/etc/real");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o604)).unwrap();
        symlink("real", machine.root.path("/etc/profile")).unwrap();
        machine.converges(&FileLine, &desired("größer", "old"));
        assert_eq!(machine.read("etc/real"), [&b"caf\xe9 \xff\n"[..], "größer\n".as_bytes()].concat());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o604);
        assert!(fs::symlink_metadata(machine.root.path("/etc/profile")).unwrap().is_symlink());
    }

    #[test]
    fn the_line_that_is_asked_for_is_not_removed_by_the_pattern() {
        let machine = Machine::with(&[("etc/profile", b"umask 022\n")]);
        machine.converges(&FileLine, &desired("umask 027", "^umask"));
        assert_eq!(machine.read("etc/profile"), b"umask 027\n");
    }

    #[test]
    fn get_tells_what_of_it_holds() {
        let machine = Machine::with(&[("etc/profile", b"old\n")]);
        let found = machine.get(&FileLine, &desired("b", "^x"));
        assert_eq!((found.contains_line, found.does_not_contain_pattern.as_deref()), (None, Some("^x")));
    }

    #[test]
    fn a_missing_file_is_not_as_desired_and_set_says_who_can_make_it() {
        let machine = Machine::with(&[("etc/profile", b"")]);
        let desired = MsftNxFileLineResource { file_path: Some("/etc/none".into()), ..desired("b", "") };
        assert_eq!(machine.get(&FileLine, &desired).contains_line, None);
        assert_eq!(machine.test(&FileLine, &desired).unwrap()[0].property, "FilePath");
        let refused = machine.set(&FileLine, &desired).unwrap_err();
        assert_eq!(refused.message(), "nxFileLine: FilePath \"/etc/none\" does not exist; nxFile can make it");
    }

    #[test]
    fn wrong_values_are_refused_by_name() {
        let machine = Machine::with(&[("etc/profile", b"")]);
        let refused = |desired| machine.test(&FileLine, &desired).unwrap_err().message().to_owned();
        let of = |path: &str| MsftNxFileLineResource { file_path: Some(path.into()), ..desired("b", "") };
        assert_eq!(refused(desired("", "")), "nxFileLine: ContainsLine, DoesNotContainPattern or both must be given");
        assert!(refused(desired("a\nb", "")).contains("ContainsLine \"a\\nb\" is more than one line"));
        assert!(refused(desired("", "(")).contains("DoesNotContainPattern is no regular expression"));
        assert!(refused(of("etc/profile")).contains("FilePath \"etc/profile\" is not absolute"));
        assert!(refused(of("/etc")).contains("FilePath \"/etc\" is not a file"));
        assert!(refused(MsftNxFileLineResource::default()).contains("nxFileLine needs the property FilePath"));
    }
}
