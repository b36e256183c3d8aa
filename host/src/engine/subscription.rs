//! Subscriptions: calls of providers that last until the client has enough.
//!
//! A query may lead to several providers, of the classes below its own. Each is called once and posts from then on,
//! into one queue. Nobody waits for a slow client: when its queue is full, its subscription ends with an error.

use super::call::{Action, Call, LogListener, Outlet, Refusal, Settings};
use super::library::Library;
use super::queue::{OnCancel, Queue};
use super::shape::Shaping;
use omi::dialogue::Listener;
use omi::{Error, Instance, Name, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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

/// Subscribes to all sources. The queue takes their indications, and its end ends the subscriptions.
pub(crate) fn start(
    queue: &Arc<Queue>,
    shaping: Shaping,
    settings: Settings,
    bookmark: Option<&str>,
    sources: Vec<Source>,
) {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let (shaping, settings) = (Arc::new(shaping), Arc::new(settings));
    for Source { library, class, kind } in sources {
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let outlet = SubscriptionOutlet {
            queue: queue.clone(),
            shaping: shaping.clone(),
            log: LogListener { from: format!("{class} in {}", library.source()).into() },
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
}

/// Takes the indications of one provider for one subscription.
struct SubscriptionOutlet {
    queue: Arc<Queue>,
    shaping: Arc<Shaping>,
    log: LogListener,
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
            self.queue.offer(indication, bookmark);
        }
        Ok(())
    }

    fn needs(&self) -> Option<Vec<String>> {
        None
    }

    fn end(&self, result: Result<()>) {
        self.queue.finish(result);
    }

    fn is_cancelled(&self) -> bool {
        self.queue.cancelled().is_some()
    }

    fn on_cancel(&self, callback: OnCancel) {
        self.queue.on_cancel(callback);
    }

    fn listener(&self) -> &dyn Listener {
        &self.log
    }
}
