//! `/proc` and one process's directory in it: open, read into one buffer, and tell "gone" from "not for us".

use std::ffi::CStr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, RawDir, SeekFrom};
use rustix::io::Errno;
use rustix::path::DecInt;

use crate::linux::{Error, Result, Root};

/// More than any file here but a long command line, so that one `read` normally gets it all.
const BUFFER_SIZE: usize = 16 * 1024;

/// No file of a process is as large: the kernel limits the longest, the command line, to 6 MiB.
const LARGEST: usize = 8 << 20;

/// An open `/proc`.
pub(super) struct ProcDirectory {
    path: PathBuf,
    directory: OwnedFd,
    place: Vec<u8>,
    buffer: Vec<u8>,
}

/// `/proc/PID`.
pub(super) struct ProcessDirectory<'a> {
    proc: &'a Path,
    pid: u32,
    anchor: Anchor<'a>,
    /// Where a file lies below the anchor, ended by a NUL byte: what leads to the directory, and then any name.
    place: &'a mut Vec<u8>,
    start_of_name: usize,
    buffer: &'a mut Vec<u8>,
}

/// What files are opened below.
enum Anchor<'a> {
    /// The process's own directory. It stays with the process: once that is gone, nothing can be opened below it any more.
    Process(OwnedFd),
    /// `/proc`, where the id may change hands.
    Proc(&'a OwnedFd),
}

/// What came of reading one file of a process.
pub(super) enum Read<'a> {
    /// The whole file.
    Bytes(&'a [u8]),
    /// We lack the right to read it.
    Denied,
    /// There is no such file, mostly because there is no such process any more.
    Gone,
}

impl ProcDirectory {
    pub(super) fn open(root: &Root) -> Result<Self> {
        let path = root.path("/proc");
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = rustix::fs::open(&path, flags, Mode::empty()).map_err(|errno| Error::io(&path, errno))?;
        Ok(Self { path, directory, place: Vec::new(), buffer: vec![0; BUFFER_SIZE] })
    }

    /// All numeric names, ascending.
    pub(super) fn pids(&mut self) -> Result<Vec<u32>> {
        let failed = |errno: Errno| Error::io(&self.path, errno);
        rustix::fs::seek(&self.directory, SeekFrom::Start(0)).map_err(failed)?;
        let mut space: Vec<u8> = Vec::with_capacity(2 * BUFFER_SIZE);
        let mut entries = RawDir::new(&self.directory, space.spare_capacity_mut());
        let mut pids = Vec::with_capacity(512);
        while let Some(entry) = entries.next() {
            pids.extend(entry.map_err(failed)?.file_name().to_str().ok().and_then(parse_pid));
        }
        pids.sort_unstable();
        Ok(pids)
    }

    /// How many links of `/proc` are those of processes: Linux counts them along with its directories.
    pub(super) fn links(&mut self) -> Result<usize> {
        let failed = |errno: Errno| Error::io(&self.path, errno);
        let links = rustix::fs::fstat(&self.directory).map_err(failed)?.st_nlink;
        rustix::fs::seek(&self.directory, SeekFrom::Start(0)).map_err(failed)?;
        let mut space: Vec<u8> = Vec::with_capacity(BUFFER_SIZE / 4);
        let mut entries = RawDir::new(&self.directory, space.spare_capacity_mut());
        // "." and ".." are among them.
        let mut directories = 0;
        while let Some(entry) = entries.next() {
            let entry = entry.map_err(failed)?;
            // The other directories come before those of the processes.
            if entry.file_name().to_str().ok().and_then(parse_pid).is_some() {
                break;
            }
            directories += usize::from(entry.file_type() == FileType::Directory);
        }
        Ok(usize::try_from(links).unwrap_or(usize::MAX).saturating_sub(directories))
    }

    /// The id that we have in this `/proc`, which may be that of another PID namespace.
    pub(super) fn own_pid(&self) -> Option<u32> {
        let target = rustix::fs::readlinkat(&self.directory, c"self", Vec::new()).ok()?;
        target.to_str().ok().and_then(parse_pid)
    }

    /// The directory of the process `pid`, or `None` if there is none. What is read there is of one process.
    pub(super) fn process(&mut self, pid: u32) -> Result<Option<ProcessDirectory<'_>>> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        match rustix::fs::openat(&self.directory, DecInt::new(pid), flags, Mode::empty()) {
            Ok(directory) => {
                self.place.clear();
                Ok(Some(ProcessDirectory {
                    proc: &self.path,
                    pid,
                    anchor: Anchor::Process(directory),
                    place: &mut self.place,
                    start_of_name: 0,
                    buffer: &mut self.buffer,
                }))
            }
            Err(errno) if is_gone(errno) => Ok(None),
            Err(errno) => Err(Error::io(self.path.join(pid.to_string()), errno)),
        }
    }

    /// The directory of whatever process has the id `pid` when a file there is opened: two calls less, for those who know
    /// in the end that it was the same one all the time.
    pub(super) fn process_of_now(&mut self, pid: u32) -> ProcessDirectory<'_> {
        self.place.clear();
        self.place.extend_from_slice(DecInt::new(pid).as_bytes());
        self.place.push(b'/');
        ProcessDirectory {
            proc: &self.path,
            pid,
            anchor: Anchor::Proc(&self.directory),
            start_of_name: self.place.len(),
            place: &mut self.place,
            buffer: &mut self.buffer,
        }
    }
}

impl ProcessDirectory<'_> {
    /// The path of the file `name`, for error messages.
    pub(super) fn path(&self, name: &CStr) -> PathBuf {
        self.proc.join(self.pid.to_string()).join(name.to_string_lossy().as_ref())
    }

    /// What leads to the file `name`.
    fn locate(&mut self, name: &CStr) -> (&OwnedFd, &CStr) {
        self.place.truncate(self.start_of_name);
        self.place.extend_from_slice(name.to_bytes_with_nul());
        let anchor = match &self.anchor {
            Anchor::Process(directory) => directory,
            Anchor::Proc(directory) => directory,
        };
        (anchor, CStr::from_bytes_until_nul(self.place).unwrap_or_default())
    }

    /// The whole file `name`.
    pub(super) fn read(&mut self, name: &CStr) -> Result<Read<'_>> {
        let opened = {
            let (anchor, place) = self.locate(name);
            open(anchor, place)
        };
        match opened.and_then(|file| read_all(&file, self.buffer)) {
            Ok(length) => Ok(Read::Bytes(&self.buffer[..length])),
            Err(errno) if is_gone(errno) => Ok(Read::Gone),
            Err(errno) if is_denied(errno) => Ok(Read::Denied),
            Err(errno) => Err(Error::io(self.path(name), errno)),
        }
    }

    /// Where the symbolic link `name` points, or `None` if there is none or we may not know.
    pub(super) fn link(&mut self, name: &CStr) -> Result<Option<Vec<u8>>> {
        let (anchor, place) = self.locate(name);
        match rustix::fs::readlinkat(anchor, place, Vec::new()) {
            Ok(target) => Ok(Some(target.into_bytes())),
            Err(errno) if is_gone(errno) || is_denied(errno) => Ok(None),
            Err(errno) => Err(Error::io(self.path(name), errno)),
        }
    }

    /// How many entries the directory `name` has, or `None` if there is none or we may not know.
    pub(super) fn count(&mut self, name: &CStr) -> Result<Option<u32>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let (anchor, place) = self.locate(name);
        let directory = match rustix::fs::openat(anchor, place, flags, Mode::empty()) {
            Ok(directory) => directory,
            Err(errno) if is_gone(errno) || is_denied(errno) => return Ok(None),
            Err(errno) => return Err(Error::io(self.path(name), errno)),
        };
        let mut space: Vec<u8> = Vec::with_capacity(BUFFER_SIZE);
        let mut entries = RawDir::new(&directory, space.spare_capacity_mut());
        let mut count = 0;
        while let Some(entry) = entries.next() {
            match entry {
                Ok(entry) if entry.file_name().to_bytes().starts_with(b".") => {}
                Ok(_) => count += 1,
                Err(errno) if is_gone(errno) || is_denied(errno) => return Ok(None),
                Err(errno) => return Err(Error::io(self.path(name), errno)),
            }
        }
        Ok(Some(count))
    }

    /// Whether the process is still there, be it as a zombie.
    pub(super) fn is_alive(&mut self) -> Result<bool> {
        let (anchor, place) = self.locate(c"stat");
        match rustix::fs::statat(anchor, place, AtFlags::empty()) {
            Ok(_) => Ok(true),
            Err(errno) if is_denied(errno) => Ok(true),
            Err(errno) if is_gone(errno) => Ok(false),
            Err(errno) => Err(Error::io(self.path(c"stat"), errno)),
        }
    }
}

fn open(anchor: &OwnedFd, place: &CStr) -> std::result::Result<OwnedFd, Errno> {
    rustix::fs::openat(anchor, place, OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK, Mode::empty())
}

/// Fills `buffer` with the file and returns its length.
fn read_all(file: &OwnedFd, buffer: &mut Vec<u8>) -> std::result::Result<usize, Errno> {
    let mut length = 0;
    loop {
        let read = rustix::io::retry_on_intr(|| rustix::io::read(file, &mut buffer[length..]))?;
        length += read;
        // These files give all that they have at once, so a second call is only needed when the buffer is full.
        if length < buffer.len() {
            return Ok(length);
        }
        if length > LARGEST {
            return Err(Errno::FBIG);
        }
        buffer.resize(2 * buffer.len(), 0);
    }
}

/// A process id is written in digits without a leading zero.
fn parse_pid(name: &str) -> Option<u32> {
    name.starts_with(|c: char| matches!(c, '1'..='9')).then(|| name.parse().ok()).flatten()
}

fn is_gone(errno: Errno) -> bool {
    errno == Errno::NOENT || errno == Errno::SRCH
}

fn is_denied(errno: Errno) -> bool {
    errno == Errno::ACCESS || errno == Errno::PERM
}
