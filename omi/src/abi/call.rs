//! One request to a provider: the host's borrowed arguments, and what they say.

use super::context::Context;
use super::read;
use crate::query::{Query, Wanted};
use crate::wql::Select;
use crate::{Class, Error, Instance, Result, Sink};
use omi_sys::*;
use std::ffi::c_char;
use std::ptr;

/// The borrowed arguments of an entry point; NULL where it has none of the kind.
pub(super) struct Arguments {
    pub(super) namespace: *const MI_Char,
    pub(super) class_name: *const MI_Char,
    pub(super) instance: *const MI_Instance,
    pub(super) parameters: *const MI_Instance,
    pub(super) property_set: *const MI_PropertySet,
    pub(super) keys_only: bool,
    pub(super) filter: *const MI_Filter,
}

// SAFETY: the host keeps the arguments alive, for any thread, until the final post. Only the worker that owns the context
// reads them.
unsafe impl Send for Arguments {}

impl Arguments {
    pub(super) fn new(namespace: *const MI_Char, class_name: *const MI_Char) -> Self {
        Self {
            namespace,
            class_name,
            instance: ptr::null(),
            parameters: ptr::null(),
            property_set: ptr::null(),
            keys_only: false,
            filter: ptr::null(),
        }
    }
}

/// A request whose final post has not happened yet, so that its arguments are alive.
pub(super) struct Call<'a, P> {
    pub(super) provider: &'a P,
    pub(super) query: Query<'a>,
    pub(super) declaration: &'static MI_ClassDecl,
    arguments: &'a Arguments,
}

impl<'a, P> Call<'a, P> {
    /// # Safety
    /// `arguments` came with `context`, which has not had its final post and gets none while the call is in use.
    pub(super) unsafe fn new<C: Class>(
        provider: &'a P,
        declaration: &'static MI_ClassDecl,
        context: &'a Context,
        arguments: &'a Arguments,
    ) -> Self {
        // SAFETY: by the caller's promise the arguments are alive.
        let (namespace, filter, properties) =
            unsafe { (read::text(arguments.namespace), filter(arguments.filter), names(arguments.property_set)) };
        let wanted = Wanted::new(C::SPEC, arguments.keys_only, properties, filter.as_ref());
        let namespace = namespace.unwrap_or_default();
        let query = Query { context, namespace, class: C::SPEC, wanted, filter, modified: Vec::new() };
        Self { provider, query, declaration, arguments }
    }

    /// The instance that the request names or brings.
    pub(super) fn instance(&self) -> Result<Instance> {
        self.target().ok_or_else(|| {
            // SAFETY: see `new`.
            let class = unsafe { read::text(self.arguments.class_name) }.unwrap_or_default();
            Error::invalid_parameter(format!("the request for {class} came without an instance name"))
        })
    }

    /// As [`instance`](Self::instance), for a method that may be static.
    pub(super) fn target(&self) -> Option<Instance> {
        // SAFETY: see `new`.
        unsafe { read::instance(self.arguments.instance) }
    }

    /// The input of a method; `None` when it has none.
    pub(super) fn parameters(&self) -> Option<Instance> {
        // SAFETY: see `new`.
        unsafe { read::instance(self.arguments.parameters) }
    }

    /// The properties that a Modify names; `None` when it names none.
    pub(super) fn modified(&self) -> Option<Vec<String>> {
        // SAFETY: see `new`.
        unsafe { names(self.arguments.property_set) }
    }

    /// Where instances of the class go.
    pub(super) fn sink<C: Class>(&self) -> Sink<'_, C> {
        Sink::new(&self.query, self.declaration)
    }
}

/// The names in a property set; `None` for NULL, which means all properties.
///
/// # Safety
/// `set` is NULL or a live property set.
unsafe fn names(set: *const MI_PropertySet) -> Option<Vec<String>> {
    // SAFETY: a live set has a table; every out-parameter is initialised.
    unsafe {
        let table = set.as_ref()?.ft.as_ref()?;
        let mut count = 0;
        if table.GetElementCount?(set, &mut count) != MI_RESULT_OK {
            return None;
        }
        let name_at = |index| {
            let mut name: *const c_char = ptr::null();
            (table.GetElementAt?(set, index, &mut name) == MI_RESULT_OK).then(|| read::text(name)).flatten()
        };
        Some((0..count).filter_map(name_at).collect())
    }
}

/// The client's query; `None` when there is none or it is in a language that is not WQL. The host evaluates it in any case.
///
/// # Safety
/// `filter` is NULL or a live filter.
unsafe fn filter(filter: *const MI_Filter) -> Option<Select> {
    let mut language: *const c_char = ptr::null();
    let mut expression: *const c_char = ptr::null();
    // SAFETY: a live filter has a table; the texts are borrowed from the live filter.
    let text = unsafe {
        let table = filter.as_ref()?.ft.as_ref()?;
        if table.GetExpression?(filter, &mut language, &mut expression) != MI_RESULT_OK {
            return None;
        }
        read::text(expression)?
    };
    Select::parse(&text).ok()
}
