//! A file of settings that is changed line by line. Lines that are not changed stay as they are, byte for byte.

use super::replace_file::{Attributes, replace};
use super::{Error, Result, Root};
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

/// The lines of a file, without their ends.
#[derive(Clone, Debug)]
pub(crate) struct EditedFile {
    /// Behind all symbolic links.
    path: PathBuf,
    /// `None` where there is no such file.
    attributes: Option<Attributes>,
    pub(crate) lines: Vec<Vec<u8>>,
}

impl EditedFile {
    /// The file at the absolute `path`; one that is missing has no lines.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read.
    pub(crate) fn read(root: &Root, path: &str) -> Result<Self> {
        let given = root.path(path);
        let path = match fs::canonicalize(&given) {
            Ok(path) => path,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { path: given, attributes: None, lines: Vec::new() });
            }
            Err(source) => return Err(Error::io(given, source)),
        };
        let bytes = fs::read(&path).map_err(|source| Error::io(&path, source))?;
        let attributes = Attributes::of(&path)?;
        let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        // What follows the last line feed is no line.
        lines.pop_if(|last| last.is_empty());
        Ok(Self { path, attributes, lines })
    }

    /// Whether there is such a file.
    pub(crate) fn is_there(&self) -> bool {
        self.attributes.is_some()
    }

    /// Makes it one that only its owner may read.
    pub(crate) fn make_private(&mut self) {
        self.attributes = Some(Attributes::new(0o600));
    }

    /// The lines as texts; bytes that are not UTF-8 become U+FFFD.
    pub(crate) fn texts(&self) -> impl Iterator<Item = String> {
        self.lines.iter().map(|line| String::from_utf8_lossy(line).into_owned())
    }

    /// Gives it other lines.
    pub(crate) fn set_text(&mut self, text: &str) {
        self.lines = text.lines().map(|line| line.as_bytes().to_vec()).collect();
    }

    /// Makes the file again what it was when it was read, if these are the lines that it had.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub(crate) fn put_back(&self) -> Result<()> {
        if self.attributes.is_some() {
            return self.write();
        }
        match fs::remove_file(&self.path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(Error::Run { what: format!("cannot remove {}", self.path.display()), source })
            }
            _ => Ok(()),
        }
    }

    /// Puts the file with these lines in the place of the old one; a new one, and its directory, can be read by all and
    /// written by its owner.
    ///
    /// # Errors
    /// [`Error::Run`]; then the old file is as it was.
    pub(crate) fn write(&self) -> Result<()> {
        if let Some(directory) = self.path.parent().filter(|directory| !directory.is_dir()) {
            let failed = |source| Error::Run { what: format!("cannot make {}", directory.display()), source };
            fs::create_dir_all(directory).map_err(failed)?;
        }
        let attributes = self.attributes.clone().unwrap_or_else(|| Attributes::new(0o644));
        replace(&self.path, &attributes, |file| {
            let mut bytes = self.lines.join(&b'\n');
            if !bytes.is_empty() {
                bytes.push(b'\n');
            }
            file.write_all(&bytes)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine_with;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn lines_that_are_not_changed_stay_byte_for_byte_and_links_stay_links() {
        let (_folder, root) = machine_with(&[("/etc/real", b"caf\xe9\n\r\nlast")]);
        symlink("real", root.path("/etc/link")).unwrap();
        fs::set_permissions(root.path("/etc/real"), fs::Permissions::from_mode(0o640)).unwrap();
        let mut file = EditedFile::read(&root, "/etc/link").unwrap();
        file.lines.push(b"new".to_vec());
        file.write().unwrap();
        assert_eq!(fs::read(root.path("/etc/real")).unwrap(), b"caf\xe9\n\r\nlast\nnew\n");
        assert_eq!(fs::metadata(root.path("/etc/real")).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(root.path("/etc/link").is_symlink());
    }

    #[test]
    fn a_file_that_is_missing_has_no_lines_and_is_made_with_its_directory() {
        let (_folder, root) = machine_with(&[]);
        let mut file = EditedFile::read(&root, "/etc/new/file").unwrap();
        assert!(file.lines.is_empty());
        file.lines.push(b"one".to_vec());
        file.write().unwrap();
        assert_eq!(fs::read(root.path("/etc/new/file")).unwrap(), b"one\n");
        assert_eq!(fs::metadata(root.path("/etc/new/file")).unwrap().permissions().mode() & 0o777, 0o644);
    }
}
