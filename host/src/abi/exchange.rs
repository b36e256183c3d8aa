//! What a context stands for: one call of a provider, its input, and where its results go.

use super::build::{self, OwnedInstance};
use super::declaration::Declarations;
use super::filter::Filter;
use super::memory::Outcome;
use super::propertyset::PropertySet;
use super::read::{self, Selection};
use super::slot::Slot;
use super::usage::Usage;
use super::value::OwnedValue;
use crate::engine::Home;
use crate::engine::call::{Outlet, Refusal, Settings};
use omi::{Error, Instance, Name, Property, ResultCode, Value};
use omi_sys::*;
use std::ffi::{CStr, CString};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One call of a provider, from the handler's start to the later of its return and its final post.
pub(super) struct Exchange {
    slot: &'static Slot,
    outlet: Arc<dyn Outlet>,
    declarations: Arc<Declarations>,
    /// Whose provider it is, for messages; `None` while it is being loaded or unloaded, as the caller names it then.
    origin: Option<Name>,
    settings: Arc<Settings>,
    /// The host, for what the provider asks of it.
    home: Home,
    options: Mutex<Options>,
    input: Input,
    /// What the client needs of each instance; `None` for all of it.
    selection: Option<Selection>,
    /// That of the provider; `None` while the module is loaded or unloaded, and where a provider must not refuse.
    usage: Option<Arc<Usage>>,
    /// The number of the local session, once the provider has asked for it.
    local_session: Mutex<Option<u64>>,
}

/// What the provider is given besides its context. It is borrowed until the final post, so it lives here.
#[derive(Default)]
pub(super) struct Input {
    pub(super) namespace: CString,
    pub(super) class: CString,
    pub(super) method: CString,
    pub(super) result_class: Option<CString>,
    pub(super) role: Option<CString>,
    pub(super) result_role: Option<CString>,
    pub(super) instance: Option<OwnedInstance>,
    pub(super) parameters: Option<OwnedInstance>,
    pub(super) properties: Option<Box<PropertySet>>,
    pub(super) filter: Option<Box<Filter>>,
    pub(super) bookmark: Option<CString>,
}

/// The options of the request, and those that the provider set.
struct Options {
    current: Vec<Arc<RequestOption>>,
    /// What the provider replaced: it may still use the values that it was given.
    replaced: Vec<Arc<RequestOption>>,
}

/// An option of the request, in both forms.
pub(super) struct RequestOption {
    pub(super) name: CString,
    pub(super) source: Value,
    pub(super) value: OwnedValue,
}

// SAFETY: the value owns what it points to, which belongs to no thread.
unsafe impl Send for RequestOption {}
// SAFETY: an option does not change once it is made.
unsafe impl Sync for RequestOption {}

impl RequestOption {
    pub(super) fn is_named(&self, name: &[u8]) -> bool {
        self.name.to_bytes().eq_ignore_ascii_case(name)
    }
}

// SAFETY: the pointers inside are to memory that this owns and that belongs to no thread.
unsafe impl Send for Exchange {}
// SAFETY: it does not change, apart from the input, which C providers do not write to in two threads at once.
unsafe impl Sync for Exchange {}

impl Exchange {
    /// Makes a context for a call and returns both. The context stands for the exchange until the final post.
    pub(super) fn open(
        outlet: Arc<dyn Outlet>,
        declarations: Arc<Declarations>,
        origin: Option<Name>,
        settings: Arc<Settings>,
        home: Home,
        input: Input,
        usage: Option<Arc<Usage>>,
    ) -> (*mut MI_Context, Arc<Self>) {
        let current = options(&settings, &declarations);
        let options = Mutex::new(Options { current, replaced: Vec::new() });
        let slot = Slot::unused();
        let selection = outlet.needs().map(Selection::new);
        let local_session = Mutex::default();
        let exchange = Arc::new(Self {
            slot,
            outlet,
            declarations,
            origin,
            settings,
            home,
            options,
            input,
            selection,
            usage,
            local_session,
        });
        (slot.open(exchange.clone()), exchange)
    }

    /// Ends the exchange without a final post. Whether there had been none.
    pub(super) fn close(&self) -> bool {
        self.slot.close().is_some()
    }

    pub(super) fn input(&self) -> &Input {
        &self.input
    }

    pub(super) fn outlet(&self) -> &dyn Outlet {
        &*self.outlet
    }

    /// The use of the provider; INVALID_PARAMETER without one, as in OMI.
    pub(super) fn usage(&self) -> Outcome<&Usage> {
        self.usage.as_deref().ok_or(MI_RESULT_INVALID_PARAMETER)
    }

    pub(super) fn declarations(&self) -> &Arc<Declarations> {
        &self.declarations
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn home(&self) -> &Home {
        &self.home
    }

    /// Where the number of the local session is kept.
    pub(super) fn local_session(&self) -> MutexGuard<'_, Option<u64>> {
        self.local_session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_options(&self) -> MutexGuard<'_, Options> {
        self.options.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn option_count(&self) -> usize {
        self.lock_options().current.len()
    }

    /// The option at a place. What it points to lives as long as the exchange.
    pub(super) fn option_at(&self, index: usize) -> Option<Arc<RequestOption>> {
        self.lock_options().current.get(index).cloned()
    }

    /// The named option, found without regard to ASCII case. What it points to lives as long as the exchange.
    pub(super) fn option(&self, name: &[u8]) -> Outcome<Arc<RequestOption>> {
        let options = self.lock_options();
        let option = options.current.iter().find(|option| option.is_named(name));
        option.cloned().ok_or(MI_RESULT_NO_SUCH_PROPERTY)
    }

    /// Sets an option for the rest of this exchange: the provider finds it again, and nobody else does.
    pub(super) fn set_option(&self, name: &CStr, text: String) -> Outcome {
        let source = Value::String(text);
        let value = build::owned(source.kind(), &source, &self.declarations).map_err(|_| MI_RESULT_FAILED)?;
        let option = Arc::new(RequestOption { name: name.to_owned(), source, value });
        let mut options = self.lock_options();
        match options.current.iter().position(|it| it.is_named(name.to_bytes())) {
            Some(place) => {
                let old = std::mem::replace(&mut options.current[place], option);
                options.replaced.push(old);
            }
            None => options.current.push(option),
        }
        Ok(())
    }

    /// The owned form of an instance.
    ///
    /// # Safety
    /// `instance` is NULL or valid.
    pub(super) unsafe fn read(&self, instance: *const MI_Instance) -> Outcome<Instance> {
        // SAFETY: passed on.
        unsafe { read::instance(instance, &self.declarations) }
    }

    /// As [`read`](Self::read), for an instance that goes to the client: without what the client does not need.
    ///
    /// # Safety
    /// `instance` is NULL or valid.
    pub(super) unsafe fn read_posted(&self, instance: *const MI_Instance) -> Outcome<Instance> {
        match &self.selection {
            // SAFETY: passed on.
            Some(selection) => unsafe { read::selected(instance, &self.declarations, selection) },
            // SAFETY: passed on.
            None => unsafe { self.read(instance) },
        }
    }

    /// Delivers an instance. FAILED when a key is NULL, as nobody could ask for it again.
    pub(super) fn post(&self, instance: Instance) -> Outcome {
        if let Some(Property { name, .. }) = instance.properties().iter().find(|it| it.is_key() && it.value.is_none()) {
            let origin = self.origin.as_deref().unwrap_or_default();
            log::warn!("{origin}: refused an instance of {} whose key {name} is NULL", instance.class_name());
            return Err(MI_RESULT_FAILED);
        }
        self.outlet.instance(instance).map_err(refused)
    }

    /// Delivers an indication to all who are subscribed.
    pub(super) fn post_indication(&self, indication: Instance, bookmark: Option<&str>) -> Outcome {
        self.outlet.indication(indication, bookmark).map_err(refused)
    }

    /// The error for a code without a text: names the provider, since its class and library are all that is known.
    pub(super) fn error(&self, code: u32) -> Error {
        let code = ResultCode(code);
        match &self.origin {
            Some(origin) => Error::new(code, format!("{origin}: {}", code.description())),
            None => Error::from_code(code),
        }
    }
}

/// What a provider is told that posts what is not taken.
pub(super) fn refused(refusal: Refusal) -> MI_Result {
    match refusal {
        Refusal::Closed => MI_RESULT_FAILED,
        Refusal::NotHere => MI_RESULT_NOT_SUPPORTED,
        Refusal::OtherClass => MI_RESULT_INVALID_CLASS,
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if let Some(usage) = &self.usage {
            usage.touch();
        }
        super::session::end(self);
        self.slot.retire();
    }
}

/// The options of the request, with its languages under the names that OMI gives them.
fn options(settings: &Settings, declarations: &Declarations) -> Vec<Arc<RequestOption>> {
    let languages = [("WSMAN_Locale", &settings.locale), ("WSMAN_DataLocale", &settings.data_locale)];
    let languages = languages.into_iter().filter_map(|(name, value)| Some((name, Value::from(value.clone()?))));
    let given = |name: &str| settings.options.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
    let languages = languages.filter(|(name, _)| !given(name));
    let options = settings.options.iter().map(|(name, value)| (name.as_str(), value.clone()));
    let options = options.chain(languages).filter_map(|(name, source)| {
        let value = build::owned(source.kind(), &source, declarations);
        match (CString::new(name), value) {
            (Ok(name), Ok(value)) => Some(Arc::new(RequestOption { name, source, value })),
            _ => {
                log::warn!("the option {name:?} cannot be passed to a C provider");
                None
            }
        }
    });
    options.collect()
}
