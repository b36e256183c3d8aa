//! The types of mi.h, written by hand, one module per section of the header.

mod application;
mod array;
mod class;
mod codes;
mod context;
mod decl;
mod field;
mod filter;
mod instance;
mod lifecycle;
mod operation;
mod options;
mod provider;
mod serializer;
mod server;
mod session;
mod value;

pub use application::*;
pub use array::*;
pub use class::*;
pub use codes::*;
pub use context::*;
pub use decl::*;
pub use field::*;
pub use filter::*;
pub use instance::*;
pub use lifecycle::*;
pub use operation::*;
pub use options::*;
pub use provider::*;
pub use serializer::*;
pub use server::*;
pub use session::*;
pub use value::*;
