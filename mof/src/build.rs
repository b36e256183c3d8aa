//! For build scripts: `fn main() { omi_mof::build::rust("schema/sample.mof"); }`

use crate::{Diagnostics, Schema, compile, generate};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, process};

/// Compiles a MOF file into Rust, as `sample.rs` in the folder that cargo gives to build scripts. The crate takes it in by
/// `include!(concat!(env!("OUT_DIR"), "/sample.rs"));`.
///
/// The script runs again when the file, or one that it includes, changes. On Linux, what the package links stays mapped
/// when a host unloads it, because a thread of a provider may still be ending then (`-z nodelete`).
///
/// Warnings of the MOF become warnings of cargo. On errors, the script ends with all of them on standard error, where
/// cargo shows them. The schema comes back for scripts that make more of it.
///
/// # Panics
/// Outside of a build script, where there is no `OUT_DIR`.
pub fn rust(file: impl AsRef<Path>) -> Schema {
    let file = file.as_ref();
    let out = env::var_os("OUT_DIR").expect("OUT_DIR is set where cargo runs build scripts");
    let (schema, instructions) = make(file, Path::new(&out)).unwrap_or_else(|error| {
        eprintln!("{error}");
        process::exit(1)
    });
    print!("{instructions}");
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        println!("cargo::rustc-link-arg=-Wl,-z,nodelete");
    }
    schema
}

/// Writes the Rust text. What cargo is to know comes back with the schema, or what went wrong.
fn make(file: &Path, folder: &Path) -> Result<(Schema, String), String> {
    let schema = compile(file).map_err(|errors: Diagnostics| errors.to_string())?;
    let mut instructions = String::new();
    for file in schema.files() {
        let _ = writeln!(instructions, "cargo::rerun-if-changed={}", file.display());
    }
    // A warning of cargo has one line.
    for line in schema.warnings().to_string().lines() {
        let _ = writeln!(instructions, "cargo::warning={line}");
    }
    let target = folder.join(PathBuf::from(file.file_name().unwrap_or_default()).with_extension("rs"));
    fs::write(&target, generate::rust(&schema))
        .map_err(|error| format!("cannot write {}: {error}", target.display()))?;
    Ok((schema, instructions))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_learns_the_files_and_the_warnings() {
        let folder = tempfile::tempdir().unwrap();
        let (file, part) = (folder.path().join("sample.mof"), folder.path().join("part.mof"));
        fs::write(&part, "class Sample_Part { [Key] uint32 Id; };").unwrap();
        fs::write(&file, "#pragma odd (\"x\")\n#pragma include (\"part.mof\")").unwrap();
        let (_, made) = make(&file, folder.path()).unwrap();
        for file in [file, part] {
            assert!(made.contains(&format!("cargo::rerun-if-changed={}\n", file.display())), "{made}");
        }
        assert!(made.contains("cargo::warning=warning[unknown-pragma]: unknown pragma `odd`"), "{made}");
        assert!(made.lines().all(|line| line.starts_with("cargo::")), "{made}");
        let rust = fs::read_to_string(folder.path().join("sample.rs")).unwrap();
        assert_eq!(rust, generate::rust(&compile(&folder.path().join("sample.mof")).unwrap()));
    }

    #[test]
    fn errors_are_shown_in_the_text_and_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sample.mof");
        fs::write(&file, "class Sample_Part { unit32 Id; };").unwrap();
        let error = make(&file, folder.path()).unwrap_err();
        assert!(error.contains("class Sample_Part { unit32 Id; };"), "{error}");
        assert!(error.contains("did you mean `uint32`?"), "{error}");
        assert!(!folder.path().join("sample.rs").exists());
    }
}
