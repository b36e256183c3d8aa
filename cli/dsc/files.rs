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
    let resource = RESOURCES.iter().find(|resource| resource.class == class);
    let mut manifest = resource.map_or(Ok(Json::Null), manifest)?;
    let schema = manifest.pointer_mut("/schema/embedded").map(Json::take);
    schema.ok_or_else(|| Error::failed(format!("{class} has no JSON Schema")))
}

/// The manifest of a resource. Its schema holds for what is as well as for what is desired: not all that the class calls a
/// key or required has to be there, nor has every value to be one that can be desired.
fn manifest(resource: &Resource) -> Result<Json> {
    let mut manifest: Json = serde_json::from_str(resource.manifest)
        .map_err(|error| Error::failed(format!("the manifest of {} is no JSON: {error}", resource.class)))?;
    let known = named(resource.class)?;
    if let Some(required) = manifest.pointer_mut("/schema/embedded/required").and_then(Json::as_array_mut) {
        required.retain(|name| !known.may_be_null().iter().any(|optional| name == optional));
    }
    for name in known.told_freely() {
        let property = manifest.pointer_mut(&format!("/schema/embedded/properties/{name}"));
        if let Some(property) = property.and_then(Json::as_object_mut) {
            property.remove("enum");
        }
    }
    Ok(manifest)
}

/// Write the resource manifests by which the command `dsc` of DSC v3 finds the resources
///
/// It looks into the folders of PATH, or of DSC_RESOURCE_PATH.
#[derive(Args, Debug)]
pub struct Manifests {
    /// Write them into this folder
    #[arg(long, value_name = "DIR")]
    output: PathBuf,

    /// For DSC 3.0 and 3.1, which do not list resources that can be asked what Set would change; they ask Test
    #[arg(long)]
    without_what_if: bool,
}

/// Runs `lumi dsc manifests`. The names of the files come back.
pub fn manifests(manifests: &Manifests) -> Result<Vec<Json>> {
    let write = |resource: &Resource| {
        let path = manifests.output.join(resource.manifest_name);
        let mut manifest = manifest(resource)?;
        if manifests.without_what_if {
            ask_test(&mut manifest);
        }
        put(&path, format!("{manifest:#}\n").as_bytes(), 0o644)?;
        Ok(path.display().to_string().into())
    };
    RESOURCES.iter().map(write).collect()
}

/// Makes `dsc` call Test before Set, and in place of it when it is asked what would change.
fn ask_test(manifest: &mut Json) {
    let Some(set) = manifest["set"].as_object_mut() else { return };
    set.remove("implementsPretest");
    if let Some(words) = set.get_mut("args").and_then(Json::as_array_mut) {
        words.retain(Json::is_string);
    }
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

    #[test]
    fn the_schema_holds_for_what_is_desired_and_for_what_is() {
        let line = Schema { resource: "nxFileLine".to_owned() };
        assert_eq!(schema(&line).unwrap()["required"], serde_json::json!(["FilePath"]));
        let files = schema(&Schema { resource: "nxFileInventory".to_owned() }).unwrap();
        assert_eq!(files["properties"]["Checksum"].get("enum"), None, "in a list it is a digest");
        assert!(files["properties"]["Links"].get("enum").is_some());
    }

    #[test]
    fn a_manifest_for_an_older_dsc_has_nothing_that_it_does_not_know() {
        let folder = tempfile::tempdir().unwrap();
        manifests(&Manifests { output: folder.path().to_owned(), without_what_if: true }).unwrap();
        let text = fs::read_to_string(folder.path().join("nxfile.dsc.resource.json")).unwrap();
        let manifest: Json = serde_json::from_str(&text).unwrap();
        assert_eq!(manifest["set"]["args"], serde_json::json!(["dsc", "set", "Lumi/nxFile"]));
        assert_eq!(manifest["set"].get("implementsPretest"), None);
    }
}
