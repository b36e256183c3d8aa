//! The client side: ask any MI server from safe Rust.
//!
//! An [`Application`] opens a [`Session`] to a [`Destination`]; each method of the session starts an [`Operation`], which is
//! an iterator over results, or something for a task to wait for:
//!
//! ```no_run
//! use omi::client::{Application, Destination, OperationOptions, Transport};
//!
//! # fn list(transport: impl Transport + 'static) -> omi::Result<()> {
//! let application = Application::new(transport);
//! let session = application.session(&Destination::local())?;
//! for system in session.enumerate("root/omi", "OMI_Identify", &OperationOptions::default()) {
//!     println!("{:?}", system?.text("SystemName"));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A [`Transport`] carries operations. An application can bring its own; these exist:
//! - WS-Man, by `omi_host::client::WsMan`: needs no library, and listens to providers as PowerShell does.
//! - [`LibMi`], the client library of OMI: reaches omiserver by its Unix socket, without a password.
//! - A host in this process: `omi_host::Host` is a transport, too.
//!
//! A provider asks the host that it runs in by [`Query::local_session`](crate::Query::local_session).
//!
//! While an operation runs, its provider can send messages and progress, report errors that do not end it, ask questions
//! and stream parameters. A [`Listener`](crate::dialogue::Listener) in the options hears and answers:
//!
//! ```
//! use omi::client::OperationOptions;
//! use omi::dialogue::{Listener, Progress};
//! use std::sync::Arc;
//!
//! struct Bar;
//!
//! impl Listener for Bar {
//!     fn progress(&self, progress: &Progress) -> bool {
//!         println!("{}: {:?} %", progress.activity, progress.percent);
//!         true // somebody listened, so the operation's timeout starts anew
//!     }
//! }
//!
//! let options = OperationOptions::default().listener(Arc::new(Bar));
//! # let _ = options;
//! ```

mod channel;
mod destination;
mod libmi;
mod operation;
mod options;
mod parts;
mod session;
mod timer;
mod transport;

pub use channel::{Closed, Outlet};
pub use destination::{Credentials, Destination, Place, Scheme, Secret, Trust};
pub use libmi::LibMi;
pub use operation::{Canceller, Indication, Operation};
pub use options::{CallbackMode, CustomOption, Depth, OperationOptions};
pub use parts::Parts;
pub use session::Session;
pub use transport::{
    AssociationFilter, ClassOperation, Connection, InstanceOperation, Request, SessionListener, Subscription, Transport,
};

use crate::{Error, Result, ResultCode};
use std::fmt;
use std::sync::Arc;

/// The result code of an operation that took too long. mi.h has none, so this is Windows' `ERROR_TIMEOUT`; a provider that
/// posts it means the same.
pub const TIMED_OUT: ResultCode = ResultCode(1460);

/// Whether an error says that an operation took longer than its timeout.
pub fn is_timeout(error: &Error) -> bool {
    error.code() == TIMED_OUT
}

/// Opens sessions over one transport. Cheap to clone.
#[derive(Clone)]
pub struct Application {
    transport: Arc<dyn Transport>,
}

impl Application {
    /// An application over a transport.
    pub fn new(transport: impl Transport + 'static) -> Self {
        Self { transport: Arc::new(transport) }
    }

    /// Opens a session.
    ///
    /// # Errors
    /// What is wrong with the destination, or why it cannot be reached, where the transport connects at once.
    pub fn session(&self, destination: &Destination) -> Result<Session> {
        self.session_with(destination, &())
    }

    /// Opens a session and tells `listener` what happens meanwhile.
    ///
    /// # Errors
    /// As for [`session`](Self::session). The listener hears of the error before.
    pub fn session_with(&self, destination: &Destination, listener: &dyn SessionListener) -> Result<Session> {
        let connection =
            self.transport.connect(destination, listener).inspect_err(|error| listener.write_error(error))?;
        Ok(Session::new(connection, destination))
    }
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Application")
    }
}

#[cfg(test)]
mod tests;
