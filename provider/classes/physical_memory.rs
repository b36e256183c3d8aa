//! Linux_PhysicalMemory: the memory modules of the machine.

use super::fits;
use crate::linux::Root;
use crate::linux::smbios::{self, MemoryModule};
use crate::schema::LinuxPhysicalMemory;
use crate::schema::linux_physical_memory::{FormFactor, Keys, MemoryType};
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};

/// Serves Linux_PhysicalMemory.
#[derive(Default)]
pub(crate) struct MemoryModules {
    root: Root,
}

impl Enumerate<LinuxPhysicalMemory> for MemoryModules {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxPhysicalMemory>) -> Result<()> {
        self.all()?.into_iter().try_for_each(|it| out.post(it))
    }
}

impl Get<LinuxPhysicalMemory> for MemoryModules {
    fn get(&self, key: LinuxPhysicalMemory, _query: &Query<'_>) -> Result<LinuxPhysicalMemory> {
        let tag = key.tag.as_deref().ok_or_else(|| {
            Error::invalid_parameter("Linux_PhysicalMemory is found by its key Tag, such as \"Physical Memory 0\"")
        })?;
        let ours = fits(&key.creation_class_name, "Linux_PhysicalMemory");
        let found = self.all()?.into_iter().find(|it| ours && it.tag.as_deref() == Some(tag));
        found.ok_or_else(|| not_found::<LinuxPhysicalMemory>(&[("Tag", tag)]))
    }
}

impl MemoryModules {
    fn all(&self) -> Result<Vec<LinuxPhysicalMemory>> {
        Ok(smbios::memory_modules(&self.root)?.into_iter().map(instance).collect())
    }
}

fn instance(module: MemoryModule) -> LinuxPhysicalMemory {
    let tag = format!("Physical Memory {}", module.index);
    LinuxPhysicalMemory {
        caption: Some(tag.clone()),
        element_name: Some(tag.clone()),
        memory_type: module.kind.and_then(memory_type),
        memory_type_name: module.kind_name().map(str::to_owned),
        form_factor: module.form.and_then(form_factor),
        manufacturer: module.vendor,
        part_number: module.part_number,
        serial_number: module.serial,
        user_tracking: module.asset_tag,
        bank_label: module.bank,
        device_locator: module.socket,
        capacity: module.bytes,
        total_width: module.total_width,
        data_width: module.data_width,
        max_memory_speed: module.speed,
        configured_memory_clock_speed: module.configured_speed,
        configured_voltage: module.millivolts.map(u32::from),
        ranks: module.ranks,
        ..LinuxPhysicalMemory::new(Keys { tag })
    }
}

/// From the numbers of SMBIOS to those of CIM.
fn memory_type(kind: u8) -> Option<MemoryType> {
    Some(match kind {
        0x03 => MemoryType::DRAM,
        0x04 => MemoryType::EDRAM,
        0x05 => MemoryType::VRAM,
        0x06 => MemoryType::SRAM,
        0x07 => MemoryType::RAM,
        0x08 => MemoryType::ROM,
        0x09 => MemoryType::FLASH,
        0x0a => MemoryType::EEPROM,
        0x0b => MemoryType::FEPROM,
        0x0c => MemoryType::EPROM,
        0x0d => MemoryType::CDRAM,
        0x0f => MemoryType::SDRAM,
        0x10 => MemoryType::SGRAM,
        0x11 => MemoryType::RDRAM,
        0x12 => MemoryType::DDR,
        0x13 => MemoryType::DDR_2,
        0x14 => MemoryType::FB_DIMM,
        0x18 => MemoryType::DDR3,
        0x19 => MemoryType::FBD2,
        0x00 | 0x02 | 0x15..=0x17 => return None,
        _ => MemoryType::OTHER,
    })
}

/// From the numbers of SMBIOS to those of CIM.
fn form_factor(form: u8) -> Option<FormFactor> {
    Some(match form {
        0x01 => FormFactor::OTHER,
        0x03 => FormFactor::SIMM,
        0x04 => FormFactor::SIP,
        0x06 => FormFactor::DIP,
        0x07 => FormFactor::ZIP,
        0x08 => FormFactor::PROPRIETARY,
        0x09 => FormFactor::DIMM,
        0x0a => FormFactor::TSOP,
        0x0c => FormFactor::RIMM,
        0x0d => FormFactor::SODIMM,
        0x0e => FormFactor::SRIMM,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    #[test]
    fn a_module_of_a_young_kind_has_its_name_and_no_number_of_its_own() {
        let modules = MemoryModules { root: machine("ubuntu2204") }.all().unwrap();
        let first = &modules[0];
        assert_eq!((first.memory_type, first.memory_type_name.as_deref()), (Some(MemoryType::OTHER), Some("DDR4")));
        assert_eq!((first.form_factor, first.capacity), (Some(FormFactor::DIMM), Some(16 << 30)));
        assert_eq!(modules[1].tag.as_deref(), Some("Physical Memory 2"), "the empty socket counts");
        assert_eq!((memory_type(0x18), memory_type(0x02)), (Some(MemoryType::DDR3), None));
    }
}
