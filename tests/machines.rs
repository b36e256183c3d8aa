//! The readers on machines of several distributions, kernels, hierarchies of control groups, and in containers.

use lumi::linux::filesystem::{Capacity, FileSystems};
use lumi::linux::packages::Manager;
use lumi::linux::process::{Fields, Processes, service_of};
use lumi::linux::{Facts, Root, computer, memory, os, users};
use std::path::Path;
use std::time::{Duration, SystemTime};

fn machine(name: &str) -> Root {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("provider/linux/fixtures").join(name);
    let boot_time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_709_625_600);
    Root::at(dir, Facts { ticks_per_second: 100, page_size: 4096, boot_time, machine: "x86_64".to_owned() })
}

#[test]
fn distribution_kernel_container_and_package_manager_are_known_on_each() {
    for (name, distribution, kernel, container, manager) in [
        ("debian12", "Debian GNU/Linux", "6.1.", None, Some(Manager::Dpkg)),
        ("ubuntu2204", "Ubuntu", "5.15.", None, None),
        ("rhel8", "Red Hat Enterprise Linux", "4.18.", None, None),
        ("sles15", "SLES", "5.14.", None, Some(Manager::Rpm)),
        ("alpine", "Alpine Linux", "6.6.", Some("docker"), Some(Manager::Apk)),
        ("podman", "Red Hat Enterprise Linux", "5.14.", Some("podman"), Some(Manager::Rpm)),
    ] {
        let root = machine(name);
        assert_eq!(os::release(&root).unwrap().name(), Some(distribution), "{name}");
        let release = os::kernel(&root).release.unwrap_or_default();
        assert!(release.starts_with(kernel), "{name}: {release}");
        assert_eq!(computer::virtualization(&root).container.as_deref(), container, "{name}");
        // Without a database nobody knows the packages, and that is said.
        assert_eq!(Manager::of(&root).ok(), manager, "{name}");
        assert!(computer::host_name(&root).is_some(), "{name}");
    }
}

#[test]
fn memory_and_users_are_read_on_each() {
    for name in ["debian12", "rhel8", "sles15", "alpine", "podman"] {
        let root = machine(name);
        let memory = memory::read(&root).unwrap();
        assert!(memory.available <= memory.total, "{name}");
        assert!(users::accounts(&root).unwrap().iter().any(|account| account.uid == 0), "{name}");
    }
}

#[test]
fn a_process_is_in_its_control_group_in_version_1_and_in_version_2() {
    for (name, pid, group, service) in [
        ("sles15", 1, "/init.scope", None),
        ("sles15", 1204, "/system.slice/sshd.service", Some("sshd.service")),
        ("podman", 7, "/", None),
    ] {
        let process = Processes::open(&machine(name)).unwrap().get(pid, Fields::ALL).unwrap();
        assert_eq!(process.cgroup.as_deref(), Some(group), "{name} {pid}");
        assert_eq!(service_of(group).as_deref(), service);
    }
}

#[test]
fn file_systems_are_those_that_df_shows() {
    for (name, places) in [
        ("sles15", &["/", "/.snapshots", "/dev", "/hana/data", "/home", "/sys/fs/cgroup", "/var"][..]),
        ("podman", &["/", "/dev", "/etc/hosts"]),
    ] {
        let capacity = Capacity { block_size: 4096, total_bytes: 1 << 30, ..Capacity::default() };
        let reader = FileSystems::with(machine(name), Duration::from_secs(1), move |_| Ok(capacity));
        let mut found: Vec<String> =
            reader.list().unwrap().iter().map(|it| it.mount.mount_point.display().to_string()).collect();
        found.sort();
        assert_eq!(found, places, "{name}");
    }
}
