//! The table of contexts.

use crate::operation::Principal;
use crate::wsman::contexts::{ContextLimits, Contexts, Held, Lifetime};
use crate::wsman::enumeration::{Enumeration, Mode};
use crate::wsman::fault::{Result, kind};
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);

fn contexts() -> Contexts {
    Contexts::new(ContextLimits { per_principal: 2, total: 3, idle: MINUTE, subscription: MINUTE })
}

fn open(contexts: &Contexts, who: &str, now: Instant) -> Result<String> {
    let enumeration = Enumeration::of_classes(Vec::new(), Mode::Object, Default::default());
    let held = Held::Enumeration(Box::new(enumeration));
    let lifetime = Lifetime { until: None, idle: Some(MINUTE) };
    contexts.open(&Principal::authenticated(who), held, lifetime, now)
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
    let (lease, held) = contexts.lease(&ada, &id, now + MINUTE / 2).unwrap();
    lease.give_back(held, now + MINUTE / 2);
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
    let (lease, held) = contexts.lease(&ada, &id, now).unwrap();
    assert_eq!(contexts.lease(&ada, &id, now).err().unwrap().kind, kind::CONCURRENCY);
    contexts.release(&ada, &id, now).unwrap();
    lease.give_back(held, now);
    assert!(contexts.is_empty(), "released while in use");
    let id = open(&contexts, "ada", now).unwrap();
    drop(contexts.lease(&ada, &id, now).unwrap());
    assert!(contexts.is_empty());
}
