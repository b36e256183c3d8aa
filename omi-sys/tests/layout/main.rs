//! Three independent oracles for the layout of the crate's types and the values of its constants.

#[cfg(feature = "bindgen")]
mod bindgen;
mod complete;
mod header;
mod list;
mod source;
mod windows_sys;
