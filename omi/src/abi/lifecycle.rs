//! `MI_LifecycleIndicationContext`: where a provider tells what happens to its instances.

use super::callback::{Callback, types_changed};
use super::context::{Context, check};
use super::maker::Maker;
use super::write::{HostInstance, c_string};
use crate::dialogue::{Delivery, Support};
use crate::lifecycle::MethodCall;
use crate::{Error, Result, ResultCode, flags};
use omi_sys::*;
use std::ffi::CStr;
use std::ptr::{self, NonNull};

/// The context of a provider that has not been unloaded.
pub(crate) struct LifecycleContext {
    raw: NonNull<MI_LifecycleIndicationContext>,
}

// SAFETY: a host takes lifecycle indications from any thread, as long as the provider is loaded.
unsafe impl Send for LifecycleContext {}
// SAFETY: as above.
unsafe impl Sync for LifecycleContext {}

/// Calls a slot of the table; NOT_SUPPORTED when the host left the slot empty.
macro_rules! call {
    ($context:expr, $slot:ident $(, $argument:expr)*) => {{
        let context = $context.raw.as_ptr();
        // SAFETY: the value exists only while the provider is loaded, so the context and its table are alive.
        match unsafe { (*context).ft.as_ref() }.and_then(|table| table.$slot) {
            // SAFETY: the arguments are valid for the call; out-parameters are initialised by the caller.
            Some(slot) => unsafe { slot(context $(, $argument)*) },
            None => MI_RESULT_NOT_SUPPORTED,
        }
    }};
}

impl LifecycleContext {
    /// `None` when the host has no lifecycle indications. `context` is that of a provider's Load.
    pub(crate) fn of(context: &Context) -> Option<Self> {
        context.lifecycle().map(|raw| Self { raw })
    }

    pub(crate) fn set_supported_types(&self, types: u32) -> Support {
        support(call!(self, SetSupportedTypes, types))
    }

    pub(crate) fn types(&self) -> Option<u32> {
        let mut types = 0;
        (call!(self, GetTypes, &mut types) == MI_RESULT_OK).then_some(types)
    }

    pub(crate) fn register(&self, callback: &Callback) -> Support {
        support(call!(self, RegisterCallback, Some(types_changed), callback.data()))
    }

    pub(crate) fn post_create(&self, instance: *const MI_Instance) -> Result<Delivery> {
        delivery(call!(self, PostCreate, instance))
    }

    pub(crate) fn post_modify(&self, before: *const MI_Instance, after: *const MI_Instance) -> Result<Delivery> {
        delivery(call!(self, PostModify, before, after))
    }

    pub(crate) fn post_delete(&self, instance: *const MI_Instance) -> Result<Delivery> {
        delivery(call!(self, PostDelete, instance))
    }

    pub(crate) fn post_read(&self, instance: *const MI_Instance) -> Result<Delivery> {
        delivery(call!(self, PostRead, instance))
    }

    pub(crate) fn post_method_call(&self, target: *const MI_Instance, call: &MethodCall) -> Result<Delivery> {
        let parameters = call.parameters.as_ref();
        let parameters = parameters.map(|it| HostInstance::dynamic(self, it, flags::METHOD)).transpose()?;
        let parameters = parameters.as_ref().map_or(ptr::null(), |it| it.as_ptr().cast_const());
        let is_before = MI_Boolean::from(call.return_value.is_none());
        let method = c_string(&call.method);
        let return_value = call.return_value.as_deref().map(c_string);
        let return_value = return_value.as_ref().map_or(ptr::null(), |it| it.as_ptr());
        delivery(call!(self, PostMethodCall, target, method.as_ptr(), is_before, parameters, return_value))
    }
}

impl Maker for LifecycleContext {
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
        NonNull::new(instance).ok_or_else(|| Error::failed("the host made no instance, but reported success"))
    }
}

fn support(result: MI_Result) -> Support {
    if result == MI_RESULT_OK { Support::Done } else { Support::Unsupported }
}

/// omiserver answers FAILED when nobody subscribes.
fn delivery(result: MI_Result) -> Result<Delivery> {
    match ResultCode(result.0) {
        ResultCode::OK => Ok(Delivery::Delivered),
        ResultCode::FAILED => Ok(Delivery::Skipped),
        ResultCode::NOT_SUPPORTED => Ok(Delivery::Unsupported),
        _ => check(result, "the host refused the lifecycle indication").map(|()| Delivery::Delivered),
    }
}
