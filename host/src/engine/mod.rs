//! The engine: takes operations, finds the providers that serve them, and delivers what they post.
//!
//! A request is planned (`submit`) into provider calls (`call`), which run one after the other (`run`) in the
//! threads of their libraries (`library`). What providers post is shaped (`shape`) and goes through a bounded queue
//! (`queue`) to the [`Reply`]. A subscription is a call that lasts (`subscription`); what its provider posts goes to all
//! subscriptions of that provider (`feed`). The engine itself has no thread, except one for each subscription that it has
//! to poll for (`polling`).

mod builder;
pub(crate) mod call;
mod cancelling;
pub(crate) mod catalogue;
mod check;
pub(crate) mod feed;
mod home;
mod library;
pub(crate) mod lifecycle;
mod namespace;
mod polling;
mod queue;
mod reply;
mod run;
mod shape;
mod size;
mod streamed;
mod submit;
mod subscription;
mod suggest;

pub use crate::abi::Main;
pub use builder::HostBuilder;
pub(crate) use cancelling::Cancelling;
pub(crate) use check::fits;
pub(crate) use home::Home;
pub use omi::client::is_timeout;
pub use queue::CancelReason;
pub(crate) use queue::OnCancel;
pub(crate) use reply::Waker;
pub use reply::{Batch, Canceller, Reply};

use crate::class::SharedClass;
use crate::operation::Request;
use library::Library;
use namespace::Namespace;
use omi::{Error, Name, Result, ResultCode};
use queue::Queue;
use run::Run;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};
use submit::{Plan, Work};
use suggest::did_you_mean;

/// The name of a method's return value among its parameters, inside providers.
pub(crate) const RETURN_VALUE_INSIDE: &str = "MIReturn";

/// How long a host that goes away waits for its libraries to unload.
const UNLOADING_PATIENCE: Duration = Duration::from_secs(5);

/// Namespaces, classes and providers, ready for operations. Cheap to clone.
///
/// When the last clone goes away, running operations are cancelled and libraries unload their providers.
#[derive(Clone)]
pub struct Host {
    core: Arc<Core>,
}

struct Core {
    /// By name.
    namespaces: Vec<Arc<Namespace>>,
    libraries: Vec<Arc<Library>>,
    problems: Vec<String>,
    /// The operations whose replies may still be read.
    running: Mutex<Vec<Weak<Queue>>>,
}

impl Host {
    /// A host without providers, to add some.
    pub fn builder() -> HostBuilder {
        HostBuilder::default()
    }

    /// Starts an operation; what comes of it comes through the reply. Waits while a library that the request needs is
    /// being loaded, and some seconds for providers to accept a subscription, so not for threads that must not wait.
    ///
    /// Subscriptions to `__InstanceCreationEvent`, `__InstanceModificationEvent`, `__InstanceDeletionEvent` and
    /// `__InstanceOperationEvent` are served by polling the class in `TargetInstance ISA`, every WITHIN seconds, 0.1 at
    /// least. They wait for the first enumeration, and report all that differs from it later, in any property.
    ///
    /// # Errors
    /// What is wrong with the request itself: an unknown namespace, class, property or method, a value of the wrong
    /// type, a class that no provider serves or whose library cannot be loaded. A subscription that all its providers
    /// refuse ends with the error of the first.
    pub fn submit(&self, request: Request) -> Result<Reply> {
        let namespace = self.namespace(&request.namespace)?;
        let queue = Arc::new(Queue::new(request.deadline));
        self.core.remember(&queue);
        let threads = match polling::query(&request.operation) {
            Some(query) => {
                polling::start(namespace, queue.clone(), request, query)?;
                Vec::new()
            }
            None => begin(namespace, queue.clone(), request)?,
        };
        Ok(Reply::new(queue, threads))
    }

    /// A class of a namespace. Waits while its library is being loaded.
    ///
    /// # Errors
    /// INVALID_NAMESPACE and INVALID_CLASS with the nearest name, FAILED when the library cannot be loaded.
    pub fn class(&self, namespace: &str, name: &str) -> Result<SharedClass> {
        self.namespace(namespace)?.class(name, None)
    }

    /// All classes of a namespace, by name. Loads all its libraries; classes of those that cannot be loaded are missing.
    ///
    /// # Errors
    /// INVALID_NAMESPACE with the nearest name.
    pub fn classes(&self, namespace: &str) -> Result<Vec<SharedClass>> {
        Ok(self.namespace(namespace)?.classes())
    }

    /// The namespaces, by name.
    pub fn namespaces(&self) -> Vec<Name> {
        self.core.namespaces.iter().map(|it| it.name.clone()).collect()
    }

    /// What was registered and cannot be used, and why: one sentence each.
    pub fn problems(&self) -> &[String] {
        &self.core.problems
    }

    fn namespace(&self, name: &str) -> Result<&Arc<Namespace>> {
        let namespaces = &self.core.namespaces;
        namespaces.iter().find(|it| it.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
            let hint = did_you_mean(name, namespaces.iter().map(|it| it.name.as_ref()));
            Error::new(ResultCode::INVALID_NAMESPACE, format!("there is no namespace {name:?}{hint}"))
        })
    }
}

/// Plans an operation and starts it; the queue takes what comes of it. The threads of the libraries that are called.
fn begin(namespace: &Arc<Namespace>, queue: Arc<Queue>, request: Request) -> Result<Vec<ThreadId>> {
    let deadline = request.deadline;
    let Plan { shaping, settings, work } = submit::plan(namespace, request)?;
    Ok(match work {
        Work::Calls(legs) => {
            let threads = legs.iter().map(|leg| leg.library.thread()).collect();
            Run::start(queue, shaping, settings, legs);
            threads
        }
        Work::Subscription { bookmark, sources } => {
            subscription::start(&queue, shaping, settings, bookmark.as_deref(), sources, deadline)?;
            Vec::new()
        }
    })
}

impl Core {
    fn remember(&self, queue: &Arc<Queue>) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.len() == running.capacity() {
            running.retain(|it| it.strong_count() > 0);
        }
        running.push(Arc::downgrade(queue));
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        let running = std::mem::take(self.running.get_mut().unwrap_or_else(PoisonError::into_inner));
        for queue in running.iter().filter_map(Weak::upgrade) {
            queue.cancel(CancelReason::Shutdown);
        }
        let unloading: Vec<_> = self.libraries.iter().map(|it| it.unload()).collect();
        let until = Instant::now() + UNLOADING_PATIENCE;
        for (library, unloaded) in self.libraries.iter().zip(unloading) {
            if library.thread() == thread::current().id() {
                // A provider let the host go; its library unloads when the provider returns.
                continue;
            }
            let left = until.saturating_duration_since(Instant::now());
            if let Err(std::sync::mpsc::RecvTimeoutError::Timeout) = unloaded.recv_timeout(left) {
                log::warn!("provider library {} is busy and was not unloaded", library.source());
            }
        }
    }
}
