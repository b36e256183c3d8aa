//! The settings of the manager as MSFT_DSCMetaConfiguration.

use crate::dsc::configuration::{Mode, Settings, State};
use crate::linux::Root;
use crate::schema::MsftDscMetaConfiguration;
use omi::{Class, Error, Instance, Result};

/// A month, the longest time that makes sense between two checks.
const MAX_MINUTES: u32 = 31 * 24 * 60;

/// The settings with what is wanted.
///
/// # Errors
/// INVALID_PARAMETER naming everything that cannot be had.
pub(super) fn changed(mut settings: Settings, wanted: &MsftDscMetaConfiguration) -> Result<Settings> {
    let mut wrong = Vec::new();
    if let Some(given) = &wanted.configuration_mode {
        match Mode::ALL.into_iter().find(|mode| mode.name().eq_ignore_ascii_case(given)) {
            Some(mode) => settings.mode = mode,
            None => {
                let names = Mode::ALL.map(Mode::name).join(", ");
                wrong.push(format!("ConfigurationMode cannot be {given:?}; allowed are {names}"));
            }
        }
    }
    match wanted.configuration_mode_frequency_mins {
        Some(minutes @ 1..=MAX_MINUTES) => settings.interval_minutes = minutes,
        Some(other) => {
            wrong.push(format!("ConfigurationModeFrequencyMins cannot be {other}; allowed are 1 to {MAX_MINUTES}"));
        }
        None => {}
    }
    let only = |name: &str, given: &Option<String>, allowed: &str| {
        let other = given.as_deref().filter(|given| !given.eq_ignore_ascii_case(allowed))?;
        Some(format!("{name} {other:?} is not supported; it can only be {allowed:?}"))
    };
    wrong.extend(only("RefreshMode", &wanted.refresh_mode, "Push"));
    wrong.extend(only("ActionAfterReboot", &wanted.action_after_reboot, "ContinueConfiguration"));
    for (name, given) in
        [("RebootNodeIfNeeded", wanted.reboot_node_if_needed), ("AllowModuleOverwrite", wanted.allow_module_overwrite)]
    {
        if given == Some(true) {
            wrong.push(format!("{name} is not supported; it can only be false"));
        }
    }
    if wrong.is_empty() { Ok(settings) } else { Err(Error::invalid_parameter(wrong.join("\n"))) }
}

/// The settings and what the manager is doing.
pub(super) fn tell(state: &State, root: &Root) -> Result<Instance> {
    let settings = state.settings()?;
    let pending = state.pending_since();
    let waits_for_reboot = || {
        let boot_id = root.value("/proc/sys/kernel/random/boot_id");
        let last = state.history().ok().and_then(|history| history.into_iter().next_back());
        boot_id.is_some() && last.is_some_and(|last| last.reboot_after == boot_id)
    };
    let (now, detail) = match &pending {
        _ if state.is_busy() => ("Busy", "an operation runs".to_owned()),
        Some(since) if waits_for_reboot() => {
            ("PendingReboot", format!("pending since {since}: a resource needs a reboot"))
        }
        Some(since) => ("PendingConfiguration", format!("a configuration is pending since {since}")),
        None => ("Idle", "nothing is to be done".to_owned()),
    };
    let in_old_words = if now == "Busy" || now == "PendingReboot" { now } else { "Ready" };
    let told = MsftDscMetaConfiguration {
        configuration_mode: Some(settings.mode.name().to_owned()),
        configuration_mode_frequency_mins: Some(settings.interval_minutes),
        refresh_mode: Some("Push".to_owned()),
        reboot_node_if_needed: Some(false),
        action_after_reboot: Some("ContinueConfiguration".to_owned()),
        allow_module_overwrite: Some(false),
        lcm_version: Some("2.0.0".to_owned()),
        lcm_compatible_versions: Some(vec!["1.0".to_owned(), "2.0".to_owned()]),
        lcm_state: Some(now.to_owned()),
        lcm_state_detail: Some(detail),
        local_configuration_manager_state: Some(in_old_words.to_owned()),
    };
    told.to_instance()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_cannot_be_had_is_named() {
        let wanted = MsftDscMetaConfiguration {
            configuration_mode: Some("MonitorOnly".into()),
            configuration_mode_frequency_mins: Some(0),
            refresh_mode: Some("Pull".into()),
            reboot_node_if_needed: Some(true),
            ..MsftDscMetaConfiguration::default()
        };
        let error = changed(Settings::default(), &wanted).unwrap_err();
        assert_eq!(
            error.message().lines().collect::<Vec<_>>(),
            [
                "ConfigurationMode cannot be \"MonitorOnly\"; allowed are ApplyOnly, ApplyAndMonitor, ApplyAndAutoCorrect",
                "ConfigurationModeFrequencyMins cannot be 0; allowed are 1 to 44640",
                "RefreshMode \"Pull\" is not supported; it can only be \"Push\"",
                "RebootNodeIfNeeded is not supported; it can only be false",
            ]
        );
    }

    #[test]
    fn what_is_as_it_has_to_be_is_accepted() {
        let wanted = MsftDscMetaConfiguration {
            configuration_mode: Some("applyandautocorrect".into()),
            refresh_mode: Some("PUSH".into()),
            reboot_node_if_needed: Some(false),
            ..MsftDscMetaConfiguration::default()
        };
        let settings = changed(Settings::default(), &wanted).unwrap();
        assert_eq!(settings, Settings { mode: Mode::ApplyAndAutoCorrect, interval_minutes: 15 });
    }
}
