//! The provider library: Linux, managed as CIM.
//!
//! [`linux`] reads what Linux says, `classes` says it as CIM, and `MI_Main` is the entry point that an MI host looks up:
//! omiserver in `liblumi.so`, the `lumi` command also in itself.

mod classes;
pub mod linux;
pub mod schema;

use classes::{
    block_storage_statistics, computer_system, file_system, load, memory, operating_system, pressure, process,
    processor_statistics, storage_extent, swap,
};
use schema::{
    LinuxBlockStorageStatisticalData, LinuxComputerSystem, LinuxFileSystem, LinuxLoadStatisticalData,
    LinuxMemoryStatisticalData, LinuxOperatingSystem, LinuxPressureStatisticalData, LinuxProcess,
    LinuxProcessorStatisticalData, LinuxStorageExtent, LinuxSwapStatisticalData, linux_process,
};

omi::module! {
    schema: schema::CLASSES,
    LinuxBlockStorageStatisticalData => block_storage_statistics::BlockStorageStatistics,
    LinuxComputerSystem => computer_system::ComputerSystem,
    LinuxFileSystem => file_system::FileSystems,
    LinuxLoadStatisticalData => load::Load,
    LinuxMemoryStatisticalData => memory::Memory,
    LinuxOperatingSystem => operating_system::OperatingSystem,
    LinuxPressureStatisticalData => pressure::Pressures,
    LinuxProcess => process::Processes { linux_process::Terminate, linux_process::SendSignal },
    LinuxProcessorStatisticalData => processor_statistics::ProcessorStatistics,
    LinuxStorageExtent => storage_extent::StorageExtents,
    LinuxSwapStatisticalData => swap::Swap,
}
