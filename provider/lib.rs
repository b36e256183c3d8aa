//! The provider library: Linux, managed as CIM.
//!
//! [`linux`] reads what Linux says, `classes` says it as CIM, and `MI_Main` is the entry point that an MI host looks up:
//! omiserver in `liblumi.so`, the `lumi` command also in itself.

mod classes;
pub mod dsc;
pub mod linux;
pub mod logging;
pub mod schema;

use classes::association::Association;
use classes::event::{
    file_system_nearly_full, ip_address_change, journal as journal_event, logon_session as logon_session_event,
    process as process_event,
};
use classes::network::*;
use classes::*;
use dsc::Methods;
use schema::*;

omi::module! {
    schema: schema::CLASSES,
    load: logging::start_in_library,
    LinuxAccount => account::Accounts {
        linux_account::RequestStateChange, linux_account::DeleteUser, linux_account::ChangePassword,
    },
    LinuxAccountManagementService => account_management::AccountManagement {
        linux_account_management_service::CreateAccount, linux_account_management_service::CreateGroup,
    },
    LinuxAccountOnSystem => Association<account_on_system::AccountsOnSystem>,
    LinuxBaseboard => baseboard::Baseboards,
    LinuxBasedOn => based_on::BasedOn,
    LinuxBindsToLanEndpoint => Association<lan_binding::LanBindings>,
    LinuxBiosElement => bios_element::BiosElements,
    LinuxBlockStorageStatisticalData => block_storage_statistics::BlockStorageStatistics,
    LinuxChassis => chassis::Cases,
    LinuxComputerSystem => computer_system::ComputerSystem { linux_computer_system::Rename },
    LinuxCronJob => cron_job::CronJobs,
    LinuxDiskDrive => disk_drive::DiskDrives,
    LinuxDiskPartition => disk_partition::DiskPartitions,
    LinuxDnsSettingData => dns::DnsSettings,
    LinuxEthernetPort => port::Ports,
    LinuxEthernetPortStatistics => port_statistics::PortStatistics,
    LinuxFileSystem => file_system::FileSystems,
    LinuxFileSystemNearlyFull => file_system_nearly_full::NearlyFull,
    LinuxGroup => group::Groups { linux_group::DeleteGroup },
    LinuxInstalledSoftwareIdentity => Association<installed_software::InstalledSoftware>,
    LinuxHostedFileSystem => Association<hosted_file_system::HostedFileSystems>,
    LinuxHostedService => Association<hosted_service::HostedServices>,
    LinuxIpAddressChange => ip_address_change::IpAddressChanges,
    LinuxIpProtocolEndpoint => ip_endpoint::IpEndpoints,
    LinuxJournalLogRecord => journal_record::JournalRecords,
    LinuxJournalMessageLog => journal_log::JournalLog { linux_journal_message_log::ReadRecords },
    LinuxKernelModule => kernel_module::KernelModules,
    LinuxJournalRecordAdded => journal_event::JournalRecordsAdded,
    LinuxLanEndpoint => lan_endpoint::LanEndpoints,
    LinuxLoadStatisticalData => load::Load,
    LinuxLogFile => log_file::LogFiles { linux_log_file::GetMatchedRows, linux_log_file::ResetBookmark },
    LinuxLogicalFile => logical_file::LogicalFiles,
    LinuxLogonSession => logon_session::LogonSessions,
    LinuxLogonSessionChange => logon_session_event::LogonSessionChanges,
    LinuxMemberOfGroup => Association<member_of_group::Memberships>,
    LinuxMemoryStatisticalData => memory::Memory,
    LinuxMountedFileSystem => mounted_file_system::MountedFileSystems {
        linux_mounted_file_system::Mount, linux_mounted_file_system::Unmount,
    },
    LinuxNetworkNeighbor => neighbor::Neighbors,
    LinuxNetworkPort => port::Ports,
    LinuxNetworkPortStatistics => port_statistics::PortStatistics,
    LinuxNextHopIpRoute => route::Routes,
    LinuxOsProcess => Association<os_process::OsProcesses>,
    LinuxOperatingSystem => operating_system::OperatingSystem {
        linux_operating_system::RunCommand,
        linux_operating_system::Reboot,
        linux_operating_system::Shutdown,
    },
    LinuxPhysicalMemory => physical_memory::MemoryModules,
    LinuxPortImplementsEndpoint => Association<port_endpoint::PortEndpoints>,
    LinuxPowerManagementService => power_management::PowerManagement {
        linux_power_management_service::CancelShutdown,
        linux_power_management_service::RequestPowerStateChange,
        linux_power_management_service::ScheduleShutdown,
    },
    LinuxPressureStatisticalData => pressure::Pressures,
    LinuxProcess => process::Processes {
        linux_process::GetEnvironment, linux_process::SendSignal, linux_process::SetPriority, linux_process::Terminate,
    },
    LinuxProcessAccount => Association<process_account::ProcessAccounts>,
    LinuxProcessEndpoint => Association<process_endpoint::ProcessEndpoints>,
    LinuxProcessStart => process_event::ProcessEvents,
    LinuxProcessStop => process_event::ProcessEvents,
    LinuxProcessor => processor::Processors,
    LinuxProcessorStatisticalData => processor_statistics::ProcessorStatistics,
    LinuxService => service::Services {
        linux_service::StartService,
        linux_service::StopService,
        linux_service::RestartService,
        linux_service::ReloadService,
        linux_service::EnableService,
        linux_service::DisableService,
        linux_service::MaskService,
        linux_service::UnmaskService,
    },
    LinuxServiceProcess => Association<service_process::ServiceProcesses>,
    LinuxServiceStateChange => service_state_change::ServiceStateChanges,
    LinuxSoftwareIdentity => software_identity::SoftwareIdentities,
    LinuxSoftwareIdentityFile => software_file::SoftwareFiles,
    LinuxSoftwareInstallationService => software_installation::SoftwareInstallation {
        linux_software_installation_service::InstallByName,
        linux_software_installation_service::InstallFromSoftwareIdentity,
        linux_software_installation_service::InstallFromUri,
        linux_software_installation_service::RefreshRepositories,
        linux_software_installation_service::RemoveByName,
        linux_software_installation_service::UpdateByName,
    },
    LinuxSoftwareUpdate => software_update::SoftwareUpdates,
    LinuxResidesOnExtent => Association<resides_on_extent::ResidesOnExtents>,
    LinuxRunningOs => Association<running_os::RunningOs>,
    LinuxStorageExtent => storage_extent::StorageExtents,
    LinuxSwapStatisticalData => swap::Swap,
    LinuxSystemDevice => Association<system_device::SystemDevices>,
    LinuxTcpProtocolEndpoint => socket::Sockets,
    LinuxTimeService => time_service::TimeService {
        linux_time_service::ManageTime,
        linux_time_service::SetSynchronization,
        linux_time_service::SetTimeZone,
    },
    LinuxTimer => timer::Timers,
    LinuxUdpProtocolEndpoint => socket::Sockets,
    MsftDscLocalConfigurationManager => dsc::LocalConfigurationManager {
        msft_dsc_local_configuration_manager::SendConfiguration,
        msft_dsc_local_configuration_manager::SendConfigurationApply,
        msft_dsc_local_configuration_manager::GetConfiguration,
        msft_dsc_local_configuration_manager::TestConfiguration,
        msft_dsc_local_configuration_manager::ApplyConfiguration,
        msft_dsc_local_configuration_manager::SendMetaConfigurationApply,
        msft_dsc_local_configuration_manager::GetMetaConfiguration,
        msft_dsc_local_configuration_manager::RollBack,
        msft_dsc_local_configuration_manager::PerformRequiredConfigurationChecks,
        msft_dsc_local_configuration_manager::StopConfiguration,
    },
    MsftNxArchiveResource => Methods<dsc::Archive> {
        dsc::Get<dsc::Archive>, dsc::Test<dsc::Archive>, dsc::Set<dsc::Archive>,
    },
    MsftNxAvailableUpdatesResource => Methods<dsc::AvailableUpdates> {
        dsc::Inventory<dsc::AvailableUpdates>,
        dsc::Get<dsc::AvailableUpdates>,
        dsc::Test<dsc::AvailableUpdates>,
        dsc::Set<dsc::AvailableUpdates>,
    },
    MsftNxComputerResource => Methods<dsc::Computer> {
        dsc::Get<dsc::Computer>, dsc::Test<dsc::Computer>, dsc::Set<dsc::Computer>,
    },
    MsftNxDnsServerAddressResource => Methods<dsc::DnsServerAddress> {
        dsc::Get<dsc::DnsServerAddress>, dsc::Test<dsc::DnsServerAddress>, dsc::Set<dsc::DnsServerAddress>,
    },
    MsftNxEnvironmentResource => Methods<dsc::Environment> {
        dsc::Get<dsc::Environment>, dsc::Test<dsc::Environment>, dsc::Set<dsc::Environment>,
    },
    MsftNxFileResource => Methods<dsc::File> {
        dsc::Get<dsc::File>, dsc::Test<dsc::File>, dsc::Set<dsc::File>,
    },
    MsftNxFileInventoryResource => Methods<dsc::FileInventory> {
        dsc::Inventory<dsc::FileInventory>,
        dsc::Get<dsc::FileInventory>,
        dsc::Test<dsc::FileInventory>,
        dsc::Set<dsc::FileInventory>,
    },
    MsftNxFileLineResource => Methods<dsc::FileLine> {
        dsc::Get<dsc::FileLine>, dsc::Test<dsc::FileLine>, dsc::Set<dsc::FileLine>,
    },
    MsftNxFirewallResource => Methods<dsc::Firewall> {
        dsc::Get<dsc::Firewall>, dsc::Test<dsc::Firewall>, dsc::Set<dsc::Firewall>,
    },
    MsftNxGroupResource => Methods<dsc::Group> {
        dsc::Inventory<dsc::Group>, dsc::Get<dsc::Group>, dsc::Test<dsc::Group>, dsc::Set<dsc::Group>,
    },
    MsftNxIpAddressResource => Methods<dsc::IpAddress> {
        dsc::Get<dsc::IpAddress>, dsc::Test<dsc::IpAddress>, dsc::Set<dsc::IpAddress>,
    },
    MsftNxPackageResource => Methods<dsc::Package> {
        dsc::Inventory<dsc::Package>, dsc::Get<dsc::Package>, dsc::Test<dsc::Package>, dsc::Set<dsc::Package>,
    },
    MsftNxScriptResource => Methods<dsc::Script> {
        dsc::Get<dsc::Script>, dsc::Test<dsc::Script>, dsc::Set<dsc::Script>,
    },
    MsftNxServiceResource => Methods<dsc::Service> {
        dsc::Inventory<dsc::Service>, dsc::Get<dsc::Service>, dsc::Test<dsc::Service>, dsc::Set<dsc::Service>,
    },
    MsftNxSshAuthorizedKeysResource => Methods<dsc::SshAuthorizedKeys> {
        dsc::Get<dsc::SshAuthorizedKeys>, dsc::Test<dsc::SshAuthorizedKeys>, dsc::Set<dsc::SshAuthorizedKeys>,
    },
    MsftNxUserResource => Methods<dsc::User> {
        dsc::Inventory<dsc::User>, dsc::Get<dsc::User>, dsc::Test<dsc::User>, dsc::Set<dsc::User>,
    },
    ScxAgent => scx::agent::Agent,
    ScxDiskDrive => scx::disk_drive::DiskDrives,
    ScxDiskDriveStatisticalInformation => scx::disk_drive_statistics::DiskDriveStatistics,
    ScxEthernetPortStatistics => scx::network::Network,
    ScxFileSystem => scx::file_system::FileSystems,
    ScxFileSystemStatisticalInformation => scx::file_system_statistics::FileSystemStatistics,
    ScxIpProtocolEndpoint => scx::network::Network,
    ScxLanEndpoint => scx::network::Network,
    ScxLogFile => scx::log_file::LogFiles { scx_log_file::GetMatchedRows, scx_log_file::ResetStateFile },
    ScxMemoryStatisticalInformation => scx::memory::Memory,
    ScxOperatingSystem => scx::operating_system::OperatingSystem {
        scx_operating_system::ExecuteCommand,
        scx_operating_system::ExecuteShellCommand,
        scx_operating_system::ExecuteScript,
    },
    ScxProcessorStatisticalInformation => scx::processor::Processors,
    ScxRtProcessorStatisticalInformation => scx::processor::Processors,
    ScxUnixProcess => scx::process::Processes { scx_unix_process::TopResourceConsumers },
    ScxUnixProcessStatisticalInformation => scx::process_statistics::ProcessStatistics,
}
