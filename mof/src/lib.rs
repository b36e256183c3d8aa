//! A compiler for MOF, the language in which CIM classes are written (DMTF DSP0004).
//!
//! [`compile`] reads MOF text and gives a [`Schema`] in which inheritance and qualifiers are applied and every rule is
//! checked. [`generate`] turns a schema into Rust for the `omi` crate, registration files, the class reference and what DSC
//! reads about resources. [`format`](format()) lays out MOF text.
//!
//! A build script needs no more than this; [`build::rust`] says where the result goes:
//!
//! ```no_run
//! fn main() {
//!     omi_mof::build::rust("schema/sample.mof");
//! }
//! ```
//!
//! A mistake in the MOF ends the build with every error shown in the text:
//!
//! ```
//! let text = "class My_Disk { uint64 Size; unit32 Sectors; };";
//! let errors = omi_mof::compile_text("disk.mof", text).unwrap_err();
//! assert_eq!(errors.to_string(), "\
//! error: unknown data type `unit32`
//!  --> disk.mof:1:30
//!   |
//! 1 | class My_Disk { uint64 Size; unit32 Sectors; };
//!   |                              ^^^^^^ expected a type like `uint32` or `string[]`
//!   |
//!   = help: did you mean `uint32`?");
//! ```

#![deny(missing_docs)]
#![allow(clippy::needless_doctest_main)] // the whole build script is what the example is about

pub mod build;
mod diagnostic;
mod format;
pub mod generate;
mod json;
mod lexer;
mod lint;
mod literal;
mod loader;
mod model;
mod parser;
mod resolve;
mod source;
mod suggest;
mod syntax;
mod types;
mod value;

pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use format::format;
pub use lint::{Level, Lint};
pub use model::{
    Class, Flavor, Instance, Method, Parameter, Property, Qualifier, QualifierType, Qualifiers, Schema, Scope,
};
pub use suggest::nearest;
pub use types::{Arity, ElementType, Primitive, Type};
pub use value::{Datetime, Value};

use loader::Loader;
use std::path::{Path, PathBuf};

/// The compiler with other settings than those of [`compile`].
#[derive(Clone, Debug)]
pub struct Compiler {
    levels: lint::Levels,
    include_directories: Vec<PathBuf>,
    max_text: u64,
}

impl Default for Compiler {
    fn default() -> Self {
        Self { levels: lint::Levels::default(), include_directories: Vec::new(), max_text: loader::MAX_TEXT }
    }
}

impl Compiler {
    /// Says what happens when a lint finds something.
    pub fn level(mut self, lint: Lint, level: Level) -> Self {
        self.levels.set(lint, level);
        self
    }

    /// Adds a directory in which included files are looked for when they are not beside the including file. Those that
    /// were added first are searched first.
    pub fn include_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.include_directories.push(directory.into());
        self
    }

    /// Says how many bytes all the text of a run may have together: 128 MiB unless it is said here. More is an error.
    pub fn max_text(mut self, bytes: u64) -> Self {
        self.max_text = bytes;
        self
    }

    /// As [`compile`].
    ///
    /// # Errors
    /// As [`compile`].
    pub fn compile(self, path: &Path) -> Result<Schema, Diagnostics> {
        self.compile_all([path])
    }

    /// Compiles several files or directories together, as if one file included them all.
    ///
    /// # Errors
    /// As [`compile`].
    pub fn compile_all(self, paths: impl IntoIterator<Item: AsRef<Path>>) -> Result<Schema, Diagnostics> {
        let mut loader = self.loader();
        for path in paths {
            loader.load(path.as_ref());
        }
        finish(loader)
    }

    /// As [`compile_text`].
    ///
    /// # Errors
    /// As [`compile`].
    pub fn compile_text(self, name: &str, text: &str) -> Result<Schema, Diagnostics> {
        let mut loader = self.loader();
        loader.load_text(Path::new(name), text);
        finish(loader)
    }

    /// Compiles texts together, each in any encoding that a file may have, with a name that stands for it in messages.
    /// Nothing else is read, so this is for text of strangers: an include is an error.
    ///
    /// # Errors
    /// As [`compile`].
    pub fn compile_bytes<'a>(
        self,
        texts: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Schema, Diagnostics> {
        let mut loader = self.loader();
        for (name, bytes) in texts {
            loader.load_bytes(Path::new(name), bytes);
        }
        finish(loader)
    }

    fn loader(self) -> Loader {
        let mut loader = Loader::new(self.include_directories, self.max_text);
        loader.sink.levels = self.levels;
        loader
    }
}

/// Compiles a MOF file with everything that it includes, or all `.mof` files of a directory.
///
/// The order of declarations does not matter. The qualifiers of DSP0004 need not be declared.
///
/// # Errors
/// All errors of the text together. What only follows from another error is not reported.
pub fn compile(path: &Path) -> Result<Schema, Diagnostics> {
    Compiler::default().compile(path)
}

/// Compiles text. `name` stands for it in messages, and includes are looked for beside it.
///
/// # Errors
/// As [`compile`].
pub fn compile_text(name: &str, text: &str) -> Result<Schema, Diagnostics> {
    Compiler::default().compile_text(name, text)
}

fn finish(mut loader: Loader) -> Result<Schema, Diagnostics> {
    let schema = resolve::resolve(&mut loader);
    let failed = loader.sink.has_errors();
    let diagnostics = loader.sink.finish(loader.sources);
    if failed { Err(diagnostics) } else { Ok(Schema { files: loader.files, warnings: diagnostics, ..schema }) }
}
