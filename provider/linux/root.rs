//! Where the readers look: a root directory, and the facts that no file gives.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::time::{ClockId, clock_gettime};

use super::{Error, Result};

/// More than most files of `/proc` and `/sys` have, so that one call normally reads all.
const FIRST_READ: usize = 8 * 1024;

/// The largest file that is read as a whole. Databases of packages, the largest there are, have some ten megabytes.
const LARGEST: u64 = 256 << 20;

/// The directory that stands for `/`, and the facts that come from system calls.
#[derive(Clone, Debug)]
pub struct Root {
    dir: PathBuf,
    /// `None` asks the running kernel.
    facts: Option<Facts>,
}

/// What the kernel says through system calls rather than files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The unit of the times in `/proc/PID/stat`: `sysconf(_SC_CLK_TCK)`, 100 on every common machine.
    pub ticks_per_second: u64,
    /// Bytes in a page: `sysconf(_SC_PAGESIZE)`.
    pub page_size: u64,
    /// The moment from which `/proc/PID/stat` counts the start of a process, to a tick.
    pub boot_time: SystemTime,
    /// The hardware's name as `uname -m` says it, such as "x86_64" or "aarch64".
    pub machine: String,
}

impl Default for Root {
    fn default() -> Self {
        Self::host()
    }
}

impl Root {
    /// The machine that this code runs on.
    pub fn host() -> Self {
        Self { dir: PathBuf::from("/"), facts: None }
    }

    /// A directory that holds `proc`, `sys` and `etc` of some machine, with that machine's facts.
    pub fn at(dir: impl Into<PathBuf>, facts: Facts) -> Self {
        Self { dir: dir.into(), facts: Some(facts) }
    }

    /// Whether this is the machine that this code runs on.
    pub(crate) fn is_host(&self) -> bool {
        self.dir == Path::new("/")
    }

    /// The facts as they are now. The boot time moves when somebody sets the clock, so they are not kept for long.
    pub fn facts(&self) -> Facts {
        self.facts.clone().unwrap_or_else(Facts::of_running_kernel)
    }

    /// Whether this is the machine that the code runs on, so that system calls tell about it.
    pub(crate) fn is_running_kernel(&self) -> bool {
        self.facts.is_none()
    }

    /// Where the absolute `path` of the machine lies below this root.
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        self.dir.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// The whole file at the absolute `path`.
    pub(crate) fn read(&self, path: &str) -> Result<Vec<u8>> {
        let path = self.path(path);
        read_file(&path).map_err(|source| Error::io(path, source))
    }

    /// Opens the file at the absolute `path` to be read bit by bit.
    pub(crate) fn open(&self, path: &str) -> Result<fs::File> {
        let path = self.path(path);
        open_file(&path).map_err(|source| Error::io(path, source))
    }

    /// The whole file as text; bytes that are not UTF-8 become U+FFFD.
    pub(crate) fn read_text(&self, path: &str) -> Result<String> {
        self.read(path).map(lossy)
    }

    /// The first `limit` bytes of a file as text, for files that cost more the further one reads.
    pub(crate) fn read_start(&self, path: &str, limit: u64) -> Result<String> {
        let path = self.path(path);
        let mut bytes = Vec::new();
        let read = open_file(&path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
        read.map(|_| lossy(bytes)).map_err(|source| Error::io(path, source))
    }

    /// The file as text, or `None` where there is no such file.
    pub(crate) fn read_text_if_present(&self, path: &str) -> Result<Option<String>> {
        match self.read_text(path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The one value that a file holds, trimmed: `None` where the file is missing, unreadable or blank. Only for files of at
    /// most 8 KiB that give all they have at once, as those with one value do.
    pub(crate) fn value(&self, path: &str) -> Option<String> {
        let path = self.path(path);
        match open(&path).and_then(|mut file| first_read(&mut file)).map_err(|source| Error::io(path, source)) {
            Ok(bytes) => {
                let text = lossy(bytes);
                let value = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
                (!value.is_empty()).then(|| value.to_owned())
            }
            Err(error) => {
                log::trace!("{error}");
                None
            }
        }
    }

    /// The number that a file holds: `None` under the conditions of [`Root::value`], or if it is no such number.
    pub(crate) fn number<T: std::str::FromStr>(&self, path: &str) -> Option<T> {
        self.value(path)?.parse().ok()
    }

    /// Whether anything exists at the absolute `path`.
    pub(crate) fn exists(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    /// The names in a directory in no order, or `None` where there is no such directory.
    pub(crate) fn names_if_present(&self, path: &str) -> Result<Option<Vec<String>>> {
        let path = self.path(path);
        let named =
            |entry: io::Result<fs::DirEntry>| entry.map(|entry| entry.file_name().to_string_lossy().into_owned());
        match fs::read_dir(&path).and_then(|entries| entries.map(named).collect()) {
            Ok(names) => Ok(Some(names)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io(path, error)),
        }
    }
}

impl Facts {
    fn of_running_kernel() -> Self {
        let ticks_per_second = rustix::param::clock_ticks_per_second();
        Self {
            ticks_per_second,
            page_size: rustix::param::page_size() as u64,
            boot_time: boot_time(ticks_per_second),
            machine: rustix::system::uname().machine().to_string_lossy().into_owned(),
        }
    }

    /// How long `ticks` of the kernel's clock last.
    pub(crate) fn duration(&self, ticks: u64) -> Duration {
        let hertz = self.ticks_per_second.max(1);
        let nanoseconds = u128::from(ticks % hertz) * 1_000_000_000 / u128::from(hertz);
        Duration::new(ticks / hertz, nanoseconds as u32)
    }
}

/// The difference of the two clocks, to the nearest tick.
///
/// `btime` in `/proc/stat` is cut to whole seconds, which would date a new process up to a second too early. A tick is
/// all that a start time is good for, and rounding to it gives the same answer on each call.
fn boot_time(ticks_per_second: u64) -> SystemTime {
    let tick = 1_000_000_000 / u128::from(ticks_per_second.clamp(1, 1_000_000_000));
    let since_boot = || Duration::try_from(clock_gettime(ClockId::Boottime)).unwrap_or_default();
    let reading = || {
        let before = since_boot();
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let after = since_boot();
        (after.saturating_sub(before), now.saturating_sub(before + after.saturating_sub(before) / 2))
    };
    // A pause between two readings would shift the result, so the tightest of three counts.
    let tightest = [reading(), reading(), reading()].into_iter().min_by_key(|(gap, _)| *gap);
    let boot = tightest.map_or(0, |(_, boot)| boot.as_nanos());
    let rounded = (boot + tick / 2) / tick * tick;
    SystemTime::UNIX_EPOCH + Duration::new((rounded / 1_000_000_000) as u64, (rounded % 1_000_000_000) as u32)
}

/// Opens a file that can be read to its end.
fn open_file(path: &Path) -> io::Result<fs::File> {
    let file = open(path)?;
    check_kind(&file)?;
    Ok(file)
}

/// Opens whatever there is, without waiting for the other end of a pipe.
fn open(path: &Path) -> io::Result<fs::File> {
    let without_waiting = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    fs::OpenOptions::new().read(true).custom_flags(without_waiting).open(path)
}

/// An error unless it has an end: a pipe could keep us waiting, and a device could go on for ever.
fn check_kind(file: &fs::File) -> io::Result<()> {
    let kind = file.metadata()?.file_type();
    if kind.is_file() || kind.is_dir() {
        // Reading a directory fails with the words of the kernel.
        return Ok(());
    }
    Err(io::Error::other("it should be a file, and is a pipe, socket or device"))
}

/// The whole file.
fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = open(path)?;
    let first = first_read(&mut file);
    if !matches!(&first, Ok(bytes) if (1..FIRST_READ).contains(&bytes.len())) {
        // A little can be read from anything; what fails, has nothing or has more is looked at.
        check_kind(&file)?;
    }
    let mut bytes = first?;
    if !bytes.is_empty() {
        file.take(LARGEST + 1 - bytes.len() as u64).read_to_end(&mut bytes)?;
    }
    if bytes.len() as u64 > LARGEST { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

/// What one call gives, which for most files is all.
fn first_read(file: &mut fs::File) -> io::Result<Vec<u8>> {
    // Files of the kernel do not tell their size, and `fs::read` would begin with 32 bytes.
    let mut bytes = vec![0; FIRST_READ];
    let length = loop {
        match file.read(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => break read?,
        }
    };
    bytes.truncate(length);
    Ok(bytes)
}

/// `bytes` as text; what is not UTF-8 becomes U+FFFD.
pub(crate) fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_below_the_root() {
        let root = Root::at("/fixtures/debian", Root::host().facts());
        assert_eq!(root.path("/proc/stat"), Path::new("/fixtures/debian/proc/stat"));
        assert_eq!(Root::host().path("/proc/stat"), Path::new("/proc/stat"));
    }

    #[test]
    fn at_100_hertz_a_tick_lasts_10_milliseconds() {
        let facts = Facts { ticks_per_second: 100, ..Root::host().facts() };
        assert_eq!(facts.duration(4143), Duration::from_millis(41_430));
        assert_eq!(facts.duration(u64::MAX).as_secs(), u64::MAX / 100);
    }

    #[test]
    fn the_boot_time_is_the_same_on_each_call_and_within_a_second_of_btime() {
        let first = Root::host().facts().boot_time;
        let again = Root::host().facts().boot_time;
        assert_eq!(first, again);

        let stat = fs::read_to_string("/proc/stat").unwrap();
        let btime: u64 = stat.lines().find_map(|line| line.strip_prefix("btime ")).unwrap().parse().unwrap();
        let btime = SystemTime::UNIX_EPOCH + Duration::from_secs(btime);
        let apart = first.duration_since(btime).unwrap_or_else(|error| error.duration());
        assert!(apart <= Duration::from_millis(1100), "{apart:?}");
    }

    #[test]
    fn a_missing_or_blank_file_has_no_value() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("blank"), " \n").unwrap();
        fs::write(dir.path().join("vendor"), "Dell Inc. \n").unwrap();
        let root = Root::at(dir.path(), Root::host().facts());
        assert_eq!(root.value("/missing"), None);
        assert_eq!(root.value("/blank"), None);
        assert_eq!(root.value("/vendor").as_deref(), Some("Dell Inc."));
    }
}
