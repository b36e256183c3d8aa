//! Linux_FileSystemNearlyFull: file systems that cross what a subscription calls nearly full.

use super::{now, post};
use crate::classes::host_name;
use crate::linux::Root;
use crate::linux::filesystem::{Capacity, FileSystem, FileSystems};
use crate::schema::LinuxFileSystemNearlyFull;
use crate::schema::linux_file_system_nearly_full::PerceivedSeverity;
use omi::indication::{Indicate, Indications, Subscription};
use omi::wql::Select;
use omi::{Class, Error, Result};
use std::collections::{BTreeMap, HashSet};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How often file systems are asked. The MOF says so, too.
const INTERVAL: Duration = Duration::from_secs(5);

const EXAMPLE: &str = "SELECT * FROM Linux_FileSystemNearlyFull WHERE PercentFree < 10";

/// Serves Linux_FileSystemNearlyFull.
#[derive(Default)]
pub(crate) struct NearlyFull {
    root: Root,
    subscribers: Arc<Mutex<Subscribers>>,
    /// Makes the thread look at once; when it is dropped, the thread ends.
    look: Mutex<Option<Sender<()>>>,
}

impl Indicate<LinuxFileSystemNearlyFull> for NearlyFull {
    fn enable(&self, indications: Indications<LinuxFileSystemNearlyFull>) -> Result<()> {
        let (root, subscribers) = (self.root.clone(), self.subscribers.clone());
        let (look, looks) = channel();
        let run = move || follow(&root, &subscribers, &indications, &looks);
        let failed = |error| Error::failed(format!("cannot begin to look at file systems: {error}"));
        thread::Builder::new().name("lumi-nearlyfull".to_owned()).spawn(run).map_err(failed)?;
        *lock(&self.look) = Some(look);
        Ok(())
    }

    fn subscribe(&self, subscription: &Subscription) -> Result<()> {
        let select = subscription.filter.as_ref().and_then(|filter| filter.select());
        let Some(select) = select.filter(|select| select.condition().is_some()) else {
            return Err(Error::invalid_query(format!("the query must say what nearly full is, as in {EXAMPLE}")));
        };
        lock(&self.subscribers).add(subscription.id, select.clone());
        if let Some(look) = &*lock(&self.look) {
            // Without a thread there is nobody to look.
            let _ = look.send(());
        }
        Ok(())
    }

    fn unsubscribe(&self, id: u64) {
        lock(&self.subscribers).remove(id);
    }

    fn disable(&self) {
        lock(&self.look).take();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Looks at once and then again and again, until nobody can want it any more.
fn follow(
    root: &Root,
    subscribers: &Mutex<Subscribers>,
    indications: &Indications<LinuxFileSystemNearlyFull>,
    looks: &Receiver<()>,
) {
    let file_systems = FileSystems::new(root.clone());
    while !matches!(looks.recv_timeout(INTERVAL), Err(RecvTimeoutError::Disconnected)) {
        let states = match states(root, &file_systems) {
            Ok(states) => states,
            Err(error) => {
                log::warn!("file systems cannot be asked now: {error}");
                continue;
            }
        };
        // The lock is not held while they are posted: a post may wait.
        let crossed = lock(subscribers).crossed(states);
        if crossed.into_iter().any(|indication| !post(indications, indication)) {
            return;
        }
    }
}

/// How full the file systems are that can be written to.
fn states(root: &Root, file_systems: &FileSystems) -> Result<Vec<LinuxFileSystemNearlyFull>> {
    let host = host_name(root)?;
    let writable = file_systems.list()?.into_iter().filter(|file_system| !file_system.mount.is_read_only());
    Ok(writable.filter_map(|file_system| instance(&host, &file_system)).collect())
}

/// Who subscribes, and for which file systems each one's condition holds.
#[derive(Default)]
struct Subscribers(BTreeMap<u64, Subscriber>);

struct Subscriber {
    select: Select,
    full: HashSet<String>,
}

impl Subscribers {
    fn add(&mut self, id: u64, select: Select) {
        self.0.insert(id, Subscriber { select, full: HashSet::new() });
    }

    fn remove(&mut self, id: u64) {
        self.0.remove(&id);
    }

    /// The states that fulfil a condition that they did not fulfil at the last look, each once.
    fn crossed(&mut self, states: Vec<LinuxFileSystemNearlyFull>) -> Vec<LinuxFileSystemNearlyFull> {
        let mut crossed = HashSet::new();
        for subscriber in self.0.values_mut() {
            let fulfilling = states.iter().filter(|state| subscriber.is_about(state));
            let full: HashSet<String> = fulfilling.filter_map(|state| state.file_system_name.clone()).collect();
            crossed.extend(full.difference(&subscriber.full).cloned());
            subscriber.full = full;
        }
        let is_crossed = |state: &LinuxFileSystemNearlyFull| {
            state.file_system_name.as_ref().is_some_and(|name| crossed.contains(name))
        };
        states.into_iter().filter(is_crossed).collect()
    }
}

impl Subscriber {
    fn is_about(&self, state: &LinuxFileSystemNearlyFull) -> bool {
        let is_same_class = |class: &str, base: &str| class.eq_ignore_ascii_case(base);
        state.to_instance().is_ok_and(|state| self.select.matches(&state, &is_same_class))
    }
}

/// `None` where the file system does not answer.
fn instance(host: &str, file_system: &FileSystem) -> Option<LinuxFileSystemNearlyFull> {
    let capacity = file_system.capacity()?;
    let name = file_system.mount.mount_point.to_string_lossy().into_owned();
    let free = percent_free(capacity)?;
    let is_full = capacity.available_bytes == 0;
    Some(LinuxFileSystemNearlyFull {
        indication_time: now(),
        description: Some(format!("{free} % of {name} are free ({} bytes)", capacity.available_bytes)),
        alerting_managed_element: Some(name.clone()),
        perceived_severity: Some(if is_full {
            PerceivedSeverity::CRITICAL
        } else {
            PerceivedSeverity::DEGRADED_WARNING
        }),
        system_name: Some(host.to_owned()),
        file_system_name: Some(name),
        file_system_type: Some(file_system.mount.file_system_type.clone()),
        device_name: file_system.mount.source.clone(),
        percent_free: Some(free),
        percent_free_inodes: capacity.free_inodes.zip(capacity.total_inodes).and_then(|(free, all)| share(free, all)),
        available_space: Some(capacity.available_bytes),
        file_system_size: Some(capacity.total_bytes),
        ..LinuxFileSystemNearlyFull::default()
    })
}

/// What users can write of what they can write and what is used: the rest to 100 of what `df` shows.
fn percent_free(capacity: &Capacity) -> Option<f32> {
    let used = capacity.total_bytes.saturating_sub(capacity.free_bytes);
    share(capacity.available_bytes, used.saturating_add(capacity.available_bytes))
}

/// In percent, to two places; `None` of nothing.
fn share(part: u64, whole: u64) -> Option<f32> {
    (whole != 0).then(|| ((part as f64 / whole as f64 * 10_000.0).round() / 100.0) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states(free: [(&str, f32); 2]) -> Vec<LinuxFileSystemNearlyFull> {
        let state = |(name, free): (&str, f32)| LinuxFileSystemNearlyFull {
            file_system_name: Some(name.to_owned()),
            percent_free: Some(free),
            ..LinuxFileSystemNearlyFull::default()
        };
        free.map(state).into()
    }

    fn crossed(subscribers: &mut Subscribers, free: [(&str, f32); 2]) -> Vec<String> {
        subscribers.crossed(states(free)).into_iter().filter_map(|state| state.file_system_name).collect()
    }

    fn select(condition: &str) -> Select {
        Select::parse(&format!("SELECT * FROM Linux_FileSystemNearlyFull WHERE {condition}")).unwrap()
    }

    #[test]
    fn a_crossing_is_told_once_until_there_was_space_again() {
        let mut subscribers = Subscribers::default();
        subscribers.add(1, select("PercentFree < 10"));
        assert_eq!(crossed(&mut subscribers, [("/", 50.0), ("/var", 9.5)]), ["/var"], "also from the start");
        assert_eq!(crossed(&mut subscribers, [("/", 50.0), ("/var", 3.0)]), [""; 0]);
        assert_eq!(crossed(&mut subscribers, [("/", 9.99), ("/var", 10.0)]), ["/"]);
        assert_eq!(crossed(&mut subscribers, [("/", 9.99), ("/var", 9.0)]), ["/var"]);
    }

    #[test]
    fn each_subscription_has_a_threshold_of_its_own() {
        let mut subscribers = Subscribers::default();
        subscribers.add(1, select("PercentFree < 20 AND FileSystemName = '/'"));
        subscribers.add(2, select("PercentFree < 10"));
        assert_eq!(crossed(&mut subscribers, [("/", 15.0), ("/var", 15.0)]), ["/"]);
        assert_eq!(crossed(&mut subscribers, [("/", 15.0), ("/var", 5.0)]), ["/var"]);
        subscribers.remove(2);
        assert_eq!(crossed(&mut subscribers, [("/", 30.0), ("/var", 15.0)]), [""; 0]);
        assert_eq!(crossed(&mut subscribers, [("/", 5.0), ("/var", 1.0)]), ["/"]);
    }

    #[test]
    fn a_file_system_that_went_away_and_came_back_crosses_again() {
        let mut subscribers = Subscribers::default();
        subscribers.add(1, select("PercentFree < 10"));
        assert_eq!(crossed(&mut subscribers, [("/mnt", 1.0), ("/", 50.0)]), ["/mnt"]);
        assert_eq!(crossed(&mut subscribers, [("/var", 50.0), ("/", 50.0)]), [""; 0]);
        assert_eq!(crossed(&mut subscribers, [("/mnt", 1.0), ("/", 50.0)]), ["/mnt"]);
    }

    #[test]
    fn what_users_cannot_write_is_not_free() {
        let capacity = Capacity {
            block_size: 4096,
            total_bytes: 1000,
            free_bytes: 100,
            available_bytes: 50,
            total_inodes: None,
            free_inodes: None,
            max_file_name_length: 255,
        };
        assert_eq!(percent_free(&capacity), Some(5.26));
        assert_eq!(percent_free(&Capacity { total_bytes: 0, free_bytes: 0, available_bytes: 0, ..capacity }), None);
    }
}
