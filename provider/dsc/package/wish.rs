//! What is desired of a package, understood.

use super::{ABSENT, manager_name};
use crate::linux::Root;
use crate::linux::download::Source;
use crate::linux::packages::manage::Wanted;
use crate::linux::packages::{Manager, Package, Program, compare, named, package_in};
use crate::schema::MsftNxPackageResource;
use omi::{Error, Result};

/// What is desired.
pub(super) struct Wish {
    pub(super) manager: Manager,
    pub(super) program: Program,
    pub(super) is_present: bool,
    /// Of the package or the group.
    pub(super) name: String,
    architecture: Option<String>,
    /// The version that Name asks for.
    exact: Option<String>,
    pub(super) origin: Origin,
    /// For the program, before its command.
    pub(super) program_arguments: Vec<String>,
    /// For its command.
    pub(super) command_arguments: Vec<String>,
    pub(super) return_code: Option<i32>,
}

/// Where the package comes from.
pub(super) enum Origin {
    Repository,
    Group,
    /// A file, and what is in it; `None` when it is not there.
    File {
        path: String,
        package: Option<Box<Package>>,
    },
    Url(Source),
}

impl Wish {
    pub(super) fn new(desired: &MsftNxPackageResource, root: &Root) -> Result<Self> {
        let program = program(desired.package_manager.as_deref(), root)?;
        let manager = Manager::of(root)?;
        let is_group = desired.package_group == Some(true);
        let file = desired.file_path.as_deref().filter(|path| !path.is_empty());
        let given = desired.name.as_deref().unwrap_or_default();
        let origin = match file {
            _ if is_group => group(program, file)?,
            Some(url) if Source::is_url(url) => {
                Origin::Url(Source::parse(url).map_err(|error| Error::invalid_parameter(format!("FilePath: {error}")))?)
            }
            Some(path) => file_origin(root, manager, path)?,
            None => Origin::Repository,
        };
        let (name, architecture, exact) = match &origin {
            Origin::File { package: Some(package), .. } => (package.name.clone(), package.architecture.clone(), None),
            Origin::Group => (given.to_owned(), None, None),
            _ => parts(given),
        };
        let (program_arguments, command_arguments) = arguments(desired.arguments.as_deref().unwrap_or_default())?;
        let wish = Self {
            manager,
            program,
            is_present: desired.ensure.as_deref() != Some(ABSENT),
            name,
            architecture,
            exact,
            origin,
            program_arguments,
            command_arguments,
            return_code: return_code(desired.return_code)?,
        };
        wish.check(given)?;
        Ok(wish)
    }

    fn check(&self, given: &str) -> Result<()> {
        if matches!(self.origin, Origin::File { package: Some(_), .. }) {
            return Ok(());
        }
        if given.is_empty() {
            let why = match self.origin {
                Origin::File { .. } => ": FilePath does not exist, so it does not tell which package is meant",
                Origin::Url(_) => ": it is not downloaded only to see which package it is",
                _ => "",
            };
            return Err(Error::invalid_parameter(format!("Name is empty and should be that of a package{why}")));
        }
        self.wanted().check().map_err(|error| Error::invalid_parameter(format!("Name: {error}")))
    }

    /// What to install from a repository.
    pub(super) fn wanted(&self) -> Wanted {
        match self.origin {
            Origin::Group => Wanted::Group(self.name.clone()),
            _ => Wanted::Package {
                name: self.name.clone(),
                version: self.exact.clone(),
                architecture: self.architecture.clone(),
            },
        }
    }

    /// What to remove: in whatever version, for another one is not there.
    pub(super) fn removed(&self) -> Wanted {
        match self.wanted() {
            // An architecture of a file may be "all", by which no package is called.
            Wanted::Package { name, .. } if matches!(self.origin, Origin::File { .. }) => Wanted::named(name),
            Wanted::Package { name, architecture, .. } => Wanted::Package { name, architecture, version: None },
            other => other,
        }
    }

    /// The installed packages that are meant.
    pub(super) fn installed(&self, root: &Root) -> Result<Vec<Package>> {
        if self.name.is_empty() {
            return Ok(Vec::new());
        }
        let mut installed = named(root, self.manager, &self.name)?;
        installed.retain(|package| {
            let is_architecture = self.architecture.is_none() || self.architecture == package.architecture;
            // That of another version is none to remove.
            let is_version = self.is_present || self.exact.as_ref().is_none_or(|exact| *exact == package.full_version);
            is_architecture && is_version
        });
        Ok(installed)
    }

    pub(super) fn is_satisfied_by(&self, package: &Package) -> bool {
        let is_version = match (&self.exact, &self.origin) {
            (Some(exact), _) => *exact == package.full_version,
            (None, Origin::File { package: Some(file), .. }) => {
                compare(self.manager, &package.full_version, &file.full_version).is_ge()
            }
            _ => true,
        };
        is_version && package.trouble.is_none()
    }

    /// The version that is wanted, and the property that says so.
    pub(super) fn version(&self) -> Option<(&'static str, &str)> {
        match (&self.exact, &self.origin) {
            (Some(exact), _) => Some(("Name", exact)),
            (None, Origin::File { package: Some(file), .. }) => Some(("FilePath", &file.full_version)),
            _ => None,
        }
    }
}

/// The program of the machine, if it is that which is wanted.
pub(super) fn program(wanted: Option<&str>, root: &Root) -> Result<Program> {
    let program = Program::of(root)?;
    let own = manager_name(program);
    if let Some(other) = wanted.filter(|wanted| *wanted != "*" && own.as_deref() != Some(wanted)) {
        let right = own.map(|own| format!("{own:?} or ")).unwrap_or_default();
        return Err(Error::not_supported(format!(
            "PackageManager {other:?} is not that of this machine, which has {}: give {right}\"*\"",
            program.name()
        )));
    }
    Ok(program)
}

fn group(program: Program, file: Option<&str>) -> Result<Origin> {
    if file.is_some() {
        return Err(Error::invalid_parameter("PackageGroup cannot be true with FilePath, which is no group"));
    }
    if !matches!(program, Program::Dnf | Program::Yum) {
        let name = program.name();
        return Err(Error::not_supported(format!("PackageGroup cannot be true: {name} knows no groups of packages")));
    }
    Ok(Origin::Group)
}

fn file_origin(root: &Root, manager: Manager, path: &str) -> Result<Origin> {
    if !path.starts_with('/') {
        return Err(Error::invalid_parameter(format!("FilePath {path:?} should be an absolute path, or a URL")));
    }
    let package = root.exists(path).then(|| package_in(root, manager, path)).transpose();
    let package = package.map_err(|error| Error::invalid_parameter(format!("FilePath {path:?}: {error}")))?;
    Ok(Origin::File { path: path.to_owned(), package: package.map(Box::new) })
}

/// Name, architecture and version of `NAME[:ARCHITECTURE][=VERSION]`.
fn parts(name: &str) -> (String, Option<String>, Option<String>) {
    let (name, version) = name.split_once('=').map_or((name, None), |(name, version)| (name, Some(version)));
    let (name, architecture) = name.split_once(':').map_or((name, None), |(name, it)| (name, Some(it)));
    (name.to_owned(), architecture.map(str::to_owned), version.map(str::to_owned))
}

fn return_code(code: Option<u32>) -> Result<Option<i32>> {
    let fits = |code: u32| u8::try_from(code).ok().map(i32::from);
    code.map(|code| {
        fits(code).ok_or_else(|| {
            Error::invalid_parameter(format!("ReturnCode {code} should be the exit code of a program, 0 to 255"))
        })
    })
    .transpose()
}

/// Those for the program and those for its command, which a `|` parts.
fn arguments(text: &str) -> Result<(Vec<String>, Vec<String>)> {
    let (program, command) = text.split_once('|').unwrap_or((text, ""));
    if command.contains('|') {
        return Err(Error::invalid_parameter(format!(
            "Arguments {text:?} should have one | at most, between those for the program and those for its command"
        )));
    }
    Ok((words(program)?, words(command)?))
}

/// Words with blanks between them; quotation marks keep blanks.
fn words(text: &str) -> Result<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for sign in text.chars() {
        match quote {
            Some(end) if sign == end => quote = None,
            None if matches!(sign, '"' | '\'') => {
                quote = Some(sign);
                word.get_or_insert_default();
            }
            None if sign.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(sign),
        }
    }
    if let Some(quote) = quote {
        return Err(Error::invalid_parameter(format!("Arguments {text:?} should have a second {quote}")));
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_parted_at_the_bar_and_at_blanks() {
        let (program, command) = arguments("-o 'Dir::Etc=/my etc'|--no-install-recommends").unwrap();
        assert_eq!(program, ["-o", "Dir::Etc=/my etc"]);
        assert_eq!(command, ["--no-install-recommends"]);
        assert_eq!(arguments(" a  \"\" ").unwrap(), (vec!["a".to_owned(), String::new()], Vec::new()));
        assert!(arguments("a|b|c").is_err() && arguments("it's").is_err());
    }

    #[test]
    fn a_name_may_say_architecture_and_version() {
        let own = |text: &str| Some(text.to_owned());
        assert_eq!(parts("libc6:i386=1:2.36-9"), ("libc6".to_owned(), own("i386"), own("1:2.36-9")));
        assert_eq!(parts("g++"), ("g++".to_owned(), None, None));
    }
}
