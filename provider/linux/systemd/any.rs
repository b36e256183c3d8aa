//! Units of any type, named as systemctl takes their names.

use super::{Error, Result, SERVICE_INTERFACE, Systemd, UNIT_INTERFACE, Unit};

const TYPES: &[&str] = &[
    ".service",
    ".socket",
    ".target",
    ".device",
    ".mount",
    ".automount",
    ".swap",
    ".timer",
    ".path",
    ".slice",
    ".scope",
];

/// The end of a unit's name that says its type, `.timer` for example.
pub fn suffix(name: &str) -> Option<&'static str> {
    TYPES.iter().find(|suffix| name.ends_with(*suffix)).copied()
}

/// The whole name of a unit: one without a type is a service.
pub fn whole_name(name: &str) -> String {
    if suffix(name).is_some() { name.to_owned() } else { format!("{name}.service") }
}

/// Whether the name is that of a template, which has instances but cannot run itself: `getty@.service`.
pub fn is_template(name: &str) -> bool {
    suffix(name).and_then(|suffix| name.strip_suffix(suffix)).is_some_and(|stem| stem.ends_with('@'))
}

impl Unit {
    /// Whether it runs, or is otherwise in effect, as a target or a oneshot service that has done its work can be. `None`
    /// while it starts or stops.
    pub fn is_running(&self) -> Option<bool> {
        match &*self.active_state {
            "active" | "reloading" | "refreshing" => Some(true),
            "inactive" | "failed" | "maintenance" => Some(false),
            _ => None,
        }
    }
}

impl Systemd {
    /// One unit of any type by its [whole name](whole_name) or by another name of it. systemd loads it for that, but for a
    /// template, of which there is only the file.
    ///
    /// # Errors
    /// [`Error::NoSuchUnit`] when there is neither such a unit nor such a file.
    pub fn find(&self, name: &str) -> Result<Unit> {
        let missing = || Error::NoSuchUnit { name: name.to_owned() };
        if is_template(name) {
            let state = self.file_state(name)?.ok_or_else(missing)?;
            return Ok(Unit { file_state: Some(state), ..Unit::installed(name) });
        }
        self.unit(name, suffix(name).ok_or_else(missing)?)
    }

    /// The units of a type, loaded or only installed, in the order of their names.
    ///
    /// # Errors
    /// As [`Systemd::services`].
    pub fn all(&self, suffix: &str) -> Result<Vec<Unit>> {
        self.units(suffix)
    }

    /// Whether it is started with the system, or with what it belongs to, because somebody enabled it. What cannot be
    /// enabled is not, though others may start it. `None` when that lasts until the next start of the system only.
    ///
    /// # Errors
    /// Those of a call.
    pub fn is_enabled(&self, unit: &Unit) -> Result<Option<bool>> {
        match unit.file_state.as_deref() {
            Some("enabled") => Ok(Some(true)),
            Some("enabled-runtime" | "bad") => Ok(None),
            // It comes from an init script: the generator makes who starts it want it.
            Some("generated") => {
                let wanted_by = unit.path.as_ref().map(|path| self.peer.property(path, UNIT_INTERFACE, "WantedBy"));
                let wanted_by: Option<Vec<String>> = wanted_by.transpose()?.flatten();
                Ok(wanted_by.map(|units| !units.is_empty()))
            }
            _ => Ok(Some(false)),
        }
    }

    /// The file that describes a loaded unit, or that from which a generator made its description. `None` where there is
    /// none.
    ///
    /// # Errors
    /// Those of a call.
    pub fn file(&self, unit: &Unit) -> Result<Option<String>> {
        let Some(path) = &unit.path else { return Ok(None) };
        for property in ["SourcePath", "FragmentPath"] {
            let file: Option<String> = self.peer.property(path, UNIT_INTERFACE, property)?;
            if let Some(file) = file.filter(|file| !file.is_empty()) {
                return Ok(Some(file));
            }
        }
        Ok(None)
    }

    /// Whether it is a service that does its work and is then inactive again: it is started, but never runs for long.
    ///
    /// # Errors
    /// Those of a call.
    pub fn runs_once(&self, unit: &Unit) -> Result<bool> {
        let Some(path) = unit.path.as_ref().filter(|_| unit.name.ends_with(".service")) else { return Ok(false) };
        let kind: Option<String> = self.peer.property(path, SERVICE_INTERFACE, "Type")?;
        let remains: Option<bool> = self.peer.property(path, SERVICE_INTERFACE, "RemainAfterExit")?;
        Ok(kind.as_deref() == Some("oneshot") && remains == Some(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_type_is_that_of_a_service() {
        for (name, whole) in [
            ("cron", "cron.service"),
            ("cron.service", "cron.service"),
            ("logrotate.timer", "logrotate.timer"),
            ("org.example.daemon", "org.example.daemon.service"),
            ("getty@tty1", "getty@tty1.service"),
        ] {
            assert_eq!(whole_name(name), whole);
        }
    }

    #[test]
    fn a_template_is_told_from_its_instances() {
        assert!(is_template("getty@.service"));
        assert!(!is_template("getty@tty1.service") && !is_template("cron.service") && !is_template("getty@"));
    }
}
