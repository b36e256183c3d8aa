//! `MI_Context`: the host's side of one operation.

use super::{read, write};
use crate::{Error, Instance, Property, Result, ResultCode};
use omi_sys::*;
use std::ffi::{CStr, CString, c_char};
use std::ptr::{self, NonNull};

/// A context whose final post has not happened yet.
pub(crate) struct Context {
    raw: NonNull<MI_Context>,
}

// SAFETY: MI hosts accept every context call from any thread (omi-server facts: posts are serialised by the host), and
// the context stays valid until the final post, which consumes this value.
unsafe impl Send for Context {}
// SAFETY: as above; the host serialises concurrent calls.
unsafe impl Sync for Context {}

/// Calls a slot of the context's table; NOT_SUPPORTED when the host left the slot empty.
macro_rules! call {
    ($context:expr, $slot:ident $(, $argument:expr)*) => {{
        let context = $context.raw.as_ptr();
        // SAFETY: `Context` exists only before the final post, so the context and its table are alive.
        match unsafe { (*context).ft.as_ref() }.and_then(|table| table.$slot) {
            // SAFETY: the arguments are valid for the call; out-parameters are initialised by the caller.
            Some(slot) => unsafe { slot(context $(, $argument)*) },
            None => MI_RESULT_NOT_SUPPORTED,
        }
    }};
}

impl Context {
    /// Takes over the duty to end the operation of `raw`. `None` for NULL.
    ///
    /// # Safety
    /// `raw` is NULL or a context that the host has just handed to an entry point, and nothing else ends it.
    pub(crate) unsafe fn from_raw(raw: *mut MI_Context) -> Option<Self> {
        NonNull::new(raw).map(|raw| Self { raw })
    }

    pub(crate) fn post_instance(&self, instance: *const MI_Instance) -> Result<()> {
        check(call!(self, PostInstance, instance), "the host refused the posted instance")
    }

    /// Initialises the caller's memory of `class.size` bytes as an instance of the class.
    pub(crate) fn construct_instance(&self, class: *const MI_ClassDecl, memory: *mut MI_Instance) -> Result<()> {
        check(call!(self, ConstructInstance, class, memory), "the host did not construct an instance")
    }

    /// Initialises the caller's memory of `method.size` bytes as the parameters of the method.
    pub(crate) fn construct_parameters(&self, method: *const MI_MethodDecl, memory: *mut MI_Instance) -> Result<()> {
        check(call!(self, ConstructParameters, method, memory), "the host did not construct method parameters")
    }

    pub(crate) fn new_dynamic_instance(&self, class_name: &CStr) -> Result<NonNull<MI_Instance>> {
        let mut instance = ptr::null_mut();
        let result = call!(self, NewDynamicInstance, class_name.as_ptr(), MI_FLAG_CLASS, &mut instance);
        check(result, "the host did not make a dynamic instance")?;
        NonNull::new(instance).ok_or_else(|| Error::failed("the host made no instance, but reported success"))
    }

    /// Whether the client has gone, cancelled, or run out of time. Always false under omiserver.
    pub(crate) fn canceled(&self) -> bool {
        let mut flag: MI_Boolean = MI_FALSE;
        let result = call!(self, Canceled, &mut flag);
        result == MI_RESULT_OK && flag != MI_FALSE
    }

    /// The locale of the given kind, if the host knows it.
    pub(crate) fn locale(&self, kind: MI_LocaleType) -> Option<String> {
        let mut buffer: [c_char; MI_MAX_LOCALE_SIZE] = [0; MI_MAX_LOCALE_SIZE];
        if call!(self, GetLocale, kind, buffer.as_mut_ptr()) != MI_RESULT_OK {
            return None;
        }
        *buffer.last_mut()? = 0;
        // SAFETY: the buffer ends with the NUL that was just written, and nothing else writes it.
        unsafe { read::text(buffer.as_ptr()) }.filter(|text| !text.is_empty())
    }

    /// The number of options that came with the request.
    pub(crate) fn option_count(&self) -> u32 {
        let mut count = 0;
        let result = call!(self, GetCustomOptionCount, &mut count);
        if result == MI_RESULT_OK { count } else { 0 }
    }

    /// The option at a place below [`option_count`](Self::option_count).
    pub(crate) fn option_at(&self, index: u32) -> Option<Property> {
        let mut name: *const c_char = ptr::null();
        let mut kind = MI_STRING;
        let mut value = read::no_value();
        if call!(self, GetCustomOptionAt, index, &mut name, &mut kind, &mut value) != MI_RESULT_OK {
            return None;
        }
        // SAFETY: the host reported success, so name and value are set and borrowed from the request.
        unsafe { read::property(name, kind, &value, 0) }
    }

    /// The named option; `None` when it is absent.
    pub(crate) fn option(&self, name: &str) -> Option<Property> {
        let name = CString::new(name).ok()?;
        let mut kind = MI_STRING;
        let mut value = read::no_value();
        if call!(self, GetCustomOption, name.as_ptr(), &mut kind, &mut value) != MI_RESULT_OK {
            return None;
        }
        // SAFETY: the host reported success, so kind and value are set and borrowed from the request.
        unsafe { read::property(name.as_ptr(), kind, &value, 0) }
    }

    /// The final post: ends the operation and, with it, the context.
    pub(crate) fn finish(self, outcome: Result<()>) {
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
        let message = write::c_string(error.message());
        call!(self, PostError, error.code().0, MI_RESULT_TYPE_MI.as_ptr(), message.as_ptr())
    }

    /// The details as a CIM_Error in host memory, with the two elements that a host requires.
    fn cim_error(&self, error: &Error, details: &Instance) -> Result<write::HostInstance> {
        let mut details = details.clone();
        if details.get("CIMStatusCode").is_none() {
            details.set("CIMStatusCode", error.code().0);
        }
        if details.get("Message").is_none() {
            details.set("Message", error.message());
        }
        write::HostInstance::dynamic(self, &details)
    }
}

impl Drop for Context {
    /// A request that was dropped without an answer would leave the client waiting for ever.
    fn drop(&mut self) {
        let message = c"the provider ended without a result";
        let _ = call!(self, PostError, MI_RESULT_FAILED.0, MI_RESULT_TYPE_MI.as_ptr(), message.as_ptr());
    }
}

fn check(result: MI_Result, what: &str) -> Result<()> {
    match ResultCode(result.0) {
        ResultCode::OK => Ok(()),
        code => Err(Error::new(code, format!("{what}: {}", code.description()))),
    }
}
