//! Installs, updates and removes packages, by the program of the distribution.
//!
//! Names and versions are checked before any program runs, for none may be taken for an option or a pattern.

use super::{Manager, Program, apk_world, named};
use crate::linux::root::lossy;
use crate::linux::{Error, Result, Root, Stop};
use std::fmt;
use std::time::Duration;

/// How long it may take. Ended in the middle, it leaves packages half installed, so this is a long time.
const LIMIT: Duration = Duration::from_secs(3 * 60 * 60);

/// Those of [`Wanted::Url`].
const SCHEMES: &[&str] = &["http://", "https://", "ftp://"];

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Install packages, with those that they need.
    Install,
    /// Bring installed packages to the newest version or the one that is given; all of them when none is named. Those that
    /// are not installed are left out. apk knows the newest version only, for it would stay with the one that is given.
    Update,
    /// Remove packages, with those that need them. Configuration files of Debian's packages stay.
    Remove,
}

/// A package to do it with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// By its name.
    Package {
        /// The name.
        name: String,
        /// Epoch, version and release as the package manager writes them; `None` for any.
        version: Option<String>,
        /// Such as `amd64`; `None` for that of the machine.
        architecture: Option<String>,
    },
    /// The full path of a package's file on the machine. It can only be installed.
    File(String),
    /// Where it can be downloaded, for dnf, yum and zypper. It can only be installed.
    Url(String),
    /// A group of packages, which dnf and yum know.
    Group(String),
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Package { name, version: Some(version), .. } => write!(f, "{name}={version}"),
            Self::Package { name: text, .. } | Self::File(text) | Self::Url(text) => f.write_str(text),
            Self::Group(name) => write!(f, "@{name}"),
        }
    }
}

impl Wanted {
    /// Whatever version there is of the package of this name.
    pub fn named(name: impl Into<String>) -> Self {
        Self::Package { name: name.into(), version: None, architecture: None }
    }

    /// The package at a URI, that of a file or another.
    pub fn at(uri: &str) -> Self {
        match uri.strip_prefix("file://") {
            Some(path) => Self::File(decode(path)),
            None => Self::Url(uri.to_owned()),
        }
    }

    /// That it cannot be taken for something else.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] with what it should be.
    pub fn check(&self) -> Result<()> {
        let is_made_of = |text: &str, signs: &str| {
            text.starts_with(|c: char| c.is_ascii_alphanumeric())
                && text.chars().all(|c| c.is_ascii_alphanumeric() || signs.contains(c))
        };
        let refuse = |text: &str, right: &str| Err(Error::InvalidInput { what: format!("{text:?} should be {right}") });
        match self {
            // apt-get takes "vim-" for vim, to be removed.
            Self::Package { name, .. } if !is_made_of(name, "+-._") || name.ends_with('-') => {
                refuse(name, "the name of a package, of letters, digits, +, -, . and _")
            }
            Self::Package { version: Some(version), .. } if !is_made_of(version, "+-._:~^") => {
                refuse(version, "a version as the package manager writes it, such as 1:2.36-9")
            }
            Self::Package { architecture: Some(name), .. } if !is_made_of(name, "-_") => {
                refuse(name, "an architecture such as amd64 or x86_64")
            }
            Self::File(path) if !path.starts_with('/') || path.contains(char::is_control) => {
                refuse(path, "the full path of a package's file")
            }
            Self::Url(url) if !SCHEMES.iter().any(|it| url.starts_with(it)) || url.contains(char::is_whitespace) => {
                refuse(url, "file:///PATH, http://..., https://... or ftp://..., without blanks")
            }
            Self::Group(name) if name.is_empty() || name.contains(char::is_control) => {
                refuse(name, "the name of a group of packages")
            }
            _ => Ok(()),
        }
    }
}

/// The path in a URI, in which %20 is a blank.
fn decode(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = path.get(at + 1..at + 3).filter(|_| byte == b'%');
        let code = escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(code.unwrap_or(byte));
        at += if code.is_some() { 3 } else { 1 };
    }
    lossy(decoded)
}

/// What to do with which packages.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// What to do.
    pub act: Act,
    /// With which packages.
    pub packages: &'a [Wanted],
    /// Further arguments for the program, before the packages: for those who know it.
    pub arguments: &'a [String],
}

impl Change<'_> {
    /// That it makes sense.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] with what would.
    pub fn check(&self) -> Result<()> {
        if self.packages.is_empty() && self.act != Act::Update {
            return Err(Error::InvalidInput { what: "there should be at least one package to do it with".to_owned() });
        }
        let is_place = |wanted: &&Wanted| matches!(wanted, Wanted::File(_) | Wanted::Url(_));
        if self.act != Act::Install
            && let Some(wanted) = self.packages.iter().find(is_place)
        {
            let what = format!("{:?} should be the name of a package that is installed", wanted.to_string());
            return Err(Error::InvalidInput { what });
        }
        self.packages.iter().try_for_each(Wanted::check)
    }
}

/// What is special about how a change is made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terms<'a> {
    /// Arguments for the program before those that say what to do, as some programs take options there only.
    pub arguments: &'a [String],
    /// An exit code that means that it was done, beside those that always do.
    pub success: Option<i32>,
}

/// Makes the change, and hands on each line that the program prints. `stop` ends the program: then packages may be half
/// installed.
///
/// # Errors
/// [`Error::InvalidInput`] for what cannot be a package, [`Error::Unsupported`] when the program is not installed,
/// [`Error::Tool`] with what it said when it failed.
pub fn change(
    root: &Root,
    program: Program,
    change: &Change<'_>,
    line: &mut dyn FnMut(&str),
    stop: &Stop,
) -> Result<()> {
    change_on(root, program, change, Terms::default(), line, stop)
}

/// As [`change`], on special terms.
///
/// # Errors
/// As [`change`].
pub fn change_on(
    root: &Root,
    program: Program,
    change: &Change<'_>,
    terms: Terms<'_>,
    line: &mut dyn FnMut(&str),
    stop: &Stop,
) -> Result<()> {
    change.check()?;
    let installed;
    let mut change = *change;
    if change.act == Act::Update && !change.packages.is_empty() {
        installed = those_installed(root, program.manager(), change.packages)?;
        if installed.is_empty() {
            return Ok(());
        }
        change.packages = &installed;
    }
    let commands = match (program, change.act) {
        (Program::Apk, Act::Update) => apk_world::updates(root, &change)?,
        (Program::Apk, Act::Remove) => apk_world::removal(root, &change)?,
        _ => vec![program.arguments(&change)?],
    };
    for arguments in commands {
        let tool = program.tool(root)?.args(terms.arguments).args(arguments);
        let ended = tool.limit(LIMIT).run(line, stop)?;
        let is_success = program.is_success(ended.code()) || terms.success.is_some() && terms.success == ended.code();
        if !is_success {
            return Err(program.failure(&ended));
        }
    }
    Ok(())
}

/// Those of the packages that are installed, and what is no package's name.
fn those_installed(root: &Root, manager: Manager, packages: &[Wanted]) -> Result<Vec<Wanted>> {
    let is_installed = |wanted: &Wanted| match wanted {
        Wanted::Package { name, .. } => named(root, manager, name).map(|found| !found.is_empty()),
        _ => Ok(true),
    };
    let mut installed = Vec::new();
    for wanted in packages {
        if is_installed(wanted)? {
            installed.push(wanted.clone());
        }
    }
    Ok(installed)
}

/// Fetches the lists of what can be installed from the repositories.
///
/// # Errors
/// As [`change`].
pub fn refresh(root: &Root, program: Program, line: &mut dyn FnMut(&str), stop: &Stop) -> Result<()> {
    let ended = program.tool(root)?.args(program.refresh()).limit(LIMIT).run(line, stop)?;
    if program.is_success(ended.code()) { Ok(()) } else { Err(program.failure(&ended)) }
}
