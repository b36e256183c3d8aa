//! Where an operation posts its instances.
//!
//! A sink borrows the request, so nothing can be posted when the provider has returned and the final post is made:
//!
//! ```compile_fail,E0521
//! # struct Thing;
//! # impl omi::Class for Thing {
//! #     const SPEC: &'static omi::decl::ClassSpec = &omi::class_spec! {
//! #         name: c"T_Thing", superclass: None, flags: 0, qualifiers: &[], properties: &[], methods: &[],
//! #     };
//! #     fn store(&self, _: &mut omi::Fields<'_>) {}
//! #     fn load(_: &mut omi::Instance) -> omi::Result<Self> { Ok(Thing) }
//! # }
//! fn enumerate(query: &omi::Query<'_>, out: &mut omi::Sink<'_, Thing>) -> omi::Result<()> {
//!     let mut later = out.clone();
//!     std::thread::spawn(move || later.post(Thing)); // the sink may outlive the request
//!     Ok(())
//! }
//! ```
//!
//! Threads that end before the provider returns may post, each through a clone of the sink:
//!
//! ```
//! # struct Thing;
//! # impl omi::Class for Thing {
//! #     const SPEC: &'static omi::decl::ClassSpec = &omi::class_spec! {
//! #         name: c"T_Thing", superclass: None, flags: 0, qualifiers: &[], properties: &[], methods: &[],
//! #     };
//! #     fn store(&self, _: &mut omi::Fields<'_>) {}
//! #     fn load(_: &mut omi::Instance) -> omi::Result<Self> { Ok(Thing) }
//! # }
//! fn enumerate(query: &omi::Query<'_>, out: &mut omi::Sink<'_, Thing>) -> omi::Result<()> {
//!     std::thread::scope(|threads| {
//!         for _ in 0..8 {
//!             let mut out = out.clone();
//!             threads.spawn(move || out.post(Thing));
//!         }
//!     });
//!     Ok(())
//! }
//! ```

use crate::abi::context::Context;
use crate::abi::declared::ClassRef;
use crate::abi::fields::{StackInstance, Store};
use crate::abi::module::Loaded;
use crate::abi::write::{HostInstance, c_string};
use crate::query::{Query, Wanted};
use crate::{Class, Instance, Result, flags};
use std::ffi::CString;
use std::marker::PhantomData;

/// What every sink has.
struct Outlet<'a> {
    context: &'a Context,
    namespace: CString,
    /// Reused for every instance.
    memory: Vec<u64>,
}

impl Clone for Outlet<'_> {
    fn clone(&self) -> Self {
        Self { context: self.context, namespace: self.namespace.clone(), memory: Vec::new() }
    }
}

impl<'a> Outlet<'a> {
    fn new(query: &'a Query<'_>) -> Self {
        Self { context: query.context, namespace: c_string(&query.namespace), memory: Vec::new() }
    }

    fn post(&mut self, class: ClassRef, wanted: &Wanted, store: Store<'_>) -> Result<()> {
        let mut posted = StackInstance::of_class(self.context, class, &mut self.memory)?;
        posted.fill(wanted, store)?;
        self.context.check_size(class.name(), posted.size())?;
        posted.set_namespace(&self.namespace);
        posted.post(self.context)
    }

    fn post_by_name(&self, class: ClassRef, instance: &Instance) -> Result<()> {
        self.context.check_size(instance.class_name(), instance.size())?;
        let posted = HostInstance::declared(self.context, class.get(), instance)?;
        let namespace = instance.namespace().map_or_else(|| self.namespace.clone(), c_string);
        posted.set_namespace(&namespace);
        posted.post(self.context)
    }

    fn post_dynamic(&self, mut instance: Instance) -> Result<()> {
        if instance.namespace().is_none() {
            instance.set_namespace(self.namespace.to_str().ok().map(Into::into));
        }
        self.context.check_size(instance.class_name(), instance.size())?;
        let posted = HostInstance::dynamic(self.context, &instance, flags::CLASS)?;
        posted.post(self.context)
    }
}

/// Takes the instances of one class, one by one.
pub struct Sink<'a, C> {
    outlet: Outlet<'a>,
    class: ClassRef,
    wanted: &'a Wanted,
    posts: PhantomData<fn(C)>,
}

impl<C> Clone for Sink<'_, C> {
    /// A sink of the same request, for another thread.
    fn clone(&self) -> Self {
        Self { outlet: self.outlet.clone(), class: self.class, wanted: self.wanted, posts: PhantomData }
    }
}

impl<'a, C: Class> Sink<'a, C> {
    pub(crate) fn new(query: &'a Query<'_>, class: ClassRef) -> Self {
        Self { outlet: Outlet::new(query), class, wanted: &query.wanted, posts: PhantomData }
    }

    /// Sends an instance to the client. Waits while the client is slower than the provider, so hold no lock meanwhile.
    ///
    /// # Errors
    /// When a key is NULL, and when the host takes no more, because the client has gone for example. Return the error
    /// with `?`: nobody is waiting for the rest.
    pub fn post(&mut self, instance: C) -> Result<()> {
        self.outlet.post(self.class, self.wanted, &|fields| instance.store(fields))
    }

    /// Sends an instance of the sink's class whose values are given by name, as it is, in the request's namespace unless it has
    /// one. Properties that it lacks are NULL.
    ///
    /// ```
    /// # fn send<C: omi::Class>(out: &mut omi::Sink<'_, C>) -> omi::Result<()> {
    /// out.post_by_name(&omi::Instance::new("Sample_Number").with("Number", 7_u32))
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`post`](Self::post); NO_SUCH_PROPERTY and TYPE_MISMATCH for a value that the class does not declare so.
    pub fn post_by_name(&mut self, instance: &Instance) -> Result<()> {
        self.outlet.post_by_name(self.class, instance)
    }

    /// Sends an instance whose elements are known at run time only. It is sent as it is, in the request's namespace
    /// unless it has one.
    ///
    /// ```
    /// # fn send<C: omi::Class>(out: &mut omi::Sink<'_, C>) -> omi::Result<()> {
    /// out.post_dynamic(omi::Instance::new("Sample_Number").with_key("Number", 7_u32).with("Colour", "green"))
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`post`](Self::post).
    pub fn post_dynamic(&mut self, instance: Instance) -> Result<()> {
        self.outlet.post_dynamic(instance)
    }
}

/// Takes instances of any class, one by one: what is at the other ends of associations, what a dynamic provider has.
pub struct AnySink<'a> {
    outlet: Outlet<'a>,
    loaded: &'static Loaded,
    wanted: &'a Wanted,
}

impl Clone for AnySink<'_> {
    /// A sink of the same request, for another thread.
    fn clone(&self) -> Self {
        Self { outlet: self.outlet.clone(), ..*self }
    }
}

impl<'a> AnySink<'a> {
    pub(crate) fn new(query: &'a Query<'_>) -> Self {
        Self { outlet: Outlet::new(query), loaded: query.loaded, wanted: &query.wanted }
    }

    /// Sends an instance of a class that the module declares.
    ///
    /// # Errors
    /// As [`Sink::post`], and when the module does not declare the class.
    pub fn post<C: Class>(&mut self, instance: C) -> Result<()> {
        let class = self.loaded.require(C::SPEC)?;
        self.outlet.post(class, &self.wanted.of(class), &|fields| instance.store(fields))
    }

    /// Sends an instance whose class is known at run time only, as [`Sink::post_dynamic`] does.
    ///
    /// # Errors
    /// As [`Sink::post`].
    pub fn post_dynamic(&mut self, instance: Instance) -> Result<()> {
        self.outlet.post_dynamic(instance)
    }
}
