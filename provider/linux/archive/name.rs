//! Names and links that stay within the directory in which an archive is unpacked.

use crate::linux::{Error, Result};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// The name as a path of plain names; `None` for the directory itself.
///
/// # Errors
/// [`Error::PermissionDenied`] for an absolute one and one with `..`.
pub(super) fn inner(archive: &Path, name: &[u8]) -> Result<Option<PathBuf>> {
    let mut path = PathBuf::new();
    for component in Path::new(OsStr::from_bytes(name)).components() {
        match component {
            Component::Normal(name) if !name.as_bytes().contains(&0) => path.push(name),
            Component::CurDir => {}
            _ => return Err(leads_out(archive, name)),
        }
    }
    Ok(Some(path).filter(|path| !path.as_os_str().is_empty()))
}

/// Refuses a link at `path` that leads out.
///
/// # Errors
/// [`Error::PermissionDenied`].
pub(super) fn check_link(archive: &Path, path: &Path, target: &[u8]) -> Result<()> {
    let mut depth = path.components().count().saturating_sub(1);
    for component in Path::new(OsStr::from_bytes(target)).components() {
        match component {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir if depth > 0 => depth -= 1,
            _ => return Err(leads_out(archive, path.as_os_str().as_bytes())),
        }
    }
    Ok(())
}

fn leads_out(archive: &Path, name: &[u8]) -> Error {
    let name = String::from_utf8_lossy(name);
    let reason = format!("{} has {name:?}, which leads out of the directory: nothing is unpacked", archive.display());
    Error::PermissionDenied { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_within_the_directory_are_taken() {
        let of = |name: &str| inner(Path::new("/a.tar"), name.as_bytes());
        assert_eq!(of("./a//b/./c/").unwrap(), Some(PathBuf::from("a/b/c")));
        assert_eq!(of("./").unwrap(), None);
        for wrong in ["/a", "..", "a/../../b", "a/../b", "./../a"] {
            let error = of(wrong).unwrap_err().to_string();
            assert!(error.contains(&format!("/a.tar has {wrong:?}, which leads out")), "{error}");
        }
    }

    #[test]
    fn only_links_within_the_directory_are_taken() {
        let of = |path: &str, target: &str| check_link(Path::new("/a.tar"), Path::new(path), target.as_bytes());
        for (path, target) in [("a/b", "../c"), ("a", "b/../c"), ("a/b/c", "../../d")] {
            of(path, target).unwrap();
        }
        for (path, target) in [("a", "/etc"), ("a", "../c"), ("a/b", "../../c"), ("a", "b/../../c")] {
            of(path, target).unwrap_err();
        }
    }
}
