//! Asks the kernel for a dump over netlink: rtnetlink(7) and sock_diag(7).

use std::io;
use std::time::Duration;

use netlink_packet_core::{DoneBuffer, ErrorBuffer, NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_REQUEST, NLMSG_DONE};
use netlink_packet_core::{Emitable, NLMSG_ERROR, NetlinkBuffer, NetlinkHeader};
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType};
use rustix::net::{connect, netlink, recv, send, socket_with};

use crate::linux::{Error, Result, Root};

/// The kernel sends at most 32 KiB at once.
const BUFFER: usize = 64 * 1024;

/// The kernel answers at once; this is for a kernel that does not.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// How often a dump is read again that the kernel calls inconsistent, because the list changed meanwhile.
const ATTEMPTS: usize = 4;

const HEADER: usize = 16;

/// What to ask for.
pub(super) struct Request {
    /// What it is called in messages, and the file of a fixture below `/netlink`.
    pub(super) name: &'static str,
    /// `None` for rtnetlink.
    pub(super) protocol: Option<Protocol>,
    /// The type of the request.
    pub(super) kind: u16,
    /// What follows the header.
    pub(super) body: Vec<u8>,
}

/// The kernel's protocol for questions about sockets.
pub(super) const SOCK_DIAG: Option<Protocol> = Some(netlink::SOCK_DIAG);

/// What the kernel answers: one message for each thing.
pub(super) struct Dump {
    /// Where it came from, for messages.
    source: String,
    bytes: Vec<u8>,
}

impl Dump {
    /// Asks the kernel, or reads the answer that a fixture holds.
    pub(super) fn read(root: &Root, request: &Request) -> Result<Self> {
        if root.is_running_kernel() {
            let source = format!("netlink dump of {}", request.name);
            let bytes = ask(request).map_err(|error| Error::io(&source, error))?;
            Ok(Self { source, bytes })
        } else {
            let path = format!("/netlink/{}", request.name);
            Ok(Self { bytes: root.read(&path)?, source: root.path(path).display().to_string() })
        }
    }

    /// What `parse` makes of each message of this type; what it gives `None` for is left out.
    pub(super) fn parse<T>(
        &self,
        kind: u16,
        parse: impl Fn(&[u8]) -> std::result::Result<Option<T>, String>,
    ) -> Result<Vec<T>> {
        let wrong = |what: String| Error::parse(&self.source, what);
        let mut things = Vec::new();
        for message in messages(&self.bytes) {
            let message = message.map_err(wrong)?;
            match message.message_type() {
                NLMSG_DONE => {
                    // Older kernels send no code, and 0 is success.
                    let done = DoneBuffer::new_checked(message.payload()).map_or(0, |done| done.code());
                    return if done < 0 { Err(self.refused(-done)) } else { Ok(things) };
                }
                NLMSG_ERROR => {
                    let error =
                        ErrorBuffer::new_checked(message.payload()).map_err(|error| wrong(error.to_string()))?;
                    return Err(self.refused(error.code().map_or(0, |code| -code.get())));
                }
                found if found == kind => things.extend(parse(message.payload()).map_err(wrong)?),
                _ => {}
            }
        }
        Err(wrong("it ends without the message that marks its end".to_owned()))
    }

    fn refused(&self, errno: i32) -> Error {
        Error::io(&self.source, io::Error::from_raw_os_error(errno))
    }
}

/// The messages that `bytes` consist of.
fn messages(bytes: &[u8]) -> impl Iterator<Item = std::result::Result<NetlinkBuffer<&[u8]>, String>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let message = NetlinkBuffer::new_checked(rest);
        let length = message.as_ref().map_or(rest.len(), |message| (message.length() as usize).next_multiple_of(4));
        rest = rest.get(length..).unwrap_or_default();
        Some(message.map_err(|error| error.to_string()))
    })
}

/// The answer to a request, as the kernel sends it.
fn ask(request: &Request) -> io::Result<Vec<u8>> {
    let mut answer = Vec::new();
    for _ in 0..ATTEMPTS {
        answer = ask_once(request)?;
        let interrupted = messages(&answer).flatten().any(|message| message.flags() & NLM_F_DUMP_INTR != 0);
        if !interrupted {
            break;
        }
    }
    Ok(answer)
}

fn ask_once(request: &Request) -> io::Result<Vec<u8>> {
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, request.protocol)?;
    set_socket_timeout(&socket, Timeout::Recv, Some(TIME_LIMIT))?;
    // Only the kernel can send to a socket that is connected to it.
    connect(&socket, &SocketAddrNetlink::new(0, 0))?;
    send(&socket, &message(request), SendFlags::empty())?;

    let mut answer = Vec::new();
    let mut buffer = vec![0; BUFFER];
    loop {
        let (_, length) = recv(&socket, buffer.as_mut_slice(), RecvFlags::TRUNC)?;
        let part = buffer.get(..length).ok_or_else(|| io::Error::other(format!("a message of {length} bytes")))?;
        answer.extend_from_slice(part);
        let is_last = |kind| matches!(kind, NLMSG_DONE | NLMSG_ERROR);
        // A message that makes no sense ends the dump, and parsing says why.
        if length == 0 || messages(part).any(|it| it.map_or(true, |message| is_last(message.message_type()))) {
            return Ok(answer);
        }
    }
}

/// `struct nlmsghdr` and what follows it.
fn message(request: &Request) -> Vec<u8> {
    let mut header = NetlinkHeader::default();
    header.length = (HEADER + request.body.len()) as u32;
    header.message_type = request.kind;
    header.flags = NLM_F_REQUEST | NLM_F_DUMP;
    header.sequence_number = 1;
    let mut message = vec![0; HEADER];
    header.emit(&mut message);
    message.extend_from_slice(&request.body);
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::{machine, machine_with};

    const REQUEST: Request = Request { name: "links", protocol: None, kind: 18, body: Vec::new() };

    fn recorded() -> Vec<u8> {
        machine("lab").read("/netlink/links").unwrap()
    }

    fn lengths(bytes: &[u8]) -> Result<Vec<usize>> {
        let (_dir, root) = machine_with(&[("/netlink/links", bytes)]);
        Dump::read(&root, &REQUEST)?.parse(16, |payload| Ok(Some(payload.len())))
    }

    #[test]
    fn a_dump_has_one_message_for_each_thing() {
        assert_eq!(lengths(&recorded()).unwrap().len(), 10);
    }

    #[test]
    fn a_dump_that_is_cut_off_anywhere_is_an_error() {
        let whole = recorded();
        for end in (0..whole.len() - 1).step_by(7) {
            let error = lengths(&whole[..end]).unwrap_err().to_string();
            assert!(error.contains("cannot understand"), "{end}: {error}");
        }
    }

    #[test]
    fn what_the_kernel_refuses_is_its_error() {
        // nlmsgerr with -EPERM, and a mark of the end with -ENODEV.
        let mut error = [36_u32, 2, 0, 0].map(u32::to_ne_bytes).concat();
        error.extend([(-1_i32).to_ne_bytes(); 5].concat());
        assert!(lengths(&error).unwrap_err().is_permission_denied());

        let mut done = [20_u32, 3, 0, 0].map(u32::to_ne_bytes).concat();
        done.extend((-19_i32).to_ne_bytes());
        assert!(lengths(&done).unwrap_err().to_string().contains("No such device"));
    }

    #[test]
    fn a_message_of_no_length_ends_the_reading() {
        assert!(lengths(&[0; 64]).is_err());
        assert!(lengths(&[0xff; 64]).is_err());
    }
}
