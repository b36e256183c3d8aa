//! Transports of [`omi::client`]: WS-Man to other computers, and a host in this process.
//!
//! ```no_run
//! use omi::client::{Application, Destination, OperationOptions, Secret, Trust};
//! use omi_host::client::WsMan;
//!
//! # fn main() -> omi::Result<()> {
//! let destination = Destination::new("https://server.example:5986/wsman")
//!     .basic("lumi", Secret::new("the password"))
//!     .trust(Trust::Authority("certificate.pem".into()));
//! let session = Application::new(WsMan::new()?).session(&destination)?;
//! for process in session.enumerate("root/cimv2", "CIM_Process", &OperationOptions::default()) {
//!     println!("{:?}", process?.text("Name"));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Values are read with the class declarations of the server, which are asked for once per class and session.

mod answer;
mod call;
mod connection;
mod dialogue;
mod endpoint;
mod local;
mod remote;
mod subscription;
mod trust;

pub use remote::WsMan;

#[cfg(test)]
mod tests;
