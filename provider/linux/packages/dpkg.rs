//! `/var/lib/dpkg/status`, see deb-control(5) and dpkg(1).

use super::stanza::{Stanzas, fields};
use super::{Package, filled, kibibytes};
use crate::linux::error::Parsed;
use crate::linux::{Error, Result, Root};
use std::time::SystemTime;

pub(super) const STATUS: &str = "/var/lib/dpkg/status";
const INFO: &str = "/var/lib/dpkg/info";

pub(super) fn packages(root: &Root) -> Result<Box<dyn Iterator<Item = Result<Package>>>> {
    let root = root.clone();
    let stanzas = Stanzas::open(&root, STATUS)?;
    Ok(Box::new(stanzas.filter_map(move |stanza| {
        let parsed = stanza.and_then(|stanza| parse(&stanza).map_err(|what| Error::parse(root.path(STATUS), what)));
        let dated = |package: Package| Package { installed: list(&root, &package).map(|(_, time)| time), ..package };
        parsed.map(|package| package.map(dated)).transpose()
    })))
}

/// The package of a stanza; `None` for one that was removed.
fn parse(stanza: &str) -> Parsed<Option<Package>> {
    let mut package = Package::default();
    let mut state = String::new();
    for (name, value) in fields(stanza) {
        match name {
            "Package" => package.name = value,
            "Status" => state = value.rsplit(' ').next().unwrap_or_default().to_owned(),
            "Version" => package.full_version = value,
            "Architecture" => package.architecture = filled(&value),
            "Maintainer" => package.vendor = filled(&value),
            "Section" => package.section = filled(&value),
            "Homepage" => package.homepage = filled(&value),
            "Installed-Size" => package.installed_size = kibibytes(&value),
            "Description" => {
                let (summary, rest) = value.split_once('\n').unwrap_or((&value, ""));
                package.summary = filled(summary);
                package.description = filled(rest);
            }
            _ => {}
        }
    }
    if package.name.is_empty() || state.is_empty() {
        let start = stanza.lines().next().unwrap_or_default();
        return Err(format!("the entry that begins with {start:?} should have the fields Package and Status"));
    }
    if matches!(&*state, "not-installed" | "config-files") {
        return Ok(None);
    }
    if package.full_version.is_empty() {
        return Err(format!("the entry of the package {:?} should have the field Version", package.name));
    }
    (package.epoch, package.version, package.release) = split(&package.full_version);
    package.trouble = (state != "installed").then_some(state);
    Ok(Some(package))
}

/// Epoch, version and release of `1:2.36-9`, see deb-version(7).
fn split(full: &str) -> (Option<u32>, String, Option<String>) {
    let (epoch, rest) = match full.split_once(':') {
        Some((epoch, rest)) => (epoch.parse().ok(), rest),
        None => (None, full),
    };
    match rest.rsplit_once('-') {
        Some((version, release)) => (epoch, version.to_owned(), Some(release.to_owned())),
        None => (epoch, rest.to_owned(), None),
    }
}

/// The file that lists what a package has installed, and its time, which is that of the last installation.
pub(super) fn list(root: &Root, package: &Package) -> Option<(String, SystemTime)> {
    // The names are parts of a path here.
    let is_plain = |text: &str| !text.contains('/');
    let architecture = package.architecture.as_deref().unwrap_or_default();
    if !is_plain(&package.name) || !is_plain(architecture) {
        return None;
    }
    let names = [format!("{INFO}/{}.list", package.name), format!("{INFO}/{}:{architecture}.list", package.name)];
    names.into_iter().find_map(|path| {
        let time = root.path(&path).metadata().and_then(|metadata| metadata.modified()).ok()?;
        Some((path, time))
    })
}
