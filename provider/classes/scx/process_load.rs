//! Processes with what they used between two readings, for the two classes about them.

use crate::classes::fits;
use crate::linux::Root;
use crate::linux::process::{self, Fields, Identity, Process};
use crate::linux::sampling::{History, per_second};
use omi::{Class, Query, Result, ResultCode, Sink};
use std::panic::resume_unwind;
use std::thread;
use std::time::Duration;

/// Reads processes. Keep one for the life of the provider, for the readings before.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) root: Root,
    /// A reused process id is another process. `None` stands for the whole list, when its end was reached.
    history: History<Option<Identity>, Used>,
}

/// What a process used since its start.
#[derive(Clone, Copy, Default)]
struct Used {
    user: Duration,
    kernel: Duration,
    faults: u64,
}

impl Used {
    fn of(process: &Process) -> Option<(Identity, Self)> {
        let stat = process.stat.as_ref()?;
        let used = Self { user: stat.user_time, kernel: stat.kernel_time, faults: stat.major_faults };
        Some((process.identity()?, used))
    }
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
    /// Posts what `make` makes of each process that the query's filter admits; with its load, if one of `loads` is wanted. A
    /// process that started since the earlier reading has none.
    pub(super) fn each<C: Class>(
        &self,
        query: &Query<'_>,
        fields: Fields,
        loads: &[&str],
        out: &Sink<'_, C>,
        make: impl Fn(Process, Option<Load>) -> C + Sync,
    ) -> Result<()> {
        let Some(handle) = query.required_text("Handle") else {
            let post = |out: &mut Sink<'_, C>, process, load| out.post(make(process, load));
            return self.all(fields, query.wants_any(loads), || out.clone(), post);
        };
        // A filter that admits one process costs the reading of one process.
        let found = handle.parse().ok().map(|pid| self.get(query, pid, fields, loads));
        match found {
            Some(Ok((process, load))) => out.clone().post(make(process, load)),
            Some(Err(error)) if error.code() != ResultCode::NOT_FOUND => Err(error),
            _ => Ok(()),
        }
    }

    /// Gives each process, in no order and on two threads, each with what `start` makes for it; with its load, if that is
    /// wanted.
    pub(super) fn all<T>(
        &self,
        fields: Fields,
        with_load: bool,
        start: impl Fn() -> T + Sync,
        give: impl Fn(&mut T, Process, Option<Load>) -> Result<()> + Sync,
    ) -> Result<()> {
        let mut processes = process::Processes::open(&self.root)?;
        if with_load && !self.history.has(&None) {
            processes.list(Fields::STAT)?.flatten().for_each(|process| {
                self.load(&process);
            });
            self.history.wait();
        }
        let pids = processes.pids()?;
        let (first, second) = pids.split_at(pids.len() / 2);
        let read = |pids: &[u32]| -> Result<()> {
            let mut state = start();
            for process in process::Processes::open(&self.root)?.list_of(pids.to_vec(), fields) {
                match process {
                    Ok(process) => {
                        let load = if with_load { self.load(&process) } else { None };
                        give(&mut state, process, load)?;
                    }
                    Err(error) => log::warn!("a process is left out: {error}"),
                }
            }
            Ok(())
        };
        thread::scope(|threads| {
            // The kernel takes most of the time, and has more than one processor.
            let other = thread::Builder::new().spawn_scoped(threads, || read(second));
            read(first)?;
            match other {
                Ok(other) => other.join().unwrap_or_else(|panic| resume_unwind(panic)),
                // Of all things, the list of processes should be there on a machine that has no thread to give.
                Err(_) => read(second),
            }
        })?;
        if with_load {
            self.history.forget_old();
            self.history.keep(None, Used::default());
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
        let mut processes = process::Processes::open(&self.root)?;
        let process = processes.get(pid, fields)?;
        if !query.wants_any(loads) {
            return Ok((process, None));
        }
        if let Some(load) = self.load(&process) {
            return Ok((process, Some(load)));
        }
        // Nobody has asked for it lately.
        self.history.wait();
        let process = processes.get(pid, fields)?;
        let load = self.load(&process);
        Ok((process, load))
    }

    /// What the process used since an earlier reading; this one is kept for later. `None` without an earlier one.
    fn load(&self, process: &Process) -> Option<Load> {
        let (identity, now) = Used::of(process)?;
        let (before, elapsed) = self.history.keep(Some(identity), now)?;
        Some(Load::between(before, now, elapsed))
    }
}

impl Load {
    fn between(before: Used, now: Used, elapsed: Duration) -> Self {
        let percent = |time: Duration| {
            let elapsed = elapsed.as_nanos().max(1);
            u32::try_from((time.as_nanos() * 100 + elapsed / 2) / elapsed).unwrap_or(u32::MAX)
        };
        let (user, kernel) = (now.user.saturating_sub(before.user), now.kernel.saturating_sub(before.kernel));
        Self {
            user: percent(user),
            kernel: percent(kernel),
            total: percent(user + kernel),
            faults: per_second(before.faults, now.faults, elapsed),
        }
    }
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
        let milliseconds = Duration::from_millis;
        let used = |user, kernel, faults| Used { user: milliseconds(user), kernel: milliseconds(kernel), faults };
        let load = Load::between(used(1000, 500, 3), used(2500, 750, 5), milliseconds(500));
        assert_eq!(load, Load { user: 300, kernel: 50, total: 350, faults: Some(4) });
        assert_eq!((narrow(load.user), narrow(load.kernel)), (255, 50));
    }

    #[test]
    fn a_reused_process_id_inherits_nothing() {
        let reader = Reader { history: History::new(Duration::ZERO, Duration::MAX), ..Reader::default() };
        let first = process(1);
        assert_eq!(reader.load(&first), None, "there is no earlier reading");
        assert!(reader.load(&first).is_some());
        let mut other = first;
        other.stat.as_mut().unwrap().start_ticks += 1;
        assert_eq!(reader.load(&other), None);
    }
}
