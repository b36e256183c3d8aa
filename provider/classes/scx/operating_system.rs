//! SCX_OperatingSystem: the distribution and the running kernel.

use super::{COMPUTER_SYSTEM, OPERATING_SYSTEM, OS_NAME, host_name, kibibytes};
use crate::classes::{datetime, fits};
use crate::linux::{Root, memory, os};
use crate::schema::ScxOperatingSystem;
use crate::schema::scx_operating_system::Keys;
use omi::{Datetime, Enumerate, Get, Query, Result, Sink, not_found};
use std::time::SystemTime;

/// Serves SCX_OperatingSystem.
#[derive(Default)]
pub(crate) struct OperatingSystem {
    root: Root,
}

impl Enumerate<ScxOperatingSystem> for OperatingSystem {
    const INLINE: Option<fn(&Self) -> bool> = Some(|_| true);

    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, ScxOperatingSystem>) -> Result<()> {
        out.post(instance(&self.root, query.wants("NumberOfProcesses"))?)
    }
}

impl Get<ScxOperatingSystem> for OperatingSystem {
    fn get(&self, key: ScxOperatingSystem, query: &Query<'_>) -> Result<ScxOperatingSystem> {
        let ours = fits(&key.cs_creation_class_name, COMPUTER_SYSTEM)
            && fits(&key.cs_name, &host_name(&self.root)?)
            && fits(&key.creation_class_name, OPERATING_SYSTEM)
            && fits(&key.name, OS_NAME);
        if ours {
            instance(&self.root, query.wants("NumberOfProcesses"))
        } else {
            Err(not_found::<ScxOperatingSystem>(&[("Name", key.name.as_deref().unwrap_or(OS_NAME))]))
        }
    }
}

fn instance(root: &Root, with_process_count: bool) -> Result<ScxOperatingSystem> {
    let release = os::release(root)?;
    let kernel = os::kernel(root);
    let is_64_bit = kernel.machine.contains("64") || kernel.machine == "s390x";
    let words = [&kernel.release, &kernel.version].into_iter().flatten().map(String::as_str);
    let now = SystemTime::now();
    let offset = os::time_zone(root)?.offset_minutes(now)?;
    let memory = memory::read(root)?;
    let processes = if with_process_count { u32::try_from(os::process_count(root)?).ok() } else { None };
    Ok(ScxOperatingSystem {
        caption: release.pretty_name().map(str::to_owned),
        description: release.pretty_name().map(str::to_owned),
        version: release.version_id().map(str::to_owned),
        other_type_description: Some(words.chain([kernel.machine.as_str()]).collect::<Vec<_>>().join(" ")),
        last_boot_up_time: datetime(root.facts().boot_time),
        local_date_time: Datetime::from_system_time_at(now, offset.into()),
        current_time_zone: Some(offset),
        system_up_time: os::uptime(root).ok().map(|it| it.as_secs()),
        number_of_users: os::session_count(root)?.and_then(|it| u32::try_from(it).ok()),
        number_of_processes: processes,
        max_number_of_processes: os::max_process_count(root).and_then(|it| u32::try_from(it).ok()),
        total_visible_memory_size: Some(kibibytes(memory.total)),
        free_physical_memory: Some(kibibytes(memory.available)),
        total_virtual_memory_size: Some(kibibytes(memory.total.saturating_add(memory.swap_total))),
        free_virtual_memory: Some(kibibytes(memory.available.saturating_add(memory.swap_free))),
        total_swap_space_size: Some(kibibytes(memory.swap_total)),
        size_stored_in_paging_files: Some(kibibytes(memory.swap_total)),
        free_space_in_paging_files: Some(kibibytes(memory.swap_free)),
        operating_system_capability: Some(if is_64_bit { "64 bit" } else { "32 bit" }.to_owned()),
        ..ScxOperatingSystem::new(Keys { cs_name: host_name(root)? })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    #[test]
    fn the_boot_time_needs_no_utmp() {
        let system = instance(&machine("debian12"), true).unwrap();
        assert!(system.last_boot_up_time.is_some(), "the fixture has no utmp");
        assert_eq!(system.number_of_processes, Some(4), "kernel threads are processes, too");
    }

    #[test]
    fn the_greatest_number_of_processes_is_that_of_process_ids() {
        let root = machine("debian12");
        let limit: u64 = root.number("/proc/sys/kernel/pid_max").unwrap();
        let told = instance(&root, false).unwrap().max_number_of_processes.unwrap();
        assert!(u64::from(told) <= limit, "{told} processes cannot have {limit} ids");
    }

    #[test]
    fn the_distribution_is_told_as_it_is_now() {
        let system = instance(&machine("rhel8"), false).unwrap();
        assert_eq!((system.name.as_deref(), system.os_type.map(|it| it.0)), (Some("Linux Distribution"), Some(36)));
        assert_eq!(system.caption.as_deref(), os::release(&machine("rhel8")).unwrap().pretty_name());
        assert_eq!(system.operating_system_capability.as_deref(), Some("64 bit"));
    }
}
