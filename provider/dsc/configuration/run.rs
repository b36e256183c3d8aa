//! Tests and applies the resources of a configuration, one after the other.

use super::report::{Entry, Report, Status};
use super::{Configuration, Wanted};
use crate::dsc::{Context, Outcome};
use crate::linux::Root;
use omi::dialogue::{Channel, Listener, Progress};
use omi::{Error, Instance, Result};
use std::time::{Duration, Instant};

/// What is being done with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is tested.
    Test,
    /// It is set.
    Set,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It begins.
    Start,
    /// It is over, and took so long.
    End(Duration),
    /// It is not needed.
    Skip,
}

/// Watches how a configuration is tested or applied. What is not implemented is of no interest.
pub trait Observer {
    /// The resource at a place, counted from 0, of so many is begun.
    fn begin(&self, wanted: &Wanted, place: usize, count: usize) {
        let _ = (wanted, place, count);
    }

    /// A step begins or is over.
    fn step(&self, wanted: &Wanted, step: Step, stage: Stage) {
        let _ = (wanted, step, stage);
    }

    /// A resource is done with.
    fn end(&self, entry: &Entry) {
        let _ = entry;
    }
}

/// Nobody watches.
impl Observer for () {}

/// The machine that is configured, and the company in which that is done.
#[derive(Clone, Copy)]
#[allow(missing_debug_implementations)] // a listener need not have it
pub struct Company<'a> {
    /// The machine.
    pub root: &'a Root,
    /// Who hears what the resources say.
    pub listener: &'a dyn Listener,
    /// Whether nobody wants it any more.
    pub is_canceled: &'a (dyn Fn() -> bool + Sync),
    /// Who watches.
    pub observer: &'a dyn Observer,
    /// Under which id the log shows it.
    pub job: Option<&'a str>,
}

/// Looks which resources are as they are to be. Changes nothing.
pub fn test(configuration: &Configuration, company: &Company<'_>) -> Report {
    each(configuration, company, |wanted, context| {
        let differences =
            stepped(company, wanted, Step::Test, || wanted.resource.test(wanted.desired.clone(), context))?;
        let status = if differences.is_empty() { Status::InState } else { Status::Drifted };
        Ok((status, Outcome { changes: differences, needs_reboot: false }))
    })
}

/// Sets the resources that are not as they are to be. What depends on one that failed is skipped, and so is all that comes
/// after one that needs a reboot.
pub fn apply(configuration: &Configuration, company: &Company<'_>) -> Report {
    each(configuration, company, |wanted, context| {
        let differences =
            stepped(company, wanted, Step::Test, || wanted.resource.test(wanted.desired.clone(), context))?;
        if differences.is_empty() {
            company.observer.step(wanted, Step::Set, Stage::Skip);
            return Ok((Status::InState, Outcome::default()));
        }
        context.check_canceled()?;
        let outcome = stepped(company, wanted, Step::Set, || wanted.resource.set(wanted.desired.clone(), context))?;
        let status = if outcome.changes.is_empty() { Status::InState } else { Status::Changed };
        Ok((status, outcome))
    })
}

/// What is, of each resource.
///
/// # Errors
/// That of the first resource that cannot be got, which it names.
pub fn get(configuration: &Configuration, company: &Company<'_>) -> Result<Vec<Instance>> {
    let get = |wanted: &Wanted| {
        let listener = Named { listener: company.listener, id: &wanted.id };
        let context = context(company, &listener);
        context.check_canceled()?;
        let found = wanted.resource.get(wanted.desired.clone(), &context);
        found.map_err(|error| {
            Error::new(error.code(), format!("{} (line {}): {}", wanted.id, wanted.line, error.message()))
        })
    };
    configuration.resources.iter().map(get).collect()
}

fn context<'a>(company: &Company<'a>, listener: &'a Named<'a>) -> Context<'a> {
    Context::new(company.root, listener, company.is_canceled).job(company.job.map(str::to_owned))
}

fn stepped<T>(company: &Company<'_>, wanted: &Wanted, step: Step, act: impl FnOnce() -> Result<T>) -> Result<T> {
    company.observer.step(wanted, step, Stage::Start);
    let begin = Instant::now();
    let done = act();
    company.observer.step(wanted, step, Stage::End(begin.elapsed()));
    done
}

fn each(
    configuration: &Configuration,
    company: &Company<'_>,
    act: impl Fn(&Wanted, &Context<'_>) -> Result<(Status, Outcome)>,
) -> Report {
    let (begin, resources) = (Instant::now(), &configuration.resources);
    let mut report = Report::default();
    for (place, wanted) in resources.iter().enumerate() {
        company.observer.begin(wanted, place, resources.len());
        let begin = Instant::now();
        let listener = Named { listener: company.listener, id: &wanted.id };
        let done = match obstacle(wanted, &report, company) {
            Some(reason) => Err((Status::Skipped, Error::failed(reason))),
            None => act(wanted, &context(company, &listener)).map_err(|error| (Status::Failed, error)),
        };
        let entry = entry(wanted, done, begin.elapsed(), &report);
        company.observer.end(&entry);
        report.entries.push(entry);
    }
    report.is_canceled = (company.is_canceled)();
    report.duration = begin.elapsed();
    report
}

/// Why a resource is not even tried.
fn obstacle(wanted: &Wanted, report: &Report, company: &Company<'_>) -> Option<String> {
    if (company.is_canceled)() {
        return Some("it was cancelled before".to_owned());
    }
    if let Some(before) = report.entries.iter().find(|entry| entry.needs_reboot) {
        return Some(format!("{} needs a reboot first", before.id));
    }
    let mut needed = wanted.depends_on.iter().map(|place| &report.entries[*place]);
    let missing = needed.find(|entry| matches!(entry.status, Status::Failed | Status::Skipped))?;
    let what = if missing.status == Status::Failed { "failed" } else { "was skipped" };
    Some(format!("it depends on {}, which {what}", missing.id))
}

fn entry(
    wanted: &Wanted,
    done: Result<(Status, Outcome), (Status, Error)>,
    duration: Duration,
    report: &Report,
) -> Entry {
    let (id, line) = (wanted.id.clone(), wanted.line);
    let (status, outcome, error) = match done {
        Ok((status, outcome)) => (status, outcome, None),
        Err((Status::Failed, error)) => {
            // A test can need what a resource that is only tested would bring: a file in a folder, say.
            let drifted = wanted.depends_on.iter().map(|place| &report.entries[*place]);
            match drifted.into_iter().find(|entry| entry.status == Status::Drifted) {
                Some(needed) => {
                    let text = format!("cannot be told before {} is as desired: {}", needed.id, error.message());
                    (Status::Drifted, Outcome::default(), Some(Error::new(error.code(), text)))
                }
                None => (Status::Failed, Outcome::default(), Some(error)),
            }
        }
        Err((status, error)) => (status, Outcome::default(), Some(error)),
    };
    let Outcome { changes, needs_reboot } = outcome;
    Entry { id, line, status, differences: changes, duration, error, needs_reboot }
}

/// Says which resource it is that speaks.
struct Named<'a> {
    listener: &'a dyn Listener,
    id: &'a str,
}

impl Listener for Named<'_> {
    fn message(&self, channel: Channel, text: &str) {
        self.listener.message(channel, &format!("[{}] {text}", self.id));
    }

    fn progress(&self, progress: &Progress) -> bool {
        self.listener.progress(progress)
    }
}
