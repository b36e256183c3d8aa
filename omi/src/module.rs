//! The macro that declares a provider library, and what it expands to.

pub use crate::abi::assemble::Registration;
pub use crate::abi::module::Module;

use crate::abi::entry;
use crate::provider::{Create, Delete, Enumerate, Get, Invoke, Load, Modify};
use crate::{Class, Method};
use omi_sys::*;
use std::marker::PhantomData;

/// Declares the module of a provider library and exports its entry point `MI_Main`.
///
/// ```ignore
/// omi::module! {
///     // All classes of the MOF file, also those without a provider; optional.
///     schema: schema::CLASSES,
///     // Class => provider { methods }. The provider's traits say what it can do.
///     LinuxProcess => Processes { linux_process::Terminate, linux_process::SendSignal },
///     LinuxFileSystem => FileSystems,
/// }
/// ```
///
/// A provider that implements [`Default`] is made by it; another one implements [`Load`]. A method that the class
/// declares and the list lacks answers METHOD_NOT_AVAILABLE.
///
/// With `entry: name,` in front, the entry point is a function of that name and is not exported, so that a program can
/// hold several modules, in tests for example.
#[macro_export]
macro_rules! module {
    (@entry [$($attribute:tt)*] $entry:ident [$schema:expr]
        $($class:ty => $provider:ty $({ $($method:ty),* $(,)? })?),+ $(,)?
    ) => {
        $($attribute)*
        #[allow(non_snake_case, unsafe_code)]
        pub extern "C" fn $entry(_server: *mut $crate::sys::MI_Server) -> *mut $crate::sys::MI_Module {
            // The fallbacks for capabilities that a provider lacks.
            #[allow(unused_imports)]
            use $crate::module::{Absent as _, ByDefault as _};

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
                    AssociatorInstances: None,
                    ReferenceInstances: None,
                    EnableIndications: None,
                    DisableIndications: None,
                    Subscribe: None,
                    Unsubscribe: None,
                    Invoke: None,
                },
                methods: &[$($($crate::module::method::<$provider, $class, $method>()),*)?],
            }),+];
            static MODULE: $crate::module::Module =
                $crate::module::Module::new($schema, REGISTRATIONS);

            unsafe extern "C" fn load(
                state: *mut *mut $crate::sys::MI_Module_Self,
                context: *mut $crate::sys::MI_Context,
            ) {
                // SAFETY: only a host calls this, with its own context.
                unsafe { MODULE.load(state, context) }
            }
            unsafe extern "C" fn unload(
                _state: *mut $crate::sys::MI_Module_Self,
                context: *mut $crate::sys::MI_Context,
            ) {
                // SAFETY: only a host calls this, with its own context.
                unsafe { MODULE.unload(context) }
            }
            MODULE.main(Some(load), Some(unload))
        }
    };
    (entry: $entry:ident, schema: $schema:expr, $($rest:tt)+) => {
        $crate::module! { @entry [#[doc = "The entry point of a module."]] $entry [$schema] $($rest)+ }
    };
    (entry: $entry:ident, $($rest:tt)+) => {
        $crate::module! { entry: $entry, schema: &[], $($rest)+ }
    };
    (schema: $schema:expr, $($rest:tt)+) => {
        $crate::module! { @entry [
            #[doc = "The entry point that an MI host looks up."]
            #[unsafe(no_mangle)]
        ] MI_Main [$schema] $($rest)+ }
    };
    ($($rest:tt)+) => {
        $crate::module! { schema: &[], $($rest)+ }
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
}

impl<P, C> Absent for Probe<P, C> {}

/// Load for a provider that has a default instead of [`Load`].
pub trait ByDefault {
    /// The slot.
    const LOAD: MI_ProviderFT_Load;
}

impl<P: Default + Send + Sync + 'static, C: Class> ByDefault for Probe<P, C> {
    const LOAD: MI_ProviderFT_Load = Some(entry::load_default::<P, C>);
}

#[allow(missing_docs)] // one constant per slot of MI_ProviderFT
impl<P: Load + Send + Sync + 'static, C: Class> Probe<P, C> {
    pub const LOAD: MI_ProviderFT_Load = Some(entry::load::<P, C>);
}

#[allow(missing_docs)] // one constant per slot of MI_ProviderFT
impl<P: Send + Sync + 'static, C: Class> Probe<P, C> {
    pub const UNLOAD: MI_ProviderFT_Unload = Some(entry::unload::<P>);
}

#[allow(missing_docs)] // one constant per slot of MI_ProviderFT
impl<P: Get<C>, C: Class> Probe<P, C> {
    pub const GET: MI_ProviderFT_GetInstance = Some(entry::get::<P, C>);
}

#[allow(missing_docs)] // one constant per slot of MI_ProviderFT
impl<P: Enumerate<C>, C: Class> Probe<P, C> {
    pub const ENUMERATE: MI_ProviderFT_EnumerateInstances = Some(entry::enumerate::<P, C>);
}

#[allow(missing_docs)] // one constant per slot of MI_ProviderFT
impl<P: Create<C>, C: Class> Probe<P, C> {
    pub const CREATE: MI_ProviderFT_CreateInstance = Some(entry::create::<P, C>);
}

#[allow(missing_docs)] // one constant per slot of MI_ProviderFT
impl<P: Modify<C>, C: Class> Probe<P, C> {
    pub const MODIFY: MI_ProviderFT_ModifyInstance = Some(entry::modify::<P, C>);
}

#[allow(missing_docs)] // one constant per slot of MI_ProviderFT
impl<P: Delete<C>, C: Class> Probe<P, C> {
    pub const DELETE: MI_ProviderFT_DeleteInstance = Some(entry::delete::<P, C>);
}

/// The entry of a method that the provider implements.
pub const fn method<P: Invoke<M>, C: Class, M: Method<Class = C>>() -> (&'static str, MI_MethodDecl_Invoke) {
    (M::NAME, Some(entry::invoke::<P, M>))
}
