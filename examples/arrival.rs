//! An indication source: `Sample_FileArrived`, declared in `arrival.mof`, tells those who subscribe that a file has come
//! into the folder that their query names:
//!
//! ```text
//! SELECT * FROM Sample_FileArrived WHERE Folder = '/var/spool/in'
//! ```
//!
//! Somebody who subscribes by another query is refused, and told this one.

use omi::indication::{Indicate, Indications, Subscription};
use omi::wql::{Literal, Select};
use omi::{Datetime, Error, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

include!(concat!(env!("OUT_DIR"), "/arrival.rs"));

/// How often a folder is looked at.
const INTERVAL: Duration = Duration::from_millis(200);

/// What is in the watched folders, shared with the thread that watches them.
#[derive(Clone, Default)]
struct Arrivals(Arc<Mutex<BTreeMap<PathBuf, Watched>>>);

/// A folder that somebody watches. Several subscriptions share it, because what is posted goes to all whose query it fits.
struct Watched {
    subscriptions: BTreeSet<u64>,
    seen: BTreeSet<OsString>,
}

impl Indicate<SampleFileArrived> for Arrivals {
    fn enable(&self, channel: Indications<SampleFileArrived>) -> Result<()> {
        let arrivals = self.clone();
        std::thread::spawn(move || {
            while !channel.is_closed() {
                arrivals.look(&channel);
                std::thread::sleep(INTERVAL);
            }
        });
        Ok(())
    }

    fn subscribe(&self, subscription: &Subscription) -> Result<()> {
        let select = subscription.filter.as_ref().and_then(|filter| filter.select());
        let Some(Literal::String(folder)) = select.and_then(|select: &Select| select.required("Folder")) else {
            let example = "SELECT * FROM Sample_FileArrived WHERE Folder = '/var/spool/in'";
            return Err(Error::invalid_query(format!("the query must name a folder, as in {example}")));
        };
        // What is there already has not arrived since.
        let seen = names(Path::new(folder))?;
        let mut folders = self.lock();
        let watched = folders.entry(folder.into()).or_insert(Watched { subscriptions: BTreeSet::new(), seen });
        watched.subscriptions.insert(subscription.id);
        Ok(())
    }

    fn unsubscribe(&self, id: u64) {
        self.lock().retain(|_, watched| {
            watched.subscriptions.remove(&id);
            !watched.subscriptions.is_empty()
        });
    }

    fn disable(&self) {
        self.lock().clear();
    }
}

impl Arrivals {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Watched>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Posts what is new in each folder.
    fn look(&self, channel: &Indications<SampleFileArrived>) {
        for (folder, name) in self.new_files() {
            let size = std::fs::metadata(folder.join(&name)).map(|metadata| metadata.len()).ok();
            let arrived = SampleFileArrived {
                folder: Some(folder.to_string_lossy().into_owned()),
                name: Some(name.to_string_lossy().into_owned()),
                size,
                seen_at: Datetime::from_system_time(SystemTime::now()),
            };
            if let Err(error) = channel.post(arrived) {
                log::debug!("{}: {error}", folder.display());
            }
        }
    }

    /// The files that have come since the last look. The lock is not held while they are posted: a post may wait.
    fn new_files(&self) -> Vec<(PathBuf, OsString)> {
        let mut new = Vec::new();
        for (folder, watched) in self.lock().iter_mut() {
            // A folder that is gone for a while has no files meanwhile.
            let now = names(folder).unwrap_or_default();
            new.extend(now.difference(&watched.seen).map(|name| (folder.clone(), name.clone())));
            watched.seen = now;
        }
        new
    }
}

/// The names of what is in a folder.
fn names(folder: &Path) -> Result<BTreeSet<OsString>> {
    let about = |error: std::io::Error| Error::failed(format!("{}: {error}", folder.display()));
    let entries = std::fs::read_dir(folder).map_err(about)?;
    entries.map(|entry| Ok(entry.map_err(about)?.file_name())).collect()
}

omi::module! {
    SampleFileArrived => Arrivals,
}
