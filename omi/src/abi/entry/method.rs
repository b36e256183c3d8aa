//! Methods of classes.

use super::{Arguments, respond, shield};
use crate::abi::context::Context;
use crate::abi::declared::{ClassRef, MethodRef};
use crate::abi::fields::StackInstance;
use crate::abi::read;
use crate::abi::write::HostInstance;
use crate::provider::Invoke;
use crate::query::{Query, Wanted};
use crate::{Class, Error, Instance, Method, MethodOutput, Result, ResultCode};
use omi_sys::*;
use std::ffi::c_void;

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
    let method = M::Class::SPEC.method(M::NAME);
    let arguments = Arguments { instance, parameters, method, ..Arguments::new(namespace, class_name) };
    // SAFETY: the host's arguments and the state that Load stored.
    unsafe {
        respond(state, context, arguments, |call| {
            let target = call.target_of::<M::Class>()?;
            let input = M::load(&mut call.parameters().unwrap_or_else(|| Instance::new(M::NAME)))?;
            let output = call.state.provider::<P>()?.invoke(target, input, &call.query)?;
            post_output(&call.query, call.state.declaration()?, M::NAME, &output)
        });
    }
}

fn post_output(query: &Query<'_>, class: ClassRef, name: &'static str, output: &dyn MethodOutput) -> Result<()> {
    let Some(method) = class.method(name) else {
        return Err(Error::failed(format!("{} does not declare the method {name}", class.name())));
    };
    if let Some(output) = output.by_name() {
        let output = with_streams(output, query, method);
        query.context.check_size(name, output.size())?;
        let parameters = HostInstance::parameters(query.context, method.get(), &output)?;
        return parameters.post(query.context);
    }
    let mut memory = Vec::new();
    let mut parameters = StackInstance::of_method(query.context, method, &mut memory)?;
    // What the output sets stands in for what was streamed.
    put_streams(&mut parameters, query, method)?;
    parameters.fill(&Wanted::all(), &|fields| output.store(fields))?;
    query.context.check_size(name, parameters.size())?;
    parameters.post(query.context)
}

/// Sets the streamed parameters whose elements the host did not take one by one.
fn put_streams(parameters: &mut StackInstance<'_>, query: &Query<'_>, method: MethodRef) -> Result<()> {
    for (place, parameter) in method.elements().iter().enumerate() {
        if let Some(value) = query.streams.array(parameter.name()) {
            parameters.set(place, value.as_ref())?;
        }
    }
    Ok(())
}

/// The output by names, with the streamed parameters that it does not set itself.
fn with_streams(output: &Instance, query: &Query<'_>, method: MethodRef) -> Instance {
    let mut output = output.clone();
    for parameter in method.elements().iter() {
        let name = parameter.name();
        if output.get(name).is_none()
            && let Some(value) = query.streams.array(name)
        {
            output.set(name, value);
        }
    }
    output
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
