//! omi: write an MI (OMI) provider in safe Rust.
//!
//! A provider is a type that implements a trait for each thing it can do with a class: [`Enumerate`], [`Get`], [`Create`],
//! [`Modify`], [`Delete`], and [`Invoke`] for each method. The class is a struct, made from MOF by the crate `omi-mof` in a
//! build script. [`module!`] puts both together and exports the one symbol that a host looks up, `MI_Main`:
//!
//! ```
//! // The build script made SampleNumber from number.mof: include!(concat!(env!("OUT_DIR"), "/number.rs"));
//! # use omi::decl::{ClassSpec, PropertySpec};
//! # #[derive(Default)]
//! # struct SampleNumber { number: Option<u32> }
//! # impl omi::Class for SampleNumber {
//! #     const SPEC: &'static ClassSpec = &SAMPLE_NUMBER;
//! #     fn store(&self, fields: &mut omi::Fields<'_>) -> omi::Result<()> { fields.put(0, &self.number) }
//! #     fn load(instance: &mut omi::Instance) -> omi::Result<Self> { Ok(Self { number: instance.take("Number")? }) }
//! # }
//! # static NUMBER: PropertySpec = PropertySpec {
//! #     name: c"Number", flags: omi::flags::KEY, qualifiers: &[], kind: omi::Type::Uint32, class_name: None,
//! #     subscript: 0, origin: c"Sample_Number", propagator: c"Sample_Number", default: None,
//! # };
//! # static SAMPLE_NUMBER: ClassSpec = ClassSpec {
//! #     name: c"Sample_Number", superclass: None, flags: 0, qualifiers: &[], properties: &[&NUMBER], methods: &[],
//! # };
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
//! What the crate takes care of:
//! - Requests run on worker threads, because a host calls all providers of a library on one thread.
//! - Every request ends in exactly one result. An [`Error`] reaches the client with its text, and a panic is an error.
//! - What the client does not want need not be read: see [`Query::wants`] and [`Query::required_text`].
//! - Values are owned and checked. Text that is not UTF-8 is replaced, and a type code that mi.h does not know is no value.
//!
//! The other side, asking servers, is [`client`].
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
