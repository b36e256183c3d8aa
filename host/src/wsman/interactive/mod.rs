//! What a provider says while its operation runs, over WS-Man: messages, progress, errors, questions, streamed parameters
//! (MS-WSMV, "CIM operations with PowerShell semantics").
//!
//! How it goes on the wire, for both sides:
//!
//! - A client says in the option `__MI_CallbackRegistration` what it wants to be told (section 2.2.10), and sends the header
//!   `OperationID`. A client without that header knows nothing of responses with several messages (section 4.11.1).
//! - The server answers with `Transfer-Encoding: chunked`, each chunk one whole SOAP envelope (section 3.2.4.2.1). All of them
//!   carry the action of the ordinary answer, `RelatesTo`, `OperationID`, and a `SequenceId` that counts from 1. As long as the
//!   first element of the body is `i:InteractiveEvent` ([`Event`]), more follows; the first other body, a fault included, is the
//!   answer itself (section 3.2.7). An operation of which nothing is said is answered as ever, with one plain response.
//! - A chunk may reach the reader in pieces; [`Splitter`] puts the envelopes together again.
//! - A question (`Confirm`), or an error that asks whether to go on (`ErrorAction` with `Inquire`), is answered on a second
//!   connection by a request with the action `/InteractiveResponse`, the `OperationID` of the first request and the body
//!   `i:InteractiveResponse` ([`Response`]). The server's reply to that has no body (sections 2.2.2.5, 3.2.7.6, 4.11.1).
//! - `Cancel` and `End` for the resource `FullDuplex` name an operation by its `OperationID` as well (section 3.2.4.2.1).

mod conversations;
mod dialogue;
mod event;
mod exchange;
mod response;
mod splitter;
mod wishes;

pub(super) use conversations::Conversations;
pub use dialogue::Line;
pub(super) use dialogue::{Dialogue, headers};
pub use event::Event;
pub use exchange::{Exchange, Sent};
pub use response::{ACTION, Decision, Response};
pub use splitter::Splitter;
pub use wishes::{Treatment, Wishes};

/// The XML namespace of events and responses (MS-WSMV section 2.2.4.47).
pub const NAMESPACE: &str = "http://schemas.microsoft.com/wbem/wsman/1/cim/interactive.xsd";

/// Bits of the option `__MI_CallbackRegistration`: what the client wants to be told (MS-WSMV section 2.2.10).
pub mod callbacks {
    /// Messages.
    pub const MESSAGES: u32 = 0x01;
    /// Errors that do not end the operation.
    pub const ERRORS: u32 = 0x02;
    /// Parts of streamed parameters.
    pub const STREAMS: u32 = 0x04;
    /// Progress.
    pub const PROGRESS: u32 = 0x08;
    /// Questions.
    pub const QUESTIONS: u32 = 0x10;
}

/// Whether the bytes of a message look like those of a response. Such a message must not wait for the operations that wait for
/// it; whether it is one, the service finds out.
pub(crate) fn may_be_response(bytes: &[u8]) -> bool {
    /// Responses are small, and only little is let through unseen.
    const LARGEST: usize = 64 << 10;
    bytes.len() <= LARGEST && bytes.windows(ACTION.len()).any(|it| it == ACTION.as_bytes())
}
