//! One request to a provider: the host's borrowed arguments, and what they say.

use super::context::Context;
use super::declared::ClassRef;
use super::entry::State;
use super::filter::HostFilter;
use super::module::Loaded;
use super::read;
use crate::association::Traversal;
use crate::cancel::Cancel;
use crate::decl::Method;
use crate::filter::Filter;
use crate::query::{Query, Wanted};
use crate::stream::Streams;
use crate::{AnySink, Class, Error, Instance, Result};
use omi_sys::*;
use std::ffi::c_char;
use std::ptr;
use std::sync::Mutex;

/// The borrowed arguments of an entry point; NULL where it has none of the kind.
pub(super) struct Arguments {
    pub(super) namespace: *const MI_Char,
    pub(super) class_name: *const MI_Char,
    pub(super) instance: *const MI_Instance,
    pub(super) parameters: *const MI_Instance,
    pub(super) property_set: *const MI_PropertySet,
    pub(super) keys_only: bool,
    pub(super) filter: *const MI_Filter,
    pub(super) method_name: *const MI_Char,
    /// The declaration of the method, where there is one.
    pub(super) method: Option<Method>,
    pub(super) result_class: *const MI_Char,
    pub(super) role: *const MI_Char,
    pub(super) result_role: *const MI_Char,
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
            method_name: ptr::null(),
            method: None,
            result_class: ptr::null(),
            role: ptr::null(),
            result_role: ptr::null(),
        }
    }

    /// What the request asks for.
    ///
    /// # Safety
    /// The arguments came with `context`, which has not had its final post and gets none while the query is in use.
    pub(super) unsafe fn query<'a>(
        &self,
        loaded: &'static Loaded,
        class: Option<ClassRef>,
        context: &'a Context,
    ) -> Query<'a> {
        // SAFETY: by the caller's promise the arguments are alive.
        let (namespace, host_filter, properties) =
            unsafe { (read::text(self.namespace), HostFilter::from_raw(self.filter), names(self.property_set)) };
        let filter = host_filter.as_ref().and_then(HostFilter::read);
        let select = filter.as_ref().and_then(Filter::select);
        Query {
            context,
            loaded,
            namespace: namespace.unwrap_or_default(),
            class,
            method: self.method,
            wanted: Wanted::new(class, self.keys_only, properties, select),
            filter,
            host_filter,
            modified: Vec::new(),
            throttle: Mutex::default(),
            streams: Streams::default(),
            cancel: Cancel::default(),
        }
    }
}

/// A request whose final post has not happened yet, so that its arguments are alive.
pub(super) struct Call<'a> {
    pub(super) state: &'a State,
    pub(super) query: Query<'a>,
    pub(super) arguments: &'a Arguments,
}

impl Call<'_> {
    /// The class that the request names.
    pub(super) fn class_name(&self) -> String {
        // SAFETY: `query` made the call's query, and its promise holds as long.
        unsafe { read::text(self.arguments.class_name) }.unwrap_or_default()
    }

    /// The method that the request names.
    pub(super) fn method_name(&self) -> String {
        // SAFETY: `query` made the call's query, and its promise holds as long.
        unsafe { read::text(self.arguments.method_name) }.unwrap_or_default()
    }

    /// Where a traversal of associations starts and leads to.
    pub(super) fn traversal(&self) -> Result<Traversal> {
        let text = |text| {
            // SAFETY: `query` made the call's query, and its promise holds as long.
            unsafe { read::text(text) }.filter(|text| !text.is_empty())
        };
        Ok(Traversal {
            source: self.instance()?,
            result_class: text(self.arguments.result_class),
            role: text(self.arguments.role),
            result_role: text(self.arguments.result_role),
        })
    }

    /// The instance that the request names or brings.
    pub(super) fn instance(&self) -> Result<Instance> {
        self.target().ok_or_else(|| {
            Error::invalid_parameter(format!("the request for {} came without an instance name", self.class_name()))
        })
    }

    /// As [`instance`](Self::instance), for a method that may be static.
    pub(super) fn target(&self) -> Option<Instance> {
        // SAFETY: `query` made the call's query, and its promise holds as long.
        unsafe { read::instance(self.arguments.instance) }
    }

    /// The keys of the instance that the request is about.
    ///
    /// # Errors
    /// As [`instance`](Self::instance), and TYPE_MISMATCH.
    pub(super) fn key<C: Class>(&self) -> Result<C> {
        key_of(&mut self.instance()?)
    }

    /// As [`key`](Self::key), for a method, which may be called on the class.
    pub(super) fn target_of<C: Class>(&self) -> Result<Option<C>> {
        self.target().map(|mut target| key_of(&mut target)).transpose()
    }

    /// The input of a method; `None` when it has none.
    pub(super) fn parameters(&self) -> Option<Instance> {
        // SAFETY: `query` made the call's query, and its promise holds as long.
        unsafe { read::instance(self.arguments.parameters) }
    }

    /// The properties that a Modify names; `None` when it names none.
    fn modified(&self) -> Option<Vec<String>> {
        // SAFETY: `query` made the call's query, and its promise holds as long.
        unsafe { names(self.arguments.property_set) }
    }

    /// Makes the query that of a Modify of `instance`.
    pub(super) fn prepare_modify(&mut self, instance: &Instance) {
        // The property set says what to change; the answer has everything.
        self.query.wanted = Wanted::all();
        self.query.modified = self.modified().unwrap_or_else(|| {
            let given = instance.properties().iter().filter(|it| it.value.is_some() && !it.is_key());
            given.map(|it| it.name.to_string()).collect()
        });
    }

    /// Where instances of any class go.
    pub(super) fn any_sink(&self) -> AnySink<'_> {
        AnySink::new(&self.query)
    }
}

/// The keys of an instance. Not part of each entry point, of which a class has many.
#[inline(never)]
fn key_of<C: Class>(instance: &mut Instance) -> Result<C> {
    C::load_key(instance)
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
