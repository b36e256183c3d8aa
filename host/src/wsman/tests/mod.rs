//! Tests of the service as a whole, over a stand-in for the host.

mod associations;
mod captures;
mod contexts;
mod enumerations;
mod events;
pub(crate) mod fake;
mod instances;
mod interactive;
mod values;
