//! Tells when addresses come, change and go: the multicast groups of rtnetlink(7).

use std::io;
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};

use super::address::{self, Address};
use crate::linux::{Error, Result, Root, Stop};

/// `RTMGRP_IPV4_IFADDR` and `RTMGRP_IPV6_IFADDR`.
const ADDRESS_GROUPS: u32 = 0x10 | 0x100;

const SOURCE: &str = "netlink news of addresses";

/// What happened to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was not there before.
    Added,
    /// Its flags, or whether its time is limited.
    Changed,
    /// It is not there any more.
    Removed,
}

/// Addresses, as they come, change and go.
#[derive(Debug)]
pub struct Changes {
    root: Root,
    socket: OwnedFd,
    known: Vec<Address>,
}

impl Changes {
    /// Begins to listen.
    ///
    /// # Errors
    /// The kernel does not tell; it does so to everybody.
    pub fn open(root: &Root) -> Result<Self> {
        let socket = listen().map_err(|error| Error::io(SOURCE, error))?;
        // What changes between the two is read again.
        Ok(Self { known: address::read(root)?, root: root.clone(), socket })
    }

    /// Waits until something has changed. `None` when it is time to stop.
    ///
    /// The kernel's messages say only that it is time to look: what changed is found by comparing, so that messages that
    /// were lost because too many came at once cost nothing.
    ///
    /// # Errors
    /// The addresses cannot be read.
    pub fn wait(&mut self, stop: &Stop) -> Result<Option<Vec<(Change, Address)>>> {
        loop {
            let waited = stop.wait_for(&self.socket).and_then(|is_news| Ok(is_news && drain(&self.socket)?));
            if !waited.map_err(|error| Error::io(SOURCE, error))? {
                return Ok(None);
            }
            let now = address::read(&self.root)?;
            let changes = difference(&self.known, &now);
            self.known = now;
            if !changes.is_empty() {
                return Ok(Some(changes));
            }
        }
    }
}

fn listen() -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)?;
    bind(&socket, &SocketAddrNetlink::new(0, ADDRESS_GROUPS))?;
    Ok(socket)
}

/// Takes out all messages.
fn drain(socket: &OwnedFd) -> io::Result<bool> {
    let mut ignored = [0_u8; 1];
    loop {
        match recv(socket, &mut ignored, RecvFlags::empty()) {
            // NOBUFS: there were more than the socket could hold.
            Ok(_) | Err(Errno::NOBUFS | Errno::INTR) => {}
            Err(Errno::AGAIN) => return Ok(true),
            Err(error) => return Err(error.into()),
        }
    }
}

/// What leads from `before` to `now`; removals first, because an address may have moved.
fn difference(before: &[Address], now: &[Address]) -> Vec<(Change, Address)> {
    let find = |list: &'_ [Address], asked: &Address| list.iter().position(|it| identity(it) == identity(asked));
    let removed = before.iter().filter(|address| find(now, address).is_none());
    let mut changes: Vec<_> = removed.map(|address| (Change::Removed, address.clone())).collect();
    for address in now {
        match find(before, address) {
            None => changes.push((Change::Added, address.clone())),
            Some(place) if steady(&before[place]) != steady(address) => {
                changes.push((Change::Changed, address.clone()));
            }
            Some(_) => {}
        }
    }
    changes
}

fn identity(address: &Address) -> impl PartialEq {
    (address.interface, address.address, address.prefix_length, address.peer)
}

/// The address without what changes all the time: how long it is still valid.
fn steady(address: &Address) -> Address {
    let unlimited = |time: Option<std::time::Duration>| time.map(|_| std::time::Duration::ZERO);
    Address {
        preferred_for: unlimited(address.preferred_for),
        valid_for: unlimited(address.valid_for),
        ..address.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::linux::testing::machine;

    #[test]
    fn addresses_that_came_changed_and_went_are_told_apart() {
        let before = address::read(&machine("lab")).unwrap();
        let mut now = before.clone();
        let removed = now.remove(0);
        now[1].is_tentative = !now[1].is_tentative;
        let mut added = now[2].clone();
        added.interface += 1000;
        now.push(added.clone());
        let expected = [(Change::Removed, removed), (Change::Changed, now[1].clone()), (Change::Added, added)];
        assert_eq!(difference(&before, &now), expected);
        assert_eq!(difference(&now, &now), []);
    }

    #[test]
    fn time_that_passes_is_no_change_but_a_limit_is() {
        let before = address::read(&machine("lab")).unwrap();
        let mut now = before.clone();
        let limited = now.iter().position(|address| address.valid_for.is_some()).unwrap();
        now[limited].valid_for = Some(Duration::from_secs(1));
        assert_eq!(difference(&before, &now), []);
        now[limited].valid_for = None;
        assert_eq!(difference(&before, &now), [(Change::Changed, now[limited].clone())]);
    }

    #[test]
    fn who_waits_is_stopped() {
        let mut changes = Changes::open(&Root::host()).unwrap();
        let stop = Stop::new().unwrap();
        stop.stop();
        assert_eq!(changes.wait(&stop).unwrap(), None);
    }
}
