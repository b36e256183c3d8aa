//! Linux_ComputerSystem: the machine.

use super::deed::{Deed, perform};
use super::{fits, host_name};
use crate::linux::computer::{self, Lasting};
use crate::linux::{Bus, Root, memory};
use crate::schema::LinuxComputerSystem;
use crate::schema::linux_computer_system::{Rename, RenameOutput, rename};
use omi::{Class, Enumerate, Error, Get, Instance, Invoke, Query, Result, Sink, not_found};

/// Serves Linux_ComputerSystem.
#[derive(Default)]
pub(crate) struct ComputerSystem {
    root: Root,
    bus: Bus,
}

impl Enumerate<LinuxComputerSystem> for ComputerSystem {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxComputerSystem>) -> Result<()> {
        out.post(instance(&self.root)?)
    }
}

impl Get<LinuxComputerSystem> for ComputerSystem {
    fn get(&self, key: LinuxComputerSystem, _query: &Query<'_>) -> Result<LinuxComputerSystem> {
        self.check_keys(&key)?;
        instance(&self.root)
    }
}

impl Invoke<Rename> for ComputerSystem {
    fn invoke(&self, target: Option<LinuxComputerSystem>, input: Rename, query: &Query<'_>) -> Result<RenameOutput> {
        let target = target.ok_or_else(|| {
            Error::invalid_parameter("Linux_ComputerSystem.Rename needs an instance: give the key Name")
        })?;
        self.check_keys(&target)?;
        let name =
            input.name.ok_or_else(|| Error::invalid_parameter("Rename needs the parameter Name, such as web1"))?;
        // Before anybody is asked whether it shall be done.
        computer::check_host_name(&name)?;
        let (action, lasting) = match input.transient.unwrap_or(false) {
            true => ("rename the computer until it starts again, to", Lasting::UntilRestart),
            false => ("rename the computer to", Lasting::Always),
        };
        perform(query, Deed::new(action, &name), || computer::set_host_name(&self.root, &self.bus, &name, lasting))?;
        Ok(RenameOutput { return_value: Some(rename::ReturnValue::COMPLETED_WITH_NO_ERROR) })
    }
}

impl ComputerSystem {
    /// That the keys of a request are those of this machine.
    fn check_keys(&self, key: &LinuxComputerSystem) -> Result<()> {
        let own = host_name(&self.root)?;
        if fits(&key.creation_class_name, "Linux_ComputerSystem") && fits(&key.name, &own) {
            Ok(())
        } else {
            Err(not_found::<LinuxComputerSystem>(&[("Name", key.name.as_deref().unwrap_or(&own))]))
        }
    }
}

/// That a parameter, which may be NULL, means this machine: another one cannot be managed from here.
pub(super) fn check_is_this(root: &Root, parameter: &str, system: Option<Instance>) -> Result<()> {
    let Some(system) = system else { return Ok(()) };
    let (asked, own) = (LinuxComputerSystem::from_instance(system)?.name, host_name(root)?);
    if fits(&asked, &own) {
        return Ok(());
    }
    let asked = asked.unwrap_or_default();
    Err(Error::invalid_parameter(format!("{parameter} should be this system, {own:?}, or NULL, and not {asked:?}")))
}

/// The machine, with all its properties.
pub(super) fn instance(root: &Root) -> Result<LinuxComputerSystem> {
    let name = host_name(root)?;
    let dmi = computer::dmi(root);
    let processors = computer::processors(root)?;
    let machine_id = computer::machine_id(root);
    let identifiers = [("MachineID", &machine_id), ("UUID", &dmi.product_uuid)];
    let known = identifiers.into_iter().filter_map(|(kind, value)| Some((kind.to_owned(), value.clone()?)));
    let (kinds, values): (Vec<String>, Vec<String>) = known.unzip();
    Ok(LinuxComputerSystem {
        caption: Some(name.clone()),
        element_name: Some(name.clone()),
        dns_host_name: name.split('.').next().map(str::to_owned),
        static_host_name: computer::static_host_name(root),
        domain: computer::domain(root)?,
        identifying_descriptions: (!kinds.is_empty()).then_some(kinds),
        other_identifying_info: (!values.is_empty()).then_some(values),
        machine_id,
        manufacturer: dmi.sys_vendor,
        model: dmi.product_name,
        serial_number: dmi.product_serial,
        uuid: dmi.product_uuid,
        virtualization: computer::virtualization(root).kind().map(str::to_owned),
        number_of_processors: processors.packages.and_then(|it| u32::try_from(it).ok()),
        number_of_logical_processors: processors.online.and_then(|it| u32::try_from(it).ok()),
        total_physical_memory: Some(memory::read(root)?.total),
        name: Some(name),
        ..LinuxComputerSystem::default()
    })
}
