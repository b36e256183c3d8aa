//! The database of rpm, which only rpm itself can read: by rpm(8).

use super::{Package, filled};
use crate::linux::error::Parsed;
use crate::linux::tool::Tool;
use crate::linux::{Error, Result, Root};
use std::time::{Duration, SystemTime};

/// Where it lies: of old, and since Fedora 36 and on SUSE.
pub(super) const DATABASES: &[&str] = &[
    "/var/lib/rpm/rpmdb.sqlite",
    "/var/lib/rpm/Packages",
    "/var/lib/rpm/Packages.db",
    "/usr/lib/sysimage/rpm/rpmdb.sqlite",
    "/usr/lib/sysimage/rpm/Packages.db",
];
/// The summary is the last field, for it is the only one that may hold a tab.
const FORMAT: &str = "%{NAME}\\t%{EPOCH}\\t%{VERSION}\\t%{RELEASE}\\t%{ARCH}\\t%{INSTALLTIME}\\t%{SIZE}\\t%{VENDOR}\\t\
                      %{GROUP}\\t%{URL}\\t%{SUMMARY}\\n";
const LIMIT: Duration = Duration::from_secs(60);

pub(super) fn packages(root: &Root) -> Result<Box<dyn Iterator<Item = Result<Package>>>> {
    let ended = Tool::new(root, "rpm")?.args(["-qa", "--queryformat", FORMAT]).limit(LIMIT).end()?;
    ended.success()?;
    let message = ended.message().to_owned();
    let output = ended.output();
    if output.is_empty() && !message.is_empty() {
        // rpm warns and ends well when it was built without the format that the database has.
        return Err(Error::tool("rpm", format!("knows of no package and says: {message}")));
    }
    let packages: Vec<_> = output.lines().map(|line| parse(line).map_err(|what| Error::tool("rpm", what))).collect();
    Ok(Box::new(packages.into_iter()))
}

/// The installed packages of a name: one, but for a kernel and the like.
pub(super) fn named(root: &Root, name: &str) -> Result<Vec<Package>> {
    let ended = Tool::new(root, "rpm")?.args(["-q", "--queryformat", FORMAT, "--", name]).limit(LIMIT).end()?;
    // Its exit code is the number of names that nothing was found for, and it says so among its output.
    if !matches!(ended.code(), Some(0 | 1)) {
        return Err(ended.error());
    }
    let lines = ended.output();
    Ok(lines.lines().filter_map(|line| parse(line).ok()).filter(|package| package.name == name).collect())
}

/// The package in a file. Whether somebody signed it is checked when it is installed.
pub(super) fn package_in(root: &Root, path: &str) -> Result<Package> {
    let arguments = ["-qp", "--nosignature", "--queryformat", FORMAT, "--", path];
    let output = Tool::new(root, "rpm")?.args(arguments).limit(LIMIT).output()?;
    let line = output.lines().next().unwrap_or_default();
    parse(line).map_err(|what| Error::tool("rpm", what))
}

/// A line of [`FORMAT`]; what a package lacks is `(none)` there.
pub(super) fn parse(line: &str) -> Parsed<Package> {
    let fields: Vec<&str> = line.splitn(11, '\t').collect();
    let [name, epoch, version, release, architecture, installed, size, vendor, group, url, summary] = fields[..] else {
        return Err(format!("says {line:?}, which should have 11 fields"));
    };
    let told = |field: &str| filled(field).filter(|text| text != "(none)");
    let epoch = epoch.parse::<u32>().ok();
    let prefix = epoch.map(|epoch| format!("{epoch}:")).unwrap_or_default();
    let seconds = installed.parse().ok().map(Duration::from_secs);
    Ok(Package {
        name: name.to_owned(),
        full_version: format!("{prefix}{version}-{release}"),
        epoch,
        version: version.to_owned(),
        release: Some(release.to_owned()),
        architecture: told(architecture),
        summary: told(summary),
        vendor: told(vendor),
        section: told(group).filter(|group| group != "Unspecified"),
        homepage: told(url),
        installed_size: size.parse().ok(),
        installed: seconds.and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(seconds)),
        ..Package::default()
    })
}

/// The paths that a package has installed.
pub(super) fn files(root: &Root, package: &Package) -> Result<Vec<String>> {
    // Without the epoch, which older versions of rpm do not know in a query.
    let release = package.release.as_deref().unwrap_or_default();
    let architecture = package.architecture.as_ref().map(|it| format!(".{it}")).unwrap_or_default();
    let query = format!("{}-{}-{release}{architecture}", package.name, package.version);
    let output = Tool::new(root, "rpm")?.args(["-ql", "--", &query]).limit(LIMIT).output()?;
    Ok(output.lines().filter(|line| line.starts_with('/')).map(str::to_owned).collect())
}
