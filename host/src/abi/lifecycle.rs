//! The function table of lifecycle contexts, `MI_LifecycleIndicationContextFT`, by which providers say what happens to
//! their instances.
//!
//! A provider may keep its context for good and post from any thread, so a context is never freed; there is one for each
//! provider that asks.

use super::declaration::Declarations;
use super::exchange::refused;
use super::memory::{Outcome, bytes, guard, put, required, string};
use super::{dynamic, instance, read};
use crate::engine::lifecycle::{Event, Lifecycle};
use omi::{Instance, ResultCode};
use omi_sys::*;
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;

static LIFECYCLE_FT: MI_LifecycleIndicationContextFT = MI_LifecycleIndicationContextFT {
    PostCreate: Some(post_create),
    PostModify: Some(post_modify),
    PostDelete: Some(post_delete),
    PostRead: Some(post_read),
    PostMethodCall: Some(post_method_call),
    PostResult: Some(post_result),
    ConstructInstance: Some(construct_instance),
    ConstructParameters: Some(construct_parameters),
    NewInstance: Some(new_instance),
    NewDynamicInstance: Some(new_dynamic_instance),
    NewParameters: Some(new_parameters),
    SetSupportedTypes: Some(set_supported_types),
    GetTypes: Some(get_types),
    RegisterCallback: Some(register_callback),
};

/// A lifecycle context: the header that providers see, and behind it the subscriptions.
#[repr(C)]
pub(super) struct LifecycleContext {
    head: MI_LifecycleIndicationContext,
    lifecycle: Arc<Lifecycle>,
    declarations: Arc<Declarations>,
}

// SAFETY: the header is constant, and the rest may be used by any thread.
unsafe impl Send for LifecycleContext {}
// SAFETY: as above.
unsafe impl Sync for LifecycleContext {}

impl LifecycleContext {
    /// A context that stays for good.
    pub(super) fn forever(lifecycle: Arc<Lifecycle>, declarations: Arc<Declarations>) -> &'static Self {
        let head = MI_LifecycleIndicationContext { ft: &raw const LIFECYCLE_FT, reserved: [0; 3] };
        Box::leak(Box::new(Self { head, lifecycle, declarations }))
    }

    /// What providers are given.
    pub(super) fn as_ptr(&'static self) -> *mut MI_LifecycleIndicationContext {
        ptr::from_ref(self).cast_mut().cast()
    }

    /// # Safety
    /// `instance` is NULL or valid.
    unsafe fn read(&self, instance: *const MI_Instance) -> Outcome<Instance> {
        // SAFETY: passed on.
        unsafe { read::instance(instance, &self.declarations) }
    }

    fn post(&self, event: Event) -> Outcome {
        self.lifecycle.post(event).map_err(refused)
    }
}

// Every function of the table is called by a provider. As C has it, pointers are NULL or valid for their purpose, and a
// context with this table is a `LifecycleContext`; that is all that the SAFETY lines rest on.

unsafe fn lifecycle<'a>(context: *mut MI_LifecycleIndicationContext) -> Outcome<&'a LifecycleContext> {
    // SAFETY: as said above; contexts are never freed.
    unsafe { context.cast::<LifecycleContext>().as_ref() }.ok_or(MI_RESULT_INVALID_PARAMETER)
}

unsafe extern "C" fn post_create(
    context: *mut MI_LifecycleIndicationContext,
    instance: *const MI_Instance,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let context = lifecycle(context)?;
        context.post(Event::Creation(context.read(instance)?))
    })
}

unsafe extern "C" fn post_modify(
    context: *mut MI_LifecycleIndicationContext,
    original: *const MI_Instance,
    instance: *const MI_Instance,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let context = lifecycle(context)?;
        let previous = context.read(original)?;
        context.post(Event::Modification { previous, instance: context.read(instance)? })
    })
}

unsafe extern "C" fn post_delete(
    context: *mut MI_LifecycleIndicationContext,
    instance: *const MI_Instance,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let context = lifecycle(context)?;
        context.post(Event::Deletion(context.read(instance)?))
    })
}

unsafe extern "C" fn post_read(context: *mut MI_LifecycleIndicationContext, instance: *const MI_Instance) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let context = lifecycle(context)?;
        context.post(Event::Read(context.read(instance)?))
    })
}

unsafe extern "C" fn post_method_call(
    context: *mut MI_LifecycleIndicationContext,
    instance: *const MI_Instance,
    method: *const MI_Char,
    before: MI_Boolean,
    parameters: *const MI_Instance,
    returned: *const MI_Char,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let context = lifecycle(context)?;
        let parameters = if parameters.is_null() { None } else { Some(context.read(parameters)?) };
        context.post(Event::MethodCall {
            instance: context.read(instance)?,
            method: required(method)?,
            before: before != MI_FALSE,
            parameters,
            returned: string(returned),
        })
    })
}

/// Ends the subscriptions to the provider's instances.
unsafe extern "C" fn post_result(context: *mut MI_LifecycleIndicationContext, result: MI_Result) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        lifecycle(context)?.lifecycle.end(ResultCode(result.0));
        Ok(())
    })
}

unsafe extern "C" fn construct_instance(
    context: *mut MI_LifecycleIndicationContext,
    class_decl: *const MI_ClassDecl,
    out: *mut MI_Instance,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        lifecycle(context)?;
        instance::construct(class_decl, out)
    })
}

unsafe extern "C" fn construct_parameters(
    context: *mut MI_LifecycleIndicationContext,
    method_decl: *const MI_MethodDecl,
    out: *mut MI_Instance,
) -> MI_Result {
    // SAFETY: a method declaration begins like a class declaration, and an instance needs no more of it.
    unsafe { construct_instance(context, method_decl.cast(), out) }
}

unsafe extern "C" fn new_instance(
    context: *mut MI_LifecycleIndicationContext,
    class_decl: *const MI_ClassDecl,
    out: *mut *mut MI_Instance,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(out, ptr::null_mut())?;
        lifecycle(context)?;
        put(out, instance::new(class_decl)?)
    })
}

unsafe extern "C" fn new_dynamic_instance(
    context: *mut MI_LifecycleIndicationContext,
    class_name: *const MI_Char,
    flags: MI_Uint32,
    out: *mut *mut MI_Instance,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(out, ptr::null_mut())?;
        lifecycle(context)?;
        put(out, dynamic::new(bytes(class_name).ok_or(MI_RESULT_INVALID_PARAMETER)?, flags)?)
    })
}

unsafe extern "C" fn new_parameters(
    context: *mut MI_LifecycleIndicationContext,
    method_decl: *const MI_MethodDecl,
    out: *mut *mut MI_Instance,
) -> MI_Result {
    // SAFETY: as in `construct_parameters`.
    unsafe { new_instance(context, method_decl.cast(), out) }
}

unsafe extern "C" fn set_supported_types(context: *mut MI_LifecycleIndicationContext, types: MI_Uint32) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        lifecycle(context)?.lifecycle.set_supported(types);
        Ok(())
    })
}

unsafe extern "C" fn get_types(context: *mut MI_LifecycleIndicationContext, types: *mut MI_Uint32) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(types, 0)?;
        put(types, lifecycle(context)?.lifecycle.types())
    })
}

/// A callback of a provider with its data.
struct Callback(unsafe extern "C" fn(MI_Uint32, *mut c_void), *mut c_void);

// SAFETY: the provider says where its callback may be called by registering it: anywhere.
unsafe impl Send for Callback {}
// SAFETY: as above.
unsafe impl Sync for Callback {}

impl Callback {
    fn call(&self, types: u32) {
        // SAFETY: the data is what the provider registered for this function.
        unsafe { (self.0)(types, self.1) };
    }
}

unsafe extern "C" fn register_callback(
    context: *mut MI_LifecycleIndicationContext,
    callback: MI_LifecycleIndicationCallback,
    data: *mut c_void,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let callback = Callback(callback.ok_or(MI_RESULT_INVALID_PARAMETER)?, data);
        lifecycle(context)?.lifecycle.on_change(Arc::new(move |types| callback.call(types)));
        Ok(())
    })
}
