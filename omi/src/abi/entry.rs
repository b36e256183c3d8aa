//! The C entry points of a provider, one generic function per slot of `MI_ProviderFT`.
//!
//! Each copies its arguments into a job, hands the job to a worker thread and returns, because a host calls all providers
//! of a library, and omiserver all providers of a user, on one thread. The worker posts. Load and Unload post before they
//! return, as the ABI demands. No panic leaves an entry point, and every request ends in exactly one final post: the
//! [`Context`] is consumed by it, and dropping a context posts a failure.

use super::call::{Arguments, Call};
use super::context::Context;
use super::fields::StackInstance;
use super::module::Loaded;
use super::read;
use crate::provider::{Create, Delete, Enumerate, Get, Invoke, Load, Modify};
use crate::query::Wanted;
use crate::worker::Lane;
use crate::{Class, Error, Instance, Method, MethodOutput, Result, ResultCode, panic};
use omi_sys::*;
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;

/// What the host keeps for us between Load and Unload of a class: the `self` of its entry points.
struct State<P> {
    provider: P,
    declaration: &'static MI_ClassDecl,
    lane: Arc<Lane>,
}

// SAFETY: the declaration is written once, before `State` exists, and never freed.
unsafe impl<P: Send> Send for State<P> {}
// SAFETY: as above.
unsafe impl<P: Sync> Sync for State<P> {}

/// Runs `work` on a worker and ends the request with its outcome.
///
/// # Safety
/// `context` and `arguments` are those that the host has just handed to an entry point; `state` is the `self` that Load
/// stored.
unsafe fn respond<P: Send + Sync + 'static, C: Class>(
    state: *mut c_void,
    context: *mut MI_Context,
    arguments: Arguments,
    work: impl FnOnce(Call<'_, P>) -> Result<()> + Send + 'static,
) {
    shield(|| {
        // SAFETY: by the caller's promise.
        let Some(context) = (unsafe { Context::from_raw(context) }) else { return };
        if state.is_null() {
            return context.finish(Err(Error::failed("the host called a class that it did not load")));
        }
        let state = state.cast_const().cast::<State<P>>();
        // SAFETY: `state` came from Arc::into_raw in `load`; the host calls no entry point after Unload. The clone keeps
        // the provider alive for a request that is still running then.
        let state = unsafe {
            Arc::increment_strong_count(state);
            Arc::from_raw(state)
        };
        let lane = state.lane.clone();
        lane.enter(Box::new(move |admitted| {
            let outcome = admitted.and_then(|()| {
                panic::guard(|| {
                    // SAFETY: the final post follows below.
                    work(unsafe { Call::new::<C>(&state.provider, state.declaration, &context, &arguments) })
                })
            });
            // A provider may be the last to hold its library's state; it goes before the host hears of the end.
            drop(state);
            context.finish(outcome);
        }));
    });
}

/// Keeps panics of the few lines that run on the host's own thread away from the host.
fn shield(entry: impl FnOnce()) {
    if std::panic::catch_unwind(std::panic::AssertUnwindSafe(entry)).is_err() {
        log::error!("an entry point of the provider panicked");
    }
}

/// # Safety
/// Called by an MI host as `MI_ProviderFT.Load`.
pub(crate) unsafe extern "C" fn load<P: Load + Send + Sync + 'static, C: Class>(
    state: *mut *mut c_void,
    module: *mut MI_Module_Self,
    context: *mut MI_Context,
) {
    // SAFETY: by the caller's promise.
    unsafe { load_with::<P, C>(state, module, context, P::load) }
}

/// # Safety
/// Called by an MI host as `MI_ProviderFT.Load`.
pub(crate) unsafe extern "C" fn load_default<P: Default + Send + Sync + 'static, C: Class>(
    state: *mut *mut c_void,
    module: *mut MI_Module_Self,
    context: *mut MI_Context,
) {
    // SAFETY: by the caller's promise.
    unsafe { load_with::<P, C>(state, module, context, || Ok(P::default())) }
}

unsafe fn load_with<P: Send + Sync + 'static, C: Class>(
    state: *mut *mut c_void,
    module: *mut MI_Module_Self,
    context: *mut MI_Context,
    make: impl FnOnce() -> Result<P>,
) {
    shield(|| {
        // SAFETY: the host has just handed us the context, and `module` is what the module's Load stored.
        let (Some(context), loaded) = (unsafe { (Context::from_raw(context), Loaded::from_raw(module)) }) else {
            return;
        };
        let mut provider = None;
        let outcome = panic::guard(|| {
            let declaration = loaded
                .and_then(|loaded| loaded.declaration(C::SPEC))
                .ok_or_else(|| Error::failed(format!("{} is not declared by the loaded module", C::SPEC.name())))?;
            provider = Some(Arc::new(State { provider: make()?, declaration, lane: Lane::new(C::SPEC.name()) }));
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
pub(crate) unsafe extern "C" fn unload<P: Send + Sync + 'static>(state: *mut c_void, context: *mut MI_Context) {
    shield(|| {
        // SAFETY: the host has just handed us the context.
        let Some(context) = (unsafe { Context::from_raw(context) }) else { return };
        let outcome = panic::guard(|| {
            if !state.is_null() {
                // SAFETY: the state came from Arc::into_raw in `load`, and Unload is called once.
                drop(unsafe { Arc::from_raw(state.cast_const().cast::<State<P>>()) });
            }
            Ok(())
        });
        context.finish(outcome);
    });
}

/// # Safety
/// Called by an MI host as `MI_ProviderFT.GetInstance`.
pub(crate) unsafe extern "C" fn get<P: Get<C>, C: Class>(
    state: *mut c_void,
    context: *mut MI_Context,
    namespace: *const MI_Char,
    class_name: *const MI_Char,
    instance: *const MI_Instance,
    property_set: *const MI_PropertySet,
) {
    let arguments = Arguments { instance, property_set, ..Arguments::new(namespace, class_name) };
    // SAFETY: the host's arguments and the state that Load stored.
    unsafe {
        respond::<P, C>(state, context, arguments, |call| {
            let key = C::load(&mut call.instance()?)?;
            call.sink().post(call.provider.get(key, &call.query)?)
        });
    }
}

/// # Safety
/// Called by an MI host as `MI_ProviderFT.EnumerateInstances`.
pub(crate) unsafe extern "C" fn enumerate<P: Enumerate<C>, C: Class>(
    state: *mut c_void,
    context: *mut MI_Context,
    namespace: *const MI_Char,
    class_name: *const MI_Char,
    property_set: *const MI_PropertySet,
    keys_only: MI_Boolean,
    filter: *const MI_Filter,
) {
    let keys_only = keys_only != MI_FALSE;
    let arguments = Arguments { property_set, keys_only, filter, ..Arguments::new(namespace, class_name) };
    // SAFETY: the host's arguments and the state that Load stored.
    unsafe {
        respond::<P, C>(state, context, arguments, |call| call.provider.enumerate(&call.query, &mut call.sink()));
    }
}

/// # Safety
/// Called by an MI host as `MI_ProviderFT.CreateInstance`.
pub(crate) unsafe extern "C" fn create<P: Create<C>, C: Class>(
    state: *mut c_void,
    context: *mut MI_Context,
    namespace: *const MI_Char,
    class_name: *const MI_Char,
    instance: *const MI_Instance,
) {
    let arguments = Arguments { instance, ..Arguments::new(namespace, class_name) };
    // SAFETY: the host's arguments and the state that Load stored.
    unsafe {
        respond::<P, C>(state, context, arguments, |call| {
            let instance = C::load(&mut call.instance()?)?;
            call.sink().post(call.provider.create(instance, &call.query)?)
        });
    }
}

/// # Safety
/// Called by an MI host as `MI_ProviderFT.ModifyInstance`.
pub(crate) unsafe extern "C" fn modify<P: Modify<C>, C: Class>(
    state: *mut c_void,
    context: *mut MI_Context,
    namespace: *const MI_Char,
    class_name: *const MI_Char,
    instance: *const MI_Instance,
    property_set: *const MI_PropertySet,
) {
    let arguments = Arguments { instance, property_set, ..Arguments::new(namespace, class_name) };
    // SAFETY: the host's arguments and the state that Load stored.
    unsafe {
        respond::<P, C>(state, context, arguments, |mut call| {
            let mut instance = call.instance()?;
            // The property set says what to change; the answer has everything.
            call.query.wanted = Wanted::all();
            call.query.modified = call.modified().unwrap_or_else(|| {
                let given = instance.properties().iter().filter(|it| it.value.is_some() && !it.is_key());
                given.map(|it| it.name.to_string()).collect()
            });
            call.sink().post(call.provider.modify(C::load(&mut instance)?, &call.query)?)
        });
    }
}

/// # Safety
/// Called by an MI host as `MI_ProviderFT.DeleteInstance`.
pub(crate) unsafe extern "C" fn delete<P: Delete<C>, C: Class>(
    state: *mut c_void,
    context: *mut MI_Context,
    namespace: *const MI_Char,
    class_name: *const MI_Char,
    instance: *const MI_Instance,
) {
    let arguments = Arguments { instance, ..Arguments::new(namespace, class_name) };
    // SAFETY: the host's arguments and the state that Load stored.
    unsafe {
        respond::<P, C>(state, context, arguments, |call| {
            let key = C::load(&mut call.instance()?)?;
            call.provider.delete(key, &call.query)
        });
    }
}

/// # Safety
/// Called by an MI host as `MI_MethodDecl.function` of a method.
pub(crate) unsafe extern "C" fn invoke<P: Invoke<M>, M: Method>(
    state: *mut c_void,
    context: *mut MI_Context,
    namespace: *const MI_Char,
    class_name: *const MI_Char,
    _method_name: *const MI_Char,
    instance: *const MI_Instance,
    parameters: *const MI_Instance,
) {
    let arguments = Arguments { instance, parameters, ..Arguments::new(namespace, class_name) };
    // SAFETY: the host's arguments and the state that Load stored.
    unsafe {
        respond::<P, M::Class>(state, context, arguments, |call| {
            let target = call.target().map(|mut target| M::Class::load(&mut target)).transpose()?;
            let input = M::load(&mut call.parameters().unwrap_or_else(|| Instance::new(M::NAME)))?;
            let output = call.provider.invoke(target, input, &call.query)?;
            post_output::<M>(call.query.context, call.declaration, &output)
        });
    }
}

fn post_output<M: Method>(context: &Context, class: &'static MI_ClassDecl, output: &M::Output) -> Result<()> {
    let spec = M::Class::SPEC;
    let position = spec.methods.iter().position(|it| crate::decl::text(it.name).eq_ignore_ascii_case(M::NAME));
    let Some(position) = position.filter(|position| *position < class.numMethods as usize) else {
        return Err(Error::failed(format!("{} does not declare the method {}", spec.name(), M::NAME)));
    };
    // SAFETY: `assemble` made one declaration for each method of the spec, in the same order, and never frees it.
    let declaration: &'static MI_MethodDecl = unsafe { &**class.methods.add(position) };
    let mut memory = Vec::new();
    let mut parameters = StackInstance::of_method(context, spec.methods[position], declaration, &mut memory)?;
    parameters.fill(&Wanted::all(), |fields| output.store(fields))?;
    parameters.post()
}

/// # Safety
/// Called by an MI host as `MI_MethodDecl.function` of a method that the provider does not implement.
pub(crate) unsafe extern "C" fn missing_method(
    _state: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    class_name: *const MI_Char,
    method_name: *const MI_Char,
    _instance: *const MI_Instance,
    _parameters: *const MI_Instance,
) {
    // SAFETY: the host's arguments, alive until the final post.
    shield(|| unsafe {
        let Some(context) = Context::from_raw(context) else { return };
        let [class, method] = [class_name, method_name].map(|it| read::text(it).unwrap_or_default());
        let message = format!("{class} declares the method {method}, but does not implement it");
        context.finish(Err(Error::new(ResultCode::METHOD_NOT_AVAILABLE, message)));
    });
}

/// Ends a request on the host's own thread, as Load and Unload of a module must.
///
/// # Safety
/// `context` is the context that the host has just handed to an entry point.
pub(crate) unsafe fn finish_here(context: *mut MI_Context, outcome: Result<()>) {
    shield(|| {
        // SAFETY: by the caller's promise.
        if let Some(context) = unsafe { Context::from_raw(context) } {
            context.finish(outcome);
        }
    });
}
