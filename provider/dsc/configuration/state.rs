//! What is kept between operations: the configurations, the settings and what came of it, readable by their owner only. A
//! configuration can have passwords in it.

use super::record::{Record, now, time};
use super::settings::Settings;
use crate::linux::replace_file::{Attributes, replace};
use omi::{Error, Result, ResultCode};
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, thread};

/// Where it is kept unless [`FOLDER`] says something else.
const DEFAULT_FOLDER: &str = "/var/lib/lumi/dsc";

/// The environment variable that names another folder.
const FOLDER: &str = "LUMI_DSC_STATE";

const STOP: &str = "stop";

/// How many configurations there are to go back to.
const MAX_PREVIOUS: u8 = 9;

/// How many operations are remembered.
const MAX_RECORDS: usize = 20;

/// How long who stops an operation waits for its end.
const PATIENCE: Duration = Duration::from_secs(60);

/// The folder: that of the environment variable LUMI_DSC_STATE, else `/var/lib/lumi/dsc`.
pub fn folder() -> PathBuf {
    env::var_os(FOLDER).filter(|it| !it.is_empty()).unwrap_or_else(|| DEFAULT_FOLDER.into()).into()
}

/// The folder.
#[derive(Clone, Debug)]
pub struct State {
    folder: PathBuf,
}

impl State {
    /// In the folder, which is made where it is missing.
    ///
    /// # Errors
    /// When it cannot be made, is not a folder, or others than its owner may write into it.
    pub fn open(folder: &Path) -> Result<Self> {
        let failed = |error: io::Error| {
            let text = format!("the folder {} cannot be used: {error}", folder.display());
            Error::new(Error::from(error).code(), text)
        };
        if !folder.is_dir() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        }
        let metadata = fs::metadata(folder).map_err(failed)?;
        let user = nix::unistd::geteuid().as_raw();
        if metadata.uid() != user {
            let text = format!("the folder {} belongs to uid {}, not to uid {user}", folder.display(), metadata.uid());
            return Err(Error::access_denied(text));
        }
        if metadata.mode() & 0o077 != 0 {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(failed)?;
        }
        Ok(Self { folder: folder.to_owned() })
    }

    /// The configuration that was begun and is not at its end.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn pending(&self) -> Result<Option<Vec<u8>>> {
        self.read("Pending")
    }

    /// The configuration that was applied last.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn current(&self) -> Result<Option<Vec<u8>>> {
        self.read("Current")
    }

    /// The configuration that was the current one so many before; 0 and 1 both mean the last.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn previous(&self, number: u8) -> Result<Option<Vec<u8>>> {
        self.read(&previous(number))
    }

    /// Since when a configuration is pending.
    pub fn pending_since(&self) -> Option<String> {
        let changed = fs::metadata(self.path("Pending")).and_then(|metadata| metadata.modified());
        changed.ok().map(time)
    }

    /// What came of the last operations, the newest at the end.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn history(&self) -> Result<Vec<Record>> {
        self.json("history.json").map(Option::unwrap_or_default)
    }

    /// The settings.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn settings(&self) -> Result<Settings> {
        self.json("settings.json").map(Option::unwrap_or_default)
    }

    /// Changes the settings.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn set_settings(&self, settings: &Settings) -> Result<()> {
        self.write_json("settings.json", settings)
    }

    pub(super) fn set_pending(&self, configuration: &[u8]) -> Result<()> {
        self.write("Pending", configuration)
    }

    /// The pending configuration has been applied, so it is the current one now.
    pub(super) fn promote(&self) -> Result<()> {
        let rename = |from: &str, to: &str| match fs::rename(self.path(from), self.path(to)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.failed(to, error)),
            _ => Ok(()),
        };
        // The same one again is none to go back to.
        if self.current()?.is_some_and(|current| self.pending().ok().flatten().as_ref() != Some(&current)) {
            for number in (1..MAX_PREVIOUS).rev() {
                rename(&previous(number), &previous(number + 1))?;
            }
            rename("Current", &previous(1))?;
        }
        rename("Pending", "Current")
    }

    pub(super) fn record(&self, record: Record) -> Result<()> {
        // What cannot be read any more must not keep anybody from working.
        let mut history = self.history().unwrap_or_default();
        history.push(record);
        let surplus = history.len().saturating_sub(MAX_RECORDS);
        history.drain(..surplus);
        self.write_json("history.json", &history)
    }

    /// Begins an operation, of which there can be only one at a time.
    ///
    /// # Errors
    /// FAILED, saying which one runs.
    pub fn begin(&self, what: &str) -> Result<Operation> {
        let path = self.path("lock");
        let open = File::options().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let mut file = open.map_err(|error| self.failed("lock", error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let text = format!("{}; only one operation can run at a time", self.running(&mut file));
                return Err(Error::failed(text));
            }
            Err(TryLockError::Error(error)) => return Err(self.failed("lock", error)),
        }
        let about = format!("{what} of process {} runs since {}", std::process::id(), now());
        let written = file.set_len(0).and_then(|()| file.write_all(about.as_bytes()));
        written.map_err(|error| self.failed("lock", error))?;
        let stop = self.stop_file();
        let _ = fs::remove_file(&stop);
        Ok(Operation { lock: file, stop })
    }

    /// Asks the running operation to stop, and waits for its end. Whether one ran.
    ///
    /// # Errors
    /// FAILED when it does not end.
    pub fn stop(&self, is_canceled: &dyn Fn() -> bool) -> Result<bool> {
        let Ok(mut file) = File::open(self.path("lock")) else { return Ok(false) };
        let deadline = Instant::now() + PATIENCE;
        let mut asked = false;
        loop {
            if try_share(&file) {
                return Ok(asked);
            }
            if !asked {
                self.write(STOP, b"")?;
                asked = true;
            }
            if is_canceled() || Instant::now() > deadline {
                return Err(Error::failed(format!("it was asked to stop, but {}", self.running(&mut file))));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether an operation runs.
    pub fn is_busy(&self) -> bool {
        File::open(self.path("lock")).is_ok_and(|file| !try_share(&file))
    }

    /// What the one that runs wrote down.
    fn running(&self, file: &mut File) -> String {
        let mut text = String::new();
        match file.take(1000).read_to_string(&mut text) {
            Ok(length) if length > 0 => text,
            _ => "another operation runs".to_owned(),
        }
    }

    /// Is there when the operation that runs is to stop.
    pub(super) fn stop_file(&self) -> PathBuf {
        self.path(STOP)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn failed(&self, name: &str, error: io::Error) -> Error {
        let text = format!("{}: {error}", self.path(name).display());
        Error::new(Error::from(error).code(), text)
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        match fs::read(self.path(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed(name, error)),
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        Ok(replace(&self.path(name), &Attributes::new(0o600), |file| file.write_all(bytes))?)
    }

    fn json<T: for<'a> Deserialize<'a>>(&self, name: &str) -> Result<Option<T>> {
        let Some(bytes) = self.read(name)? else { return Ok(None) };
        let read = serde_json::from_slice(&bytes);
        read.map_err(|error| Error::new(ResultCode::FAILED, format!("{}: {error}", self.path(name).display())))
            .map(Some)
    }

    fn write_json(&self, name: &str, value: &impl Serialize) -> Result<()> {
        let text = serde_json::to_vec_pretty(value).map_err(|error| Error::failed(error.to_string()))?;
        self.write(name, &text)
    }
}

/// Whether nobody holds the lock. It is given back at once, and expressly: closing the file would not do while a program that
/// another thread starts has it open too, between fork and exec.
fn try_share(file: &File) -> bool {
    file.try_lock_shared().and_then(|()| file.unlock().map_err(TryLockError::Error)).is_ok()
}

fn previous(number: u8) -> String {
    if number <= 1 { "Previous".to_owned() } else { format!("Previous.{number}") }
}

/// The operation that runs. Dropping it lets another one begin.
#[derive(Debug)]
pub struct Operation {
    /// Is given back by the kernel, whatever becomes of this process.
    lock: File,
    stop: PathBuf,
}

impl Operation {
    /// Whether somebody asked it to stop.
    pub fn is_stopped(&self) -> bool {
        self.stop.exists()
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        // Expressly, for the reason that `try_share` tells.
        let _ = self.lock.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsc::configuration::Report;
    use crate::linux::Root;
    use std::sync::atomic::{AtomicBool, Ordering};

    fn state() -> (tempfile::TempDir, State) {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(&folder.path().join("lumi/dsc")).unwrap();
        (folder, state)
    }

    #[test]
    fn nobody_else_can_read_it() {
        let (_folder, state) = state();
        state.set_pending(b"secret").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!((mode(&state.folder), mode(&state.path("Pending"))), (0o700, 0o600));
        fs::set_permissions(&state.folder, fs::Permissions::from_mode(0o755)).unwrap();
        State::open(&state.folder).unwrap();
        assert_eq!(mode(&state.folder), 0o700);
    }

    #[test]
    fn a_program_that_was_started_meanwhile_does_not_hold_up_the_next_operation() {
        let (_folder, state) = state();
        let operation = state.begin("apply").unwrap();
        let inherited = operation.lock.try_clone().unwrap();
        drop(operation);
        assert!(!state.is_busy());
        drop((state.begin("apply").unwrap(), inherited));
    }

    #[test]
    fn each_configuration_that_is_replaced_can_be_gone_back_to() {
        let (_folder, state) = state();
        for number in 1..=12_u8 {
            state.set_pending(&[number]).unwrap();
            state.promote().unwrap();
            // Applied again, it is still the same one.
            state.set_pending(&[number]).unwrap();
            state.promote().unwrap();
        }
        assert_eq!((state.pending().unwrap(), state.current().unwrap()), (None, Some(vec![12])));
        let previous: Vec<_> = (1..=10).map(|number| state.previous(number).unwrap()).collect();
        let expected: Vec<_> = (3..=11).rev().map(|number| Some(vec![number])).chain([None]).collect();
        assert_eq!(previous, expected);
        assert_eq!(state.previous(0).unwrap(), Some(vec![11]));
    }

    #[test]
    fn the_second_operation_is_told_which_one_runs() {
        let (_folder, state) = state();
        let first = state.begin("apply").unwrap();
        let text = state.begin("test").unwrap_err().message().to_owned();
        assert!(text.starts_with(&format!("apply of process {} runs since ", std::process::id())), "{text}");
        assert!(state.is_busy());
        drop(first);
        assert!(!state.is_busy());
        drop(state.begin("test").unwrap());
    }

    #[test]
    fn who_stops_waits_for_the_end() {
        let (_folder, state) = state();
        assert!(!state.stop(&|| false).unwrap(), "nothing runs");
        let running = state.begin("apply").unwrap();
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !running.is_stopped() {
                    thread::sleep(Duration::from_millis(1));
                }
                is_over.store(true, Ordering::SeqCst);
                drop(running);
            });
            assert!(state.stop(&|| false).unwrap());
            assert!(is_over.load(Ordering::SeqCst));
        });
        let next = state.begin("apply").unwrap();
        assert!(!next.is_stopped(), "it was another one that was stopped");
        assert!(state.stop(&|| true).unwrap_err().message().contains("asked to stop, but apply of process"));
    }

    #[test]
    fn the_last_operations_are_remembered() {
        let (_folder, state) = state();
        for number in 0..25 {
            state.record(Record::new(&number.to_string(), None, &Report::default(), &Root::host())).unwrap();
        }
        let actions: Vec<_> = state.history().unwrap().into_iter().map(|record| record.action).collect();
        assert_eq!((actions.len(), actions[0].as_str(), actions[19].as_str()), (20, "5", "24"));
    }
}
