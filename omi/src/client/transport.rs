//! What carries operations: WS-Man, OMI's libmi, or a host in this process.

use super::{Destination, Indication, OperationOptions, Outlet};
use crate::declaration::SharedClass;
use crate::dialogue::Channel;
use crate::{Error, Instance, Result};
use std::sync::Arc;
use std::time::Duration;

/// A way to reach servers.
pub trait Transport: Send + Sync {
    /// Opens a session. `listener` hears messages meanwhile; errors are returned and reach it through
    /// [`Application::session_with`](super::Application::session_with).
    ///
    /// # Errors
    /// What is wrong with the destination. A transport that connects with its first operation does not yet know whether a
    /// server is there.
    fn connect(&self, destination: &Destination, listener: &dyn SessionListener) -> Result<Arc<dyn Connection>>;
}

/// A session as its transport sees it. A request is started and returned from at once; all that comes of it, errors in
/// starting it included, goes through the outlet.
pub trait Connection: Send + Sync {
    /// Starts an operation on instances.
    fn instances(&self, request: Request<InstanceOperation>, outlet: Outlet<Instance>);
    /// Subscribes to indications.
    fn indications(&self, request: Request<Subscription>, outlet: Outlet<Indication>);
    /// Asks for class declarations.
    fn classes(&self, request: Request<ClassOperation>, outlet: Outlet<SharedClass>);
}

/// Hears what happens while a session is opened, as `MI_SessionCallbacks` does: the context value that MI hands to each
/// callback is `self`.
pub trait SessionListener: Send + Sync {
    /// A message.
    fn write_message(&self, channel: Channel, text: &str) {
        let _ = (channel, text);
    }

    /// Why the session cannot be opened. This informs only: the same error is returned.
    fn write_error(&self, error: &Error) {
        let _ = error;
    }
}

/// Listens to nothing.
impl SessionListener for () {}

/// An operation with its circumstances. Locale and timeout of the session are filled in.
#[derive(Clone, Debug)]
pub struct Request<O> {
    /// The namespace, `root/cimv2` for example.
    pub namespace: String,
    /// The options.
    pub options: OperationOptions,
    /// What to do.
    pub operation: O,
}

/// An operation whose results are instances.
#[derive(Clone, Debug, PartialEq)]
pub enum InstanceOperation {
    /// All instances of a class.
    Enumerate {
        /// The class.
        class: String,
    },
    /// The instances that a WQL query selects.
    Query {
        /// The query.
        query: String,
    },
    /// One instance.
    Get {
        /// Class and keys.
        key: Instance,
    },
    /// Makes an instance.
    Create {
        /// The new instance.
        instance: Instance,
    },
    /// Changes an instance.
    Modify {
        /// The instance with its keys and new values.
        instance: Instance,
    },
    /// Removes an instance.
    Delete {
        /// Class and keys.
        key: Instance,
    },
    /// Calls a method.
    Invoke {
        /// The class.
        class: String,
        /// The instance, by class and keys; `None` for a static method.
        target: Option<Instance>,
        /// The method.
        method: String,
        /// The input parameters.
        parameters: Instance,
    },
    /// The instances that are associated with an instance.
    Associators {
        /// Class and keys of the instance to start from.
        source: Instance,
        /// Which ones.
        filter: AssociationFilter,
    },
    /// The associations that an instance takes part in.
    References {
        /// Class and keys of the instance to start from.
        source: Instance,
        /// Which ones; only `association` and `role` count.
        filter: AssociationFilter,
    },
    /// Nothing but an answer; it has no namespace.
    TestConnection,
}

/// Which associations and which ends of them; `None` does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssociationFilter {
    /// Through associations of this class or a subclass.
    pub association: Option<String>,
    /// Only instances of this class or a subclass.
    pub result_class: Option<String>,
    /// The reference by which the association names the source.
    pub role: Option<String>,
    /// The reference by which the association names the result.
    pub result_role: Option<String>,
}

/// Which indications to deliver, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscription {
    /// The WQL query: `SELECT * FROM class WHERE ...`.
    pub query: String,
    /// After which indication to begin, where the provider keeps old ones.
    pub bookmark: Option<String>,
    /// How often the server says that it is alive when there is no indication; `None` is the transport's choice. A server
    /// that stays silent for twice as long ends the subscription with an error.
    pub heartbeat: Option<Duration>,
    /// How long the subscription lives; `None` until it is dropped.
    pub expires: Option<Duration>,
}

impl From<&str> for Subscription {
    fn from(query: &str) -> Self {
        Self { query: query.to_owned(), ..Self::default() }
    }
}

/// An operation whose results are class declarations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClassOperation {
    /// One class.
    Get {
        /// The name.
        class: String,
    },
    /// All classes of the namespace, or those below one.
    Enumerate {
        /// The class whose subclasses are wanted; `None` for all classes.
        base: Option<String>,
    },
}
