//! The MI ABI from the host's side: all that is unsafe in this crate.
//!
//! [`Module`] is a loaded provider library. It is called on one thread, its own, and knows nothing of clients: a
//! [`Call`](crate::engine::call::Call) goes in, and what the provider posts goes to the call's outlet, from whatever
//! thread posts it.
//!
//! C code cannot be contained inside a process. What is checked here is what can be: NULL pointers, unknown types, names
//! and texts that are not UTF-8, places outside an instance, a second or late final post, and panics of our own.

#![allow(unsafe_code)] // this is where it lives

mod blueprint;
mod build;
mod class;
mod context;
mod declaration;
mod dynamic;
mod entry;
mod exchange;
mod field;
mod filter;
mod indications;
mod instance;
mod lifecycle;
mod memory;
mod module;
mod propertyset;
mod read;
mod server;
mod session;
mod setup;
mod slot;
mod source;
mod table;
mod usage;
mod value;

pub(crate) use module::Module;
pub use source::Main;
pub(crate) use source::Source;
