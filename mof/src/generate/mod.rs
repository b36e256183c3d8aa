//! What is made of a schema: Rust declarations and types, registration files, the class reference,
//! and what DSC reads about resources.

mod docs;
mod dsc;
mod names;
mod registration;
mod rust;
mod writer;

pub use docs::{html, markdown};
pub use dsc::{Manifest, Unfit, lcm_registration, lcm_schema, manifest, resources};
pub use registration::{Registration, registration, registrations};
pub use rust::rust;
