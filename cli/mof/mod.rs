//! `lumi mof`: checks and formats MOF, and makes Rust declarations, registration files, the class reference and what DSC
//! reads about resources from it.

mod dsc;
mod reg;

use crate::args::Common;
use crate::failure::{Failure, Result};
use clap::{Args, Subcommand};
use omi_mof::generate;
use omi_mof::{Class, Compiler, Diagnostics, Level, Lint, Schema, Severity};
use std::env;
use std::fs::{self, File};
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Check and format MOF, and make Rust, registration files, the class reference and files for DSC from it
///
/// Exit status: 0 without errors, warnings or not; 1 if the MOF has errors; 2 if the command line is wrong.
#[derive(Subcommand, Debug)]
pub enum Mof {
    Check(Check),
    Rust(Rust),
    Reg(reg::Reg),
    Docs(Docs),
    Dsc(dsc::Dsc),
    Format(Format),
}

/// Say what is wrong with MOF files: every error, where it is, and what would be right
///
/// With --json: an array of objects with severity, lint, message, file, line, column, endLine, endColumn, label, help
/// and related.
#[derive(Args, Debug)]
pub struct Check {
    #[command(flatten)]
    input: Input,
}

/// Write Rust declarations and types for the crate omi to standard output
///
/// A build script makes the same of a file by `omi_mof::build::rust(FILE)`.
#[derive(Args, Debug)]
pub struct Rust {
    #[command(flatten)]
    input: Input,
}

/// Write the class reference to standard output: hierarchy, properties, units, sources, methods
///
/// Example:
///   lumi mof docs --html schema/lumi.mof > reference.html
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct Docs {
    #[command(flatten)]
    input: Input,

    /// One HTML page with a search field, which needs no other file, instead of Markdown
    #[arg(long)]
    html: bool,
}

/// Lay out MOF files in one style, in place
///
/// Lines end where the author ended them, and comments stay; indentation, spaces and empty lines change. Files are
/// written as UTF-8, and only if they change.
#[derive(Args, Debug)]
pub struct Format {
    /// MOF files; - reads standard input and writes to standard output
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Write nothing but the names of the files that would change; the exit status is 1 if there are any
    #[arg(long)]
    check: bool,
}

/// What is compiled, and how.
#[derive(Args, Debug)]
struct Input {
    /// MOF files, or directories whose .mof files are read; several are compiled together
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Look here for included files that are not beside the including one; may be repeated
    #[arg(short = 'I', long = "include", value_name = "DIR")]
    include: Vec<PathBuf>,

    /// Do not report what this lint finds, such as added-key; may be repeated
    #[arg(long, value_name = "LINT", value_parser = lint)]
    allow: Vec<Lint>,

    /// Warn of what this lint finds, such as missing-unit; may be repeated
    #[arg(long, value_name = "LINT", value_parser = lint)]
    warn: Vec<Lint>,

    /// Take what this lint finds for an error; may be repeated
    #[arg(long, value_name = "LINT", value_parser = lint)]
    deny: Vec<Lint>,
}

impl Input {
    fn compile(&self) -> Result<Schema, Diagnostics> {
        let mut compiler = self.include.iter().fold(Compiler::default(), Compiler::include_directory);
        for (lints, level) in [(&self.allow, Level::Allow), (&self.warn, Level::Warn), (&self.deny, Level::Deny)] {
            compiler = lints.iter().fold(compiler, |compiler, lint| compiler.level(*lint, level));
        }
        compiler.compile_all(&self.files)
    }
}

/// Runs the command.
pub fn run(common: &Common, mof: &Mof) -> Result<ExitCode> {
    let providers = &common.providers;
    if common.remote.url.is_some() || !providers.libraries.is_empty() || !providers.folders.is_empty() {
        let message = "--url, --provider and --register do not go with `lumi mof`, which only reads MOF files";
        return Err(Failure::Usage(message.to_owned()));
    }
    match mof {
        Mof::Check(check) => self::check(common, &check.input),
        Mof::Rust(rust) => generate(common, &rust.input, |schema| Ok(generate::rust(schema))),
        Mof::Reg(reg) => reg::run(common, reg),
        Mof::Dsc(dsc) => dsc::run(common, dsc),
        Mof::Format(arguments) => format(common, arguments),
        Mof::Docs(docs) => {
            let make = if docs.html { generate::html } else { generate::markdown };
            generate(common, &docs.input, |schema| Ok(make(schema)))
        }
    }
}

/// Writes all diagnostics to standard output: they are the result.
fn check(common: &Common, input: &Input) -> Result<ExitCode> {
    let compiled = input.compile();
    let mut out = io::stdout().lock();
    let diagnostics = match &compiled {
        Ok(schema) => schema.warnings(),
        Err(diagnostics) => diagnostics,
    };
    if common.json {
        out.write_all(diagnostics.to_json().as_bytes())?;
    } else {
        write_diagnostics(&mut out, diagnostics)?;
        writeln!(out, "{}", summary(&compiled))?;
    }
    out.flush()?;
    Ok(if compiled.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes what is made of a schema to standard output, and diagnostics to standard error.
fn generate(common: &Common, input: &Input, make: impl FnOnce(&Schema) -> Result<String>) -> Result<ExitCode> {
    let compiled = input.compile();
    let diagnostics = compiled.as_ref().map_or_else(|errors| errors, Schema::warnings);
    log(common, diagnostics)?;
    let Ok(schema) = compiled else { return Ok(ExitCode::FAILURE) };
    let text = make(&schema)?;
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Writes files that are made of a schema into a folder, and their names to standard output.
fn write(
    common: &Common,
    input: &Input,
    folder: &Path,
    make: impl FnOnce(&Schema) -> Result<Vec<(PathBuf, String)>>,
) -> Result<ExitCode> {
    generate(common, input, |schema| {
        let mut names = String::new();
        for (name, text) in make(schema)? {
            let file = folder.join(name);
            let written = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&file, text));
            written.map_err(|error| {
                let message = format!("cannot write {}: {error}", file.display());
                Failure::Operation(omi::Error::new(omi::ResultCode::FAILED, message))
            })?;
            names += &format!("{}\n", file.display());
        }
        Ok(names)
    })
}

/// Formats each file; one that cannot be formatted does not keep the others from it.
fn format(common: &Common, arguments: &Format) -> Result<ExitCode> {
    let mut status = ExitCode::SUCCESS;
    for file in &arguments.files {
        let is_input = file.as_os_str() == "-";
        let name = if is_input { "standard input".into() } else { file.to_string_lossy() };
        let cannot = |what: &str, error: &io::Error| {
            Failure::Operation(omi::Error::new(omi::ResultCode::FAILED, format!("cannot {what} {name}: {error}")))
        };
        let mut bytes = Vec::new();
        let read = if is_input {
            io::stdin().read_to_end(&mut bytes)
        } else {
            File::open(file).and_then(|mut file| file.read_to_end(&mut bytes))
        };
        read.map_err(|error| cannot("read", &error))?;
        let text = match omi_mof::format(&name, &bytes) {
            Ok(text) => text,
            Err(errors) => {
                log(common, &errors)?;
                status = ExitCode::FAILURE;
                continue;
            }
        };
        let changes = text.as_bytes() != bytes;
        if arguments.check {
            if changes {
                writeln!(io::stdout(), "{name}")?;
                status = ExitCode::FAILURE;
            }
        } else if is_input {
            io::stdout().write_all(text.as_bytes())?;
        } else if changes {
            fs::write(file, text).map_err(|error| cannot("write", &error))?;
        }
    }
    Ok(status)
}

/// Writes diagnostics, if there are any, to standard error.
fn log(common: &Common, diagnostics: &Diagnostics) -> io::Result<()> {
    let mut out = io::stderr().lock();
    if diagnostics.is_empty() {
        return Ok(());
    }
    if common.json {
        return out.write_all(diagnostics.to_json().as_bytes());
    }
    write_diagnostics(&mut out, diagnostics)
}

/// Writes each diagnostic with an empty line behind it.
fn write_diagnostics(out: &mut (impl Write + IsTerminal), diagnostics: &Diagnostics) -> io::Result<()> {
    let colored = out.is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    for diagnostic in diagnostics {
        if colored { writeln!(out, "{}\n", diagnostic.colored())? } else { writeln!(out, "{diagnostic}\n")? }
    }
    match diagnostics.omitted() {
        0 => Ok(()),
        omitted => writeln!(out, "and {omitted} more\n"),
    }
}

/// `12 classes and 3 instances in 2 files: 1 warning`
fn summary(compiled: &Result<Schema, Diagnostics>) -> String {
    let found = |diagnostics: &Diagnostics| {
        let counts = [(Severity::Error, "error"), (Severity::Warning, "warning")];
        let counts = counts.map(|(severity, name)| (diagnostics.count(severity), name));
        let parts: Vec<_> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, name)| counted(*count, name, "s")).collect();
        if parts.is_empty() { "no errors, no warnings".to_owned() } else { parts.join(", ") }
    };
    match compiled {
        Ok(schema) => {
            let classes = counted(schema.classes().len(), "class", "es");
            let instances = counted(schema.instances().len(), "instance", "s");
            let files = counted(schema.files().count(), "file", "s");
            format!("{classes} and {instances} in {files}: {}", found(schema.warnings()))
        }
        Err(diagnostics) => found(diagnostics),
    }
}

fn counted(count: usize, name: &str, plural: &str) -> String {
    format!("{count} {name}{}", if count == 1 { "" } else { plural })
}

/// The class that an option names.
fn class<'a>(schema: &'a Schema, option: &str, name: &str) -> Result<&'a Class> {
    schema.class(name).ok_or_else(|| Failure::Usage(format!("{option} {name:?}: the MOF declares no such class")))
}

fn lint(name: &str) -> Result<Lint, String> {
    let names = || Lint::ALL.map(Lint::name).join(", ");
    Lint::from_name(name).ok_or_else(|| format!("expected one of {}", names()))
}
