//! Slows down peers whose credentials were wrong.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The attempts of peers that failed lately. Each failure spaces the next attempts further apart, however many
/// connections they come on.
#[derive(Debug, Default)]
pub struct Throttle {
    peers: Mutex<HashMap<IpAddr, Peer>>,
}

#[derive(Clone, Copy, Debug)]
struct Peer {
    failures: u32,
    last_failure: Instant,
    next_turn: Instant,
}

/// The attempt comes while too many others of its peer wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

/// How far apart attempts are after one failure; twice that after two, and so on.
const STEP: Duration = Duration::from_millis(100);
/// How far apart attempts get at most.
const WIDEST: Duration = Duration::from_secs(2);
/// How long an attempt may have to wait.
const LONGEST_QUEUE: Duration = Duration::from_secs(10);
/// After this time without a failure, all is forgotten.
const MEMORY: Duration = Duration::from_secs(300);
/// The most peers to remember; beyond that the oldest are forgotten.
const MOST_PEERS: usize = 10_000;

impl Throttle {
    /// How long an attempt of this peer has to wait for its turn.
    ///
    /// # Errors
    /// [`TooMany`] when that is too long to hold a connection open.
    pub fn turn(&self, peer: IpAddr, now: Instant) -> Result<Duration, TooMany> {
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(entry) = peers.get_mut(&peer) else { return Ok(Duration::ZERO) };
        if now.duration_since(entry.last_failure) >= MEMORY {
            peers.remove(&peer);
            return Ok(Duration::ZERO);
        }
        let turn = entry.next_turn.max(now);
        let wait = turn - now;
        if wait > LONGEST_QUEUE {
            return Err(TooMany);
        }
        entry.next_turn = turn + (STEP * entry.failures).min(WIDEST);
        Ok(wait)
    }

    /// Notes wrong credentials.
    pub fn failed(&self, peer: IpAddr, now: Instant) {
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        if peers.len() >= MOST_PEERS && !peers.contains_key(&peer) {
            peers.retain(|_, peer| now.duration_since(peer.last_failure) < MEMORY);
            let oldest = peers.iter().min_by_key(|(_, peer)| peer.last_failure).map(|(address, _)| *address);
            if let Some(oldest) = oldest.filter(|_| peers.len() >= MOST_PEERS) {
                peers.remove(&oldest);
            }
        }
        let entry = peers.entry(peer).or_insert(Peer { failures: 0, last_failure: now, next_turn: now });
        entry.failures = entry.failures.saturating_add(1).min(1000);
        entry.last_failure = now;
        entry.next_turn = entry.next_turn.max(now + (STEP * entry.failures).min(WIDEST));
    }

    /// Notes right credentials, which forgives what was before.
    pub fn succeeded(&self, peer: IpAddr) {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner).remove(&peer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn failures_space_attempts_apart_and_success_forgives() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        assert_eq!(throttle.turn(PEER, now), Ok(Duration::ZERO));
        throttle.failed(PEER, now);
        throttle.failed(PEER, now);
        assert_eq!(throttle.turn(PEER, now), Ok(STEP * 2));
        assert_eq!(throttle.turn(PEER, now), Ok(STEP * 4), "a second connection waits behind the first");
        throttle.succeeded(PEER);
        assert_eq!(throttle.turn(PEER, now), Ok(Duration::ZERO));
    }

    #[test]
    fn a_long_queue_is_refused_and_time_forgets() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        (0..50).for_each(|_| throttle.failed(PEER, now));
        let waits: Vec<_> = (0..10).map(|_| throttle.turn(PEER, now)).collect();
        assert_eq!(waits[0], Ok(WIDEST));
        assert_eq!(waits[9], Err(TooMany));
        assert_eq!(throttle.turn(PEER, now + MEMORY), Ok(Duration::ZERO));
    }
}
