//! Linux_ServiceProcess: from a service to its processes, and from a process to its service.

use super::association::{Pairs, Plain, Take};
use super::{host_name, process, service};
use crate::linux::process::{Fields, Process, service_of};
use crate::linux::{self, Bus, Root};
use crate::schema::LinuxServiceProcess;
use crate::schema::linux_service_process::Keys;
use omi::{Class, Instance, Result};
use std::collections::HashMap;

/// Serves Linux_ServiceProcess.
#[derive(Default)]
pub(crate) struct ServiceProcesses {
    root: Root,
    bus: Bus,
}

impl Pairs for ServiceProcesses {
    const ENDS: [&'static str; 2] = ["Service", "Process"];

    fn each(&self, source: Option<&Instance>, take: &mut Take<'_>) -> Result<()> {
        let asked = |key: &str| source.and_then(|source| source.text(key));
        let services = match service::listed(&self.bus, asked("Name")) {
            // Without systemd no process is one of a service; who lists the associations is told why.
            Err(linux::Error::Unsupported { .. }) if source.is_some() => return Ok(()),
            services => services?,
        };
        let host = host_name(&self.root)?;
        let mut by_name = HashMap::new();
        for unit in &services {
            by_name.insert(unit.name.as_str(), service::instance(&host, unit).to_instance()?);
        }
        let pid = asked("Handle").and_then(|handle| handle.parse::<u32>().ok());
        let service_of = |process: &Process| by_name.get(service_of(process.cgroup.as_deref()?)?.as_str());
        process::those(&self.root, Fields::CGROUP, source.is_some(), pid, service_of, &mut |service, process| {
            take([service.clone(), process.to_instance()?])
        })
    }
}

impl Plain for ServiceProcesses {
    type Class = LinuxServiceProcess;

    fn instance([service, process]: [Instance; 2]) -> LinuxServiceProcess {
        LinuxServiceProcess::new(Keys { service, process })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classes::association;
    use crate::linux::systemd::fake::FakeSystemd;
    use crate::linux::testing::machine_with;
    use omi::ResultCode;

    fn pairs(associations: &ServiceProcesses, source: Option<&Instance>) -> Vec<(String, String)> {
        let text = |instance: &Instance, key| instance.text(key).unwrap().to_owned();
        let pairs = association::pairs(associations, source).unwrap();
        pairs.iter().map(|[service, process]| (text(service, "Name"), text(process, "Handle"))).collect()
    }

    /// Processes in the groups of two services, of an unknown one and of none.
    fn machine() -> (tempfile::TempDir, Root) {
        let status = b"Name:\tx\nTgid:\t0\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n";
        let status = |pid: &str| String::from_utf8_lossy(status).replace("Tgid:\t0", &format!("Tgid:\t{pid}"));
        let group = |path: &str| format!("0::{path}\n");
        let (dir, root) = machine_with(&[("/proc/sys/kernel/hostname", b"web01\n"), ("/etc/os-release", b"NAME=X\n")]);
        for (pid, path) in [
            ("10", "/system.slice/cron.service"),
            ("11", "/system.slice/cron.service/worker"),
            ("12", "/system.slice/other.service"),
            ("13", "/user.slice/user-0.slice/session-1.scope"),
        ] {
            let folder = dir.path().join("proc").join(pid);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("cgroup"), group(path)).unwrap();
            std::fs::write(folder.join("status"), status(pid)).unwrap();
            std::fs::copy("/proc/self/stat", folder.join("stat")).unwrap();
            std::fs::copy("/proc/self/statm", folder.join("statm")).unwrap();
        }
        (dir, root)
    }

    #[test]
    fn the_control_group_tells_whose_a_process_is() {
        let Some(fake) = FakeSystemd::start() else { return };
        let (_dir, root) = machine();
        let associations = ServiceProcesses { root, bus: fake.bus.bus() };
        let of_cron = [("cron.service".to_owned(), "10".to_owned()), ("cron.service".to_owned(), "11".to_owned())];
        assert_eq!(pairs(&associations, None), of_cron);
        let service = Instance::new("Linux_Service").with_key("Name", "cron.service");
        assert_eq!(pairs(&associations, Some(&service)), of_cron);
        for (pid, expected) in [("11", &of_cron[1..]), ("12", &[]), ("13", &[])] {
            let process = Instance::new("Linux_Process").with_key("Handle", pid);
            assert_eq!(pairs(&associations, Some(&process)), expected, "{pid}");
        }
    }

    #[test]
    fn without_systemd_a_process_has_no_service_and_a_list_says_why() {
        let (_dir, root) = machine();
        let associations = ServiceProcesses { root, bus: Bus::at("unix:path=/nonexistent/bus") };
        let process = Instance::new("Linux_Process").with_key("Handle", "10");
        assert_eq!(pairs(&associations, Some(&process)), []);
        assert_eq!(association::pairs(&associations, None).unwrap_err().code(), ResultCode::NOT_SUPPORTED);
    }
}
