//! Linux_Process: the processes of `/proc`.

use super::{audit, datetime, fits, host_name, os_name, requestor};
use crate::linux::Root;
use crate::linux::process::signal::{Signal, Target};
use crate::linux::process::{self, Fields, Process, Stat, priority};
use crate::linux::users::UserNames;
use crate::schema::LinuxProcess;
use crate::schema::linux_process::send_signal::ReturnValue;
use crate::schema::linux_process::{
    ExecutionState, GetEnvironment, GetEnvironmentOutput, Keys, SendSignal, SendSignalOutput, SetPriority,
    SetPriorityOutput, Terminate, TerminateOutput,
};
use omi::{Enumerate, Error, Get, Invoke, Query, Result, Sink, not_found};

/// Serves Linux_Process.
#[derive(Default)]
pub(crate) struct Processes {
    root: Root,
}

impl Enumerate<LinuxProcess> for Processes {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxProcess>) -> Result<()> {
        let mut processes = process::Processes::open(&self.root)?;
        let mut view = View::new(System::read(&self.root)?, query);
        let fields = fields(query);
        if let Some(handle) = query.required_text("Handle").or_else(|| query.required_text("ProcessId")) {
            // A filter that admits one process costs the reading of one process.
            let found = handle.parse().ok().map(|pid| processes.get(pid, fields));
            return match found {
                Some(Ok(process)) => out.post(view.instance(process)),
                Some(Err(error)) if !error.is_not_found() => Err(error.into()),
                _ => Ok(()),
            };
        }
        for process in processes.list(fields)? {
            match process {
                Ok(process) => out.post(view.instance(process))?,
                Err(error) => log::warn!("a process is left out: {error}"),
            }
        }
        Ok(())
    }
}

impl Get<LinuxProcess> for Processes {
    fn get(&self, key: LinuxProcess, query: &Query<'_>) -> Result<LinuxProcess> {
        let system = System::read(&self.root)?;
        let (handle, pid) = system.pid(&key)?;
        let process =
            process::Processes::open(&self.root)?.get(pid, fields(query)).map_err(|error| gone(error, handle))?;
        Ok(View::new(system, query).instance(process))
    }
}

impl Invoke<Terminate> for Processes {
    fn invoke(&self, target: Option<LinuxProcess>, _input: Terminate, query: &Query<'_>) -> Result<TerminateOutput> {
        // All methods have the same return values.
        Ok(TerminateOutput { return_value: Some(self.signal(target, Signal::TERM, query)?.0.into()) })
    }
}

impl Invoke<SendSignal> for Processes {
    fn invoke(&self, target: Option<LinuxProcess>, input: SendSignal, query: &Query<'_>) -> Result<SendSignalOutput> {
        let number = input.signal.ok_or_else(|| {
            Error::invalid_parameter("SendSignal needs the parameter Signal, a number such as 15 (TERM)")
        })?;
        let signal = Signal::from_number(i32::try_from(number.0).unwrap_or(i32::MAX))?;
        Ok(SendSignalOutput { return_value: Some(self.signal(target, signal, query)?) })
    }
}

impl Invoke<SetPriority> for Processes {
    fn invoke(&self, target: Option<LinuxProcess>, input: SetPriority, query: &Query<'_>) -> Result<SetPriorityOutput> {
        let nice =
            input.nice.ok_or_else(|| Error::invalid_parameter("SetPriority needs the parameter Nice, -20 to 19"))?;
        let deed = format!("set the nice value {nice} of");
        let value = self.control(target, &deed, query, |target| priority::set(&self.root, target, nice.into()))?;
        Ok(SetPriorityOutput { return_value: Some(value.0.into()) })
    }
}

impl Invoke<GetEnvironment> for Processes {
    fn invoke(
        &self,
        target: Option<LinuxProcess>,
        _: GetEnvironment,
        query: &Query<'_>,
    ) -> Result<GetEnvironmentOutput> {
        let target = named(target)?;
        let (handle, pid) = System::read(&self.root)?.pid(&target)?;
        let read = requestor(query)?.on_behalf(|| process::environment(&self.root, pid));
        let result = read.as_ref().map_or_else(ToString::to_string, |_| "done".to_owned());
        audit(query, &format!("read the environment of process {pid}"), &result);
        Ok(GetEnvironmentOutput {
            return_value: Some(ReturnValue::COMPLETED_WITH_NO_ERROR.0.into()),
            environment: Some(read.map_err(|error| gone(error, handle))?),
        })
    }
}

/// The process that a method is called for.
fn named(target: Option<LinuxProcess>) -> Result<LinuxProcess> {
    target.ok_or_else(|| Error::invalid_parameter("the methods of Linux_Process need an instance: give the key Handle"))
}

impl Processes {
    /// Sends a signal to the process that a request names; the return value of the method.
    fn signal(&self, target: Option<LinuxProcess>, signal: Signal, query: &Query<'_>) -> Result<ReturnValue> {
        self.control(target, &format!("send {signal} to"), query, |target| target.send(signal))
    }

    /// Does something to the process that a request names, with the rights of the user who asks; the return value of the
    /// method.
    fn control(
        &self,
        target: Option<LinuxProcess>,
        deed: &str,
        query: &Query<'_>,
        act: impl FnOnce(&Target) -> crate::linux::Result<()> + Send,
    ) -> Result<ReturnValue> {
        let target = named(target)?;
        let (handle, pid) = System::read(&self.root)?.pid(&target)?;
        let target = Target::open(&self.root, pid, None).map_err(|error| gone(error, handle))?;
        if target.is_kernel_thread() {
            return Ok(ReturnValue::NOT_SUPPORTED);
        }
        if !query.should_process(&format!("process {pid}"), deed.split(' ').next().unwrap_or(deed)).or(true) {
            return Ok(ReturnValue::COMPLETED_WITH_NO_ERROR);
        }
        let done = requestor(query)?.on_behalf(|| act(&target));
        audit(
            query,
            &format!("{deed} process {pid}"),
            &done.as_ref().map_or_else(ToString::to_string, |()| "done".to_owned()),
        );
        done.map_err(|error| gone(error, handle))?;
        Ok(ReturnValue::COMPLETED_WITH_NO_ERROR)
    }
}

/// Gives each process, read when it is its turn: with all its properties, or with its keys alone.
pub(super) fn each(root: &Root, with_properties: bool, take: &mut dyn FnMut(LinuxProcess) -> Result<()>) -> Result<()> {
    let mut view = View::of_all(root)?;
    let fields = if with_properties { Fields::ALL } else { Fields::NONE };
    let mut reader = process::Processes::open(root)?;
    reader.list(fields)?.flatten().try_for_each(|process| take(view.instance(process)))
}

/// Gives the processes of which `look` makes something by what is in `fields`, with all their properties or their keys
/// alone; only the process with the ID `only`, where there is one.
pub(super) fn those<T>(
    root: &Root,
    fields: Fields,
    with_properties: bool,
    only: Option<u32>,
    look: impl Fn(&Process) -> Option<T>,
    take: &mut dyn FnMut(T, LinuxProcess) -> Result<()>,
) -> Result<()> {
    let mut view = View::of_all(root)?;
    let mut reader = process::Processes::open(root)?;
    let pids = match only {
        Some(pid) => vec![pid],
        None => reader.pids()?,
    };
    for pid in pids {
        // One that ended meanwhile is left out.
        let Some((process, made)) = reader.get(pid, fields).ok().and_then(|it| look(&it).map(|made| (it, made))) else {
            continue;
        };
        if !with_properties {
            take(made, view.instance(Process { pid: process.pid, ..Process::default() }))?;
        } else if let Ok(process) = reader.get(pid, Fields::ALL) {
            take(made, view.instance(process))?;
        }
    }
    Ok(())
}

/// A process with all its properties.
pub(super) fn whole(root: &Root, pid: u32) -> Result<LinuxProcess> {
    let process =
        process::Processes::open(root)?.get(pid, Fields::ALL).map_err(|error| gone(error, &pid.to_string()))?;
    Ok(View::of_all(root)?.instance(process))
}

/// A process that is gone is reported by class and key.
fn gone(error: crate::linux::Error, handle: &str) -> Error {
    if error.is_not_found() { not_found::<LinuxProcess>(&[("Handle", handle)]) } else { error.into() }
}

/// The files of a process that the wanted properties come from. The keys need none of them.
pub(super) fn fields(query: &Query<'_>) -> Fields {
    const STAT: &[&str] = &[
        "Name",
        "Caption",
        "ElementName",
        "State",
        "ExecutionState",
        "OtherExecutionDescription",
        "ParentProcessID",
        "ProcessGroupID",
        "ProcessSessionID",
        "ProcessTTY",
        "IsKernelThread",
        "UserModeTime",
        "KernelModeTime",
        "Priority",
        "Nice",
        "ProcessNiceValue",
        "ThreadCount",
        "StartTimeTicks",
        "CreationDate",
        "VirtualSize",
        "WorkingSetSize",
    ];
    const CREDENTIALS: &[&str] =
        &["RealUserID", "RealUserName", "EffectiveUserID", "EffectiveUserName", "RealGroupID", "EffectiveGroupID"];
    let sources = [
        (Fields::STAT, STAT),
        (Fields::CREDENTIALS, CREDENTIALS),
        (Fields::CMDLINE, &["Parameters", "CommandLine"]),
        (Fields::EXE, &["ModulePath"]),
        (Fields::WCHAN, &["ProcessWaitingForEvent"]),
        (Fields::CGROUP, &["ControlGroup"]),
        (Fields::IO, &["ReadBytes", "WrittenBytes", "StorageReadBytes", "StorageWrittenBytes"]),
        (Fields::LIMITS, &["LimitNames", "SoftLimits", "HardLimits"]),
        (Fields::FILES, &["OpenFileCount"]),
    ];
    sources
        .into_iter()
        .filter(|(_, properties)| query.wants_any(properties))
        .fold(Fields::NONE, |fields, (field, _)| fields | field)
}

/// What all processes have in common: the names of the host and of its operating system.
struct System {
    host: String,
    os: String,
}

impl System {
    fn read(root: &Root) -> Result<Self> {
        Ok(Self { host: host_name(root)?, os: os_name(root)? })
    }

    /// The process ID in the keys of a request, when the other keys can be those of this system.
    fn pid<'a>(&self, key: &'a LinuxProcess) -> Result<(&'a str, u32)> {
        let handle = key.handle.as_deref().ok_or_else(|| {
            Error::invalid_parameter("Linux_Process is found by its key Handle, the process ID in decimal")
        })?;
        let ours = fits(&key.cs_creation_class_name, "Linux_ComputerSystem")
            && fits(&key.cs_name, &self.host)
            && fits(&key.os_creation_class_name, "Linux_OperatingSystem")
            && fits(&key.os_name, &self.os)
            && fits(&key.creation_class_name, "Linux_Process");
        match handle.parse() {
            Ok(pid) if ours => Ok((handle, pid)),
            _ => Err(not_found::<LinuxProcess>(&[("Handle", handle)])),
        }
    }
}

/// How one request sees processes.
struct View {
    system: System,
    users: UserNames,
    wants_command_line: bool,
    wants_user_names: bool,
}

impl View {
    fn new(system: System, query: &Query<'_>) -> Self {
        Self {
            system,
            users: UserNames::of_machine(),
            wants_command_line: query.wants("CommandLine"),
            wants_user_names: query.wants_any(&["RealUserName", "EffectiveUserName"]),
        }
    }

    /// Every property is wanted.
    fn of_all(root: &Root) -> Result<Self> {
        let (system, users) = (System::read(root)?, UserNames::of_machine());
        Ok(Self { system, users, wants_command_line: true, wants_user_names: true })
    }

    fn instance(&mut self, process: Process) -> LinuxProcess {
        let keys = Keys {
            cs_name: self.system.host.clone(),
            os_name: self.system.os.clone(),
            handle: process.pid.to_string(),
        };
        let mut instance = LinuxProcess {
            process_id: Some(process.pid),
            process_tty: process.terminal,
            module_path: process.executable.map(|it| if it.deleted { it.path + " (deleted)" } else { it.path }),
            process_waiting_for_event: process.wait_channel,
            command_line: process.arguments.as_ref().filter(|_| self.wants_command_line).map(|it| it.join(" ")),
            parameters: process.arguments,
            control_group: process.cgroup,
            open_file_count: process.open_files,
            read_bytes: process.io.map(|io| io.read),
            written_bytes: process.io.map(|io| io.written),
            storage_read_bytes: process.io.map(|io| io.read_from_storage),
            storage_written_bytes: process.io.map(|io| io.written_to_storage),
            ..LinuxProcess::new(keys)
        };
        if let Some(limits) = process.limits {
            instance.soft_limits = Some(limits.iter().map(|limit| limit.soft).collect());
            instance.hard_limits = Some(limits.iter().map(|limit| limit.hard).collect());
            instance.limit_names = Some(limits.into_iter().map(|limit| limit.name).collect());
        }
        if let Some(ids) = process.credentials {
            instance.real_user_id = Some(ids.real_user.into());
            instance.effective_user_id = Some(ids.effective_user.into());
            instance.real_group_id = Some(ids.real_group.into());
            instance.effective_group_id = Some(ids.effective_group.into());
            if self.wants_user_names {
                instance.real_user_name = self.users.name(ids.real_user).map(str::to_owned);
                instance.effective_user_name = self.users.name(ids.effective_user).map(str::to_owned);
            }
        }
        if let Some(stat) = process.stat {
            set_stat(&mut instance, stat);
        }
        instance
    }
}

/// The properties that come from `/proc/PID/stat`.
fn set_stat(instance: &mut LinuxProcess, stat: Stat) {
    let execution_state = match stat.state {
        'R' => ExecutionState::RUNNING,
        'S' | 'D' | 'I' => ExecutionState::BLOCKED,
        'Z' | 'X' => ExecutionState::TERMINATED,
        'T' | 't' => ExecutionState::STOPPED,
        _ => ExecutionState::OTHER,
    };
    instance.execution_state = Some(execution_state);
    instance.other_execution_description = (execution_state == ExecutionState::OTHER).then(|| stat.state.to_string());
    instance.state = Some(stat.state.to_string());
    instance.is_kernel_thread = Some(stat.is_kernel_thread());
    // A process without a parent has the parent 0, as in /proc.
    instance.parent_process_id = Some(stat.parent.unwrap_or(0).to_string());
    instance.process_group_id = Some(stat.process_group.into());
    instance.process_session_id = Some(stat.session.into());
    instance.user_mode_time = u64::try_from(stat.user_time.as_millis()).ok();
    instance.kernel_mode_time = u64::try_from(stat.kernel_time.as_millis()).ok();
    instance.priority = Some(u32::try_from(stat.priority.saturating_add(100)).unwrap_or(0));
    instance.nice = i16::try_from(stat.nice).ok();
    instance.process_nice_value = u32::try_from(stat.nice.saturating_add(20)).ok();
    instance.thread_count = Some(stat.threads);
    instance.start_time_ticks = Some(stat.start_ticks);
    instance.creation_date = datetime(stat.started);
    instance.virtual_size = Some(stat.virtual_bytes);
    instance.working_set_size = Some(stat.resident_bytes);
    instance.caption = Some(stat.name.clone());
    instance.element_name = Some(stat.name.clone());
    instance.name = Some(stat.name);
}
