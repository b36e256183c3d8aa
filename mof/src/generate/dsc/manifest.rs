//! Resource manifests of DSC v3: how `dsc` calls the executable, and what it may pass to it.

use super::shape::object;
use super::{Unfit, check, friendly_name, version};
use crate::json::Json;
use crate::model::{Class, Schema};

/// The JSON Schema of manifests.
const MANIFEST: &str = "https://aka.ms/dsc/schemas/v3/bundled/resource/manifest.json";

/// What a manifest says beside the class.
#[derive(Clone, Debug)]
pub struct Manifest<'a> {
    /// What comes before the `/` in the type: `Lumi` or `Lumi.Storage`. `None` takes the first part of the class name.
    pub owner: Option<&'a str>,
    /// The executable. It is called as `EXECUTABLE dsc get TYPE`, with `set`, `test`, `delete` and `export` likewise; the desired
    /// state comes as JSON on standard input.
    pub executable: &'a str,
}

impl Manifest<'_> {
    /// The type of the resource: `Lumi/File`.
    pub fn type_name(&self, class: &Class) -> String {
        let prefix = class.name.split_once('_').map_or(class.name.as_str(), |(prefix, _)| prefix);
        format!("{}/{}", self.owner.unwrap_or(prefix), friendly_name(class))
    }

    /// The name of the file by which `dsc` finds the manifest: `file.dsc.resource.json`.
    pub fn file_name(&self, class: &Class) -> String {
        format!("{}.dsc.resource.json", friendly_name(class).to_lowercase())
    }
}

/// The manifest of a resource, with the JSON Schema of its properties in it.
///
/// get, set and test are there for every resource; export is for one with the method InventoryTargetResource. The
/// property Ensure with the values Present and Absent is DSC's `_exist`, and delete is for those that have it. What set would change it says when it is called
/// with `--what-if`, which DSC can ask since version 3.2; an older one does not know such a manifest.
///
/// ```
/// use omi_mof::generate::{self, Manifest};
///
/// let text = r#"
///     [Abstract] class OMI_BaseResource { };
///     [Version("1.0.0")] class Demo_ShareResource : OMI_BaseResource { [Key] string Path; };"#;
/// let schema = omi_mof::compile_text("share.mof", text)?;
/// let share = generate::resources(&schema)[0];
/// let options = Manifest { owner: None, executable: "demo" };
/// assert_eq!(options.file_name(share), "share.dsc.resource.json");
/// assert!(generate::manifest(&schema, share, &options)?.contains(r#""type": "Demo/Share""#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// What the LCM would refuse, too, and names that are no name of a type.
pub fn manifest(schema: &Schema, class: &Class, manifest: &Manifest<'_>) -> Result<String, Unfit> {
    check(schema, class)?;
    let type_name = manifest.type_name(class);
    if !is_type_name(&type_name) {
        return Err(Unfit(vec![format!(
            "`{type_name}` is no type of DSC; one is like `Owner/Name` or `Owner.Group/Name`"
        )]));
    }
    let call = |operation: &str, members: Vec<(&str, Json)>| {
        let mut words: Vec<Json> = ["dsc", operation, &type_name].into_iter().map(Json::from).collect();
        if operation == "set" {
            words.push(Json::object([("whatIfArg", "--what-if".into())]));
        }
        let call =
            [("executable", manifest.executable.into()), ("args", Json::Array(words)), ("input", "stdin".into())];
        Json::object(call.into_iter().chain(members))
    };
    let shape = object(schema, class);
    let differences = ("return", "stateAndDiff".into());
    // `set` compares before it changes anything, so that `dsc` need not call `test` first.
    let mut set = vec![("implementsPretest", Json::Boolean(true))];
    if shape.has_exist {
        set.push(("handlesExist", Json::Boolean(true)));
    }
    set.push(differences.clone());

    let mut members: Vec<(&str, Json)> = vec![("$schema", MANIFEST.into()), ("type", type_name.as_str().into())];
    // `check` has found a version.
    members.push(("version", version(class).unwrap_or_default().into()));
    if let Some(text) = class.qualifiers.text("Description") {
        members.push(("description", text.into()));
    }
    members.push(("tags", Json::Array(vec!["Linux".into()])));
    members.push(("get", call("get", Vec::new())));
    members.push(("set", call("set", set)));
    members.push(("test", call("test", vec![differences])));
    if shape.has_exist {
        members.push(("delete", call("delete", Vec::new())));
    }
    if class.method("InventoryTargetResource").is_some() {
        members.push(("export", call("export", Vec::new())));
    }
    let codes = [("0", "success"), ("1", "the operation failed"), ("2", "the command line or the input is wrong")];
    members.push(("exitCodes", Json::object(codes.map(|(code, text)| (code, text.into())))));
    members.push(("schema", Json::object([("embedded", shape.json)])));
    Ok(Json::object(members).pretty())
}

/// `Owner[.Group...]/Name`, of letters, digits and `_`.
fn is_type_name(name: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    let Some((owner, name)) = name.split_once('/') else { return false };
    owner.split('.').all(is_word) && is_word(name)
}
