//! D-Bus services: calls, properties and signals, of which none is waited for longer than it should take.

#[cfg(test)]
pub(crate) mod private;

use std::future::{Future, poll_fn};
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde::Serialize;
use tokio::runtime::Runtime;
use zbus::export::futures_core::Stream;
use zbus::match_rule;
use zbus::message::{Builder, Type};
use zbus::wire::DynamicDeserialize;
use zbus::{Connection, DBusError, DynamicType, Message, MessageStream, OwnedVariant};

use crate::linux::{Error, Result};

/// How long an answer is waited for, unless a call is known to take longer.
const PATIENCE: Duration = Duration::from_secs(4);

/// Where the system bus listens unless the environment says otherwise.
const SYSTEM_BUS: &str = "unix:path=/run/dbus/system_bus_socket";

/// So many signals wait to be looked at before the connection is read no further.
const MOST_QUEUED: NonZeroUsize = NonZeroUsize::new(256).expect("it is not 0");

/// Drives every connection, with one thread that sleeps while nothing comes.
static RUNTIME: LazyLock<std::io::Result<Runtime>> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).thread_name("d-bus").enable_io().enable_time().build()
});

/// A message bus, to which each reader and each act connects anew: so nothing is lost when the bus is started again.
#[derive(Clone, Debug)]
pub struct Bus {
    address: String,
}

impl Default for Bus {
    fn default() -> Self {
        Self::system()
    }
}

impl Bus {
    /// The system bus of this machine: `DBUS_SYSTEM_BUS_ADDRESS`, or the usual place.
    pub fn system() -> Self {
        Self::at(std::env::var("DBUS_SYSTEM_BUS_ADDRESS").unwrap_or_else(|_| SYSTEM_BUS.to_owned()))
    }

    /// The bus at a D-Bus address, `unix:path=...` for example.
    pub fn at(address: impl Into<String>) -> Self {
        Self { address: address.into() }
    }

    /// Connects to talk to one service.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where there is no bus.
    pub(crate) fn connect(&self, service: &'static Service) -> Result<Peer> {
        let address = self.address.as_str();
        let connect = async { zbus::connection::Builder::address(address).build().await };
        match within(PATIENCE, connect)? {
            Some(Ok(connection)) => Ok(Peer { connection, service }),
            Some(Err(error)) if is_missing(&error) => Err(Error::Unsupported {
                what: format!("there is no message bus at {address}, on which {} could be asked", service.title),
            }),
            Some(Err(error)) => Err(Error::Bus { what: format!("the message bus at {address}: {error}") }),
            None => Err(Error::Bus { what: format!("the message bus at {address} does not answer") }),
        }
    }
}

/// A program that owns a name on the bus.
#[derive(Debug)]
pub(crate) struct Service {
    /// Its name on the bus.
    pub(crate) name: &'static str,
    /// What people call it.
    pub(crate) title: &'static str,
}

/// One connection to a bus, for calls to one service. It is closed when nothing refers to it any more.
#[derive(Clone)]
pub(crate) struct Peer {
    connection: Connection,
    service: &'static Service,
}

impl Peer {
    /// Calls a method and waits for its answer.
    pub(crate) fn call<R>(&self, path: &str, method: (&str, &str), body: &(impl Serialize + DynamicType)) -> Result<R>
    where
        R: for<'d> DynamicDeserialize<'d>,
    {
        self.call_within(PATIENCE, path, method, body)
    }

    /// As [`Peer::call`], for a method that may take its time.
    pub(crate) fn call_within<R>(
        &self,
        patience: Duration,
        path: &str,
        (interface, method): (&str, &str),
        body: &(impl Serialize + DynamicType),
    ) -> Result<R>
    where
        R: for<'d> DynamicDeserialize<'d>,
    {
        let failure = |error| self.failure(method, error);
        let call = self.message(path, interface, method).build(body).map_err(failure)?;
        let answer = self.exchange(patience, method, call)?;
        answer.body().deserialize().map_err(failure)
    }

    fn message<'a>(&'a self, path: &'a str, interface: &'a str, method: &'a str) -> Builder<'a> {
        let message = Message::method_call(path, method).destination(self.service.name).interface(interface);
        match self.connection.unique_name() {
            Some(name) => message.sender(name),
            None => message,
        }
    }

    /// Sends a call and waits for its answer. Not zbus's own way, which is compiled anew for each type of body.
    fn exchange(&self, patience: Duration, method: &str, call: Message) -> Result<Message> {
        let serial = call.primary_header().serial_num();
        let exchange = async {
            // Listens before it asks, so that the answer is not missed.
            let mut answers = MessageStream::from(&self.connection);
            self.connection.send(&call).await?;
            loop {
                let message = match next_of(&mut answers).await {
                    Some(message) => message?,
                    None => return Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset).into()),
                };
                match message.message_type() {
                    _ if message.header().reply_serial() != Some(serial) => {}
                    Type::Error => return Err(message.into()),
                    _ => return Ok(message),
                }
            }
        };
        match within(patience, exchange)? {
            Some(answer) => answer.map_err(|error| self.failure(method, error)),
            None => {
                let title = self.service.title;
                Err(Error::Bus { what: format!("{title} did not answer {method} within {patience:?}") })
            }
        }
    }

    /// A property. `None` where this version of the service has none of that name, or its object is gone.
    pub(crate) fn property<T>(&self, path: &str, interface: &str, name: &str) -> Result<Option<T>>
    where
        T: TryFrom<OwnedVariant>,
    {
        let get = ("org.freedesktop.DBus.Properties", "Get");
        match self.call::<OwnedVariant>(path, get, &(interface, name)) {
            Ok(value) => Ok(T::try_from(value).ok()),
            Err(Error::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The signals that fit a rule, from now on.
    pub(crate) fn signals(&self, rule: match_rule::Builder<'static>) -> Result<Signals> {
        let rule = rule.msg_type(Type::Signal).build().map_err(|error| self.failure("AddMatch", error))?;
        match within(PATIENCE, MessageStream::for_match_rule(rule, &self.connection, Some(MOST_QUEUED)))? {
            Some(Ok(stream)) => Ok(Signals { stream: Some(stream) }),
            Some(Err(error)) => Err(self.failure("AddMatch", error)),
            None => Err(Error::Bus { what: "the message bus does not answer".to_owned() }),
        }
    }

    /// The name of this connection on the bus, `:1.42` for example.
    pub(crate) fn own_name(&self) -> String {
        self.connection.unique_name().map(ToString::to_string).unwrap_or_default()
    }

    /// Closes the connection, which ends its signals.
    pub(crate) fn close(&self) {
        if let Err(error) = within(PATIENCE, self.connection.clone().close()) {
            log::debug!("{error}");
        }
    }

    fn failure(&self, method: &str, error: zbus::Error) -> Error {
        match &error {
            zbus::Error::MethodError(kind, text, _) => self.refusal(method, kind, text.as_deref()),
            zbus::Error::FDO(error) => self.refusal(method, &error.name(), error.description()),
            _ => Error::Bus { what: format!("{}, asked for {method}: {error}", self.service.title) },
        }
    }

    /// What the service, or the bus for it, answered instead.
    fn refusal(&self, method: &str, kind: &str, text: Option<&str>) -> Error {
        let Service { title, name } = self.service;
        let text = text.unwrap_or(kind);
        match kind {
            kind if is_absent(kind) => {
                Error::Unsupported { what: format!("{title} ({name}) is not on the message bus: {text}") }
            }
            "org.freedesktop.DBus.Error.NoReply" => {
                Error::Bus { what: format!("{title} did not answer {method}: {text}") }
            }
            "org.freedesktop.DBus.Error.AccessDenied"
            | "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired" => {
                Error::PermissionDenied { reason: format!("{title} refuses {method}: {text}") }
            }
            _ => Error::Refused { name: kind.to_owned(), what: text.to_owned() },
        }
    }
}

/// Ends from another thread what listens to signals.
#[derive(Clone)]
pub struct Stop {
    peer: Peer,
    is_stopped: Arc<AtomicBool>,
}

impl Stop {
    /// What ends the signals of a connection.
    pub(crate) fn of(peer: &Peer) -> Self {
        Self { peer: peer.clone(), is_stopped: Arc::default() }
    }

    /// Ends it: what waits for the next signal gets none.
    pub fn stop(&self) {
        self.is_stopped.store(true, Ordering::Release);
        self.peer.close();
    }

    /// Whether somebody has ended it.
    pub(crate) fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Acquire)
    }
}

/// Signals in the order in which they came.
pub(crate) struct Signals {
    /// `None` only while it is dropped.
    stream: Option<MessageStream>,
}

impl Drop for Signals {
    fn drop(&mut self) {
        // A stream takes its rule back when it is dropped, by a task that needs the runtime.
        let _entered = runtime().map(Runtime::enter);
        self.stream = None;
    }
}

impl Signals {
    /// Waits for the next signal; `None` when `limit` has passed.
    ///
    /// # Errors
    /// [`Error::Bus`] when the connection has ended.
    pub(crate) fn next_within(&mut self, limit: Duration) -> Result<Option<Message>> {
        within(limit, next(self))?.transpose()
    }

    /// Waits for the next signal; `None` when `stop` has ended the connection.
    ///
    /// # Errors
    /// As [`Signals::next_within`].
    pub(crate) fn next_until(&mut self, stop: &Stop) -> Result<Option<Message>> {
        match runtime()?.block_on(next(self)) {
            Err(_) if stop.is_stopped() => Ok(None),
            signal => signal.map(Some),
        }
    }
}

async fn next_of(stream: &mut MessageStream) -> Option<zbus::Result<Message>> {
    poll_fn(|context| Pin::new(&mut *stream).poll_next(context)).await
}

async fn next(signals: &mut Signals) -> Result<Message> {
    let message = match &mut signals.stream {
        Some(stream) => next_of(stream).await,
        None => None,
    };
    match message {
        Some(Ok(message)) => Ok(message),
        Some(Err(error)) => Err(Error::Bus { what: format!("the connection to the message bus has ended: {error}") }),
        None => Err(Error::Bus { what: "the connection to the message bus has ended".to_owned() }),
    }
}

/// What a future gives, or `None` when `limit` has passed before.
fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Result<Option<T>> {
    Ok(runtime()?.block_on(async { tokio::time::timeout(limit, future).await.ok() }))
}

fn runtime() -> Result<&'static Runtime> {
    RUNTIME.as_ref().map_err(|error| Error::Bus { what: format!("D-Bus needs a thread that cannot be made: {error}") })
}

/// Whether nobody listens at the address.
fn is_missing(error: &zbus::Error) -> bool {
    use std::io::ErrorKind::{ConnectionRefused, NotFound};
    match error {
        zbus::Error::InputOutput(error) | zbus::Error::Connection(error, _) => {
            matches!(error.kind(), NotFound | ConnectionRefused)
        }
        _ => false,
    }
}

/// Whether an error says that nobody owns the name, and that nobody could be started to own it.
fn is_absent(kind: &str) -> bool {
    kind.starts_with("org.freedesktop.DBus.Error.Spawn.")
        || ["org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner"].contains(&kind)
}
