//! Linux_KernelModule: the modules that the kernel has loaded.

use crate::linux::Root;
use crate::linux::kernel_module::{self, Details, KernelModule};
use crate::schema::LinuxKernelModule;
use crate::schema::linux_kernel_module::{Keys, State};
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};

const ID_PREFIX: &str = "Linux:KernelModule:";

/// What [`kernel_module::details`] are read for.
const DETAILS: &[&str] = &["Version", "SourceVersion", "Parameters"];

/// Serves Linux_KernelModule.
#[derive(Default)]
pub(crate) struct KernelModules {
    root: Root,
}

impl Enumerate<LinuxKernelModule> for KernelModules {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxKernelModule>) -> Result<()> {
        kernel_module::read(&self.root)?.into_iter().try_for_each(|module| out.post(self.instance(module, query)))
    }
}

impl Get<LinuxKernelModule> for KernelModules {
    fn get(&self, key: LinuxKernelModule, query: &Query<'_>) -> Result<LinuxKernelModule> {
        let id = key.instance_id.as_deref().ok_or_else(|| {
            Error::invalid_parameter(
                "Linux_KernelModule is found by its key InstanceID, such as Linux:KernelModule:loop",
            )
        })?;
        let is_asked = |module: &KernelModule| id.strip_prefix(ID_PREFIX) == Some(&module.name);
        let found = kernel_module::read(&self.root)?.into_iter().find(is_asked);
        let found = found.ok_or_else(|| not_found::<LinuxKernelModule>(&[("InstanceID", id)]))?;
        Ok(self.instance(found, query))
    }
}

impl KernelModules {
    fn instance(&self, module: KernelModule, query: &Query<'_>) -> LinuxKernelModule {
        let details = query.wants_any(DETAILS).then(|| kernel_module::details(&self.root, &module));
        instance(module, details.unwrap_or_default())
    }
}

fn instance(module: KernelModule, details: Details) -> LinuxKernelModule {
    let state = match &module.state[..] {
        "Live" => Some(State::LIVE),
        "Loading" => Some(State::LOADING),
        "Unloading" => Some(State::UNLOADING),
        _ => None,
    };
    let parameters = details.parameters.into_iter().map(|(name, value)| format!("{name}={value}"));
    LinuxKernelModule {
        name: Some(module.name.clone()),
        caption: Some(module.name.clone()),
        element_name: Some(module.name.clone()),
        size: Some(module.size),
        reference_count: module.references,
        used_by: Some(module.used_by),
        state,
        taints: module.taints,
        version: details.version,
        source_version: details.source_version,
        parameters: Some(parameters.collect()),
        ..LinuxKernelModule::new(Keys { instance_id: format!("{ID_PREFIX}{}", module.name) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    #[test]
    fn a_module_is_named_by_the_kernel_s_name() {
        let root = machine("debian12");
        let module = kernel_module::read(&root).unwrap().into_iter().find(|module| module.name == "zfs").unwrap();
        let details = kernel_module::details(&root, &module);
        let instance = instance(module, details);
        assert_eq!(instance.instance_id.as_deref(), Some("Linux:KernelModule:zfs"));
        assert_eq!((instance.state, instance.taints.as_deref()), (Some(State::LIVE), Some("POE")));
        assert_eq!(instance.parameters.unwrap(), ["zfs_arc_max=0", "zfs_txg_timeout=5"]);
    }
}
