//! `MI_Session`, with the `MI_Application` that it belongs to.

use super::error::check;
use crate::abi::context::Context;
use crate::abi::maker::Maker;
use crate::{Error, Result};
use omi_sys::*;
use std::ffi::{CStr, c_void};
use std::ptr::{self, NonNull};

/// A session. Handles are copied for each call: functions take them by pointers that may be written through.
pub(super) struct HostSession {
    session: MI_Session,
    application: MI_Application,
    /// Whether it is closed when this value goes. A local session belongs to the host and must not be (mi.h).
    is_ours: bool,
}

// SAFETY: the handles are constant and belong to no thread, and MI lets their functions be called on any.
unsafe impl Send for HostSession {}
// SAFETY: as above.
unsafe impl Sync for HostSession {}

impl HostSession {
    /// The local session of the host that asks for something by `context`.
    pub(super) fn local(context: &Context) -> Result<Self> {
        let session = context.local_session()?;
        // SAFETY: the host made it, and lets providers use it.
        unsafe { Self::of(session, false) }
    }

    /// # Safety
    /// `session` is open. `is_ours` says whether it may be closed.
    pub(super) unsafe fn of(session: MI_Session, is_ours: bool) -> Result<Self> {
        let mut this = Self { session, application: MI_APPLICATION_NULL, is_ours };
        let get = this.table()?.GetApplication.ok_or_else(|| lacking("applications of sessions"))?;
        let (mut session, mut application) = (this.handle(), MI_APPLICATION_NULL);
        // SAFETY: the function belongs to the session; the out-parameter is initialised.
        check(unsafe { get(&mut session, &mut application) }, "the session has no application")?;
        this.application = application;
        Ok(this)
    }

    pub(super) fn handle(&self) -> MI_Session {
        let MI_Session { reserved1, reserved2, ft } = self.session;
        MI_Session { reserved1, reserved2, ft }
    }

    /// Whether this is a session of OMI. Its EnumerateClasses refuses, but leaves an operation that leads through a NULL
    /// pointer when it is acknowledged or cancelled. A handle of OMI has a pointer where those of omi-host have nothing.
    pub(super) fn is_omi(&self) -> bool {
        self.session.reserved2 != 0
    }

    pub(super) fn table(&self) -> Result<&MI_SessionFT> {
        // SAFETY: the table of an open session is NULL or constant.
        unsafe { self.session.ft.as_ref() }.ok_or_else(|| Error::failed("the session has no functions"))
    }

    pub(super) fn application(&self) -> MI_Application {
        let MI_Application { reserved1, reserved2, ft } = self.application;
        MI_Application { reserved1, reserved2, ft }
    }
}

impl Maker for HostSession {
    fn construct_instance(&self, _class: *const MI_ClassDecl, _memory: *mut MI_Instance) -> Result<()> {
        Err(lacking("instances in a caller's memory"))
    }

    fn construct_parameters(&self, _method: *const MI_MethodDecl, _memory: *mut MI_Instance) -> Result<()> {
        Err(lacking("parameters in a caller's memory"))
    }

    /// All are instances of a class: an application knows no other ones.
    fn new_dynamic_instance(&self, class_name: &CStr, _flags: u32) -> Result<NonNull<MI_Instance>> {
        let mut application = self.application();
        // SAFETY: the table of an application is NULL or constant.
        let new = unsafe { application.ft.as_ref() }.and_then(|table| table.NewInstance);
        let new = new.ok_or_else(|| lacking("new instances"))?;
        let mut instance = ptr::null_mut();
        // SAFETY: the function belongs to the application; the out-parameter is initialised. Without a declaration the
        // instance is dynamic.
        let result = unsafe { new(&mut application, class_name.as_ptr(), ptr::null(), &mut instance) };
        check(result, "no instance was made")?;
        NonNull::new(instance).ok_or_else(|| Error::failed("no instance was made, but success was reported"))
    }
}

impl Drop for HostSession {
    fn drop(&mut self) {
        let Ok(table) = self.table() else { return };
        if self.is_ours
            && let Some(close) = table.Close
        {
            // SAFETY: nothing uses the session after this. With a callback the call does not wait for operations that
            // were cancelled, which may take as long as their server likes.
            let result = unsafe { close(&mut self.handle(), ptr::null_mut(), Some(closed)) };
            if result != MI_RESULT_OK {
                log::warn!("a session cannot be closed: MI result {}", result.0);
            }
        }
    }
}

unsafe extern "C" fn closed(_context: *mut c_void) {}

/// An error about a function that the other side does not have.
pub(super) fn lacking(what: &str) -> Error {
    Error::not_supported(format!("the MI implementation on the other side has no {what}"))
}
