//! Packages: those that are installed, as the databases of dpkg, rpm and apk have them; updates; installing and removing.

mod apk;
mod apk_world;
mod archive;
mod dpkg;
mod files;
mod groups;
pub mod manage;
#[cfg(test)]
mod manage_others_tests;
#[cfg(test)]
mod manage_tests;
mod program;
mod rpm;
#[cfg(test)]
mod rpm_tests;
mod stanza;
#[cfg(test)]
mod tests;
mod updates;
mod version;

pub use archive::package_in;
pub use files::files;
pub use groups::has_group;
pub use program::Program;
pub use updates::{Update, updates};
pub use version::compare;

use super::{Error, Result, Root};
use std::time::SystemTime;

/// Who keeps the packages of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manager {
    /// dpkg: Debian, Ubuntu.
    Dpkg,
    /// rpm: Red Hat, Fedora, SUSE.
    Rpm,
    /// apk: Alpine.
    Apk,
}

impl Manager {
    /// The one whose database is there.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when none is.
    pub fn of(root: &Root) -> Result<Self> {
        if root.exists(dpkg::STATUS) {
            Ok(Self::Dpkg)
        } else if rpm::DATABASES.iter().any(|path| root.exists(path)) {
            Ok(Self::Rpm)
        } else if root.exists(apk::INSTALLED) {
            Ok(Self::Apk)
        } else {
            let what = "there is no database of dpkg, rpm or apk, so nobody knows the packages of this machine";
            Err(Error::Unsupported { what: what.to_owned() })
        }
    }
}

/// An installed package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    /// The name; not unique where several versions or architectures are installed.
    pub name: String,
    /// Epoch, version and release as the package manager writes them: `1:2.36-9`.
    pub full_version: String,
    /// The number before the colon. `None` where there is none, which sorts as 0.
    pub epoch: Option<u32>,
    /// What its authors call the version: `2.36`.
    pub version: String,
    /// Which packaging of that version it is: `9`. `None` where that is not told apart.
    pub release: Option<String>,
    /// Such as `amd64`, `x86_64`; `all` or `noarch` where it fits any.
    pub architecture: Option<String>,
    /// One line about it.
    pub summary: Option<String>,
    /// More about it. `None` where the database of installed packages has no more.
    pub description: Option<String>,
    /// Who made the package.
    pub vendor: Option<String>,
    /// What kind of software it is, in the distribution's words.
    pub section: Option<String>,
    /// A web page about it.
    pub homepage: Option<String>,
    /// Bytes that it takes on disk.
    pub installed_size: Option<u64>,
    /// When this version was installed.
    pub installed: Option<SystemTime>,
    /// What is wrong, in the package manager's words, when it is not wholly installed: `half-configured`.
    pub trouble: Option<String>,
}

impl Package {
    /// Name, version and architecture in one text, unique on the machine.
    pub fn identity(&self) -> String {
        match &self.architecture {
            Some(architecture) => format!("{}-{}.{architecture}", self.name, self.full_version),
            None => format!("{}-{}", self.name, self.full_version),
        }
    }
}

/// Reads the installed packages one by one, in the order of the database. An entry that cannot be understood is an
/// error, and the next one follows it.
///
/// # Errors
/// [`Error::Unsupported`] without a package manager, [`Error::Io`] when its database cannot be read.
pub fn packages(root: &Root, manager: Manager) -> Result<Box<dyn Iterator<Item = Result<Package>>>> {
    match manager {
        Manager::Dpkg => dpkg::packages(root),
        Manager::Apk => apk::packages(root),
        Manager::Rpm => rpm::packages(root),
    }
}

/// The installed packages of a name: several where they are of several architectures or versions.
///
/// # Errors
/// As [`packages`], and when an entry of the name cannot be understood.
pub fn named(root: &Root, manager: Manager, name: &str) -> Result<Vec<Package>> {
    match manager {
        Manager::Rpm => rpm::named(root, name),
        _ => packages(root, manager)?.filter(|package| package.as_ref().is_ok_and(|it| it.name == name)).collect(),
    }
}

/// A field that says something.
fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Bytes of a number of KiB.
fn kibibytes(text: &str) -> Option<u64> {
    text.parse::<u64>().ok()?.checked_mul(1024)
}
