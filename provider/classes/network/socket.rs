//! Linux_TCPProtocolEndpoint and Linux_UDPProtocolEndpoint: the sockets, and the processes that have them open.

use super::Interfaces;
use crate::classes::{fits, host_name};
use crate::linux::Root;
use crate::linux::network::owner::Owners;
use crate::linux::network::socket::{self, Protocol, Socket};
use crate::schema::linux_tcp_protocol_endpoint::{self, State};
use crate::schema::{LinuxTcpProtocolEndpoint, LinuxUdpProtocolEndpoint, linux_udp_protocol_endpoint};
use omi::{Class, Enumerate, Error, Get, Query, Result, Sink, not_found};

/// What the open files of all processes are looked at for.
const OF_OWNERS: &[&str] = &["OwningProcess", "OwningProcesses", "OwningProcessName"];

/// Serves Linux_TCPProtocolEndpoint and Linux_UDPProtocolEndpoint.
#[derive(Default)]
pub(crate) struct Sockets {
    root: Root,
}

impl Enumerate<LinuxTcpProtocolEndpoint> for Sockets {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxTcpProtocolEndpoint>) -> Result<()> {
        let view = View::read(&self.root, query.wants_any(OF_OWNERS))?;
        let sockets = socket::read(&self.root, Protocol::Tcp)?;
        sockets.iter().try_for_each(|socket| out.post(view.tcp(socket)))
    }
}

impl Enumerate<LinuxUdpProtocolEndpoint> for Sockets {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxUdpProtocolEndpoint>) -> Result<()> {
        let view = View::read(&self.root, query.wants_any(OF_OWNERS))?;
        let sockets = socket::read(&self.root, Protocol::Udp)?;
        sockets.iter().try_for_each(|socket| out.post(view.udp(socket)))
    }
}

impl Get<LinuxTcpProtocolEndpoint> for Sockets {
    fn get(&self, key: LinuxTcpProtocolEndpoint, query: &Query<'_>) -> Result<LinuxTcpProtocolEndpoint> {
        let view = View::read(&self.root, query.wants_any(OF_OWNERS))?;
        let asked = asked(&key.name)?;
        let ours = fits(&key.system_creation_class_name, "Linux_ComputerSystem")
            && fits(&key.system_name, &view.host)
            && fits(&key.creation_class_name, LinuxTcpProtocolEndpoint::SPEC.name());
        let sockets = socket::read(&self.root, Protocol::Tcp)?;
        let found = sockets.iter().find(|socket| ours && name(socket) == asked);
        found.map(|socket| view.tcp(socket)).ok_or_else(|| not_found::<LinuxTcpProtocolEndpoint>(&[("Name", asked)]))
    }
}

impl Get<LinuxUdpProtocolEndpoint> for Sockets {
    fn get(&self, key: LinuxUdpProtocolEndpoint, query: &Query<'_>) -> Result<LinuxUdpProtocolEndpoint> {
        let view = View::read(&self.root, query.wants_any(OF_OWNERS))?;
        let asked = asked(&key.name)?;
        let ours = fits(&key.system_creation_class_name, "Linux_ComputerSystem")
            && fits(&key.system_name, &view.host)
            && fits(&key.creation_class_name, LinuxUdpProtocolEndpoint::SPEC.name());
        let sockets = socket::read(&self.root, Protocol::Udp)?;
        let found = sockets.iter().find(|socket| ours && name(socket) == asked);
        found.map(|socket| view.udp(socket)).ok_or_else(|| not_found::<LinuxUdpProtocolEndpoint>(&[("Name", asked)]))
    }
}

fn asked(key: &Option<String>) -> Result<&str> {
    key.as_deref().ok_or_else(|| {
        Error::invalid_parameter("a socket is found by its key Name, such as 192.0.2.10:22-192.0.2.7:52194#4711")
    })
}

/// The key: two sockets can share both ends, as programs that listen together do.
fn name(socket: &Socket) -> String {
    format!("{}#{}", ends(socket), socket.cookie)
}

fn ends(socket: &Socket) -> String {
    match socket.remote {
        Some(remote) => format!("{}-{remote}", socket.local),
        None => socket.local.to_string(),
    }
}

/// What all sockets have in common.
pub(super) struct View<'a> {
    root: &'a Root,
    host: String,
    interfaces: Interfaces,
    /// `None` if they are not wanted.
    owners: Option<Owners>,
}

impl<'a> View<'a> {
    pub(super) fn read(root: &'a Root, with_owners: bool) -> Result<Self> {
        Ok(Self {
            root,
            host: host_name(root)?,
            interfaces: Interfaces::read(root)?,
            owners: with_owners.then(|| Owners::read(root)).transpose()?,
        })
    }

    /// The processes that have the socket open; empty if none is known.
    pub(super) fn owners(&self, socket: &Socket) -> &[u32] {
        socket.inode.zip(self.owners.as_ref()).map_or(&[], |(inode, owners)| owners.of(inode))
    }

    /// The name of a process; `None` if it is gone.
    fn process_name(&self, pid: u32) -> Option<String> {
        self.root.value(&format!("/proc/{pid}/comm"))
    }

    pub(super) fn tcp(&self, socket: &Socket) -> LinuxTcpProtocolEndpoint {
        let owners = self.owners(socket);
        let keys = linux_tcp_protocol_endpoint::Keys { system_name: self.host.clone(), name: name(socket) };
        LinuxTcpProtocolEndpoint {
            caption: Some(ends(socket)),
            element_name: Some(ends(socket)),
            port_number: Some(socket.local.port().into()),
            local_address: Some(socket.local.ip().to_string()),
            remote_address: socket.remote.map(|remote| remote.ip().to_string()),
            remote_port: socket.remote.map(|remote| remote.port().into()),
            state: state(socket.state),
            owning_process: owners.first().copied(),
            owning_processes: (!owners.is_empty()).then(|| owners.to_vec()),
            owning_process_name: owners.first().and_then(|pid| self.process_name(*pid)),
            user_id: Some(socket.uid),
            receive_queue: Some(socket.receive_queue),
            send_queue: Some(socket.send_queue),
            interface_name: socket.interface.and_then(|index| self.interfaces.name(index)),
            socket_cookie: Some(socket.cookie),
            socket_inode: socket.inode,
            ..LinuxTcpProtocolEndpoint::new(keys)
        }
    }

    pub(super) fn udp(&self, socket: &Socket) -> LinuxUdpProtocolEndpoint {
        let owners = self.owners(socket);
        let keys = linux_udp_protocol_endpoint::Keys { system_name: self.host.clone(), name: name(socket) };
        LinuxUdpProtocolEndpoint {
            caption: Some(ends(socket)),
            element_name: Some(ends(socket)),
            port_number: Some(socket.local.port().into()),
            local_address: Some(socket.local.ip().to_string()),
            remote_address: socket.remote.map(|remote| remote.ip().to_string()),
            remote_port: socket.remote.map(|remote| remote.port().into()),
            owning_process: owners.first().copied(),
            owning_processes: (!owners.is_empty()).then(|| owners.to_vec()),
            owning_process_name: owners.first().and_then(|pid| self.process_name(*pid)),
            user_id: Some(socket.uid),
            receive_queue: Some(socket.receive_queue),
            send_queue: Some(socket.send_queue),
            interface_name: socket.interface.and_then(|index| self.interfaces.name(index)),
            socket_cookie: Some(socket.cookie),
            socket_inode: socket.inode,
            ..LinuxUdpProtocolEndpoint::new(keys)
        }
    }
}

/// The state by the numbers of RFC 4022, from the kernel's. `None` for one that the RFC does not have.
fn state(kernel: u8) -> Option<State> {
    Some(match kernel {
        1 => State::ESTABLISHED,
        2 => State::SYN_SENT,
        // 12 is a connection that is being accepted, which older kernels count as 3.
        3 | 12 => State::SYN_RECEIVED,
        4 => State::FIN_WAIT1,
        5 => State::FIN_WAIT2,
        6 => State::TIME_WAIT,
        7 => State::CLOSED,
        8 => State::CLOSE_WAIT,
        9 => State::LAST_ACK,
        10 => State::LISTEN,
        11 => State::CLOSING,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;
    use std::collections::BTreeSet;

    fn lab(protocol: Protocol) -> Vec<Socket> {
        socket::read(&machine("lab"), protocol).unwrap()
    }

    fn view(root: &Root) -> View<'_> {
        View { root, host: "server".to_owned(), interfaces: Interfaces::read(root).unwrap(), owners: None }
    }

    #[test]
    fn sockets_that_share_both_ends_have_different_keys() {
        let sockets = lab(Protocol::Tcp);
        let names: BTreeSet<_> = sockets.iter().map(name).collect();
        assert_eq!(names.len(), sockets.len());
        assert_eq!(sockets.iter().filter(|socket| ends(socket) == "127.0.0.1:631").count(), 2);
    }

    #[test]
    fn one_that_listens_has_no_other_end() {
        let root = machine("lab");
        let sockets = lab(Protocol::Tcp);
        let listening = sockets.iter().find(|socket| ends(socket) == "[::]:443").unwrap();
        let endpoint = view(&root).tcp(listening);
        assert_eq!((endpoint.state, endpoint.port_number), (Some(State::LISTEN), Some(443)));
        assert_eq!((endpoint.local_address.as_deref(), endpoint.remote_address), (Some("::"), None));
        assert_eq!((endpoint.owning_process, endpoint.owning_processes), (None, None), "nobody asked for owners");
    }

    #[test]
    fn the_states_are_those_of_the_rfc() {
        let states: BTreeSet<_> = lab(Protocol::Tcp).iter().filter_map(|it| state(it.state)).map(|it| it.0).collect();
        assert_eq!(states, BTreeSet::from([2, 3, 5, 7, 8, 11]));
        assert_eq!(state(13), None);
    }

    #[test]
    fn a_socket_of_udp_can_be_kept_to_an_interface() {
        let root = machine("lab");
        let sockets = lab(Protocol::Udp);
        let kept = sockets.iter().find(|socket| socket.local.port() == 5353).unwrap();
        assert_eq!(view(&root).udp(kept).interface_name.as_deref(), Some("uplink"));
    }
}
