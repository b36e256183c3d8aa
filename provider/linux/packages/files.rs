//! What a package has installed.

use super::{Manager, Package, apk, dpkg, rpm};
use crate::linux::{Result, Root};

/// The paths of the files and folders that a package has installed, in the order of the package manager. A path may be
/// gone meanwhile, or be replaced.
///
/// # Errors
/// [`Error::Io`](crate::linux::Error::Io) when the list cannot be read, [`Error::Tool`](crate::linux::Error::Tool) when
/// rpm fails.
pub fn files(root: &Root, manager: Manager, package: &Package) -> Result<Vec<String>> {
    match manager {
        Manager::Dpkg => match dpkg::list(root, package) {
            Some((path, _)) => Ok(dpkg_paths(&root.read_text(&path)?)),
            None => Ok(Vec::new()),
        },
        Manager::Rpm => rpm::files(root, package),
        Manager::Apk => apk::files(root, package),
    }
}

/// One path a line; the root itself is written as `/.`.
fn dpkg_paths(text: &str) -> Vec<String> {
    text.lines().filter(|line| line.starts_with('/') && *line != "/.").map(str::to_owned).collect()
}
