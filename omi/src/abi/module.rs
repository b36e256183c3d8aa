//! The module structure that a host gets from `MI_Main`, and its Load and Unload.

use super::assemble::{Declarations, Registration};
use super::declared::ClassRef;
use super::entry::finish_here;
use crate::decl::ClassSpec;
use crate::{Error, LoadContext, Result};
use omi_sys::*;
use std::sync::OnceLock;

/// A module before it is loaded: constant data.
pub struct Module {
    schema: &'static [&'static ClassSpec],
    registrations: &'static [Registration],
    hooks: &'static Hooks,
    loaded: OnceLock<Loaded>,
}

/// A function of the module that runs when the host loads or unloads the library.
pub type Hook = fn(&LoadContext<'_>) -> Result<()>;

/// What a module has besides its classes.
pub struct Hooks {
    /// Runs before any class is loaded.
    pub load: Option<Hook>,
    /// Runs after all classes were unloaded.
    pub unload: Option<Hook>,
    /// The functions of the dynamic provider.
    pub dynamic: Option<&'static MI_ProviderFT>,
}

/// A module with its declarations. Lives as long as the process, because hosts keep pointers into it.
pub(crate) struct Loaded {
    declarations: Declarations,
    module: *mut MI_Module,
}

// SAFETY: the module structure is written once, before `Loaded` is shared, and a host only reads it.
unsafe impl Send for Loaded {}
// SAFETY: as above.
unsafe impl Sync for Loaded {}

impl Module {
    /// A module that declares the classes of `schema` and serves the registered ones.
    pub const fn new(
        schema: &'static [&'static ClassSpec],
        registrations: &'static [Registration],
        hooks: &'static Hooks,
    ) -> Self {
        Self { schema, registrations, hooks, loaded: OnceLock::new() }
    }

    /// What `MI_Main` returns. May be called again, as omireg and a reloading server do.
    ///
    /// The version is MI 1.0.0 whatever header is around, because a server refuses modules newer than itself.
    pub fn main(&'static self, load: MI_Module_Load, unload: MI_Module_Unload) -> *mut MI_Module {
        let loaded = std::panic::catch_unwind(|| {
            self.loaded.get_or_init(|| {
                let declarations = Declarations::assemble(self.schema, self.registrations);
                let module = Box::leak(Box::new(MI_Module {
                    version: MI_VERSION_1_0_0,
                    generatorVersion: MI_VERSION_1_0_0,
                    flags: MI_MODULE_FLAG_FILTER_SUPPORT,
                    charSize: 1,
                    schemaDecl: std::ptr::from_ref(declarations.schema).cast_mut(),
                    Load: load,
                    Unload: unload,
                    dynamicProviderFT: self.hooks.dynamic.map_or(std::ptr::null(), std::ptr::from_ref),
                }));
                Loaded { declarations, module }
            })
        });
        loaded.map_or(std::ptr::null_mut(), |loaded| loaded.module)
    }

    /// `MI_Module.Load`: hands the declarations to the Load of each class as the module's state.
    ///
    /// # Safety
    /// Called by an MI host, with its own context.
    pub unsafe fn load(&'static self, state: *mut *mut MI_Module_Self, context: *mut MI_Context) {
        let loaded = self.loaded.get().map_or(std::ptr::null(), std::ptr::from_ref);
        if !state.is_null() {
            // SAFETY: the host passes a place for the state.
            unsafe { *state = loaded.cast_mut().cast() };
        }
        // SAFETY: by the caller's promise.
        unsafe { finish_here(context, self.hooks.load) };
    }

    /// `MI_Module.Unload`. The declarations stay: the host may load the module again.
    ///
    /// # Safety
    /// Called by an MI host, with its own context.
    pub unsafe fn unload(&'static self, context: *mut MI_Context) {
        // SAFETY: by the caller's promise.
        unsafe { finish_here(context, self.hooks.unload) };
    }
}

impl Loaded {
    /// What [`Module::load`] stored.
    ///
    /// # Safety
    /// `module` is NULL or the state that [`Module::load`] gave to the host.
    pub(crate) unsafe fn from_raw(module: *const MI_Module_Self) -> Option<&'static Self> {
        // SAFETY: by the caller's promise, and `Loaded` lives in a static.
        unsafe { module.cast::<Self>().as_ref() }
    }

    /// The declaration of a class.
    ///
    /// # Errors
    /// FAILED when the module does not declare the class.
    pub(crate) fn require(&self, class: &'static ClassSpec) -> Result<ClassRef> {
        self.declarations.class(class).map(ClassRef::new).ok_or_else(|| {
            Error::failed(format!("the module does not declare {}; name it in `schema:` of omi::module!", class.name()))
        })
    }
}
