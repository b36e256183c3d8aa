//! WS-Management: SOAP messages, the values in them, and the service that answers them.
//!
//! The modules from [`ns`] to [`classes`] only turn text into types and back; [`service`] runs operations.
//! The rules are those of DSP0226 (WS-Management), DSP0227 (its CIM binding), DSP0230 (CIM values in XML) and MS-WSMV (what
//! Windows does).

pub mod charset;
pub mod class_reader;
pub mod classes;
pub mod contexts;
pub mod decode;
pub mod encode;
pub mod enumeration;
pub mod epr;
pub mod fault;
pub mod fault_detail;
pub mod interactive;
pub mod message;
pub mod ns;
pub mod options;
pub mod resource;
pub mod service;
pub mod subscription;
pub mod time;
pub mod write;
pub mod xml;

mod associations;
mod enumerate;
mod eventing;
mod operations;
mod pull;

pub use contexts::ContextLimits;
pub use service::{Answer, Backend, Results, Service};

#[cfg(test)]
pub(crate) mod tests;
