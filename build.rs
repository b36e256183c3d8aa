//! Compiles MOF into Rust declarations and types: the classes of `schema/`, and those of the example and test providers.

use std::error::Error;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    for (source, target) in [
        ("schema/lumi.mof", "schema.rs"),
        ("examples/number.mof", "number.rs"),
        ("examples/conformance/conformance.mof", "conformance.rs"),
        ("tests/providers/panicking.mof", "panicking.rs"),
    ] {
        let schema = omi_mof::compile(Path::new(source))?;
        for file in schema.files() {
            println!("cargo::rerun-if-changed={}", file.display());
        }
        std::fs::write(out.join(target), omi_mof::generate::rust(&schema))?;
    }

    // A host may unload the library while a thread of ours is still ending: its code must stay mapped.
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    println!("cargo::rustc-link-arg-examples=-Wl,-z,nodelete");
    Ok(())
}
