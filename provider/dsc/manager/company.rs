//! What a client of the manager hears while a configuration is applied, worded as the LCM does it.

use crate::dsc::configuration::{Entry, Observer, Stage, Status, Step, Wanted};
use crate::dsc::context::Caller;
use nix::unistd::gethostname;
use omi::Query;
use omi::dialogue::{Channel, Listener, Progress};

/// Speaks to the client.
pub(super) struct Speaker<'a, 'q> {
    query: &'a Query<'q>,
    /// `[HOST]:`, which is in front of everything.
    host: String,
    deed: &'a str,
}

impl<'a, 'q> Speaker<'a, 'q> {
    pub(super) fn new(query: &'a Query<'q>, deed: &'a str) -> Self {
        let host = gethostname().unwrap_or_default().to_string_lossy().to_uppercase();
        Self { query, host: format!("[{host}]:"), deed }
    }

    /// The id under which the client knows the operation.
    pub(super) fn job(&self) -> Option<String> {
        Caller(self.query).job()
    }

    /// `[HOST]: LCM:  [ Start  Test     ]  [[nxFile]motd]`
    fn say(&self, stage: &str, what: &str, id: &str, behind: &str) {
        self.query.verbose(&format!("{} LCM:  [ {stage:<6} {what:<8} ]  [{id}]{behind}", self.host));
    }

    /// Under the messages of the manager, indented as they are long.
    fn indented(&self, text: &str) -> String {
        format!("{} {:27}{text}", self.host, "")
    }
}

impl Observer for Speaker<'_, '_> {
    fn begin(&self, wanted: &Wanted, place: usize, count: usize) {
        let percent = u32::try_from(place * 100 / count.max(1)).unwrap_or_default();
        let progress = Progress::new(self.deed).operation(wanted.id.as_str());
        self.query.progress(&progress.status(format!("{} of {count}", place + 1)).percent(percent));
        self.say("Start", "Resource", &wanted.id, "");
    }

    fn step(&self, wanted: &Wanted, step: Step, stage: Stage) {
        let what = match step {
            Step::Test => "Test",
            Step::Set => "Set",
        };
        match stage {
            Stage::Start => self.say("Start", what, &wanted.id, ""),
            Stage::End(time) => {
                self.say("End", what, &wanted.id, &format!("  in {:.4} seconds.", time.as_secs_f64()));
            }
            Stage::Skip => self.say("Skip", what, &wanted.id, ""),
        }
    }

    fn end(&self, entry: &Entry) {
        for difference in &entry.differences {
            self.query.verbose(&self.indented(&format!("[{}] {difference}", entry.id)));
        }
        if let Some(error) = &entry.error {
            let text = format!("[{}] {}: {}", entry.id, entry.status.name(), error.message());
            // What failed becomes the error of the whole operation.
            if entry.status == Status::Skipped {
                self.query.warning(&text)
            } else {
                self.query.verbose(&self.indented(&text))
            };
        }
        self.say("End", "Resource", &entry.id, "");
    }
}

impl Listener for Speaker<'_, '_> {
    fn message(&self, channel: Channel, text: &str) {
        match channel {
            Channel::Warning => self.query.warning(text),
            Channel::Verbose => self.query.verbose(&self.indented(text)),
            Channel::Debug => self.query.debug(text),
        };
    }

    fn progress(&self, progress: &Progress) -> bool {
        Caller(self.query).progress(progress)
    }
}
