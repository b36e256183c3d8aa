//! The terminal: how wide it is, whether it shows colours, and what is typed into it.

use crate::progress;
use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::io::{Errno, retry_on_intr};
use rustix::termios::{self, LocalModes, OptionalActions};
use std::env;
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::LazyLock;

/// The width that text is arranged for when nothing says how wide the output is.
const USUAL_WIDTH: usize = 80;

/// How wide standard output is, in columns; `None` if it is no terminal.
pub fn width() -> Option<usize> {
    let output = io::stdout();
    if !output.is_terminal() {
        return None;
    }
    let columns = termios::tcgetwinsize(&output).map_or(0, |size| usize::from(size.ws_col));
    Some(if columns == 0 { default_width() } else { columns })
}

/// The width to arrange text for when standard output is no terminal: that of COLUMNS, else 80.
pub fn default_width() -> usize {
    let columns = env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    columns.filter(|columns| *columns > 0).unwrap_or(USUAL_WIDTH)
}

/// Standard output, to write to while a progress bar may be on the same terminal.
pub struct Output;

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut output = io::stdout();
        // A pipe can be full for long, and what happens meanwhile shall be seen.
        if output.is_terminal() { progress::aside(|| output.write(bytes)) } else { output.write(bytes) }
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut output = io::stdout();
        if output.is_terminal() { progress::aside(|| output.flush()) } else { output.flush() }
    }
}

/// Whether standard error shows colours (https://no-color.org).
pub fn is_coloured() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    io::stderr().is_terminal() && !is_set("NO_COLOR") && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Readable from when on nobody waits for what is typed. Without it, who reads a line waits for it in any case.
static STOP: LazyLock<Option<OwnedFd>> = LazyLock::new(|| eventfd(0, EventfdFlags::CLOEXEC).ok());

/// Lets everybody who waits for a line give up, now and later.
pub fn stop_reading() {
    let _ = STOP.as_ref().map(|stop| rustix::io::write(stop, &1_u64.to_ne_bytes()));
}

/// Waits until a line can be read.
///
/// # Errors
/// `Interrupted` after [`stop_reading`].
pub fn wait_for_line(input: impl AsFd) -> io::Result<()> {
    let mut ready = vec![PollFd::from_borrowed_fd(input.as_fd(), PollFlags::IN)];
    ready.extend(STOP.as_ref().map(|stop| PollFd::new(stop, PollFlags::IN)));
    retry_on_intr(|| poll(&mut ready, None))?;
    let is_over = ready.get(1).is_some_and(|stop| !stop.revents().is_empty());
    if is_over { Err(Errno::INTR.into()) } else { Ok(()) }
}

/// Asks for a password on the terminal, without showing it. `None` without a terminal.
///
/// # Errors
/// What reading and writing the terminal says.
pub fn ask_password(prompt: &str) -> io::Result<Option<String>> {
    let Ok(mut terminal) = File::options().read(true).write(true).open("/dev/tty") else { return Ok(None) };
    let before = termios::tcgetattr(&terminal)?;
    let mut quiet = before.clone();
    quiet.local_modes.remove(LocalModes::ECHO);
    termios::tcsetattr(&terminal, OptionalActions::Flush, &quiet)?;
    let mut line = String::new();
    let read = write!(terminal, "{prompt}")
        .and_then(|()| wait_for_line(&terminal))
        .and_then(|()| BufReader::new(&terminal).read_line(&mut line));
    termios::tcsetattr(&terminal, OptionalActions::Flush, &before)?;
    writeln!(terminal)?;
    read?;
    Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()))
}
