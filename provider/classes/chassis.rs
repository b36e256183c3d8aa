//! Linux_Chassis: the cases of the machine.

use super::fits;
use crate::linux::Root;
use crate::linux::smbios::{self, Chassis};
use crate::schema::LinuxChassis;
use crate::schema::linux_chassis::{
    ChassisPackageType, ChassisTypes, Keys, PackageType, RackMountable, SecurityBreach,
};
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};

/// The forms by their numbers, from 3, in table 17 of the standard of SMBIOS.
const FORMS: [&str; 34] = [
    "Desktop",
    "Low Profile Desktop",
    "Pizza Box",
    "Mini Tower",
    "Tower",
    "Portable",
    "Laptop",
    "Notebook",
    "Hand Held",
    "Docking Station",
    "All in One",
    "Sub Notebook",
    "Space-saving",
    "Lunch Box",
    "Main Server Chassis",
    "Expansion Chassis",
    "SubChassis",
    "Bus Expansion Chassis",
    "Peripheral Chassis",
    "RAID Chassis",
    "Rack Mount Chassis",
    "Sealed-case PC",
    "Multi-system chassis",
    "Compact PCI",
    "Advanced TCA",
    "Blade",
    "Blade Enclosure",
    "Tablet",
    "Convertible",
    "Detachable",
    "IoT Gateway",
    "Embedded PC",
    "Mini PC",
    "Stick PC",
];

const RACK_MOUNT: u8 = 23;
const BLADE_ENCLOSURE: u8 = 29;

/// Serves Linux_Chassis.
#[derive(Default)]
pub(crate) struct Cases {
    root: Root,
}

impl Enumerate<LinuxChassis> for Cases {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxChassis>) -> Result<()> {
        self.all()?.into_iter().try_for_each(|it| out.post(it))
    }
}

impl Get<LinuxChassis> for Cases {
    fn get(&self, key: LinuxChassis, _query: &Query<'_>) -> Result<LinuxChassis> {
        let tag = key
            .tag
            .as_deref()
            .ok_or_else(|| Error::invalid_parameter("Linux_Chassis is found by its key Tag, such as \"Chassis 0\""))?;
        let ours = fits(&key.creation_class_name, "Linux_Chassis");
        let found = self.all()?.into_iter().find(|it| ours && it.tag.as_deref() == Some(tag));
        found.ok_or_else(|| not_found::<LinuxChassis>(&[("Tag", tag)]))
    }
}

impl Cases {
    fn all(&self) -> Result<Vec<LinuxChassis>> {
        let chassis = smbios::chassis(&self.root)?.into_iter();
        Ok(chassis.enumerate().map(|(index, chassis)| instance(index, chassis)).collect())
    }
}

fn instance(index: usize, chassis: Chassis) -> LinuxChassis {
    let tag = format!("Chassis {index}");
    LinuxChassis {
        caption: Some(tag.clone()),
        element_name: Some(tag.clone()),
        manufacturer: chassis.vendor,
        version: chassis.version,
        serial_number: chassis.serial,
        sku: chassis.sku,
        user_tracking: chassis.asset_tag,
        chassis_types: chassis.form.map(|form| vec![ChassisTypes(form.into())]),
        chassis_package_type: chassis.form.and_then(package_type),
        chassis_type_description: chassis.form.and_then(form_name).map(str::to_owned),
        rack_mountable: (chassis.form == Some(RACK_MOUNT)).then_some(RackMountable::TRUE),
        package_type: Some(PackageType::CHASSIS_FRAME),
        lock_present: chassis.has_lock,
        security_breach: chassis.security.and_then(breach),
        number_of_power_cords: chassis.power_cords.map(u16::from),
        ..LinuxChassis::new(Keys { tag })
    }
}

fn form_name(form: u8) -> Option<&'static str> {
    FORMS.get(usize::from(form).checked_sub(3)?).copied()
}

/// CIM counts as SMBIOS does up to 27, with a few numbers left out.
fn package_type(form: u8) -> Option<ChassisPackageType> {
    match form {
        3..=22 | 24 | 26 | 27 => Some(ChassisPackageType(form.into())),
        BLADE_ENCLOSURE => Some(ChassisPackageType::BLADE_ENCLOSURE),
        _ => None,
    }
}

/// SMBIOS tells whether it locks somebody out, not whether that was tried in vain.
fn breach(security: u8) -> Option<SecurityBreach> {
    match security {
        1 => Some(SecurityBreach::OTHER),
        3 => Some(SecurityBreach::NO_BREACH),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    #[test]
    fn a_server_in_a_rack_says_so() {
        let cases = Cases { root: machine("ubuntu2204") }.all().unwrap();
        let [chassis] = &cases[..] else { panic!("{cases:?}") };
        assert_eq!(chassis.tag.as_deref(), Some("Chassis 0"));
        assert_eq!(chassis.chassis_types, Some(vec![ChassisTypes(23)]));
        assert_eq!(chassis.chassis_type_description.as_deref(), Some("Rack Mount Chassis"));
        assert_eq!((chassis.rack_mountable, chassis.chassis_package_type), (Some(RackMountable::TRUE), None));
        assert_eq!(
            (chassis.security_breach, chassis.number_of_power_cords),
            (Some(SecurityBreach::NO_BREACH), Some(2))
        );
    }

    #[test]
    fn a_form_has_the_number_that_cim_gives_it() {
        assert_eq!(package_type(9), Some(ChassisPackageType::LAP_TOP));
        assert_eq!(package_type(29), Some(ChassisPackageType::BLADE_ENCLOSURE));
        assert_eq!((package_type(28), form_name(28)), (None, Some("Blade")));
        assert_eq!((form_name(36), form_name(37), form_name(2)), (Some("Stick PC"), None, None));
    }
}
