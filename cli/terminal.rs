//! The terminal: how wide it is, and a password typed into it.

use rustix::termios::{self, LocalModes, OptionalActions};
use std::env;
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};

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

/// Asks for a password on the terminal, without showing it. `None` without a terminal.
///
/// # Errors
/// What reading and writing the terminal says.
pub fn ask_password(prompt: &str) -> io::Result<Option<String>> {
    let Ok(mut terminal) = File::options().read(true).write(true).open("/dev/tty") else { return Ok(None) };
    let before = termios::tcgetattr(&terminal)?;
    let mut quiet = before.clone();
    quiet.local_modes.remove(LocalModes::ECHO);
    write!(terminal, "{prompt}")?;
    termios::tcsetattr(&terminal, OptionalActions::Flush, &quiet)?;
    let mut line = String::new();
    let read = BufReader::new(&terminal).read_line(&mut line);
    termios::tcsetattr(&terminal, OptionalActions::Flush, &before)?;
    writeln!(terminal)?;
    read?;
    Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()))
}
