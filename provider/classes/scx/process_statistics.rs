//! SCX_UnixProcessStatisticalInformation: what processes use.

use super::process_load::{Load, Reader, is_of, narrow};
use super::{host_name, kibibytes, share};
use crate::linux::memory;
use crate::linux::process::{Fields, Process};
use crate::schema::ScxUnixProcessStatisticalInformation;
use crate::schema::scx_unix_process_statistical_information::Keys;
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};
use std::time::Duration;

/// What a second reading is made for.
const LOADS: &[&str] = &["CPUTime", "PercentUserTime", "PercentPrivilegedTime", "PagesReadPerSec"];

/// Serves SCX_UnixProcessStatisticalInformation.
#[derive(Default)]
pub(crate) struct ProcessStatistics {
    reader: Reader,
}

impl Enumerate<ScxUnixProcessStatisticalInformation> for ProcessStatistics {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, ScxUnixProcessStatisticalInformation>) -> Result<()> {
        let machine = self.machine()?;
        self.reader.each(query, fields(query), LOADS, out, |process, load| machine.instance(process, load))
    }
}

impl Get<ScxUnixProcessStatisticalInformation> for ProcessStatistics {
    fn get(
        &self,
        key: ScxUnixProcessStatisticalInformation,
        query: &Query<'_>,
    ) -> Result<ScxUnixProcessStatisticalInformation> {
        let handle = key.handle.as_deref().ok_or_else(|| {
            Error::invalid_parameter(
                "SCX_UnixProcessStatisticalInformation is found by its key Handle, the process ID in decimal",
            )
        })?;
        let machine = self.machine()?;
        let keys = [
            &key.cs_creation_class_name,
            &key.cs_name,
            &key.os_creation_class_name,
            &key.os_name,
            &key.process_creation_class_name,
        ];
        let missing = || not_found::<ScxUnixProcessStatisticalInformation>(&[("Handle", handle)]);
        let pid = handle.parse().ok().filter(|_| is_of(&machine.host, keys)).ok_or_else(missing)?;
        let found = self.reader.get(query, pid, fields(query), LOADS);
        let (process, load) =
            found.map_err(|error| if error.code() == omi::ResultCode::NOT_FOUND { missing() } else { error })?;
        let statistics = machine.instance(process, load);
        // The name is a key here.
        let is_named = key.name.is_none() || key.name == statistics.name;
        if is_named { Ok(statistics) } else { Err(missing()) }
    }
}

impl ProcessStatistics {
    fn machine(&self) -> Result<Machine> {
        let root = &self.reader.root;
        Ok(Machine { host: host_name(root)?, memory: memory::read(root)?.total, tick: root.facts().duration(1) })
    }
}

/// The name is a key and comes from stat, so that is always read.
fn fields(query: &Query<'_>) -> Fields {
    let of_memory = query.wants_any(&["VirtualText", "VirtualData", "VirtualSharedMemory"]);
    Fields::STAT | if of_memory { Fields::STATM } else { Fields::NONE }
}

/// What all processes have in common.
struct Machine {
    host: String,
    /// Bytes.
    memory: u64,
    /// How long a clock tick is.
    tick: Duration,
}

impl Machine {
    fn instance(&self, process: Process, load: Option<Load>) -> ScxUnixProcessStatisticalInformation {
        let ticks = |time: Duration| u64::try_from(time.as_nanos().checked_div(self.tick.as_nanos())?).ok();
        let stat = process.stat.as_ref();
        let sizes = process.memory.as_ref();
        ScxUnixProcessStatisticalInformation {
            cpu_time: load.map(|load| load.total),
            percent_user_time: load.map(|load| narrow(load.user)),
            percent_privileged_time: load.map(|load| narrow(load.kernel)),
            pages_read_per_sec: load.and_then(|load| load.faults),
            used_memory: stat.map(|stat| kibibytes(stat.resident_bytes)),
            percent_used_memory: stat.and_then(|stat| share(stat.resident_bytes, self.memory)),
            virtual_text: sizes.map(|sizes| kibibytes(sizes.text)),
            virtual_data: sizes.map(|sizes| kibibytes(sizes.data)),
            virtual_shared_memory: sizes.map(|sizes| kibibytes(sizes.shared)),
            cpu_time_dead_children: stat.and_then(|stat| ticks(stat.children_user_time + stat.children_kernel_time)),
            system_time_dead_children: stat.and_then(|stat| ticks(stat.children_kernel_time)),
            ..ScxUnixProcessStatisticalInformation::new(Keys {
                cs_name: self.host.clone(),
                handle: process.pid.to_string(),
                name: stat.map(|stat| stat.name.clone()).unwrap_or_default(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::process::Processes;
    use crate::linux::testing::machine;

    #[test]
    fn memory_is_kilobytes_and_a_share_of_the_machine() {
        let root = machine("debian12");
        let process = Processes::open(&root).unwrap().get(812, Fields::ALL).unwrap();
        let (stat, sizes) = (process.stat.clone().unwrap(), process.memory.unwrap());
        let machine =
            Machine { host: "web".to_owned(), memory: 4 * stat.resident_bytes, tick: Duration::from_millis(10) };
        let statistics = machine.instance(process, None);
        assert_eq!(statistics.virtual_text, Some(sizes.text / 1024));
        assert_eq!(statistics.virtual_data, Some(sizes.data / 1024));
        assert_eq!(statistics.percent_used_memory, Some(25));
        assert_eq!(statistics.system_time_dead_children, Some(stat.children_kernel_time.as_millis() as u64 / 10));
        assert_eq!((statistics.cpu_time, statistics.pages_read_per_sec), (None, None));
    }
}
