//! Registration: which library serves which classes in which namespaces, as OMI's `omiregister` folders say it.
//!
//! A folder holds one directory per namespace, and these hold `.reg` files. What is wrong with one file disables that
//! file, or the one class, and is reported; it never stops the host.

mod folder;
mod regfile;

pub use folder::{Registration, Registrations, read};
pub use regfile::{Association, Hosting, RegClass, RegError, RegFile, Role};
