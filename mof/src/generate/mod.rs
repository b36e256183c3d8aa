//! What is made of a schema: Rust declarations and types, and registration files.

mod names;
mod registration;
mod rust;
mod writer;

pub use registration::{Registration, registration};
pub use rust::rust;
