//! Tests of the service as a whole, over a stand-in for the host.

mod captures;
mod enumerations;
pub(crate) mod fake;
mod instances;
mod values;
