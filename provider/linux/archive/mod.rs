//! What is in an archive: zip, or tar as it is or compressed by gzip, bzip2 or xz.
//!
//! Names and links are understood before anything is done with them: an archive in which one leads out of the directory in which
//! it is unpacked is refused as a whole.

mod name;
mod tar;
mod zip;

use super::files::{Status, Time};
use super::{Error, Result};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Something in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Relative, and of plain names only.
    pub(crate) path: PathBuf,
    pub(crate) what: What,
    /// The permissions, where the archive knows them.
    pub(crate) mode: Option<u32>,
    /// When its contents last changed, where the archive knows that.
    pub(crate) modified: Option<Time>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// With so many bytes, which can be read.
    File(u64),
    Directory,
    /// A symbolic link, and where it leads.
    Link(OsString),
    /// Another name for a file that comes before.
    Same(PathBuf),
}

/// How the archive is written, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Zip,
    Tar,
    Gzip,
    Bzip2,
    Xz,
}

/// An archive that is open.
#[derive(Debug)]
pub(crate) struct Archive {
    /// For messages.
    path: PathBuf,
    file: File,
    format: Format,
    pub(crate) status: Status,
}

impl Archive {
    /// # Errors
    /// [`Error::Parse`] when the file is no archive, and [`Error::Io`] when it cannot be read.
    pub(crate) fn new(path: &Path, file: File, status: Status) -> Result<Self> {
        let mut start = [0; 512];
        let length = file.read_at(&mut start, 0).map_err(|error| Error::io(path, error))?;
        let format = match &start[..length] {
            start if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") => Format::Zip,
            [0x1f, 0x8b, ..] => Format::Gzip,
            start if start.starts_with(b"BZh") => Format::Bzip2,
            start if start.starts_with(b"\xfd7zXZ\0") => Format::Xz,
            // The end of a tar archive, which may be all that there is of it, is zeroes.
            start if start.len() == 512 && (&start[257..262] == b"ustar" || tar::has_sum(start)) => Format::Tar,
            _ => {
                return Err(Error::parse(path, "it is neither a zip nor a tar archive, plain or by gzip, bzip2 or xz"));
            }
        };
        Ok(Self { path: path.to_owned(), file, format, status })
    }

    /// Shows each thing in the archive in its order, with its bytes if it is a file. What is no file, directory or link is left
    /// out. A name may come more than once; the last one counts.
    ///
    /// # Errors
    /// What `visit` returns, [`Error::Parse`] when the archive is broken, and [`Error::PermissionDenied`] when something in it
    /// leads out of it.
    pub(crate) fn each<E: From<Error>>(
        &mut self,
        mut visit: impl FnMut(&Entry, &mut dyn Read) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let path = &self.path;
        let broken = |error: io::Error| E::from(Error::parse(path, error.to_string()));
        self.file.rewind().map_err(broken)?;
        let file = &self.file;
        match self.format {
            Format::Zip => zip::each(path, file, &mut visit),
            Format::Tar => tar::each(path, file, &mut visit),
            Format::Gzip => tar::each(path, flate2::read::MultiGzDecoder::new(io::BufReader::new(file)), &mut visit),
            Format::Bzip2 => tar::each(path, bzip2_rs::DecoderReader::new(io::BufReader::new(file)), &mut visit),
            Format::Xz => {
                // Its decoder writes, so what it writes lies on the disk for a while.
                let mut whole = tempfile::tempfile_in("/var/tmp").or_else(|_| tempfile::tempfile()).map_err(broken)?;
                lzma_rs::xz_decompress(&mut io::BufReader::new(file), &mut io::BufWriter::new(&whole))
                    .map_err(|error| broken(io::Error::other(format!("{error:?}"))))?;
                whole.rewind().map_err(broken)?;
                tar::each(path, &whole, &mut visit)
            }
        }
    }
}
