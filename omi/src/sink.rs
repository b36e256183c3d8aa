//! Where an enumeration posts its instances.

use crate::abi::context::Context;
use crate::abi::fields::StackInstance;
use crate::abi::write::c_string;
use crate::query::{Query, Wanted};
use crate::{Class, Result};
use omi_sys::MI_ClassDecl;
use std::ffi::CString;
use std::marker::PhantomData;

/// Takes the instances of an operation, one by one.
pub struct Sink<'a, C> {
    context: &'a Context,
    declaration: &'static MI_ClassDecl,
    wanted: &'a Wanted,
    namespace: CString,
    /// Reused for every instance.
    memory: Vec<u64>,
    class: PhantomData<fn(C)>,
}

impl<'a, C: Class> Sink<'a, C> {
    pub(crate) fn new(query: &'a Query<'_>, declaration: &'static MI_ClassDecl) -> Self {
        Self {
            context: query.context,
            declaration,
            wanted: &query.wanted,
            namespace: c_string(&query.namespace),
            memory: Vec::new(),
            class: PhantomData,
        }
    }

    /// Sends an instance to the client. Waits while the client is slower than the provider, so hold no lock meanwhile.
    ///
    /// # Errors
    /// When a key is NULL, and when the host takes no more, because the client has gone for example. Return the error
    /// with `?`: nobody is waiting for the rest.
    pub fn post(&mut self, instance: C) -> Result<()> {
        let mut posted = StackInstance::of_class(self.context, C::SPEC, self.declaration, &mut self.memory)?;
        posted.fill(self.wanted, |fields| instance.store(fields))?;
        posted.set_namespace(&self.namespace);
        posted.post()
    }
}
