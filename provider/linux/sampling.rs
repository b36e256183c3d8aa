//! Rates: how much counters grew between two readings, and how long that really took.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How far two readings must be apart at least, and how long one waits for the second when there is no earlier one.
const INTERVAL: Duration = Duration::from_millis(250);

/// How long a reading is good for a rate: an older one would average over what nobody asked about. Long enough for those who
/// ask each minute.
const MEMORY: Duration = Duration::from_secs(120);

/// Makes pairs of readings. Keep one for the life of the provider: it remembers the last readings, so who asks
/// repeatedly gets the rates between its questions, and only the first question waits.
pub struct Sampler<T> {
    interval: Duration,
    memory: Duration,
    /// At most two, the older one first; they are at least an interval apart.
    kept: Mutex<Vec<Reading<T>>>,
}

#[derive(Clone)]
struct Reading<T> {
    at: Instant,
    values: T,
}

/// Two readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair<T> {
    /// The earlier reading.
    pub earlier: T,
    /// The reading that was made now.
    pub later: T,
    /// The time between them.
    pub elapsed: Duration,
}

impl<T> Default for Sampler<T> {
    fn default() -> Self {
        Self::new(INTERVAL, MEMORY)
    }
}

impl<T> Sampler<T> {
    /// Readings at least `interval` and at most `memory` apart.
    pub fn new(interval: Duration, memory: Duration) -> Self {
        Self { interval, memory, kept: Mutex::default() }
    }
}

impl<T: Clone> Sampler<T> {
    /// Whether there is an earlier reading, so that [`sample`](Self::sample) need not wait.
    pub fn is_ready(&self) -> bool {
        let now = Instant::now();
        let age = |reading: &Reading<T>| now.saturating_duration_since(reading.at);
        // One that is about to be too old may be so when it is needed.
        let oldest = self.memory.saturating_sub(self.interval);
        self.lock().iter().any(|reading| (self.interval..=oldest).contains(&age(reading)))
    }

    /// Reads, and gives what was read with an earlier reading. Without one that is recent, it waits the interval and reads
    /// again.
    ///
    /// # Errors
    /// The error of `read`.
    pub fn sample<E>(&self, read: impl Fn() -> Result<T, E>) -> Result<Pair<T>, E> {
        let read = || read().map(|values| Reading { at: Instant::now(), values });
        let now = read()?;
        if let Some(earlier) = self.remember(&now) {
            return Ok(pair(earlier, now));
        }
        thread::sleep(self.interval);
        let later = read()?;
        self.remember(&later);
        Ok(pair(now, later))
    }

    /// Keeps `new` for later questions, unless the last one kept is nearly as new, and finds the reading before it.
    fn remember(&self, new: &Reading<T>) -> Option<Reading<T>> {
        let mut kept = self.lock();
        let age = |reading: &Reading<T>| new.at.saturating_duration_since(reading.at);
        kept.retain(|reading| age(reading) <= self.memory);
        let earlier = kept.iter().rev().find(|reading| age(reading) >= self.interval).cloned();
        if kept.last().is_none_or(|last| age(last) >= self.interval) {
            if kept.len() == 2 {
                kept.remove(0);
            }
            kept.push(new.clone());
        }
        earlier
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Reading<T>>> {
        // Nothing that is done under this lock can leave half a change behind.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pair<T>(earlier: Reading<T>, later: Reading<T>) -> Pair<T> {
    Pair { elapsed: later.at.saturating_duration_since(earlier.at), earlier: earlier.values, later: later.values }
}

/// The last readings of many things that come and go, such as processes, each with a time of its own: so a thing can be
/// read when it is its turn, or alone. Keep one for the life of the provider.
pub struct History<K, T> {
    interval: Duration,
    memory: Duration,
    kept: Mutex<HashMap<K, Kept<T>>>,
}

/// The last reading of a thing, and the one before, which is at least an interval older.
struct Kept<T> {
    before: Option<Reading<T>>,
    last: Reading<T>,
}

impl<K, T> Default for History<K, T> {
    fn default() -> Self {
        Self::new(INTERVAL, MEMORY)
    }
}

impl<K, T> History<K, T> {
    /// Readings at least `interval` and at most `memory` apart.
    pub fn new(interval: Duration, memory: Duration) -> Self {
        Self { interval, memory, kept: Mutex::default() }
    }

    /// Waits until what has just been kept is good for a rate.
    pub fn wait(&self) {
        thread::sleep(self.interval);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Kept<T>>> {
        // Nothing that is done under this lock can leave half a change behind.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash, T: Clone> History<K, T> {
    /// Keeps a reading that was made now, and gives an earlier one of the same thing with the time since then; `None` where
    /// there is no recent one.
    pub fn keep(&self, key: K, values: T) -> Option<(T, Duration)> {
        let now = Instant::now();
        let age = |reading: &Reading<T>| now.saturating_duration_since(reading.at);
        let is_good = |reading: &&Reading<T>| (self.interval..=self.memory).contains(&age(reading));
        let mut kept = self.lock();
        let Some(Kept { before, last }) = kept.get_mut(&key) else {
            kept.insert(key, Kept { before: None, last: Reading { at: now, values } });
            return None;
        };
        let earlier = Some(&*last).filter(is_good).or(before.as_ref().filter(is_good));
        let earlier = earlier.map(|reading| (reading.values.clone(), age(reading)));
        if age(last) >= self.interval {
            *before = Some(std::mem::replace(last, Reading { at: now, values }));
        }
        earlier
    }

    /// Whether there is a reading of a thing that is good for a rate now.
    pub fn has(&self, key: &K) -> bool {
        let now = Instant::now();
        let age = |reading: &Reading<T>| now.saturating_duration_since(reading.at);
        let is_good = |reading: &Reading<T>| (self.interval..=self.memory).contains(&age(reading));
        self.lock().get(key).is_some_and(|kept| is_good(&kept.last) || kept.before.as_ref().is_some_and(is_good))
    }

    /// Forgets the things that were not read lately.
    pub fn forget_old(&self) {
        let now = Instant::now();
        self.lock().retain(|_, kept| now.saturating_duration_since(kept.last.at) <= self.memory);
    }
}

/// How much a counter grew per second, rounded. `None` if it went back, as when its device was replaced.
pub fn per_second(earlier: u64, later: u64, elapsed: Duration) -> Option<u64> {
    let nanoseconds = elapsed.as_nanos();
    let growth = u128::from(later.checked_sub(earlier)?) * 1_000_000_000;
    u64::try_from((growth + nanoseconds / 2).checked_div(nanoseconds)?).ok()
}

/// Which share of `whole` is `part`, in percent, to a hundredth. `None` of nothing.
pub fn percent(part: Duration, whole: Duration) -> Option<f32> {
    let hundredths = (part.as_nanos() * 10_000).checked_div(whole.as_nanos())?;
    Some(hundredths.min(10_000) as f32 / 100.0)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);

    /// A reading that grows by one each time.
    fn counting(count: &Cell<u64>) -> impl Fn() -> Result<u64, ()> {
        || {
            count.set(count.get() + 1);
            Ok(count.get())
        }
    }

    #[test]
    fn the_first_question_waits_and_reads_twice() {
        let count = Cell::new(0);
        let sampler = Sampler::new(SHORT, MEMORY);
        let pair = sampler.sample(counting(&count)).unwrap();
        assert_eq!((pair.earlier, pair.later), (1, 2));
        assert!(pair.elapsed >= SHORT);
    }

    #[test]
    fn the_next_question_reads_once_and_gives_the_time_since_the_last() {
        let count = Cell::new(0);
        let sampler = Sampler::new(SHORT, MEMORY);
        assert!(!sampler.is_ready());
        sampler.sample(counting(&count)).unwrap();
        thread::sleep(3 * SHORT);
        assert!(sampler.is_ready());
        let pair = sampler.sample(counting(&count)).unwrap();
        assert_eq!((pair.earlier, pair.later), (2, 3));
        assert!(pair.elapsed >= 3 * SHORT);
    }

    #[test]
    fn questions_in_quick_succession_look_back_to_one_that_is_far_enough() {
        let count = Cell::new(0);
        let interval = Duration::from_secs(2);
        let sampler = Sampler::new(interval, MEMORY);
        let first = sampler.sample(counting(&count)).unwrap();
        for later in 3..10 {
            let pair = sampler.sample(counting(&count)).unwrap();
            // On a machine that is very busy, so much time may have passed that the second reading counts.
            assert!(pair.earlier == first.earlier || pair.earlier == first.later, "{pair:?}");
            assert!(pair.later == later && pair.elapsed >= interval, "{pair:?}");
        }
    }

    #[test]
    fn a_reading_that_is_too_old_is_forgotten() {
        let count = Cell::new(0);
        let sampler = Sampler::new(SHORT, 2 * SHORT);
        sampler.sample(counting(&count)).unwrap();
        thread::sleep(3 * SHORT);
        let pair = sampler.sample(counting(&count)).unwrap();
        assert_eq!((pair.earlier, pair.later), (3, 4));
    }

    #[test]
    fn an_error_is_passed_on_and_leaves_no_reading() {
        let sampler = Sampler::<u64>::new(SHORT, MEMORY);
        assert_eq!(sampler.sample(|| Err("gone")), Err("gone"));
        assert!(!sampler.is_ready());
        assert_eq!(sampler.sample(|| Ok::<_, ()>(7)).map(|pair| pair.earlier), Ok(7));
    }

    #[test]
    fn each_thing_has_readings_of_its_own() {
        let history = History::new(SHORT, MEMORY);
        assert_eq!(history.keep("a", 1), None);
        history.wait();
        assert!(history.has(&"a") && !history.has(&"b"));
        let (earlier, elapsed) = history.keep("a", 2).unwrap();
        assert!(earlier == 1 && elapsed >= SHORT, "{earlier} {elapsed:?}");
        assert_eq!(history.keep("b", 7), None, "it was not there before");
        let (earlier, _) = history.keep("a", 3).unwrap();
        // The machine may be so busy that much time has passed.
        assert!(earlier == 1 || earlier == 2, "{earlier}");
    }

    #[test]
    fn what_is_too_old_is_forgotten() {
        let history = History::new(SHORT, 2 * SHORT);
        history.keep("a", 1);
        thread::sleep(3 * SHORT);
        assert_eq!(history.keep("a", 2), None);
        thread::sleep(3 * SHORT);
        history.forget_old();
        assert!(history.lock().is_empty());
    }

    #[test]
    fn a_share_is_of_something_and_never_more_than_all() {
        let milliseconds = Duration::from_millis;
        assert_eq!(percent(milliseconds(1), milliseconds(3)), Some(33.33));
        assert_eq!(percent(milliseconds(4), milliseconds(3)), Some(100.0));
        assert_eq!(percent(milliseconds(0), milliseconds(3)), Some(0.0));
        assert_eq!(percent(milliseconds(1), Duration::ZERO), None);
    }

    #[test]
    fn a_rate_is_rounded_and_never_negative() {
        let second = Duration::from_secs(1);
        assert_eq!(per_second(100, 350, second / 4), Some(1000));
        assert_eq!(per_second(0, 59, 60 * second), Some(1), "59 in a minute is not nothing");
        assert_eq!(per_second(0, 29, 60 * second), Some(0));
        assert_eq!(per_second(7, 6, second), None);
        assert_eq!(per_second(0, 1, Duration::ZERO), None);
        assert_eq!(per_second(0, u64::MAX, Duration::from_nanos(1)), None);
    }
}
