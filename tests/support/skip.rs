//! Tests that cannot run here say so.

use std::io::Write;

/// Says that a test is skipped, and why. Not by `eprintln!`, whose text is only seen when a test fails.
pub(crate) fn skipped(reason: &str) {
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    let _ = writeln!(std::io::stderr(), "{test} skipped: {reason}");
}
