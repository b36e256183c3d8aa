//! omi-host: a memory-safe host for MI (OMI) providers, with a WS-Management server.
//!
//! [`Host`] loads provider libraries through the MI ABI, as omiserver does, and runs operations on their classes;
//! [`serve`] puts a WS-Management server in front of it, and [`client`] asks such a server.
//!
//! ```no_run
//! use omi_host::Host;
//! use omi_host::operation::{Depth, Operation, Principal, Request};
//! use std::path::Path;
//!
//! # fn main() -> omi::Result<()> {
//! let host = Host::builder().provider(Path::new("liblumi.so"), &["root/cimv2"]).build()?;
//! let reply = host.submit(Request {
//!     principal: Principal::current_process(),
//!     namespace: "root/cimv2".into(),
//!     locale: None,
//!     data_locale: None,
//!     deadline: None,
//!     options: Vec::new(),
//!     operation: Operation::Enumerate {
//!         class: "CIM_Process".into(),
//!         depth: Depth::default(),
//!         properties: None,
//!         keys_only: true,
//!     },
//! })?;
//! for process in reply.collect()? {
//!     println!("{:?}", process.text("Handle"));
//! }
//! # Ok(())
//! # }
//! ```

mod abi;
pub mod class;
pub mod client;
pub mod engine;
pub mod http;
pub mod operation;
pub mod registration;
pub mod serve;
pub mod wsman;

pub use engine::{Batch, Host, HostBuilder, Reply};
