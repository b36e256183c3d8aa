//! Enumeration contexts: enumerations and subscriptions that wait between a client's requests.
//!
//! A context belongs to the client that opened it, by name and not by connection; another client's id is answered like one
//! that never was. Ids are 128 random bits. What is not asked for in time, or given up, is dropped, which cancels it.
//!
//! A waiting enumeration keeps the instances that it has, and once its queue is full it holds its provider's call open. A
//! client that neither pulls nor releases thus costs one open call until [`ContextLimits::idle`] has passed.

use super::enumeration::Enumeration;
use super::fault::{Fault, Result, kind};
use super::subscription::Subscription;
use crate::engine::Canceller;
use crate::operation::Principal;
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many contexts may be open, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct ContextLimits {
    /// The most for one client.
    pub per_principal: usize,
    /// The most for all clients together.
    pub total: usize,
    /// How long an enumeration waits for the next request, unless the client asks for less.
    pub idle: Duration,
    /// How long a subscription lasts, unless the client asks for less or renews it.
    pub subscription: Duration,
}

impl Default for ContextLimits {
    fn default() -> Self {
        Self {
            per_principal: 100,
            total: 1000,
            idle: Duration::from_secs(600),
            subscription: Duration::from_secs(24 * 3600),
        }
    }
}

/// What a context keeps for its client.
pub enum Held {
    /// Instances or classes that are not delivered yet.
    Enumeration(Box<Enumeration>),
    /// Indications, as long as they are wanted.
    Subscription(Box<Subscription>),
}

impl Held {
    fn canceller(&self) -> Option<Canceller> {
        match self {
            Self::Enumeration(enumeration) => enumeration.canceller(),
            Self::Subscription(subscription) => Some(subscription.canceller()),
        }
    }
}

/// When a context ends by itself.
#[derive(Clone, Copy, Debug)]
pub struct Lifetime {
    /// At this time, however it is used; `None` for enumerations.
    pub until: Option<Instant>,
    /// After so long without a request; `None` where the client need not come back soon.
    pub idle: Option<Duration>,
}

impl Lifetime {
    fn is_over(&self, since: Instant, now: Instant) -> bool {
        self.until.is_some_and(|until| until <= now) || self.idle.is_some_and(|idle| since + idle <= now)
    }
}

/// The open contexts.
pub struct Contexts {
    limits: ContextLimits,
    slots: Mutex<HashMap<String, Slot>>,
}

struct Slot {
    owner: Principal,
    is_subscription: bool,
    lifetime: Lifetime,
    state: State,
}

enum State {
    Waiting {
        held: Held,
        since: Instant,
    },
    /// A request is using it right now; this ends its wait.
    Busy(Option<Canceller>),
}

impl Contexts {
    /// No contexts yet.
    pub fn new(limits: ContextLimits) -> Self {
        Self { limits, slots: Mutex::new(HashMap::new()) }
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<String, Slot>> {
        // Every change to the map is a single call, so a panic elsewhere leaves it whole.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long an enumeration may wait when the client asks for `wanted`.
    pub fn idle(&self, wanted: Option<Duration>) -> Duration {
        wanted.map_or(self.limits.idle, |wanted| wanted.min(self.limits.idle))
    }

    /// How long a subscription lasts when the client asks for `wanted`.
    pub fn subscription(&self, wanted: Option<Duration>) -> Duration {
        wanted.map_or(self.limits.subscription, |wanted| wanted.min(self.limits.subscription))
    }

    /// Refuses another context of this client when its quota, or that of all, is used up. Asked before an operation
    /// starts, so that a refused one costs nothing.
    ///
    /// # Errors
    /// QuotaLimit.
    pub fn check_quota(&self, principal: &Principal, now: Instant) -> Result<()> {
        self.expire(now);
        let slots = self.slots();
        let own = slots.values().filter(|slot| slot.owner == *principal).count();
        if own < self.limits.per_principal && slots.len() < self.limits.total {
            return Ok(());
        }
        let text = format!(
            "too many open enumerations and subscriptions: {own} of {} for {}, {} of {} in all; pull them to their end, \
             release them or unsubscribe",
            self.limits.per_principal,
            principal.name(),
            slots.len(),
            self.limits.total
        );
        Err(Fault::new(kind::QUOTA_LIMIT, text))
    }

    /// Keeps something for a client and gives its id.
    ///
    /// # Errors
    /// QuotaLimit, and InternalError when the system gives no random numbers.
    pub fn open(&self, principal: &Principal, held: Held, lifetime: Lifetime, now: Instant) -> Result<String> {
        self.check_quota(principal, now)?;
        let id = random_id()?;
        let is_subscription = matches!(held, Held::Subscription(_));
        let state = State::Waiting { held, since: now };
        self.slots().insert(id.clone(), Slot { owner: principal.clone(), is_subscription, lifetime, state });
        Ok(id)
    }

    /// Takes what a context keeps, to continue it. Until the lease ends, nobody else gets it.
    ///
    /// # Errors
    /// InvalidEnumerationContext for an unknown, expired or foreign id; Concurrency while another request uses it.
    pub fn lease(&self, principal: &Principal, id: &str, now: Instant) -> Result<(Lease<'_>, Held)> {
        self.expire(now);
        let mut slots = self.slots();
        let Some(slot) = slots.get_mut(id).filter(|slot| slot.owner == *principal) else { return Err(unknown()) };
        if let State::Busy(_) = slot.state {
            return Err(Fault::new(kind::CONCURRENCY, "another request is using this enumeration context right now"));
        }
        match std::mem::replace(&mut slot.state, State::Busy(None)) {
            State::Waiting { held, .. } => {
                slot.state = State::Busy(held.canceller());
                Ok((Lease { contexts: self, id: id.to_owned(), given_back: false }, held))
            }
            State::Busy(_) => Err(unknown()),
        }
    }

    /// Gives a context up, also while a request waits in it.
    ///
    /// # Errors
    /// InvalidEnumerationContext for an unknown, expired or foreign id.
    pub fn release(&self, principal: &Principal, id: &str, now: Instant) -> Result<()> {
        self.expire(now);
        let mut slots = self.slots();
        if slots.get(id).is_none_or(|slot| slot.owner != *principal) {
            return Err(unknown());
        }
        let slot = slots.remove(id);
        // Cancelling may take a moment; others need not wait for it.
        drop(slots);
        if let Some(Slot { state: State::Busy(Some(cancel)), .. }) = &slot {
            cancel();
        }
        drop(slot);
        Ok(())
    }

    /// When a subscription ends; `None` for what is no subscription of this client.
    pub fn subscribed_until(&self, principal: &Principal, id: &str, now: Instant) -> Option<Instant> {
        self.expire(now);
        let slots = self.slots();
        slots.get(id).filter(|slot| slot.owner == *principal && slot.is_subscription)?.lifetime.until
    }

    /// Lets a subscription end at another time; false for what is no subscription of this client.
    pub fn renew(&self, principal: &Principal, id: &str, until: Instant, now: Instant) -> bool {
        self.expire(now);
        let mut slots = self.slots();
        let slot = slots.get_mut(id).filter(|slot| slot.owner == *principal && slot.is_subscription);
        slot.map(|slot| slot.lifetime.until = Some(until)).is_some()
    }

    /// Drops what waits in contexts whose time is over.
    pub fn expire(&self, now: Instant) {
        let is_over =
            |slot: &Slot| matches!(slot.state, State::Waiting { since, .. } if slot.lifetime.is_over(since, now));
        let mut slots = self.slots();
        let over: Vec<String> = slots.iter().filter(|(_, slot)| is_over(slot)).map(|(id, _)| id.clone()).collect();
        let dropped: Vec<Slot> = over.iter().filter_map(|id| slots.remove(id)).collect();
        drop(slots);
        drop(dropped);
    }

    /// How many contexts are open.
    pub fn len(&self) -> usize {
        self.slots().len()
    }

    /// Whether none is open.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The right to use what a context keeps. Dropping it ends the context, unless that was given back.
pub struct Lease<'a> {
    contexts: &'a Contexts,
    id: String,
    given_back: bool,
}

impl Lease<'_> {
    /// Gives it back for the next request. When the context was released meanwhile, it ends here.
    pub fn give_back(mut self, held: Held, now: Instant) {
        self.given_back = true;
        if let Some(slot) = self.contexts.slots().get_mut(&self.id) {
            slot.state = State::Waiting { held, since: now };
        }
    }

    /// Until when the context may be used at most; a client may change it while a request waits.
    pub fn until(&self) -> Option<Instant> {
        self.contexts.slots().get(&self.id)?.lifetime.until
    }

    /// Whether the context was given up while it was in use.
    pub fn is_released(&self) -> bool {
        !self.contexts.slots().contains_key(&self.id)
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if !self.given_back {
            self.contexts.slots().remove(&self.id);
        }
    }
}

/// The fault for a context that is not, or no longer, there.
pub fn unknown() -> Fault {
    Fault::new(
        kind::INVALID_ENUMERATION_CONTEXT,
        "the enumeration context is not known: it ended, was released, expired, or waited too long",
    )
}

fn random_id() -> Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Fault::new(kind::INTERNAL_ERROR, format!("no random numbers for a context id: {error}")))?;
    Ok(bytes.iter().fold(String::with_capacity(32), |mut id, byte| {
        let _ = write!(id, "{byte:02x}");
        id
    }))
}
