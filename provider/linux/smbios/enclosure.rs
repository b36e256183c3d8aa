//! Chassis and boards: SMBIOS types 3 and 2.

use super::readable_of_kind;
use super::table::Structure;
use crate::linux::computer::dmi;
use crate::linux::{Result, Root};

const BOARD: u8 = 2;
const CHASSIS: u8 = 3;

/// A case. What the firmware does not tell is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chassis {
    /// Who made it.
    pub vendor: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Its serial number.
    pub serial: Option<String>,
    /// The number of its kind.
    pub sku: Option<String>,
    /// The owner's number.
    pub asset_tag: Option<String>,
    /// Its form by the numbers of SMBIOS, table 17: 3 desktop, 9 laptop, 23 rack mount.
    pub form: Option<u8>,
    /// Whether it has a lock.
    pub has_lock: Option<bool>,
    /// Whether it was opened: 3 not, 4 no longer locked.
    pub security: Option<u8>,
    /// How many power cords it has.
    pub power_cords: Option<u8>,
}

/// A board. What the firmware does not tell is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Board {
    /// Who made it.
    pub vendor: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Its serial number.
    pub serial: Option<String>,
    /// The owner's number.
    pub asset_tag: Option<String>,
    /// What it is like; only the tables tell.
    pub features: Option<BoardFeatures>,
}

/// What a board is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BoardFeatures {
    /// Whether it is the main board.
    pub hosting: bool,
    /// Whether it needs another board.
    pub needs_daughter: bool,
    /// Whether it can be taken out.
    pub removable: bool,
    /// Whether another can be put into its place.
    pub replaceable: bool,
    /// Whether that can be done while the machine runs.
    pub hot_swappable: bool,
}

/// The cases, in the order of the tables.
///
/// # Errors
/// The tables are there, and cannot be read for another reason than missing rights.
pub fn chassis(root: &Root) -> Result<Vec<Chassis>> {
    let told: Vec<Chassis> = readable_of_kind(root, CHASSIS)?.iter().map(chassis_of).collect();
    if !told.is_empty() {
        return Ok(told);
    }
    let dmi = dmi(root);
    let known = Chassis {
        vendor: dmi.chassis_vendor,
        version: dmi.chassis_version,
        serial: dmi.chassis_serial,
        asset_tag: dmi.chassis_asset_tag,
        form: dmi.chassis_type,
        ..Chassis::default()
    };
    Ok(if known == Chassis::default() { Vec::new() } else { vec![known] })
}

fn chassis_of(structure: &Structure) -> Chassis {
    let form = structure.byte(0x05);
    // The SKU follows the elements that the chassis contains, each of which has the length at 0x14.
    let elements = structure.byte(0x13).zip(structure.byte(0x14));
    let sku = elements.and_then(|(count, length)| structure.text(0x15 + usize::from(count) * usize::from(length)));
    Chassis {
        vendor: structure.text(0x04),
        version: structure.text(0x06),
        serial: structure.text(0x07),
        asset_tag: structure.text(0x08),
        form: form.map(|form| form & 0x7f).filter(|form| *form > 2),
        has_lock: form.map(|form| form & 0x80 != 0),
        security: structure.byte(0x0c),
        power_cords: structure.byte(0x12).filter(|cords| *cords > 0),
        sku,
    }
}

/// The boards, in the order of the tables.
///
/// # Errors
/// As [`chassis`].
pub fn boards(root: &Root) -> Result<Vec<Board>> {
    let told: Vec<Board> = readable_of_kind(root, BOARD)?.iter().map(board_of).collect();
    if !told.is_empty() {
        return Ok(told);
    }
    let dmi = dmi(root);
    let known = Board {
        vendor: dmi.board_vendor,
        model: dmi.board_name,
        version: dmi.board_version,
        serial: dmi.board_serial,
        asset_tag: dmi.board_asset_tag,
        features: None,
    };
    Ok(if known == Board::default() { Vec::new() } else { vec![known] })
}

fn board_of(structure: &Structure) -> Board {
    let features = structure.byte(0x09).map(|flags| BoardFeatures {
        hosting: flags & 1 != 0,
        needs_daughter: flags & 2 != 0,
        removable: flags & 4 != 0,
        replaceable: flags & 8 != 0,
        hot_swappable: flags & 16 != 0,
    });
    Board {
        vendor: structure.text(0x04),
        model: structure.text(0x05),
        version: structure.text(0x06),
        serial: structure.text(0x07),
        asset_tag: structure.text(0x08),
        features,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    #[test]
    fn the_tables_tell_more_than_the_kernel_does() {
        let root = machine("ubuntu2204");
        let found = chassis(&root).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].vendor.as_deref(), found[0].form), (Some("Dell Inc."), Some(23)));
        assert_eq!((found[0].has_lock, found[0].security, found[0].power_cords), (Some(true), Some(3), Some(2)));
        assert_eq!((found[0].serial.as_deref(), found[0].sku.as_deref()), (Some("4XK7Q3"), Some("PE-R650")));
        let boards = boards(&root).unwrap();
        assert_eq!((boards[0].model.as_deref(), boards[0].serial.as_deref()), (Some("0PYXKY"), Some(".4XK7Q3.CN")));
        let features = boards[0].features.unwrap();
        assert!(features.hosting && features.replaceable && !features.hot_swappable);
    }

    #[test]
    fn without_the_tables_the_kernel_s_part_of_them_counts() {
        let found = chassis(&machine("rhel8")).unwrap();
        assert_eq!((found.len(), found[0].has_lock), (1, None));
        assert_eq!(boards(&machine("rhel8")).unwrap().len(), 1);
        assert_eq!((chassis(&machine("alpine")).unwrap(), boards(&machine("alpine")).unwrap()), (vec![], vec![]));
    }
}
