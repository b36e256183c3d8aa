//! Processes with what they used between two readings, for the two classes about them.

use crate::classes::fits;
use crate::linux::Root;
use crate::linux::process::{self, Fields, Identity, Process};
use crate::linux::sampling::{Pair, Sampler, per_second};
use omi::{Query, Result, ResultCode};
use std::collections::HashMap;
use std::time::Duration;

/// Reads processes. Keep one for the life of the provider, for the readings before.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) root: Root,
    sampler: Sampler<Readings>,
}

/// A reused process id is another process.
type Readings = HashMap<Identity, Used>;

/// What a process used since its start.
#[derive(Clone, Copy, Default)]
struct Used {
    user: Duration,
    kernel: Duration,
    faults: u64,
}

/// What a process used between two readings, in percent of one processor's time and in pages per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) user: u32,
    pub(super) kernel: u32,
    pub(super) total: u32,
    pub(super) faults: Option<u64>,
}

impl Reader {
    /// Gives each process that the query's filter admits; with its load, if one of `loads` is wanted. A process that
    /// started since the earlier reading has none.
    pub(super) fn each(
        &self,
        query: &Query<'_>,
        fields: Fields,
        loads: &[&str],
        mut give: impl FnMut(Process, Option<Load>) -> Result<()>,
    ) -> Result<()> {
        let Some(handle) = query.required_text("Handle") else {
            return self.all(fields, query.wants_any(loads), give);
        };
        // A filter that admits one process costs the reading of one process.
        let found = handle.parse().ok().map(|pid| self.get(query, pid, fields, loads));
        match found {
            Some(Ok((process, load))) => give(process, load),
            Some(Err(error)) if error.code() != ResultCode::NOT_FOUND => Err(error),
            _ => Ok(()),
        }
    }

    /// Gives each process, with its load if that is wanted.
    pub(super) fn all(
        &self,
        fields: Fields,
        with_load: bool,
        mut give: impl FnMut(Process, Option<Load>) -> Result<()>,
    ) -> Result<()> {
        let pair = self.pair(with_load)?;
        let mut processes = process::Processes::open(&self.root)?;
        for process in processes.list(fields)? {
            match process {
                Ok(process) => {
                    let load = pair.as_ref().and_then(|pair| load(&process, pair));
                    give(process, load)?;
                }
                Err(error) => log::warn!("a process is left out: {error}"),
            }
        }
        Ok(())
    }

    /// One process, as [`each`](Self::each) gives it.
    pub(super) fn get(
        &self,
        query: &Query<'_>,
        pid: u32,
        fields: Fields,
        loads: &[&str],
    ) -> Result<(Process, Option<Load>)> {
        let pair = self.pair(query.wants_any(loads))?;
        let process = process::Processes::open(&self.root)?.get(pid, fields)?;
        let load = pair.as_ref().and_then(|pair| load(&process, pair));
        Ok((process, load))
    }

    fn pair(&self, is_wanted: bool) -> Result<Option<Pair<Readings>>> {
        if !is_wanted {
            return Ok(None);
        }
        Ok(Some(self.sampler.sample(|| readings(&self.root))?))
    }
}

fn readings(root: &Root) -> crate::linux::Result<Readings> {
    let mut processes = process::Processes::open(root)?;
    let used = processes.list(Fields::STAT)?.flatten().filter_map(|process| {
        let identity = process.identity()?;
        let stat = process.stat?;
        Some((identity, Used { user: stat.user_time, kernel: stat.kernel_time, faults: stat.major_faults }))
    });
    Ok(used.collect())
}

fn load(process: &Process, pair: &Pair<Readings>) -> Option<Load> {
    let identity = process.identity()?;
    let (before, now) = (pair.earlier.get(&identity)?, pair.later.get(&identity)?);
    let percent = |time: Duration| {
        let elapsed = pair.elapsed.as_nanos().max(1);
        u32::try_from((time.as_nanos() * 100 + elapsed / 2) / elapsed).unwrap_or(u32::MAX)
    };
    let (user, kernel) = (now.user.saturating_sub(before.user), now.kernel.saturating_sub(before.kernel));
    Some(Load {
        user: percent(user),
        kernel: percent(kernel),
        total: percent(user + kernel),
        faults: per_second(before.faults, now.faults, pair.elapsed),
    })
}

/// A share in the type that the classes have for it.
pub(super) fn narrow(percent: u32) -> u8 {
    u8::try_from(percent).unwrap_or(u8::MAX)
}

/// Whether the keys of a request, but for the handle, can be those of this machine's processes.
pub(super) fn is_of(host: &str, keys: [&Option<String>; 5]) -> bool {
    let own = [super::COMPUTER_SYSTEM, host, super::OPERATING_SYSTEM, super::OS_NAME, "SCX_UnixProcess"];
    keys.iter().zip(own).all(|(key, own)| fits(key, own))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    fn process(pid: u32) -> Process {
        process::Processes::open(&machine("debian12")).unwrap().get(pid, Fields::STAT).unwrap()
    }

    #[test]
    fn a_load_is_of_the_time_that_passed_and_of_one_processor() {
        let identity = process(1).identity().unwrap();
        let milliseconds = Duration::from_millis;
        let used = |user, kernel, faults| {
            Readings::from([(identity, Used { user: milliseconds(user), kernel: milliseconds(kernel), faults })])
        };
        let pair = Pair { earlier: used(1000, 500, 3), later: used(2500, 750, 5), elapsed: milliseconds(500) };
        let expected = Load { user: 300, kernel: 50, total: 350, faults: Some(4) };
        assert_eq!(load(&process(1), &pair), Some(expected));
        assert_eq!((narrow(expected.user), narrow(expected.kernel)), (255, 50));
    }

    #[test]
    fn a_reused_process_id_inherits_nothing() {
        let identity = process(1).identity().unwrap();
        let other = Identity { start_ticks: identity.start_ticks + 1, ..identity };
        let reading = |identity| Readings::from([(identity, Used::default())]);
        let pair = Pair { earlier: reading(other), later: reading(identity), elapsed: Duration::from_secs(1) };
        assert_eq!(load(&process(1), &pair), None);
    }
}
