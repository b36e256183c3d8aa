//! Where messages go: what a class changed (target `audit`), what each call of a resource of Desired State Configuration came
//! to (target `dsc`), and warnings. A library has a log of its own wherever a host loads it.
//!
//! In OMI's programs it is the file `lumi.log` beside omiserver's own logs, readable by its owner only: in `/var/opt/omi/log`
//! or, where OMI was built from source, in `var/log` below its prefix. It is opened anew when somebody moves it away, as
//! logrotate does. In other programs it is standard error, in the form of the journal where that goes there. The environment variables `LUMI_LOG` (a filter such as
//! `info,audit=off`) and `LUMI_LOG_FILE` say otherwise, and for OMI's programs lines `Level = ...` and `File = ...` of
//! `/etc/lumi/log.conf`.
//!
//! A program that has a logger, as the command `lumi` with the library linked into it, keeps its own.

use env_logger::fmt::Formatter;
use env_logger::{Builder, Env, Target};
use log::{Level, Record};
use omi::LoadContext;
use rustix::fs::fstat;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::{env, process};

/// The file with the operator's word on it, for OMI's programs: nobody can give them an environment.
const SETTINGS: &str = "/etc/lumi/log.conf";

/// What omiserver's log is asked for without any configuration.
const LEVEL_IN_FILE: &str = "info";

/// What a host's standard error is told: who changed what is in it.
const LEVEL_ON_STDERR: &str = "warn,audit=info,dsc=info";

/// The log of a program, on standard error. `LUMI_LOG` says what is logged; where it is not set, `default` does.
pub fn start(default: &str) {
    let mut builder = Builder::from_env(Env::new().filter_or("LUMI_LOG", default));
    for_journal(&mut builder);
    builder.init();
}

/// Begins to log, unless there is a logger already.
pub(crate) fn start_in_library(_: &LoadContext<'_>) -> omi::Result<()> {
    let usual = file_of(&env::current_exe().unwrap_or_default());
    let settings = usual.as_ref().map(|_| fs::read_to_string(SETTINGS).unwrap_or_default());
    let setting = |variable: &str, name: &str| {
        let set = env::var(variable).ok().filter(|value| !value.is_empty());
        set.or_else(|| value(settings.as_deref()?, name).map(str::to_owned))
    };
    let file = setting("LUMI_LOG_FILE", "File").map(PathBuf::from).or(usual);
    let file = file.map(|path| LogFile { path, open: None });
    let level = if file.is_some() { LEVEL_IN_FILE } else { LEVEL_ON_STDERR };
    let mut builder = Builder::new();
    builder.parse_filters(setting("LUMI_LOG", "Level").as_deref().unwrap_or(level));
    if let Some(mut file) = file {
        if file.current().is_err() {
            return Ok(());
        }
        builder.target(Target::Pipe(Box::new(file)));
        let pid = process::id();
        builder.format(move |out, record| {
            let (time, level, target) = (jiff::Timestamp::now(), record.level(), record.target());
            writeln!(out, "{time:.3} {level} {pid} {target}: {}", one_line(&record.args().to_string()))
        });
    } else {
        for_journal(&mut builder);
    }
    // It fails where there is a logger.
    let _ = builder.try_init();
    Ok(())
}

/// Writes as the journal takes it, if standard error goes there: each line is an entry with its level in front.
fn for_journal(builder: &mut Builder) {
    // systemd names the stream that it connected; it may be another one by now.
    let Ok(named) = env::var("JOURNAL_STREAM") else { return };
    if fstat(io::stderr()).is_ok_and(|status| named == format!("{}:{}", status.st_dev, status.st_ino)) {
        builder.format(write_record);
    }
}

fn write_record(out: &mut Formatter, record: &Record<'_>) -> io::Result<()> {
    let priority = priority(record.level());
    let text = format!("{}: {}", record.target(), record.args());
    text.lines().try_for_each(|line| writeln!(out, "<{priority}>{line}"))
}

/// The priority of syslog.
fn priority(level: Level) -> u8 {
    match level {
        Level::Error => 3,
        Level::Warn => 4,
        Level::Info => 6,
        Level::Debug | Level::Trace => 7,
    }
}

/// One record is one line, whatever is in it.
fn one_line(text: &str) -> String {
    let shown =
        |letter: char| if letter.is_control() { letter.escape_default().to_string() } else { letter.to_string() };
    text.chars().map(shown).collect()
}

/// The file for a program of OMI; `None` for others.
fn file_of(program: &Path) -> Option<PathBuf> {
    let name = program.file_name()?.to_str()?;
    if !["omiagent", "omiengine", "omiserver"].contains(&name) {
        return None;
    }
    let below_prefix = program.parent()?.parent()?.join("var/log");
    let folder = if below_prefix.is_dir() { below_prefix } else { "/var/opt/omi/log".into() };
    Some(folder.join("lumi.log"))
}

/// The value in the last line `name = value`.
fn value<'a>(settings: &'a str, name: &str) -> Option<&'a str> {
    let pairs = settings.lines().filter_map(|line| line.split_once('='));
    pairs
        .filter(|(key, _)| key.trim().eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
        .next_back()
        .filter(|value| !value.is_empty())
}

/// A file at whose end each record is written at once.
struct LogFile {
    path: PathBuf,
    open: Option<File>,
}

impl LogFile {
    /// The file that has the name now.
    fn current(&mut self) -> io::Result<&mut File> {
        let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        let named = fs::symlink_metadata(&self.path).ok().map(identity);
        let is_same = |file: &File| named.is_some() && file.metadata().ok().map(identity) == named;
        if self.open.as_ref().is_none_or(|file| !is_same(file)) {
            let flags = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
            let opened = File::options().append(true).create(true).mode(0o600).custom_flags(flags).open(&self.path)?;
            self.open = Some(opened);
        }
        self.open.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Write for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.current()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_moved_away_is_followed_by_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lumi.log");
        let mut log = LogFile { path: path.clone(), open: None };
        log.write_all(b"one\n").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        fs::rename(&path, folder.path().join("lumi.log.1")).unwrap();
        log.write_all(b"two\n").unwrap();
        let mut other = LogFile { path: path.clone(), open: None };
        other.write_all(b"three\n").unwrap();
        log.write_all(b"four\n").unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("lumi.log.1")).unwrap(), "one\n");
        assert_eq!(fs::read_to_string(&path).unwrap(), "two\nthree\nfour\n");
    }

    #[test]
    fn a_symbolic_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lumi.log");
        std::os::unix::fs::symlink("elsewhere", &path).unwrap();
        assert!(LogFile { path, open: None }.write(b"one\n").is_err());
        assert!(!folder.path().join("elsewhere").exists());
    }

    #[test]
    fn only_the_programs_of_omi_have_a_place_for_it() {
        let omi = tempfile::tempdir().unwrap();
        let agent = omi.path().join("bin/omiagent");
        assert_eq!(file_of(&agent).unwrap(), Path::new("/var/opt/omi/log/lumi.log"));
        fs::create_dir_all(omi.path().join("var/log")).unwrap();
        assert_eq!(file_of(&agent).unwrap(), omi.path().join("var/log/lumi.log"));
        assert!(file_of(Path::new("/usr/bin/lumi")).is_none());
    }

    #[test]
    fn settings_are_lines_with_a_name() {
        let text = "# Level = trace\nLevel = warn\n level=info,lumi=debug \nFile =\n";
        assert_eq!((value(text, "Level"), value(text, "File")), (Some("info,lumi=debug"), None));
    }
}
