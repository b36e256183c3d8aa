//! Units, as they are loaded and as they are installed.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use zbus::OwnedObjectPath;

use super::{Error, Result, SERVICE_INTERFACE, Systemd, UNIT_INTERFACE};

/// A row of `ListUnits`: name, description, load, active and sub state, the unit that it follows, its object, and the
/// job that runs for it.
pub(super) type Row = (String, String, String, String, String, String, OwnedObjectPath, u32, String, OwnedObjectPath);

/// A unit of systemd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its name with the suffix, `cron.service` for example.
    pub name: String,
    /// What the unit says of itself; `None` unless it is loaded.
    pub description: Option<String>,
    /// What systemd made of its file, `loaded` or `masked` for example; `None` unless it is loaded.
    pub load_state: Option<String>,
    /// `active`, `inactive`, `failed` and so on.
    pub active_state: String,
    /// The state in terms of the unit's type, such as `running`; `None` unless it is loaded.
    pub sub_state: Option<String>,
    /// Whether its file is enabled, such as `enabled` or `static`; `None` for a unit without a file.
    pub file_state: Option<String>,
    /// Its D-Bus object; `None` unless it is loaded.
    pub(super) path: Option<OwnedObjectPath>,
}

/// What systemd tells of a loaded service one by one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// The main process; `None` when there is none.
    pub main_pid: Option<u32>,
    /// How the last run ended, `success` or `exit-code` for example.
    pub result: Option<String>,
    /// How often systemd restarted it by itself; `None` before systemd 235.
    pub restarts: Option<u32>,
    /// When the active or the sub state last changed; `None` if never since the start of the system.
    pub changed: Option<SystemTime>,
}

impl Systemd {
    /// The services, loaded or only installed, in the order of their names.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where there is no systemd.
    pub fn services(&self) -> Result<Vec<Unit>> {
        self.units(".service")
    }

    /// The timers, loaded or only installed, in the order of their names.
    ///
    /// # Errors
    /// As [`Systemd::services`].
    pub fn timers(&self) -> Result<Vec<Unit>> {
        self.units(".timer")
    }

    pub(super) fn units(&self, suffix: &str) -> Result<Vec<Unit>> {
        let mut units = BTreeMap::new();
        for row in self.manager::<Vec<Row>>("ListUnits", &())? {
            // A unit that others only mention is listed too.
            if row.0.ends_with(suffix) && row.2 != "not-found" {
                units.insert(row.0.clone(), Unit::loaded(row));
            }
        }
        for (path, state) in self.manager::<Vec<(String, String)>>("ListUnitFiles", &())? {
            let name = path.rsplit('/').next().unwrap_or(&path);
            let is_template = name.strip_suffix(suffix).is_some_and(|stem| stem.ends_with('@'));
            if !name.ends_with(suffix) || is_template || state == "alias" {
                continue;
            }
            units.entry(name.to_owned()).or_insert_with(|| Unit::installed(name)).file_state = Some(state);
        }
        Ok(units.into_values().collect())
    }

    /// One service by name or by another name of it. systemd loads it for that.
    ///
    /// # Errors
    /// [`Error::NoSuchUnit`] when there is neither such a unit nor such a file.
    pub fn service(&self, name: &str) -> Result<Unit> {
        self.unit(name, ".service")
    }

    /// One timer by name; as [`Systemd::service`].
    ///
    /// # Errors
    /// As [`Systemd::service`].
    pub fn timer(&self, name: &str) -> Result<Unit> {
        self.unit(name, ".timer")
    }

    pub(super) fn unit(&self, name: &str, suffix: &str) -> Result<Unit> {
        let missing = || Error::NoSuchUnit { name: name.to_owned() };
        if !name.ends_with(suffix) {
            return Err(missing());
        }
        let rows: Vec<Row> = self.manager("ListUnitsByNames", &(vec![name],)).map_err(|error| match error {
            // It says so when the name cannot be one.
            Error::Refused { .. } => missing(),
            error => error,
        })?;
        let row = rows.into_iter().find(|row| row.2 != "not-found").ok_or_else(missing)?;
        let file_state = self.file_state(&row.0)?;
        Ok(Unit { file_state, ..Unit::loaded(row) })
    }

    /// Whether the file of a unit is enabled; `None` for a unit without a file, as one that a program made.
    pub(super) fn file_state(&self, name: &str) -> Result<Option<String>> {
        match self.manager::<String>("GetUnitFileState", &(name,)) {
            Ok(state) => Ok(Some(state).filter(|state| !state.is_empty())),
            Err(Error::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// More about a service. Each part costs a call.
    ///
    /// # Errors
    /// Those of a call. A service that is gone meanwhile has no details.
    pub fn detail(&self, unit: &Unit) -> Result<Detail> {
        let Some(path) = &unit.path else { return Ok(Detail::default()) };
        let service = |name| self.peer.property::<u32>(path, SERVICE_INTERFACE, name);
        Ok(Detail {
            main_pid: service("MainPID")?.filter(|pid| *pid != 0),
            result: self.peer.property(path, SERVICE_INTERFACE, "Result")?,
            restarts: service("NRestarts")?,
            changed: self.peer.property(path, UNIT_INTERFACE, "StateChangeTimestamp")?.and_then(time),
        })
    }
}

impl Unit {
    fn loaded(row: Row) -> Self {
        let (name, description, load_state, active_state, sub_state, _, path, ..) = row;
        Self {
            name,
            description: Some(description),
            load_state: Some(load_state),
            active_state,
            sub_state: Some(sub_state),
            file_state: None,
            path: Some(path),
        }
    }

    /// A unit of which systemd knows the file only: it cannot be active.
    pub(super) fn installed(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            description: None,
            load_state: None,
            active_state: "inactive".to_owned(),
            sub_state: None,
            file_state: None,
            path: None,
        }
    }
}

/// A time of systemd, in microseconds since 1970; 0 means never.
pub(super) fn time(microseconds: u64) -> Option<SystemTime> {
    (microseconds != 0).then(|| SystemTime::UNIX_EPOCH.checked_add(Duration::from_micros(microseconds))).flatten()
}
