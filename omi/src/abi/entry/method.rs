//! Methods of classes.

use super::{Arguments, respond, shield};
use crate::abi::context::Context;
use crate::abi::fields::StackInstance;
use crate::abi::read;
use crate::abi::write::HostInstance;
use crate::decl::{ClassSpec, MethodSpec, text};
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
        respond::<P, M::Class>(state, context, arguments, |call, state| {
            let target = call.target().map(|mut target| M::Class::load(&mut target)).transpose()?;
            let input = M::load(&mut call.parameters().unwrap_or_else(|| Instance::new(M::NAME)))?;
            let output = call.provider.invoke(target, input, &call.query)?;
            post_output(&call.query, M::Class::SPEC, M::NAME, state.declaration()?.get(), &output)
        });
    }
}

fn post_output(
    query: &Query<'_>,
    spec: &'static ClassSpec,
    name: &'static str,
    class: &'static MI_ClassDecl,
    output: &dyn MethodOutput,
) -> Result<()> {
    let position = spec.methods.iter().position(|it| text(it.name).eq_ignore_ascii_case(name));
    let Some(position) = position.filter(|position| *position < class.numMethods as usize) else {
        return Err(Error::failed(format!("{} does not declare the method {name}", spec.name())));
    };
    let method = spec.methods[position];
    // SAFETY: `assemble` made one declaration for each method of the spec, in the same order, and never frees it.
    let declaration: &'static MI_MethodDecl = unsafe { &**class.methods.add(position) };
    if let Some(output) = output.by_name() {
        let output = with_streams(output, query, method);
        query.context.check_size(name, output.size())?;
        let parameters = HostInstance::parameters(query.context, declaration, &output)?;
        return query.context.post_instance(parameters.as_ptr());
    }
    let mut memory = Vec::new();
    let mut parameters = StackInstance::of_method(query.context, method, declaration, &mut memory)?;
    // What the output sets stands in for what was streamed.
    put_streams(&mut parameters, query, method)?;
    parameters.fill(&Wanted::all(), &|fields| output.store(fields))?;
    query.context.check_size(name, parameters.size())?;
    query.context.post_instance(parameters.as_ptr())
}

/// Sets the streamed parameters whose elements the host did not take one by one.
fn put_streams(parameters: &mut StackInstance<'_>, query: &Query<'_>, method: &'static MethodSpec) -> Result<()> {
    for (index, parameter) in method.parameters.iter().enumerate() {
        if let Some(value) = query.streams.array(text(parameter.name)) {
            // Place 0 is the return value.
            parameters.set(index + 1, value.as_ref())?;
        }
    }
    Ok(())
}

/// The output by names, with the streamed parameters that it does not set itself.
fn with_streams(output: &Instance, query: &Query<'_>, method: &'static MethodSpec) -> Instance {
    let mut output = output.clone();
    for parameter in method.parameters {
        let name = text(parameter.name);
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
