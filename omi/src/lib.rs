//! omi: write an MI (OMI) provider in safe Rust.
//!
//! | chapter | where |
//! |---|---|
//! | [A first provider](#a-first-provider) | [`module!`], [`Class`] |
//! | [Operations](#operations): list, find, make, change and remove instances | [`provider`], [`Sink`] |
//! | [What the client wants](#what-the-client-wants): properties, filter, options | [`Query`], [`wql`] |
//! | [Methods](#methods) | [`Invoke`], [`stream`], [`mod@value_map`] |
//! | [Errors](#errors) | [`Error`], [`not_found`] |
//! | [Talking with the user](#talking-with-the-user): messages, progress, questions, cancelling | [`speak`], [`cancel`], [`localized`] |
//! | [Associations](#associations) | [`Associate`] |
//! | [Indications](#indications) | [`Indicate`], [`lifecycle`] |
//! | [Coming and going](#coming-and-going) | [`Load`], [`Unload`], [`LoadContext`] |
//! | [Classes that nobody knew](#classes-that-nobody-knew) | [`Dynamic`], [`Instance`] |
//! | [The other side](#the-other-side): asking a server | [`client`] |
//!
//! # A first provider
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
//! The tutorial `docs/write-a-provider.md` of the package `lumi` makes a whole crate, step by step, with a test and clients.
//! Its folder `examples` has a provider library for each chapter below.
//!
//! What the crate takes care of:
//! - Requests run on worker threads, because a host calls all providers of a library on one thread.
//! - Every request ends in exactly one result. An [`Error`] reaches the client with its text, and a panic is an error.
//! - Values are owned and checked. Text that is not UTF-8 is replaced, and a type code that mi.h does not know is no value.
//! - What a host lacks is a typed `Unsupported` and never makes a request fail. omiserver lacks much, lumi's host nothing.
//!
//! # Operations
//!
//! [`Enumerate`], [`Get`], [`Create`], [`Modify`] and [`Delete`] are what a client can do with the instances of a class. Each
//! is a trait of its own in [`provider`], with an example; what a provider does not implement, the host answers with
//! NOT_SUPPORTED. Instances are posted one by one into a [`Sink`], which waits while the client is slower than the
//! provider, so that a million of them take no more memory than one.
//!
//! # What the client wants
//!
//! The [`Query`] of a request knows the namespace, the wanted properties, the filter, the languages and the options of the
//! client. A host filters what is posted, so a provider may ignore all that; it looks where something is expensive:
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/number.rs"));
//! # use omi::{Query, Result, Sink};
//! # fn slow_text(number: u32) -> String { number.to_string() }
//! fn enumerate(query: &Query<'_>, out: &mut Sink<'_, SampleNumber>) -> Result<()> {
//!     // WHERE Number = 7 asks for one of them, whatever else the condition says.
//!     let only = query.required_text("Number").and_then(|text| text.parse().ok());
//!     for number in only.map_or(1..=1_000_000, |number: u32| number..=number) {
//!         let text = query.wants("Text").then(|| slow_text(number));
//!         out.post(SampleNumber { number: Some(number), text })?;
//!     }
//!     Ok(())
//! }
//! # fn main() {}
//! ```
//!
//! # Methods
//!
//! A method is a struct of its input parameters in a module with the name of its class, `sample_number::Add`, and so is
//! what it gives back, `sample_number::AddOutput`. A provider implements [`Invoke`] for it and names it in [`module!`]. Numbers that
//! MOF gives names to have types of their own, see [`mod@value_map`]. An array that is long in the making is sent in parts, see
//! [`stream`].
//!
//! # Errors
//!
//! Every operation returns [`Result`]. An [`Error`] has a code of mi.h, a text for a person and, where a program is to
//! understand it, a CIM_Error; `?` makes one of an I/O error. See [`error`].
//!
//! # Talking with the user
//!
//! While a request runs, its provider can warn, tell how far it is, ask whether to go on ([`speak`]), in the language of the
//! user ([`localized`]), and learn that nobody waits any more ([`cancel`]).
//!
//! # Associations
//!
//! An association is a class with two references. [`Associate`] leads from an instance at one end to those at the other, and
//! to the associations between them.
//!
//! # Indications
//!
//! [`Indicate`] sends instances of an indication class to those who subscribe, from any thread. That instances of an ordinary
//! class come, change and go is told by [`lifecycle`].
//!
//! # Coming and going
//!
//! A provider is made when its class is first asked for, by [`Default`] or [`Load`], and dropped when it has been idle for a
//! while, after [`Unload`] where it implements that. Through the [`LoadContext`] it can refuse to go.
//!
//! # Classes that nobody knew
//!
//! A class that is known at run time only has no struct. Its instances are [`Instance`]s, a class name with named
//! [`Value`]s, and a [`Dynamic`] provider serves them.
//!
//! # The other side
//!
//! [`client`] asks servers. [`Instance`], [`Value`], [`text`] and [`wql`] know nothing of a host; the crate `omi-host`, which
//! serves providers and tests them, uses them too.

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

pub use abi::children::keep_files_from_children;
pub use abi::fields::Fields;
pub use association::Associate;
pub use class::{Class, Method, MethodOutput};
pub use datetime::{Datetime, Interval, Timestamp};
pub use dynamic::{Dynamic, not_supported};
pub use error::{Error, Result, ResultCode};
pub use indication::{Indicate, Indications};
pub use instance::{Instance, Name, Property, Values};
pub use load::LoadContext;
pub use provider::{Create, Delete, Enumerate, Get, Invoke, Load, Modify, Unload, not_found};
pub use query::Query;
pub use sink::{AnySink, Sink};
pub use value::{Char16, CimType, Type, Value, ValueRef};
pub use value_map::ValueMap;
