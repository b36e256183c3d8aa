//! The firmware: SMBIOS types 0 and 13, and `/sys/firmware/efi`.

use super::readable_of_kind;
use crate::linux::computer::dmi;
use crate::linux::{Result, Root};

const LANGUAGES: u8 = 13;

/// The firmware. What it does not tell is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Firmware {
    /// Who made it.
    pub vendor: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// The day of its release, as the vendor wrote it: mostly month/day/year.
    pub date: Option<String>,
    /// Its release, MAJOR.MINOR.
    pub release: Option<String>,
    /// The languages that it can speak; only the tables tell.
    pub languages: Option<Vec<String>>,
    /// The one that it speaks; only the tables tell.
    pub language: Option<String>,
    /// Whether the system was started by UEFI.
    pub is_uefi: bool,
}

/// The firmware. `None` where there is no SMBIOS.
///
/// # Errors
/// The tables are there, and cannot be read for another reason than missing rights.
pub fn firmware(root: &Root) -> Result<Option<Firmware>> {
    let dmi = dmi(root);
    if dmi.bios_vendor.is_none() && dmi.bios_version.is_none() {
        return Ok(None);
    }
    let languages = readable_of_kind(root, LANGUAGES)?.into_iter().next();
    let spoken = languages.as_ref().and_then(|languages| {
        let count = languages.byte(0x04)?;
        Some((1..=count).filter_map(|number| languages.numbered_text(number)).collect())
    });
    Ok(Some(Firmware {
        vendor: dmi.bios_vendor,
        version: dmi.bios_version,
        date: dmi.bios_date,
        release: dmi.bios_release,
        languages: spoken,
        language: languages.and_then(|languages| languages.text(0x15)),
        is_uefi: root.exists("/sys/firmware/efi"),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    #[test]
    fn firmware_tells_its_release_and_its_languages() {
        let firmware = firmware(&machine("ubuntu2204")).unwrap().unwrap();
        assert_eq!((firmware.vendor.as_deref(), firmware.release.as_deref()), (Some("Dell Inc."), Some("1.13")));
        assert_eq!(firmware.languages, Some(vec!["en|US|iso8859-1".to_owned()]));
        assert_eq!((firmware.language.as_deref(), firmware.is_uefi), (Some("en|US|iso8859-1"), true));
    }

    #[test]
    fn without_smbios_there_is_none_and_without_its_tables_no_language() {
        assert_eq!(firmware(&machine("alpine")).unwrap(), None);
        let firmware = firmware(&machine("rhel8")).unwrap().unwrap();
        assert_eq!((firmware.languages, firmware.is_uefi), (None, false));
    }
}
