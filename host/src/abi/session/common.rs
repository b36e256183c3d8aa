//! What all functions that start an operation have in common: their arguments, and how the task of one begins.

use super::callbacks::{Callbacks, Speaker, Yields};
use super::operation::{Start, refuse};
use super::options::{Chosen, Wishes};
use super::task::Task;
use super::{SESSIONS, Session};
use crate::abi::memory::{Outcome, guard, put, string};
use crate::operation::Operation;
use omi::wql::Select;
use omi::{Error, Name, Result, ResultCode};
use omi_sys::*;
use std::sync::Arc;

/// # Safety
/// `session` is NULL or valid.
pub(super) unsafe fn session(session: *const MI_Session) -> Outcome<Arc<Session>> {
    // SAFETY: NULL or valid.
    SESSIONS.get(unsafe { session.as_ref() }.ok_or(MI_RESULT_INVALID_PARAMETER)?.reserved1)
}

/// The arguments that all operations have.
pub(super) struct Common {
    pub(super) session: *mut MI_Session,
    pub(super) flags: MI_Uint32,
    pub(super) options: *mut MI_OperationOptions,
    pub(super) namespace: *const MI_Char,
    pub(super) callbacks: *mut MI_OperationCallbacks,
    pub(super) operation: *mut MI_Operation,
}

impl Common {
    /// Starts what `operation` describes, in the namespace.
    pub(super) unsafe fn request(&self, yields: Yields, operation: impl FnOnce(&Session) -> Result<Operation>) {
        // SAFETY: NULL or valid.
        unsafe {
            self.start(yields, |session, options, listener| {
                let mut request = session.request(self.namespace()?, operation(session)?, listener.clone());
                options.apply(&mut request);
                listener.end_at(request.deadline);
                Ok(Task::Request(Box::new(request)))
            });
        }
    }

    /// Starts a task. Without a session, or a place for the handle, the callback of the results learns of it.
    pub(super) unsafe fn start(
        &self,
        yields: Yields,
        task: impl FnOnce(&Session, &Chosen, Arc<Speaker>) -> Result<Task>,
    ) {
        // SAFETY: NULL or valid.
        let callbacks = unsafe { Callbacks::copy(self.callbacks) };
        // SAFETY: NULL or valid.
        let started = guard(|| unsafe {
            put(self.operation, MI_OPERATION_NULL)?;
            let session = session(self.session)?;
            let options = Chosen::of(self.options.as_ref().map(|options| options.reserved1));
            let wishes = options.as_ref().map_or_else(|_| Wishes::default(), Chosen::wishes);
            let start = Start { session: session.clone(), yields, flags: self.flags, callbacks, wishes };
            start.run(|speaker| task(&session, &options?, speaker), self.operation)
        });
        if started != MI_RESULT_OK {
            refuse(callbacks, yields, started);
        }
    }

    pub(super) fn namespace(&self) -> Result<Name> {
        // SAFETY: NULL or a C string.
        unsafe { text(self.namespace, "the namespace") }.map(Name::from)
    }
}

/// A text that must be there.
///
/// # Safety
/// `text` is NULL or a C string.
pub(super) unsafe fn text(text: *const MI_Char, what: &str) -> Result<String> {
    // SAFETY: passed on.
    unsafe { string(text) }.ok_or_else(|| Error::invalid_parameter(format!("{what} is NULL")))
}

/// A text where NULL and nothing mean the same.
///
/// # Safety
/// `text` is NULL or a C string.
pub(super) unsafe fn optional(text: *const MI_Char) -> Option<String> {
    // SAFETY: passed on.
    unsafe { string(text) }.filter(|text| !text.is_empty())
}

/// # Safety
/// The texts are NULL or C strings.
pub(super) unsafe fn query(dialect: *const MI_Char, expression: *const MI_Char) -> Result<Select> {
    // SAFETY: passed on.
    let (dialect, expression) = unsafe { (text(dialect, "the query dialect")?, text(expression, "the query")?) };
    let is_wql = dialect.eq_ignore_ascii_case("WQL") || dialect == "http://schemas.microsoft.com/wbem/wsman/1/WQL";
    if !is_wql {
        let text = format!("the query dialect {dialect:?} is not known; use WQL");
        return Err(Error::new(ResultCode(MI_RESULT_QUERY_LANGUAGE_NOT_SUPPORTED.0), text));
    }
    Select::parse(&expression)
}
