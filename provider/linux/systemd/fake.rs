//! A systemd for tests: a few services on a private bus that behave as their names say.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use zbus::object_server::SignalEmitter;
use zbus::{OwnedObjectPath, Variant};

use super::list::Row;
use super::{MANAGER, SYSTEMD, UNIT_INTERFACE};
use crate::linux::bus::private::PrivateBus;

/// The services that are loaded: name, load state, active state, sub state.
const LOADED: &[(&str, &str, &str, &str)] = &[
    ("broken.service", "loaded", "failed", "failed"),
    ("cron.service", "loaded", "active", "running"),
    ("dbus.socket", "loaded", "active", "running"),
    ("guarded.service", "loaded", "inactive", "dead"),
    ("mentioned.service", "not-found", "inactive", "dead"),
    ("once.service", "loaded", "inactive", "dead"),
    ("prepared.service", "loaded", "active", "exited"),
    ("slow.service", "loaded", "inactive", "dead"),
    ("spare.service", "loaded", "inactive", "dead"),
    ("static.service", "loaded", "inactive", "dead"),
];

/// The unit files that are installed, and their states.
const FILES: &[(&str, &str)] = &[
    ("/lib/systemd/system/broken.service", "disabled"),
    ("/lib/systemd/system/cron.service", "enabled"),
    ("/lib/systemd/system/dbus-org.example.service", "alias"),
    ("/lib/systemd/system/dbus.socket", "static"),
    ("/lib/systemd/system/getty@.service", "enabled"),
    ("/etc/systemd/system/masked.service", "masked"),
    ("/lib/systemd/system/once.service", "disabled"),
    ("/lib/systemd/system/prepared.service", "disabled"),
    ("/lib/systemd/system/spare.service", "disabled"),
    ("/lib/systemd/system/static.service", "static"),
];

/// A private bus with the fake on it.
pub(crate) struct FakeSystemd {
    pub(crate) bus: PrivateBus,
    _connection: zbus::Connection,
    calls: Arc<Mutex<Vec<String>>>,
}

impl FakeSystemd {
    /// `None` where there is no dbus-daemon.
    pub(crate) fn start() -> Option<Self> {
        let bus = PrivateBus::start()?;
        let calls = Arc::new(Mutex::new(Vec::new()));
        let states = LOADED.iter().map(|(name, _, active, sub)| ((*name).to_owned(), (*active, *sub))).collect();
        let files = FILES.iter().map(|(path, state)| ((*path).to_owned(), (*state).to_owned())).collect();
        let manager = Manager { calls: calls.clone(), states, files, has_subscriber: false };
        let connection = bus.serve(SYSTEMD.name, |mut builder| {
            for (name, ..) in LOADED {
                builder = builder.serve_at(path(name), Unit(name)).serve_at(path(name), Service(name));
            }
            builder.serve_at(MANAGER, manager)
        });
        Some(Self { bus, _connection: connection, calls })
    }

    /// What was asked of it beyond reading, in order.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }
}

fn path(name: &str) -> String {
    format!("{MANAGER}/unit/{}", name.replace('.', "_2e").replace('@', "_40"))
}

#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.freedesktop")]
enum Refusal {
    #[zbus(error)]
    ZBus(zbus::Error),
    #[zbus(name = "systemd1.UnitMasked")]
    UnitMasked(String),
    #[zbus(name = "systemd1.AlreadySubscribed")]
    AlreadySubscribed(String),
    #[zbus(name = "DBus.Error.AccessDenied")]
    AccessDenied(String),
}

struct Manager {
    calls: Arc<Mutex<Vec<String>>>,
    states: BTreeMap<String, (&'static str, &'static str)>,
    files: BTreeMap<String, String>,
    has_subscriber: bool,
}

impl Manager {
    fn row(&self, name: &str, load: &str) -> Row {
        let (active, sub) = self.states.get(name).copied().unwrap_or(("inactive", "dead"));
        let own = |text: &str| text.to_owned();
        let path = OwnedObjectPath::try_from(path(name)).unwrap();
        let none = OwnedObjectPath::try_from("/").unwrap();
        (own(name), format!("The {name}"), own(load), own(active), own(sub), own(""), path, 0, own(""), none)
    }

    fn change_files(&mut self, names: &[String], from: &str, to: &str) {
        let is_named = |path: &str| names.iter().any(|name| path.ends_with(&format!("/{name}")));
        for (_, state) in self.files.iter_mut().filter(|(path, state)| is_named(path) && *state == from) {
            to.clone_into(state);
        }
    }

    fn note(&self, call: String) {
        self.calls.lock().unwrap().push(call);
    }

    /// Changes the state and signals it, as systemd does, and ends the job.
    async fn end_job(
        &mut self,
        emitter: &SignalEmitter<'_>,
        name: &str,
        state: (&'static str, &'static str),
        result: &str,
    ) -> zbus::Result<()> {
        self.states.insert(name.to_owned(), state);
        let changed = HashMap::from([("ActiveState", Variant::from(state.0)), ("SubState", Variant::from(state.1))]);
        let body = (UNIT_INTERFACE, changed, Vec::<&str>::new());
        let properties = "org.freedesktop.DBus.Properties";
        let connection = emitter.connection();
        connection.emit_signal(None::<&str>, path(name), properties, "PropertiesChanged", &body).await?;
        let job = OwnedObjectPath::try_from(format!("{MANAGER}/job/7")).unwrap();
        Self::job_removed(emitter, 7, job, name, result).await
    }

    async fn job(&mut self, emitter: &SignalEmitter<'_>, verb: &str, name: &str) -> Result<OwnedObjectPath, Refusal> {
        self.note(format!("{verb} {name}"));
        match (verb, name) {
            (_, "masked.service") => return Err(Refusal::UnitMasked(format!("Unit {name} is masked."))),
            (_, "guarded.service") => return Err(Refusal::AccessDenied("Permission denied".to_owned())),
            // Its job goes on until somebody cancels it.
            ("start", "slow.service") => {}
            ("stop", _) => self.end_job(emitter, name, ("inactive", "dead"), "done").await?,
            (_, "once.service") => self.end_job(emitter, name, ("inactive", "dead"), "done").await?,
            (_, "broken.service") => self.end_job(emitter, name, ("failed", "failed"), "failed").await?,
            _ => self.end_job(emitter, name, ("active", "running"), "done").await?,
        }
        Ok(OwnedObjectPath::try_from(format!("{MANAGER}/job/7")).unwrap())
    }
}

type Changes = Vec<(String, String, String)>;

#[zbus::interface(name = "org.freedesktop.systemd1.Manager")]
impl Manager {
    fn subscribe(&mut self) -> Result<(), Refusal> {
        if std::mem::replace(&mut self.has_subscriber, true) {
            return Err(Refusal::AlreadySubscribed("Client is already subscribed.".to_owned()));
        }
        Ok(())
    }

    fn list_units(&self) -> Vec<Row> {
        LOADED.iter().map(|(name, load, ..)| self.row(name, load)).collect()
    }

    fn list_units_by_names(&self, names: Vec<String>) -> Vec<Row> {
        let load = |name: &str| match LOADED.iter().find(|unit| unit.0 == name) {
            Some(unit) => unit.1,
            None if name == "masked.service" => "masked",
            None => "not-found",
        };
        names.iter().map(|name| self.row(name, load(name))).collect()
    }

    fn list_unit_files(&self) -> Vec<(String, String)> {
        self.files.clone().into_iter().collect()
    }

    fn get_unit_file_state(&self, name: &str) -> zbus::fdo::Result<String> {
        let file = self.files.iter().find(|(path, _)| path.ends_with(&format!("/{name}")));
        file.map(|(_, state)| state.clone()).ok_or(zbus::fdo::Error::FileNotFound(name.to_owned()))
    }

    async fn start_unit(
        &mut self,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
        name: &str,
        _mode: &str,
    ) -> Result<OwnedObjectPath, Refusal> {
        self.job(&emitter, "start", name).await
    }

    async fn stop_unit(
        &mut self,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
        name: &str,
        _mode: &str,
    ) -> Result<OwnedObjectPath, Refusal> {
        self.job(&emitter, "stop", name).await
    }

    async fn cancel_job(
        &mut self,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
        number: u32,
    ) -> Result<(), Refusal> {
        self.note(format!("cancel {number}"));
        Ok(self.end_job(&emitter, "slow.service", ("inactive", "dead"), "canceled").await?)
    }

    fn enable_unit_files(&mut self, names: Vec<String>, _runtime: bool, _force: bool) -> (bool, Changes) {
        self.note(format!("enable {}", names.join(" ")));
        self.change_files(&names, "disabled", "enabled");
        (names != ["static.service"], Vec::new())
    }

    fn disable_unit_files(&mut self, names: Vec<String>, _runtime: bool) -> Changes {
        self.note(format!("disable {}", names.join(" ")));
        self.change_files(&names, "enabled", "disabled");
        Vec::new()
    }

    fn mask_unit_files(&self, names: Vec<String>, _runtime: bool, _force: bool) -> Changes {
        self.note(format!("mask {}", names.join(" ")));
        Vec::new()
    }

    fn reload(&self) {
        self.note("reload".to_owned());
    }

    #[zbus(signal)]
    async fn job_removed(
        emitter: &SignalEmitter<'_>,
        id: u32,
        job: OwnedObjectPath,
        unit: &str,
        result: &str,
    ) -> zbus::Result<()>;
}

struct Unit(&'static str);

#[zbus::interface(name = "org.freedesktop.systemd1.Unit")]
impl Unit {
    #[zbus(property)]
    fn state_change_timestamp(&self) -> u64 {
        1_709_625_600_500_000
    }

    #[zbus(property)]
    fn fragment_path(&self) -> String {
        format!("/lib/systemd/system/{}", self.0)
    }

    #[zbus(property)]
    fn can_reload(&self) -> bool {
        false
    }
}

/// Has no `NRestarts`, as systemd before 235.
struct Service(&'static str);

#[zbus::interface(name = "org.freedesktop.systemd1.Service")]
impl Service {
    #[zbus(property, name = "MainPID")]
    fn main_pid(&self) -> u32 {
        812
    }

    #[zbus(property, name = "Type")]
    fn kind(&self) -> &str {
        if matches!(self.0, "once.service" | "prepared.service") { "oneshot" } else { "simple" }
    }

    #[zbus(property)]
    fn remain_after_exit(&self) -> bool {
        self.0 == "prepared.service"
    }

    #[zbus(property)]
    fn result(&self) -> String {
        "exit-code".to_owned()
    }
}
