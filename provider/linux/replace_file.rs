//! Puts a whole file in the place of another, so that nobody ever sees half of it: not a reader, and not who comes after a
//! crash.

use super::files::{Over, Place, put_file};
use super::{Error, Result};
use nix::unistd::{Gid, Uid, fchown};
use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fsetxattr, lgetxattr, llistxattr};
use rustix::io::Errno;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// Who owns a file, and who may do what with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// The permissions and the bits for set-user-ID, set-group-ID and sticky.
    pub mode: u32,
    /// The number of the owner.
    pub uid: u32,
    /// The number of the group.
    pub gid: u32,
    /// The extended attributes: access control lists, the label of SELinux.
    extended: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Attributes {
    /// Of a new file of the user of this process.
    pub fn new(mode: u32) -> Self {
        let (uid, gid) = (nix::unistd::geteuid().as_raw(), nix::unistd::getegid().as_raw());
        Self { mode, uid, gid, extended: Vec::new() }
    }

    /// Of the file that is there; `None` when there is none. A symbolic link is not followed.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be looked at.
    pub fn of(path: &Path) -> Result<Option<Self>> {
        let metadata = match fs::symlink_metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(path, error)),
        };
        let extended = extended(path).map_err(|error| Error::io(path, error))?;
        Ok(Some(Self { mode: metadata.mode() & 0o7777, uid: metadata.uid(), gid: metadata.gid(), extended }))
    }

    /// Of a file that is open.
    ///
    /// # Errors
    /// It cannot be looked at.
    pub(crate) fn of_open(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        let list = |names: &mut [u8]| flistxattr(file, names);
        let extended = attributes(list, |name, value| fgetxattr(file, name, value))?;
        Ok(Self { mode: metadata.mode() & 0o7777, uid: metadata.uid(), gid: metadata.gid(), extended })
    }

    /// Gives them to a file that is open.
    ///
    /// # Errors
    /// The process may not give it away, or the file system does not know them.
    pub(crate) fn give(&self, file: &File) -> io::Result<()> {
        let now = file.metadata()?;
        if (now.uid(), now.gid()) != (self.uid, self.gid) {
            fchown(file, Some(Uid::from_raw(self.uid)), Some(Gid::from_raw(self.gid)))?;
        }
        // After the owner, whose change takes set-user-ID and set-group-ID away; an access control list changes the mode, too.
        for (name, value) in &self.extended {
            fsetxattr(file, name.as_slice(), value, XattrFlags::empty())?;
        }
        file.set_permissions(Permissions::from_mode(self.mode))
    }
}

/// Those that can be read; a file system may have none.
fn extended(path: &Path) -> rustix::io::Result<Vec<(Vec<u8>, Vec<u8>)>> {
    attributes(|names| llistxattr(path, names), |name, value| lgetxattr(path, name, value))
}

fn attributes(
    list: impl Fn(&mut [u8]) -> rustix::io::Result<usize>,
    get: impl Fn(&[u8], &mut [u8]) -> rustix::io::Result<usize>,
) -> rustix::io::Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut names = vec![0; 64 * 1024];
    let length = match list(&mut names[..]) {
        Ok(length) => length,
        Err(Errno::NOTSUP) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let names = names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let read = names.filter_map(|name| {
        let mut value = vec![0; 64 * 1024];
        let length = get(name, &mut value[..]).ok()?;
        value.truncate(length);
        Some((name.to_vec(), value))
    });
    Ok(read.collect())
}

/// Writes a file with such attributes and puts it at `path` in one step. It is on the disk when this returns. What
/// was there before is gone; a symbolic link itself is replaced, not what it leads to.
///
/// # Errors
/// [`Error::Run`]; then what was there before is as it was.
pub fn replace(path: &Path, attributes: &Attributes, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<()> {
    put_file(&Place::of_own(path)?, Over::Same, |file| {
        write(file)?;
        attributes.give(file)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_file_is_replaced_with_its_owner_mode_and_extended_attributes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("motd");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let labelled = rustix::fs::setxattr(&path, "user.lumi", b"kept", XattrFlags::empty()).is_ok();
        let before = fs::metadata(&path).unwrap().ino();

        let attributes = Attributes::of(&path).unwrap().unwrap();
        replace(&path, &attributes, |file| file.write_all(b"new")).unwrap();

        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_ne!(fs::metadata(&path).unwrap().ino(), before, "it is another file");
        assert_eq!(Attributes::of(&path).unwrap(), Some(attributes.clone()));
        assert_eq!(attributes.mode, 0o640);
        assert_eq!(attributes.extended.iter().any(|(name, value)| name == b"user.lumi" && value == b"kept"), labelled);
    }

    #[test]
    fn when_writing_fails_the_old_file_stays_and_nothing_is_left_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("motd");
        fs::write(&path, "old").unwrap();
        let full = |_: &mut File| Err(io::Error::from(io::ErrorKind::StorageFull));
        let error = replace(&path, &Attributes::new(0o644), full).unwrap_err();
        assert!(error.to_string().starts_with(&format!("cannot write {}", path.display())), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
