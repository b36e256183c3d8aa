//! `/lib/apk/db/installed`, see apk-package(5): stanzas of lines with one letter, a colon and a value.

use super::stanza::Stanzas;
use super::{Package, filled};
use crate::linux::error::Parsed;
use crate::linux::{Error, Result, Root};

pub(super) const INSTALLED: &str = "/lib/apk/db/installed";

pub(super) fn packages(root: &Root) -> Result<Box<dyn Iterator<Item = Result<Package>>>> {
    let path = root.path(INSTALLED);
    let stanzas = Stanzas::open(root, INSTALLED)?;
    Ok(Box::new(stanzas.map(move |stanza| parse(&stanza?).map_err(|what| Error::parse(&path, what)))))
}

fn parse(stanza: &str) -> Parsed<Package> {
    let mut package = Package::default();
    for (letter, value) in stanza.lines().filter_map(|line| line.split_once(':')) {
        match letter {
            "P" => package.name = value.to_owned(),
            "V" => package.full_version = value.to_owned(),
            "A" => package.architecture = filled(value),
            "T" => package.summary = filled(value),
            "U" => package.homepage = filled(value),
            "m" => package.vendor = filled(value),
            "I" => package.installed_size = value.parse().ok(),
            // The files follow.
            "F" => break,
            _ => {}
        }
    }
    if package.name.is_empty() || package.full_version.is_empty() {
        let start = stanza.lines().next().unwrap_or_default();
        return Err(format!("the entry that begins with {start:?} should have the lines P and V"));
    }
    let release = package.full_version.rsplit_once("-r").filter(|(_, release)| release.parse::<u32>().is_ok());
    (package.version, package.release) = match release {
        Some((version, release)) => (version.to_owned(), Some(release.to_owned())),
        None => (package.full_version.clone(), None),
    };
    Ok(package)
}

/// The paths that a package has installed: a line `F` for each folder, and `R` for each file in it.
pub(super) fn files(root: &Root, package: &Package) -> Result<Vec<String>> {
    for stanza in Stanzas::open(root, INSTALLED)? {
        let stanza = stanza?;
        if parse(&stanza).is_ok_and(|found| found.identity() == package.identity()) {
            return Ok(paths(&stanza));
        }
    }
    Ok(Vec::new())
}

fn paths(stanza: &str) -> Vec<String> {
    let (mut folder, mut paths) = (String::new(), Vec::new());
    for (letter, value) in stanza.lines().filter_map(|line| line.split_once(':')) {
        match letter {
            "F" if value.is_empty() => folder.clear(),
            "F" => {
                folder = format!("/{value}");
                paths.push(folder.clone());
            }
            "R" => paths.push(format!("{folder}/{value}")),
            _ => {}
        }
    }
    paths
}
