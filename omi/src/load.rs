//! What a provider and a module can ask for when they are loaded and unloaded.

use crate::Property;
use crate::abi::context::Context;
use crate::abi::module::Loaded;
use crate::dialogue::Support;
use crate::lifecycle::Lifecycle;
use std::cell::OnceCell;

/// The host, while it loads or unloads a provider or the module.
///
/// ```
/// use omi::LoadContext;
///
/// struct Counters;
///
/// impl omi::Load for Counters {
///     fn load(context: &LoadContext<'_>) -> omi::Result<Self> {
///         // The counters are in memory only, so they would be lost when the host unloads an idle provider.
///         context.refuse_unload();
///         Ok(Self)
///     }
/// }
/// ```
pub struct LoadContext<'a> {
    context: &'a Context,
    /// The module, while a provider is loaded.
    provider_of: Option<&'static Loaded>,
    lifecycle: OnceCell<Option<Lifecycle>>,
}

impl<'a> LoadContext<'a> {
    /// For everything but the Load of a provider.
    pub(crate) fn new(context: &'a Context) -> Self {
        Self { context, provider_of: None, lifecycle: OnceCell::new() }
    }

    pub(crate) fn of_provider(context: &'a Context, module: &'static Loaded) -> Self {
        Self { provider_of: Some(module), ..Self::new(context) }
    }

    /// Keeps the provider loaded while it is idle. Unsupported while a module is loaded, and in an Unload.
    pub fn refuse_unload(&self) -> Support {
        self.context.refuse_unload()
    }

    /// Takes [`refuse_unload`](Self::refuse_unload) back.
    pub fn request_unload(&self) -> Support {
        self.context.request_unload()
    }

    /// The named option of the request that made the host load the provider. omiserver gives none.
    pub fn option(&self, name: &str) -> Option<Property> {
        self.context.option(name)
    }

    /// The named option as text.
    pub fn option_text(&self, name: &str) -> Option<String> {
        self.context.option_text(name)
    }

    /// The named option as a number.
    pub fn option_number(&self, name: &str) -> Option<u32> {
        self.context.option_number(name)
    }

    /// Where the provider tells that instances of its class come, change and go. `None` where the host has no such thing,
    /// and for everything but the Load of a provider.
    ///
    /// omiserver frees what is behind it before it calls the provider's Unload, so a provider that takes it refuses to be
    /// unloaded.
    pub fn lifecycle(&self) -> Option<Lifecycle> {
        let module = self.provider_of?;
        let lifecycle = self.lifecycle.get_or_init(|| {
            let lifecycle = Lifecycle::of(self.context, module)?;
            self.refuse_unload();
            Some(lifecycle)
        });
        lifecycle.clone()
    }

    /// The lifecycle that the provider took, to be closed when the provider is unloaded.
    pub(crate) fn into_lifecycle(self) -> Option<Lifecycle> {
        self.lifecycle.into_inner().flatten()
    }
}
