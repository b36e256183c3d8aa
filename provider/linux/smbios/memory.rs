//! Memory modules: SMBIOS type 17.

use super::of_kind;
use super::table::Structure;
use crate::linux::{Result, Root};

const MEMORY_DEVICE: u8 = 17;

/// What a field of two bytes holds when nobody knows.
const UNKNOWN: u16 = u16::MAX;

/// The kinds of memory by their numbers, from 1, in table 78 of the standard.
const KINDS: [&str; 36] = [
    "Other",
    "Unknown",
    "DRAM",
    "EDRAM",
    "VRAM",
    "SRAM",
    "RAM",
    "ROM",
    "Flash",
    "EEPROM",
    "FEPROM",
    "EPROM",
    "CDRAM",
    "3DRAM",
    "SDRAM",
    "SGRAM",
    "RDRAM",
    "DDR",
    "DDR2",
    "DDR2 FB-DIMM",
    "Reserved",
    "Reserved",
    "Reserved",
    "DDR3",
    "FBD2",
    "DDR4",
    "LPDDR",
    "LPDDR2",
    "LPDDR3",
    "LPDDR4",
    "Logical non-volatile device",
    "HBM",
    "HBM2",
    "DDR5",
    "LPDDR5",
    "HBM3",
];

/// A memory module. What the firmware does not tell is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryModule {
    /// The place among all sockets, from 0.
    pub index: usize,
    /// How much it holds, in bytes.
    pub bytes: Option<u64>,
    /// Its form by the numbers of SMBIOS: 9 DIMM, 13 SO-DIMM.
    pub form: Option<u8>,
    /// The kind of memory by the numbers of SMBIOS: 24 DDR3, 26 DDR4, 34 DDR5.
    pub kind: Option<u8>,
    /// What is printed at the socket.
    pub socket: Option<String>,
    /// The bank.
    pub bank: Option<String>,
    /// Who made it.
    pub vendor: Option<String>,
    /// Its serial number.
    pub serial: Option<String>,
    /// The owner's number.
    pub asset_tag: Option<String>,
    /// The number of its kind.
    pub part_number: Option<String>,
    /// The width with the bits that correct errors.
    pub total_width: Option<u16>,
    /// The width of the data, in bits.
    pub data_width: Option<u16>,
    /// How many transfers it can make, in millions per second.
    pub speed: Option<u32>,
    /// How many it is set to make.
    pub configured_speed: Option<u32>,
    /// The voltage that it is set to, in millivolts.
    pub millivolts: Option<u16>,
    /// How many ranks it has.
    pub ranks: Option<u8>,
}

impl MemoryModule {
    /// The kind of memory in words, such as "DDR4".
    pub fn kind_name(&self) -> Option<&'static str> {
        let name = KINDS.get(usize::from(self.kind?).checked_sub(1)?)?;
        (!matches!(*name, "Unknown" | "Reserved")).then_some(name)
    }
}

/// The modules that are in their sockets, in the order of the tables. None where there is no SMBIOS.
///
/// # Errors
/// Only root may read the tables.
pub fn memory_modules(root: &Root) -> Result<Vec<MemoryModule>> {
    let sockets = of_kind(root, MEMORY_DEVICE)?;
    Ok(sockets.iter().enumerate().filter_map(|(index, socket)| module(index, socket)).collect())
}

/// The module in a socket; `None` if it is empty.
fn module(index: usize, socket: &Structure) -> Option<MemoryModule> {
    let bytes = match socket.word(0x0c)? {
        0 => return None,
        UNKNOWN => None,
        // What does not fit has a field of its own, in mebibytes.
        0x7fff => socket.double_word(0x1c).map(|size| u64::from(size & 0x7fff_ffff) << 20),
        size if size & 0x8000 != 0 => Some(u64::from(size & 0x7fff) << 10),
        size => Some(u64::from(size) << 20),
    };
    let known = |offset| socket.word(offset).filter(|value| ![0, UNKNOWN].contains(value));
    let speed = |offset, extended| match socket.word(offset)? {
        0 => None,
        UNKNOWN => socket.double_word(extended).filter(|speed| *speed > 0),
        speed => Some(speed.into()),
    };
    Some(MemoryModule {
        index,
        bytes,
        form: socket.byte(0x0e),
        kind: socket.byte(0x12),
        socket: socket.text(0x10),
        bank: socket.text(0x11),
        vendor: socket.text(0x17),
        serial: socket.text(0x18),
        asset_tag: socket.text(0x19),
        part_number: socket.text(0x1a),
        total_width: known(0x08),
        data_width: known(0x0a),
        speed: speed(0x15, 0x54),
        configured_speed: speed(0x20, 0x58),
        millivolts: known(0x26),
        ranks: socket.byte(0x1b).map(|attributes| attributes & 0x0f).filter(|ranks| *ranks > 0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    #[test]
    fn modules_are_those_in_their_sockets() {
        let modules = memory_modules(&machine("ubuntu2204")).unwrap();
        let places: Vec<_> = modules.iter().map(|module| (module.index, module.socket.as_deref().unwrap())).collect();
        assert_eq!(places, [(0, "A1"), (2, "B1"), (3, "NVDIMM1")]);
        let first = &modules[0];
        assert_eq!((first.bytes, first.kind_name()), (Some(16 << 30), Some("DDR4")));
        assert_eq!((first.total_width, first.data_width, first.ranks), (Some(72), Some(64), Some(2)));
        assert_eq!((first.speed, first.configured_speed, first.millivolts), (Some(3200), Some(2933), Some(1200)));
        assert_eq!((first.part_number.as_deref(), first.asset_tag.as_deref()), (Some("HMA82GR7DJR8N-XN"), None));
    }

    #[test]
    fn what_does_not_fit_into_two_bytes_is_read_where_it_does() {
        let modules = memory_modules(&machine("ubuntu2204")).unwrap();
        assert_eq!((modules[1].bytes, modules[1].speed), (Some(64 << 30), Some(70_000)));
        assert_eq!(
            (modules[2].bytes, modules[2].speed),
            (Some(512 << 10), None),
            "in kibibytes, and of an old standard"
        );
    }

    #[test]
    fn without_smbios_there_are_no_modules() {
        assert_eq!(memory_modules(&machine("alpine")).unwrap(), []);
    }
}
