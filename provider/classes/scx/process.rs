//! SCX_UnixProcess: the processes of `/proc`.

use super::process_load::{Load, Reader, is_of, narrow};
use super::{host_name, kibibytes};
use crate::classes::{datetime, process as linux_process};
use crate::linux::process::{Fields, Process, Stat};
use crate::schema::ScxUnixProcess;
use crate::schema::scx_unix_process::{ExecutionState, Keys};
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};

/// What a second reading is made for.
const LOADS: &[&str] = &["PercentBusyTime"];

/// Serves SCX_UnixProcess.
#[derive(Default)]
pub(crate) struct Processes {
    pub(super) reader: Reader,
}

impl Enumerate<ScxUnixProcess> for Processes {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, ScxUnixProcess>) -> Result<()> {
        let host = host_name(&self.reader.root)?;
        self.reader.each(query, fields(query), LOADS, out, |process, load| instance(&host, process, load))
    }
}

impl Get<ScxUnixProcess> for Processes {
    fn get(&self, key: ScxUnixProcess, query: &Query<'_>) -> Result<ScxUnixProcess> {
        let handle = key.handle.as_deref().ok_or_else(|| {
            Error::invalid_parameter("SCX_UnixProcess is found by its key Handle, the process ID in decimal")
        })?;
        let host = host_name(&self.reader.root)?;
        let keys = [
            &key.cs_creation_class_name,
            &key.cs_name,
            &key.os_creation_class_name,
            &key.os_name,
            &key.creation_class_name,
        ];
        let missing = || not_found::<ScxUnixProcess>(&[("Handle", handle)]);
        let pid = handle.parse().ok().filter(|_| is_of(&host, keys)).ok_or_else(missing)?;
        let found = self.reader.get(query, pid, fields(query), LOADS);
        let (process, load) =
            found.map_err(|error| if error.code() == omi::ResultCode::NOT_FOUND { missing() } else { error })?;
        Ok(instance(&host, process, load))
    }
}

/// The files of a process that the wanted properties come from.
fn fields(query: &Query<'_>) -> Fields {
    let own = if query.wants_any(&["PercentBusyTime", "UsedMemory"]) { Fields::STAT } else { Fields::NONE };
    linux_process::fields(query) | own
}

fn instance(host: &str, process: Process, load: Option<Load>) -> ScxUnixProcess {
    let keys = Keys { cs_name: host.to_owned(), handle: process.pid.to_string() };
    let mut instance = ScxUnixProcess {
        process_tty: process.terminal,
        module_path: process.executable.map(|executable| executable.path),
        process_waiting_for_event: process.wait_channel,
        parameters: process.arguments,
        real_user_id: process.credentials.map(|ids| ids.real_user.into()),
        percent_busy_time: load.map(|load| narrow(load.total)),
        ..ScxUnixProcess::new(keys)
    };
    if let Some(stat) = process.stat {
        set_stat(&mut instance, stat);
    }
    instance
}

/// The properties that come from `/proc/PID/stat`.
fn set_stat(instance: &mut ScxUnixProcess, stat: Stat) {
    let state = match stat.state {
        'R' => ExecutionState::RUNNING,
        'S' | 'I' => ExecutionState::SUSPENDED_READY,
        'D' => ExecutionState::SUSPENDED_BLOCKED,
        'Z' | 'X' => ExecutionState::TERMINATED,
        'T' | 't' | 'P' => ExecutionState::STOPPED,
        _ => ExecutionState::OTHER,
    };
    instance.execution_state = Some(state);
    instance.other_execution_description = (state == ExecutionState::OTHER).then(|| stat.state.to_string());
    instance.parent_process_id = Some(stat.parent.unwrap_or(0).to_string());
    instance.process_group_id = Some(stat.process_group.into());
    instance.process_session_id = Some(stat.session.into());
    instance.user_mode_time = u64::try_from(stat.user_time.as_millis()).ok();
    instance.kernel_mode_time = u64::try_from(stat.kernel_time.as_millis()).ok();
    instance.priority = Some(u32::try_from(stat.priority.saturating_add(100)).unwrap_or(0));
    instance.process_nice_value = u32::try_from(stat.nice.saturating_add(20)).ok();
    instance.creation_date = datetime(stat.started);
    instance.working_set_size = Some(stat.resident_bytes);
    instance.used_memory = Some(kibibytes(stat.resident_bytes));
    instance.name = Some(stat.name);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::process::Processes as Source;
    use crate::linux::testing::machine;

    fn all() -> Vec<(Process, ScxUnixProcess)> {
        let mut source = Source::open(&machine("debian12")).unwrap();
        let processes: Vec<_> = source.list(Fields::ALL).unwrap().map(Result::unwrap).collect();
        processes.into_iter().map(|it| (it.clone(), instance("web", it, None))).collect()
    }

    #[test]
    fn kernel_threads_are_processes() {
        let all = all();
        let (_, thread) = all.iter().find(|(process, _)| process.pid == 2).unwrap();
        assert_eq!((thread.name.as_deref(), &thread.parameters), (Some("kthreadd"), &None));
        assert_eq!(all.len(), 4);
    }

    #[test]
    fn times_are_milliseconds() {
        for (process, instance) in all() {
            let stat = process.stat.unwrap();
            assert_eq!(instance.user_mode_time.map(u128::from), Some(stat.user_time.as_millis()));
            assert_eq!(instance.kernel_mode_time.map(u128::from), Some(stat.kernel_time.as_millis()));
        }
    }

    #[test]
    fn every_state_of_the_kernel_has_a_value() {
        let stat = all().remove(0).0.stat.unwrap();
        let state = |letter| {
            let mut instance = ScxUnixProcess::default();
            set_stat(&mut instance, Stat { state: letter, ..stat.clone() });
            instance.execution_state.unwrap().0
        };
        assert_eq!("RSDZTItP".chars().map(state).collect::<Vec<_>>(), [3, 6, 5, 7, 8, 6, 8, 8]);
    }
}
