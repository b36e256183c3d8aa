//! A loaded provider library: loading it, calling its providers, unloading it. All of it happens on the library's thread.

use super::declaration::Declarations;
use super::entry::Prepare;
use super::exchange::{Exchange, Input};
use super::server::{VERSION, server};
use crate::engine::call::{Call, LogListener, Outlet, Settings};
use crate::engine::catalogue::Catalogue;
use crate::engine::{Closed, OnCancel};
use omi::dialogue::Listener;
use omi::{Error, Instance, Name, Result, ResultCode};
use omi_sys::*;
use std::collections::HashMap;
use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::os::raw::c_int;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::{fmt, ptr};

/// The `MI_Main` of a provider that is linked into this program.
pub type Main = unsafe extern "C" fn(*mut MI_Server) -> *mut MI_Module;

/// Where a provider library comes from.
#[derive(Clone)]
pub(crate) enum Source {
    /// A shared library.
    File(PathBuf),
    /// A part of this program, under a name for messages.
    Linked(Name, Main),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Linked(name, _) => f.write_str(name),
        }
    }
}

impl Source {
    /// The name in messages of the library's providers: without its directory.
    fn short_name(&self) -> String {
        match self {
            Self::File(path) => path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
            Self::Linked(name, _) => name.to_string(),
        }
    }
}

/// A loaded library.
pub(crate) struct Module {
    name: String,
    module: *const MI_Module,
    /// What the module's Load made of itself.
    state: *mut MI_Module_Self,
    declarations: Arc<Declarations>,
    /// The providers that have been loaded, by the address of their class's declaration.
    providers: HashMap<usize, Provider>,
}

/// A loaded provider.
struct Provider {
    state: *mut c_void,
    unload: MI_ProviderFT_Unload,
    class: Name,
}

impl Module {
    /// Loads a library: the library itself, `MI_Main`, its declarations, and the module's Load.
    ///
    /// # Errors
    /// FAILED, naming the library and what is wrong with it. Nothing is remembered, so it may be tried again.
    pub(crate) fn load(source: &Source) -> Result<Self> {
        let wrong = |what: String| Error::failed(format!("provider library {source}: {what}"));
        let main = match source {
            Source::Linked(_, main) => *main,
            Source::File(path) => find_main(path).map_err(|error| wrong(reason(&error)))?,
        };
        // SAFETY: this is what MI_Main is for, with a server that lives for good.
        let module = unsafe { main(server()) };
        // SAFETY: NULL or a module that lives as long as the library.
        let head = unsafe { module.as_ref() }.ok_or_else(|| wrong("MI_Main returned NULL".into()))?;
        let schema = check(head).map_err(wrong)?;
        let name = source.short_name();
        // SAFETY: the schema is constant data of the library, which stays loaded.
        let declarations = Arc::new(unsafe { Declarations::read(schema, &name) });
        let mut loaded = Self { name, module, state: ptr::null_mut(), declarations, providers: HashMap::new() };
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
        self.setup(&self.name, |context| unsafe { load(&raw mut state, context) })?;
        self.state = state;
        Ok(())
    }

    /// Runs an entry that must post its result before it returns.
    fn setup(&self, origin: &str, entry: impl FnOnce(*mut MI_Context)) -> Result<()> {
        let outlet = Arc::new(SetupOutlet { log: LogListener { from: origin.into() }, result: Mutex::new(None) });
        let settings = Arc::new(Settings { locale: None, data_locale: None, options: Vec::new(), listener: None });
        let declarations = self.declarations.clone();
        let (context, exchange) = Exchange::open(outlet.clone(), declarations, None, settings, Input::default());
        entry(context);
        if exchange.close() {
            log::warn!("{origin}: Load or Unload returned without posting a result; taken as success");
        }
        let mut result = outlet.result.lock().unwrap_or_else(PoisonError::into_inner);
        result.take().unwrap_or(Ok(()))
    }

    /// Calls a provider. What is wrong before it is called goes to the outlet like what the provider posts.
    pub(crate) fn call(&mut self, call: Call) {
        let outlet = call.outlet.clone();
        if let Err(error) = self.start(call) {
            outlet.end(Err(error));
        }
    }

    fn start(&mut self, call: Call) -> Result<()> {
        let declarations = self.declarations.clone();
        let class = declarations.class(&call.class).ok_or_else(|| {
            let text = format!("{} does not declare the class {}", self.name, call.class);
            Error::new(ResultCode::INVALID_CLASS, text)
        })?;
        // SAFETY: declarations and function tables are constant data of the library.
        let (decl, functions) = unsafe { (&*class, (*class).providerFT.as_ref()) };
        let functions = functions.ok_or_else(|| {
            Error::not_supported(format!("{} declares {}, but has no provider for it", self.name, call.class))
        })?;
        let state = self.provider(decl, functions, &call.class)?;
        let origin: Name = format!("{} ({})", call.class, self.name).into();
        let (input, enter) =
            Prepare { call: &call, decl, functions, declarations: &declarations, origin: &origin }.run()?;
        let (context, exchange) = Exchange::open(call.outlet, declarations, Some(origin), call.settings, input);
        // The exchange keeps the input until the handler has returned, also when the final post comes before.
        enter(state, context, exchange.input());
        Ok(())
    }

    /// The state of a class's provider, which is loaded first if need be.
    fn provider(&mut self, decl: &MI_ClassDecl, functions: &MI_ProviderFT, class: &Name) -> Result<*mut c_void> {
        let key = ptr::from_ref(decl) as usize;
        if let Some(provider) = self.providers.get(&key) {
            return Ok(provider.state);
        }
        let mut state = ptr::null_mut();
        if let Some(load) = functions.Load {
            let origin = format!("{class} ({})", self.name);
            // SAFETY: the entry gets what mi.h says: a place for its state, the module's state, and a context.
            let loaded = self.setup(&origin, |context| unsafe { load(&raw mut state, self.state, context) });
            loaded
                .map_err(|error| Error::new(error.code(), format!("{origin}: the provider's Load failed: {error}")))?;
        }
        self.providers.insert(key, Provider { state, unload: functions.Unload, class: class.clone() });
        Ok(state)
    }

    /// Unloads the providers, then the module. The library itself stays, because it may have left threads behind.
    pub(crate) fn unload(mut self) {
        for (_, provider) in std::mem::take(&mut self.providers) {
            let Some(unload) = provider.unload else { continue };
            let origin = format!("{} ({})", provider.class, self.name);
            // SAFETY: the state is that of the provider's Load, and nobody calls it any more.
            let result = self.setup(&origin, |context| unsafe { unload(provider.state, context) });
            result.unwrap_or_else(|error| log::warn!("{origin}: the provider's Unload failed: {error}"));
        }
        // SAFETY: the module lives as long as the library.
        if let Some(unload) = unsafe { (*self.module).Unload } {
            let state = self.state;
            // SAFETY: the state is that of the module's Load.
            let result = self.setup(&self.name, |context| unsafe { unload(state, context) });
            result.unwrap_or_else(|error| log::warn!("{}: the module's Unload failed: {error}", self.name));
        }
    }
}

/// Opens a shared library and finds its `MI_Main`. The library is never closed.
fn find_main(path: &std::path::Path) -> std::result::Result<Main, libloading::Error> {
    use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
    let flags: c_int = RTLD_NOW | RTLD_LOCAL;
    // SAFETY: whoever registers a provider library wants its code to run here.
    unsafe {
        let library = ManuallyDrop::new(Library::open(Some(path), flags)?);
        Ok(*library.get::<Main>(b"MI_Main\0")?)
    }
}

/// What the loader says; the error itself names only the call.
fn reason(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

/// What a module must be for this host to use it.
fn check(module: &MI_Module) -> std::result::Result<&MI_SchemaDecl, String> {
    let dotted = |version: u32| format!("{}.{}.{}", version >> 16, version >> 8 & 0xff, version & 0xff);
    if module.version > VERSION {
        return Err(format!("it needs MI {}, but this host has MI {}", dotted(module.version), dotted(VERSION)));
    }
    // omiserver does not look at it, so a 0 of careless code is common enough.
    if module.charSize > 1 {
        return Err(format!("its characters have {} bytes, but on Linux they have 1", module.charSize));
    }
    // SAFETY: NULL or constant data of the library.
    unsafe { module.schemaDecl.as_ref() }.ok_or_else(|| "it declares no schema".into())
}

/// Takes the result of a Load or Unload; these have nobody to post instances to.
struct SetupOutlet {
    log: LogListener,
    result: Mutex<Option<Result<()>>>,
}

impl Outlet for SetupOutlet {
    fn instance(&self, _instance: Instance) -> std::result::Result<(), Closed> {
        Ok(())
    }

    fn needs(&self) -> Option<Vec<String>> {
        None
    }

    fn end(&self, result: Result<()>) {
        *self.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
    }

    fn is_cancelled(&self) -> bool {
        false
    }

    fn on_cancel(&self, _callback: OnCancel) {}

    fn listener(&self) -> &dyn Listener {
        &self.log
    }
}
