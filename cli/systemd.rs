//! What systemd expects of a service: the levels of what it logs, and word that it is ready.

use env_logger::fmt::Formatter;
use log::{Level, Record};
use std::env;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// Whether a stream goes to the journal. systemd names the one that it connected, and the stream may be another one by now.
pub fn is_journal(stream: impl AsFd) -> bool {
    let Ok(named) = env::var("JOURNAL_STREAM") else { return false };
    rustix::fs::fstat(stream).is_ok_and(|status| named == format!("{}:{}", status.st_dev, status.st_ino))
}

/// Writes a record as the journal takes it: each line is an entry, with its level in front; the time is the journal's.
pub fn write_record(out: &mut Formatter, record: &Record<'_>) -> io::Result<()> {
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

/// Tells systemd that the service is ready, if it asked to be told.
///
/// # Errors
/// When systemd cannot be reached.
pub fn notify_ready() -> io::Result<()> {
    let Some(path) = env::var_os("NOTIFY_SOCKET") else { return Ok(()) };
    let address = match path.as_encoded_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(&path)?,
    };
    UnixDatagram::unbound()?.send_to_addr(b"READY=1", &address).map(|_| ())
}
