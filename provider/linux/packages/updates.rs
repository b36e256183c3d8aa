//! Updates that the package manager knows of without asking any repository.

use super::{Manager, Program, packages};
use crate::linux::error::Parsed;
use crate::linux::tool::Tool;
use crate::linux::{Error, Result, Root};
use std::collections::HashMap;
use std::time::Duration;

/// Reading the lists of a large distribution takes some seconds.
const LIMIT: Duration = Duration::from_secs(120);

/// A newer version of an installed package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// The name of the package.
    pub name: String,
    /// Epoch, version and release as the package manager writes them.
    pub version: String,
    /// The version that is installed. `None` where the program does not say.
    pub installed: Option<String>,
    /// Such as `amd64`.
    pub architecture: Option<String>,
    /// Where it comes from, in the program's words: `Debian-Security:12/stable-security`, `baseos`.
    pub repository: Option<String>,
}

impl Update {
    /// Name, version and architecture in one text, unique on the machine: as that of the installed package will be.
    pub fn identity(&self) -> String {
        match &self.architecture {
            Some(architecture) => format!("{}-{}.{architecture}", self.name, self.version),
            None => format!("{}-{}", self.name, self.version),
        }
    }
}

/// The updates that would be installed now, as far as the lists of the machine tell: they are as old as the last time
/// that they were fetched.
///
/// # Errors
/// [`Error::Unsupported`] when the program is not installed, [`Error::Tool`] with what it said when it failed.
pub fn updates(root: &Root) -> Result<Vec<Update>> {
    updates_by(root, Program::of(root)?)
}

/// As [`updates`], by one of the programs of a machine that may have several.
pub(super) fn updates_by(root: &Root, program: Program) -> Result<Vec<Update>> {
    let tool = Tool::new(root, program.name())?.limit(LIMIT);
    match program {
        // Only simulated: it honours pins, holds and phases, and needs no rights.
        Program::Apt => parse_each(program, &tool.args(["--simulate", "dist-upgrade"]).output()?, of_apt),
        Program::Dnf => {
            let list = tool.args(["--cacheonly", "--quiet", "repoquery", "--upgrades", "--queryformat", DNF_FORMAT]);
            with_installed(root, parse_each(program, &list.output()?, of_dnf)?)
        }
        Program::Yum => {
            /// Of yum(8): there are updates.
            const SOME: i32 = 100;
            let mut output = String::new();
            let stop = crate::linux::Stop::new()?;
            let list = tool.args(["--cacheonly", "--quiet", "check-update"]);
            let ended = list.run(&mut |line| output.extend([line, "\n"]), &stop)?;
            if ended.code() != Some(SOME) {
                ended.success()?;
            }
            with_installed(root, of_yum(&output))
        }
        Program::Zypper => {
            let list = tool.args(["--non-interactive", "--quiet", "--no-refresh", "list-updates"]);
            parse_each(program, &list.output()?, of_zypper)
        }
        Program::Apk => parse_each(program, &tool.args(["--no-network", "list", "--upgradable"]).output()?, of_apk),
    }
}

/// The updates of the lines that have one.
fn parse_each(program: Program, output: &str, parse: fn(&str) -> Parsed<Option<Update>>) -> Result<Vec<Update>> {
    let updates = output.lines().filter_map(|line| parse(line).transpose());
    updates.collect::<Parsed<_>>().map_err(|what| Error::tool(program.name(), what))
}

/// `Inst NAME[:ARCHITECTURE] [INSTALLED] (VERSION REPOSITORY, REPOSITORY [ARCHITECTURE]) ...`. Without an installed version
/// it is a new package that an update needs.
fn of_apt(line: &str) -> Parsed<Option<Update>> {
    let Some(rest) = line.strip_prefix("Inst ") else { return Ok(None) };
    let parse = || {
        let (name, rest) = rest.split_once(' ')?;
        let Some(rest) = rest.strip_prefix('[') else { return Some(None) };
        let (installed, rest) = rest.split_once("] (")?;
        let (version, rest) = rest.split_once(' ')?;
        let (repositories, rest) = rest.split_once(" [").or_else(|| Some(("", rest.strip_prefix('[')?)))?;
        let (architecture, _) = rest.split_once("])")?;
        Some(Some(Update {
            name: name.split(':').next()?.to_owned(),
            version: version.to_owned(),
            installed: Some(installed.to_owned()),
            architecture: Some(architecture.to_owned()),
            repository: (!repositories.is_empty()).then(|| repositories.to_owned()),
        }))
    };
    parse().ok_or_else(|| {
        format!("says {line:?}, which should be Inst NAME [VERSION] (VERSION REPOSITORY [ARCHITECTURE])")
    })
}

/// Tabs between the fields, for a name of a repository may hold other characters; dnf 4 adds the line feed that dnf 5
/// leaves out.
const DNF_FORMAT: &str = "%{name}\t%{epoch}\t%{version}\t%{release}\t%{arch}\t%{repoid}\n";

fn of_dnf(line: &str) -> Parsed<Option<Update>> {
    if line.trim().is_empty() {
        return Ok(None);
    }
    let fields: Vec<&str> = line.split('\t').collect();
    let [name, epoch, version, release, architecture, repository] = fields[..] else {
        return Err(format!("says {line:?}, which should have 6 fields"));
    };
    let epoch = if epoch == "0" { String::new() } else { format!("{epoch}:") };
    Ok(Some(Update {
        name: name.to_owned(),
        version: format!("{epoch}{version}-{release}"),
        installed: None,
        architecture: Some(architecture.to_owned()),
        repository: Some(repository.to_owned()),
    }))
}

/// Words in threes, `NAME.ARCHITECTURE VERSION REPOSITORY`, which a long name breaks into two lines; then the packages that
/// others replace.
fn of_yum(output: &str) -> Vec<Update> {
    let updates = output.split("Obsoleting Packages").next().unwrap_or_default();
    let words: Vec<&str> = updates.split_whitespace().collect();
    let parse = |words: &[&str]| {
        let [package, version, repository] = *words else { return None };
        let (name, architecture) = package.rsplit_once('.')?;
        Some(Update {
            name: name.to_owned(),
            version: version.to_owned(),
            installed: None,
            architecture: Some(architecture.to_owned()),
            repository: Some(repository.to_owned()),
        })
    };
    words.chunks_exact(3).filter_map(parse).collect()
}

/// A row of a table: `v | REPOSITORY | NAME | INSTALLED | VERSION | ARCHITECTURE`.
fn of_zypper(line: &str) -> Parsed<Option<Update>> {
    let fields: Vec<&str> = line.split('|').map(str::trim).collect();
    let ["v", repository, name, installed, version, architecture] = fields[..] else { return Ok(None) };
    Ok(Some(Update {
        name: name.to_owned(),
        version: version.to_owned(),
        installed: Some(installed.to_owned()),
        architecture: Some(architecture.to_owned()),
        repository: Some(repository.to_owned()),
    }))
}

/// `NAME-VERSION ARCHITECTURE {ORIGIN} (LICENCE) [upgradable from: NAME-INSTALLED]`.
fn of_apk(line: &str) -> Parsed<Option<Update>> {
    let Some((rest, old)) = line.split_once(" [upgradable from: ") else { return Ok(None) };
    let parse = || {
        let (package, rest) = rest.split_once(' ')?;
        let (name, version) = split_apk(package)?;
        let (_, installed) = split_apk(old.strip_suffix(']')?)?;
        Some(Update {
            name: name.to_owned(),
            version: version.to_owned(),
            installed: Some(installed.to_owned()),
            architecture: rest.split(' ').next().map(str::to_owned),
            repository: None,
        })
    };
    let right = "NAME-VERSION ARCHITECTURE {ORIGIN} (LICENCE) [upgradable from: NAME-VERSION]";
    parse().map(Some).ok_or_else(|| format!("says {line:?}, which should be {right}"))
}

/// The name and `VERSION-rRELEASE`.
fn split_apk(package: &str) -> Option<(&str, &str)> {
    let (rest, _release) = package.rsplit_once("-r")?;
    let (name, _version) = rest.rsplit_once('-')?;
    Some((name, &package[name.len() + 1..]))
}

/// Adds the versions that are installed; of several, as of a kernel, the last one.
fn with_installed(root: &Root, mut updates: Vec<Update>) -> Result<Vec<Update>> {
    let mut latest = HashMap::new();
    for package in packages(root, Manager::Rpm)?.flatten() {
        let entry = latest.entry((package.name, package.architecture)).or_insert((package.installed, String::new()));
        if entry.0 <= package.installed {
            *entry = (package.installed, package.full_version);
        }
    }
    for update in &mut updates {
        // A package that changes its architecture, from or to noarch, is not found.
        let key = (update.name.clone(), update.architecture.clone());
        update.installed = latest.get(&key).map(|(_, version)| version.clone());
    }
    Ok(updates)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(
        name: &str,
        installed: Option<&str>,
        version: &str,
        architecture: &str,
        repository: Option<&str>,
    ) -> Update {
        Update {
            name: name.to_owned(),
            version: version.to_owned(),
            installed: installed.map(str::to_owned),
            architecture: Some(architecture.to_owned()),
            repository: repository.map(str::to_owned),
        }
    }

    #[test]
    fn apt_tells_updates_and_not_the_new_packages_that_they_need() {
        let output = "\
Reading package lists...
The following NEW packages will be installed:
  linux-image-6.1.0-28-amd64
Inst base-files [12.4+deb12u5] (12.4+deb12u8 Debian:12.8/stable [amd64])
Inst libc6:i386 [2.36-9+deb12u4] (2.36-9+deb12u9 Debian:12.8/stable, Debian-Security:12/stable-security [i386]) []
Inst linux-image-6.1.0-28-amd64 (6.1.119-1 Debian-Security:12/stable-security [amd64])
Inst local-tool [1.0] (2.0 [all])
Remv gone [1.0]
Conf base-files (12.4+deb12u8 Debian:12.8/stable [amd64])
";
        let both = "Debian:12.8/stable, Debian-Security:12/stable-security";
        let expected = [
            update("base-files", Some("12.4+deb12u5"), "12.4+deb12u8", "amd64", Some("Debian:12.8/stable")),
            update("libc6", Some("2.36-9+deb12u4"), "2.36-9+deb12u9", "i386", Some(both)),
            update("local-tool", Some("1.0"), "2.0", "all", None),
        ];
        assert_eq!(parse_each(Program::Apt, output, of_apt).unwrap(), expected);
        assert_eq!(expected[0].identity(), "base-files-12.4+deb12u8.amd64");
        let error = parse_each(Program::Apt, "Inst half [1", of_apt).unwrap_err().to_string();
        assert!(error.starts_with("apt-get says \"Inst half [1\", which should be"), "{error}");
    }

    #[test]
    fn dnf_4_and_5_tell_the_same() {
        let four = "openssl-libs\t1\t3.0.7\t28.el9_4\tx86_64\tbaseos\n\ntzdata\t0\t2024b\t2.el9\tnoarch\tbaseos\n\n";
        let five = four.replace("\n\n", "\n");
        let expected = [
            update("openssl-libs", None, "1:3.0.7-28.el9_4", "x86_64", Some("baseos")),
            update("tzdata", None, "2024b-2.el9", "noarch", Some("baseos")),
        ];
        for output in [four, &five] {
            assert_eq!(parse_each(Program::Dnf, output, of_dnf).unwrap(), expected);
        }
        assert!(parse_each(Program::Dnf, "Error of some kind", of_dnf).unwrap_err().to_string().contains("6 fields"));
    }

    #[test]
    fn yum_breaks_lines_and_tells_replaced_packages_that_are_no_updates() {
        let output = "
bash.x86_64                          4.2.46-35.el7_9              updates
NetworkManager-config-server-with-a-long-name.noarch
                                     1:1.18.8-2.el7_9             updates
Obsoleting Packages
iwl7265-firmware.noarch              22.0.7.0-83.el7_9            updates
    iwl7265-firmware.noarch          22.0.7.0-72.el7              @anaconda
";
        let long = "NetworkManager-config-server-with-a-long-name";
        let expected = [
            update("bash", None, "4.2.46-35.el7_9", "x86_64", Some("updates")),
            update(long, None, "1:1.18.8-2.el7_9", "noarch", Some("updates")),
        ];
        assert_eq!(of_yum(output), expected);
        assert!(of_yum("").is_empty());
    }

    #[test]
    fn zypper_and_apk_tell_the_version_that_is_installed() {
        let table = "\
S | Repository         | Name | Current Version  | Available Version | Arch
--+--------------------+------+------------------+-------------------+-------
v | Update repository  | bash | 4.4-150400.25.22 | 4.4-150400.27.3.2 | x86_64
";
        let bash = update("bash", Some("4.4-150400.25.22"), "4.4-150400.27.3.2", "x86_64", Some("Update repository"));
        assert_eq!(parse_each(Program::Zypper, table, of_zypper).unwrap(), [bash]);
        assert_eq!(parse_each(Program::Zypper, "No updates found.\n", of_zypper).unwrap(), []);

        let list = "WARNING: opening /etc/apk/cache: No such file\n\
                    ca-certificates-bundle-20240705-r0 x86_64 {ca-certificates} (MPL-2.0 AND MIT) \
                    [upgradable from: ca-certificates-bundle-20230506-r0]\n";
        let bundle = update("ca-certificates-bundle", Some("20230506-r0"), "20240705-r0", "x86_64", None);
        assert_eq!(parse_each(Program::Apk, list, of_apk).unwrap(), [bundle]);
    }
}
