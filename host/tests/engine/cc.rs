//! The C compiler, for providers in C.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles a provider of the folder `tests` to a library; `None`, after saying so, where there is no C compiler.
pub(crate) fn compile(source: &str, directory: &Path, options: &[&str]) -> Option<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(source);
    let library = directory.join("libprovider.so");
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-pthread", "-g", "-std=gnu11", "-Wall", "-Werror"]).args(options);
    match cc.arg("-o").arg(&library).arg(source).output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Some(library)
        }
        Err(error) => {
            eprintln!("skipped: cc cannot be run: {error}");
            None
        }
    }
}
