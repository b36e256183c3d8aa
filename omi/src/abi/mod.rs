//! The MI ABI from the side of providers and, in `client`, of clients: the only place of this crate where foreign memory is
//! touched.
//!
//! The rules that every file here relies on (see the MI documentation and OMI's sources):
//! - Namespace, class name, input instances, property set, filter and option values belong to the request and stay valid,
//!   on any thread, until the final post of its context. After the final post the context itself is gone.
//! - A posted instance is copied before `PostInstance` returns.
//! - An instance is independent of the context that made it, so it may be freed after the final post. A registration with
//!   INSTANCELIFETIME=CONTEXT would break that; the registrations that omi-mof writes have no such line.
//! - A host may leave a function unimplemented and its out-parameters unwritten, so each one is initialised first.

mod arena;
pub(crate) mod assemble;
mod call;
pub(crate) mod callback;
pub(crate) mod children;
pub(crate) mod client;
mod constant;
pub(crate) mod context;
pub(crate) mod declared;
pub(crate) mod entry;
pub(crate) mod fields;
pub(crate) mod filter;
mod layout;
pub(crate) mod lifecycle;
pub(crate) mod maker;
pub(crate) mod module;
pub(crate) mod read;
pub(crate) mod relay;
pub(crate) mod write;

#[cfg(test)]
mod tests;
