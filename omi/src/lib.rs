//! omi: write an MI (OMI) provider in safe Rust.

#[allow(unsafe_code)]
mod abi;
pub mod class;
pub mod datetime;
pub mod decl;
pub mod error;
pub mod flags;
pub mod instance;
pub mod module;
mod panic;
pub mod provider;
pub mod query;
pub mod sink;
pub mod text;
pub mod value;
mod worker;
pub mod wql;

/// The raw ABI, for what [`module!`] expands to.
pub use omi_sys as sys;

pub use abi::fields::Fields;
pub use class::{Class, Method, MethodOutput};
pub use datetime::{Datetime, Interval, Timestamp};
pub use error::{Error, Result, ResultCode};
pub use instance::{Instance, Name, Property};
pub use provider::{Create, Delete, Enumerate, Get, Invoke, Load, Modify, not_found};
pub use query::Query;
pub use sink::Sink;
pub use value::{Char16, CimType, Type, Value, ValueRef};
