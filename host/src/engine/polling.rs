//! Events of instances that come, change and go, found by polling, as WMI finds them for classes whose providers post
//! none: `SELECT * FROM __InstanceCreationEvent WITHIN 5 WHERE TargetInstance ISA 'Linux_Process'`.
//!
//! The class in ISA is enumerated once while the client subscribes, and then again and again, with the seconds of WITHIN
//! between the end of one enumeration and the start of the next. Instances are told apart by class and keys. What one
//! enumeration has and the one before had not is created, the other way round deleted, and what differs in any property
//! is modified; what comes and goes between two of them is not seen. The condition is asked of the event, so all
//! properties are enumerated, whatever it names.
//!
//! A subscription has one thread and keeps the instances of the last enumeration, and of two while it compares: as much
//! memory as the class is large. While the client does not read, the queue fills up and nothing is enumerated, so no
//! event is lost; the next comparison is with what was last reported.

use super::check;
use super::namespace::Namespace;
use super::queue::{Closed, Queue};
use super::reply::Reply;
use super::shape::{self, Shaping};
use super::submit::outermost;
use crate::operation::{Depth, Operation, Request};
use omi::wql::Select;
use omi::{Error, Instance, Name, Result};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

const CREATION: &str = "__InstanceCreationEvent";
const MODIFICATION: &str = "__InstanceModificationEvent";
const DELETION: &str = "__InstanceDeletionEvent";
/// Any of the three above.
const OPERATION: &str = "__InstanceOperationEvent";

const TARGET: &str = "TargetInstance";
const PREVIOUS: &str = "PreviousInstance";

/// The least time between two enumerations: less would keep a provider busy with nothing else.
const LEAST: Duration = Duration::from_millis(100);

/// The instances of a class at some time, by class and keys.
type State = BTreeMap<String, Instance>;

/// A subscription to events that are found by polling: its query, and the event class as it is spelled here.
pub(crate) fn query(operation: &Operation) -> Option<(Select, &'static str)> {
    let Operation::Subscribe { query, .. } = operation else { return None };
    let mut classes = [CREATION, MODIFICATION, DELETION, OPERATION].into_iter();
    Some((query.clone(), classes.find(|it| it.eq_ignore_ascii_case(query.class()))?))
}

/// Starts to poll for what [`query`] gave. Waits for the first enumeration, so that all that happens
/// after it is reported; the request's deadline is for that alone.
///
/// # Errors
/// INVALID_QUERY when the query lacks WITHIN or ISA, or names what the events do not have; INVALID_CLASS, NOT_SUPPORTED
/// and what else enumerating the class ends with.
pub(crate) fn start(
    namespace: &Arc<Namespace>,
    queue: Arc<Queue>,
    request: Request,
    (query, events): (Select, &'static str),
) -> Result<()> {
    let interval = interval(&query, events)?;
    let class = query.required_class(TARGET).ok_or_else(|| {
        let text = format!("{events} needs the class to look at: WHERE {TARGET} ISA 'Linux_Process'");
        Error::invalid_query(format!("{text}, alone or joined by AND"))
    })?;
    let class = namespace.class(class, request.deadline)?;
    let embedded: &[&str] = if [MODIFICATION, OPERATION].contains(&events) { &[TARGET, PREVIOUS] } else { &[TARGET] };
    let derived = namespace.subtree(&class.name).map(|it| namespace.class(it.class(), request.deadline));
    check::event_query(&query, events, embedded, &class, &derived.filter_map(Result::ok).collect::<Vec<_>>())?;

    let properties = query.properties().map(|names| names.iter().map(|name| outermost(name)).collect());
    let filter = Some(Arc::new(query));
    let shaping = Shaping { filter, properties, ..Shaping::whole(namespace.clone()) };
    let (class, deadline) = (class.name.clone(), request.deadline);
    let request = Request {
        operation: Operation::Enumerate {
            class: class.to_string(),
            depth: Depth::IncludeSubclassProperties,
            properties: None,
            keys_only: false,
        },
        ..request
    };
    let poller = Poller { queue, request, class, events, interval, shaping };
    let state = poller.poll(deadline)?;
    thread::Builder::new().name(format!("poll {}", poller.class)).spawn(move || poller.run(state))?;
    Ok(())
}

fn interval(query: &Select, events: &str) -> Result<Duration> {
    match query.within() {
        None => Err(Error::invalid_query(format!(
            "{events} is found by polling and needs the seconds between two looks: FROM {events} WITHIN 5 WHERE ..."
        ))),
        Some(interval) if interval < LEAST => {
            let (given, least) = (interval.as_secs_f64(), LEAST.as_secs_f64());
            Err(Error::invalid_query(format!("WITHIN {given} polls too often; at least {least} seconds are needed")))
        }
        Some(interval) => Ok(interval),
    }
}

/// A subscription that polls.
struct Poller {
    /// Takes the events; its end is the end of polling.
    queue: Arc<Queue>,
    /// The enumeration.
    request: Request,
    /// The class that is enumerated.
    class: Name,
    /// The event class that is subscribed to.
    events: &'static str,
    interval: Duration,
    shaping: Shaping,
}

impl Drop for Poller {
    /// A subscription that is lost, because its thread failed for example, must not leave the client waiting.
    fn drop(&mut self) {
        self.queue.end(Err(Error::failed(format!("polling {} ended without a result", self.class))));
    }
}

impl Poller {
    fn run(self, state: State) {
        let end = self.watch(state);
        self.queue.end(end);
    }

    /// Polls until the client has enough.
    fn watch(&self, mut before: State) -> Result<()> {
        while !self.queue.ends_until(Instant::now().checked_add(self.interval)) {
            let after = self.poll(None)?;
            if self.report(before, &after) == Err(Closed) {
                break;
            }
            before = after;
        }
        Ok(())
    }

    /// Enumerates the class, or gives up when the client does.
    fn poll(&self, deadline: Option<Instant>) -> Result<State> {
        let queue = Arc::new(Queue::new(deadline));
        super::begin(&self.shaping.namespace, queue.clone(), self.request.clone())?;
        // The poller's own thread waits for it, which serves no library.
        let reply = Reply::new(queue, Vec::new());
        let cancel = reply.canceller();
        self.queue.on_cancel(Box::new(move |_| cancel()));
        let instances = reply.collect();
        self.queue.call_ended();
        let failed = |error: Error| Error::new(error.code(), format!("polling {}: {}", self.class, error.message()));
        instances.map_err(failed)?.into_iter().map(|it| Ok((identity(&it)?, it))).collect()
    }

    /// Queues the events that lead from one state to the other.
    fn report(&self, mut before: State, after: &State) -> Result<(), Closed> {
        for (identity, instance) in after {
            match before.remove(identity) {
                None => self.event(CREATION, instance, None)?,
                Some(previous) if previous != *instance => self.event(MODIFICATION, instance, Some(previous))?,
                Some(_) => {}
            }
        }
        before.values().try_for_each(|gone| self.event(DELETION, gone, None))
    }

    fn event(&self, class: &'static str, target: &Instance, previous: Option<Instance>) -> Result<(), Closed> {
        if self.events != class && self.events != OPERATION {
            return Ok(());
        }
        let mut event = Instance::new(class).with(TARGET, target.clone());
        if let Some(previous) = previous {
            event.set(PREVIOUS, previous);
        }
        self.shaping.apply(event).map_or(Ok(()), |event| self.queue.push(event))
    }
}

/// What tells instances apart, which is their keys.
fn identity(instance: &Instance) -> Result<String> {
    shape::identity(instance).ok_or_else(|| {
        let class = instance.class_name();
        let text = format!("polling {class}: it has no key property by which its instances could be told apart");
        Error::not_supported(text)
    })
}
