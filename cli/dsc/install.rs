//! `lumi dsc install-module`: brings the resources to the LCM of DSC for Linux, in the place of those that it came with.

use super::files::{RESOURCES, put};
use crate::serve::find_library;
use clap::Args;
use omi::{Error, Result};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Install the resources for the Local Configuration Manager of DSC for Linux
///
/// Copies the provider library and writes its registration for omiserver and the LCM's files about each
/// resource. The registration of the resources that DSC for Linux brought is kept beside the new one as
/// CLASS.reg.before-lumi, which omiserver does not read; rename it back and remove lumi-dsc.reg to undo
/// this.
///
/// A library that an agent has loaded is replaced by another file and never written to. omiserver reads
/// the registrations anew at once; the LCM its files at its next operation.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct InstallModule {
    /// The provider library [default: liblumi.so from the folder of this program, its folder deps/, or ../lib or
    /// ../lib/lumi from there]
    #[arg(long, value_name = "FILE.so")]
    library: Option<PathBuf>,

    /// Where OMI is installed
    #[arg(long, value_name = "DIR", default_value = "/opt/omi")]
    prefix: PathBuf,

    /// Where OMI has its configuration
    #[arg(long, value_name = "DIR", default_value = "/etc/opt/omi/conf")]
    configuration: PathBuf,

    /// Where OMI has its state
    #[arg(long, value_name = "DIR", default_value = "/var/opt/omi")]
    state: PathBuf,
}

/// The folder of registrations for the namespace of the resources.
const NAMESPACE: &str = "root-Microsoft-DesiredStateConfiguration";

/// Runs the command. The names of the files that it wrote come back.
pub fn run(module: &InstallModule) -> Result<Vec<Json>> {
    let dsc = module.configuration.join("dsc/configuration");
    let libraries = module.prefix.join("lib");
    for (folder, what) in [(&libraries, "OMI's libraries"), (&dsc, "the configuration of DSC for Linux")] {
        if !folder.is_dir() {
            return Err(Error::not_found(format!("there is no {}, the folder of {what}", folder.display())));
        }
    }
    let library = match &module.library {
        Some(library) => library.clone(),
        None => find_library()?,
    };
    let library = fs::read(&library)
        .map_err(|error| Error::failed(format!("cannot read the provider library {}: {error}", library.display())))?;

    // First what is of no effect by itself, so that a failure leaves what was there.
    let mut files = vec![(libraries.join("liblumi.so"), library, 0o755)];
    for resource in RESOURCES {
        let class = resource.class;
        let place = |kind: &str| dsc.join(kind).join(class).join(format!("{class}.{kind}.mof"));
        files.push((place("schema"), resource.schema.into(), 0o644));
        files.push((place("registration"), resource.registration.into(), 0o644));
    }
    let registrations = module.configuration.join("omiregister").join(NAMESPACE);
    files.push((registrations.join("lumi-dsc.reg"), registration().into(), 0o644));

    let mut written = Vec::new();
    for (path, contents, mode) in files {
        put(&path, &contents, mode)?;
        written.push(path.display().to_string().into());
    }
    set_aside(&registrations)?;
    let reload = module.state.join("omiusers/reload_dispatcher");
    if reload.parent().is_some_and(Path::is_dir) {
        put(&reload, b"", 0o644)?;
    }
    Ok(written)
}

/// All classes in one file: one that is registered twice would be asked for twice.
fn registration() -> String {
    let classes = RESOURCES.iter().map(|resource| format!("CLASS={}:OMI_BaseResource\n", resource.class));
    format!("LIBRARY=lumi\nHOSTING=@requestor@\n{}", classes.collect::<String>())
}

/// Takes the registrations of the same classes out of omiserver's sight.
fn set_aside(registrations: &Path) -> Result<()> {
    for resource in RESOURCES {
        let old = registrations.join(format!("{}.reg", resource.class));
        let aside = registrations.join(format!("{}.reg.before-lumi", resource.class));
        match fs::rename(&old, aside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::failed(format!("cannot rename {}: {error}", old.display())));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_takes_the_place_of_the_one_that_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        let old = at("conf/omiregister/root-Microsoft-DesiredStateConfiguration/MSFT_nxFileLineResource.reg");
        for path in ["omi/lib", "conf/dsc/configuration", "var/omiusers"] {
            fs::create_dir_all(at(path)).unwrap();
        }
        fs::create_dir_all(old.parent().unwrap()).unwrap();
        fs::write(&old, "LIBRARY=MSFT_nxFileLineResource\n").unwrap();
        fs::write(at("omi/lib/liblumi.so"), "old").unwrap();
        let mapped = fs::File::open(at("omi/lib/liblumi.so")).unwrap();
        fs::write(at("new.so"), "new").unwrap();
        let module = InstallModule {
            library: Some(at("new.so")),
            prefix: at("omi"),
            configuration: at("conf"),
            state: at("var"),
        };
        for _ in 0..2 {
            let written = run(&module).unwrap();
            assert_eq!(written.len(), 2 + 2 * RESOURCES.len());
            assert_eq!(fs::read(at("omi/lib/liblumi.so")).unwrap(), b"new");
            assert!(!old.exists());
            assert_eq!(fs::read(old.with_extension("reg.before-lumi")).unwrap(), b"LIBRARY=MSFT_nxFileLineResource\n");
            assert!(at("var/omiusers/reload_dispatcher").exists());
        }
        assert_eq!(io::read_to_string(mapped).unwrap(), "old", "who has the old library open keeps it");
        let schema = at("conf/dsc/configuration/schema/MSFT_nxFileLineResource/MSFT_nxFileLineResource.schema.mof");
        assert!(fs::read_to_string(schema).unwrap().contains("class MSFT_nxFileLineResource : OMI_BaseResource"));
    }

    #[test]
    fn without_dsc_for_linux_nothing_is_installed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("omi/lib")).unwrap();
        let module = InstallModule { library: None, prefix: at("omi"), configuration: at("conf"), state: at("var") };
        let error = run(&module).unwrap_err();
        assert!(error.message().ends_with("the folder of the configuration of DSC for Linux"), "{error}");
        assert_eq!(fs::read_dir(at("omi/lib")).unwrap().count(), 0);
    }
}
