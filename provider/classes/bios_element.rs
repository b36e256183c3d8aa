//! Linux_BIOSElement: the firmware of the machine.

use super::datetime;
use crate::linux::Root;
use crate::linux::smbios::{self, Firmware};
use crate::schema::LinuxBiosElement;
use crate::schema::linux_bios_element::Keys;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use omi::{Datetime, Enumerate, Error, Get, Query, Result, Sink, not_found};

/// Serves Linux_BIOSElement.
#[derive(Default)]
pub(crate) struct BiosElements {
    root: Root,
}

impl Enumerate<LinuxBiosElement> for BiosElements {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxBiosElement>) -> Result<()> {
        smbios::firmware(&self.root)?.map(instance).into_iter().try_for_each(|it| out.post(it))
    }
}

impl Get<LinuxBiosElement> for BiosElements {
    fn get(&self, key: LinuxBiosElement, _query: &Query<'_>) -> Result<LinuxBiosElement> {
        let id = key.software_element_id.as_deref().ok_or_else(|| {
            Error::invalid_parameter(
                "Linux_BIOSElement is found by its key SoftwareElementID, the vendor and the version",
            )
        })?;
        let found = smbios::firmware(&self.root)?.map(instance);
        let is_asked = |found: &LinuxBiosElement| found.software_element_id.as_deref() == Some(id);
        found.filter(is_asked).ok_or_else(|| not_found::<LinuxBiosElement>(&[("SoftwareElementID", id)]))
    }
}

fn instance(firmware: Firmware) -> LinuxBiosElement {
    let known = [&firmware.vendor, &firmware.version].into_iter().flatten();
    let id = known.map(String::as_str).collect::<Vec<_>>().join(" ");
    let keys = Keys { version: firmware.version.unwrap_or_default(), software_element_id: id.clone() };
    LinuxBiosElement {
        caption: Some(id.clone()),
        element_name: Some(id),
        manufacturer: firmware.vendor,
        release_date: firmware.date.as_deref().and_then(day),
        release: firmware.release,
        list_of_languages: firmware.languages,
        current_language: firmware.language,
        firmware_kind: Some(if firmware.is_uefi { "UEFI" } else { "BIOS" }.to_owned()),
        ..LinuxBiosElement::new(keys)
    }
}

/// The first moment, in UTC, of a day that is written month/day/year. A year of two digits is one of the last century.
fn day(text: &str) -> Option<Datetime> {
    let mut parts = text.splitn(3, '/').map(|part| part.trim().parse::<i16>());
    let (month, day, year) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let year = if (0..100).contains(&year) { 1900 + year } else { year };
    let date = Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    datetime(date.to_zoned(TimeZone::UTC).ok()?.timestamp().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    #[test]
    fn firmware_says_who_made_it_and_when() {
        let found = instance(smbios::firmware(&machine("ubuntu2204")).unwrap().unwrap());
        assert_eq!((found.name.as_deref(), found.manufacturer.as_deref()), (Some("BIOS"), Some("Dell Inc.")));
        assert_eq!(found.release_date.unwrap().to_string(), "20240125000000.000000+000");
        assert_eq!(found.firmware_kind.as_deref(), Some("UEFI"));
        assert_eq!(found.software_element_id.unwrap(), format!("Dell Inc. {}", found.version.unwrap()));
    }

    #[test]
    fn what_is_no_day_is_none() {
        assert_eq!(day("04/01/99").unwrap().to_string(), "19990401000000.000000+000");
        for text in ["", "13/40/2020", "April 2014", "2014-04-01", "1/1"] {
            assert!(day(text).is_none(), "{text}");
        }
    }
}
