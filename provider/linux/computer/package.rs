//! Processor packages (sockets): `/proc/cpuinfo` and `/sys/devices/system/cpu`.

use std::collections::{BTreeMap, BTreeSet};

use super::processors::{SYSFS, online};
use crate::linux::{Result, Root};

/// A package and what is the same for all of its processors. What it says nothing of is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Package {
    /// The kernel's number of the package; `None` where the hardware does not say what lies in which package.
    pub number: Option<u32>,
    /// The numbers of the logical processors in it that are online, in order.
    pub processors: Vec<u32>,
    /// How many cores these are.
    pub cores: Option<usize>,
    /// What `/proc/cpuinfo` says of the first processor.
    pub model: Model,
    /// Not read unless asked for.
    pub caches: Caches,
    /// Not read unless asked for.
    pub clock: Clock,
}

/// What `/proc/cpuinfo` says, in the words of x86 or of ARM.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// `model name`; 64-bit ARM kernels have none.
    pub name: Option<String>,
    /// `vendor_id`, or the number of `CPU implementer`.
    pub vendor: Option<String>,
    /// `cpu family`, or the number of `CPU architecture`.
    pub family: Option<String>,
    /// `model`, or the number of `CPU part`.
    pub model: Option<String>,
    /// `stepping`, or variant and revision of ARM as in r3p1.
    pub stepping: Option<String>,
    /// `microcode`.
    pub microcode: Option<String>,
    /// `flags` or `Features`.
    pub features: Vec<String>,
    /// Bits of a physical address: the first number of `address sizes`.
    pub address_bits: Option<u16>,
    /// The mean of `cpu MHz` over the package's processors.
    mean_mhz: Option<f64>,
}

/// The caches of a package together, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caches {
    /// For data, level 1.
    pub level1_data: Option<u64>,
    /// For instructions, level 1.
    pub level1_instruction: Option<u64>,
    /// Level 2.
    pub level2: Option<u64>,
    /// Level 3.
    pub level3: Option<u64>,
}

/// Clock rates in MHz, and who sets them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// The lowest that a processor of the package can be set to.
    pub min: Option<u32>,
    /// The highest that a processor of the package can be set to.
    pub max: Option<u32>,
    /// The mean of the package's processors now.
    pub current: Option<u32>,
    /// The driver that sets it.
    pub driver: Option<String>,
    /// The policies by which it is set, each named once.
    pub governors: Vec<String>,
}

/// What to read that takes several files for each processor.
#[derive(Clone, Copy, Debug)]
pub struct Details {
    /// [`Package::caches`]
    pub caches: bool,
    /// [`Package::clock`]
    pub clock: bool,
}

/// The lines of one processor in `/proc/cpuinfo`.
type Entry<'a> = BTreeMap<&'a str, &'a str>;

/// The packages that have a processor online, in the order of their numbers.
pub fn packages(root: &Root, details: Details) -> Result<Vec<Package>> {
    let text = root.read_text_if_present("/proc/cpuinfo")?.unwrap_or_default();
    let entries = entries(&text);
    let online = online(root).unwrap_or_else(|| entries.keys().copied().collect());

    let mut grouped: BTreeMap<Option<u32>, Vec<u32>> = BTreeMap::new();
    for processor in online {
        grouped.entry(package_of(root, processor, &entries)).or_default().push(processor);
    }
    Ok(grouped.into_iter().map(|(number, processors)| package(root, number, processors, &entries, details)).collect())
}

fn package(
    root: &Root,
    number: Option<u32>,
    processors: Vec<u32>,
    entries: &BTreeMap<u32, Entry<'_>>,
    details: Details,
) -> Package {
    let own: Vec<_> = processors.iter().filter_map(|processor| entries.get(processor)).collect();
    let mut model = own.first().map(|entry| model(entry)).unwrap_or_default();
    model.mean_mhz = mean(own.iter().filter_map(|entry| entry.get("cpu MHz")?.parse().ok()));
    Package {
        number,
        cores: cores(root, &processors, &own),
        caches: if details.caches { caches(root, &processors) } else { Caches::default() },
        clock: if details.clock { clock(root, &processors, &model) } else { Clock::default() },
        processors,
        model,
    }
}

/// The processors that `/proc/cpuinfo` names, with the lines of each. Lines of the whole machine come before the first
/// one or after a blank line, and belong to none.
fn entries(text: &str) -> BTreeMap<u32, Entry<'_>> {
    let blocks = text.split("\n\n").filter_map(|block| {
        let lines = block.lines().filter_map(|line| line.split_once(':'));
        let entry: Entry<'_> = lines.map(|(name, value)| (name.trim(), value.trim())).collect();
        Some((entry.get("processor")?.parse().ok()?, entry))
    });
    blocks.collect()
}

fn package_of(root: &Root, processor: u32, entries: &BTreeMap<u32, Entry<'_>>) -> Option<u32> {
    // The kernel says -1 for a processor whose package it does not know.
    let from_sysfs = root.number::<i64>(&format!("{SYSFS}/cpu{processor}/topology/physical_package_id"));
    let from_cpuinfo = || entries.get(&processor)?.get("physical id")?.parse().ok();
    from_sysfs.or_else(from_cpuinfo).and_then(|number| u32::try_from(number).ok())
}

/// Threads of one core name each other; where sysfs is hidden, they have one core id.
fn cores(root: &Root, processors: &[u32], entries: &[&Entry<'_>]) -> Option<usize> {
    let file = |processor: &u32, name| root.value(&format!("{SYSFS}/cpu{processor}/topology/{name}"));
    let siblings = |processor| file(processor, "core_cpus_list").or_else(|| file(processor, "thread_siblings_list"));
    let known: BTreeSet<String> = processors.iter().filter_map(siblings).collect();
    if !known.is_empty() {
        return Some(known.len());
    }
    let ids: BTreeSet<&str> = entries.iter().filter_map(|entry| entry.get("core id").copied()).collect();
    (!ids.is_empty()).then_some(ids.len())
}

fn model(entry: &Entry<'_>) -> Model {
    let value = |name: &str| entry.get(name).filter(|value| !value.is_empty()).map(|value| (*value).to_owned());
    let hex = |name: &str| u32::from_str_radix(entry.get(name)?.strip_prefix("0x")?, 16).ok();
    let arm_stepping = || Some(format!("r{}p{}", hex("CPU variant")?, entry.get("CPU revision")?));
    let features = value("flags").or_else(|| value("Features")).unwrap_or_default();
    Model {
        name: value("model name"),
        vendor: value("vendor_id").or_else(|| value("CPU implementer")),
        family: value("cpu family").or_else(|| value("CPU architecture")),
        model: value("model").or_else(|| value("CPU part")),
        stepping: value("stepping").filter(|stepping| stepping != "unknown").or_else(arm_stepping),
        microcode: value("microcode"),
        features: features.split_ascii_whitespace().map(str::to_owned).collect(),
        address_bits: value("address sizes").and_then(|sizes| sizes.split_once(' ')?.0.parse().ok()),
        mean_mhz: None,
    }
}

/// A cache that several processors share counts once.
fn caches(root: &Root, processors: &[u32]) -> Caches {
    let mut caches = Caches::default();
    let mut seen = BTreeSet::new();
    for processor in processors {
        for index in 0.. {
            let file = |name: &str| root.value(&format!("{SYSFS}/cpu{processor}/cache/index{index}/{name}"));
            let Some(level) = file("level") else { break };
            let (Some(kind), Some(size)) = (file("type"), file("size").and_then(|size| bytes(&size))) else { continue };
            let sharers = file("shared_cpu_list").unwrap_or_else(|| processor.to_string());
            let sum = match (level.as_str(), kind.as_str()) {
                ("1", "Data") => &mut caches.level1_data,
                ("1", "Instruction") => &mut caches.level1_instruction,
                ("2", _) => &mut caches.level2,
                ("3", _) => &mut caches.level3,
                _ => continue,
            };
            if seen.insert((level, kind, sharers)) {
                *sum = Some(sum.unwrap_or(0).saturating_add(size));
            }
        }
    }
    caches
}

/// A size as the kernel writes it: "32K".
fn bytes(size: &str) -> Option<u64> {
    size.strip_suffix('K')?.parse::<u64>().ok()?.checked_mul(1024)
}

fn clock(root: &Root, processors: &[u32], model: &Model) -> Clock {
    let file = |name: &'static str| {
        let path = move |processor: &u32| format!("{SYSFS}/cpu{processor}/cpufreq/{name}");
        processors.iter().filter_map(move |processor| root.value(&path(processor)))
    };
    let khz = |name| file(name).filter_map(|value| value.parse::<u32>().ok());
    let current = mean(khz("scaling_cur_freq").map(f64::from)).map(|khz| khz / 1000.0).or(model.mean_mhz);
    Clock {
        min: khz("cpuinfo_min_freq").min().map(|khz| khz / 1000),
        max: khz("cpuinfo_max_freq").max().map(|khz| khz / 1000),
        current: current.map(|mhz| mhz.round() as u32),
        driver: file("scaling_driver").next(),
        governors: file("scaling_governor").collect::<BTreeSet<_>>().into_iter().collect(),
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
#[path = "package_tests.rs"]
mod tests;
