//! `lumi dsc install-module`: brings the resources to the LCM of DSC for Linux, in the place of those that it came with.

use super::files::{RESOURCES, put};
use super::module::{LIBRARY, Omi, kept, rename};
use crate::serve::find_library;
use clap::Args;
use omi::{Error, Result};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Install the resources for the Local Configuration Manager of DSC for Linux
///
/// Copies the provider library and writes its registration for omiserver and the LCM's files about each
/// resource. The files of the resources that DSC for Linux brought are kept beside the new ones as
/// NAME.before-lumi, which neither omiserver nor the LCM reads; `lumi dsc uninstall-module` puts them back.
///
/// A library that an agent has loaded is replaced by another file and never written to. omiserver reads
/// the registrations anew at once; the LCM its files at its next operation.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct InstallModule {
    /// The provider library [default: liblumi.so from the folder of this program, its folder deps/, or ../lib or
    /// ../lib/lumi from there]
    #[arg(long, value_name = "FILE.so")]
    pub(super) library: Option<PathBuf>,

    #[command(flatten)]
    pub(super) omi: Omi,
}

/// Runs the command. The names of the files that it wrote come back.
pub fn run(module: &InstallModule) -> Result<Vec<Json>> {
    let omi = &module.omi;
    omi.check()?;
    let library = match &module.library {
        Some(library) => library.clone(),
        None => find_library()?,
    };
    let library = fs::read(&library)
        .map_err(|error| Error::failed(format!("cannot read the provider library {}: {error}", library.display())))?;

    // First what is of no effect by itself, so that a failure leaves what was there.
    let mut files = vec![(omi.library(), library, 0o755)];
    for resource in RESOURCES {
        for (kind, text) in [("schema", resource.schema), ("registration", resource.registration)] {
            files.push((omi.mof(kind, resource.class), text.into(), 0o644));
        }
    }
    files.push((omi.registration(), registration().into(), 0o644));

    let is_new = !omi.registration().exists();
    let mut written = Vec::new();
    for (path, contents, mode) in files {
        if is_new && path != omi.library() {
            keep(&path, &contents)?;
        }
        put(&path, &contents, mode)?;
        written.push(path.display().to_string().into());
    }
    for resource in RESOURCES {
        let old = omi.registration_of(resource.class);
        rename(&old, &kept(&old))?;
    }
    omi.reload()?;
    Ok(written)
}

/// Keeps what was there before the module was installed. When that was ended in the middle, it may be ours.
fn keep(path: &Path, ours: &[u8]) -> Result<()> {
    let kept = kept(path);
    if kept.exists() || fs::read(path).is_ok_and(|old| old == ours) {
        return Ok(());
    }
    // The file stays in its place until the new one is there.
    match fs::hard_link(path, kept) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::failed(format!("cannot keep {}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

/// All classes in one file: one that is registered twice would be asked for twice.
fn registration() -> String {
    let classes = RESOURCES.iter().map(|resource| format!("CLASS={}:OMI_BaseResource\n", resource.class));
    format!("{LIBRARY}\nHOSTING=@requestor@\n{}", classes.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_takes_the_place_of_the_one_that_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        let old = at("conf/omiregister/root-Microsoft-DesiredStateConfiguration/MSFT_nxFileLineResource.reg");
        for path in ["omi/lib", "conf/dsc/configuration"] {
            fs::create_dir_all(at(path)).unwrap();
        }
        fs::create_dir_all(old.parent().unwrap()).unwrap();
        fs::write(&old, "LIBRARY=MSFT_nxFileLineResource\n").unwrap();
        fs::write(at("omi/lib/liblumi.so"), "old").unwrap();
        let mapped = fs::File::open(at("omi/lib/liblumi.so")).unwrap();
        fs::write(at("new.so"), "new").unwrap();
        let omi = Omi { prefix: at("omi"), configuration: at("conf"), state: at("var") };
        let module = InstallModule { library: Some(at("new.so")), omi };
        for _ in 0..2 {
            let written = run(&module).unwrap();
            assert_eq!(written.len(), 2 + 2 * RESOURCES.len());
            assert_eq!(fs::read(at("omi/lib/liblumi.so")).unwrap(), b"new");
            assert!(!old.exists());
            assert_eq!(fs::read(old.with_extension("reg.before-lumi")).unwrap(), b"LIBRARY=MSFT_nxFileLineResource\n");
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
        let omi = Omi { prefix: at("omi"), configuration: at("conf"), state: at("var") };
        let module = InstallModule { library: None, omi };
        let error = run(&module).unwrap_err();
        assert!(error.message().ends_with("the folder of the configuration of DSC for Linux"), "{error}");
        assert_eq!(fs::read_dir(at("omi/lib")).unwrap().count(), 0);
    }
}
