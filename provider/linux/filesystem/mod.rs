//! File systems: what is mounted, and how full it is.
//!
//! [`FileSystems::list`] shows what `df` shows: everything that stores files, also in memory (tmpfs) or through a
//! container's overlay; not the kernel's own views (proc, sysfs, cgroup2, ...), nothing that says it has 0 blocks, and
//! each file system once, where its topmost directory is mounted, and not again for each bind mount of a part of it.
//! [`FileSystems::get`] answers for every mount point that is visible.

mod capacity;
mod kinds;
mod watch;

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::time::Duration;

pub use capacity::Capacity;
pub use kinds::{is_in_memory, is_network};

use super::mounts::{self, Mount};
use super::{Error, Result, Root};
use watch::{Asked, Watch};

/// How long one list waits for file systems that do not answer.
const TIME_LIMIT: Duration = Duration::from_secs(2);

/// A mounted file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSystem {
    /// What mountinfo says.
    pub mount: Mount,
    /// What statvfs(3) says.
    pub answer: Answer,
}

/// What came of asking a file system for its size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It answered.
    Given(Capacity),
    /// The kernel refused and says why: we may not walk to the mount point, or a server forgot the share.
    Refused(String),
    /// It did not answer in time, as with a network file system whose server is away.
    Silent,
}

impl FileSystem {
    /// The sizes. `None` if the file system did not answer or the kernel refused.
    pub fn capacity(&self) -> Option<&Capacity> {
        match &self.answer {
            Answer::Given(capacity) => Some(capacity),
            Answer::Refused(_) | Answer::Silent => None,
        }
    }

    /// Whether it answered in time, be it with a refusal.
    pub fn is_responding(&self) -> bool {
        self.answer != Answer::Silent
    }

    /// Whether its files lie on another machine.
    pub fn is_network(&self) -> bool {
        kinds::is_network(&self.mount)
    }

    /// Whether its files lie in memory and are lost when it is unmounted.
    pub fn is_in_memory(&self) -> bool {
        kinds::is_in_memory(&self.mount)
    }

    /// Whether it stores no files but shows something of the kernel or of a program as files.
    pub fn is_pseudo(&self) -> bool {
        kinds::is_pseudo(&self.mount) || self.capacity().is_some_and(|capacity| capacity.total_bytes == 0)
    }
}

/// A reader of file systems. Keep one for the life of the provider: it remembers which file systems hang, and so has at
/// most one thread waiting for each.
pub struct FileSystems {
    root: Root,
    watch: Watch,
}

impl FileSystems {
    /// Asks the kernel.
    pub fn new(root: Root) -> Self {
        Self::with(root, TIME_LIMIT, Capacity::of)
    }

    /// Asks `statvfs`, and waits for it no longer than `limit` in each call.
    pub fn with(
        root: Root,
        limit: Duration,
        statvfs: impl Fn(&Path) -> io::Result<Capacity> + Send + Sync + 'static,
    ) -> Self {
        Self { root, watch: Watch::new(limit, statvfs) }
    }

    /// The file systems that `df` shows, in the kernel's order.
    pub fn list(&self) -> Result<Vec<FileSystem>> {
        self.list_of(|_| true)
    }

    /// As [`list`](Self::list), at the cost of asking those whose mounts are `wanted`.
    pub fn list_of(&self, wanted: impl Fn(&Mount) -> bool) -> Result<Vec<FileSystem>> {
        let mounts = mounts::visible(&self.root)?;
        let dangerous = kinds::places_that_may_hang(&mounts);
        let is_shown = |mount: &Mount| !kinds::is_pseudo(mount) && wanted(mount);
        let shown = mounts.iter().zip(once_each(&mounts)).filter(|(mount, shown)| *shown && is_shown(mount));
        // All are asked before the first answer is waited for, so several that hang cost one time limit together.
        let asked: Vec<_> = shown.map(|(mount, _)| (mount, self.ask(mount, &dangerous))).collect();
        let answered =
            asked.into_iter().map(|(mount, asked)| FileSystem { mount: mount.clone(), answer: asked.wait() });
        Ok(answered.filter(|file_system| !file_system.is_pseudo()).collect())
    }

    /// The file system that is mounted on `mount_point`, pseudo or not, at the cost of asking this one.
    pub fn get(&self, mount_point: impl AsRef<Path>) -> Result<FileSystem> {
        let mount_point = mount_point.as_ref();
        let mounts = mounts::visible(&self.root)?;
        let mount = mounts.iter().find(|mount| mount.mount_point == mount_point);
        let mount = mount.ok_or_else(|| Error::NotMounted { mount_point: mount_point.to_owned() })?;
        let answer = self.ask(mount, &kinds::places_that_may_hang(&mounts)).wait();
        Ok(FileSystem { mount: mount.clone(), answer })
    }

    fn ask(&self, mount: &Mount, dangerous: &[&Path]) -> Asked {
        self.watch.ask(mount, dangerous.iter().any(|place| mount.mount_point.starts_with(place)))
    }
}

/// For each mount, whether it is the one that shows its file system best: the shortest root, then the shortest path.
fn once_each(mounts: &[Mount]) -> Vec<bool> {
    let mut best: HashMap<_, usize> = HashMap::new();
    let rank = |index: usize| (mounts[index].root.len(), mounts[index].mount_point.as_os_str().len());
    for (index, mount) in mounts.iter().enumerate() {
        // Shares of one server, and subvolumes of one btrfs, have one device number but are file systems of their own.
        let identity = (mount.device, &mount.source, kinds::subvolume(mount));
        let chosen = best.entry(identity).or_insert(index);
        if rank(index) < rank(*chosen) {
            *chosen = index;
        }
    }
    let mut shown = vec![false; mounts.len()];
    best.into_values().for_each(|index| shown[index] = true);
    shown
}

#[cfg(test)]
mod tests;
