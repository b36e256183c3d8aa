//! A loaded provider library: loading it, calling its providers, unloading it. All of it happens on the library's thread.

use super::declaration::Declarations;
use super::entry::Prepare;
use super::exchange::{Exchange, Input};
use super::indications::Enabled;
use super::server::{VERSION, server};
use super::setup::SetupOutlet;
use super::source::{Source, find_main, reason};
use super::usage::Usage;
use crate::engine::Home;
use crate::engine::call::{Action, Call, Refusal, Settings};
use crate::engine::catalogue::Catalogue;
use omi::{Error, Name, Result, ResultCode};
use omi_sys::*;
use std::collections::HashMap;
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A loaded library.
pub(crate) struct Module {
    pub(super) name: String,
    module: *const MI_Module,
    /// What the module's Load made of itself.
    state: *mut MI_Module_Self,
    pub(super) declarations: Arc<Declarations>,
    pub(super) home: Home,
    /// The providers that have been loaded.
    providers: HashMap<Key, Provider>,
    /// The classes whose indications are enabled, in lower case.
    pub(super) enabled: HashMap<String, Enabled>,
    /// When the module was loaded or its last provider unloaded.
    idle_since: Instant,
}

/// Which provider of a library it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    /// That of a class, by the address of the declaration.
    Static(usize),
    /// The one for all classes without a provider of their own.
    Dynamic,
}

/// What a library has for a class.
struct Served {
    key: Key,
    /// `None` when the class is served dynamically.
    decl: Option<&'static MI_ClassDecl>,
    functions: &'static MI_ProviderFT,
}

/// A loaded provider that is about to be called.
pub(super) struct Target {
    pub(super) functions: &'static MI_ProviderFT,
    pub(super) state: *mut c_void,
    pub(super) usage: Arc<Usage>,
    /// Class and library, for messages.
    pub(super) origin: Name,
}

/// A loaded provider.
struct Provider {
    state: *mut c_void,
    unload: MI_ProviderFT_Unload,
    class: Name,
    usage: Arc<Usage>,
}

impl Module {
    /// Loads a library: the library itself, `MI_Main`, its declarations, and the module's Load.
    ///
    /// # Errors
    /// FAILED, naming the library and what is wrong with it. Nothing is remembered, so it may be tried again.
    pub(crate) fn load(source: &Source, home: &Home) -> Result<Self> {
        let wrong = |what: String| Error::failed(format!("provider library {source}: {what}"));
        let main = match source {
            Source::Linked(_, main) => *main,
            Source::File(path) => find_main(path).map_err(|error| wrong(reason(&error)))?,
        };
        // SAFETY: this is what MI_Main is for, with a server that lives for good.
        let module = unsafe { main(server()) };
        // SAFETY: NULL or a module that lives as long as the library.
        let head = unsafe { module.as_ref() }.ok_or_else(|| wrong("MI_Main returned NULL".into()))?;
        check(head).map_err(wrong)?;
        let name = source.short_name();
        // SAFETY: what the module leads to is constant data of the library, which stays loaded.
        let declarations = Arc::new(unsafe { Declarations::read(head, &name) });
        let mut loaded = Self {
            name,
            module,
            state: ptr::null_mut(),
            declarations,
            home: home.clone(),
            providers: HashMap::new(),
            enabled: HashMap::new(),
            idle_since: Instant::now(),
        };
        loaded.load_module(head).map_err(|error| wrong(format!("its Load failed: {error}")))?;
        Ok(loaded)
    }

    pub(crate) fn catalogue(&self) -> Arc<Catalogue> {
        self.declarations.catalogue.clone()
    }

    fn load_module(&mut self, head: &MI_Module) -> Result<()> {
        let Some(load) = head.Load else { return Ok(()) };
        let mut state = ptr::null_mut();
        // SAFETY: the entry gets what mi.h says: a place for its state, and a context.
        self.setup(&self.name, None, |context| unsafe { load(&raw mut state, context) })?;
        self.state = state;
        Ok(())
    }

    /// Runs a Load or Unload, which must post its result before it returns.
    fn setup(&self, origin: &str, usage: Option<Arc<Usage>>, entry: impl FnOnce(*mut MI_Context)) -> Result<()> {
        let outlet = Arc::new(SetupOutlet::new(origin, Ok(())));
        let (declarations, settings) = (self.declarations.clone(), Arc::new(Settings::of_host()));
        let (home, input) = (self.home.clone(), Input::default());
        let (context, exchange) = Exchange::open(outlet.clone(), declarations, None, settings, home, input, usage);
        entry(context);
        if exchange.close() {
            log::warn!("{origin}: Load or Unload returned without posting a result; taken as success");
        }
        outlet.take().unwrap_or(Ok(()))
    }

    /// Runs a Subscribe or Unsubscribe, which may post a result before it returns. The exchange keeps the input, and the
    /// outlet has the result.
    pub(super) fn visit(
        &self,
        origin: &str,
        settings: Arc<Settings>,
        input: Input,
        entry: impl FnOnce(*mut MI_Context, &Input),
    ) -> (Arc<Exchange>, Arc<SetupOutlet>) {
        let outlet = Arc::new(SetupOutlet::new(origin, Err(Refusal::NotHere)));
        let declarations = self.declarations.clone();
        let (context, exchange) =
            Exchange::open(outlet.clone(), declarations, None, settings, self.home.clone(), input, None);
        entry(context, exchange.input());
        if exchange.close() {
            log::debug!("{origin}: Subscribe or Unsubscribe returned without posting a result; taken as success");
        }
        (exchange, outlet)
    }

    /// Calls a provider. What is wrong before it is called goes to the outlet like what the provider posts.
    pub(crate) fn call(&mut self, call: Call) {
        let outlet = call.outlet.clone();
        if let Err(error) = self.start(call) {
            outlet.end(Err(error));
        }
    }

    fn start(&mut self, call: Call) -> Result<()> {
        let served = self.served(&call.class)?;
        let target = self.target(&served, &call.class)?;
        match call.action {
            Action::Subscribe { .. } => return self.subscribe(call, &target),
            Action::Watch { id, types } => {
                call.outlet.accepted();
                target.usage.lifecycle.add(id, types, call.outlet);
                return Ok(());
            }
            _ => {}
        }
        let Target { state, usage, origin, functions } = target;
        let declarations = self.declarations.clone();
        let prepare =
            Prepare { call: &call, decl: served.decl, functions, declarations: &declarations, origin: &origin };
        let (input, enter) = prepare.run()?;
        let Call { outlet, settings, .. } = call;
        let home = self.home.clone();
        let (context, exchange) =
            Exchange::open(outlet, declarations, Some(origin), settings, home, input, Some(usage));
        // The exchange keeps the input until the handler has returned, also when the final post comes before.
        enter(state, context, exchange.input());
        Ok(())
    }

    /// What serves a class: its own provider or, as mi.h has it, the dynamic one.
    fn served(&self, class: &str) -> Result<Served> {
        // SAFETY: declarations and function tables are constant data of the library, which stays loaded.
        let (declared, dynamic) =
            unsafe { (self.declarations.class(class).map(|decl| &*decl), (*self.module).dynamicProviderFT.as_ref()) };
        // SAFETY: as above.
        if let Some((decl, functions)) = declared.and_then(|decl| unsafe { Some((decl, decl.providerFT.as_ref()?)) }) {
            return Ok(Served { key: Key::Static(ptr::from_ref(decl) as usize), decl: Some(decl), functions });
        }
        match (dynamic, declared) {
            (Some(functions), _) => Ok(Served { key: Key::Dynamic, decl: None, functions }),
            (None, Some(_)) => {
                Err(Error::not_supported(format!("{} declares {class}, but has no provider for it", self.name)))
            }
            (None, None) => {
                let text = format!("{} does not declare the class {class}", self.name);
                Err(Error::new(ResultCode::INVALID_CLASS, text))
            }
        }
    }

    /// The provider of a class, which is loaded first if need be.
    fn target(&mut self, served: &Served, class: &Name) -> Result<Target> {
        let Served { key, functions, .. } = *served;
        let origin: Name = format!("{class} ({})", self.name).into();
        if !self.providers.contains_key(&key) {
            let provider = self.load_provider(functions, class, &origin)?;
            self.providers.insert(key, provider);
        }
        let Provider { state, usage, .. } = &self.providers[&key];
        Ok(Target { functions, state: *state, usage: usage.clone(), origin })
    }

    fn load_provider(&self, functions: &MI_ProviderFT, class: &Name, origin: &Name) -> Result<Provider> {
        let usage = Arc::new(Usage::new());
        let mut state = ptr::null_mut();
        if let Some(load) = functions.Load {
            let using = Some(usage.clone());
            // SAFETY: the entry gets what mi.h says: a place for its state, the module's state, and a context.
            let loaded = self.setup(origin, using, |context| unsafe { load(&raw mut state, self.state, context) });
            loaded
                .map_err(|error| Error::new(error.code(), format!("{origin}: the provider's Load failed: {error}")))?;
        }
        Ok(Provider { state, unload: functions.Unload, class: class.clone(), usage })
    }

    /// Ends a lifecycle subscription to the instances of a class, if it has not ended.
    pub(super) fn unwatch(&self, class: &str, id: u64) {
        let served = self.served(class).ok();
        if let Some(provider) = served.and_then(|served| self.providers.get(&served.key)) {
            provider.usage.lifecycle.remove(id);
            provider.usage.touch();
        }
    }

    /// When there may be something to unload, if nothing happens until then. A provider that is in use now is looked
    /// at again after the same time.
    pub(crate) fn idle_at(&self, patience: Duration) -> Option<Instant> {
        let idle = self.providers.values().map(|it| if it.is_free() { it.usage.idle_since() } else { Instant::now() });
        idle.min().unwrap_or(self.idle_since).checked_add(patience)
    }

    /// Unloads the providers that have been idle for so long. Whether none is left, and the module may go too.
    pub(crate) fn unload_idle(&mut self, patience: Duration) -> bool {
        let is_idle = |provider: &Provider| provider.is_free() && provider.usage.idle_since().elapsed() >= patience;
        let idle: Vec<Key> = self.providers.iter().filter(|(_, it)| is_idle(it)).map(|(key, _)| *key).collect();
        let was_loaded = !self.providers.is_empty();
        for key in idle {
            if let Some(provider) = self.providers.remove(&key) {
                self.unload_provider(&provider);
            }
        }
        self.providers.is_empty() && (was_loaded || self.idle_since.elapsed() >= patience)
    }

    fn unload_provider(&self, provider: &Provider) {
        provider.usage.lifecycle.end(ResultCode::SERVER_IS_SHUTTING_DOWN);
        let Some(unload) = provider.unload else { return };
        let origin = format!("{} ({})", provider.class, self.name);
        // SAFETY: the state is that of the provider's Load, and nobody calls it any more.
        let result = self.setup(&origin, None, |context| unsafe { unload(provider.state, context) });
        result.unwrap_or_else(|error| log::warn!("{origin}: the provider's Unload failed: {error}"));
    }

    /// Unloads the providers, then the module. The library itself stays, because it may have left threads behind.
    pub(crate) fn unload(mut self) {
        self.disable_all();
        for (_, provider) in std::mem::take(&mut self.providers) {
            self.unload_provider(&provider);
        }
        // SAFETY: the module lives as long as the library.
        if let Some(unload) = unsafe { (*self.module).Unload } {
            let state = self.state;
            // SAFETY: the state is that of the module's Load.
            let result = self.setup(&self.name, None, |context| unsafe { unload(state, context) });
            result.unwrap_or_else(|error| log::warn!("{}: the module's Unload failed: {error}", self.name));
        }
    }
}

/// What a module must be for this host to use it.
fn check(module: &MI_Module) -> std::result::Result<(), String> {
    let dotted = |version: u32| format!("{}.{}.{}", version >> 16, version >> 8 & 0xff, version & 0xff);
    if module.version > VERSION {
        return Err(format!("it needs MI {}, but this host has MI {}", dotted(module.version), dotted(VERSION)));
    }
    // omiserver does not look at it, so a 0 of careless code is common enough.
    if module.charSize > 1 {
        return Err(format!("its characters have {} bytes, but on Linux they have 1", module.charSize));
    }
    if module.schemaDecl.is_null() && module.dynamicProviderFT.is_null() {
        return Err("it has neither a schema nor a dynamic provider".into());
    }
    Ok(())
}

impl Provider {
    /// Whether nothing keeps it from being unloaded: no exchange, no refusal of its own, no lifecycle subscription.
    fn is_free(&self) -> bool {
        Arc::strong_count(&self.usage) == 1 && !self.usage.refuses_unload() && self.usage.lifecycle.is_unused()
    }
}
