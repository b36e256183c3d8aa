//! Lifecycle indications: a provider tells that instances of its class come, change, go, are read or have methods called.
//!
//! The host makes the CIM_InstCreation, CIM_InstModification and so on out of it, for those who subscribe to them.
//!
//! ```
//! use omi::lifecycle::{Lifecycle, LifecycleTypes};
//! use omi::{Class, Create, Load, LoadContext, Query, Result};
//!
//! struct Accounts {
//!     lifecycle: Option<Lifecycle>,
//! }
//!
//! impl Load for Accounts {
//!     fn load(context: &LoadContext<'_>) -> Result<Self> {
//!         let lifecycle = context.lifecycle();
//!         if let Some(lifecycle) = &lifecycle {
//!             lifecycle.set_supported_types(LifecycleTypes::CREATE | LifecycleTypes::DELETE);
//!         }
//!         Ok(Self { lifecycle })
//!     }
//! }
//!
//! impl<Account: Class> Create<Account> for Accounts {
//!     fn create(&self, account: Account, _query: &Query<'_>) -> Result<Account> {
//!         // ... make the account ...
//!         if let Some(lifecycle) = &self.lifecycle {
//!             lifecycle.post_create(&account)?;
//!         }
//!         Ok(account)
//!     }
//! }
//! ```

use crate::abi::callback::Callback;
use crate::abi::context::Context;
use crate::abi::fields::StackInstance;
use crate::abi::lifecycle::LifecycleContext;
use crate::abi::module::Loaded;
use crate::dialogue::{Delivery, Support};
use crate::{Class, Instance, Result};
use std::ops::BitOr;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

/// A set of types of lifecycle indications. Open: a host may send bits that mi.h does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct LifecycleTypes(pub u32);

impl LifecycleTypes {
    /// None.
    pub const NONE: Self = Self(0);
    /// An instance was made.
    pub const CREATE: Self = Self(1);
    /// An instance was changed.
    pub const MODIFY: Self = Self(2);
    /// An instance was removed.
    pub const DELETE: Self = Self(4);
    /// An instance was read.
    pub const READ: Self = Self(8);
    /// A method is called, or has been.
    pub const METHOD_CALL: Self = Self(16);
    /// All of them.
    pub const ALL: Self = Self(31);

    /// Whether all types of `other` are among these.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for LifecycleTypes {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A call of a method, before it or after it.
#[derive(Clone, Debug, PartialEq)]
pub struct MethodCall {
    /// The method name.
    pub method: String,
    /// Its parameters.
    pub parameters: Option<Instance>,
    /// Its return value as text; `None` before the call.
    pub return_value: Option<String>,
}

/// Where a provider tells what happens to instances of its class, from any thread.
///
/// Posting answers [`Delivery::Skipped`] when nobody subscribes or the provider has been unloaded.
#[derive(Clone)]
pub struct Lifecycle {
    line: Arc<Line>,
    module: &'static Loaded,
}

struct Line {
    context: RwLock<Option<LifecycleContext>>,
    callback: Mutex<Option<Callback>>,
}

impl Lifecycle {
    /// `None` when the host has no lifecycle indications. `context` is that of a provider's Load.
    pub(crate) fn of(context: &Context, module: &'static Loaded) -> Option<Self> {
        let context = LifecycleContext::of(context)?;
        let line = Line { context: RwLock::new(Some(context)), callback: Mutex::new(None) };
        Some(Self { line: Arc::new(line), module })
    }

    /// The host's context goes with the provider.
    pub(crate) fn close(&self) {
        *self.line.context.write().unwrap_or_else(PoisonError::into_inner) = None;
        *self.line.callback.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn context(&self) -> RwLockReadGuard<'_, Option<LifecycleContext>> {
        self.line.context.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says which types the provider posts; all of them until it says so. Call it in Load.
    pub fn set_supported_types(&self, types: LifecycleTypes) -> Support {
        self.context().as_ref().map_or(Support::Unsupported, |context| context.set_supported_types(types.0))
    }

    /// The types that are subscribed to now; `None` when the host does not tell. omiserver tells those of
    /// [`set_supported_types`](Self::set_supported_types).
    pub fn types(&self) -> Option<LifecycleTypes> {
        self.context().as_ref()?.types().map(LifecycleTypes)
    }

    /// Runs `closure` whenever the subscribed types change, on a thread of the host, until the provider is unloaded. A
    /// second closure replaces the first.
    ///
    /// ```
    /// # fn watch(lifecycle: &omi::lifecycle::Lifecycle) {
    /// lifecycle.on_types_change(|types| log::debug!("subscribed to now: {types:?}"));
    /// # }
    /// ```
    pub fn on_types_change(&self, closure: impl Fn(LifecycleTypes) + Send + Sync + 'static) -> Support {
        let context = self.context();
        let Some(context) = context.as_ref() else { return Support::Unsupported };
        let callback = Callback::new(move |types| closure(LifecycleTypes(types)));
        let support = context.register(&callback);
        if support == Support::Done {
            *self.line.callback.lock().unwrap_or_else(PoisonError::into_inner) = Some(callback);
        }
        support
    }

    /// Tells that an instance was made.
    ///
    /// # Errors
    /// When a key is NULL, or the module does not declare the class.
    pub fn post_create<C: Class>(&self, instance: &C) -> Result<Delivery> {
        self.post(&[instance], |context, instances| context.post_create(instances[0].as_ptr()))
    }

    /// Tells that an instance was changed.
    ///
    /// # Errors
    /// As [`post_create`](Self::post_create).
    pub fn post_modify<C: Class>(&self, before: &C, after: &C) -> Result<Delivery> {
        self.post(&[before, after], |context, instances| {
            context.post_modify(instances[0].as_ptr(), instances[1].as_ptr())
        })
    }

    /// Tells that an instance was removed.
    ///
    /// # Errors
    /// As [`post_create`](Self::post_create).
    pub fn post_delete<C: Class>(&self, instance: &C) -> Result<Delivery> {
        self.post(&[instance], |context, instances| context.post_delete(instances[0].as_ptr()))
    }

    /// Tells that an instance was read.
    ///
    /// # Errors
    /// As [`post_create`](Self::post_create).
    pub fn post_read<C: Class>(&self, instance: &C) -> Result<Delivery> {
        self.post(&[instance], |context, instances| context.post_read(instances[0].as_ptr()))
    }

    /// Tells that a method of an instance is called, or has been.
    ///
    /// # Errors
    /// As [`post_create`](Self::post_create).
    pub fn post_method_call<C: Class>(&self, target: &C, call: &MethodCall) -> Result<Delivery> {
        self.post(&[target], |context, instances| context.post_method_call(instances[0].as_ptr(), call))
    }

    /// Lays the instances out in memory and has `send` send them.
    fn post<C: Class>(
        &self,
        instances: &[&C],
        send: impl FnOnce(&LifecycleContext, &[StackInstance<'_>]) -> Result<Delivery>,
    ) -> Result<Delivery> {
        let context = self.context();
        let Some(context) = context.as_ref() else { return Ok(Delivery::Skipped) };
        let class = self.module.require(C::SPEC)?;
        let mut memories = vec![Vec::new(); instances.len()];
        let mut posted = Vec::new();
        for (instance, memory) in instances.iter().zip(&mut memories) {
            let mut laid_out = StackInstance::of_class(context, class, memory)?;
            laid_out.fill(&crate::query::Wanted::all(), &|fields| instance.store(fields))?;
            posted.push(laid_out);
        }
        send(context, &posted)
    }
}
