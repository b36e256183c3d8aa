//! What is made of a schema: Rust declarations and types, registration files, and the class reference.

mod docs;
mod names;
mod registration;
mod rust;
mod writer;

pub use docs::{html, markdown};
pub use registration::{Registration, registration};
pub use rust::rust;
