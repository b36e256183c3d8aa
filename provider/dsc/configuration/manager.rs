//! The configuration of this machine: what an LCM does, without one.

use super::record::Record;
use super::report::Report;
use super::run::{self, Company};
use super::settings::Mode;
use super::state::{Operation, State};
use super::{Configuration, Problems, mof, read};
use crate::schema::MsftDscMetaConfiguration;
use omi::{Error, Instance, Result, ResultCode};

/// Applies configurations and remembers them.
///
/// The configuration that is being applied is the pending one, until all of its resources are as they are to be; then it is
/// the current one. One that fails, is stopped, needs a reboot or is killed stays pending.
#[derive(Clone, Debug)]
pub struct Manager {
    state: State,
}

impl Manager {
    /// With what is kept there.
    pub fn new(state: State) -> Self {
        Self { state }
    }

    /// What is kept.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Keeps a configuration as the pending one, to be applied later.
    ///
    /// # Errors
    /// What is wrong with it; ALREADY_EXISTS when another one is pending and need not be given up.
    pub fn send(&self, configuration: &[u8], force: bool) -> Result<()> {
        let _operation = self.state.begin("SendConfiguration")?;
        read(configuration)?;
        self.check_pending(force)?;
        self.state.set_pending(configuration)
    }

    /// Applies a configuration.
    ///
    /// # Errors
    /// As [`send`](Self::send). What fails in resources is in the report.
    pub fn apply_new(&self, configuration: &[u8], force: bool, company: &Company<'_>) -> Result<Report> {
        let operation = self.state.begin("apply")?;
        let parsed = read(configuration)?;
        self.check_pending(force)?;
        self.state.set_pending(configuration)?;
        self.apply(&operation, "apply", &parsed, company)
    }

    /// Applies the pending configuration, or else the current one again.
    ///
    /// # Errors
    /// NOT_FOUND when there is neither.
    pub fn apply_again(&self, company: &Company<'_>) -> Result<Report> {
        let operation = self.state.begin("apply")?;
        self.continue_or_repeat(&operation, "apply", company)
    }

    /// Applies a configuration that was the current one before: 0 and 1 mean the last one, 2 the one before it.
    ///
    /// # Errors
    /// NOT_FOUND when there are not so many.
    pub fn roll_back(&self, number: u8, company: &Company<'_>) -> Result<Report> {
        let operation = self.state.begin("roll back")?;
        let configuration = self.state.previous(number)?.ok_or_else(|| {
            let count = (1..=u8::MAX).take_while(|number| matches!(self.state.previous(*number), Ok(Some(_)))).count();
            Error::not_found(format!("there is no previous configuration {number}: {count} can be gone back to"))
        })?;
        let parsed = read(&configuration)?;
        self.state.set_pending(&configuration)?;
        self.apply(&operation, "roll back", &parsed, company)
    }

    /// Tests a configuration, or else the current one. Changes nothing.
    ///
    /// # Errors
    /// What is wrong with it; NOT_FOUND without one.
    pub fn test(&self, configuration: Option<&[u8]>, company: &Company<'_>) -> Result<Report> {
        let operation = self.state.begin("test")?;
        let parsed = self.given_or_current(configuration)?;
        Ok(stoppable(&operation, company, |company| run::test(&parsed, company)))
    }

    /// What is, of each resource of a configuration, or else of the current one.
    ///
    /// # Errors
    /// What is wrong with it; NOT_FOUND without one; that of the first resource that cannot be got.
    pub fn get(&self, configuration: Option<&[u8]>, company: &Company<'_>) -> Result<Vec<Instance>> {
        let operation = self.state.begin("get")?;
        let parsed = self.given_or_current(configuration)?;
        stoppable(&operation, company, |company| run::get(&parsed, company))
    }

    /// What is to be done from time to time: goes on with what is pending, and else tests or sets the current configuration, as
    /// the settings say. `None` when they say that nothing is to be done.
    ///
    /// # Errors
    /// NOT_FOUND when there is no configuration.
    pub fn check(&self, company: &Company<'_>) -> Result<Option<Report>> {
        let operation = self.state.begin("check")?;
        if self.state.pending()?.is_some() {
            return self.continue_or_repeat(&operation, "check", company).map(Some);
        }
        match self.state.settings()?.mode {
            Mode::ApplyOnly => Ok(None),
            Mode::ApplyAndMonitor => {
                let parsed = self.given_or_current(None)?;
                let report = stoppable(&operation, company, |company| run::test(&parsed, company));
                self.state.record(Record::new("check", parsed.name.as_deref(), &report, company.root))?;
                Ok(Some(report))
            }
            Mode::ApplyAndAutoCorrect => self.continue_or_repeat(&operation, "check", company).map(Some),
        }
    }

    fn continue_or_repeat(&self, operation: &Operation, action: &str, company: &Company<'_>) -> Result<Report> {
        match self.state.pending()? {
            Some(pending) => self.apply(operation, action, &read(&pending)?, company),
            None => {
                let parsed = self.given_or_current(None)?;
                self.apply_and_record(operation, action, &parsed, company)
            }
        }
    }

    /// Applies the pending configuration.
    fn apply(
        &self,
        operation: &Operation,
        action: &str,
        pending: &Configuration,
        company: &Company<'_>,
    ) -> Result<Report> {
        let report = self.apply_and_record(operation, action, pending, company)?;
        if report.is_in_desired_state() && !report.needs_reboot() {
            self.state.promote()?;
        }
        Ok(report)
    }

    fn apply_and_record(
        &self,
        operation: &Operation,
        action: &str,
        configuration: &Configuration,
        company: &Company<'_>,
    ) -> Result<Report> {
        let name = configuration.name.as_deref();
        log::info!(target: "dsc", "{action} {}: {} resources", name.unwrap_or("a configuration"), configuration.resources.len());
        let report = stoppable(operation, company, |company| run::apply(configuration, company));
        log::info!(target: "dsc", "{action} {}: {}", name.unwrap_or("a configuration"), report.summary());
        self.state.record(Record::new(action, name, &report, company.root))?;
        Ok(report)
    }

    fn check_pending(&self, force: bool) -> Result<()> {
        match self.state.pending_since() {
            Some(since) if !force => {
                let text = format!(
                    "a configuration is pending since {since}: apply it (ApplyConfiguration), or give it up with force"
                );
                Err(Error::new(ResultCode::ALREADY_EXISTS, text))
            }
            _ => Ok(()),
        }
    }

    fn given_or_current(&self, given: Option<&[u8]>) -> Result<Configuration> {
        if let Some(given) = given {
            return Ok(read(given)?);
        }
        let current = self.state.current()?.ok_or_else(|| {
            let pending = self.state.pending_since().map(|since| format!("; one is pending since {since}"));
            Error::not_found(format!("no configuration has been applied{}", pending.unwrap_or_default()))
        })?;
        Ok(read(&current)?)
    }
}

/// Reads the settings that a meta configuration in MOF asks for.
///
/// # Errors
/// What is wrong with it.
pub fn read_settings(bytes: &[u8]) -> Result<MsftDscMetaConfiguration, Problems> {
    mof::read_settings(bytes)
}

/// Lets the operation be stopped by who stops it, too.
fn stoppable<T>(operation: &Operation, company: &Company<'_>, act: impl FnOnce(&Company<'_>) -> T) -> T {
    let is_canceled = || (company.is_canceled)() || operation.is_stopped();
    act(&Company { is_canceled: &is_canceled, ..*company })
}
