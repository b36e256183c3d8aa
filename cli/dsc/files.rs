//! What Desired State Configuration reads about the resources, as the build script made it of their MOF.

use super::named;
use clap::Args;
use omi::{Error, Result};
use serde_json::Value as Json;
use std::fs;
use std::path::{Path, PathBuf};

/// The files of a resource.
pub struct Resource {
    /// The class.
    pub class: &'static str,
    /// The name of the file of `manifest`.
    manifest_name: &'static str,
    /// For DSC v3.
    manifest: &'static str,
    /// The LCM's view of the class.
    pub schema: &'static str,
    /// Where the LCM finds its provider.
    pub registration: &'static str,
}

/// The files of all resources.
pub const RESOURCES: &[Resource] = &include!(concat!(env!("OUT_DIR"), "/resources.rs"));

/// Print the JSON Schema of what can be desired of a resource
#[derive(Args, Debug)]
pub struct Schema {
    /// The resource: Lumi/nxFile, nxFile or MSFT_nxFileResource
    #[arg(value_name = "RESOURCE")]
    resource: String,
}

/// Runs `lumi dsc schema`.
pub fn schema(schema: &Schema) -> Result<Json> {
    let class = named(&schema.resource)?.class().name();
    let found = RESOURCES.iter().find(|resource| resource.class == class);
    let manifest = found.and_then(|resource| serde_json::from_str::<Json>(resource.manifest).ok());
    let schema = manifest.and_then(|mut manifest| manifest.pointer_mut("/schema/embedded").map(Json::take));
    schema.ok_or_else(|| Error::failed(format!("{class} has no JSON Schema")))
}

/// Write the resource manifests by which the command `dsc` of DSC v3 finds the resources
///
/// It looks into the folders of PATH, or of DSC_RESOURCE_PATH.
#[derive(Args, Debug)]
pub struct Manifests {
    /// Write them into this folder
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
}

/// Runs `lumi dsc manifests`. The names of the files come back.
pub fn manifests(manifests: &Manifests) -> Result<Vec<Json>> {
    let write = |resource: &Resource| {
        let path = manifests.output.join(resource.manifest_name);
        put(&path, resource.manifest.as_bytes(), 0o644)?;
        Ok(path.display().to_string().into())
    };
    RESOURCES.iter().map(write).collect()
}

/// Puts a file in place in one step, with its folders.
pub fn put(path: &Path, contents: &[u8], mode: u32) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .map_err(|error| Error::failed(format!("cannot make the folder {}: {error}", folder.display())))?;
    }
    let attributes = lumi::linux::replace_file::Attributes::new(mode);
    Ok(lumi::linux::replace_file::replace(path, &attributes, |file| std::io::Write::write_all(file, contents))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resource_has_its_files() {
        let classes: Vec<&str> = RESOURCES.iter().map(|resource| resource.class).collect();
        let mut known: Vec<&str> = lumi::dsc::RESOURCES.iter().map(|resource| resource.class().name()).collect();
        known.sort_by_key(|name| classes.iter().position(|class| class == name));
        assert_eq!(classes, known);
        for resource in RESOURCES {
            let of = Schema { resource: resource.class.to_owned() };
            assert_eq!(schema(&of).unwrap()["type"], "object", "{}", resource.class);
        }
    }
}
