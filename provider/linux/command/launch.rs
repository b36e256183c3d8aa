//! Starts the process of a command.

use super::script::{ScriptFile, interpreter};
use super::{Account, Command, Program};
use crate::linux::{Error, Result};
use rustix::fs::{MemfdFlags, SeekFrom, memfd_create, seek};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Stdio};

/// The variable by which all that a command started is known again, however far it went from it.
pub(super) const MARK: &str = "LUMI_COMMAND";

/// Where programs are looked for.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// How a command is run as root: sudo fails at once where it would ask for a password.
const SUDO: &[&str] = &["sudo", "-n", "--"];

/// A command that runs.
pub(super) struct Launched {
    /// The leader of a process group of its own.
    pub(super) child: Child,
    pub(super) output: OwnedFd,
    pub(super) errors: OwnedFd,
    /// The value of [`MARK`] in its environment.
    pub(super) mark: String,
    /// Removed when the command has ended.
    pub(super) script: Option<ScriptFile>,
}

/// Starts it, with the rights of the calling thread.
pub(super) fn launch(command: &Command, account: &Account) -> Result<Launched> {
    let mark = unique()?;
    let mut script = None;
    let arguments: Vec<&str> = match &command.program {
        Program::Arguments(arguments) => arguments.iter().map(String::as_str).collect(),
        Program::Shell(line, parameters) => {
            let shell = ["/bin/sh", "-c", line.as_str()];
            shell.into_iter().chain(parameters.iter().map(String::as_str)).collect()
        }
        Program::Script(text, arguments) => {
            let file = script.insert(ScriptFile::write(text, &mark)?);
            let (program, option) = interpreter(text);
            // The name is ours, and made of characters of which every one is UTF-8.
            let path = file.path().to_str().ok_or_else(|| invalid("the directory for temporary files is not UTF-8"))?;
            let words = [program].into_iter().chain(option).chain([path]);
            words.chain(arguments.iter().map(String::as_str)).collect()
        }
    };
    if arguments.first().is_none_or(|program| program.is_empty()) {
        return Err(invalid("a command needs a program, such as /bin/true"));
    }
    let elevation = if command.elevated && !account.is_root() { SUDO } else { &[] };
    let mut words = elevation.iter().copied().chain(arguments);
    let program = words.next().unwrap_or_default();
    let directory = command.directory.as_deref().unwrap_or(Path::new("/"));
    let mut process = std::process::Command::new(program);
    process.args(words).current_dir(directory).process_group(0);
    process.env_clear().env("PATH", PATH).env("LANG", "C.UTF-8").envs(account.environment());
    for (name, value) in &command.environment {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            return Err(invalid(&format!(
                "{name:?} is no name of a variable, or its value has a NUL: NAME=value is right"
            )));
        }
        process.env(name, value);
    }
    process.env(MARK, &mark).stdin(input(&command.input)?).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = process.spawn().map_err(|error| failure(program, directory, error))?;
    let (output, errors) = (child.stdout.take(), child.stderr.take());
    let missing = || Error::Run { what: format!("{program} has no output"), source: io::ErrorKind::BrokenPipe.into() };
    let (output, errors) = (output.ok_or_else(missing)?.into(), errors.ok_or_else(missing)?.into());
    Ok(Launched { child, output, errors, mark, script })
}

/// Input as a file in memory: it is there as a whole, so nobody has to feed it to the command while that runs.
fn input(bytes: &[u8]) -> Result<Stdio> {
    if bytes.is_empty() {
        return Ok(Stdio::null());
    }
    let failed = |source| Error::Run { what: "cannot keep the standard input".to_owned(), source };
    let mut file =
        File::from(memfd_create("standard input", MemfdFlags::CLOEXEC).map_err(|errno| failed(errno.into()))?);
    file.write_all(bytes).map_err(failed)?;
    seek(&file, SeekFrom::Start(0)).map_err(|errno| failed(errno.into()))?;
    Ok(file.into())
}

/// A word that no other command on this machine has.
fn unique() -> Result<String> {
    let path = "/proc/sys/kernel/random/uuid";
    let text = std::fs::read_to_string(path).map_err(|source| Error::io(path, source))?;
    Ok(text.trim_end().to_owned())
}

/// Why a command did not start. The kernel does not tell a bad directory from a bad program, so we look.
fn failure(program: &str, directory: &Path, source: io::Error) -> Error {
    match source.kind() {
        io::ErrorKind::InvalidInput => return invalid("an argument or the directory has a NUL character"),
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied | io::ErrorKind::NotADirectory => {}
        _ => return Error::Run { what: format!("cannot run {program}"), source },
    }
    match directory.metadata() {
        Ok(metadata) if metadata.is_dir() => Error::Run { what: format!("cannot run {program}"), source },
        Ok(_) => invalid(&format!("the working directory {} is no directory", directory.display())),
        Err(source) => {
            Error::Run { what: format!("cannot enter the working directory {}", directory.display()), source }
        }
    }
}

fn invalid(what: &str) -> Error {
    Error::InvalidInput { what: what.to_owned() }
}
