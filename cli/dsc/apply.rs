//! `lumi dsc apply` and `lumi dsc history`: whole configurations, without a Local Configuration Manager.

use super::Said;
use crate::args::Common;
use crate::failure::{Failure, Result};
use crate::terminal::Output;
use crate::values::printable;
use crate::{interrupt, progress};
use clap::Args;
use lumi::dsc::configuration::{Company, Entry, Manager, Observer, Report, State, Status, Wanted, folder, read, run};
use lumi::linux::Root;
use omi::Error;
use omi::dialogue::Progress;
use serde_json::{Value as Json, json};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

/// Something is not as desired, and was not to be set.
const DRIFTED: u8 = 3;

/// The machine must be restarted before the rest can be applied.
const NEEDS_REBOOT: u8 = 4;

/// Longer text is no configuration.
const LONGEST_INPUT: u64 = 64 << 20;

/// The longest value that is shown of a property.
const LONGEST_VALUE: usize = 200;

/// Apply a configuration: MOF as PowerShell compiles it, or a document of DSC v3 in YAML or JSON
///
/// Resources are applied in the order in which they depend on each other. What depends on one that
/// failed is skipped; all that comes after one that needs a reboot is, too. Until everything is as
/// desired the configuration stays pending, and `lumi dsc apply` without CONFIG goes on with it.
///
/// Exit status: 0 everything is as desired; 1 a resource failed; 2 the command line or the
/// configuration is wrong, and nothing was changed; 3 something is not as desired (--what-if,
/// --monitor); 4 the machine must be restarted; 130 and 143 as with the other commands.
///
/// Examples:
///   lumi dsc apply --what-if localhost.mof
///   lumi dsc apply web.dsc.yaml --monitor --correct --interval 5m
///   lumi dsc apply --rollback
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct Apply {
    /// The configuration, - for standard input [default: the pending one, or else the one applied last]
    #[arg(value_name = "CONFIG")]
    config: Option<PathBuf>,

    /// Only say what would be changed
    #[arg(long)]
    what_if: bool,

    /// Go on testing until Ctrl-C, and say what has drifted
    #[arg(long)]
    monitor: bool,

    /// With --monitor, set what has drifted
    #[arg(long, requires = "monitor", conflicts_with = "what_if")]
    correct: bool,

    /// The time between two tests, such as 30s, 5m or 2h [default: ConfigurationModeFrequencyMins, 15m]
    #[arg(long, requires = "monitor", value_name = "TIME", value_parser = duration)]
    interval: Option<Duration>,

    /// Apply the configuration that was the current one before, or so many before
    #[arg(long, value_name = "NUMBER", num_args = 0..=1, default_missing_value = "1", conflicts_with_all = ["config", "what_if"])]
    rollback: Option<u8>,

    #[command(flatten)]
    kept: Kept,
}

/// Show what came of the last operations that applied configurations
#[derive(Args, Debug)]
pub struct History {
    #[command(flatten)]
    kept: Kept,
}

/// Where configurations are kept.
#[derive(Args, Debug)]
struct Kept {
    /// Where configurations and their history are kept [default: LUMI_DSC_STATE, else /var/lib/lumi/dsc]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

impl Kept {
    fn open(&self) -> omi::Result<State> {
        State::open(&self.state.clone().unwrap_or_else(folder))
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "expected a time such as 30s, 5m or 2h".to_owned();
    let (number, seconds) = match text.as_bytes().last() {
        Some(b's') => (&text[..text.len() - 1], 1),
        Some(b'm') => (&text[..text.len() - 1], 60),
        Some(b'h') => (&text[..text.len() - 1], 3600),
        _ => (text, 1),
    };
    let number: u32 = number.parse().map_err(|_| wrong())?;
    if number == 0 { Err(wrong()) } else { Ok(Duration::from_secs(u64::from(number) * seconds)) }
}

/// Runs `lumi dsc apply`.
pub fn apply(common: &Common, apply: &Apply, said: &Said) -> Result<ExitCode> {
    // A resource that is being set comes to an end at which nothing is half done, however long that takes.
    interrupt::wait_for_the_end();
    let text = apply.config.as_deref().map(text).transpose()?;
    let shown = Shown { json: common.json };
    let root = Root::host();
    let is_canceled = || interrupt::exit_status().is_some();
    let company = Company { root: &root, listener: said, is_canceled: &is_canceled, observer: &shown, job: None };
    if let (Some(text), true, false) = (&text, apply.what_if, apply.monitor) {
        // Without a look at what is kept, so that it is for everybody.
        let configuration = read(text).map_err(Error::from)?;
        return end(&shown, &run::test(&configuration, &company));
    }
    let manager = Manager::new(apply.kept.open()?);
    let mut last = first(&manager, apply, text.as_deref(), &company)?;
    if !apply.monitor {
        return end(&shown, &last);
    }
    let minutes = manager.state().settings()?.interval_minutes;
    let interval = apply.interval.unwrap_or(Duration::from_secs(u64::from(minutes) * 60));
    let tested = text.as_deref().filter(|_| apply.what_if);
    loop {
        shown.report(&last)?;
        if !wait(interval) {
            return Ok(status(&last));
        }
        last = match apply.correct {
            true => manager.apply_again(&company)?,
            false => manager.test(tested, &company)?,
        };
    }
}

/// What is done at once, before anything is monitored.
fn first(manager: &Manager, apply: &Apply, text: Option<&[u8]>, company: &Company<'_>) -> omi::Result<Report> {
    if apply.what_if {
        return manager.test(text, company);
    }
    if let Some(since) = manager.state().pending_since() {
        let what = if text.is_some() || apply.rollback.is_some() { "it is given up" } else { "going on with it" };
        progress::aside(|| eprintln!("lumi: a configuration is pending since {since}, not applied to its end: {what}"));
    }
    match (apply.rollback, text) {
        (Some(number), _) => manager.roll_back(number, company),
        (None, Some(text)) => manager.apply_new(text, true, company),
        (None, None) => manager.apply_again(company),
    }
}

/// Waits; false when the user wants it to end.
fn wait(interval: Duration) -> bool {
    let deadline = Instant::now() + interval;
    while Instant::now() < deadline {
        if interrupt::exit_status().is_some() {
            return false;
        }
        thread::sleep(Duration::from_millis(100).min(deadline.saturating_duration_since(Instant::now())));
    }
    true
}

fn text(path: &Path) -> omi::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = match path.as_os_str() == "-" {
        true => io::stdin().take(LONGEST_INPUT).read_to_end(&mut bytes),
        false => File::open(path).and_then(|file| file.take(LONGEST_INPUT).read_to_end(&mut bytes)),
    };
    let failed = |error: io::Error| {
        let text = format!("{} cannot be read: {error}", path.display());
        Error::new(Error::from(error).code(), text)
    };
    read.map_err(failed)?;
    Ok(bytes)
}

fn end(shown: &Shown, report: &Report) -> Result<ExitCode> {
    shown.report(report)?;
    Ok(status(report))
}

fn status(report: &Report) -> ExitCode {
    if report.count(Status::Failed) > 0 {
        ExitCode::FAILURE
    } else if report.needs_reboot() {
        ExitCode::from(NEEDS_REBOOT)
    } else if !report.is_in_desired_state() {
        ExitCode::from(DRIFTED)
    } else {
        ExitCode::SUCCESS
    }
}

/// Shows on standard output what came of each resource.
struct Shown {
    json: bool,
}

impl Shown {
    fn report(&self, report: &Report) -> io::Result<()> {
        progress::clear();
        if self.json {
            let resources: Json = report.entries.iter().map(entry).collect();
            let time = report.duration.as_secs_f64();
            writeln!(
                Output,
                "{}",
                json!({
                    "inDesiredState": report.is_in_desired_state(),
                    "needsReboot": report.needs_reboot(),
                    "seconds": time,
                    "resources": resources,
                })
            )
        } else {
            writeln!(Output, "{}", report.summary())
        }
    }

    /// What is as it was to be is not worth a line.
    fn entry(&self, entry: &Entry) -> io::Result<()> {
        if self.json || entry.status == Status::InState {
            return Ok(());
        }
        let (status, seconds) = (entry.status.name(), entry.duration.as_secs_f64());
        writeln!(Output, "{}: {status} (line {}, {seconds:.3} s)", printable(&entry.id), entry.line)?;
        for difference in &entry.differences {
            let (is, desired) = (short(&difference.is), short(&difference.desired));
            writeln!(Output, "    {}: {is} -> {desired}", difference.property)?;
        }
        match &entry.error {
            Some(error) => writeln!(Output, "    {}", printable(error.message())),
            None => Ok(()),
        }
    }
}

fn short(value: &str) -> String {
    let start: String = value.chars().take(LONGEST_VALUE).collect();
    let more = value.chars().count() - start.chars().count();
    if more == 0 { format!("{value:?}") } else { format!("{start:?} and {more} more characters") }
}

impl Observer for Shown {
    fn begin(&self, wanted: &Wanted, place: usize, count: usize) {
        let percent = u32::try_from(place * 100 / count.max(1)).unwrap_or_default();
        progress::show(&Progress::new("Configuring").operation(wanted.id.as_str()).percent(percent));
    }

    fn end(&self, entry: &Entry) {
        // Whoever does not read it any more still wants it done.
        let _ = self.entry(entry);
    }
}

fn entry(entry: &Entry) -> Json {
    let differences: Json = entry
        .differences
        .iter()
        .map(|it| json!({ "property": it.property, "is": it.is, "desired": it.desired }))
        .collect();
    json!({
        "id": entry.id,
        "line": entry.line,
        "status": entry.status.name(),
        "differences": differences,
        "seconds": entry.duration.as_secs_f64(),
        "needsReboot": entry.needs_reboot,
        "error": entry.error.as_ref().map(Error::message),
    })
}

/// Runs `lumi dsc history`.
pub fn history(common: &Common, history: &History) -> Result<ExitCode> {
    let records = history.kept.open()?.history()?;
    if common.json {
        let text =
            serde_json::to_string(&records).map_err(|error| Failure::Operation(Error::failed(error.to_string())))?;
        writeln!(Output, "{text}")?;
        return Ok(ExitCode::SUCCESS);
    }
    for record in &records {
        let name = record.name.as_deref().map(|name| format!(" {}", printable(name))).unwrap_or_default();
        writeln!(Output, "{} {}{name}: {}", record.time, record.action, record.summary)?;
        for resource in &record.resources {
            let error = resource.error.as_deref().map(|error| format!(": {}", printable(error))).unwrap_or_default();
            writeln!(Output, "    {} {} ({:.3} s){error}", printable(&resource.id), resource.status, resource.seconds)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit() {
        let seconds = ["30s", "5m", "2h", "7"].map(|text| duration(text).map(|it| it.as_secs()));
        assert_eq!(seconds, [Ok(30), Ok(300), Ok(7200), Ok(7)]);
        for wrong in ["", "m", "0s", "-1s", "1d", "5 m"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn long_values_are_cut() {
        assert_eq!(short("a\nb"), "\"a\\nb\"");
        assert!(short(&"x".repeat(1000)).ends_with("and 800 more characters"));
    }
}
