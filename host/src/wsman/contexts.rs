//! Enumeration contexts: enumerations that wait between a client's requests.
//!
//! A context belongs to the client that opened it, by name and not by connection; another client's id is answered like one
//! that never was. Ids are 128 random bits. What is not asked for in time, or given up, is dropped, which cancels it.

use super::enumeration::Enumeration;
use super::fault::{Fault, Result, kind};
use crate::operation::Principal;
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many enumerations may be open, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct ContextLimits {
    /// The most for one client.
    pub per_principal: usize,
    /// The most for all clients together.
    pub total: usize,
    /// How long a context waits for the next request, unless the client asks for less.
    pub idle: Duration,
}

impl Default for ContextLimits {
    fn default() -> Self {
        Self { per_principal: 100, total: 1000, idle: Duration::from_secs(600) }
    }
}

/// The open enumerations.
pub struct Contexts {
    limits: ContextLimits,
    slots: Mutex<HashMap<String, Slot>>,
}

struct Slot {
    owner: Principal,
    idle: Duration,
    state: State,
}

enum State {
    Waiting {
        enumeration: Box<Enumeration>,
        until: Instant,
    },
    /// A request is using it right now.
    Busy,
}

impl Contexts {
    /// No enumerations yet.
    pub fn new(limits: ContextLimits) -> Self {
        Self { limits, slots: Mutex::new(HashMap::new()) }
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<String, Slot>> {
        // Every change to the map is a single call, so a panic elsewhere leaves it whole.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long a context may wait when the client asks for `wanted`.
    pub fn idle(&self, wanted: Option<Duration>) -> Duration {
        wanted.map_or(self.limits.idle, |wanted| wanted.min(self.limits.idle))
    }

    /// Refuses another enumeration of this client when its quota, or that of all, is used up. Asked before an operation
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
            "too many open enumerations: {own} of {} for {}, {} of {} in all; pull them to their end or release them",
            self.limits.per_principal,
            principal.name(),
            slots.len(),
            self.limits.total
        );
        Err(Fault::new(kind::QUOTA_LIMIT, text))
    }

    /// Keeps an enumeration and gives its id.
    ///
    /// # Errors
    /// QuotaLimit, and InternalError when the system gives no random numbers.
    pub fn open(
        &self,
        principal: &Principal,
        enumeration: Enumeration,
        idle: Duration,
        now: Instant,
    ) -> Result<String> {
        self.check_quota(principal, now)?;
        let id = random_id()?;
        let state = State::Waiting { enumeration: Box::new(enumeration), until: now + idle };
        self.slots().insert(id.clone(), Slot { owner: principal.clone(), idle, state });
        Ok(id)
    }

    /// Takes an enumeration to continue it. Until the lease ends, nobody else gets it.
    ///
    /// # Errors
    /// InvalidEnumerationContext for an unknown, expired or foreign id; Concurrency while another request uses it.
    pub fn lease(&self, principal: &Principal, id: &str, now: Instant) -> Result<(Lease<'_>, Box<Enumeration>)> {
        self.expire(now);
        let mut slots = self.slots();
        let Some(slot) = slots.get_mut(id).filter(|slot| slot.owner == *principal) else { return Err(unknown()) };
        match std::mem::replace(&mut slot.state, State::Busy) {
            State::Waiting { enumeration, .. } => {
                Ok((Lease { contexts: self, id: id.to_owned(), given_back: false }, enumeration))
            }
            State::Busy => {
                Err(Fault::new(kind::CONCURRENCY, "another request is using this enumeration context right now"))
            }
        }
    }

    /// Gives an enumeration up.
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
        drop(slot);
        Ok(())
    }

    /// Drops the enumerations whose time is over.
    pub fn expire(&self, now: Instant) {
        let is_over = |slot: &Slot| matches!(slot.state, State::Waiting { until, .. } if until <= now);
        let mut slots = self.slots();
        let over: Vec<String> = slots.iter().filter(|(_, slot)| is_over(slot)).map(|(id, _)| id.clone()).collect();
        let dropped: Vec<Slot> = over.iter().filter_map(|id| slots.remove(id)).collect();
        drop(slots);
        drop(dropped);
    }

    /// How many enumerations are open.
    pub fn len(&self) -> usize {
        self.slots().len()
    }

    /// Whether none is open.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The right to use an enumeration. Dropping it ends the enumeration, unless that was given back.
pub struct Lease<'a> {
    contexts: &'a Contexts,
    id: String,
    given_back: bool,
}

impl Lease<'_> {
    /// Gives the enumeration back for the next request. When the context was released meanwhile, it ends here.
    pub fn give_back(mut self, enumeration: Box<Enumeration>, now: Instant) {
        self.given_back = true;
        if let Some(slot) = self.contexts.slots().get_mut(&self.id) {
            slot.state = State::Waiting { enumeration, until: now + slot.idle };
        }
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if !self.given_back {
            self.contexts.slots().remove(&self.id);
        }
    }
}

fn unknown() -> Fault {
    Fault::new(
        kind::INVALID_ENUMERATION_CONTEXT,
        "the enumeration context is not known: it ended, was released, or waited too long",
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wsman::enumeration::Mode;

    const MINUTE: Duration = Duration::from_secs(60);

    fn contexts() -> Contexts {
        Contexts::new(ContextLimits { per_principal: 2, total: 3, idle: MINUTE })
    }

    fn enumeration() -> Enumeration {
        Enumeration::of_classes(Vec::new(), Mode::Object, Default::default())
    }

    fn open(contexts: &Contexts, who: &str, now: Instant) -> Result<String> {
        contexts.open(&Principal::authenticated(who), enumeration(), MINUTE, now)
    }

    #[test]
    fn a_context_is_its_owners_alone() {
        let (contexts, now) = (contexts(), Instant::now());
        let (ada, eve) = (Principal::authenticated("ada"), Principal::authenticated("eve"));
        let id = open(&contexts, "ada", now).unwrap();
        let foreign = contexts.lease(&eve, &id, now).err().unwrap();
        let unknown = contexts.lease(&eve, "0123", now).err().unwrap();
        assert_eq!(foreign.kind, kind::INVALID_ENUMERATION_CONTEXT);
        assert_eq!(foreign.error, unknown.error);
        assert!(contexts.release(&eve, &id, now).is_err());
        assert!(contexts.release(&ada, &id, now).is_ok());
        assert!(contexts.release(&ada, &id, now).is_err());
    }

    #[test]
    fn quotas_hold_for_each_and_for_all() {
        let (contexts, now) = (contexts(), Instant::now());
        open(&contexts, "ada", now).unwrap();
        open(&contexts, "ada", now).unwrap();
        assert_eq!(open(&contexts, "ada", now).unwrap_err().kind, kind::QUOTA_LIMIT);
        open(&contexts, "eve", now).unwrap();
        assert_eq!(open(&contexts, "eve", now).unwrap_err().kind, kind::QUOTA_LIMIT);
    }

    #[test]
    fn what_waits_too_long_is_dropped() {
        let (contexts, now) = (contexts(), Instant::now());
        let ada = Principal::authenticated("ada");
        let id = open(&contexts, "ada", now).unwrap();
        let (lease, enumeration) = contexts.lease(&ada, &id, now + MINUTE / 2).unwrap();
        lease.give_back(enumeration, now + MINUTE / 2);
        assert!(contexts.lease(&ada, &id, now + MINUTE).is_ok(), "every use starts the time anew");
        let id = open(&contexts, "ada", now).unwrap();
        assert!(contexts.lease(&ada, &id, now + MINUTE).is_err());
        assert!(contexts.is_empty());
    }

    #[test]
    fn a_context_serves_one_request_at_a_time_and_ends_with_a_dropped_lease() {
        let (contexts, now) = (contexts(), Instant::now());
        let ada = Principal::authenticated("ada");
        let id = open(&contexts, "ada", now).unwrap();
        let (lease, enumeration) = contexts.lease(&ada, &id, now).unwrap();
        assert_eq!(contexts.lease(&ada, &id, now).err().unwrap().kind, kind::CONCURRENCY);
        contexts.release(&ada, &id, now).unwrap();
        lease.give_back(enumeration, now);
        assert!(contexts.is_empty(), "released while in use");
        let id = open(&contexts, "ada", now).unwrap();
        drop(contexts.lease(&ada, &id, now).unwrap());
        assert!(contexts.is_empty());
    }
}
