//! What Linux says: readers of `/proc`, `/sys` and `/etc`, and actors on processes, without any CIM in sight.
//!
//! Every reader takes a [`Root`] or a [`Bus`], so a directory of fixtures or a private bus stands in for the machine. A value that Linux does not
//! give is `None`; it is never replaced by 0, an empty string or "Unknown".

pub(crate) mod archive;
pub mod block_device;
pub mod block_volume;
pub mod bus;
pub mod command;
pub mod computer;
pub mod cpu_time;
pub mod cron;
pub mod diskstats;
pub mod download;
pub(crate) mod edited_file;
pub mod error;
pub mod file_status;
pub(crate) mod files;
pub mod filesystem;
pub mod firewall;
pub mod fstab;
pub mod journal;
pub mod kernel_module;
pub mod load;
pub mod log_file;
pub mod login;
pub mod memory;
pub mod mount_control;
pub mod mounts;
pub mod network;
pub mod os;
pub mod packages;
pub mod pressure;
pub mod process;
pub mod replace_file;
pub mod rights;
pub mod root;
pub mod sampling;
pub mod smbios;
pub mod stop;
pub mod swap;
pub mod systemd;
pub(crate) mod tool;
mod udev;
pub mod users;
pub mod vmstat;

#[cfg(test)]
pub(crate) mod testing;

pub use bus::Bus;
pub use error::{Error, Result};
pub use root::{Facts, Root};
pub use stop::Stop;
