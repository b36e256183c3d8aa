//! Timers: when they next start a unit, and when they last did.

use std::time::{Duration, SystemTime};

use rustix::time::{ClockId, clock_gettime};

use super::list::time;
use super::{Result, Systemd, Unit};

const TIMER_INTERFACE: &str = "org.freedesktop.systemd1.Timer";

/// What systemd tells of a loaded timer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// The unit that it starts.
    pub unit: Option<String>,
    /// When it next does; `None` if nothing is planned.
    pub next: Option<SystemTime>,
    /// When it last did; `None` if never.
    pub last: Option<SystemTime>,
    /// Whether a time that passed while the system was off is made up for.
    pub persistent: Option<bool>,
}

impl Systemd {
    /// The schedule of a timer. Each part costs a call.
    ///
    /// # Errors
    /// Those of a call. A timer that is not loaded has no schedule.
    pub fn schedule(&self, timer: &Unit) -> Result<Schedule> {
        let Some(path) = &timer.path else { return Ok(Schedule::default()) };
        let moment = |name| self.peer.property::<u64>(path, TIMER_INTERFACE, name);
        let realtime = moment("NextElapseUSecRealtime")?;
        let monotonic = moment("NextElapseUSecMonotonic")?;
        let now = Duration::try_from(clock_gettime(ClockId::Monotonic)).unwrap_or_default();
        Ok(Schedule {
            unit: self.peer.property(path, TIMER_INTERFACE, "Unit")?,
            next: next(realtime, monotonic, now, SystemTime::now()),
            last: moment("LastTriggerUSec")?.and_then(time),
            persistent: self.peer.property(path, TIMER_INTERFACE, "Persistent")?,
        })
    }
}

/// The earlier of a time of day and one counted from the start of the system, both in microseconds. 0 and the largest
/// number mean never. `monotonic_now` and `now` are the same moment.
fn next(realtime: Option<u64>, monotonic: Option<u64>, monotonic_now: Duration, now: SystemTime) -> Option<SystemTime> {
    let planned = |moment: Option<u64>| moment.filter(|moment| !matches!(*moment, 0 | u64::MAX));
    let since_start = planned(monotonic).map(Duration::from_micros).and_then(|moment| {
        if moment >= monotonic_now {
            now.checked_add(moment - monotonic_now)
        } else {
            now.checked_sub(monotonic_now - moment)
        }
    });
    [planned(realtime).and_then(time), since_start].into_iter().flatten().min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earlier_of_both_clocks_is_next() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_709_625_600);
        let at = |realtime, monotonic| next(realtime, monotonic, Duration::from_secs(100), now);
        let later = |seconds| Some(now + Duration::from_secs(seconds));
        let in_an_hour = Some((1_709_625_600 + 3600) * 1_000_000);
        assert_eq!(at(in_an_hour, None), later(3600));
        assert_eq!(at(in_an_hour, Some(160_000_000)), later(60));
        assert_eq!(at(Some(0), Some(160_000_000)), later(60));
        assert_eq!(at(None, Some(90_000_000)), Some(now - Duration::from_secs(10)), "it is about to start");
        assert_eq!(at(Some(u64::MAX), Some(u64::MAX)), None);
    }
}
