//! Where OMI and the LCM of DSC for Linux have their files, and which of them are those of the resources.

use super::files::put;
use clap::Args;
use omi::{Error, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

/// Where OMI is
#[derive(Args, Debug)]
pub struct Omi {
    /// Where OMI is installed
    #[arg(long, value_name = "DIR", default_value = "/opt/omi")]
    pub prefix: PathBuf,

    /// Where OMI has its configuration
    #[arg(long, value_name = "DIR", default_value = "/etc/opt/omi/conf")]
    pub configuration: PathBuf,

    /// Where OMI has its state
    #[arg(long, value_name = "DIR", default_value = "/var/opt/omi")]
    pub state: PathBuf,
}

/// What the LCM reads about a resource: the name of the folder, and what the file's name ends with.
pub const KINDS: [&str; 2] = ["schema", "registration"];

impl Omi {
    /// # Errors
    /// NOT_FOUND where there is no OMI, or no LCM in it.
    pub fn check(&self) -> Result<()> {
        let dsc = self.dsc();
        for (folder, what) in [(&self.libraries(), "OMI's libraries"), (&dsc, "the configuration of DSC for Linux")] {
            if !folder.is_dir() {
                return Err(Error::not_found(format!("there is no {}, the folder of {what}", folder.display())));
            }
        }
        Ok(())
    }

    fn libraries(&self) -> PathBuf {
        self.prefix.join("lib")
    }

    fn dsc(&self) -> PathBuf {
        self.configuration.join("dsc/configuration")
    }

    pub fn library(&self) -> PathBuf {
        self.libraries().join("liblumi.so")
    }

    /// The registration of all resources in one.
    pub fn registration(&self) -> PathBuf {
        self.registrations().join("lumi-dsc.reg")
    }

    /// That which DSC for Linux has of a resource.
    pub fn registration_of(&self, class: &str) -> PathBuf {
        self.registrations().join(format!("{class}.reg"))
    }

    fn registrations(&self) -> PathBuf {
        self.configuration.join("omiregister/root-Microsoft-DesiredStateConfiguration")
    }

    /// What the LCM reads about a resource.
    pub fn mof(&self, kind: &str, class: &str) -> PathBuf {
        self.dsc().join(kind).join(class).join(format!("{class}.{kind}.mof"))
    }

    /// Whether a registration, of whatever classes, names the library.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn uses_library(&self) -> Result<bool> {
        let names_it =
            |text: &[u8]| text.split(|byte| *byte == b'\n').any(|line| line.trim_ascii() == LIBRARY.as_bytes());
        for namespace in folder(&self.configuration.join("omiregister"))? {
            for file in folder(&namespace)?.into_iter().filter(|file| file.extension().is_some_and(|it| it == "reg")) {
                if names_it(&fs::read(&file).map_err(|error| of(&file, &error))?) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Lets omiserver read the registrations anew, and waits until it does. One that does not run will read them anyway.
    ///
    /// # Errors
    /// It does not.
    pub fn reload(&self) -> Result<()> {
        let pid = fs::read_to_string(self.state.join("run/omiserver.pid")).unwrap_or_default();
        if pid.trim().is_empty() || !Path::new("/proc").join(pid.trim()).exists() {
            return Ok(());
        }
        let request = self.state.join("omiusers/reload_dispatcher");
        let folder = self.state.join("omiusers");
        let is_new = !folder.exists();
        put(&request, b"", 0o644)?;
        let until = Instant::now() + RELOAD;
        while request.exists() && Instant::now() < until {
            thread::sleep(Duration::from_millis(50));
        }
        let is_done = !request.exists();
        if !is_done {
            let _ = fs::remove_file(&request);
        }
        if is_new {
            let _ = fs::remove_dir(folder);
        }
        if is_done { Ok(()) } else { Err(Error::failed("omiserver does not react: restart it to make this count")) }
    }
}

/// omiserver looks for the request each second.
const RELOAD: Duration = Duration::from_secs(30);

/// The line of a registration that names the library.
pub const LIBRARY: &str = "LIBRARY=lumi";

/// Where a file is kept meanwhile. Neither omiserver nor the LCM reads such a name.
pub fn kept(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(".before-lumi");
    name.into()
}

/// Renames a file. It is no error that there is none; then the answer is false.
///
/// # Errors
/// It cannot be renamed.
pub fn rename(from: &Path, to: &Path) -> Result<bool> {
    match fs::rename(from, to) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::failed(format!("cannot rename {}: {error}", from.display()))),
    }
}

/// The paths in a folder; none where there is no such folder.
fn folder(path: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(path) {
        Err(error) if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind()) => {
            return Ok(Vec::new());
        }
        entries => entries.map_err(|error| of(path, &error))?,
    };
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(|error| of(path, &error))).collect()
}

fn of(path: &Path, error: &io::Error) -> Error {
    Error::failed(format!("cannot read {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_runs_is_asked_to_read_anew_and_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().to_owned();
        let omi = Omi { prefix: state.clone(), configuration: state.clone(), state: state.clone() };
        omi.reload().unwrap();
        assert_eq!(fs::read_dir(&state).unwrap().count(), 0, "nobody is there to be asked");

        fs::create_dir(state.join("run")).unwrap();
        fs::write(state.join("run/omiserver.pid"), std::process::id().to_string()).unwrap();
        let request = state.join("omiusers/reload_dispatcher");
        let server = thread::spawn(move || while fs::remove_file(&request).is_err() {});
        omi.reload().unwrap();
        server.join().unwrap();
        assert!(!state.join("omiusers").exists(), "the folder was made for the request");
    }
}
