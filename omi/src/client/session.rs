//! Sessions: operations on one server.

use super::channel::Channel;
use super::options::Heard;
use super::{
    AssociationFilter, ClassOperation, Connection, Destination, Indication, InstanceOperation, Operation,
    OperationOptions, Outlet, Request, Subscription, timer,
};
use crate::Instance;
use crate::declaration::SharedClass;
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// How much longer than its timeout an operation is waited for: a server that keeps time says more than the client could.
const GRACE: Duration = Duration::from_secs(1);

/// A session with one server. Cheap to clone; it is closed when the last clone and the last operation are gone.
///
/// Each method starts an operation and returns at once. What goes wrong, from the start on, is the operation's error.
#[derive(Clone)]
pub struct Session {
    connection: Arc<dyn Connection>,
    defaults: Arc<Defaults>,
}

/// What operations take from the destination when their options do not say.
#[derive(Default)]
struct Defaults {
    timeout: Option<Duration>,
    locale: Option<String>,
    data_locale: Option<String>,
}

impl Session {
    /// A session over a connection that a transport made.
    pub(crate) fn new(connection: Arc<dyn Connection>, destination: &Destination) -> Self {
        let Destination { timeout, locale, data_locale, .. } = destination;
        let defaults = Defaults { timeout: *timeout, locale: locale.clone(), data_locale: data_locale.clone() };
        Self { connection, defaults: Arc::new(defaults) }
    }

    /// All instances of a class, and of its subclasses as [`OperationOptions::depth`] says.
    pub fn enumerate(&self, namespace: &str, class: &str, options: &OperationOptions) -> Operation<Instance> {
        self.instances(namespace, InstanceOperation::Enumerate { class: class.to_owned() }, options)
    }

    /// The instances that a WQL query selects.
    pub fn query(&self, namespace: &str, query: &str, options: &OperationOptions) -> Operation<Instance> {
        self.instances(namespace, InstanceOperation::Query { query: query.to_owned() }, options)
    }

    /// The instance of this class with these keys; NOT_FOUND when there is none.
    pub fn get(&self, namespace: &str, key: &Instance, options: &OperationOptions) -> Operation<Instance> {
        self.instances(namespace, InstanceOperation::Get { key: key.clone() }, options)
    }

    /// Makes an instance. The result has at least its keys.
    pub fn create(&self, namespace: &str, instance: &Instance, options: &OperationOptions) -> Operation<Instance> {
        self.instances(namespace, InstanceOperation::Create { instance: instance.clone() }, options)
    }

    /// Changes an instance: the properties that [`OperationOptions::properties`] names, or else all that it has. The result
    /// is the instance as it is then; some servers send none.
    pub fn modify(&self, namespace: &str, instance: &Instance, options: &OperationOptions) -> Operation<Instance> {
        self.instances(namespace, InstanceOperation::Modify { instance: instance.clone() }, options)
    }

    /// Removes the instance of this class with these keys. There is no result: use [`Operation::finish`].
    pub fn delete(&self, namespace: &str, key: &Instance, options: &OperationOptions) -> Operation<Instance> {
        self.instances(namespace, InstanceOperation::Delete { key: key.clone() }, options)
    }

    /// Calls a method of a class, or of an instance when `target` names one by class and keys. The result has `ReturnValue`
    /// and the output parameters.
    pub fn invoke(
        &self,
        namespace: &str,
        class: &str,
        target: Option<&Instance>,
        method: &str,
        parameters: &Instance,
        options: &OperationOptions,
    ) -> Operation<Instance> {
        let operation = InstanceOperation::Invoke {
            class: class.to_owned(),
            target: target.cloned(),
            method: method.to_owned(),
            parameters: parameters.clone(),
        };
        self.instances(namespace, operation, options)
    }

    /// The instances that are associated with the instance of this class with these keys.
    pub fn associators(
        &self,
        namespace: &str,
        source: &Instance,
        filter: &AssociationFilter,
        options: &OperationOptions,
    ) -> Operation<Instance> {
        let operation = InstanceOperation::Associators { source: source.clone(), filter: filter.clone() };
        self.instances(namespace, operation, options)
    }

    /// The associations that the instance of this class with these keys takes part in.
    pub fn references(
        &self,
        namespace: &str,
        source: &Instance,
        filter: &AssociationFilter,
        options: &OperationOptions,
    ) -> Operation<Instance> {
        let operation = InstanceOperation::References { source: source.clone(), filter: filter.clone() };
        self.instances(namespace, operation, options)
    }

    /// Indications as they happen, until the operation is dropped or the subscription expires. The timeout is for
    /// subscribing; indications may be as rare as they are.
    pub fn subscribe(
        &self,
        namespace: &str,
        subscription: impl Into<Subscription>,
        options: &OperationOptions,
    ) -> Operation<Indication> {
        let subscription = subscription.into();
        let until = subscription.expires.and_then(|length| Instant::now().checked_add(length));
        let (outlet, channel) = Channel::open(None);
        if let Some(until) = until {
            let weak = Arc::downgrade(&channel);
            timer::at(until, move || {
                if let Some(channel) = weak.upgrade() {
                    channel.stop(Ok(()));
                }
            });
        }
        self.connection.indications(self.request(namespace, subscription, options, &channel), outlet);
        Operation::new(channel)
    }

    /// The declaration of a class; INVALID_CLASS when there is none.
    pub fn class(&self, namespace: &str, class: &str, options: &OperationOptions) -> Operation<SharedClass> {
        self.class_operation(namespace, ClassOperation::Get { class: class.to_owned() }, options)
    }

    /// The declarations of all classes of a namespace, or of those that derive from `base`.
    pub fn classes(&self, namespace: &str, base: Option<&str>, options: &OperationOptions) -> Operation<SharedClass> {
        self.class_operation(namespace, ClassOperation::Enumerate { base: base.map(str::to_owned) }, options)
    }

    /// Asks the server for nothing but an answer. There is no result: use [`Operation::finish`].
    pub fn test_connection(&self, options: &OperationOptions) -> Operation<Instance> {
        self.instances("", InstanceOperation::TestConnection, options)
    }

    fn instances(
        &self,
        namespace: &str,
        operation: InstanceOperation,
        options: &OperationOptions,
    ) -> Operation<Instance> {
        self.start(namespace, operation, options, |connection, request, outlet| connection.instances(request, outlet))
    }

    fn class_operation(
        &self,
        namespace: &str,
        operation: ClassOperation,
        options: &OperationOptions,
    ) -> Operation<SharedClass> {
        self.start(namespace, operation, options, |connection, request, outlet| connection.classes(request, outlet))
    }

    fn start<O, T: Send + 'static>(
        &self,
        namespace: &str,
        operation: O,
        options: &OperationOptions,
        start: impl FnOnce(&dyn Connection, Request<O>, Outlet<T>),
    ) -> Operation<T> {
        let timeout = options.timeout.or(self.defaults.timeout);
        let (outlet, channel) = Channel::open(timeout.map(|timeout| timeout.saturating_add(GRACE)));
        start(&*self.connection, self.request(namespace, operation, options, &channel), outlet);
        Operation::new(channel)
    }

    fn request<O, T: Send + 'static>(
        &self,
        namespace: &str,
        operation: O,
        options: &OperationOptions,
        channel: &Arc<Channel<T>>,
    ) -> Request<O> {
        let mut options = options.clone();
        let Defaults { timeout, locale, data_locale } = &*self.defaults;
        options.timeout = options.timeout.or(*timeout);
        options.locale = options.locale.or_else(|| locale.clone());
        options.data_locale = options.data_locale.or_else(|| data_locale.clone());
        let clock: Weak<Channel<T>> = Arc::downgrade(channel);
        options.listener = Heard::of(&options, clock);
        Request { namespace: namespace.to_owned(), options, operation }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session")
    }
}
