//! A package that lies in a file: what it is, before it is installed.

use super::{Manager, Package, rpm};
use crate::linux::tool::Tool;
use crate::linux::{Error, Result, Root};
use std::time::Duration;

/// A package of some gigabytes is read as a whole.
const LIMIT: Duration = Duration::from_secs(300);

/// The package in the file at this full path: a `.deb` for dpkg, an `.rpm` for rpm.
///
/// # Errors
/// [`Error::Tool`] when it is no such file, with what the program says, and [`Error::Unsupported`] for apk.
pub fn package_in(root: &Root, manager: Manager, path: &str) -> Result<Package> {
    match manager {
        Manager::Dpkg => {
            let format = "--showformat=${Package}\\t${Version}\\t${Architecture}\\n";
            deb(&Tool::new(root, "dpkg-deb")?.args(["--show", format, path]).limit(LIMIT).output()?)
        }
        Manager::Rpm => rpm::package_in(root, path),
        Manager::Apk => Err(Error::Unsupported { what: "files of packages are not supported for apk".to_owned() }),
    }
}

fn deb(line: &str) -> Result<Package> {
    let fields: Vec<&str> = line.trim_end().split('\t').collect();
    let [name, version, architecture] = fields[..] else {
        return Err(Error::tool("dpkg-deb", format!("says {line:?}, which should have 3 fields")));
    };
    Ok(Package {
        name: name.to_owned(),
        full_version: version.to_owned(),
        architecture: Some(architecture.to_owned()),
        ..Package::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deb_says_what_it_is() {
        let package = deb("lumi-sample\t1:2.0-1\tall\n").unwrap();
        assert_eq!(package.identity(), "lumi-sample-1:2.0-1.all");
        assert!(deb("dpkg-deb is confused\n").unwrap_err().to_string().contains("should have 3 fields"));
    }
}
