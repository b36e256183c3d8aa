//! The macro that declares a provider library, and what it expands to.

pub use crate::abi::assemble::Registration;
pub use crate::abi::entry::dynamic::table;
pub use crate::abi::entry::{Served, Undeclared};
pub use crate::abi::module::{Hook, Hooks, Module};

#[cfg(doc)]
use crate::Dynamic;
use crate::abi::entry::{association, indication, instance, load, method};
use crate::provider::{Create, Delete, Enumerate, Get, Invoke, Load, Modify, Unload};
use crate::{Associate, Class, Indicate, Method};
use omi_sys::*;
use std::marker::PhantomData;

/// Declares the module of a provider library and exports its entry point `MI_Main`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/number.rs"));
/// # use omi::{Error, Invoke, Query, Result};
/// # use sample_number::{Add, AddOutput};
/// #[derive(Default)]
/// struct Numbers;
/// # impl Invoke<Add> for Numbers {
/// #     fn invoke(&self, _: Option<SampleNumber>, _: Add, _: &Query<'_>) -> Result<AddOutput> {
/// #         Ok(AddOutput::default())
/// #     }
/// # }
///
/// omi::module! {
///     schema: CLASSES,
///     // Class => provider { methods }. The provider's traits say what it can do.
///     SampleNumber => Numbers { Add },
/// }
/// # fn main() {}
/// ```
///
/// A provider that implements [`Default`] is made by it; another one implements [`Load`]. A method that the class
/// declares and the list lacks answers METHOD_NOT_AVAILABLE.
///
/// In front of the classes may stand, in this order and each of them optional:
///
/// | | |
/// |---|---|
/// | `entry: name,` | The entry point is a function of that name and is not exported, so that a program can hold several modules, in tests for example. |
/// | `schema: CLASSES,` | All classes of the MOF file, also those without a provider. |
/// | `load: function,` | Runs before any class is loaded, a [`Hook`]. |
/// | `unload: function,` | Runs after all classes were unloaded, a [`Hook`]. |
/// | `dynamic: Type,` | Serves the classes that the module does not declare, by [`Dynamic`]. |
///
/// ```
/// use omi::{Dynamic, LoadContext};
///
/// fn load(_context: &LoadContext<'_>) -> omi::Result<()> {
///     log::info!("the library is loaded");
///     Ok(())
/// }
///
/// #[derive(Default)]
/// struct Anything;
/// impl Dynamic for Anything {}
///
/// omi::module! { entry: main_of_test, load: load, dynamic: Anything }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! module {
    // The options, one by one: entry, attributes of the entry, schema, load, unload, dynamic.
    (@schema $entry:tt; schema: $schema:expr $(, $($rest:tt)*)?) => {
        $crate::module! { @load $entry [$schema]; $($($rest)*)? }
    };
    (@schema $entry:tt; $($rest:tt)*) => { $crate::module! { @load $entry [&[]]; $($rest)* } };
    (@load $entry:tt $schema:tt; load: $load:path $(, $($rest:tt)*)?) => {
        $crate::module! { @unload $entry $schema [Some($load)]; $($($rest)*)? }
    };
    (@load $entry:tt $schema:tt; $($rest:tt)*) => { $crate::module! { @unload $entry $schema [None]; $($rest)* } };
    (@unload $entry:tt $schema:tt $load:tt; unload: $unload:path $(, $($rest:tt)*)?) => {
        $crate::module! { @dynamic $entry $schema $load [Some($unload)]; $($($rest)*)? }
    };
    (@unload $entry:tt $schema:tt $load:tt; $($rest:tt)*) => {
        $crate::module! { @dynamic $entry $schema $load [None]; $($rest)* }
    };
    (@dynamic $entry:tt $schema:tt $load:tt $unload:tt; dynamic: $dynamic:ty $(, $($rest:tt)*)?) => {
        $crate::module! { @module $entry $schema $load $unload [Some(const {
            &$crate::module::table::<$dynamic>(
                $crate::module::Probe::<$dynamic, $crate::module::Undeclared>::LOAD,
                $crate::module::Probe::<$dynamic, $crate::module::Undeclared>::UNLOAD,
            )
        })]; $($($rest)*)? }
    };
    (@dynamic $entry:tt $schema:tt $load:tt $unload:tt; $($rest:tt)*) => {
        $crate::module! { @module $entry $schema $load $unload [None]; $($rest)* }
    };
    (@module [$entry:ident $($attribute:tt)*] [$schema:expr] [$load:expr] [$unload:expr] [$dynamic:expr];
        $($class:ty => $provider:ty $({ $($method:ty),* $(,)? })?),* $(,)?
    ) => {
        $($attribute)*
        #[allow(non_snake_case, unsafe_code)]
        pub extern "C" fn $entry(_server: *mut $crate::sys::MI_Server) -> *mut $crate::sys::MI_Module {
            // The fallbacks for capabilities that a provider lacks.
            #[allow(unused_imports)]
            use $crate::module::{Absent as _, ByDefault as _, Quiet as _};

            static REGISTRATIONS: &[$crate::module::Registration] = &[$($crate::module::Registration {
                class: <$class as $crate::Class>::SPEC,
                functions: &$crate::sys::MI_ProviderFT {
                    Load: $crate::module::Probe::<$provider, $class>::LOAD,
                    Unload: $crate::module::Probe::<$provider, $class>::UNLOAD,
                    GetInstance: $crate::module::Probe::<$provider, $class>::GET,
                    EnumerateInstances: $crate::module::Probe::<$provider, $class>::ENUMERATE,
                    CreateInstance: $crate::module::Probe::<$provider, $class>::CREATE,
                    ModifyInstance: $crate::module::Probe::<$provider, $class>::MODIFY,
                    DeleteInstance: $crate::module::Probe::<$provider, $class>::DELETE,
                    AssociatorInstances: $crate::module::Probe::<$provider, $class>::ASSOCIATORS,
                    ReferenceInstances: $crate::module::Probe::<$provider, $class>::REFERENCES,
                    EnableIndications: $crate::module::Probe::<$provider, $class>::ENABLE,
                    DisableIndications: $crate::module::Probe::<$provider, $class>::DISABLE,
                    Subscribe: $crate::module::Probe::<$provider, $class>::SUBSCRIBE,
                    Unsubscribe: $crate::module::Probe::<$provider, $class>::UNSUBSCRIBE,
                    Invoke: None,
                },
                methods: &[$($($crate::module::method::<$provider, $class, $method>()),*)?],
            }),*];
            static HOOKS: $crate::module::Hooks =
                $crate::module::Hooks { load: $load, unload: $unload, dynamic: $dynamic };
            static MODULE: $crate::module::Module = $crate::module::Module::new($schema, REGISTRATIONS, &HOOKS);

            unsafe extern "C" fn load_this_module(
                state: *mut *mut $crate::sys::MI_Module_Self,
                context: *mut $crate::sys::MI_Context,
            ) {
                // SAFETY: only a host calls this, with its own context.
                unsafe { MODULE.load(state, context) }
            }
            unsafe extern "C" fn unload_this_module(
                _state: *mut $crate::sys::MI_Module_Self,
                context: *mut $crate::sys::MI_Context,
            ) {
                // SAFETY: only a host calls this, with its own context.
                unsafe { MODULE.unload(context) }
            }
            MODULE.main(Some(load_this_module), Some(unload_this_module))
        }
    };
    (entry: $entry:ident, $($rest:tt)+) => {
        $crate::module! { @schema [$entry #[doc = "The entry point of a module."]]; $($rest)+ }
    };
    ($($rest:tt)+) => {
        $crate::module! { @schema [
            MI_Main
            #[doc = "The entry point that an MI host looks up."]
            #[unsafe(no_mangle)]
        ]; $($rest)+ }
    };
}

/// Finds out at compile time which capabilities the provider `P` has for the class `C`.
///
/// A slot is an associated constant twice: here, in an impl block that demands the capability, and in [`Absent`], for
/// every provider. The compiler prefers the first where its bound holds.
pub struct Probe<P, C>(PhantomData<(P, C)>);

/// The empty slots of a provider that lacks a capability.
#[allow(missing_docs)] // one constant per slot of MI_ProviderFT
pub trait Absent {
    const GET: MI_ProviderFT_GetInstance = None;
    const ENUMERATE: MI_ProviderFT_EnumerateInstances = None;
    const CREATE: MI_ProviderFT_CreateInstance = None;
    const MODIFY: MI_ProviderFT_ModifyInstance = None;
    const DELETE: MI_ProviderFT_DeleteInstance = None;
    const ASSOCIATORS: MI_ProviderFT_AssociatorInstances = None;
    const REFERENCES: MI_ProviderFT_ReferenceInstances = None;
    const ENABLE: MI_ProviderFT_EnableIndications = None;
    const DISABLE: MI_ProviderFT_DisableIndications = None;
    const SUBSCRIBE: MI_ProviderFT_Subscribe = None;
    const UNSUBSCRIBE: MI_ProviderFT_Unsubscribe = None;
}

impl<P, C> Absent for Probe<P, C> {}

/// Load for a provider that has a default instead of [`Load`].
pub trait ByDefault {
    /// The slot.
    const LOAD: MI_ProviderFT_Load;
}

impl<P: Default + Send + Sync + 'static, C: Served> ByDefault for Probe<P, C> {
    const LOAD: MI_ProviderFT_Load = Some(load::load_default::<P, C>);
}

#[allow(missing_docs)] // one constant per slot of MI_ProviderFT
impl<P: Load + Send + Sync + 'static, C: Served> Probe<P, C> {
    pub const LOAD: MI_ProviderFT_Load = Some(load::load::<P, C>);
}

/// Unload for a provider that has nothing to do then.
pub trait Quiet {
    /// The slot.
    const UNLOAD: MI_ProviderFT_Unload;
}

impl<P: Send + Sync + 'static, C: Served> Quiet for Probe<P, C> {
    const UNLOAD: MI_ProviderFT_Unload = Some(load::unload_quietly);
}

#[allow(missing_docs)] // one constant per slot of MI_ProviderFT
impl<P: Unload + Send + Sync + 'static, C: Served> Probe<P, C> {
    pub const UNLOAD: MI_ProviderFT_Unload = Some(load::unload::<P>);
}

#[allow(missing_docs)] // one constant per slot of MI_ProviderFT
impl<P: Get<C>, C: Class> Probe<P, C> {
    pub const GET: MI_ProviderFT_GetInstance = Some(instance::get::<P, C>);
}

#[allow(missing_docs)] // one constant per slot of MI_ProviderFT
impl<P: Enumerate<C>, C: Class> Probe<P, C> {
    pub const ENUMERATE: MI_ProviderFT_EnumerateInstances = Some(instance::enumerate::<P, C>);
}

#[allow(missing_docs)] // one constant per slot of MI_ProviderFT
impl<P: Create<C>, C: Class> Probe<P, C> {
    pub const CREATE: MI_ProviderFT_CreateInstance = Some(instance::create::<P, C>);
}

#[allow(missing_docs)] // one constant per slot of MI_ProviderFT
impl<P: Modify<C>, C: Class> Probe<P, C> {
    pub const MODIFY: MI_ProviderFT_ModifyInstance = Some(instance::modify::<P, C>);
}

#[allow(missing_docs)] // one constant per slot of MI_ProviderFT
impl<P: Delete<C>, C: Class> Probe<P, C> {
    pub const DELETE: MI_ProviderFT_DeleteInstance = Some(instance::delete::<P, C>);
}

#[allow(missing_docs)] // one constant per slot of MI_ProviderFT
impl<P: Associate<A>, A: Class> Probe<P, A> {
    pub const ASSOCIATORS: MI_ProviderFT_AssociatorInstances = Some(association::associators::<P, A>);
    pub const REFERENCES: MI_ProviderFT_ReferenceInstances = Some(association::references::<P, A>);
}

#[allow(missing_docs)] // one constant per slot of MI_ProviderFT
impl<P: Indicate<C>, C: Class> Probe<P, C> {
    pub const ENABLE: MI_ProviderFT_EnableIndications = Some(indication::enable::<P, C>);
    pub const DISABLE: MI_ProviderFT_DisableIndications = Some(indication::disable::<P, C>);
    pub const SUBSCRIBE: MI_ProviderFT_Subscribe = Some(indication::subscribe::<P, C>);
    pub const UNSUBSCRIBE: MI_ProviderFT_Unsubscribe = Some(indication::unsubscribe::<P, C>);
}

/// The entry of a method that the provider implements.
pub const fn method<P: Invoke<M>, C: Class, M: Method<Class = C>>() -> (&'static str, MI_MethodDecl_Invoke) {
    (M::NAME, Some(method::invoke::<P, M>))
}
