//! A running operation: one provider call after the other, their results shaped into one reply.

use super::RETURN_VALUE_INSIDE;
use super::call::{Action, Call, LogListener, Outlet, Refusal, Settings};
use super::catalogue::conform;
use super::library::Library;
use super::queue::{OnCancel, Queue};
use super::shape::{Form, Shaping, has_keys};
use super::streamed::Streamed;
use crate::class::SharedClass;
use omi::class::object_path;
use omi::dialogue::{Channel, Listener, Progress as HowFar, Question};
use omi::{Error, Instance, Name, Result, ResultCode, Value};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An operation.
pub(crate) struct Run {
    queue: Arc<Queue>,
    shaping: Shaping,
    settings: Arc<Settings>,
    progress: Mutex<Progress>,
}

struct Progress {
    legs: VecDeque<Leg>,
    /// Whether some leg did what was asked.
    served: bool,
    /// The first error, which ends the operation after the last leg.
    failure: Option<Error>,
    /// The first leg that its provider does not support. Of several classes in a tree not every one has to.
    unsupported: Option<Error>,
}

/// One provider call of an operation.
pub(crate) struct Leg {
    pub library: Arc<Library>,
    /// The class that is addressed.
    pub class: Name,
    /// That of a class which its library does not declare.
    pub declaration: Option<SharedClass>,
    pub action: Action,
    pub pick: Pick,
    /// What to call when the provider posts nothing and ends in this way.
    pub otherwise: Option<(Unanswered, Box<Leg>)>,
}

/// How a call ended that posted nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// With success.
    Done,
    /// With NOT_SUPPORTED.
    NotSupported,
}

/// Which of the posted instances count.
pub(crate) enum Pick {
    /// All.
    All,
    /// The first with these keys. There must be one.
    Key(Instance),
    /// All. A provider that does not support the operation has none, as in OMI.
    Any,
    /// None: the operation has no result.
    Nothing,
}

impl Run {
    /// Starts an operation of one or more legs.
    pub(crate) fn start(queue: Arc<Queue>, shaping: Shaping, settings: Settings, legs: Vec<Leg>) {
        let progress = Progress { legs: legs.into(), served: false, failure: None, unsupported: None };
        let run = Self { queue, shaping, settings: Arc::new(settings), progress: Mutex::new(progress) };
        Arc::new(run).advance();
    }

    /// Starts the next leg, or ends the operation.
    fn advance(self: Arc<Self>) {
        let next = if self.queue.cancelled().is_some() { None } else { self.progress().legs.pop_front() };
        match next {
            Some(leg) => self.enter(leg),
            None => {
                let mut progress = self.progress();
                let unsupported = if progress.served { None } else { progress.unsupported.take() };
                let end = progress.failure.take().or(unsupported).map_or(Ok(()), Err);
                drop(progress);
                self.queue.end(end);
            }
        }
    }

    fn enter(self: Arc<Self>, leg: Leg) {
        let Leg { library, class, declaration, action, pick, otherwise } = leg;
        let outlet = LegOutlet {
            run: self.clone(),
            expected: action.posts_its_class().then(|| (class.clone(), library.clone())),
            complaint: Mutex::default(),
            log: LogListener { from: format!("{class} in {}", library.source()).into() },
            declaration,
            pick,
            posted: AtomicBool::new(false),
            streamed: Streamed::default(),
            ended: AtomicBool::new(false),
            otherwise: Mutex::new(otherwise),
            _counted: library.counted(),
        };
        let namespace = self.shaping.namespace.name.clone();
        library.call(Call { namespace, class, action, settings: self.settings.clone(), outlet: Arc::new(outlet) });
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, result: Result<()>) {
        let mut progress = self.progress();
        match result {
            Ok(()) => progress.served = true,
            Err(error) if error.code() == ResultCode::NOT_SUPPORTED => {
                progress.unsupported.get_or_insert(error);
            }
            Err(error) => {
                progress.failure.get_or_insert(error);
            }
        }
    }
}

/// Takes the results of one leg.
struct LegOutlet {
    run: Arc<Run>,
    /// The class that is asked for, and its library; `None` when instances of others come too.
    expected: Option<(Name, Arc<Library>)>,
    /// The first thing that the provider did wrong, which is the operation's error.
    complaint: Mutex<Option<String>>,
    log: LogListener,
    declaration: Option<SharedClass>,
    pick: Pick,
    posted: AtomicBool,
    /// The parts of streamed parameters that nobody took, for the results.
    streamed: Streamed,
    ended: AtomicBool,
    otherwise: Mutex<Option<(Unanswered, Box<Leg>)>>,
    _counted: Arc<()>,
}

impl Drop for LegOutlet {
    /// A call that is lost, because its library's thread failed for example, must not leave the client waiting.
    fn drop(&mut self) {
        self.end(Err(Error::failed(format!("{}: the call ended without a result", self.log.from))));
    }
}

impl Outlet for LegOutlet {
    fn instance(&self, instance: Instance) -> std::result::Result<(), Refusal> {
        let instance = match &self.declaration {
            Some(class) if class.name.eq_ignore_ascii_case(instance.class_name()) => conform(instance, class),
            _ => instance,
        };
        if !self.is_expected(instance.class_name()) {
            self.complain(format!("posted an instance of {}", instance.class_name()));
            return Err(Refusal::OtherClass);
        }
        match &self.pick {
            Pick::Nothing => return Ok(()),
            Pick::Key(keys) if !has_keys(&instance, keys) => return Ok(()),
            Pick::Key(_) if self.posted.swap(true, Ordering::AcqRel) => return Ok(()),
            Pick::Key(_) => {}
            Pick::All | Pick::Any => self.posted.store(true, Ordering::Release),
        }
        match self.run.shaping.apply(self.streamed.complete(instance)) {
            Some(instance) => Ok(self.run.queue.push(instance)?),
            None if self.is_cancelled() => Err(Refusal::Closed),
            None => Ok(()),
        }
    }

    fn needs(&self) -> Option<Vec<String>> {
        self.run.shaping.needs()
    }

    fn end(&self, result: Result<()>) {
        if self.ended.swap(true, Ordering::AcqRel) {
            return;
        }
        self.run.queue.call_ended();
        let result = match self.complaint.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(complaint) => Err(Error::failed(format!("{}: the provider {complaint}", self.log.from))),
            None => result,
        };
        if result.is_ok() && !self.streamed.is_empty() {
            // A method that streams everything need not post anything; one that is cancelled has no results.
            let _ = self.instance(Instance::new(RETURN_VALUE_INSIDE));
        }
        let posted = self.posted.load(Ordering::Acquire);
        let unanswered = match &result {
            _ if posted => None,
            Ok(()) => Some(Unanswered::Done),
            Err(error) if error.code() == ResultCode::NOT_SUPPORTED => Some(Unanswered::NotSupported),
            Err(_) => None,
        };
        let otherwise = self.otherwise.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((_, leg)) = otherwise.filter(|(when, _)| unanswered == Some(*when)) {
            self.run.progress().legs.push_front(*leg);
            return self.run.clone().advance();
        }
        let result = match (&self.pick, unanswered) {
            (Pick::Key(keys), Some(Unanswered::Done)) => {
                Err(Error::not_found(format!("there is no {}", object_path(keys))))
            }
            (Pick::Any, Some(Unanswered::NotSupported)) => Ok(()),
            _ => result,
        };
        self.run.note(result);
        self.run.clone().advance();
    }

    fn is_cancelled(&self) -> bool {
        self.run.queue.cancelled().is_some()
    }

    fn on_cancel(&self, callback: OnCancel) {
        self.run.queue.on_cancel(callback);
    }

    fn listener(&self) -> &dyn Listener {
        self
    }
}

impl LegOutlet {
    fn complain(&self, complaint: String) {
        self.complaint.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(complaint);
    }

    /// Whether an instance of this class is an answer. The library may know subclasses that the namespace has not.
    fn is_expected(&self, class: &str) -> bool {
        self.expected.as_ref().is_none_or(|(expected, library)| {
            class.eq_ignore_ascii_case(expected)
                || self.run.shaping.namespace.derives(class, expected)
                || library.catalogue(None).is_ok_and(|catalogue| catalogue.derives(class, expected))
        })
    }

    /// Tells the request's listener, or else the log.
    fn tell<T>(&self, tell: impl FnOnce(&dyn Listener) -> T) -> T {
        match &self.run.settings.listener {
            Some(listener) => tell(&**listener),
            None => tell(&self.log),
        }
    }
}

impl Listener for LegOutlet {
    fn message(&self, channel: Channel, text: &str) {
        self.tell(|listener| listener.message(channel, text));
    }

    fn progress(&self, progress: &HowFar) -> bool {
        let is_heard = self.tell(|listener| listener.progress(progress));
        if is_heard {
            self.run.queue.restart_timeout();
        }
        is_heard
    }

    fn error(&self, error: &Error) -> bool {
        self.tell(|listener| listener.error(error)) && !self.is_cancelled()
    }

    fn ask(&self, question: &Question) -> bool {
        self.tell(|listener| listener.ask(question))
    }

    fn stream(&self, parameter: &str, value: Value) -> std::result::Result<(), Value> {
        let Err(value) = self.tell(|listener| listener.stream(parameter, value)) else { return Ok(()) };
        let is_method = matches!(self.run.shaping.form, Form::Results(_));
        if !is_method || self.posted.load(Ordering::Acquire) {
            return Err(value);
        }
        self.streamed.add(parameter, &value).map_err(|complaint| {
            self.complain(complaint);
            value
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::namespace::Namespace;
    use std::time::Duration;

    #[test]
    fn a_lost_call_ends_the_operation() {
        let queue = Arc::new(Queue::new(None));
        let namespace = Arc::new(Namespace::new("root/test".into()));
        let shaping = Shaping::whole(namespace);
        let settings = Arc::new(Settings::of_host());
        let progress = Progress { legs: VecDeque::new(), served: false, failure: None, unsupported: None };
        let run = Arc::new(Run { queue: queue.clone(), shaping, settings, progress: Mutex::new(progress) });
        drop(LegOutlet {
            run,
            expected: None,
            complaint: Mutex::default(),
            log: LogListener { from: "T_Lost in test".into() },
            declaration: None,
            pick: Pick::All,
            posted: AtomicBool::new(false),
            streamed: Streamed::default(),
            ended: AtomicBool::new(false),
            otherwise: Mutex::new(None),
            _counted: Arc::new(()),
        });
        let batch = queue.take(1, 1, Duration::ZERO);
        assert_eq!(batch.instances, []);
        assert_eq!(batch.end.unwrap().unwrap_err().message(), "T_Lost in test: the call ended without a result");
    }
}
