//! The provider library: Linux, managed as CIM.
//!
//! [`linux`] reads what Linux says, `classes` says it as CIM, and `MI_Main` is the entry point that an MI host looks up:
//! omiserver in `liblumi.so`, the `lumi` command also in itself.

mod classes;
pub mod linux;
pub mod schema;

use classes::{computer_system, file_system, operating_system, process};
use schema::{LinuxComputerSystem, LinuxFileSystem, LinuxOperatingSystem, LinuxProcess, linux_process};

omi::module! {
    schema: schema::CLASSES,
    LinuxComputerSystem => computer_system::ComputerSystem,
    LinuxFileSystem => file_system::FileSystems,
    LinuxOperatingSystem => operating_system::OperatingSystem,
    LinuxProcess => process::Processes { linux_process::Terminate, linux_process::SendSignal },
}
