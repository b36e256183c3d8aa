//! utmp(5): who is logged on, where no systemd-logind keeps account of it.

use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, SystemTime};

use rustix::buffer::spare_capacity;
use rustix::fs::inotify;
use rustix::io::{Errno, read};

use super::{Change, Session};
use crate::linux::{Error, Result, Root, Stop, users};

/// Old and new place; musl has neither.
const UTMP: [&str; 2] = ["/run/utmp", "/var/run/utmp"];

const USER_PROCESS: i16 = 7;

/// Where glibc keeps `ut_session` and `ut_tv` at 32 bits, for programs of both word sizes, a record is shorter.
const IS_COMPACT: bool = cfg!(any(
    target_arch = "x86",
    target_arch = "x86_64",
    target_arch = "powerpc64",
    target_arch = "s390x",
    target_arch = "sparc64",
    target_pointer_width = "32"
));
const RECORD: usize = if IS_COMPACT { 384 } else { 400 };

/// Where in a record terminal, user and host lie, and the time.
const LINE: std::ops::Range<usize> = 8..40;
const USER: std::ops::Range<usize> = 44..76;
const HOST: std::ops::Range<usize> = 76..332;
const TIME: usize = if IS_COMPACT { 340 } else { 344 };

/// A user who is logged on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The process that began the session.
    pub pid: u32,
    /// The terminal below `/dev`.
    pub line: String,
    /// The name of the user.
    pub user: String,
    /// Where the user sits, if not at this computer.
    pub host: Option<String>,
    /// When the session began.
    pub time: Option<SystemTime>,
}

/// The logins whose process still lives; a machine that lost power leaves others behind. `None` where there is no utmp.
///
/// # Errors
/// The file is there and cannot be read.
pub fn logins(root: &Root) -> Result<Option<Vec<Login>>> {
    let Some((_, bytes)) = file(root)? else { return Ok(None) };
    let (records, _cut_off) = bytes.as_chunks::<RECORD>();
    let alive = |login: &Login| root.exists(&format!("/proc/{}", login.pid));
    Ok(Some(records.iter().filter_map(parse).filter(alive).collect()))
}

/// The same as sessions: each has its terminal as identifier.
///
/// # Errors
/// As [`logins`].
pub fn sessions(root: &Root) -> Result<Option<Vec<Session>>> {
    let Some(logins) = logins(root)? else { return Ok(None) };
    let uids: HashMap<String, u32> =
        users::accounts(root)?.into_iter().map(|account| (account.name, account.uid)).collect();
    let session = |login: Login| Session {
        uid: uids.get(&login.user).copied(),
        id: login.line.clone(),
        user: login.user,
        tty: Some(login.line),
        remote: Some(login.host.is_some()),
        remote_host: login.host,
        leader: Some(login.pid),
        started: login.time,
        ..Session::default()
    };
    Ok(Some(logins.into_iter().map(session).collect()))
}

fn file(root: &Root) -> Result<Option<(&'static str, Vec<u8>)>> {
    for path in UTMP {
        match root.read(path) {
            Ok(bytes) => return Ok(Some((path, bytes))),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// The login in a record; `None` for one of another kind.
fn parse(record: &[u8; RECORD]) -> Option<Login> {
    let kind = i16::from_ne_bytes([record[0], record[1]]);
    let pid = i32::from_ne_bytes(number(record, 4));
    let seconds = if IS_COMPACT {
        u64::from(u32::from_ne_bytes(number(record, TIME)))
    } else {
        u64::from_ne_bytes(number(record, TIME))
    };
    Some(Login {
        pid: u32::try_from(pid).ok().filter(|pid| kind == USER_PROCESS && *pid > 0)?,
        line: text(&record[LINE]),
        user: text(&record[USER]),
        host: Some(text(&record[HOST])).filter(|host| !host.is_empty()),
        time: SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).filter(|_| seconds > 0),
    })
}

fn number<const N: usize>(record: &[u8; RECORD], offset: usize) -> [u8; N] {
    std::array::from_fn(|index| record[offset + index])
}

/// A text that ends with a zero unless it fills its place.
fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

/// Tells when users log on and off, as the kernel tells that somebody wrote to the file.
#[derive(Debug)]
pub struct Watch {
    root: Root,
    news: OwnedFd,
    known: Vec<Session>,
}

impl Watch {
    /// Begins to look.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where there is no utmp.
    pub fn start(root: &Root) -> Result<Self> {
        let missing =
            || Error::Unsupported { what: "this machine keeps no account of logins: it has no utmp".to_owned() };
        let (path, _) = file(root)?.ok_or_else(missing)?;
        let path = root.path(path);
        let failed = |error: Errno| Error::io(&path, error);
        let news = inotify::init(inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK).map_err(failed)?;
        inotify::add_watch(&news, &path, inotify::WatchFlags::MODIFY).map_err(failed)?;
        // What is written between the two is read again.
        Ok(Self { known: sessions(root)?.unwrap_or_default(), root: root.clone(), news })
    }

    /// Waits until somebody has logged on or off. `None` when it is time to stop.
    ///
    /// # Errors
    /// The file cannot be read any more.
    pub fn wait(&mut self, stop: &Stop) -> Result<Option<Vec<Change>>> {
        loop {
            let waited = stop.wait_for(&self.news).and_then(|is_news| Ok(is_news && drain(&self.news)?));
            if !waited.map_err(|error| Error::io(UTMP[0], error))? {
                return Ok(None);
            }
            let now = sessions(&self.root)?.unwrap_or_default();
            let lacks = |sessions: &[Session], one: &Session| {
                !sessions.iter().any(|it| (&it.id, it.leader, it.started) == (&one.id, one.leader, one.started))
            };
            let ended = self.known.iter().filter(|one| lacks(&now, one)).cloned().map(Change::Ended);
            let began = now.iter().filter(|one| lacks(&self.known, one)).cloned().map(Change::Began);
            let changes: Vec<Change> = ended.chain(began).collect();
            self.known = now;
            if !changes.is_empty() {
                return Ok(Some(changes));
            }
        }
    }
}

/// Takes out all news: that there are some is all they tell.
fn drain(news: &OwnedFd) -> io::Result<bool> {
    let mut buffer = Vec::with_capacity(4096);
    loop {
        buffer.clear();
        match read(news, spare_capacity(&mut buffer)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => return Ok(true),
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::linux::testing::machine_with;
    use std::sync::mpsc::channel;

    pub(crate) fn record(kind: i16, pid: i32, line: &str, user: &[u8], host: &str) -> Vec<u8> {
        let mut record = vec![0; RECORD];
        record[..2].copy_from_slice(&kind.to_ne_bytes());
        record[4..8].copy_from_slice(&pid.to_ne_bytes());
        record[LINE.start..LINE.start + line.len()].copy_from_slice(line.as_bytes());
        record[USER.start..USER.start + user.len()].copy_from_slice(user);
        record[HOST.start..HOST.start + host.len()].copy_from_slice(host.as_bytes());
        record[TIME..TIME + 4].copy_from_slice(&1_709_625_600_u32.to_ne_bytes());
        record
    }

    const PASSWD: (&str, &[u8]) = ("/etc/passwd", b"ada:x:1000:1000::/home/ada:/bin/sh\n");

    #[test]
    fn logins_are_told_but_not_boots_terminals_dead_ones_and_what_is_cut_off() {
        let mut utmp = [
            record(2, 0, "~", b"reboot", "6.1.0"),
            record(USER_PROCESS, 812, "pts/3", b"ada", "192.0.2.7"),
            record(6, 640, "tty1", b"LOGIN", ""),
            record(8, 700, "pts/1", b"", ""),
            record(USER_PROCESS, 813, "tty2", b"b\xffb", ""),
            record(USER_PROCESS, 999, "pts/9", b"gone", ""),
            record(USER_PROCESS, -1, "pts/8", b"nobody", ""),
        ]
        .concat();
        utmp.extend(&record(USER_PROCESS, 812, "pts/4", b"ada", "")[..200]);
        let files = [("/run/utmp", &utmp[..]), PASSWD, ("/proc/812/stat", b""), ("/proc/813/stat", b"")];
        let (_dir, root) = machine_with(&files);
        let sessions = sessions(&root).unwrap().unwrap();
        let [first, second] = &sessions[..] else { panic!("{sessions:?}") };
        assert_eq!((first.id.as_str(), first.user.as_str(), first.uid), ("pts/3", "ada", Some(1000)));
        assert_eq!((first.remote_host.as_deref(), first.leader), (Some("192.0.2.7"), Some(812)));
        assert_eq!(first.started, Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_709_625_600)));
        assert_eq!((second.user.as_str(), second.uid, second.remote), ("b\u{fffd}b", None, Some(false)));
    }

    #[test]
    fn without_the_file_nothing_is_known() {
        let (_dir, root) = machine_with(&[]);
        assert_eq!(sessions(&root).unwrap(), None);
        assert!(matches!(Watch::start(&root).unwrap_err(), Error::Unsupported { .. }));
    }

    #[test]
    fn whoever_logs_on_or_off_is_told_when_the_file_is_written() {
        let ada = record(USER_PROCESS, 812, "pts/3", b"ada", "");
        let files = [("/run/utmp", &ada[..]), PASSWD, ("/proc/812/stat", b""), ("/proc/900/stat", b"")];
        let (dir, root) = machine_with(&files);
        let mut watch = Watch::start(&root).unwrap();
        let (stop, (told, changes)) = (Stop::new().unwrap(), channel());
        let waiting = std::thread::spawn({
            let stop = stop.clone();
            move || {
                while let Some(changes) = watch.wait(&stop).unwrap() {
                    changes.into_iter().for_each(|change| told.send(change).unwrap());
                }
            }
        });
        let next = || changes.recv_timeout(Duration::from_secs(60)).unwrap();
        let both = [ada, record(USER_PROCESS, 900, "pts/4", b"ada", "")].concat();
        std::fs::write(dir.path().join("run/utmp"), both).unwrap();
        // A file that is written anew is empty for a moment, so the one who stays may be told to have left and come back.
        let began = std::iter::from_fn(|| Some(next()))
            .find(|it| matches!(it, Change::Began(session) if session.id == "pts/4"));
        assert!(began.is_some());
        std::fs::write(dir.path().join("run/utmp"), b"").unwrap();
        let ended = std::iter::from_fn(|| Some(next()))
            .find(|it| matches!(it, Change::Ended(session) if session.id == "pts/4"));
        assert!(ended.is_some());
        stop.stop();
        waiting.join().unwrap();
    }
}
