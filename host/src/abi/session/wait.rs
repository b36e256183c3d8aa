//! Which threads wait for which libraries. A provider that waits on its library's thread for an operation which needs
//! that thread would wait for good, also by way of a second library; that is found before it begins to wait.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

static WAITING: Mutex<Vec<(ThreadId, Vec<ThreadId>)>> = Mutex::new(Vec::new());

/// The time in which this thread waits for libraries.
pub(super) struct Waiting(());

impl Waiting {
    /// `None` when one of the threads waited for waits for this one, or is this one.
    pub(super) fn on(servers: &[ThreadId]) -> Option<Self> {
        let me = thread::current().id();
        let mut waiting = lock();
        if reaches(&waiting, servers, me) {
            return None;
        }
        waiting.push((me, servers.to_vec()));
        Some(Self(()))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut waiting = lock();
        // The last, because a callback may wait inside a wait.
        if let Some(place) = waiting.iter().rposition(|(waiter, _)| *waiter == thread::current().id()) {
            waiting.remove(place);
        }
    }
}

fn lock() -> MutexGuard<'static, Vec<(ThreadId, Vec<ThreadId>)>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn reaches(waiting: &[(ThreadId, Vec<ThreadId>)], from: &[ThreadId], me: ThreadId) -> bool {
    let mut reached = from.to_vec();
    let mut at = 0;
    while let Some(thread) = reached.get(at).copied() {
        let next = waiting.iter().filter(|(waiter, _)| *waiter == thread).flat_map(|(_, servers)| servers);
        let next: Vec<ThreadId> = next.filter(|it| !reached.contains(it)).copied().collect();
        reached.extend(next);
        at += 1;
    }
    reached.contains(&me)
}
