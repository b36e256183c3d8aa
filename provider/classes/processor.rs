//! Linux_Processor: the processors, one for each socket.

use super::{fits, host_name};
use crate::linux::Root;
use crate::linux::computer::{Details, Package, packages};
use crate::schema::LinuxProcessor;
use crate::schema::linux_processor::{Characteristics, Keys};
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};

/// What [`Details::caches`] is read for.
const CACHES: &[&str] = &["L1DataCacheSize", "L1InstructionCacheSize", "L2CacheSize", "L3CacheSize"];

/// What [`Details::clock`] is read for.
const CLOCK: &[&str] = &["MaxClockSpeed", "MinClockSpeed", "CurrentClockSpeed", "ScalingDriver", "ScalingGovernors"];

/// Serves Linux_Processor.
#[derive(Default)]
pub(crate) struct Processors {
    root: Root,
}

impl Enumerate<LinuxProcessor> for Processors {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxProcessor>) -> Result<()> {
        read(&self.root, details(query))?.into_iter().try_for_each(|processor| out.post(processor))
    }
}

impl Get<LinuxProcessor> for Processors {
    fn get(&self, key: LinuxProcessor, query: &Query<'_>) -> Result<LinuxProcessor> {
        let id = key.device_id.as_deref().ok_or_else(|| {
            Error::invalid_parameter(
                "Linux_Processor is found by its key DeviceID, the number of the socket, such as 0",
            )
        })?;
        let is_asked = |processor: &LinuxProcessor| {
            fits(&key.system_creation_class_name, "Linux_ComputerSystem")
                && fits(&key.creation_class_name, "Linux_Processor")
                && processor.system_name.as_deref().is_some_and(|host| fits(&key.system_name, host))
                && processor.device_id.as_deref() == Some(id)
        };
        let found = read(&self.root, details(query))?.into_iter().find(is_asked);
        found.ok_or_else(|| not_found::<LinuxProcessor>(&[("DeviceID", id)]))
    }
}

/// All processors, with all their properties.
pub(super) fn all(root: &Root) -> Result<Vec<LinuxProcessor>> {
    read(root, Details { caches: true, clock: true })
}

fn details(query: &Query<'_>) -> Details {
    Details { caches: query.wants_any(CACHES), clock: query.wants_any(CLOCK) }
}

fn read(root: &Root, details: Details) -> Result<Vec<LinuxProcessor>> {
    let (host, machine) = (host_name(root)?, root.facts().machine);
    Ok(packages(root, details)?.into_iter().map(|package| instance(&host, &machine, package)).collect())
}

fn instance(host: &str, machine: &str, package: Package) -> LinuxProcessor {
    let device_id = package.number.unwrap_or(0).to_string();
    let is_x86 = matches!(machine, "x86_64" | "i386" | "i486" | "i586" | "i686");
    let characteristics = is_x86.then(|| characteristics(&package));
    let data_width = match (&characteristics, machine) {
        (Some(found), _) => Some(if found.contains(&Characteristics::_64_BIT_CAPABLE) { 64 } else { 32 }),
        (None, "aarch64") => Some(64),
        (None, machine) if machine.starts_with("armv") => Some(32),
        _ => None,
    };
    let Package { processors, cores, model, caches, clock, .. } = package;
    LinuxProcessor {
        name: model.name.clone(),
        caption: model.name.clone(),
        element_name: Some(model.name.unwrap_or_else(|| format!("Processor {device_id}"))),
        max_clock_speed: clock.max,
        min_clock_speed: clock.min,
        current_clock_speed: clock.current,
        scaling_driver: clock.driver,
        scaling_governors: Some(clock.governors),
        data_width,
        address_width: model.address_bits,
        stepping: model.stepping,
        characteristics,
        number_of_enabled_cores: cores.and_then(|cores| u16::try_from(cores).ok()),
        number_of_logical_processors: u32::try_from(processors.len()).ok(),
        logical_processors: Some(processors),
        vendor: model.vendor,
        family_number: model.family,
        model_number: model.model,
        microcode_version: model.microcode,
        features: Some(model.features),
        l1_data_cache_size: caches.level1_data,
        l1_instruction_cache_size: caches.level1_instruction,
        l2_cache_size: caches.level2,
        l3_cache_size: caches.level3,
        ..LinuxProcessor::new(Keys { system_name: host.to_owned(), device_id })
    }
}

/// What the flags of x86 say.
fn characteristics(package: &Package) -> Vec<Characteristics> {
    let has = |flag: &str| package.model.features.iter().any(|feature| feature == flag);
    let has_threads = package.cores.is_some_and(|cores| package.processors.len() > cores);
    let known = [
        (Characteristics::_64_BIT_CAPABLE, has("lm")),
        (Characteristics::_32_BIT_CAPABLE, true),
        (Characteristics::ENHANCED_VIRTUALIZATION, has("vmx") || has("svm")),
        (Characteristics::HARDWARE_THREAD, has_threads),
        (Characteristics::NX_BIT, has("nx")),
    ];
    known.into_iter().filter(|(_, is_so)| *is_so).map(|(characteristic, _)| characteristic).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    fn first(name: &str, hardware: &str) -> LinuxProcessor {
        let details = Details { caches: true, clock: true };
        instance("server", hardware, packages(&machine(name), details).unwrap().remove(0))
    }

    #[test]
    fn an_x86_processor_has_the_characteristics_of_its_flags() {
        let processor = first("ubuntu2204", "x86_64");
        let expected = [2, 3, 4, 6].map(Characteristics);
        assert_eq!((processor.characteristics, processor.data_width), (Some(expected.to_vec()), Some(64)));
        assert_eq!(processor.logical_processors, Some(vec![0, 2]));
        assert_eq!((processor.max_clock_speed, processor.l3_cache_size), (None, None), "no file tells");
    }

    #[test]
    fn an_arm_processor_has_a_name_to_show_but_no_model_name() {
        let processor = first("arm64", "aarch64");
        assert_eq!((processor.name, processor.element_name.as_deref()), (None, Some("Processor 0")));
        assert_eq!((processor.data_width, processor.characteristics), (Some(64), None));
        assert_eq!((processor.number_of_enabled_cores, processor.max_clock_speed), (Some(4), Some(3000)));
    }

    #[test]
    fn cores_that_nobody_counted_are_not_one() {
        let processor = first("alpine", "aarch64");
        assert_eq!((processor.number_of_enabled_cores, processor.number_of_logical_processors), (None, Some(1)));
    }
}
