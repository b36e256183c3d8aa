//! SCX_UnixProcess.TopResourceConsumers: the table of the processes that use most of a resource.

use super::process::Processes;
use super::process_load::Load;
use super::{kibibytes, share};
use crate::linux::memory;
use crate::linux::process::{Fields, Process};
use crate::schema::ScxUnixProcess;
use crate::schema::scx_unix_process::{TopResourceConsumers, TopResourceConsumersOutput};
use omi::{Error, Invoke, Query, Result};
use std::cmp::Reverse;
use std::fmt::Write;
use std::sync::mpsc::channel;

/// A resource: its name, whether it is seen between two readings only, and how much a process uses of it, given all the
/// memory of the machine in bytes.
struct Resource {
    name: &'static str,
    is_load: bool,
    used: fn(&Process, Option<Load>, u64) -> Option<u64>,
}

static RESOURCES: [Resource; 6] = [
    Resource { name: "CPUTime", is_load: true, used: |_, load, _| Some(load?.total.into()) },
    Resource { name: "PercentUserTime", is_load: true, used: |_, load, _| Some(load?.user.into()) },
    Resource { name: "PercentPrivilegedTime", is_load: true, used: |_, load, _| Some(load?.kernel.into()) },
    Resource { name: "UsedMemory", is_load: false, used: |it, _, _| Some(kibibytes(it.stat.as_ref()?.resident_bytes)) },
    Resource {
        name: "PercentUsedMemory",
        is_load: false,
        used: |it, _, all| share(it.stat.as_ref()?.resident_bytes, all).map(u64::from),
    },
    Resource { name: "PagesReadPerSec", is_load: true, used: |_, load, _| load?.faults },
];

impl Invoke<TopResourceConsumers> for Processes {
    fn invoke(
        &self,
        _target: Option<ScxUnixProcess>,
        input: TopResourceConsumers,
        _query: &Query<'_>,
    ) -> Result<TopResourceConsumersOutput> {
        let resource = resource(input.resource.as_deref().unwrap_or_default())?;
        let count = input.count.ok_or_else(|| {
            Error::invalid_parameter("TopResourceConsumers needs the parameter count, the number of processes")
        })?;
        let memory = memory::read(&self.reader.root)?.total;
        let (found, consumers) = channel();
        self.reader.all(
            Fields::STAT,
            resource.is_load,
            || found.clone(),
            |found, process, load| {
                if let Some(used) = (resource.used)(&process, load, memory) {
                    let name = process.stat.map(|stat| stat.name).unwrap_or_default();
                    // The other end is below.
                    let _ = found.send(Consumer { used, pid: process.pid, name });
                }
                Ok(())
            },
        )?;
        drop(found);
        let consumers = consumers.into_iter().collect();
        Ok(TopResourceConsumersOutput { return_value: Some(table(resource.name, consumers, count.into())) })
    }
}

fn resource(name: &str) -> Result<&'static Resource> {
    RESOURCES.iter().find(|resource| resource.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
        let names: Vec<_> = RESOURCES.iter().map(|resource| resource.name).collect();
        let names = names.join(", ");
        Error::invalid_parameter(format!("TopResourceConsumers knows no resource {name:?}: it knows {names}"))
    })
}

/// A process, and how much it uses.
struct Consumer {
    used: u64,
    pid: u32,
    name: String,
}

fn table(resource: &str, mut consumers: Vec<Consumer>, count: usize) -> String {
    consumers.sort_by_key(|consumer| (Reverse(consumer.used), consumer.pid));
    let mut text = format!("\nPID   Name                 {resource}\n{}\n", "-".repeat(61));
    for Consumer { used, pid, name } in consumers.iter().take(count) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{pid:>5} {name:<20} {used:>10}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_fixed_columns_and_the_greatest_first() {
        let consumer = |used, pid, name: &str| Consumer { used, pid, name: name.to_owned() };
        let all = vec![consumer(7, 12, "b"), consumer(123_456, 4_194_304, "omiserver"), consumer(7, 3, "a")];
        let expected = "\nPID   Name                 UsedMemory\n\
            -------------------------------------------------------------\n\
            4194304 omiserver                123456\n    3 a                             7\n";
        assert_eq!(table("UsedMemory", all, 2), expected);
    }

    #[test]
    fn a_resource_is_known_by_its_name_in_any_case() {
        assert_eq!(resource("cputime").unwrap().name, "CPUTime");
        let error = resource("BlockReadsPerSecond").err().unwrap();
        assert!(error.message().contains("CPUTime, PercentUserTime"), "{error}");
    }
}
