//! What a client asks of the host: an operation, on whose behalf, and with which options.

pub use omi::client::Depth;

use omi::dialogue::Listener;
use omi::wql::Select;
use omi::{Instance, Name, Value};
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// Who asks. Only an authenticator makes one, so that nothing runs for a client without a name.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Principal {
    name: Name,
}

impl Principal {
    /// A client whose name was verified, for example by its password.
    pub fn authenticated(name: impl Into<Name>) -> Self {
        Self { name: name.into() }
    }

    /// The user that runs this process, for requests that no network carried.
    pub fn current_process() -> Self {
        let uid = nix::unistd::geteuid();
        let user = nix::unistd::User::from_uid(uid).ok().flatten();
        Self { name: user.map_or_else(|| uid.to_string(), |user| user.name).into() }
    }

    /// The user name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Principal({})", self.name)
    }
}

/// An operation with its circumstances.
#[derive(Clone)]
pub struct Request {
    /// Who asks.
    pub principal: Principal,
    /// The namespace, `root/cimv2` for example.
    pub namespace: Name,
    /// The language of messages that the client asked for, `en-US` for example.
    pub locale: Option<String>,
    /// The language of data that the client asked for.
    pub data_locale: Option<String>,
    /// When the client gives up: the provider is then told to cancel, and the client gets a timeout.
    pub deadline: Option<Instant>,
    /// Options for the provider, by name. Never credentials.
    pub options: Vec<(String, Value)>,
    /// Who is told what the provider says meanwhile, and asked. `None`: the log is told, and nobody is asked.
    pub listener: Option<Arc<dyn Listener>>,
    /// What to do.
    pub operation: Operation,
}

impl Request {
    /// A request of the user that runs this process, without a deadline, options or a listener.
    pub fn local(namespace: impl Into<Name>, operation: Operation) -> Self {
        Self {
            principal: Principal::current_process(),
            namespace: namespace.into(),
            locale: None,
            data_locale: None,
            deadline: None,
            options: Vec::new(),
            listener: None,
            operation,
        }
    }
}

/// What to do.
#[derive(Clone, Debug)]
pub enum Operation {
    /// All instances of a class and, unless `depth` says otherwise, of its subclasses.
    Enumerate {
        /// The class.
        class: String,
        /// How instances of subclasses are treated.
        depth: Depth,
        /// The properties that the client wants; `None` for all.
        properties: Option<Vec<String>>,
        /// Whether key properties are enough.
        keys_only: bool,
    },
    /// The instances that a WQL query selects, of the class in its FROM clause and of its subclasses.
    Query(Select),
    /// One instance.
    Get {
        /// Class and keys.
        key: Instance,
        /// The properties that the client wants; `None` for all.
        properties: Option<Vec<String>>,
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
        /// The properties to change; `None` for all that `instance` has.
        modified: Option<Vec<String>>,
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
        /// Through associations of this class or a subclass alone; `None` for all.
        association: Option<String>,
        /// Only instances of this class or a subclass.
        result_class: Option<String>,
        /// The reference by which the association names the source.
        role: Option<String>,
        /// The reference by which the association names the result.
        result_role: Option<String>,
        /// The properties that the client wants; `None` for all.
        properties: Option<Vec<String>>,
        /// Whether key properties are enough.
        keys_only: bool,
    },
    /// The associations that an instance takes part in.
    References {
        /// Class and keys of the instance to start from.
        source: Instance,
        /// Only associations of this class or a subclass; `None` for all.
        association: Option<String>,
        /// The reference by which the association names the source.
        role: Option<String>,
        /// The properties that the client wants; `None` for all.
        properties: Option<Vec<String>>,
        /// Whether key properties are enough.
        keys_only: bool,
    },
    /// Indications as they happen, until the reply is dropped.
    Subscribe {
        /// Which ones: `SELECT * FROM class WHERE ...`.
        query: Select,
        /// After which one to begin, where the provider keeps old ones.
        bookmark: Option<String>,
    },
}
