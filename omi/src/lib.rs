//! omi: write an MI (OMI) provider in safe Rust.
//!
//! A provider is a type that implements a trait for each thing it can do with a class. The class is a struct, made from MOF
//! by the crate `omi-mof` in a build script. [`module!`] puts both together and exports the one symbol that a host looks
//! up, `MI_Main`:
//!
//! ```
//! // The build script made SampleNumber from number.mof: include!(concat!(env!("OUT_DIR"), "/number.rs"));
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/number.rs"));
//!
//! #[derive(Default)]
//! struct Numbers;
//!
//! impl omi::Enumerate<SampleNumber> for Numbers {
//!     fn enumerate(&self, query: &omi::Query<'_>, out: &mut omi::Sink<'_, SampleNumber>) -> omi::Result<()> {
//!         for number in 1..=10 {
//!             out.post(SampleNumber { number: Some(number), ..SampleNumber::default() })?;
//!         }
//!         Ok(())
//!     }
//! }
//!
//! omi::module! { SampleNumber => Numbers }
//! # fn main() {}
//! ```
//!
//! The whole of it, with its build script, is the example `number` of the package `lumi`.
//!
//! What a provider can do:
//!
//! | | |
//! |---|---|
//! | [`Enumerate`], [`Get`], [`Create`], [`Modify`], [`Delete`] | instances of a class |
//! | [`Invoke`] | a method |
//! | [`Associate`] | an association: from an instance to others |
//! | [`Indicate`] | indications to subscribers |
//! | [`Dynamic`] | classes that are known at run time only |
//! | [`Load`], [`Unload`] | what comes before and after |
//!
//! What it learns about a request and can say while it works is in [`Query`]: messages, progress and questions
//! ([`speak`]), parts of a result ([`stream`]), cancelling ([`cancel`]). It can tell what happens to its instances
//! ([`lifecycle`]). What a host lacks is a typed `Unsupported` and never makes a request fail.
//!
//! What the crate takes care of:
//! - Requests run on worker threads, because a host calls all providers of a library on one thread.
//! - Every request ends in exactly one result. An [`Error`] reaches the client with its text, and a panic is an error.
//! - What the client does not want need not be read: see [`Query::wants`] and [`Query::required_text`].
//! - Values are owned and checked. Text that is not UTF-8 is replaced, and a type code that mi.h does not know is no value.
//!
//! The other side, asking servers, is [`client`].
//!
//! Numbers that MOF gives names to have types of their own, see [`value_map`].
//!
//! [`Instance`], [`Value`], [`text`] and [`wql`] know nothing of a host; the crate `omi-host` uses them too.

#![deny(missing_docs)]

#[allow(unsafe_code)]
mod abi;
pub mod association;
pub mod cancel;
pub mod class;
pub mod client;
pub mod datetime;
pub mod decl;
pub mod declaration;
pub mod dialogue;
pub mod dynamic;
pub mod error;
pub mod filter;
pub mod flags;
pub mod indication;
pub mod instance;
pub mod lifecycle;
mod load;
pub mod localized;
pub mod module;
mod panic;
pub mod provider;
pub mod query;
pub mod sink;
pub mod speak;
pub mod stream;
pub mod text;
pub mod value;
pub mod value_map;
mod worker;
pub mod wql;

/// The raw ABI, for what [`module!`] expands to.
pub use omi_sys as sys;

pub use abi::fields::Fields;
pub use association::Associate;
pub use class::{Class, Method, MethodOutput};
pub use datetime::{Datetime, Interval, Timestamp};
pub use dynamic::{Dynamic, not_supported};
pub use error::{Error, Result, ResultCode};
pub use indication::{Indicate, Indications};
pub use instance::{Instance, Name, Property};
pub use load::LoadContext;
pub use provider::{Create, Delete, Enumerate, Get, Invoke, Load, Modify, Unload, not_found};
pub use query::Query;
pub use sink::{AnySink, Sink};
pub use value::{Char16, CimType, Type, Value, ValueRef};
pub use value_map::ValueMap;
