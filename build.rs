//! Compiles MOF into Rust declarations and types: the classes of `schema/`, and those of the example and test providers.
//! What Desired State Configuration reads about the resources among them goes into the command `lumi dsc`.

use omi_mof::Schema;
use omi_mof::build::rust;
use omi_mof::generate::{Manifest, lcm_registration, lcm_schema, manifest, resources};
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() {
    let schema = rust("schema/lumi.mof");
    let out = env::var("OUT_DIR").expect("OUT_DIR is set where cargo runs build scripts");
    fs::write(Path::new(&out).join("resources.rs"), resource_files(&schema)).expect("OUT_DIR can be written to");
    for file in [
        "examples/number.mof",
        "examples/file.mof",
        "examples/account.mof",
        "examples/arrival.mof",
        "examples/interfaces.mof",
        "examples/conformance/conformance.mof",
        "tests/providers/everything.mof",
        "tests/providers/panicking.mof",
        "tests/providers/working.mof",
    ] {
        rust(file);
    }
}

/// The files of each resource as a constant: an array of `Resource` of `cli/dsc/files.rs`.
fn resource_files(schema: &Schema) -> String {
    let options = Manifest { owner: Some("Lumi"), executable: "lumi" };
    let mut rust = String::from("[\n");
    for class in resources(schema) {
        let unfit = |what| move |error| panic!("{} cannot have a {what}: {error}", class.name);
        let member = |rust: &mut String, name, text: &str| _ = writeln!(rust, "{name}: {text:?},");
        rust.push_str("Resource {\n");
        member(&mut rust, "class", &class.name);
        member(&mut rust, "manifest_name", &options.file_name(class));
        member(&mut rust, "manifest", &manifest(schema, class, &options).unwrap_or_else(unfit("manifest")));
        member(&mut rust, "schema", &lcm_schema(schema, class).unwrap_or_else(unfit("schema for the LCM")));
        let namespace = class.qualifiers.text("Namespace").unwrap_or_default();
        member(&mut rust, "registration", &lcm_registration(class, namespace));
        rust.push_str("},\n");
    }
    rust + "]\n"
}
