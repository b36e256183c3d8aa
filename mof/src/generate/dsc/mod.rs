//! Desired State Configuration: what the LCM of DSC for Linux and the command `dsc` of DSC v3 read about a resource.
//!
//! A resource is a class that derives from `OMI_BaseResource`. The class in the provider library has the methods Get-,
//! Test- and SetTargetResource; the LCM's own view of it must not have them, so it is a MOF file of its own.

mod lcm;
mod manifest;
mod shape;

pub use lcm::{lcm_registration, lcm_schema};
pub use manifest::{Manifest, manifest};

use crate::model::{Class, Property, Schema};
use std::fmt;

/// The base class of all resources. The LCM has its declaration, with properties that all resources share.
const BASE: &str = "OMI_BaseResource";

/// Classes for embedded instances that the LCM knows by itself.
const KNOWN: [&str; 2] = ["MSFT_KeyValuePair", "MSFT_Credential"];

/// Why a class cannot be a resource: each reason says what is wrong and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit(pub Vec<String>);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for Unfit {}

/// The resources of a schema: the classes below `OMI_BaseResource` that are not abstract.
pub fn resources(schema: &Schema) -> Vec<&Class> {
    let is_resource = |class: &&Class| {
        !class.is_abstract() && schema.ancestry(class).skip(1).any(|above| above.name.eq_ignore_ascii_case(BASE))
    };
    schema.classes().iter().filter(is_resource).collect()
}

/// The properties of a resource itself.
fn properties(class: &Class) -> impl Iterator<Item = &Property> {
    class.properties.iter().map(|property| &**property).filter(|property| !property.origin.eq_ignore_ascii_case(BASE))
}

/// `nxFile` for `MSFT_nxFileResource`, unless FriendlyName says something else.
fn friendly_name(class: &Class) -> &str {
    let (_, name) = class.name.split_once('_').unwrap_or(("", &class.name));
    let short = name.strip_suffix("Resource").filter(|short| !short.is_empty()).unwrap_or(name);
    class.qualifiers.text("FriendlyName").unwrap_or(short)
}

/// The version of a class: `ClassVersion`, or else `Version`.
fn version(class: &Class) -> Result<&str, String> {
    let version = class.qualifiers.text("ClassVersion").or_else(|| class.qualifiers.text("Version"));
    let is_version = |text: &&str| {
        let parts: Vec<_> = text.split('.').collect();
        parts.len() == 3 && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    version
        .filter(is_version)
        .ok_or_else(|| format!("{} needs a version of three numbers: [ClassVersion(\"1.0.0\")]", class.name))
}

/// What the LCM refuses, and with it every configuration on the machine.
fn check(schema: &Schema, class: &Class) -> Result<(), Unfit> {
    let mut wrong = Vec::new();
    if !class.keys().any(|key| !key.origin.eq_ignore_ascii_case(BASE)) {
        wrong.push(format!("{} needs a key: [Key] on the property that tells its instances apart", class.name));
    }
    for class in std::iter::once(class).chain(embedded(schema, class).filter(|class| !is_known(class))) {
        wrong.extend(version(class).err());
        for property in properties(class) {
            let name = format!("{}.{}", class.name, property.name);
            if property.kind.is_reference() {
                wrong.push(format!("{name} is a reference; a resource can only have embedded instances"));
            }
            let excluded = ["Key", "Required", "Write"].into_iter().find(|flag| property.qualifiers.flag(flag));
            if let Some(flag) = excluded.filter(|_| property.qualifiers.flag("Read")) {
                wrong.push(format!("{name} is both Read and {flag}; Read is for what Get alone tells"));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Unfit(wrong)) }
}

/// Whether the LCM knows a class for embedded instances by itself.
fn is_known(class: &Class) -> bool {
    KNOWN.contains(&class.name.as_str())
}

/// The classes of embedded instances, directly and in these, each behind those that it embeds.
fn embedded<'a>(schema: &'a Schema, class: &'a Class) -> impl Iterator<Item = &'a Class> {
    fn add<'a>(schema: &'a Schema, class: &'a Class, path: &mut Vec<&'a str>, found: &mut Vec<&'a Class>) {
        path.push(&class.name);
        let embedding = properties(class).filter(|property| !property.kind.is_reference());
        for inner in embedding.filter_map(|property| schema.class(property.kind.class_name()?)) {
            let is_new = !found.iter().any(|class| class.name == inner.name) && !path.contains(&inner.name.as_str());
            if is_new {
                add(schema, inner, path, found);
                found.push(inner);
            }
        }
        path.pop();
    }
    let mut found = Vec::new();
    add(schema, class, &mut Vec::new(), &mut found);
    found.into_iter()
}
