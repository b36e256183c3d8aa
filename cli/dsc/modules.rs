//! `lumi dsc modules`: the resources as modules that the installer of DSC for Linux takes, from a file or a pull server.

use super::files::{RESOURCES, Resource, put};
use crate::serve::find_library;
use clap::Args;
use omi::{Error, Result};
use serde_json::Value as Json;
use std::fs;
use std::io::{Cursor, Write};
use std::path::PathBuf;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Write the resources as modules for DSC for Linux, which its InstallModule.py takes
///
/// A module is a file NAME_VERSION.zip, as a pull server for the Local Configuration Manager has them:
///   nx, nxNetworking, nxComputerManagement and nxFileInventory, with the provider library in each.
/// The version is higher than those of the originals, so that it is as good for configurations that name
/// theirs.
///
/// Where the machine is at hand, `lumi dsc install-module` does without Python, and does not write into
/// libraries that are in use. Use one or the other: a class is to be registered once.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct Modules {
    /// Write them into this folder
    #[arg(long, value_name = "DIR")]
    output: PathBuf,

    /// The provider library [default: liblumi.so from the folder of this program, its folder deps/, or ../lib or
    /// ../lib/lumi from there]
    #[arg(long, value_name = "FILE.so")]
    library: Option<PathBuf>,
}

/// A module, by the name that configurations and pull servers know.
struct Module {
    name: &'static str,
    /// Of lumi's own, as PowerShell tells modules of one name apart.
    guid: &'static str,
    /// `None` for all that no other module has.
    classes: Option<&'static [&'static str]>,
}

const MODULES: &[Module] = &[
    Module {
        name: "nxNetworking",
        guid: "b21aea16-9168-44ee-9f21-90c63cfc572a",
        classes: Some(&["MSFT_nxDNSServerAddressResource", "MSFT_nxFirewallResource", "MSFT_nxIPAddressResource"]),
    },
    Module {
        name: "nxComputerManagement",
        guid: "a1df2605-19b3-4fc8-b46b-9c4cae141c13",
        classes: Some(&["MSFT_nxComputerResource"]),
    },
    Module {
        name: "nxFileInventory",
        guid: "7062d21e-fc3d-451a-8135-d3b11dae4674",
        classes: Some(&["MSFT_nxFileInventoryResource"]),
    },
    Module { name: "nx", guid: "ab718935-a311-4fa8-b0d5-e6331a6f441c", classes: None },
];

/// The last versions of the originals are 1.5, 1.0, 1.0 and 1.4. The LCM takes a higher one for what it is asked for.
const VERSION: &str = "2.0";

/// The folder of the library; the installer looks for this one, whatever the processor.
const PROCESSOR: &str = if cfg!(target_pointer_width = "64") { "x64" } else { "x86" };

/// Folders for scripts that the installer wants to see. There are no scripts.
const PYTHONS: [&str; 3] = ["2.4x-2.5x", "2.6x-2.7x", "3.x"];

impl Module {
    fn resources(&self) -> Vec<&'static Resource> {
        let is_in = |module: &Module, class| module.classes.is_some_and(|classes| classes.contains(&class));
        let is_here = |class| match self.classes {
            Some(_) => is_in(self, class),
            None => !MODULES.iter().any(|module| is_in(module, class)),
        };
        RESOURCES.iter().filter(|resource| is_here(resource.class)).collect()
    }

    /// With a library that is compressed already.
    fn zip(&self, library: &mut Compressed) -> Result<Vec<u8>> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let mut file = |path: &str, contents: &[u8]| {
            zip.start_file(format!("{}/{path}", self.name), options()).map_err(unwritten)?;
            Ok::<(), Error>(zip.write_all(contents)?)
        };
        file(&format!("{}.psd1", self.name), self.manifest().as_bytes())?;
        let resources = self.resources();
        // One library has all classes, so one copy of it does for the module.
        let holder = resources.first().map(|resource| resource.class).unwrap_or_default();
        for Resource { class, schema, .. } in &resources {
            let folder = format!("DSCResources/{class}");
            let registration = format!("LIBRARY={holder}\nHOSTING=@requestor@\nCLASS={class}:OMI_BaseResource\n");
            file(&format!("{folder}/{class}.schema.mof"), schema.as_bytes())?;
            file(&format!("{folder}/{class}.reg"), registration.as_bytes())?;
            if *class != holder {
                let pointer = format!("The class {class} is in lib{holder}.so, as its registration says.\n");
                file(&format!("{folder}/{PROCESSOR}/lib{class}.so"), pointer.as_bytes())?;
            }
        }
        let place = format!("{}/DSCResources/{holder}/{PROCESSOR}/lib{holder}.so", self.name);
        zip.raw_copy_file_rename(library.by_index_raw(0).map_err(unwritten)?, place).map_err(unwritten)?;
        for resource in &resources {
            for python in PYTHONS {
                let folder =
                    format!("{}/DSCResources/{}/{PROCESSOR}/Scripts/{python}/Scripts", self.name, resource.class);
                zip.add_directory(folder, options().unix_permissions(0o755)).map_err(unwritten)?;
            }
        }
        Ok(zip.finish().map_err(unwritten)?.into_inner())
    }

    /// What PowerShell wants to know where configurations are compiled.
    fn manifest(&self) -> String {
        let Self { name, guid, .. } = self;
        format!(
            "@{{\nModuleVersion = '{VERSION}'\nGUID = '{guid}'\nAuthor = 'lumi contributors'\n             Description = 'The resources of {name} for Linux, by lumi'\nPowerShellVersion = '4.0'\n}}\n"
        )
    }
}

/// An archive with one file, the library, so that it is compressed but once.
type Compressed = ZipArchive<Cursor<Vec<u8>>>;

fn compressed(library: &[u8]) -> Result<Compressed> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("library", options()).map_err(unwritten)?;
    zip.write_all(library)?;
    zip.finish_into_readable().map_err(unwritten)
}

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).unix_permissions(0o644)
}

fn unwritten(error: ZipError) -> Error {
    Error::failed(format!("cannot make the module: {error}"))
}

/// Runs the command. The names of the files come back.
pub fn run(modules: &Modules) -> Result<Vec<Json>> {
    let library = match &modules.library {
        Some(library) => library.clone(),
        None => find_library()?,
    };
    let library = fs::read(&library)
        .map_err(|error| Error::failed(format!("cannot read the provider library {}: {error}", library.display())))?;
    let mut library = compressed(&library)?;
    let write = |module: &Module| {
        let path = modules.output.join(format!("{}_{VERSION}.zip", module.name));
        put(&path, &module.zip(&mut library)?, 0o644)?;
        Ok(path.display().to_string().into())
    };
    MODULES.iter().map(write).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn each_resource_is_in_one_module() {
        let mut all: Vec<&str> = MODULES.iter().flat_map(|module| module.resources()).map(|it| it.class).collect();
        all.sort_unstable();
        let mut known: Vec<&str> = RESOURCES.iter().map(|resource| resource.class).collect();
        known.sort_unstable();
        assert_eq!(all, known);
        for module in MODULES {
            let missing = module.classes.unwrap_or_default().iter().filter(|class| !known.contains(class));
            assert_eq!(missing.count(), 0, "{}", module.name);
        }
    }

    #[test]
    fn a_module_has_what_the_installer_looks_for() {
        let module = MODULES.iter().find(|module| module.name == "nxNetworking").unwrap();
        let mut zip =
            ZipArchive::new(Cursor::new(module.zip(&mut compressed(b"the library").unwrap()).unwrap())).unwrap();
        let mut text = |path: &str| {
            let mut text = String::new();
            zip.by_name(path).unwrap_or_else(|_| panic!("there is no {path}")).read_to_string(&mut text).unwrap();
            text
        };
        assert!(text("nxNetworking/nxNetworking.psd1").contains("ModuleVersion = '2.0'"));
        for class in module.classes.unwrap() {
            let folder = format!("nxNetworking/DSCResources/{class}");
            assert!(
                text(&format!("{folder}/{class}.schema.mof")).contains(&format!("class {class} : OMI_BaseResource"))
            );
            let registration = text(&format!("{folder}/{class}.reg"));
            assert!(registration.contains(&format!("CLASS={class}:OMI_BaseResource\n")), "{registration}");
            let library = registration.lines().find_map(|line| line.strip_prefix("LIBRARY=")).unwrap();
            let library = format!("nxNetworking/DSCResources/{library}/{PROCESSOR}/lib{library}.so");
            assert_eq!(text(&library), "the library");
            assert!(!text(&format!("{folder}/{PROCESSOR}/lib{class}.so")).is_empty());
            for python in PYTHONS {
                assert_eq!(text(&format!("{folder}/{PROCESSOR}/Scripts/{python}/Scripts/")), "");
            }
        }
    }
}
