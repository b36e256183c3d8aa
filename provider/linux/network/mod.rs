//! The network: interfaces and what they transported, addresses, routes, neighbours, sockets and name servers.
//!
//! The kernel answers most of it over netlink, in one consistent dump for each kind of thing: see [`netlink`]. A fixture
//! holds such dumps as the kernel sent them.

mod attributes;
pub mod changes;
mod netlink;

pub mod address;
pub mod dns_servers;
pub mod hardware;
pub mod link;
pub mod neighbour;
pub mod owner;
pub mod resolver;
pub mod route;
pub mod settings;
pub mod socket;

pub use link::Link;
