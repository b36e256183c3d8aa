//! Subscriptions: calls of providers that last until the client has enough.
//!
//! A query may lead to several providers, of the classes below its own. Each is called once and posts from then on,
//! into one queue. One that fails leaves the rest at work: the client is told, or else the log. Nobody waits for a slow
//! client: when its queue is full, its subscription ends with an error.

use super::call::{Action, Call, LogListener, Outlet, Refusal, Settings};
use super::library::Library;
use super::queue::{OnCancel, Queue};
use super::shape::Shaping;
use omi::dialogue::Listener;
use omi::{Error, Instance, Name, Result};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a subscriber waits for the providers to accept or refuse it, at most. A provider that takes longer may still
/// refuse it, as an error among the indications.
const ACCEPTING_PATIENCE: Duration = Duration::from_secs(5);

/// A provider to subscribe to.
pub(crate) struct Source {
    pub library: Arc<Library>,
    /// The class whose provider posts the indications.
    pub class: Name,
    pub kind: Kind,
}

/// What kind of indications a provider posts.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// Indications of its own class.
    Own,
    /// Lifecycle indications of these `MI_LIFECYCLE_INDICATION_*` types, about instances of its class.
    Lifecycle(u32),
}

/// Subscribes to all sources. The queue takes their indications, and its end ends the subscriptions. Waits until each
/// source has accepted or refused it, for a while, and not on a thread that they need for that.
///
/// # Errors
/// The first refusal, when all of them refuse.
pub(crate) fn start(
    queue: &Arc<Queue>,
    shaping: Shaping,
    settings: Settings,
    bookmark: Option<&str>,
    sources: Vec<Source>,
    deadline: Option<Instant>,
) -> Result<()> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let (shaping, settings) = (Arc::new(shaping), Arc::new(settings));
    let is_needed = sources.iter().any(|source| source.library.thread() == thread::current().id());
    let sources_left = Arc::new(Sources {
        queue: queue.clone(),
        listener: settings.listener.clone(),
        state: Mutex::new(Progress { undecided: sources.len(), left: sources.len(), failure: None }),
        decided: Condvar::new(),
    });
    for Source { library, class, kind } in sources {
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let outlet = SubscriptionOutlet {
            sources: sources_left.clone(),
            shaping: shaping.clone(),
            log: LogListener { from: format!("{class} in {}", library.source()).into() },
            has_accepted: AtomicBool::new(false),
            has_ended: AtomicBool::new(false),
            _counted: library.counted(),
        };
        let action = match kind {
            Kind::Own => Action::Subscribe { id, filter: shaping.filter.clone(), bookmark: bookmark.map(Into::into) },
            Kind::Lifecycle(types) => Action::Watch { id, types },
        };
        library.call(Call {
            namespace: shaping.namespace.name.clone(),
            class: class.clone(),
            action,
            settings: settings.clone(),
            outlet: Arc::new(outlet),
        });
        // After the call, so that the provider never hears of the end first.
        queue.on_cancel(Box::new(move |_| library.unsubscribe(class, id)));
    }
    if is_needed { Ok(()) } else { sources_left.wait(deadline) }
}

/// What the outlets of one subscription share.
struct Sources {
    queue: Arc<Queue>,
    listener: Option<Arc<dyn Listener>>,
    state: Mutex<Progress>,
    decided: Condvar,
}

struct Progress {
    /// How many have neither accepted nor refused yet.
    undecided: usize,
    /// How many have not ended.
    left: usize,
    failure: Option<Error>,
}

impl Sources {
    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, deadline: Option<Instant>) -> Result<()> {
        let until = Instant::now() + ACCEPTING_PATIENCE;
        let patience = deadline.map_or(until, |at| at.min(until)).saturating_duration_since(Instant::now());
        let waited = self.decided.wait_timeout_while(self.lock(), patience, |it| it.undecided > 0);
        let (mut progress, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if progress.left == 0 { progress.failure.take().map_or(Ok(()), Err) } else { Ok(()) }
    }

    /// One source has accepted or refused.
    fn decide(&self) {
        self.lock().undecided -= 1;
        self.decided.notify_all();
    }

    /// One source has ended. The last one ends the subscription, with the first error.
    fn end(&self, result: Result<()>, was_undecided: bool, log: &LogListener) {
        let mut progress = self.lock();
        progress.left -= 1;
        let error = result.err();
        if progress.failure.is_none() {
            progress.failure.clone_from(&error);
        }
        let (is_last, first) = (progress.left == 0, progress.failure.clone());
        drop(progress);
        match error {
            _ if is_last => self.queue.finish(first.map_or(Ok(()), Err)),
            Some(error) => self.tell(&error, log),
            None => {}
        }
        if was_undecided {
            self.decide();
        }
    }

    /// That one of several sources failed, which does not end the subscription.
    fn tell(&self, error: &Error, log: &LogListener) {
        if self.queue.cancelled().is_some() {
            return;
        }
        match &self.listener {
            // The others go on whatever the client thinks of it; it may cancel.
            Some(listener) => drop(listener.error(error)),
            None => drop(log.error(error)),
        }
    }
}

/// Takes the indications of one provider for one subscription.
struct SubscriptionOutlet {
    sources: Arc<Sources>,
    shaping: Arc<Shaping>,
    log: LogListener,
    has_accepted: AtomicBool,
    has_ended: AtomicBool,
    _counted: Arc<()>,
}

impl Drop for SubscriptionOutlet {
    /// A subscription that is lost, because its library's thread failed for example, must not leave the client waiting.
    fn drop(&mut self) {
        self.end(Err(Error::failed(format!("{}: the subscription was lost", self.log.from))));
    }
}

impl Outlet for SubscriptionOutlet {
    fn instance(&self, _instance: Instance) -> std::result::Result<(), Refusal> {
        Err(Refusal::NotHere)
    }

    fn indication(&self, indication: Instance, bookmark: Option<&str>) -> std::result::Result<(), Refusal> {
        if let Some(indication) = self.shaping.apply(indication) {
            self.sources.queue.offer(indication, bookmark);
        }
        Ok(())
    }

    fn needs(&self) -> Option<Vec<String>> {
        None
    }

    fn accepted(&self) {
        if !self.has_accepted.swap(true, Ordering::AcqRel) {
            self.sources.decide();
        }
    }

    fn end(&self, result: Result<()>) {
        if !self.has_ended.swap(true, Ordering::AcqRel) {
            let was_undecided = !self.has_accepted.swap(true, Ordering::AcqRel);
            self.sources.end(result, was_undecided, &self.log);
        }
    }

    fn is_cancelled(&self) -> bool {
        self.sources.queue.cancelled().is_some()
    }

    fn on_cancel(&self, callback: OnCancel) {
        self.sources.queue.on_cancel(callback);
    }

    fn listener(&self) -> &dyn Listener {
        &self.log
    }
}
