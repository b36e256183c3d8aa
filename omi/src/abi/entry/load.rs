//! Load and Unload, which post before they return.

use super::{Served, State, shield};
use crate::abi::context::Context;
use crate::abi::module::Loaded;
use crate::decl::ClassSpec;
use crate::provider::{Load, Unload};
use crate::worker::Lane;
use crate::{Error, LoadContext, Result, panic};
use omi_sys::*;
use std::any::Any;
use std::ffi::c_void;
use std::ptr;
use std::sync::{Arc, Mutex};

/// # Safety
/// Called by an MI host as `MI_ProviderFT.Load`.
pub(crate) unsafe extern "C" fn load<P: Load + Send + Sync + 'static, S: Served>(
    state: *mut *mut c_void,
    module: *mut MI_Module_Self,
    context: *mut MI_Context,
) {
    // SAFETY: by the caller's promise.
    unsafe { load_with(state, module, context, S::CLASS, |context| Ok(Box::new(P::load(context)?))) }
}

/// # Safety
/// Called by an MI host as `MI_ProviderFT.Load`.
pub(crate) unsafe extern "C" fn load_default<P: Default + Send + Sync + 'static, S: Served>(
    state: *mut *mut c_void,
    module: *mut MI_Module_Self,
    context: *mut MI_Context,
) {
    // SAFETY: by the caller's promise.
    unsafe { load_with(state, module, context, S::CLASS, |_| Ok(Box::new(P::default()))) }
}

unsafe fn load_with(
    state: *mut *mut c_void,
    module: *mut MI_Module_Self,
    context: *mut MI_Context,
    class: Option<&'static ClassSpec>,
    make: fn(&LoadContext<'_>) -> Result<Box<dyn Any + Send + Sync>>,
) {
    shield(|| {
        // SAFETY: the host has just handed us the context, and `module` is what the module's Load stored.
        let (Some(context), loaded) = (unsafe { (Context::from_raw(context), Loaded::from_raw(module)) }) else {
            return;
        };
        let mut provider = None;
        let outcome = panic::guard(|| {
            let loaded = loaded.ok_or_else(|| Error::failed("the host loaded a class before its module"))?;
            let declaration = class.map(|class| loaded.require(class)).transpose()?;
            let load = LoadContext::of_provider(&context, loaded);
            provider = Some(Arc::new(State {
                provider: make(&load)?,
                loaded,
                declaration,
                lane: Lane::new(class.map_or("the dynamic provider", ClassSpec::name)),
                lines: Mutex::default(),
                lifecycle: load.into_lifecycle(),
            }));
            Ok(())
        });
        if !state.is_null() {
            // SAFETY: the host passes a place for the state.
            unsafe { *state = provider.map_or(ptr::null_mut(), |it| Arc::into_raw(it).cast_mut().cast()) };
        }
        context.finish(outcome);
    });
}

/// # Safety
/// Called by an MI host as `MI_ProviderFT.Unload`.
pub(crate) unsafe extern "C" fn unload<P: Unload + Send + Sync + 'static>(
    state: *mut c_void,
    context: *mut MI_Context,
) {
    // SAFETY: by the caller's promise.
    unsafe { unload_with(state, context, |state, context| P::unload(state.provider()?, context)) }
}

/// # Safety
/// Called by an MI host as `MI_ProviderFT.Unload`.
pub(crate) unsafe extern "C" fn unload_quietly(state: *mut c_void, context: *mut MI_Context) {
    // SAFETY: by the caller's promise.
    unsafe { unload_with(state, context, |_, _| Ok(())) }
}

unsafe fn unload_with(state: *mut c_void, context: *mut MI_Context, hook: fn(&State, &LoadContext<'_>) -> Result<()>) {
    shield(|| {
        // SAFETY: the host has just handed us the context.
        let Some(context) = (unsafe { Context::from_raw(context) }) else { return };
        let outcome = panic::guard(|| {
            if state.is_null() {
                return Ok(());
            }
            // SAFETY: the state came from Arc::into_raw in `load_with`, and Unload is called once.
            let state = unsafe { Arc::from_raw(state.cast_const().cast::<State>()) };
            if let Some(lifecycle) = &state.lifecycle {
                lifecycle.close();
            }
            hook(&state, &LoadContext::new(&context))
        });
        context.finish(outcome);
    });
}
