//! The progress bar on standard error, the last line of the terminal while an operation runs, and how others write above it.

use crate::values::printable;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use omi::dialogue::Progress;
use std::io::{self, IsTerminal};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// There is one standard error, so there is one bar. It is not drawn before there is progress.
static BAR: LazyLock<ProgressBar> =
    LazyLock::new(|| ProgressBar::with_draw_target(Some(100), ProgressDrawTarget::hidden()));

/// Whether the bar was drawn, for those who cannot wait until it is free.
static IS_SHOWN: AtomicBool = AtomicBool::new(false);

/// How often the bar is drawn anew while nothing comes, so that one sees it live.
const TICK: Duration = Duration::from_millis(100);

/// Shows how far the operation is; nothing where standard error is no terminal.
pub fn show(progress: &Progress) {
    if !io::stderr().is_terminal() {
        return;
    }
    let template = match progress.percent {
        Some(_) => "{prefix} [{bar:25}] {pos:>3}%{wide_msg}",
        None => "{spinner} {prefix}{wide_msg}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        BAR.set_style(style.progress_chars("=> "));
    }
    BAR.set_prefix(printable(&progress.activity));
    BAR.set_position(progress.percent.unwrap_or_default().into());
    BAR.set_message(details(progress));
    if !IS_SHOWN.swap(true, Ordering::Relaxed) {
        BAR.set_draw_target(ProgressDrawTarget::stderr());
        BAR.enable_steady_tick(TICK);
    }
}

/// What stands behind the bar.
fn details(progress: &Progress) -> String {
    let left = progress.remaining.map(|left| format!("{} left", clock(left))).unwrap_or_default();
    let parts = [left, printable(&progress.operation), printable(&progress.status)];
    parts.iter().filter(|part| !part.is_empty()).map(|part| format!("  {part}")).collect()
}

/// A time as `0:05` or `2:00:05`.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// Writes to the terminal while the bar is out of the way; one caller at a time.
pub fn aside<T>(write: impl FnOnce() -> T) -> T {
    BAR.suspend(write)
}

/// Takes the bar away for good.
pub fn clear() {
    BAR.finish_and_clear();
    IS_SHOWN.store(false, Ordering::Relaxed);
}

/// Leaves the bar where it is and goes below it, without waiting for who writes beside it.
pub fn leave() {
    if IS_SHOWN.load(Ordering::Relaxed) {
        eprintln!();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_what_is_known() {
        let progress = Progress::new("Copying").operation("usr\u{1b}[2J").remaining(Duration::from_secs(65));
        assert_eq!(details(&progress), "  1:05 left  usr\\u{1b}[2J");
        assert_eq!(details(&Progress::new("Copying")), "");
        assert_eq!(clock(Duration::from_secs(7205)), "2:00:05");
    }
}
