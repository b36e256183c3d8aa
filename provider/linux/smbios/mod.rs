//! Firmware, chassis, boards and memory modules, as the firmware tells them: SMBIOS, which is DSP0134 of the DMTF.
//!
//! The tables lie in `/sys/firmware/dmi/tables/DMI`, which root alone may read. What the kernel takes from them for
//! everybody is in `/sys/class/dmi/id`, and stands in where the tables cannot be read.

mod enclosure;
mod firmware;
mod memory;
mod table;

pub use enclosure::{Board, BoardFeatures, Chassis, boards, chassis};
pub use firmware::{Firmware, firmware};
pub use memory::{MemoryModule, memory_modules};
pub(crate) use table::meaningful;

use super::{Result, Root};
use table::Structure;

const TABLES: &str = "/sys/firmware/dmi/tables/DMI";

/// The structures of a kind. None where there is no SMBIOS.
///
/// # Errors
/// Only root may read the tables.
fn of_kind(root: &Root, kind: u8) -> Result<Vec<Structure>> {
    match root.read(TABLES) {
        Ok(bytes) => Ok(table::structures(&bytes).into_iter().filter(|structure| structure.kind == kind).collect()),
        Err(error) if error.is_not_found() => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// As [`of_kind`], and none where we may not read the tables either.
fn readable_of_kind(root: &Root, kind: u8) -> Result<Vec<Structure>> {
    match of_kind(root, kind) {
        Err(error) if error.is_permission_denied() => Ok(Vec::new()),
        structures => structures,
    }
}
