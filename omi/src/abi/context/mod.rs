//! `MI_Context`: the host's side of one operation.

use super::maker::Maker;
use super::relay::Relay;
use super::write::{HostInstance, c_string};
use crate::dialogue::Support;
use crate::{Error, Instance, Result, ResultCode, flags};
use omi_sys::*;
use std::ffi::{CStr, c_void};
use std::ptr::{self, NonNull};
use std::sync::Arc;

/// A context whose final post has not happened yet.
pub(crate) struct Context {
    raw: RawContext,
    /// Who posts, where this is not left to whoever has something to post.
    relay: Option<Arc<Relay>>,
}

/// A context without the duty to end it.
#[derive(Clone, Copy)]
pub(crate) struct RawContext(NonNull<MI_Context>);

// SAFETY: MI hosts accept every context call from any thread (omi-server facts: posts are serialised by the host), and
// the context stays valid until the final post, which consumes the `Context`.
unsafe impl Send for RawContext {}
// SAFETY: as above; the host serialises concurrent calls.
unsafe impl Sync for RawContext {}

/// Calls a slot of the context's table; NOT_SUPPORTED when the host left the slot empty.
macro_rules! call {
    ($context:expr, $slot:ident $(, $argument:expr)*) => {{
        let context = $context.as_ptr();
        // SAFETY: `Context` exists only before the final post, so the context and its table are alive.
        match unsafe { (*context).ft.as_ref() }.and_then(|table| table.$slot) {
            // SAFETY: the arguments are valid for the call; out-parameters are initialised by the caller.
            Some(slot) => unsafe { slot(context $(, $argument)*) },
            None => MI_RESULT_NOT_SUPPORTED,
        }
    }};
}

mod options;
mod speech;

impl Context {
    /// Takes over the duty to end the operation of `raw`. `None` for NULL.
    ///
    /// # Safety
    /// `raw` is NULL or a context that the host has just handed to an entry point, and nothing else ends it.
    pub(crate) unsafe fn from_raw(raw: *mut MI_Context) -> Option<Self> {
        NonNull::new(raw).map(|raw| Self { raw: RawContext(raw), relay: None })
    }

    pub(crate) fn raw(&self) -> RawContext {
        self.raw
    }

    fn as_ptr(&self) -> *mut MI_Context {
        self.raw.as_ptr()
    }

    pub(crate) fn relay(&self) -> Option<&Relay> {
        self.relay.as_deref()
    }

    /// Leaves the posts to `relay`.
    pub(crate) fn set_relay(&mut self, relay: Arc<Relay>) {
        self.relay = Some(relay);
    }

    /// Whether the host is omiserver, which is known by what it lacks.
    pub(crate) fn is_omiserver(&self) -> bool {
        self.locale_support() == Support::Unsupported
    }

    /// How many bytes the values of a posted instance may have. omiserver closes the connection with its agent when a
    /// message has more than 256000, and the agent then ends with all its providers.
    pub(crate) fn instance_limit(&self) -> Option<usize> {
        const OMISERVER: usize = 240 << 10;
        self.is_omiserver().then_some(OMISERVER)
    }

    /// # Errors
    /// When an instance with values of `size` bytes is too much for the host.
    pub(crate) fn check_size(&self, class: &str, size: usize) -> Result<()> {
        // Most instances are small, and need no question.
        match if size > 1 << 16 { self.instance_limit() } else { None } {
            Some(limit) if size > limit => Err(Error::new(
                ResultCode::SERVER_LIMITS_EXCEEDED,
                format!(
                    "an instance of {class} has {size} bytes, and this server carries {limit} at most: ask for less"
                ),
            )),
            _ => Ok(()),
        }
    }

    /// Sends an indication to its subscribers.
    pub(crate) fn post_indication(&self, indication: *const MI_Instance, bookmark: Option<&CStr>) -> Result<()> {
        let bookmark = bookmark.map_or(ptr::null(), CStr::as_ptr);
        check(call!(self, PostIndication, indication, 0, bookmark), "the host refused the indication")
    }

    /// Whether this is the context that the host means by `raw`.
    pub(crate) fn is(&self, raw: *const MI_Context) -> bool {
        ptr::eq(self.as_ptr(), raw)
    }

    /// Whether the client has gone, cancelled, or run out of time. Always false under omiserver.
    pub(crate) fn canceled(&self) -> bool {
        let mut flag: MI_Boolean = MI_FALSE;
        let result = call!(self, Canceled, &mut flag);
        result == MI_RESULT_OK && flag != MI_FALSE
    }

    /// Has the host call `callback` with `data` when the operation is cancelled.
    pub(crate) fn register_cancel(&self, callback: MI_CancelCallback, data: *mut c_void) -> Support {
        support(call!(self, RegisterCancel, callback, data))
    }

    /// Keeps the provider loaded while it is idle.
    pub(crate) fn refuse_unload(&self) -> Support {
        support(call!(self, RefuseUnload))
    }

    /// Lets the host unload the provider when it is idle.
    pub(crate) fn request_unload(&self) -> Support {
        support(call!(self, RequestUnload))
    }

    /// The host's context for lifecycle indications. Only for the context of a provider's Load: omiserver crashes when
    /// a context without a provider is asked.
    pub(crate) fn lifecycle(&self) -> Option<NonNull<MI_LifecycleIndicationContext>> {
        let mut lifecycle = ptr::null_mut();
        let result = call!(self, GetLifecycleIndicationContext, &mut lifecycle);
        if result == MI_RESULT_OK { NonNull::new(lifecycle) } else { None }
    }

    /// An instance of a declared class on the host's heap, without values.
    pub(crate) fn new_instance(&self, class: *const MI_ClassDecl) -> Result<NonNull<MI_Instance>> {
        let mut instance = ptr::null_mut();
        check(call!(self, NewInstance, class, &mut instance), "the host did not make an instance")?;
        made(instance)
    }

    /// Parameters of a declared method on the host's heap, without values.
    pub(crate) fn new_parameters(&self, method: *const MI_MethodDecl) -> Result<NonNull<MI_Instance>> {
        let mut instance = ptr::null_mut();
        check(call!(self, NewParameters, method, &mut instance), "the host did not make method parameters")?;
        made(instance)
    }

    /// The host's own session with itself.
    pub(crate) fn local_session(&self) -> Result<MI_Session> {
        let mut session = MI_SESSION_NULL;
        check(call!(self, GetLocalSession, &mut session), "the host has no local session")?;
        Ok(session)
    }

    /// The final post, by whom the posts are left to.
    pub(crate) fn finish(mut self, outcome: Result<()>) {
        let own = match self.relay.take() {
            Some(relay) => relay.end(self, outcome),
            None => Some((self, outcome)),
        };
        if let Some((context, outcome)) = own {
            context.finish_here(outcome);
        }
    }

    /// The final post: ends the operation and, with it, the context.
    pub(super) fn finish_here(self, outcome: Result<()>) {
        let context = std::mem::ManuallyDrop::new(self);
        let result = match outcome {
            Ok(()) => call!(context, PostResult, MI_RESULT_OK),
            Err(error) => context.post_error(&error),
        };
        if result != MI_RESULT_OK {
            log::warn!("the host answered the final post with {}", ResultCode(result.0));
        }
    }

    fn post_error(&self, error: &Error) -> MI_Result {
        // A final post consumes the context whatever it returns, so the next form is tried only when the one before
        // was not called at all.
        if let Some(details) = error.details()
            && let Ok(instance) = self.cim_error(error, details)
        {
            return call!(self, PostCimError, instance.as_ptr());
        }
        let message = c_string(error.message());
        call!(self, PostError, error.code().0, MI_RESULT_TYPE_MI.as_ptr(), message.as_ptr())
    }

    /// The details as a CIM_Error in host memory, with the two elements that a host requires.
    fn cim_error(&self, error: &Error, details: &Instance) -> Result<HostInstance> {
        let mut details = details.clone();
        if details.get("CIMStatusCode").is_none() {
            details.set("CIMStatusCode", error.code().0);
        }
        if details.get("Message").is_none() {
            details.set("Message", error.message());
        }
        HostInstance::dynamic(self, &details, flags::CLASS)
    }
}

impl RawContext {
    fn as_ptr(self) -> *mut MI_Context {
        self.0.as_ptr()
    }

    /// Only before the final post.
    pub(super) fn post_instance(self, instance: *const MI_Instance) -> Result<()> {
        check(call!(self, PostInstance, instance), "the host refused the posted instance")
    }
}

impl Maker for Context {
    fn construct_instance(&self, class: *const MI_ClassDecl, memory: *mut MI_Instance) -> Result<()> {
        check(call!(self, ConstructInstance, class, memory), "the host did not construct an instance")
    }

    fn construct_parameters(&self, method: *const MI_MethodDecl, memory: *mut MI_Instance) -> Result<()> {
        check(call!(self, ConstructParameters, method, memory), "the host did not construct method parameters")
    }

    fn new_dynamic_instance(&self, class_name: &CStr, flags: u32) -> Result<NonNull<MI_Instance>> {
        let mut instance = ptr::null_mut();
        let result = call!(self, NewDynamicInstance, class_name.as_ptr(), flags, &mut instance);
        check(result, "the host did not make a dynamic instance")?;
        made(instance)
    }
}

impl Drop for Context {
    /// A request that was dropped without an answer would leave the client waiting for ever.
    fn drop(&mut self) {
        let message = c"the provider ended without a result";
        let _ = call!(self, PostError, MI_RESULT_FAILED.0, MI_RESULT_TYPE_MI.as_ptr(), message.as_ptr());
    }
}

fn made(instance: *mut MI_Instance) -> Result<NonNull<MI_Instance>> {
    NonNull::new(instance).ok_or_else(|| Error::failed("the host made no instance, but reported success"))
}

pub(super) fn check(result: MI_Result, what: &str) -> Result<()> {
    match ResultCode(result.0) {
        ResultCode::OK => Ok(()),
        code => Err(Error::new(code, format!("{what}: {}", code.description()))),
    }
}

/// A call that a host may lack or refuse, without harm to the operation.
fn support(result: MI_Result) -> Support {
    if result == MI_RESULT_OK { Support::Done } else { Support::Unsupported }
}
