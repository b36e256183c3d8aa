//! What the kernel tells of a file without opening it: lstat(2).

use super::{Error, Result, Root};
use std::fs::{self, FileType};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::time::SystemTime;

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum Kind {
    File,
    Directory,
    SymbolicLink,
    BlockDevice,
    CharacterDevice,
    Pipe,
    Socket,
}

/// A file, directory, symbolic link or the like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStatus {
    /// What it is.
    pub kind: Kind,
    /// Bytes; of a symbolic link, those of its target's path.
    pub size: u64,
    /// The permissions and the bits for set-user-ID, set-group-ID and sticky.
    pub mode: u32,
    /// The number of the owner.
    pub uid: u32,
    /// The number of the group.
    pub gid: u32,
    /// When the contents last changed.
    pub modified: Option<SystemTime>,
    /// When the contents were last read, as far as that is recorded.
    pub accessed: Option<SystemTime>,
}

/// Looks at the absolute `path`; a symbolic link at its end is not followed.
///
/// # Errors
/// [`Error::Io`] when there is no such path or it lies in a directory that may not be looked into.
pub fn read(root: &Root, path: &str) -> Result<FileStatus> {
    let path = root.path(path);
    let metadata = fs::symlink_metadata(&path).map_err(|source| Error::io(path, source))?;
    Ok(FileStatus {
        kind: kind(metadata.file_type()),
        size: metadata.size(),
        mode: metadata.mode() & 0o7777,
        uid: metadata.uid(),
        gid: metadata.gid(),
        modified: metadata.modified().ok(),
        accessed: metadata.accessed().ok(),
    })
}

fn kind(kind: FileType) -> Kind {
    if kind.is_dir() {
        Kind::Directory
    } else if kind.is_symlink() {
        Kind::SymbolicLink
    } else if kind.is_block_device() {
        Kind::BlockDevice
    } else if kind.is_char_device() {
        Kind::CharacterDevice
    } else if kind.is_fifo() {
        Kind::Pipe
    } else if kind.is_socket() {
        Kind::Socket
    } else {
        Kind::File
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine_with;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_link_is_not_followed_and_the_mode_has_all_twelve_bits() {
        let (_dir, root) = machine_with(&[("/bin/su", b"12345")]);
        fs::set_permissions(root.path("/bin/su"), fs::Permissions::from_mode(0o4755)).unwrap();
        symlink("su", root.path("/bin/link")).unwrap();
        let program = read(&root, "/bin/su").unwrap();
        assert_eq!((program.kind, program.size, program.mode), (Kind::File, 5, 0o4755));
        let link = read(&root, "/bin/link").unwrap();
        assert_eq!((link.kind, link.size), (Kind::SymbolicLink, 2));
        assert_eq!(read(&root, "/bin").unwrap().kind, Kind::Directory);
        assert!(read(&root, "/bin/none").unwrap_err().is_not_found());
    }
}
