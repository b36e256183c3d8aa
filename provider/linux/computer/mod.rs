//! The computer: its names, its hardware's maker and model, whether it is virtual, and its processors.

mod dmi;
pub mod hosts;
mod names;
mod package;
mod processors;
mod rename;
mod virtualization;

pub use dmi::{Dmi, dmi};
pub use names::{domain, domain_of, host_name, machine_id};
pub use package::{Caches, Clock, Details, Model, Package, packages};
pub use processors::{Processors, processors};
pub use rename::{Lasting, check_host_name, set_host_name, static_host_name};
pub use virtualization::{Virtualization, virtualization};
