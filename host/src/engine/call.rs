//! What passes between the engine and a provider library: one call in, its results out.
//!
//! A [`Call`] owns all that it says and refers to nothing in this process but its [`Outlet`]. That is the seam at which
//! a library can move into a process of its own: the call is a message, and so is what the outlet is told.

use super::queue::{Closed, OnCancel};
use crate::operation::Principal;
use omi::dialogue::{Channel, Listener, Progress, Question};
use omi::wql::Select;
use omi::{Error, Instance, Name, Result, Value};
use std::sync::Arc;

/// One call of one provider.
pub(crate) struct Call {
    /// The namespace of the request.
    pub namespace: Name,
    /// The class that is addressed, which has a provider.
    pub class: Name,
    pub action: Action,
    pub settings: Arc<Settings>,
    pub outlet: Arc<dyn Outlet>,
}

/// Which function of the provider is called, and its input.
pub(crate) enum Action {
    Get {
        key: Instance,
        properties: Option<Vec<String>>,
    },
    Enumerate {
        properties: Option<Vec<String>>,
        keys_only: bool,
        filter: Option<Arc<Select>>,
    },
    Create {
        instance: Instance,
    },
    Modify {
        instance: Instance,
        modified: Option<Vec<String>>,
    },
    Delete {
        key: Instance,
    },
    Invoke {
        method: Name,
        target: Option<Instance>,
        parameters: Instance,
    },
    /// Of the association class that the call addresses.
    Associators(Traversal),
    /// Of the association class that the call addresses.
    References(Traversal),
    /// Begins a subscription to the indications of the class: the call lasts until [`Library::unsubscribe`].
    ///
    /// [`Library::unsubscribe`]: super::library::Library::unsubscribe
    Subscribe {
        id: u64,
        filter: Option<Arc<Select>>,
        bookmark: Option<String>,
    },
    /// As `Subscribe`, but to lifecycle indications of these `MI_LIFECYCLE_INDICATION_*` types.
    Watch {
        id: u64,
        types: u32,
    },
}

impl Action {
    /// Whether instances of the class that is addressed come of it, rather than results or what is associated.
    pub(crate) fn posts_its_class(&self) -> bool {
        match self {
            Self::Get { .. } | Self::Enumerate { .. } | Self::Create { .. } | Self::Modify { .. } => true,
            Self::References(_) => true,
            Self::Delete { .. } | Self::Invoke { .. } | Self::Associators(_) => false,
            Self::Subscribe { .. } | Self::Watch { .. } => false,
        }
    }
}

/// Where to go from an instance. Of references, the result's class and role say nothing.
#[derive(Clone)]
pub(crate) struct Traversal {
    pub source: Instance,
    /// The ancestors of the source's class, nearest first: a library may declare one of them only.
    pub ancestors: Vec<Name>,
    pub result_class: Option<String>,
    pub role: Option<String>,
    pub result_role: Option<String>,
    pub properties: Option<Vec<String>>,
    pub keys_only: bool,
}

/// What a request says besides its operation.
pub(crate) struct Settings {
    /// Who asks, in whose name the provider may ask further.
    pub principal: Principal,
    pub locale: Option<String>,
    pub data_locale: Option<String>,
    pub options: Vec<(String, Value)>,
    pub listener: Option<Arc<dyn Listener>>,
}

impl Settings {
    /// Those of a call that serves no client: the host itself asks.
    pub(crate) fn of_host() -> Self {
        let principal = Principal::current_process();
        Self { principal, locale: None, data_locale: None, options: Vec::new(), listener: None }
    }
}

/// Why an outlet does not take what a provider posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Nobody wants it any more, or yet.
    Closed,
    /// This kind of context does not take it at all.
    NotHere,
    /// It is not of the class that was asked for.
    OtherClass,
}

impl From<Closed> for Refusal {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

/// Takes what a provider posts. Any thread may call it.
pub(crate) trait Outlet: Send + Sync {
    /// Takes an instance. Waits while the client has too many unread ones.
    fn instance(&self, instance: Instance) -> Result<(), Refusal>;

    /// Takes an indication, and a bookmark after which a later subscription may begin. Never waits.
    fn indication(&self, indication: Instance, bookmark: Option<&str>) -> Result<(), Refusal> {
        let _ = (indication, bookmark);
        Err(Refusal::NotHere)
    }

    /// Whether it is for the indications of a provider rather than for one request.
    fn posts_indications(&self) -> bool {
        false
    }

    /// The properties that it needs of each instance, besides the keys; `None` for all.
    fn needs(&self) -> Option<Vec<String>>;

    /// The provider has accepted a subscription, before it may post the first indication or later.
    fn accepted(&self) {}

    /// The call has ended. Called once, and last.
    fn end(&self, result: Result<()>);

    /// Whether the client has given up.
    fn is_cancelled(&self) -> bool;

    /// Registers what to call when the client gives up. It is not called any more once [`end`](Self::end) has returned.
    fn on_cancel(&self, callback: OnCancel);

    /// Who is told what the provider says besides its results, and asked.
    fn listener(&self) -> &dyn Listener;
}

/// Writes what a provider says to the log, for clients that cannot be told.
pub(crate) struct LogListener {
    /// The provider.
    pub from: Name,
}

impl Listener for LogListener {
    fn message(&self, channel: Channel, text: &str) {
        let from = &self.from;
        match channel {
            Channel::Warning => log::warn!("{from}: {text}"),
            Channel::Verbose => log::info!("{from}: {text}"),
            Channel::Debug => log::debug!("{from}: {text}"),
        }
    }

    fn progress(&self, progress: &Progress) -> bool {
        let Progress { activity, operation, status, percent, remaining } = progress;
        log::info!("{}: {activity}: {operation}: {status}: {percent:?} %, {remaining:?} left", self.from);
        false
    }

    fn error(&self, error: &Error) -> bool {
        log::error!("{}: {} ({:?})", self.from, error.message(), error.code());
        true
    }

    fn ask(&self, question: &Question) -> bool {
        let answer = question.unasked();
        log::info!("{}: {question:?}: answered {}", self.from, if answer { "yes" } else { "no" });
        answer
    }
}
