//! Desired State Configuration: the resources of DSC for Linux, one file each, with the logic that both doors share.
//!
//! A [`Resource`] says what is, how that differs from what is desired, and makes it so. [`Methods`] is the door for MI: the
//! methods GetTargetResource, TestTargetResource and SetTargetResource of its class. [`AnyResource`] is the other door, for
//! those who know a resource by its name: [`find`] it. Both check the values first, by what the class declares, and write a
//! line into the log for each call.
//!
//! [`configuration`] is what an LCM does with many of them, and [`LocalConfigurationManager`] its door for MI.

pub mod configuration;
mod manager;

mod archive;
mod available_updates;
mod check;
mod computer;
mod context;
mod difference;
mod dns_server_address;
mod environment;
mod file;
mod file_inventory;
mod file_line;
mod firewall;
mod group;
mod ip_address;
mod lcm_errors;
mod methods;
mod package;
mod pattern;
mod resource;
mod script;
mod service;
mod ssh_authorized_keys;
#[cfg(test)]
mod table;
#[cfg(test)]
mod testing;
mod user;

pub use manager::LocalConfigurationManager;

pub use archive::Archive;
pub use available_updates::AvailableUpdates;
pub use computer::Computer;
pub use context::Context;
pub use difference::{Difference, compare};
pub use dns_server_address::DnsServerAddress;
pub use environment::Environment;
pub use file::File;
pub use file_inventory::FileInventory;
pub use file_line::FileLine;
pub use firewall::Firewall;
pub use group::Group;
pub use ip_address::IpAddress;
pub use methods::{Get, Inventory, Methods, Set, Test};
pub use package::Package;
pub use resource::{AnyResource, Done, Outcome, Resource};
pub use script::Script;
pub use service::Service;
pub use ssh_authorized_keys::SshAuthorizedKeys;
pub use user::User;

/// All resources.
pub const RESOURCES: &[&dyn AnyResource] = &[
    &Archive,
    &AvailableUpdates,
    &Computer::new(),
    &DnsServerAddress,
    &Environment,
    &File,
    &FileInventory,
    &FileLine,
    &Firewall,
    &Group,
    &IpAddress,
    &Package,
    &Script::new(),
    &Service::new(),
    &SshAuthorizedKeys,
    &User,
];

/// The resource with this class name or friendly name, `MSFT_nxFileResource` or `nxFile`, in any case.
pub fn find(name: &str) -> Option<&'static dyn AnyResource> {
    let is_it = |resource: &&&dyn AnyResource| {
        resource.class().name().eq_ignore_ascii_case(name) || resource.friendly_name().eq_ignore_ascii_case(name)
    };
    RESOURCES.iter().find(is_it).copied()
}
