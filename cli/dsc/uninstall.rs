//! `lumi dsc uninstall-module`: takes back what `lumi dsc install-module` did.

use super::files::RESOURCES;
use super::module::{KINDS, Omi, kept, rename};
use clap::Args;
use omi::{Error, Result};
use serde_json::Value as Json;
use std::path::Path;
use std::{fs, io};

/// Take the resources back from the Local Configuration Manager of DSC for Linux
///
/// Puts back what `lumi dsc install-module` has kept as NAME.before-lumi, and removes its own files: the
/// resources are then those that DSC for Linux brought, if it did. The provider library is removed unless
/// another registration names it. omiserver reads the registrations anew at once.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct UninstallModule {
    #[command(flatten)]
    omi: Omi,
}

/// Runs the command. The names of the files that it removed or put back come back.
pub fn run(module: &UninstallModule) -> Result<Vec<Json>> {
    let omi = &module.omi;
    let registration = omi.registration();
    if !registration.exists() {
        let message = format!("there is no {}: the module is not installed", registration.display());
        return Err(Error::not_found(message));
    }
    let mut changed = Vec::new();
    for resource in RESOURCES {
        let old = omi.registration_of(resource.class);
        let mofs = KINDS.map(|kind| omi.mof(kind, resource.class));
        if old.exists() {
            // A module that has come since has brought all three.
            for file in mofs.iter().chain([&old]) {
                remove(&kept(file))?;
            }
            continue;
        }
        if rename(&kept(&old), &old)? {
            changed.push(old);
        }
        for mof in mofs {
            if rename(&kept(&mof), &mof)? || remove(&mof)? {
                // It fails, as it should, where something is in it.
                let _ = mof.parent().map(fs::remove_dir);
                changed.push(mof);
            }
        }
    }
    // Last, for without it nobody would know that there is something left to do.
    remove(&registration)?;
    changed.push(registration);
    if !omi.uses_library()? && remove(&omi.library())? {
        changed.push(omi.library());
    }
    omi.reload()?;
    Ok(changed.iter().map(|path| path.display().to_string().into()).collect())
}

/// Removes a file. The answer is false when there is none.
fn remove(file: &Path) -> Result<bool> {
    match fs::remove_file(file) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::failed(format!("cannot remove {}: {error}", file.display()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsc::install::{self, InstallModule};
    use std::collections::BTreeMap;
    use std::path::PathBuf;
    use tempfile::TempDir;

    const CLASS: &str = "MSFT_nxFileLineResource";

    /// An OMI with DSC for Linux and one resource of it.
    struct Place(TempDir);

    impl Place {
        fn new() -> Self {
            let place = Self(tempfile::tempdir().unwrap());
            let omi = place.omi();
            let files = [
                (omi.registration_of(CLASS), "LIBRARY=MSFT_nxFileLineResource\n"),
                (omi.mof("schema", CLASS), "old schema"),
                (omi.mof("registration", CLASS), "old registration"),
                (place.at("omi/lib/libmi.so"), ""),
                (place.at("new.so"), "new"),
            ];
            for (path, text) in files {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            place
        }

        fn at(&self, path: &str) -> PathBuf {
            self.0.path().join(path)
        }

        fn omi(&self) -> Omi {
            Omi { prefix: self.at("omi"), configuration: self.at("conf"), state: self.at("var") }
        }

        fn install(&self) {
            install::run(&InstallModule { library: Some(self.at("new.so")), omi: self.omi() }).unwrap();
        }

        fn uninstall(&self) -> Result<Vec<Json>> {
            run(&UninstallModule { omi: self.omi() })
        }

        /// All files with what is in them; a folder has nothing in it.
        fn all(&self) -> BTreeMap<PathBuf, Vec<u8>> {
            let mut all = BTreeMap::new();
            let mut folders = vec![self.0.path().to_owned()];
            while let Some(folder) = folders.pop() {
                for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                    if path.is_dir() {
                        folders.push(path.clone());
                    }
                    all.insert(path.clone(), fs::read(&path).unwrap_or_default());
                }
            }
            all
        }
    }

    #[test]
    fn what_was_there_is_there_again_also_after_two_installations() {
        let place = Place::new();
        // The folders for what the LCM reads stay.
        let before = place.all();
        place.install();
        place.install();
        assert_eq!(fs::read(kept(&place.omi().mof("schema", CLASS))).unwrap(), b"old schema");
        let changed = place.uninstall().unwrap();
        assert_eq!(changed.len(), 1 + 2 * RESOURCES.len() + 2);
        assert_eq!(place.all(), before);
    }

    #[test]
    fn a_library_that_another_registration_names_stays() {
        let place = Place::new();
        place.install();
        let other = place.at("conf/omiregister/root-cimv2/lumi.reg");
        fs::create_dir_all(other.parent().unwrap()).unwrap();
        fs::write(other, "LIBRARY=lumi\nCLASS=Linux_Process\n").unwrap();
        place.uninstall().unwrap();
        assert_eq!(fs::read(place.omi().library()).unwrap(), b"new");
    }

    #[test]
    fn a_module_that_has_come_since_stays() {
        let place = Place::new();
        place.install();
        let newer = place.omi().registration_of(CLASS);
        fs::write(&newer, "LIBRARY=newer\n").unwrap();
        let schema = place.omi().mof("schema", CLASS);
        fs::write(&schema, "newer schema").unwrap();
        place.uninstall().unwrap();
        for (file, text) in [(newer, "LIBRARY=newer\n"), (schema, "newer schema")] {
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
            assert!(!kept(&file).exists());
        }
    }

    #[test]
    fn what_is_not_installed_is_not_taken_back() {
        let place = Place::new();
        let before = place.all();
        let error = place.uninstall().unwrap_err();
        assert!(error.message().ends_with("lumi-dsc.reg: the module is not installed"), "{error}");
        assert_eq!(place.all(), before);
    }
}
