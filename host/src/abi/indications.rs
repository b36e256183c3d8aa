//! Indications: the entries EnableIndications, Subscribe, Unsubscribe and DisableIndications, in the order that
//! providers rely on.
//!
//! All four are called on the library's thread. In OMI they have threads of their own, so a provider may wait in them;
//! here it holds up its own library as long. DisableIndications may join the threads that post: no post waits for the
//! library's thread.

use super::exchange::{Exchange, Input};
use super::filter::Filter;
use super::module::{Module, Target};
use super::setup::SetupOutlet;
use crate::engine::CancelReason;
use crate::engine::call::{Action, Call, Outlet, Settings};
use crate::engine::feed::Feed;
use omi::{Error, Name, Result};
use omi_sys::*;
use std::ffi::{CString, c_void};
use std::ptr;
use std::sync::Arc;

/// A provider whose indications are enabled.
pub(super) struct Enabled {
    /// The context of EnableIndications, through which the provider posts.
    context: *mut MI_Context,
    exchange: Arc<Exchange>,
    feed: Arc<Feed>,
    entries: Entries,
    state: *mut c_void,
    subscribed: Vec<Subscribed>,
}

/// A subscription that the provider knows of.
struct Subscribed {
    id: u64,
    /// What the provider's Subscribe made of it.
    state: *mut c_void,
    /// Keeps the input of Subscribe, as the provider may use the filter until Unsubscribe.
    exchange: Arc<Exchange>,
    /// What the provider registered in Subscribe for the end of the subscription.
    visit: Arc<SetupOutlet>,
    settings: Arc<Settings>,
    outlet: Arc<dyn Outlet>,
}

/// What a provider of indications must have.
#[derive(Clone, Copy)]
struct Entries {
    enable: unsafe extern "C" fn(*mut c_void, *mut MI_Context, *const MI_Char, *const MI_Char),
    disable: unsafe extern "C" fn(*mut c_void, *mut MI_Context, *const MI_Char, *const MI_Char),
    subscribe: unsafe extern "C" fn(
        *mut c_void,
        *mut MI_Context,
        *const MI_Char,
        *const MI_Char,
        *const MI_Filter,
        *const MI_Char,
        MI_Uint64,
        *mut *mut c_void,
    ),
    unsubscribe:
        unsafe extern "C" fn(*mut c_void, *mut MI_Context, *const MI_Char, *const MI_Char, MI_Uint64, *mut c_void),
}

impl Entries {
    fn of(functions: &MI_ProviderFT) -> Option<Self> {
        Some(Self {
            enable: functions.EnableIndications?,
            disable: functions.DisableIndications?,
            subscribe: functions.Subscribe?,
            unsubscribe: functions.Unsubscribe?,
        })
    }
}

impl Module {
    /// Adds a subscription to the indications of a class, which are enabled for the first one. The call's outlet takes
    /// them until [`unsubscribe`](Self::unsubscribe).
    pub(super) fn subscribe(&mut self, call: Call, target: &Target) -> Result<()> {
        let class = call.class.to_ascii_lowercase();
        if self.enabled.get(&class).is_some_and(|enabled| enabled.feed.ended().is_some()) {
            // The provider gave up meanwhile, and those who were subscribed know it already.
            self.disable(&class, CancelReason::Abandoned);
        }
        let mut enabled = match self.enabled.remove(&class) {
            Some(enabled) => enabled,
            None => self.enable(&call, target)?,
        };
        let added = self.add_subscription(&mut enabled, call, target);
        self.enabled.insert(class.clone(), enabled);
        if added.is_err() {
            self.disable_unused(&class);
        }
        added
    }

    fn enable(&self, call: &Call, target: &Target) -> Result<Enabled> {
        let entries = Entries::of(target.functions).ok_or_else(|| {
            Error::not_supported(format!("{}: the provider does not support indications", target.origin))
        })?;
        let feed = Arc::new(Feed::new(target.origin.clone()));
        let input = Input::addressed(&call.namespace, &call.class)?;
        let origin = Some(target.origin.clone());
        let (declarations, settings) = (self.declarations.clone(), Arc::new(Settings::of_host()));
        let usage = Some(target.usage.clone());
        let (context, exchange) =
            Exchange::open(feed.clone(), declarations, origin, settings, self.home.clone(), input, usage);
        let state = target.state;
        let (namespace, class) = exchange.input().address();
        // SAFETY: the entry is the provider's, and gets what mi.h says: its state, a context, and the names, which live
        // as long as the exchange.
        unsafe { (entries.enable)(state, context, namespace, class) };
        match feed.ended() {
            None => Ok(Enabled { context, exchange, feed, entries, state, subscribed: Vec::new() }),
            Some(Err(error)) => Err(error),
            Some(Ok(())) => Err(Error::failed(format!(
                "{}: EnableIndications posted a final result, which ends the indications",
                target.origin
            ))),
        }
    }

    fn add_subscription(&self, enabled: &mut Enabled, call: Call, target: &Target) -> Result<()> {
        let Call { namespace, class, action, settings, outlet } = call;
        let Action::Subscribe { id, filter, bookmark } = action else { return Ok(()) };
        let mut input = Input::addressed(&namespace, &class)?;
        input.filter = filter.and_then(|select| Filter::new(select, self.declarations.clone()));
        // One that C cannot spell is no bookmark of a C provider.
        input.bookmark = bookmark.and_then(|bookmark| CString::new(bookmark).ok());
        // Before Subscribe, because the provider may post there what came after the bookmark.
        enabled.feed.add(id, outlet.clone());
        let (subscribe, provider) = (enabled.entries.subscribe, enabled.state);
        let mut state = ptr::null_mut();
        let visited = self.visit(&target.origin, settings.clone(), input, |context, input| {
            let (namespace, class) = input.address();
            // SAFETY: the entry is the provider's, and gets what mi.h says. The input lives until Unsubscribe.
            unsafe {
                subscribe(provider, context, namespace, class, input.filter(), input.bookmark(), id, &raw mut state);
            }
        });
        let (exchange, visit) = visited;
        // What OMI's generator writes posts errors only, so no result is success.
        if let Some(Err(error)) = visit.take() {
            enabled.feed.remove(id);
            return Err(error);
        }
        outlet.accepted();
        enabled.subscribed.push(Subscribed { id, state, exchange, visit, settings, outlet });
        Ok(())
    }

    /// Ends a subscription of either kind, if it has not ended; with the last one the indications of the class are disabled.
    pub(crate) fn unsubscribe(&mut self, class: &Name, id: u64) {
        self.unwatch(class, id);
        let class = class.to_ascii_lowercase();
        let Some(enabled) = self.enabled.get_mut(&class) else { return };
        let Some(place) = enabled.subscribed.iter().position(|it| it.id == id) else { return };
        let subscribed = enabled.subscribed.remove(place);
        enabled.feed.remove(id);
        let (entries, provider) = (enabled.entries, enabled.state);
        self.remove_subscription(entries, provider, subscribed, CancelReason::Abandoned);
        self.disable_unused(&class);
    }

    fn remove_subscription(
        &self,
        entries: Entries,
        provider: *mut c_void,
        subscribed: Subscribed,
        reason: CancelReason,
    ) {
        let Subscribed { id, state, exchange, visit, settings, outlet } = subscribed;
        visit.cancel(reason);
        let (_, visit) = self.visit(&self.name, settings, Input::default(), |context, _| {
            let (namespace, class) = exchange.input().address();
            // SAFETY: the entry is the provider's, and gets what mi.h says; the state is that of its Subscribe.
            unsafe { (entries.unsubscribe)(provider, context, namespace, class, id, state) };
        });
        if let Some(Err(error)) = visit.take() {
            log::warn!("{}: Unsubscribe failed: {error}", self.name);
        }
        outlet.end(Ok(()));
    }

    fn disable_unused(&mut self, class: &str) {
        if self.enabled.get(class).is_some_and(|enabled| enabled.subscribed.is_empty()) {
            self.disable(class, CancelReason::Abandoned);
        }
    }

    /// Ends what subscriptions are left, and the indications of the class.
    fn disable(&mut self, class: &str, reason: CancelReason) {
        let Some(enabled) = self.enabled.remove(class) else { return };
        let Enabled { context, exchange, feed, entries, state, subscribed } = enabled;
        for subscribed in subscribed {
            feed.remove(subscribed.id);
            self.remove_subscription(entries, state, subscribed, reason);
        }
        // A provider that ended its indications itself has no context any more.
        if feed.ended().is_some() {
            return;
        }
        feed.cancel(reason);
        let (namespace, class) = exchange.input().address();
        // SAFETY: the entry is the provider's, and gets what mi.h says: the context is that of EnableIndications.
        unsafe { (entries.disable)(state, context, namespace, class) };
        if exchange.close() {
            log::warn!("{}: DisableIndications returned without posting a result; taken as success", self.name);
        }
    }

    /// Ends all subscriptions, before the providers are unloaded.
    pub(super) fn disable_all(&mut self) {
        let classes: Vec<String> = self.enabled.keys().cloned().collect();
        classes.iter().for_each(|class| self.disable(class, CancelReason::Shutdown));
    }
}
