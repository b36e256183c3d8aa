//! Linux_LogicalFile: files by their paths.

use super::{datetime, fits, host_name};
use crate::linux::file_status::{self, FileStatus, Kind};
use crate::linux::mounts::{self, Mount};
use crate::linux::{Result as LinuxResult, Root};
use crate::schema::LinuxLogicalFile;
use crate::schema::linux_logical_file::{FileType, Keys};
use omi::{Error, Get, Query, Result, not_found};
use std::path::Path;

/// Serves Linux_LogicalFile.
#[derive(Default)]
pub(crate) struct LogicalFiles {
    root: Root,
}

impl Get<LinuxLogicalFile> for LogicalFiles {
    fn get(&self, key: LinuxLogicalFile, _query: &Query<'_>) -> Result<LinuxLogicalFile> {
        let path = key.name.as_deref().filter(|path| path.starts_with('/')).ok_or_else(|| {
            Error::invalid_parameter(
                "Linux_LogicalFile is found by its key Name, a path from the root such as /etc/hosts",
            )
        })?;
        let missing = || not_found::<LinuxLogicalFile>(&[("Name", path)]);
        let view = View::read(&self.root)?;
        let ours = fits(&key.cs_creation_class_name, "Linux_ComputerSystem")
            && fits(&key.cs_name, &view.host)
            && fits(&key.fs_creation_class_name, "Linux_FileSystem")
            && key.fs_name.as_deref().is_none_or(|name| name == view.mount_point(path))
            && fits(&key.creation_class_name, "Linux_LogicalFile");
        if !ours {
            return Err(missing());
        }
        let found = view.file(&self.root, path);
        found.map_err(|error| if error.is_not_found() { missing() } else { error.into() })
    }
}

/// What all files have in common: the host, and the mounts that they lie below.
pub(super) struct View {
    host: String,
    mounts: Vec<Mount>,
}

impl View {
    pub(super) fn read(root: &Root) -> Result<Self> {
        Ok(Self { host: host_name(root)?, mounts: mounts::visible(root)? })
    }

    /// The file at a path from the root.
    pub(super) fn file(&self, root: &Root, path: &str) -> LinuxResult<LinuxLogicalFile> {
        Ok(self.instance(path, &file_status::read(root, path)?))
    }

    fn instance(&self, path: &str, file: &FileStatus) -> LinuxLogicalFile {
        let keys = Keys { cs_name: self.host.clone(), fs_name: self.mount_point(path), name: path.to_owned() };
        LinuxLogicalFile {
            caption: Some(path.to_owned()),
            element_name: path.rsplit('/').find(|part| !part.is_empty()).map(str::to_owned),
            file_size: Some(file.size),
            last_modified: file.modified.and_then(datetime),
            last_accessed: file.accessed.and_then(datetime),
            executable: (file.kind == Kind::File).then_some(file.mode & 0o111 != 0),
            file_type: Some(match file.kind {
                Kind::File => FileType::FILE,
                Kind::Directory => FileType::DIRECTORY,
                Kind::SymbolicLink => FileType::SYMBOLIC_LINK,
                Kind::BlockDevice => FileType::BLOCK_DEVICE,
                Kind::CharacterDevice => FileType::CHARACTER_DEVICE,
                Kind::Pipe => FileType::PIPE,
                Kind::Socket => FileType::SOCKET,
            }),
            mode: Some(format!("{:04o}", file.mode)),
            user_id: Some(file.uid),
            group_id: Some(file.gid),
            ..LinuxLogicalFile::new(keys)
        }
    }

    /// The mount point that a path lies below: the longest of those that begin it.
    fn mount_point(&self, path: &str) -> String {
        let above =
            self.mounts.iter().map(|mount| &mount.mount_point).filter(|point| Path::new(path).starts_with(point));
        let longest = above.max_by_key(|point| point.as_os_str().len());
        longest.map_or_else(|| "/".to_owned(), |point| point.to_string_lossy().into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    #[test]
    fn a_file_belongs_to_the_file_system_whose_mount_point_is_the_longest_that_begins_its_path() {
        let root = machine("debian12");
        let view = View::read(&root).unwrap();
        assert_eq!(view.mount_point("/proc/stat"), "/proc");
        assert_eq!(view.mount_point("/processes"), "/");
        let hosts = view.file(&root, "/etc/hosts").unwrap();
        assert_eq!((hosts.fs_name.as_deref(), hosts.element_name.as_deref()), (Some("/"), Some("hosts")));
        assert_eq!((hosts.file_type, hosts.executable), (Some(FileType::FILE), Some(false)));
    }
}
