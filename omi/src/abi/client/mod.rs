//! The client's side of the ABI, `MI_Application`, `MI_Session` and `MI_Operation`: of OMI's libmi, or of the host that a
//! provider runs in.
//!
//! | file | what |
//! |---|---|
//! | `library` | libmi, found at run time |
//! | `opening` | who hears what is said while a session is opened |
//! | `session` | a session with its application, which makes instances |
//! | `destination`, `options` | what a client says about a session and about an operation |
//! | `start` | from a request to a call of `MI_SessionFT` |
//! | `callbacks` | what comes back, on the threads of the other side |
//! | `running` | an operation's own thread, which hands that on |
//! | `class`, `error` | classes and errors of the other side |
//!
//! The other side calls back on a thread that serves all its operations, so nothing may wait there, and nothing that would
//! wait for it may be called there. Hence the thread of each operation: callbacks only leave word for it. It posts results,
//! lets the listener answer, and cancels and closes the operation.

mod callbacks;
mod class;
mod connection;
mod destination;
mod error;
mod library;
mod opening;
mod options;
mod running;
mod session;
mod start;

pub(crate) use connection::HostConnection;
pub(crate) use library::Library;
