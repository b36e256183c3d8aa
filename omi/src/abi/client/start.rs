//! From a request to the function of `MI_SessionFT` that starts it.

use super::session::{HostSession, lacking};
use crate::abi::write::{HostInstance, c_string};
use crate::client::{
    AssociationFilter, ClassOperation, Depth, InstanceOperation, OperationOptions, Request, Subscription,
};
use crate::wql::Select;
use crate::{Error, Instance, Result, flags};
use omi_sys::*;
use std::ffi::{CString, c_char};
use std::ptr;

/// What all functions that start something take. The pointers are good for the call.
pub(super) struct Start<'a> {
    /// NULL for none.
    pub(super) options: *mut MI_OperationOptions,
    pub(super) callbacks: &'a mut MI_OperationCallbacks,
    pub(super) operation: &'a mut MI_Operation,
}

/// Results are acknowledged one by one, so that a slow reader holds its server back.
const FLAGS: u32 = MI_OPERATIONFLAGS_MANUAL_ACK_RESULTS;

// SAFETY of the calls below: each function belongs to the session; texts, instances and what is in `Start` live for the
// call, in which the other side copies them; optional pointers are NULL or of the same kind.

impl HostSession {
    /// Starts an operation on instances. Without an error here its callbacks learn how it ends.
    pub(super) fn start_instances(&self, request: &Request<InstanceOperation>, start: Start<'_>) -> Result<()> {
        let Start { options, callbacks, operation } = start;
        let (table, mut session) = (self.table()?, self.handle());
        let (session, callbacks) = (&raw mut session, &raw mut *callbacks);
        let namespace = c_string(&request.namespace);
        let namespace = namespace.as_ptr();
        let keys_only = MI_Boolean::from(request.options.keys_only);
        match &request.operation {
            InstanceOperation::Enumerate { class } => match listed(class, &request.options)? {
                Some(query) => self.query(&request.namespace, query.text(), options, callbacks, operation),
                None => {
                    let call = table.EnumerateInstances.ok_or_else(|| lacking("enumeration"))?;
                    let (class, flags) = (c_string(class), FLAGS | depth(request.options.depth));
                    // SAFETY: see above.
                    unsafe {
                        call(session, flags, options, namespace, class.as_ptr(), keys_only, callbacks, operation);
                    }
                    Ok(())
                }
            },
            InstanceOperation::Query { query } => self.query(&request.namespace, query, options, callbacks, operation),
            InstanceOperation::Get { key } => {
                let call = table.GetInstance.ok_or_else(|| lacking("Get"))?;
                let key = self.instance(key)?;
                // SAFETY: see above.
                unsafe { call(session, FLAGS, options, namespace, key.as_ptr(), callbacks, operation) };
                Ok(())
            }
            InstanceOperation::Create { instance } => {
                let call = table.CreateInstance.ok_or_else(|| lacking("Create"))?;
                let instance = self.instance(instance)?;
                // SAFETY: see above.
                unsafe { call(session, FLAGS, options, namespace, instance.as_ptr(), callbacks, operation) };
                Ok(())
            }
            InstanceOperation::Modify { instance } => {
                let call = table.ModifyInstance.ok_or_else(|| lacking("Modify"))?;
                let instance = self.instance(&modified(instance, request.options.properties.as_deref())?)?;
                // SAFETY: see above.
                unsafe { call(session, FLAGS, options, namespace, instance.as_ptr(), callbacks, operation) };
                Ok(())
            }
            InstanceOperation::Delete { key } => {
                let call = table.DeleteInstance.ok_or_else(|| lacking("Delete"))?;
                let key = self.instance(key)?;
                // SAFETY: see above.
                unsafe { call(session, FLAGS, options, namespace, key.as_ptr(), callbacks, operation) };
                Ok(())
            }
            InstanceOperation::Invoke { class, target, method, parameters } => {
                let call = table.Invoke.ok_or_else(|| lacking("Invoke"))?;
                let (class, method) = (c_string(class), c_string(method));
                let target = target.as_ref().map(|target| self.instance(target)).transpose()?;
                let target = target.as_ref().map_or(ptr::null(), |target| target.as_ptr().cast_const());
                let parameters = self.instance(parameters)?;
                let (class, method, parameters) = (class.as_ptr(), method.as_ptr(), parameters.as_ptr());
                // SAFETY: see above.
                unsafe {
                    call(session, FLAGS, options, namespace, class, method, target, parameters, callbacks, operation);
                }
                Ok(())
            }
            InstanceOperation::Associators { source, filter } => {
                let call = table.AssociatorInstances.ok_or_else(|| lacking("Associators"))?;
                let source = self.instance(source)?;
                let source = source.as_ptr();
                let AssociationFilter { association, result_class, role, result_role } = filter;
                let texts = [association, result_class, role, result_role].map(optional);
                let [association, result_class, role, result_role] = texts.each_ref().map(pointer);
                // SAFETY: see above.
                unsafe {
                    call(
                        session,
                        FLAGS,
                        options,
                        namespace,
                        source,
                        association,
                        result_class,
                        role,
                        result_role,
                        keys_only,
                        callbacks,
                        operation,
                    );
                }
                Ok(())
            }
            InstanceOperation::References { source, filter } => {
                let call = table.ReferenceInstances.ok_or_else(|| lacking("References"))?;
                let source = self.instance(source)?;
                let source = source.as_ptr();
                let texts = [&filter.association, &filter.role].map(optional);
                let [class, role] = texts.each_ref().map(pointer);
                // SAFETY: see above.
                unsafe {
                    call(session, FLAGS, options, namespace, source, class, role, keys_only, callbacks, operation);
                }
                Ok(())
            }
            InstanceOperation::TestConnection => {
                let call = table.TestConnection.ok_or_else(|| lacking("test of a connection"))?;
                // SAFETY: see above.
                unsafe { call(session, FLAGS, callbacks, operation) };
                Ok(())
            }
        }
    }

    /// Starts a subscription.
    pub(super) fn start_indications(&self, request: &Request<Subscription>, start: Start<'_>) -> Result<()> {
        let Start { options, callbacks, operation } = start;
        let call = self.table()?.Subscribe.ok_or_else(|| lacking("subscriptions"))?;
        let Subscription { query, bookmark, heartbeat, expires: _ } = &request.operation;
        if bookmark.is_some() || heartbeat.is_some() {
            return Err(Error::not_supported(
                "this session takes neither a bookmark nor a heartbeat for a subscription",
            ));
        }
        let (namespace, query) = (c_string(&request.namespace), c_string(query));
        let (namespace, query, wql) = (namespace.as_ptr(), query.as_ptr(), MI_QUERY_DIALECT_WQL.as_ptr());
        let (mut session, delivery) = (self.handle(), ptr::null());
        // SAFETY: see above.
        unsafe { call(&mut session, FLAGS, options, namespace, wql, query, delivery, callbacks, operation) };
        Ok(())
    }

    /// Starts to ask for classes.
    pub(super) fn start_classes(&self, request: &Request<ClassOperation>, start: Start<'_>) -> Result<()> {
        let Start { options, callbacks, operation } = start;
        let (table, mut session, namespace) = (self.table()?, self.handle(), c_string(&request.namespace));
        let (session, namespace) = (&raw mut session, namespace.as_ptr());
        match &request.operation {
            ClassOperation::Get { class } => {
                let call = table.GetClass.ok_or_else(|| lacking("GetClass"))?;
                let class = c_string(class);
                // SAFETY: see above.
                unsafe { call(session, FLAGS, options, namespace, class.as_ptr(), callbacks, operation) };
            }
            ClassOperation::Enumerate { base } => {
                let call = table.EnumerateClasses.filter(|_| !self.is_omi());
                let call = call.ok_or_else(|| lacking("enumeration of classes"))?;
                let base = optional(base);
                let (base, names_only) = (pointer(&base), MI_FALSE);
                // SAFETY: see above.
                unsafe { call(session, FLAGS, options, namespace, base, names_only, callbacks, operation) };
            }
        }
        Ok(())
    }

    fn query(
        &self,
        namespace: &str,
        query: &str,
        options: *mut MI_OperationOptions,
        callbacks: *mut MI_OperationCallbacks,
        operation: &mut MI_Operation,
    ) -> Result<()> {
        let call = self.table()?.QueryInstances.ok_or_else(|| lacking("queries"))?;
        let (mut session, namespace, query) = (self.handle(), c_string(namespace), c_string(query));
        let (namespace, query, wql) = (namespace.as_ptr(), query.as_ptr(), MI_QUERY_DIALECT_WQL.as_ptr());
        // SAFETY: see above.
        unsafe { call(&mut session, FLAGS, options, namespace, wql, query, callbacks, operation) };
        Ok(())
    }

    fn instance(&self, instance: &Instance) -> Result<HostInstance> {
        HostInstance::dynamic(self, instance, flags::CLASS)
    }
}

/// The query that an enumeration is when it asks for some properties: MI has no list of properties, but a query has.
fn listed(class: &str, options: &OperationOptions) -> Result<Option<Select>> {
    match (&options.properties, options.depth) {
        (Some(properties), Depth::IncludeSubclassProperties) if !options.keys_only => {
            Select::from_parts(class, Some(properties), None).map(Some)
        }
        _ => Ok(None),
    }
}

/// The instance as it is sent to be modified: MI has no list of properties, but changes what the instance has.
fn modified(instance: &Instance, properties: Option<&[String]>) -> Result<Instance> {
    let mut instance = instance.clone();
    let Some(properties) = properties else { return Ok(instance) };
    if !instance.properties().iter().any(crate::Property::is_key) {
        let text =
            "an instance of which some properties are to be modified needs its keys, marked by Instance::with_key";
        return Err(Error::invalid_parameter(text));
    }
    instance.retain(|it| it.is_key() || properties.iter().any(|name| name.eq_ignore_ascii_case(&it.name)));
    Ok(instance)
}

fn depth(depth: Depth) -> u32 {
    match depth {
        Depth::IncludeSubclassProperties => 0,
        Depth::ExcludeSubclassProperties => MI_OPERATIONFLAGS_POLYMORPHISM_DEEP_BASE_PROPS_ONLY,
        Depth::None => MI_OPERATIONFLAGS_POLYMORPHISM_SHALLOW,
    }
}

fn optional(text: &Option<String>) -> Option<CString> {
    text.as_deref().map(c_string)
}

fn pointer(text: &Option<CString>) -> *const c_char {
    text.as_ref().map_or(ptr::null(), |text| text.as_ptr())
}
