//! What the firmware says about the machine: SMBIOS, as `/sys/class/dmi/id` shows it.

use crate::linux::Root;
use crate::linux::smbios::meaningful;

/// Strings of SMBIOS. Each is `None` where there is no SMBIOS (most ARM boards, some virtual machines, containers that
/// hide `/sys`), where the vendor wrote nothing but a placeholder, or where we may not read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dmi {
    /// Who made the system.
    pub sys_vendor: Option<String>,
    /// Its model.
    pub product_name: Option<String>,
    /// The version of the model.
    pub product_version: Option<String>,
    /// Its serial number; only root can read it.
    pub product_serial: Option<String>,
    /// Its UUID; only root can read it.
    pub product_uuid: Option<String>,
    /// The maker's order number.
    pub product_sku: Option<String>,
    /// Who made the chassis.
    pub chassis_vendor: Option<String>,
    /// The version of the chassis.
    pub chassis_version: Option<String>,
    /// The number of the chassis' form in SMBIOS table 7.4.1: 3 desktop, 9 laptop, 23 rack mount. `None` also for 1
    /// (other) and 2 (unknown).
    pub chassis_type: Option<u8>,
    /// The serial number of the chassis; only root can read it.
    pub chassis_serial: Option<String>,
    /// The owner's number for the chassis.
    pub chassis_asset_tag: Option<String>,
    /// Who made the main board.
    pub board_vendor: Option<String>,
    /// The model of the main board.
    pub board_name: Option<String>,
    /// The version of the main board.
    pub board_version: Option<String>,
    /// The serial number of the main board; only root can read it.
    pub board_serial: Option<String>,
    /// The owner's number for the main board.
    pub board_asset_tag: Option<String>,
    /// Who made the firmware.
    pub bios_vendor: Option<String>,
    /// The version of the firmware.
    pub bios_version: Option<String>,
    /// The date of the firmware, as the vendor wrote it: mostly month/day/year.
    pub bios_date: Option<String>,
    /// The release of the firmware, MAJOR.MINOR.
    pub bios_release: Option<String>,
}

/// Reads what there is.
pub fn dmi(root: &Root) -> Dmi {
    let value = |name: &str| meaningful(&root.value(&format!("/sys/class/dmi/id/{name}"))?);
    Dmi {
        sys_vendor: value("sys_vendor"),
        product_name: value("product_name"),
        product_version: value("product_version"),
        product_serial: value("product_serial"),
        product_uuid: value("product_uuid"),
        product_sku: value("product_sku"),
        chassis_vendor: value("chassis_vendor"),
        chassis_version: value("chassis_version"),
        chassis_type: value("chassis_type").and_then(|kind| kind.parse().ok()).filter(|kind| *kind > 2),
        chassis_serial: value("chassis_serial"),
        chassis_asset_tag: value("chassis_asset_tag"),
        board_vendor: value("board_vendor"),
        board_name: value("board_name"),
        board_version: value("board_version"),
        board_serial: value("board_serial"),
        board_asset_tag: value("board_asset_tag"),
        bios_vendor: value("bios_vendor"),
        bios_version: value("bios_version"),
        bios_date: value("bios_date"),
        bios_release: value("bios_release"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    #[test]
    fn a_server_says_what_it_is() {
        let dmi = dmi(&machine("ubuntu2204"));
        assert_eq!(dmi.sys_vendor.as_deref(), Some("Dell Inc."));
        assert_eq!(dmi.product_name.as_deref(), Some("PowerEdge R650"));
        assert_eq!(dmi.chassis_type, Some(23));
        assert_eq!(dmi.bios_date.as_deref(), Some("01/25/2024"));
    }

    #[test]
    fn placeholders_and_blanks_are_none() {
        assert_eq!(dmi(&machine("ubuntu2204")).product_version, None, "\"Not Specified\"");
        assert_eq!(dmi(&machine("rhel8")).product_version, None, "\"None\"");
        let virtual_machine = dmi(&machine("debian12"));
        assert_eq!((virtual_machine.product_serial, virtual_machine.chassis_type), (None, None));
    }

    #[test]
    fn a_machine_without_smbios_says_nothing() {
        assert_eq!(dmi(&machine("alpine")), Dmi::default());
    }
}
