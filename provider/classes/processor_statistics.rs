//! Linux_ProcessorStatisticalData: what processors spent their time on.

use super::datetime;
use crate::linux::Root;
use crate::linux::cpu_time::{self, Times};
use crate::linux::sampling::{Pair, Sampler, percent};
use crate::schema::LinuxProcessorStatisticalData;
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};
use std::time::{Duration, SystemTime};

/// What a second reading is made for.
const RATES: &[&str] = &[
    "PercentProcessorTime",
    "PercentUserTime",
    "PercentNiceTime",
    "PercentSystemTime",
    "PercentIdleTime",
    "PercentIOWaitTime",
    "PercentIRQTime",
    "PercentSoftIRQTime",
    "PercentStealTime",
    "PercentGuestTime",
    "SampleInterval",
];

pub(super) type Processors = Vec<(Option<u32>, Times)>;

/// Serves Linux_ProcessorStatisticalData.
#[derive(Default)]
pub(crate) struct ProcessorStatistics {
    root: Root,
    sampler: Sampler<Processors>,
}

impl Enumerate<LinuxProcessorStatisticalData> for ProcessorStatistics {
    const INLINE: Option<fn(&Self) -> bool> = Some(|this| this.sampler.is_ready());

    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxProcessorStatisticalData>) -> Result<()> {
        self.read(query)?.into_iter().try_for_each(|statistics| out.post(statistics))
    }
}

impl Get<LinuxProcessorStatisticalData> for ProcessorStatistics {
    fn get(&self, key: LinuxProcessorStatisticalData, query: &Query<'_>) -> Result<LinuxProcessorStatisticalData> {
        let asked = key.instance_id.as_deref().ok_or_else(|| {
            Error::invalid_parameter(
                "Linux_ProcessorStatisticalData is found by its key InstanceID, such as Linux:Processor:0",
            )
        })?;
        let is_asked = |id: &String| id.eq_ignore_ascii_case(asked);
        let found = self.read(query)?.into_iter().find(|it| it.instance_id.as_ref().is_some_and(is_asked));
        found.ok_or_else(|| not_found::<LinuxProcessorStatisticalData>(&[("InstanceID", asked)]))
    }
}

impl ProcessorStatistics {
    /// The times of all processors, with shares of them if those are wanted.
    fn read(&self, query: &Query<'_>) -> Result<Vec<LinuxProcessorStatisticalData>> {
        let read = || cpu_time::read(&self.root);
        if query.wants_any(RATES) {
            return Ok(with_rates(self.sampler.sample(read)?));
        }
        Ok(read()?.into_iter().map(|(number, times)| instance(number, times)).collect())
    }
}

/// The times of now, with what they grew by. A processor that came online in between has no shares.
pub(super) fn with_rates(pair: Pair<Processors>) -> Vec<LinuxProcessorStatisticalData> {
    let Pair { earlier, later, elapsed } = pair;
    let statistics = later.into_iter().map(|(number, times)| {
        let mut statistics = instance(number, times);
        if let Some((_, before)) = earlier.iter().find(|(before, _)| *before == number) {
            statistics.sample_interval = Some(elapsed.into());
            set_shares(&mut statistics, before, &times);
        }
        statistics
    });
    statistics.collect()
}

fn set_shares(statistics: &mut LinuxProcessorStatisticalData, before: &Times, now: &Times) {
    // The kernel corrects idle time and I/O wait, so they can go back a little.
    let mut growth = [None; 10];
    for (growth, (before, now)) in growth.iter_mut().zip(before.iter().zip(now)) {
        *growth = before.zip(*now).map(|(before, now)| now.saturating_sub(before));
    }
    // Guest times are parts of user and nice.
    let whole: Duration = growth[..8].iter().flatten().sum();
    let share = |part: Option<Duration>| percent(part?, whole);
    let [user, nice, system, idle, io_wait, irq, soft_irq, steal, guest, guest_nice] = growth;
    let rest = idle.map(|idle| whole.saturating_sub(idle + io_wait.unwrap_or_default()));
    statistics.percent_processor_time = share(rest);
    statistics.percent_user_time = share(user);
    statistics.percent_nice_time = share(nice);
    statistics.percent_system_time = share(system);
    statistics.percent_idle_time = share(idle);
    statistics.percent_io_wait_time = share(io_wait);
    statistics.percent_irq_time = share(irq);
    statistics.percent_soft_irq_time = share(soft_irq);
    statistics.percent_steal_time = share(steal);
    statistics.percent_guest_time = share(guest.zip(guest_nice).map(|(guest, nice)| guest + nice).or(guest));
}

fn name(number: Option<u32>) -> String {
    number.map_or_else(|| "_Total".to_owned(), |number| number.to_string())
}

fn id(name: &str) -> String {
    format!("Linux:Processor:{name}")
}

fn instance(number: Option<u32>, times: Times) -> LinuxProcessorStatisticalData {
    let [user, nice, system, idle, io_wait, irq, soft_irq, steal, guest, guest_nice] =
        times.map(|time| u64::try_from(time?.as_millis()).ok());
    let name = name(number);
    LinuxProcessorStatisticalData {
        instance_id: Some(id(&name)),
        element_name: Some(name),
        statistic_time: datetime(SystemTime::now()),
        user_time: user,
        nice_time: nice,
        system_time: system,
        idle_time: idle,
        io_wait_time: io_wait,
        irq_time: irq,
        soft_irq_time: soft_irq,
        steal_time: steal,
        guest_time: guest,
        guest_nice_time: guest_nice,
        // The default of the standard, 0, would say that nothing is sampled.
        sample_interval: None,
        ..LinuxProcessorStatisticalData::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use omi::Datetime;

    /// Times of these numbers of ticks.
    fn times(ticks: [u64; 10]) -> Times {
        ticks.map(|ticks| Some(Duration::from_millis(10 * ticks)))
    }

    fn shares(before: [u64; 10], now: [u64; 10]) -> LinuxProcessorStatisticalData {
        let elapsed = Duration::from_millis(250);
        let pair = Pair { earlier: vec![(Some(0), times(before))], later: vec![(Some(0), times(now))], elapsed };
        with_rates(pair).remove(0)
    }

    #[test]
    fn shares_are_of_the_time_between_the_readings_and_add_up() {
        let statistics = shares([1000, 0, 500, 9000, 0, 0, 0, 0, 0, 0], [1010, 0, 505, 9080, 2, 1, 1, 1, 4, 0]);
        assert_eq!((statistics.percent_user_time, statistics.percent_system_time), (Some(10.0), Some(5.0)));
        assert_eq!((statistics.percent_idle_time, statistics.percent_io_wait_time), (Some(80.0), Some(2.0)));
        assert_eq!(statistics.percent_processor_time, Some(18.0), "all but idle time and waiting");
        assert_eq!((statistics.percent_steal_time, statistics.percent_guest_time), (Some(1.0), Some(4.0)));
        assert_eq!(statistics.sample_interval.and_then(Datetime::to_duration), Some(Duration::from_millis(250)));
        assert_eq!(statistics.user_time, Some(10_100));
    }

    #[test]
    fn waiting_that_the_kernel_took_back_is_no_share() {
        let statistics = shares([0, 0, 0, 100, 50, 0, 0, 0, 0, 0], [10, 0, 0, 110, 49, 0, 0, 0, 0, 0]);
        assert_eq!((statistics.percent_io_wait_time, statistics.percent_user_time), (Some(0.0), Some(50.0)));
    }

    #[test]
    fn a_processor_without_an_earlier_reading_has_no_shares() {
        let later = vec![(Some(3), times([5; 10]))];
        let statistics = with_rates(Pair { earlier: Vec::new(), later, elapsed: Duration::from_secs(1) }).remove(0);
        assert_eq!((statistics.percent_processor_time, statistics.sample_interval), (None, None));
        assert_eq!(shares([5; 10], [5; 10]).percent_idle_time, None, "no tick passed");
    }
}
