//! Linux_OperatingSystem: the distribution and the running kernel.

use super::power_management::Order;
use super::{datetime, fits, host_name, os_name};
use crate::linux::login::power::Power;
use crate::linux::{Bus, Root, memory, os};
use crate::schema::LinuxOperatingSystem;
use crate::schema::linux_operating_system::{Keys, Reboot, RebootOutput, Shutdown, ShutdownOutput};
use omi::{Datetime, Enumerate, Error, Get, Invoke, Query, Result, Sink, not_found};
use std::time::SystemTime;

/// Serves Linux_OperatingSystem.
#[derive(Default)]
pub(crate) struct OperatingSystem {
    root: Root,
    bus: Bus,
}

impl Enumerate<LinuxOperatingSystem> for OperatingSystem {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxOperatingSystem>) -> Result<()> {
        out.post(instance(&self.root, query.wants("NumberOfProcesses"))?)
    }
}

impl Get<LinuxOperatingSystem> for OperatingSystem {
    fn get(&self, key: LinuxOperatingSystem, query: &Query<'_>) -> Result<LinuxOperatingSystem> {
        self.check_keys(&key)?;
        instance(&self.root, query.wants("NumberOfProcesses"))
    }
}

impl Invoke<Reboot> for OperatingSystem {
    fn invoke(&self, target: Option<LinuxOperatingSystem>, _: Reboot, query: &Query<'_>) -> Result<RebootOutput> {
        Ok(RebootOutput { return_value: Some(self.power(target, Power::Reboot, query)?) })
    }
}

impl Invoke<Shutdown> for OperatingSystem {
    fn invoke(&self, target: Option<LinuxOperatingSystem>, _: Shutdown, query: &Query<'_>) -> Result<ShutdownOutput> {
        Ok(ShutdownOutput { return_value: Some(self.power(target, Power::Off, query)?) })
    }
}

impl OperatingSystem {
    /// Begins to end the system, when the user may and wants it; the return value of the method.
    fn power(&self, target: Option<LinuxOperatingSystem>, power: Power, query: &Query<'_>) -> Result<u32> {
        const COMPLETED: u32 = 0;
        const NOT_SUPPORTED: u32 = 1;
        let target = target.ok_or_else(|| {
            Error::invalid_parameter("Linux_OperatingSystem.Reboot and Shutdown need an instance: give the key Name")
        })?;
        self.check_keys(&target)?;
        let order = Order { power, time: None, message: None };
        Ok(if order.run(&self.root, &self.bus, query)? { COMPLETED } else { NOT_SUPPORTED })
    }

    /// That the keys of a request are those of this system.
    fn check_keys(&self, key: &LinuxOperatingSystem) -> Result<()> {
        let own = os_name(&self.root)?;
        let ours = fits(&key.cs_creation_class_name, "Linux_ComputerSystem")
            && fits(&key.cs_name, &host_name(&self.root)?)
            && fits(&key.creation_class_name, "Linux_OperatingSystem")
            && fits(&key.name, &own);
        if ours {
            Ok(())
        } else {
            let asked = key.name.as_deref().unwrap_or(&own);
            Err(not_found::<LinuxOperatingSystem>(&[("Name", asked)]))
        }
    }
}

/// The system. Its processes are counted where that is wanted.
pub(super) fn instance(root: &Root, with_count: bool) -> Result<LinuxOperatingSystem> {
    let release = os::release(root)?;
    let kernel = os::kernel(root);
    let text = |value: Option<&str>| value.map(str::to_owned);
    let kernel_words = [&kernel.name, &kernel.release, &kernel.version].into_iter().flatten().map(String::as_str);
    let id_like: Vec<String> = release.id_like().map(str::to_owned).collect();
    let mut instance = LinuxOperatingSystem {
        caption: text(release.pretty_name()),
        element_name: text(release.pretty_name()),
        description: Some(kernel_words.chain([kernel.machine.as_str()]).collect::<Vec<_>>().join(" ")),
        version: text(release.version_id()),
        distribution_id: Some(release.id().unwrap_or("linux").to_owned()),
        distribution_id_like: (!id_like.is_empty()).then_some(id_like),
        distribution_version: text(release.get("VERSION")),
        distribution_code_name: text(release.version_codename()),
        boot_id: root.value("/proc/sys/kernel/random/boot_id"),
        last_boot_up_time: datetime(root.facts().boot_time),
        system_up_time: os::uptime(root).ok().map(|it| it.as_secs()),
        number_of_users: os::session_count(root)?.and_then(|it| u32::try_from(it).ok()),
        max_number_of_processes: os::max_process_count(root).and_then(|it| u32::try_from(it).ok()),
        kernel_release: kernel.release,
        kernel_version: kernel.version,
        architecture: Some(kernel.machine),
        ..LinuxOperatingSystem::new(Keys { cs_name: host_name(root)?, name: os_name(root)? })
    };
    if with_count {
        instance.number_of_processes = u32::try_from(os::process_count(root)?).ok();
    }
    set_clock(&mut instance, root)?;
    set_memory(&mut instance, root)?;
    Ok(instance)
}

fn set_clock(instance: &mut LinuxOperatingSystem, root: &Root) -> Result<()> {
    let now = SystemTime::now();
    let offset = os::time_zone(root)?.offset_minutes(now)?;
    instance.local_date_time = Datetime::from_system_time_at(now, offset.into());
    instance.current_time_zone = Some(offset);
    Ok(())
}

/// CIM counts these in KiB.
fn set_memory(instance: &mut LinuxOperatingSystem, root: &Root) -> Result<(), Error> {
    let memory = memory::read(root)?;
    let kib = |bytes: u64| Some(bytes / 1024);
    instance.total_visible_memory_size = kib(memory.total);
    instance.free_physical_memory = kib(memory.available);
    instance.total_virtual_memory_size = kib(memory.total.saturating_add(memory.swap_total));
    instance.free_virtual_memory = kib(memory.available.saturating_add(memory.swap_free));
    instance.total_swap_space_size = kib(memory.swap_total);
    instance.size_stored_in_paging_files = kib(memory.swap_total);
    instance.free_space_in_paging_files = kib(memory.swap_free);
    Ok(())
}
