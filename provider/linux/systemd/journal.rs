//! What a unit last wrote to the journal, for the error that says why it failed.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// A journal on a slow disk must not hold up the answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// The last lines about a unit, oldest first. `None` where there are none, or no journalctl that may and can read them.
pub(super) fn last_lines(unit: &str) -> Option<String> {
    // Lines of a unit that has just failed may still be on their way; only root may wait for them.
    run(&["--sync"]);
    let text = run(&["--unit", unit, "--lines", "10", "--output", "cat", "--quiet", "--no-pager"])?;
    let text = text.trim_end();
    (!text.is_empty()).then(|| text.to_owned())
}

/// What journalctl prints when it succeeds in time.
fn run(arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("journalctl");
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| log::debug!("journalctl does not run: {error}")).ok()?;
    let mut output = child.stdout.take()?;
    let (done, ended) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = output.read_to_end(&mut bytes);
        let _ = done.send(read.map(|_| bytes));
    });
    let bytes = ended.recv_timeout(PATIENCE);
    if bytes.is_err() {
        let _ = child.kill();
    }
    let status = child.wait().ok()?;
    let bytes = bytes.ok()?.ok()?;
    status.success().then(|| String::from_utf8_lossy(&bytes).into_owned())
}
