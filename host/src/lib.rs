//! omi-host: a memory-safe host for MI (OMI) providers, with a WS-Management server.
//!
//! [`Host`] loads provider libraries through the MI ABI, as omiserver does, and runs operations on their classes;
//! [`serve`] puts a WS-Management server in front of it, and [`client`] asks such a server.
//!
//! ```no_run
//! use omi_host::Host;
//! use omi_host::operation::{Depth, Operation, Request};
//! use std::path::Path;
//!
//! # fn main() -> omi::Result<()> {
//! let host = Host::builder().provider(Path::new("liblumi.so"), &["root/cimv2"]).build()?;
//! let processes = Operation::Enumerate {
//!     class: "CIM_Process".into(),
//!     depth: Depth::default(),
//!     properties: None,
//!     keys_only: true,
//! };
//! let reply = host.submit(Request::local("root/cimv2", processes))?;
//! for process in reply.collect()? {
//!     println!("{:?}", process.text("Handle"));
//! }
//! # Ok(())
//! # }
//! ```

#![deny(missing_docs)]

mod abi;
pub mod client;
pub mod engine;
pub mod http;
pub mod operation;
pub mod registration;
pub mod serve;
pub mod wsman;

pub use omi::declaration as class;

pub use engine::{Batch, Canceller, Host, HostBuilder, Reply};
