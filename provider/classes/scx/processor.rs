//! SCX_ProcessorStatisticalInformation and SCX_RTProcessorStatisticalInformation: what processors spend their time on.

use super::{TOTAL, whole};
use crate::classes::processor_statistics::with_rates;
use crate::linux::Root;
use crate::linux::cpu_time::{self, Times};
use crate::linux::sampling::{Pair, Sampler};
use crate::schema::{
    LinuxProcessorStatisticalData, ScxProcessorStatisticalInformation, ScxRtProcessorStatisticalInformation,
};
use omi::{Class, Enumerate, Error, Get, Query, Result, Sink, not_found};
use std::time::Duration;

/// What a second reading is made for.
const SHARES: &[&str] = &[
    "PercentIdleTime",
    "PercentUserTime",
    "PercentNiceTime",
    "PercentPrivilegedTime",
    "PercentInterruptTime",
    "PercentDPCTime",
    "PercentProcessorTime",
    "PercentIOWaitTime",
];

/// Serves SCX_ProcessorStatisticalInformation and SCX_RTProcessorStatisticalInformation.
#[derive(Default)]
pub(crate) struct Processors {
    root: Root,
    sampler: Sampler<Vec<(Option<u32>, Times)>>,
}

impl Enumerate<ScxProcessorStatisticalInformation> for Processors {
    const INLINE: Option<fn(&Self) -> bool> = Some(|this| this.sampler.is_ready());

    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, ScxProcessorStatisticalInformation>) -> Result<()> {
        self.read(query)?.into_iter().try_for_each(|statistics| out.post(statistics))
    }
}

impl Get<ScxProcessorStatisticalInformation> for Processors {
    fn get(
        &self,
        key: ScxProcessorStatisticalInformation,
        query: &Query<'_>,
    ) -> Result<ScxProcessorStatisticalInformation> {
        let name = asked(&key.name)?;
        let found = self.read(query)?.into_iter().find(|it| it.name.as_deref() == Some(name));
        found.ok_or_else(|| not_found::<ScxProcessorStatisticalInformation>(&[("Name", name)]))
    }
}

impl Enumerate<ScxRtProcessorStatisticalInformation> for Processors {
    const INLINE: Option<fn(&Self) -> bool> = Some(|this| this.sampler.is_ready());

    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, ScxRtProcessorStatisticalInformation>) -> Result<()> {
        self.read(query)?.into_iter().try_for_each(|statistics| out.post(real_time(&statistics)?))
    }
}

impl Get<ScxRtProcessorStatisticalInformation> for Processors {
    fn get(
        &self,
        key: ScxRtProcessorStatisticalInformation,
        query: &Query<'_>,
    ) -> Result<ScxRtProcessorStatisticalInformation> {
        let name = asked(&key.name)?;
        let found = self.read(query)?.into_iter().find(|it| it.name.as_deref() == Some(name));
        real_time(&found.ok_or_else(|| not_found::<ScxRtProcessorStatisticalInformation>(&[("Name", name)]))?)
    }
}

fn asked(key: &Option<String>) -> Result<&str> {
    key.as_deref().ok_or_else(|| {
        Error::invalid_parameter("statistics of processors are found by their key Name, such as 0 or _Total")
    })
}

impl Processors {
    fn read(&self, query: &Query<'_>) -> Result<Vec<ScxProcessorStatisticalInformation>> {
        let read = || cpu_time::read(&self.root);
        let pair = if query.wants_any(SHARES) {
            self.sampler.sample(read)?
        } else {
            Pair { earlier: Vec::new(), later: read()?, elapsed: Duration::ZERO }
        };
        Ok(with_rates(pair).into_iter().map(instance).collect())
    }
}

fn instance(times: LinuxProcessorStatisticalData) -> ScxProcessorStatisticalInformation {
    ScxProcessorStatisticalInformation {
        is_aggregate: Some(times.element_name.as_deref() == Some(TOTAL)),
        name: times.element_name,
        percent_idle_time: times.percent_idle_time.map(whole),
        percent_user_time: times.percent_user_time.map(whole),
        percent_nice_time: times.percent_nice_time.map(whole),
        percent_privileged_time: times.percent_system_time.map(whole),
        percent_interrupt_time: times.percent_irq_time.map(whole),
        percent_dpc_time: times.percent_soft_irq_time.map(whole),
        percent_processor_time: times.percent_processor_time.map(whole),
        percent_io_wait_time: times.percent_io_wait_time.map(whole),
        ..ScxProcessorStatisticalInformation::default()
    }
}

/// The same in the other class, which differs in its constant texts only.
fn real_time(statistics: &ScxProcessorStatisticalInformation) -> Result<ScxRtProcessorStatisticalInformation> {
    let own = ScxRtProcessorStatisticalInformation::default();
    let same = ScxRtProcessorStatisticalInformation::from_instance(statistics.to_instance()?)?;
    Ok(ScxRtProcessorStatisticalInformation { caption: own.caption, description: own.description, ..same })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(ticks: [u64; 10]) -> Times {
        ticks.map(|ticks| Some(Duration::from_millis(10 * ticks)))
    }

    fn all() -> Vec<ScxProcessorStatisticalInformation> {
        // Processor 1 is offline.
        let read = |ticks| vec![(None, times(ticks)), (Some(0), times(ticks)), (Some(2), times(ticks))];
        let (earlier, later) = (read([0; 10]), read([10, 5, 15, 40, 10, 5, 5, 10, 0, 0]));
        with_rates(Pair { earlier, later, elapsed: Duration::from_secs(1) }).into_iter().map(instance).collect()
    }

    #[test]
    fn the_first_question_has_shares_and_steal_is_a_part_of_the_whole() {
        let first = all().remove(0);
        assert_eq!((first.percent_user_time, first.percent_idle_time), (Some(10), Some(40)));
        assert_eq!((first.percent_privileged_time, first.percent_io_wait_time), (Some(15), Some(10)));
        assert_eq!(first.percent_processor_time, Some(50), "with the 10 % that a hypervisor took away");
    }

    #[test]
    fn processors_keep_their_names_and_only_the_total_is_an_aggregate() {
        let names: Vec<_> = all().into_iter().map(|it| (it.name.unwrap(), it.is_aggregate.unwrap())).collect();
        assert_eq!(names, [("_Total".to_owned(), true), ("0".to_owned(), false), ("2".to_owned(), false)]);
    }

    #[test]
    fn the_other_class_has_the_same_shares_under_its_own_caption() {
        let real_time = real_time(&all()[1]).unwrap();
        assert_eq!((real_time.name.as_deref(), real_time.percent_user_time), (Some("0"), Some(10)));
        assert_eq!(real_time.caption.as_deref(), Some("Real Time Processor information"));
    }
}
