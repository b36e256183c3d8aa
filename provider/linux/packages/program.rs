//! The programs that install packages, and what each is told.

use super::Manager;
use super::manage::{Act, Change, Wanted};
use crate::linux::tool::{Ended, Tool};
use crate::linux::{Error, Result, Root};

/// The program that installs packages with what they depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// `apt-get`: Debian, Ubuntu.
    Apt,
    /// `dnf`: Red Hat since 8, Fedora.
    Dnf,
    /// `yum`: Red Hat before.
    Yum,
    /// `zypper`: SUSE.
    Zypper,
    /// `apk`: Alpine.
    Apk,
}

/// apt keeps changed configuration files, waits a minute for others that install, and takes a name for a name only:
/// otherwise one that no package has would be a regular expression.
const APT: &[&str] = &[
    "--assume-yes",
    "--quiet",
    "--option=Dpkg::Options::=--force-confdef",
    "--option=Dpkg::Options::=--force-confold",
    "--option=Dpkg::Use-Pty=false",
    "--option=DPkg::Lock::Timeout=60",
    "--option=APT::Cmd::Pattern-Only=true",
];

impl Program {
    /// The one of the machine.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when there is none.
    pub fn of(root: &Root) -> Result<Self> {
        let candidates: &[Self] = match Manager::of(root)? {
            Manager::Dpkg => &[Self::Apt],
            Manager::Rpm => &[Self::Zypper, Self::Dnf, Self::Yum],
            Manager::Apk => &[Self::Apk],
        };
        let found = candidates.iter().find(|program| Tool::find(root, program.name()).is_some());
        found.copied().ok_or_else(|| {
            let names: Vec<_> = candidates.iter().map(|program| program.name()).collect();
            Error::Unsupported { what: format!("there is no {} to install packages with", names.join(", ")) }
        })
    }

    /// The name of the program's file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Apt => "apt-get",
            Self::Dnf => "dnf",
            Self::Yum => "yum",
            Self::Zypper => "zypper",
            Self::Apk => "apk",
        }
    }

    /// Who keeps the packages that it installs.
    pub(super) fn manager(self) -> Manager {
        match self {
            Self::Apt => Manager::Dpkg,
            Self::Dnf | Self::Yum | Self::Zypper => Manager::Rpm,
            Self::Apk => Manager::Apk,
        }
    }

    /// The program, told to ask nobody.
    pub(super) fn tool(self, root: &Root) -> Result<Tool> {
        let tool = Tool::new(root, self.name())?;
        Ok(match self {
            Self::Apt => {
                tool.env("DEBIAN_FRONTEND", "noninteractive").env("APT_LISTCHANGES_FRONTEND", "none").args(APT)
            }
            Self::Dnf | Self::Yum => tool.args(["-y"]),
            Self::Zypper => tool.env("ZYPP_LOCK_TIMEOUT", "60").args(["--non-interactive"]),
            Self::Apk => tool.args(["--no-progress", "--wait", "60"]),
        })
    }

    /// The arguments that make the change.
    pub(super) fn arguments(self, change: &Change<'_>) -> Result<Vec<String>> {
        let mut arguments: Vec<String> = self.verb(change).iter().map(|word| (*word).to_owned()).collect();
        arguments.extend_from_slice(change.arguments);
        for wanted in change.packages {
            arguments.push(self.word(wanted)?);
        }
        Ok(arguments)
    }

    fn verb(self, change: &Change<'_>) -> &'static [&'static str] {
        let is_all = change.packages.is_empty();
        match (self, change.act) {
            (Self::Apk, Act::Install) => &["add"],
            (_, Act::Install) => &["install"],
            // Otherwise it ends well and leaves what others need.
            (Self::Apk, Act::Remove) => &["del", "--rdepends"],
            (_, Act::Remove) => &["remove"],
            (Self::Apt, Act::Update) if is_all => &["upgrade", "--with-new-pkgs"],
            (Self::Apt, Act::Update) => &["install", "--only-upgrade"],
            (Self::Zypper | Self::Yum, Act::Update) => &["update"],
            (Self::Dnf | Self::Apk, Act::Update) => &["upgrade"],
        }
    }

    /// How a package is told to the program.
    fn word(self, wanted: &Wanted) -> Result<String> {
        let (name, version, architecture) = match wanted {
            Wanted::File(path) => return Ok(path.clone()),
            Wanted::Url(url) if matches!(self, Self::Dnf | Self::Yum | Self::Zypper) => return Ok(url.clone()),
            Wanted::Url(url) => {
                let what = format!("{} downloads no single packages such as {url}: fetch its file first", self.name());
                return Err(Error::Unsupported { what });
            }
            Wanted::Group(name) if matches!(self, Self::Dnf | Self::Yum) => return Ok(format!("@{name}")),
            Wanted::Group(_) => {
                return Err(Error::Unsupported { what: format!("{} knows no groups of packages", self.name()) });
            }
            Wanted::Package { name, version, architecture } => (name, version, architecture),
        };
        let part =
            |sign: char, text: &Option<String>| text.as_ref().map(|it| format!("{sign}{it}")).unwrap_or_default();
        Ok(match self {
            Self::Apt => format!("{name}{}{}", part(':', architecture), part('=', version)),
            Self::Dnf | Self::Yum => format!("{name}{}{}", part('-', version), part('.', architecture)),
            Self::Zypper => format!("{name}{}{}", part('.', architecture), part('=', version)),
            // A machine of Alpine has one architecture.
            Self::Apk => format!("{name}{}", part('=', version)),
        })
    }

    /// The arguments that fetch the lists of what can be installed.
    pub(super) fn refresh(self) -> &'static [&'static str] {
        match self {
            Self::Apt | Self::Apk => &["update"],
            Self::Dnf | Self::Yum => &["makecache"],
            Self::Zypper => &["refresh"],
        }
    }

    /// Why it failed.
    pub(super) fn failure(self, ended: &Ended) -> Error {
        if self == Self::Zypper { ended.error_among_output() } else { ended.error() }
    }

    /// Whether a program that ended with this exit code did what it was told.
    pub(super) fn is_success(self, code: Option<i32>) -> bool {
        /// Of zypper(8): done, and the machine or zypper itself should be started again.
        const RESTART: [i32; 2] = [102, 103];
        code == Some(0) || self == Self::Zypper && code.is_some_and(|code| RESTART.contains(&code))
    }
}
