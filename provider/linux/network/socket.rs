//! Sockets of TCP and UDP: sock_diag(7).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::attributes::u32_at;
use super::netlink::{Dump, Request, SOCK_DIAG};
use crate::linux::error::Parsed;
use crate::linux::{Error, Result, Root};

const SOCK_DIAG_BY_FAMILY: u16 = 20;

/// The length of `struct inet_diag_msg`.
const MESSAGE: usize = 72;

/// A protocol over IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Connections.
    Tcp,
    /// Single messages.
    Udp,
}

/// A socket of TCP or UDP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    /// The number by which the kernel knows it, never given to another one.
    pub cookie: u64,
    /// The address and port on this machine; the address is all 0 for any.
    pub local: SocketAddr,
    /// The address and port at the other end; `None` for one that is not connected.
    pub remote: Option<SocketAddr>,
    /// The state, by the kernel's numbers: 1 is established, 10 listens. One of UDP that is not connected has 7.
    pub state: u8,
    /// The index of the interface that it is bound to; `None` for any.
    pub interface: Option<u32>,
    /// Bytes received that wait for the program; for one that listens, connections that wait to be accepted.
    pub receive_queue: u32,
    /// Bytes sent that wait for the other end; for one that listens, how many connections may wait.
    pub send_queue: u32,
    /// The user who made it.
    pub uid: u32,
    /// Its inode, by which a process that has it open is found; `None` once it belongs to the kernel alone.
    pub inode: Option<u32>,
}

/// All sockets of this protocol in the network namespace, of IPv4 and IPv6.
pub fn read(root: &Root, protocol: Protocol) -> Result<Vec<Socket>> {
    let (number, names) = match protocol {
        Protocol::Tcp => (nix::libc::IPPROTO_TCP, ["tcp4", "tcp6"]),
        Protocol::Udp => (nix::libc::IPPROTO_UDP, ["udp4", "udp6"]),
    };
    let mut sockets = Vec::new();
    for (family, name) in [nix::libc::AF_INET, nix::libc::AF_INET6].into_iter().zip(names) {
        // struct inet_diag_req_v2: family, protocol, two bytes, all states, and no particular socket.
        let mut body = vec![family as u8, number as u8, 0, 0];
        body.extend(u32::MAX.to_ne_bytes());
        body.resize(body.len() + 48, 0);
        let request = Request { name, protocol: SOCK_DIAG, kind: SOCK_DIAG_BY_FAMILY, body };
        let dump = Dump::read(root, &request)?.parse(SOCK_DIAG_BY_FAMILY, parse);
        sockets.extend(dump.map_err(without_module)?);
    }
    Ok(sockets)
}

/// The kernel says "no such file" for a protocol that it cannot tell about.
fn without_module(error: Error) -> Error {
    if error.is_not_found() {
        let what = "the kernel cannot list sockets: it needs the modules inet_diag, tcp_diag and udp_diag";
        return Error::Unsupported { what: what.to_owned() };
    }
    error
}

/// `struct inet_diag_msg`: family, state, timer, retransmissions; ports and addresses, interface, cookie; expiry, queues,
/// user, inode. Numbers are the machine's, but ports are the network's. `None` for another family.
fn parse(message: &[u8]) -> Parsed<Option<Socket>> {
    let wrong = || format!("a socket of {} bytes, not {MESSAGE}", message.len());
    let bytes: &[u8; MESSAGE] = message.first_chunk().ok_or_else(wrong)?;
    let address = |at: usize| -> Option<IpAddr> {
        match i32::from(bytes[0]) {
            nix::libc::AF_INET => bytes[at..at + 4].try_into().ok().map(|it: [u8; 4]| Ipv4Addr::from(it).into()),
            nix::libc::AF_INET6 => bytes[at..at + 16].try_into().ok().map(|it: [u8; 16]| Ipv6Addr::from(it).into()),
            _ => None,
        }
    };
    let port = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
    let Some((local, remote)) = address(8).zip(address(24)) else { return Ok(None) };
    let remote = SocketAddr::new(remote, port(6));
    Ok(Some(Socket {
        cookie: u64::from(u32_at(bytes, 44)) | u64::from(u32_at(bytes, 48)) << 32,
        local: SocketAddr::new(local, port(4)),
        remote: Some(remote).filter(|remote| remote.port() != 0 || !remote.ip().is_unspecified()),
        state: bytes[1],
        interface: Some(u32_at(bytes, 40)).filter(|interface| *interface != 0),
        receive_queue: u32_at(bytes, 56),
        send_queue: u32_at(bytes, 60),
        uid: u32_at(bytes, 64),
        inode: Some(u32_at(bytes, 68)).filter(|inode| *inode != 0),
    }))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::linux::testing::{machine, machine_with};

    const ESTABLISHED: u8 = 1;
    const LISTEN: u8 = 10;

    fn find(protocol: Protocol, local: &str) -> Vec<Socket> {
        let local: SocketAddr = local.parse().unwrap();
        read(&machine("lab"), protocol).unwrap().into_iter().filter(|socket| socket.local == local).collect()
    }

    #[test]
    fn who_listens_is_told_with_the_length_of_the_queue() {
        let listening = find(Protocol::Tcp, "[::]:443").remove(0);
        assert_eq!((listening.state, listening.remote, listening.send_queue), (LISTEN, None, 5));
        assert!(listening.inode.is_some() && listening.uid == 0);
    }

    #[test]
    fn a_connection_is_told_from_both_ends() {
        let near = find(Protocol::Tcp, "192.0.2.10:22").into_iter().find(|it| it.state == ESTABLISHED).unwrap();
        assert_eq!(near.receive_queue, 5, "hello was not read yet");
        let far = find(Protocol::Tcp, &near.remote.unwrap().to_string()).remove(0);
        assert_eq!((far.state, far.remote), (ESTABLISHED, Some(near.local)));
    }

    #[test]
    fn one_that_ended_belongs_to_no_process_any_more() {
        let sockets = read(&machine("lab"), Protocol::Tcp).unwrap();
        let waiting: Vec<_> = sockets.iter().filter(|it| matches!(it.state, 5 | 6)).map(|it| it.inode).collect();
        assert_eq!(waiting, [None, None]);
        // FIN_WAIT2 and TIME_WAIT, CLOSE_WAIT, SYN_SENT, LISTEN, ESTABLISHED.
        let states: HashSet<_> = sockets.iter().map(|it| it.state).collect();
        assert!(states.is_superset(&HashSet::from([6, 8, 2, 10, 1])), "{states:?}");
    }

    #[test]
    fn two_that_share_a_port_are_told_apart() {
        let [first, second] = &find(Protocol::Tcp, "127.0.0.1:631")[..] else { panic!() };
        assert_ne!(first.cookie, second.cookie);
    }

    #[test]
    fn sockets_of_udp_are_bound_or_connected_or_kept_to_an_interface() {
        assert_eq!(find(Protocol::Udp, "0.0.0.0:68")[0].remote, None);
        assert_eq!(find(Protocol::Udp, "0.0.0.0:5353")[0].interface, Some(3));
        let sockets = read(&machine("lab"), Protocol::Udp).unwrap();
        assert!(sockets.iter().any(|it| it.remote == "192.0.2.10:53".parse().ok() && it.state == ESTABLISHED));
        assert_eq!(sockets.len(), 4);
    }

    #[test]
    fn a_kernel_that_cannot_tell_says_what_it_needs() {
        let mut refused = [36_u32, 2, 0, 0].map(u32::to_ne_bytes).concat();
        refused.extend([(-2_i32).to_ne_bytes(); 5].concat());
        let (_dir, root) = machine_with(&[("/netlink/udp4", &refused)]);
        let error = read(&root, Protocol::Udp).unwrap_err();
        assert!(matches!(&error, Error::Unsupported { what } if what.contains("udp_diag")), "{error}");
    }

    #[test]
    fn a_short_message_is_an_error() {
        assert!(parse(&[2; 71]).is_err());
        assert_eq!(parse(&[0; 72]).unwrap(), None);
    }
}
