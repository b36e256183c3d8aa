//! Asks file systems for their size without ever waiting long for one that hangs.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::{Answer, Capacity};
use crate::linux::mounts::Mount;

type StatVfs = dyn Fn(&Path) -> io::Result<Capacity> + Send + Sync;

/// A mount's id alone can come back after an unmount.
type Key = (u64, PathBuf);

/// Asks file systems, with at most one thread waiting for each.
pub(super) struct Watch {
    statvfs: Arc<StatVfs>,
    limit: Duration,
    /// Questions that a thread is still waiting with.
    open: Arc<Mutex<HashMap<Key, Arc<Question>>>>,
}

/// A question that a thread asks. All who want to know the same wait for the one answer.
struct Question {
    deadline: Instant,
    answer: Mutex<Option<Answer>>,
    answered: Condvar,
}

/// An answer, or the question that will bring it.
pub(super) struct Asked(State);

enum State {
    Answered(Answer),
    Open(Arc<Question>),
}

impl Watch {
    pub(super) fn new(
        limit: Duration,
        statvfs: impl Fn(&Path) -> io::Result<Capacity> + Send + Sync + 'static,
    ) -> Self {
        Self { statvfs: Arc::new(statvfs), limit, open: Arc::default() }
    }

    /// Asks for the size of `mount`: at once, or if that `may_hang`, in a thread.
    pub(super) fn ask(&self, mount: &Mount, may_hang: bool) -> Asked {
        if !may_hang {
            return Asked(State::Answered(answer(&*self.statvfs, &mount.mount_point)));
        }
        let key = (mount.id, mount.mount_point.clone());
        let mut open = lock(&self.open);
        if let Some(question) = open.get(&key) {
            return Asked(State::Open(question.clone()));
        }
        let question = Arc::new(Question {
            deadline: Instant::now() + self.limit,
            answer: Mutex::new(None),
            answered: Condvar::new(),
        });
        match self.spawn(key.clone(), question.clone()) {
            Ok(()) => {
                open.insert(key, question.clone());
                Asked(State::Open(question))
            }
            Err(error) => Asked(State::Answered(Answer::Refused(format!("no thread to ask it: {error}")))),
        }
    }

    fn spawn(&self, key: Key, question: Arc<Question>) -> io::Result<()> {
        let (statvfs, open) = (self.statvfs.clone(), self.open.clone());
        let ask = move || {
            let answer = answer(&*statvfs, &key.1);
            lock(&open).remove(&key);
            *lock(&question.answer) = Some(answer);
            question.answered.notify_all();
        };
        thread::Builder::new().name("lumi-statvfs".to_owned()).spawn(ask).map(drop)
    }
}

impl Asked {
    /// Waits until the question is older than the time limit: not at all for one that hangs since an earlier request.
    pub(super) fn wait(self) -> Answer {
        let question = match self.0 {
            State::Answered(answer) => return answer,
            State::Open(question) => question,
        };
        let left = question.deadline.saturating_duration_since(Instant::now());
        let waiting = question.answered.wait_timeout_while(lock(&question.answer), left, |answer| answer.is_none());
        let (answer, _) = waiting.unwrap_or_else(PoisonError::into_inner);
        answer.clone().unwrap_or(Answer::Silent)
    }
}

fn answer(statvfs: &StatVfs, mount_point: &Path) -> Answer {
    match statvfs(mount_point) {
        Ok(capacity) => Answer::Given(capacity),
        Err(error) => Answer::Refused(error.to_string()),
    }
}

/// Nothing that is done under these locks can leave half a change behind.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
