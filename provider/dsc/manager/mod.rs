//! MSFT_DSCLocalConfigurationManager: configurations by MI methods with the signatures of the LCM, for clients such as
//! Start-DscConfiguration. Only lumi's own host serves it.

mod company;
mod settings;

use super::configuration::{Company, Manager, Report, State, Status, folder, read_settings};
use crate::classes::{audit, requestor};
use crate::linux::Root;
use crate::schema::MsftDscLocalConfigurationManager;
use crate::schema::msft_dsc_local_configuration_manager::perform_required_configuration_checks::Flags;
use crate::schema::msft_dsc_local_configuration_manager::*;
use company::Speaker;
use omi::dialogue::Answer;
use omi::{Error, Invoke, Query, Result};

/// What methods return; what fails is an error.
const DONE: Option<u32> = Some(0);

/// Serves the class.
#[derive(Debug, Default)]
pub struct LocalConfigurationManager {
    root: Root,
}

type Target = Option<MsftDscLocalConfigurationManager>;

impl Invoke<SendConfiguration> for LocalConfigurationManager {
    fn invoke(&self, _: Target, input: SendConfiguration, query: &Query<'_>) -> Result<SendConfigurationOutput> {
        let configuration = needed(input.configuration_data)?;
        self.act("keep a configuration", query, |manager, _| manager.send(&configuration, input.force == Some(true)))?;
        Ok(SendConfigurationOutput { return_value: DONE })
    }
}

impl Invoke<SendConfigurationApply> for LocalConfigurationManager {
    fn invoke(
        &self,
        _: Target,
        input: SendConfigurationApply,
        query: &Query<'_>,
    ) -> Result<SendConfigurationApplyOutput> {
        let configuration = needed(input.configuration_data)?;
        self.apply("apply a configuration", query, |manager, company, is_wanted| match is_wanted {
            true => manager.apply_new(&configuration, input.force == Some(true), company),
            false => manager.test(Some(&configuration), company),
        })?;
        Ok(SendConfigurationApplyOutput { return_value: DONE })
    }
}

impl Invoke<ApplyConfiguration> for LocalConfigurationManager {
    fn invoke(&self, _: Target, _: ApplyConfiguration, query: &Query<'_>) -> Result<ApplyConfigurationOutput> {
        self.apply("apply the configuration", query, |manager, company, is_wanted| match is_wanted {
            true => manager.apply_again(company),
            false => manager.test(None, company),
        })?;
        Ok(ApplyConfigurationOutput { return_value: DONE })
    }
}

impl Invoke<RollBack> for LocalConfigurationManager {
    fn invoke(&self, _: Target, input: RollBack, query: &Query<'_>) -> Result<RollBackOutput> {
        let number = input.configuration_number.unwrap_or_default();
        self.apply("go back to a previous configuration", query, |manager, company, is_wanted| match is_wanted {
            true => manager.roll_back(number, company),
            false => manager.test(manager.state().previous(number)?.as_deref(), company),
        })?;
        Ok(RollBackOutput { return_value: DONE })
    }
}

impl Invoke<GetConfiguration> for LocalConfigurationManager {
    fn invoke(&self, _: Target, input: GetConfiguration, query: &Query<'_>) -> Result<GetConfigurationOutput> {
        let configuration = given(input.configuration_data);
        let found =
            self.act("get a configuration", query, |manager, company| manager.get(configuration.as_deref(), company))?;
        Ok(GetConfigurationOutput { return_value: DONE, configurations: Some(found) })
    }
}

impl Invoke<TestConfiguration> for LocalConfigurationManager {
    fn invoke(&self, _: Target, input: TestConfiguration, query: &Query<'_>) -> Result<TestConfigurationOutput> {
        let configuration = given(input.configuration_data);
        let report = self
            .act("test a configuration", query, |manager, company| manager.test(configuration.as_deref(), company))?;
        report.error().map_or(Ok(()), Err)?;
        Ok(TestConfigurationOutput {
            return_value: DONE,
            in_desired_state: Some(report.is_in_desired_state()),
            resource_id: Some(drifted(&report)),
        })
    }
}

impl Invoke<PerformRequiredConfigurationChecks> for LocalConfigurationManager {
    fn invoke(
        &self,
        _: Target,
        input: PerformRequiredConfigurationChecks,
        query: &Query<'_>,
    ) -> Result<PerformRequiredConfigurationChecksOutput> {
        if let Some(other) = input.flags.filter(|flags| *flags != Flags::CHECK) {
            let text = format!("Flags {} is not supported: 1 checks the configuration, and nothing is pulled", other.0);
            return Err(Error::not_supported(text));
        }
        let report = self.act("check the configuration", query, |manager, company| manager.check(company))?;
        if let Some(report) = report {
            finish(&report, query)?;
            let drifted = drifted(&report);
            if !drifted.is_empty() {
                return Err(Error::failed(format!("not in desired state: {}", drifted.join(", "))));
            }
        }
        Ok(PerformRequiredConfigurationChecksOutput { return_value: DONE })
    }
}

impl Invoke<StopConfiguration> for LocalConfigurationManager {
    fn invoke(&self, _: Target, _: StopConfiguration, query: &Query<'_>) -> Result<StopConfigurationOutput> {
        let ran = self.act("stop the configuration", query, |manager, _| manager.state().stop(&|| query.canceled()))?;
        query.verbose(if ran { "The operation that ran has ended." } else { "No operation was running." });
        Ok(StopConfigurationOutput { return_value: DONE })
    }
}

impl Invoke<SendMetaConfigurationApply> for LocalConfigurationManager {
    fn invoke(
        &self,
        _: Target,
        input: SendMetaConfigurationApply,
        query: &Query<'_>,
    ) -> Result<SendMetaConfigurationApplyOutput> {
        let wanted = read_settings(&needed(input.configuration_data)?)?;
        self.act("change the settings", query, |manager, _| {
            let changed = settings::changed(manager.state().settings()?, &wanted)?;
            manager.state().set_settings(&changed)
        })?;
        Ok(SendMetaConfigurationApplyOutput { return_value: DONE })
    }
}

impl Invoke<GetMetaConfiguration> for LocalConfigurationManager {
    fn invoke(&self, _: Target, _: GetMetaConfiguration, query: &Query<'_>) -> Result<GetMetaConfigurationOutput> {
        let told =
            self.act("get the settings", query, |manager, company| settings::tell(manager.state(), company.root))?;
        Ok(GetMetaConfigurationOutput { return_value: DONE, meta_configuration: Some(told) })
    }
}

impl LocalConfigurationManager {
    /// Does it, if the user may, and writes down what came of it.
    fn act<T>(
        &self,
        deed: &str,
        query: &Query<'_>,
        act: impl FnOnce(&Manager, &Company<'_>) -> Result<T>,
    ) -> Result<T> {
        let speaker = Speaker::new(query, deed);
        let is_canceled = || query.canceled();
        let job = speaker.job();
        let company = Company {
            root: &self.root,
            listener: &speaker,
            is_canceled: &is_canceled,
            observer: &speaker,
            job: job.as_deref(),
        };
        let done = check_rights(deed, query)
            .and_then(|()| State::open(&folder()))
            .and_then(|state| act(&Manager::new(state), &company));
        let result = done.as_ref().map_or_else(|error| error.message(), |_| "done");
        audit(query, &format!("{deed} of Desired State Configuration"), result);
        done
    }

    /// Applies a configuration, or only tests it where the user asks what would be.
    fn apply(
        &self,
        deed: &str,
        query: &Query<'_>,
        apply: impl FnOnce(&Manager, &Company<'_>, bool) -> Result<Report>,
    ) -> Result<()> {
        let report = self.act(deed, query, |manager, company| {
            let is_wanted = query.should_process("this machine", deed) != Answer::No;
            apply(manager, company, is_wanted)
        })?;
        finish(&report, query)
    }
}

/// Only root may, as with the LCM: who can configure a machine can do anything there.
fn check_rights(deed: &str, query: &Query<'_>) -> Result<()> {
    let requestor = requestor(query)?;
    if requestor.is_root() && nix::unistd::geteuid().is_root() {
        return Ok(());
    }
    Err(Error::access_denied(format!("{} may not {deed}: only root may", requestor.name())))
}

/// Says what it came to, and fails when a resource has.
fn finish(report: &Report, query: &Query<'_>) -> Result<()> {
    query.verbose(&report.summary());
    if report.needs_reboot() {
        query.warning("A resource needs a reboot. Restart the machine and apply the configuration again.");
    }
    report.error().map_or(Ok(()), Err)
}

fn drifted(report: &Report) -> Vec<String> {
    report.entries.iter().filter(|entry| entry.status == Status::Drifted).map(|entry| entry.id.clone()).collect()
}

/// A configuration, without the length that may stand in front of an octet string.
fn given(data: Option<Vec<u8>>) -> Option<Vec<u8>> {
    let mut data = data.filter(|data| !data.is_empty())?;
    let length = data.first_chunk().map(|length| u32::from_be_bytes(*length) as usize);
    if length == Some(data.len()) {
        data.drain(..4);
    }
    Some(data)
}

fn needed(data: Option<Vec<u8>>) -> Result<Vec<u8>> {
    given(data).ok_or_else(|| Error::invalid_parameter("ConfigurationData is missing: the bytes of a configuration"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_in_front_is_taken_off() {
        assert_eq!(given(Some(b"\0\0\0\x07abc".to_vec())), Some(b"abc".to_vec()));
        assert_eq!(given(Some(b"\0\0\0\x08abc".to_vec())), Some(b"\0\0\0\x08abc".to_vec()));
        assert_eq!(given(Some(b"abc".to_vec())), Some(b"abc".to_vec()));
        assert_eq!(given(Some(Vec::new())), None);
    }
}
