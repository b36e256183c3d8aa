//! omi-host: a memory-safe host for MI (OMI) providers, with a WS-Management server.

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
