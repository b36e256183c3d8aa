//! The libraries that this build made.

use crate::skip::skipped;
use std::path::PathBuf;

/// `liblumi.so` of this build.
#[allow(dead_code)] // not every test file uses it
pub(crate) fn lumi() -> PathBuf {
    folder().join("deps/liblumi.so")
}

/// The provider library of an example. Says so, and gives `None`, where it was not built.
#[allow(dead_code)] // not every test file uses it
pub(crate) fn example(name: &str) -> Option<PathBuf> {
    let library = folder().join(format!("examples/lib{name}.so"));
    if library.exists() {
        return Some(library);
    }
    skipped(&format!("the example {name} is not built; `cargo build --examples` makes it"));
    None
}

/// `target/debug`, for example: tests lie in its folder `deps`.
fn folder() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().to_owned()
}
