//! Tells when processes start and end: the kernel's connector of processes, `linux/cn_proc.h`.

use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::netlink::{CONNECTOR, SocketAddrNetlink};
use rustix::net::sockopt::{Timeout, set_socket_recv_buffer_size, set_socket_timeout};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};
use rustix::net::{bind, connect, recv, send, socket_with};

use crate::linux::root::lossy;
use crate::linux::{Error, Result, Root, Stop};

const SOURCE: &str = "the connector of processes";

/// `CN_IDX_PROC` and `CN_VAL_PROC`; the first is also the multicast group.
const PROCESSES: [u32; 2] = [1, 1];

/// `PROC_CN_MCAST_LISTEN` and `PROC_CN_MCAST_IGNORE`.
const LISTEN: u32 = 1;
const IGNORE: u32 = 2;

/// `struct nlmsghdr`, `struct cn_msg`, and `struct proc_event` up to its union.
const NETLINK_HEADER: usize = 16;
const CONNECTOR_HEADER: usize = 20;
const EVENT_HEADER: usize = 16;
const EVENT: usize = NETLINK_HEADER + CONNECTOR_HEADER;
const DATA: usize = EVENT + EVENT_HEADER;

/// Where `struct cn_msg` says to which request it is the answer.
const ACKNOWLEDGED: usize = NETLINK_HEADER + 12;

/// The kernel answers at once or never.
const TIME_LIMIT: Duration = Duration::from_secs(1);

/// For some ten thousand events that come faster than they are read.
const BUFFER: usize = 8 * 1024 * 1024;

/// So many events are handed out at once at most.
const AT_ONCE: usize = 256;

/// What happened to a process. Threads are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A process began as a copy of its parent.
    Fork {
        /// The new process.
        pid: u32,
        /// The process that it is a copy of.
        parent: u32,
    },
    /// A process began another program.
    Exec {
        /// The process.
        pid: u32,
    },
    /// A process gave itself another name.
    Rename {
        /// The process.
        pid: u32,
        /// The name.
        name: String,
    },
    /// A process ended.
    Exit {
        /// The process.
        pid: u32,
        /// Its parent; `None` on kernels before 4.18.
        parent: Option<u32>,
        /// How it ended, as wait(2) tells it.
        status: u32,
    },
}

/// Processes, as they start and end.
#[derive(Debug)]
pub struct Events {
    socket: OwnedFd,
}

impl Events {
    /// Begins to listen.
    ///
    /// # Errors
    /// The kernel does not tell: in a container, to others than root before Linux 6.6, or because it was built without the
    /// connector.
    pub fn open() -> Result<Self> {
        let failed = |error: Errno| {
            let error = io::Error::from(error);
            match error.kind() {
                io::ErrorKind::PermissionDenied => not_permitted(),
                // In a network namespace that a container has for itself, nobody answers.
                io::ErrorKind::ConnectionRefused => not_told(),
                _ => Error::io(SOURCE, error),
            }
        };
        let socket = socket_with(AddressFamily::NETLINK, SocketType::DGRAM, SocketFlags::CLOEXEC, Some(CONNECTOR));
        let socket = socket.map_err(|error| match error {
            Errno::PROTONOSUPPORT => not_told(),
            error => failed(error),
        })?;
        let prepare = || {
            set_socket_timeout(&socket, Timeout::Recv, Some(TIME_LIMIT))?;
            set_socket_recv_buffer_size(&socket, BUFFER)?;
            bind(&socket, &SocketAddrNetlink::new(0, PROCESSES[0]))?;
            // Only the kernel can send to a socket that is connected to it.
            connect(&socket, &SocketAddrNetlink::new(0, 0))
        };
        prepare().map_err(failed)?;
        let events = Self { socket };
        events.ask(LISTEN).map_err(failed)?;
        events.wait_for_answer()?;
        Ok(events)
    }

    fn ask(&self, what: u32) -> std::result::Result<(), Errno> {
        let length = (EVENT + 4) as u32;
        // nlmsghdr: length, type NLMSG_DONE and no flags, number, sender; cn_msg: whom, 0, number, length of the rest.
        let words = [length, 3, 0, 0, PROCESSES[0], PROCESSES[1], 0, number(), 4, what];
        send(&self.socket, &words.map(u32::to_ne_bytes).concat(), SendFlags::empty()).map(drop)
    }

    /// The kernel says whether it will tell; to a container it says nothing at all.
    fn wait_for_answer(&self) -> Result<()> {
        let until = std::time::Instant::now() + TIME_LIMIT;
        let mut buffer = [0; 256];
        while std::time::Instant::now() < until {
            let (_, length) = match recv(&self.socket, &mut buffer, RecvFlags::empty()) {
                Ok(received) => received,
                Err(Errno::NOBUFS | Errno::INTR) => continue,
                Err(_) => break,
            };
            match answer(&buffer[..length]) {
                Some(0) => return Ok(()),
                Some(error) if error == Errno::PERM.raw_os_error().cast_unsigned() => return Err(not_permitted()),
                Some(_) => break,
                None => {}
            }
        }
        Err(not_told())
    }

    /// Waits for events. `None` when it is time to stop.
    ///
    /// # Errors
    /// The socket broke.
    pub fn wait(&self, stop: &Stop) -> Result<Option<Vec<Event>>> {
        let broken = |error: io::Error| Error::io(SOURCE, error);
        let mut buffer = [0; 256];
        let mut events = Vec::new();
        while events.is_empty() {
            if !stop.wait_for(&self.socket).map_err(broken)? {
                return Ok(None);
            }
            while events.len() < AT_ONCE {
                match recv(&self.socket, &mut buffer, RecvFlags::DONTWAIT) {
                    Ok((_, length)) => events.extend(parse(&buffer[..length])),
                    Err(Errno::NOBUFS) => log::warn!("processes started and ended faster than they could be told"),
                    Err(Errno::INTR) => {}
                    Err(Errno::AGAIN) => break,
                    Err(error) => return Err(broken(error.into())),
                }
            }
        }
        Ok(Some(events))
    }
}

/// Kernels before 6.6 go on to make events for a listener that went without a word.
impl Drop for Events {
    fn drop(&mut self) {
        let _ = self.ask(IGNORE);
    }
}

fn not_permitted() -> Error {
    let reason = "before Linux 6.6, the kernel tells only root (CAP_NET_ADMIN) when processes start and end".to_owned();
    Error::PermissionDenied { reason }
}

fn not_told() -> Error {
    let what = "the kernel does not tell here when processes start and end: it does so outside of containers only, and \
                if it has CONFIG_PROC_EVENTS";
    Error::Unsupported { what: what.to_owned() }
}

/// By this number and one more we know the answer to our request from those to others: all listeners get all.
fn number() -> u32 {
    std::process::id()
}

fn word(message: &[u8], at: usize) -> Option<u32> {
    message.get(at..at + 4)?.try_into().ok().map(u32::from_ne_bytes)
}

/// The error number, 0 for success, if this is the answer to our request.
fn answer(message: &[u8]) -> Option<u32> {
    let is_ours = word(message, EVENT)? == 0 && word(message, ACKNOWLEDGED)? == number() + 1;
    word(message, DATA).filter(|_| is_ours)
}

/// The event that a message tells of; `None` for one of a thread, and for what we do not know.
fn parse(message: &[u8]) -> Option<Event> {
    if [word(message, NETLINK_HEADER)?, word(message, NETLINK_HEADER + 4)?] != PROCESSES {
        return None;
    }
    // Most begin with the number of a thread and that of its process, which are the same for the first thread.
    let own = |at: usize| {
        let (thread, process) = (word(message, DATA + at)?, word(message, DATA + at + 4)?);
        (thread == process).then_some(process)
    };
    match word(message, EVENT)? {
        0x0000_0001 => Some(Event::Fork { pid: own(8)?, parent: word(message, DATA + 4)? }),
        0x0000_0002 => Some(Event::Exec { pid: word(message, DATA + 4)? }),
        0x0000_0200 => {
            let name = message.get(DATA + 8..DATA + 24)?.split(|byte| *byte == 0).next()?;
            Some(Event::Rename { pid: own(0)?, name: lossy(name.to_vec()) })
        }
        0x8000_0000 => {
            Some(Event::Exit { pid: own(0)?, parent: word(message, DATA + 20), status: word(message, DATA + 8)? })
        }
        _ => None,
    }
}

/// The names of processes, kept because one that has ended cannot be asked any more.
#[derive(Debug)]
pub struct Names {
    root: Root,
    known: HashMap<u32, String>,
}

impl Names {
    /// The names of the processes that there are.
    ///
    /// # Errors
    /// `/proc` cannot be read.
    pub fn read(root: &Root) -> Result<Self> {
        let pids = root.names_if_present("/proc")?.unwrap_or_default().into_iter().filter_map(|name| name.parse().ok());
        let mut names = Self { root: root.clone(), known: HashMap::new() };
        pids.for_each(|pid| names.ask(pid));
        Ok(names)
    }

    /// The name of the process that an event is about, after it. `None` if it was gone too soon.
    pub fn after(&mut self, event: &Event) -> Option<String> {
        match event {
            Event::Fork { pid, parent } => {
                let name = self.known.get(parent).cloned()?;
                self.known.insert(*pid, name.clone());
                Some(name)
            }
            Event::Exec { pid } => {
                self.ask(*pid);
                self.known.get(pid).cloned()
            }
            Event::Rename { pid, name } => {
                self.known.insert(*pid, name.clone());
                Some(name.clone())
            }
            Event::Exit { pid, .. } => self.known.remove(pid),
        }
    }

    fn ask(&mut self, pid: u32) {
        match self.root.value(&format!("/proc/{pid}/comm")) {
            Some(name) => self.known.insert(pid, name),
            None => self.known.remove(&pid),
        };
    }
}

#[cfg(test)]
#[path = "events_tests.rs"]
mod tests;
