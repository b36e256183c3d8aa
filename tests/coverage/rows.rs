//! The things that an administrator asks of Linux, those that are asked most first.

/// A thing, the classes that answer, and tests that show it.
pub(crate) struct Row {
    pub(crate) number: u32,
    pub(crate) thing: &'static str,
    pub(crate) classes: &'static [&'static str],
    /// Each as FILE::NAME.
    pub(crate) tests: &'static [&'static str],
}

const fn row(
    number: u32,
    thing: &'static str,
    classes: &'static [&'static str],
    tests: &'static [&'static str],
) -> Row {
    Row { number, thing, classes, tests }
}

pub(crate) const ROWS: &[Row] = &[
    row(
        1,
        "OS identity, version, boot time, uptime",
        &["Linux_OperatingSystem", "Linux_RunningOS"],
        &[
            "tests/system.rs::associations_lead_from_the_computer_to_system_file_systems_and_processes_and_back",
            "tests/omiserver.rs::pypsrp_reads_the_operating_system_over_http",
        ],
    ),
    row(
        2,
        "computer: host name, model, domain, virtual or not",
        &["Linux_ComputerSystem", "Linux_SystemDevice"],
        &[
            "provider/linux/computer/dmi.rs::a_server_says_what_it_is",
            "tests/network.rs::the_system_leads_to_its_devices_and_back",
        ],
    ),
    row(
        3,
        "CPU use and inventory",
        &["Linux_Processor", "Linux_ProcessorStatisticalData"],
        &[
            "provider/classes/processor_statistics.rs::shares_are_of_the_time_between_the_readings_and_add_up",
            "tests/scx.rs::shares_of_a_processor_add_up_at_the_first_question",
        ],
    ),
    row(
        4,
        "memory and swap",
        &["Linux_MemoryStatisticalData", "Linux_SwapStatisticalData"],
        &[
            "provider/linux/memory.rs::this_machine_has_memory",
            "provider/classes/memory.rs::sizes_are_bytes_and_counters_of_pages_stay_pages",
        ],
    ),
    row(
        5,
        "load, pressure",
        &["Linux_LoadStatisticalData", "Linux_PressureStatisticalData"],
        &[
            "provider/linux/load.rs::each_number_comes_from_its_field",
            "provider/linux/pressure.rs::each_number_comes_from_its_field",
        ],
    ),
    row(
        6,
        "processes: list, command line, owner, CPU, memory, I/O; starts and ends as they happen",
        &["Linux_Process", "Linux_OSProcess", "Linux_ProcessAccount", "Linux_ProcessStart", "Linux_ProcessStop"],
        &[
            "tests/system.rs::ps_says_the_same_of_a_process",
            "tests/huge.rs::the_cost_of_a_process_is_the_same_on_a_small_and_on_a_huge_machine",
            "tests/events.rs::a_process_is_told_within_a_second_when_it_ends_and_how",
        ],
    ),
    row(
        7,
        "end, signal, renice a process",
        &["Linux_Process"],
        &[
            "tests/omiserver.rs::terminate_ends_a_process",
            "tests/system.rs::the_priority_of_a_process_is_set_and_its_environment_is_given",
        ],
    ),
    row(
        8,
        "services: list, state, enabled; changes as they happen",
        &["Linux_Service", "Linux_HostedService", "Linux_ServiceProcess", "Linux_ServiceStateChange"],
        &[
            "tests/systemd.rs::services_are_those_that_systemctl_lists",
            "tests/systemd.rs::a_service_leads_to_its_processes_and_back",
            "tests/systemd.rs::a_change_is_told_within_a_second",
        ],
    ),
    row(
        9,
        "start, stop, restart, reload, enable, disable, mask",
        &["Linux_Service"],
        &[
            "tests/systemd.rs::a_service_is_started_restarted_and_stopped",
            "tests/systemd.rs::a_service_is_enabled_and_masked",
        ],
    ),
    row(
        10,
        "run command or script",
        &["Linux_OperatingSystem"],
        &[
            "tests/command.rs::a_program_a_shell_line_and_a_script_give_their_output_and_exit_code",
            "tests/command.rs::a_time_limit_ends_the_command_and_what_it_started_and_what_it_printed_is_kept",
        ],
    ),
    row(
        11,
        "file systems: size, free, inodes; those that get nearly full",
        &["Linux_FileSystem", "Linux_HostedFileSystem", "Linux_ResidesOnExtent", "Linux_FileSystemNearlyFull"],
        &[
            "tests/system.rs::df_says_the_same_of_the_size_of_file_systems",
            "tests/events.rs::a_file_system_that_fills_is_told_once_for_each_crossing",
        ],
    ),
    row(
        12,
        "mounts: options, mount, unmount, fstab",
        &["Linux_MountedFileSystem"],
        &[
            "provider/linux/mount_control.rs::a_file_system_is_mounted_with_its_options_and_unmounted",
            "provider/classes/mounted_file_system.rs::\
             mounts_know_their_entries_and_entries_that_are_not_mounted_are_there_too",
        ],
    ),
    row(
        13,
        "disk I/O rates and latency",
        &["Linux_BlockStorageStatisticalData"],
        &["provider/classes/block_storage_statistics.rs::rates_are_what_grew_in_the_time_between"],
    ),
    row(
        14,
        "disks, partitions",
        &["Linux_DiskDrive", "Linux_DiskPartition", "Linux_StorageExtent", "Linux_BasedOn"],
        &[
            "provider/classes/disk_partition.rs::a_partition_tells_where_it_lies_what_it_is_and_what_is_on_it",
            "provider/classes/based_on.rs::partitions_lead_to_the_disk_and_volumes_to_partitions",
        ],
    ),
    row(
        15,
        "LVM, RAID, LUKS, multipath",
        &["Linux_StorageExtent", "Linux_BasedOn"],
        &["provider/classes/storage_extent.rs::a_raid_that_misses_a_device_is_exposed_and_says_that_it_is_rebuilt"],
    ),
    row(
        16,
        "network interfaces, link, MAC, MTU, speed",
        &["Linux_EthernetPort", "Linux_NetworkPort", "Linux_LANEndpoint", "Linux_PortImplementsEndpoint"],
        &["tests/network.rs::cim_network_port_has_the_interfaces_of_ip_link"],
    ),
    row(
        17,
        "interface counters, drops",
        &["Linux_EthernetPortStatistics", "Linux_NetworkPortStatistics"],
        &["tests/network.rs::a_rate_is_what_the_counters_grew_in_the_interval_that_it_names"],
    ),
    row(
        18,
        "IP addresses: IPv4 and IPv6, all; changes as they happen",
        &["Linux_IPProtocolEndpoint", "Linux_BindsToLANEndpoint", "Linux_IPAddressChange"],
        &[
            "tests/network.rs::cim_ip_protocol_endpoint_has_the_addresses_of_ip_addr",
            "tests/events.rs::an_address_is_told_within_a_second_when_it_comes_and_goes",
        ],
    ),
    row(
        19,
        "listening ports, connections, owner",
        &["Linux_TCPProtocolEndpoint", "Linux_UDPProtocolEndpoint", "Linux_ProcessEndpoint"],
        &["tests/network.rs::sockets_are_those_of_ss", "tests/network.rs::a_process_leads_to_its_sockets_and_back"],
    ),
    row(
        20,
        "routes, neighbours",
        &["Linux_NextHopIPRoute", "Linux_NetworkNeighbor"],
        &[
            "tests/network.rs::cim_next_hop_route_has_the_routes_of_ip_route",
            "tests/network.rs::linux_network_neighbor_has_the_neighbors_of_ip_neigh",
        ],
    ),
    row(
        21,
        "DNS resolvers",
        &["Linux_DNSSettingData"],
        &["provider/classes/network/dns.rs::the_first_domain_is_that_of_the_machine"],
    ),
    row(
        22,
        "packages installed",
        &[
            "Linux_SoftwareIdentity",
            "Linux_InstalledSoftwareIdentity",
            "Linux_SoftwareIdentityFile",
            "Linux_LogicalFile",
        ],
        &[
            "provider/linux/packages/tests.rs::dpkg_query_says_the_same_of_this_machine",
            "provider/linux/packages/rpm_tests.rs::rpm_says_the_same_of_real_databases_of_each_format",
        ],
    ),
    row(
        23,
        "updates available, install, remove",
        &["Linux_SoftwareUpdate", "Linux_SoftwareInstallationService"],
        &[
            "provider/linux/packages/updates.rs::apt_tells_updates_and_not_the_new_packages_that_they_need",
            "provider/linux/packages/manage_tests.rs::packages_are_installed_updated_and_removed",
        ],
    ),
    row(
        24,
        "users",
        &["Linux_Account", "Linux_AccountOnSystem"],
        &["provider/linux/users/tests.rs::getent_says_the_same_of_this_machine"],
    ),
    row(
        25,
        "groups, membership",
        &["Linux_Group", "Linux_MemberOfGroup"],
        &[
            "provider/linux/users/tests.rs::getent_says_the_same_of_this_machine",
            "provider/classes/member_of_group.rs::\
             from_a_user_only_its_groups_are_looked_at_and_from_a_group_only_its_users",
        ],
    ),
    row(
        26,
        "create, change, delete user or group",
        &["Linux_AccountManagementService", "Linux_Account", "Linux_Group", "Linux_MemberOfGroup"],
        &["provider/linux/users/manage_tests.rs::\
             a_user_is_made_locked_given_a_password_locked_unlocked_changed_and_removed"],
    ),
    row(
        27,
        "logon sessions, who is logged in; logons as they happen",
        &["Linux_LogonSession", "Linux_LogonSessionChange"],
        &[
            "tests/systemd.rs::a_session_is_listed_and_its_beginning_and_end_are_told",
            "provider/linux/login/utmp.rs::whoever_logs_on_or_off_is_told_when_the_file_is_written",
        ],
    ),
    row(
        28,
        "journal query; records as they come",
        &["Linux_JournalLogRecord", "Linux_JournalMessageLog", "Linux_JournalRecordAdded"],
        &[
            "provider/linux/journal/tests.rs::records_have_what_the_journal_says",
            "tests/systemd.rs::a_record_of_the_journal_that_a_subscription_wants_is_told",
        ],
    ),
    row(
        29,
        "text log on from a bookmark",
        &["Linux_LogFile"],
        &["provider/linux/log_file/tests.rs::what_logrotate_moved_away_is_read_to_its_end_first"],
    ),
    row(
        30,
        "timers, cron",
        &["Linux_Timer", "Linux_CronJob"],
        &[
            "tests/systemd.rs::timers_are_those_that_systemctl_lists",
            "provider/linux/cron.rs::the_table_of_the_system_names_the_user_of_each_job",
        ],
    ),
    row(
        31,
        "reboot, shutdown, suspend",
        &["Linux_OperatingSystem", "Linux_PowerManagementService"],
        &["tests/systemd.rs::the_system_is_shut_down", "tests/control.rs::a_shutdown_is_scheduled_and_called_off"],
    ),
    row(
        32,
        "firmware, chassis, board",
        &["Linux_BIOSElement", "Linux_Chassis", "Linux_Baseboard"],
        &[
            "provider/linux/smbios/enclosure.rs::the_tables_tell_more_than_the_kernel_does",
            "provider/linux/smbios/firmware.rs::firmware_tells_its_release_and_its_languages",
        ],
    ),
    row(
        33,
        "memory modules",
        &["Linux_PhysicalMemory"],
        &["provider/linux/smbios/memory.rs::modules_are_those_in_their_sockets"],
    ),
    row(34, "PCI, USB", &[], &[]),
    row(35, "sensors: temperature, fan, battery", &[], &[]),
    row(36, "firewall rules", &[], &[]),
    row(37, "containers, cgroups", &[], &[]),
    row(
        38,
        "time sync, time zone",
        &["Linux_TimeService", "Linux_OperatingSystem"],
        &[
            "provider/linux/os/clock.rs::what_keeps_the_clock_right_is_told_as_far_as_somebody_knows",
            "provider/linux/os/time_zone.rs::the_offset_is_that_of_the_zone_s_rules",
        ],
    ),
    row(
        39,
        "kernel modules",
        &["Linux_KernelModule"],
        &["provider/linux/kernel_module.rs::a_module_names_those_that_use_it"],
    ),
    row(40, "sysctl", &[], &[]),
    row(41, "SELinux, AppArmor", &[], &[]),
    row(42, "certificates", &[], &[]),
    row(43, "ssh keys, sshd configuration, sudoers", &[], &[]),
    row(
        44,
        "open files, limits",
        &["Linux_Process"],
        &["tests/system.rs::a_process_tells_its_files_bytes_limits_and_control_group"],
    ),
    row(
        45,
        "host name, time zone: set",
        &["Linux_ComputerSystem", "Linux_TimeService"],
        &[
            "provider/linux/computer/rename.rs::hostnamed_is_asked_where_there_is_one_and_its_refusal_is_told",
            "provider/linux/os/clock.rs::timedated_is_asked_where_there_is_one",
        ],
    ),
    row(
        46,
        "NFS and SMB mounts",
        &["Linux_MountedFileSystem"],
        &["provider/linux/filesystem/tests.rs::network_and_memory_are_known_by_type_and_source"],
    ),
    row(47, "secure boot, TPM", &[], &[]),
    row(
        48,
        "files and directories",
        &["Linux_LogicalFile"],
        &["provider/classes/software_file.rs::a_package_leads_to_those_of_its_files_that_are_there"],
    ),
    row(
        49,
        "environment of a process",
        &["Linux_Process"],
        &["tests/system.rs::the_priority_of_a_process_is_set_and_its_environment_is_given"],
    ),
    row(50, "application servers (Java)", &[], &[]),
];
