//! Processes as `/proc` shows them at the moment of the call: list, get one, and send a signal ([`signal`]).

mod cgroup;
mod cmdline;
mod count;
mod credentials;
mod directory;
pub mod events;
mod executable;
mod fields;
mod io;
mod limits;
pub mod priority;
pub mod signal;
mod stat;
mod statm;
mod status;
mod terminal;
#[cfg(test)]
mod tests;

use std::vec;

pub use cgroup::service_of;
pub use count::count;
pub use credentials::Credentials;
pub use executable::Executable;
pub use fields::Fields;
pub use io::Io;
pub use limits::Limit;
pub use stat::Stat;
pub use statm::Statm;

use super::error::Parsed;
use super::root::lossy;
use super::{Error, Facts, Result, Root};
use credentials::Kernel;
use directory::{ProcDirectory, ProcessDirectory, Read};
use terminal::Terminals;

/// What was read of one process. A part is `None` if it was not asked for or if Linux does not give it to us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Process {
    /// The process id. Ids are reused: see [`Process::identity`].
    pub pid: u32,
    /// [`Fields::STAT`]. `None` for other users' processes where `/proc` is mounted with `hidepid=1`.
    pub stat: Option<Stat>,
    /// [`Fields::STAT`]: the controlling terminal, such as "pts/3", "tty1" or "ttyS0".
    pub terminal: Option<String>,
    /// [`Fields::CREDENTIALS`]. `None` under the same condition as `stat`.
    pub credentials: Option<Credentials>,
    /// [`Fields::STATM`]. `None` under the same condition as `stat`.
    pub memory: Option<Statm>,
    /// [`Fields::CMDLINE`]: the arguments from the program's name on. `None` for kernel threads and zombies.
    pub arguments: Option<Vec<String>>,
    /// [`Fields::EXE`]: `None` for kernel threads, zombies, and processes that we may not inspect.
    pub executable: Option<Executable>,
    /// [`Fields::WCHAN`]: the kernel function in which the process sleeps. `None` if it runs, or the kernel hides it.
    pub wait_channel: Option<String>,
    /// [`Fields::CGROUP`]: the path of the control group below the root of its hierarchy.
    pub cgroup: Option<String>,
    /// [`Fields::IO`]. `None` for processes that we may not inspect.
    pub io: Option<Io>,
    /// [`Fields::LIMITS`].
    pub limits: Option<Vec<Limit>>,
    /// [`Fields::FILES`]: how many files are open. `None` for processes that we may not inspect.
    pub open_files: Option<u32>,
}

/// What tells a process from every other one since boot: a process id can be reused, but not within one tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The process id.
    pub pid: u32,
    /// When it started, in ticks since boot (`/proc/PID/stat` field 22).
    pub start_ticks: u64,
}

impl Process {
    /// Which process this is. `None` without [`Fields::STAT`].
    pub fn identity(&self) -> Option<Identity> {
        self.stat.as_ref().map(|stat| Identity { pid: self.pid, start_ticks: stat.start_ticks })
    }
}

/// A reader of processes. It keeps one buffer, so make one for each request and read everything through it.
pub struct Processes {
    proc: ProcDirectory,
    kernel: Kernel,
    facts: Facts,
    terminals: Terminals,
}

impl Processes {
    /// Opens `/proc`.
    pub fn open(root: &Root) -> Result<Self> {
        let proc = ProcDirectory::open(root)?;
        let kernel = Kernel::new(root, &proc);
        Ok(Self { proc, kernel, facts: root.facts(), terminals: Terminals::new(root.clone()) })
    }

    /// The ids of all processes, kernel threads included, in ascending order.
    pub fn pids(&mut self) -> Result<Vec<u32>> {
        self.proc.pids()
    }

    /// All processes, each read when the iterator comes to it; one that ended meanwhile is left out.
    ///
    /// An error concerns one process, and the next ones can still be read.
    pub fn list(&mut self, fields: Fields) -> Result<Listing<'_>> {
        let pids = self.pids()?;
        Ok(self.list_of(pids, fields))
    }

    /// As [`list`](Self::list), of the processes with these ids.
    pub fn list_of(&mut self, pids: Vec<u32>, fields: Fields) -> Listing<'_> {
        Listing { reader: self, pids: pids.into_iter(), fields }
    }

    /// The process `pid`, at the cost of that one process. The id of a mere thread is [`Error::NoSuchProcess`].
    pub fn get(&mut self, pid: u32, fields: Fields) -> Result<Process> {
        // /proc/TID can be opened although no listing shows it; only its status tells it from a process.
        self.read(pid, fields | Fields::THREAD_GROUP)?.ok_or(Error::NoSuchProcess { pid })
    }

    /// Reads one process, or `None` if it is gone. All that is read is of one process, even if its id is reused meanwhile.
    fn read(&mut self, pid: u32, fields: Fields) -> Result<Option<Process>> {
        if fields.is_empty() {
            return Ok(Some(Process { pid, ..Process::default() }));
        }
        if fields.contains(Fields::CREDENTIALS)
            && !fields.contains(Fields::THREAD_GROUP)
            && let Some(handle) = self.kernel.handle(pid)
        {
            let process = self.read_files(pid, fields.without(Fields::CREDENTIALS), false)?;
            if let credentials @ Some(_) = self.kernel.credentials(handle) {
                return Ok(process.map(|process| Process { credentials, ..process }));
            }
        }
        self.read_files(pid, fields, true)
    }

    /// Reads the files of one process: below one handle on its directory, if it must be certain that they are of one process.
    fn read_files(&mut self, pid: u32, fields: Fields, is_certain: bool) -> Result<Option<Process>> {
        let mut process = Process { pid, ..Process::default() };
        let mut directory = if is_certain {
            let Some(directory) = self.proc.process(pid)? else { return Ok(None) };
            directory
        } else {
            self.proc.process_of_now(pid)
        };
        if fields.contains(Fields::STAT) {
            let facts = &self.facts;
            let Some(stat) = required(&mut directory, c"stat", |bytes| stat::parse(bytes, facts))? else {
                return Ok(None);
            };
            process.terminal = stat.as_ref().and_then(|stat| self.terminals.name(stat.terminal?));
            process.stat = stat;
        }
        let anything_missing = read_optional(&mut directory, fields, &mut process)?;
        if fields.contains(Fields::STATM) {
            let page_size = self.facts.page_size;
            let Some(memory) = required(&mut directory, c"statm", |bytes| statm::parse(bytes, page_size))? else {
                return Ok(None);
            };
            process.memory = memory;
        }
        let reads_status = fields.intersects(Fields::CREDENTIALS | Fields::THREAD_GROUP);
        if reads_status {
            let Some(status) = required(&mut directory, c"status", status::parse)? else { return Ok(None) };
            if status.is_some_and(|status| status.thread_group != pid) {
                return Ok(None);
            }
            process.credentials = status.map(|status| status.credentials);
        }
        // What is missing may be missing because the process ended meanwhile; a later file tells.
        let is_known_alive = !is_certain || !anything_missing || reads_status || fields.contains(Fields::STATM);
        Ok((is_known_alive || directory.is_alive()?).then_some(process))
    }
}

/// Reads the files that not every process has or shows, and tells whether one gave nothing.
fn read_optional(directory: &mut ProcessDirectory<'_>, fields: Fields, process: &mut Process) -> Result<bool> {
    let mut anything_missing = false;
    // Kernel threads and zombies have no memory of their own, and so neither arguments nor a program to look for.
    let has_program = process.stat.as_ref().is_none_or(|stat| !stat.is_kernel_thread() && stat.state != 'Z');
    if fields.contains(Fields::CMDLINE) && has_program {
        process.arguments = optional(directory.read(c"cmdline")?, cmdline::parse);
        anything_missing |= process.arguments.is_none();
    }
    if fields.contains(Fields::EXE) && has_program {
        process.executable = directory.link(c"exe")?.map(|target| Executable::from_link(&target));
        anything_missing |= process.executable.is_none();
    }
    if fields.contains(Fields::WCHAN) {
        process.wait_channel = optional(directory.read(c"wchan")?, wait_channel);
        anything_missing |= process.wait_channel.is_none();
    }
    if fields.contains(Fields::CGROUP) {
        process.cgroup = optional(directory.read(c"cgroup")?, cgroup::parse);
        anything_missing |= process.cgroup.is_none();
    }
    if fields.contains(Fields::IO) {
        process.io = optional(directory.read(c"io")?, io::parse);
        anything_missing |= process.io.is_none();
    }
    if fields.contains(Fields::LIMITS) {
        process.limits = optional(directory.read(c"limits")?, limits::parse);
        anything_missing |= process.limits.is_none();
    }
    if fields.contains(Fields::FILES) {
        process.open_files = directory.count(c"fd")?;
        anything_missing |= process.open_files.is_none();
    }
    Ok(anything_missing)
}

/// The environment with which the process `pid` was started, each variable as `NAME=value`. What it changed in its own
/// memory since is not there. Only root and the process's user may read it.
pub fn environment(root: &Root, pid: u32) -> Result<Vec<String>> {
    let bytes = root.read(&format!("/proc/{pid}/environ"))?;
    Ok(bytes.split(|byte| *byte == 0).filter(|it| !it.is_empty()).map(|it| lossy(it.to_vec())).collect())
}

/// The iterator of [`Processes::list`].
pub struct Listing<'a> {
    reader: &'a mut Processes,
    pids: vec::IntoIter<u32>,
    fields: Fields,
}

impl Iterator for Listing<'_> {
    type Item = Result<Process>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let pid = self.pids.next()?;
            if let Some(process) = self.reader.read(pid, self.fields).transpose() {
                return Some(process);
            }
        }
    }
}

/// The value of a file that not every process has or shows.
fn optional<T>(read: Read<'_>, parse: impl FnOnce(&[u8]) -> Option<T>) -> Option<T> {
    match read {
        Read::Bytes(bytes) => parse(bytes),
        Read::Denied | Read::Gone => None,
    }
}

/// The value of a file that every process has: `Some(None)` if we may not read it, `None` if the process is gone.
fn required<T>(
    directory: &mut ProcessDirectory<'_>,
    name: &std::ffi::CStr,
    parse: impl FnOnce(&[u8]) -> Parsed<T>,
) -> Result<Option<Option<T>>> {
    let parsed = match directory.read(name)? {
        Read::Bytes([]) | Read::Gone => return Ok(None),
        Read::Denied => return Ok(Some(None)),
        Read::Bytes(bytes) => parse(bytes),
    };
    parsed.map(|value| Some(Some(value))).map_err(|what| Error::parse(directory.path(name), what))
}

/// The kernel writes "0" both for a process that runs and for one that we may not inspect.
fn wait_channel(bytes: &[u8]) -> Option<String> {
    let name = String::from_utf8_lossy(bytes.trim_ascii());
    (!name.is_empty() && name != "0").then(|| name.into_owned())
}
