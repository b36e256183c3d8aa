//! The compatibility set of namespace root/scx: through the built library under our host, by the command and by pypsrp.
//! `omiserver.rs` asks it in omiserver.

#[path = "support/built.rs"]
mod built;
#[path = "support/processes.rs"]
mod processes;
#[path = "support/python.rs"]
mod python;
#[path = "support/serve.rs"]
mod serve;
#[path = "support/skip.rs"]
mod skip;

use processes::{NO_PID, Sleeper, assert_lists_all};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const NAMESPACE: &str = "root/scx";

/// What the command says about the classes of the built library, which must do.
fn ask(arguments: &[&str]) -> Vec<Value> {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_lumi"));
    command.args(arguments).args(["--namespace", NAMESPACE, "--json", "--provider"]).arg(built::lumi());
    let assert = command.env_remove("LUMI_LOG").timeout(Duration::from_secs(60)).assert().success();
    match serde_json::from_slice(&assert.get_output().stdout).unwrap() {
        Value::Array(instances) => instances,
        one => vec![one],
    }
}

fn get(class: &str) -> Vec<Value> {
    ask(&["get", class])
}

/// The classes of the set that have instances.
fn classes() -> Vec<String> {
    let schema = omi_mof::compile(Path::new("schema/lumi.mof")).unwrap();
    let has_instances = |name: &str| name.starts_with("SCX_") && name != "SCX_LogFile";
    let of_set = schema.classes().iter().filter(|class| has_instances(&class.name) && !class.is_abstract());
    of_set.map(|class| class.name.clone()).collect()
}

/// A process that never waits.
struct Busy(Child);

impl Busy {
    fn start() -> Self {
        Self(Command::new("sh").args(["-c", "while :; do :; done"]).stdin(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn every_class_of_the_set_says_its_namespace() {
    let schema = omi_mof::compile(Path::new("schema/lumi.mof")).unwrap();
    let says = |class: &omi_mof::Class| class.qualifiers.text("Namespace") == Some(NAMESPACE);
    for class in schema.classes().iter().filter(|class| !class.is_abstract()) {
        assert_eq!(says(class), class.name.starts_with("SCX_"), "{}", class.name);
    }
}

#[test]
fn every_class_answers_in_its_namespace() {
    let names = classes();
    assert_eq!(names.len(), 14);
    for class in names {
        let instances = get(&class);
        // A machine without disks, or without a network, has none of theirs.
        let may_be_missing =
            ["SCX_DiskDrive", "SCX_EthernetPortStatistics", "SCX_IPProtocolEndpoint", "SCX_LANEndpoint"];
        assert!(!instances.is_empty() || may_be_missing.contains(&class.as_str()), "{class} has no instance");
    }
}

#[test]
fn a_base_class_finds_each_thing_once_in_each_namespace() {
    let class_of = |namespace: &str| {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_lumi"));
        command.args(["get", "CIM_OperatingSystem", "--json", "--namespace", namespace]);
        let assert = command.env_remove("LUMI_LOG").timeout(Duration::from_secs(60)).assert().success();
        let systems: Vec<Value> = serde_json::from_slice(&assert.get_output().stdout).unwrap();
        systems.iter().map(|it| it["CreationClassName"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(class_of("root/cimv2"), ["Linux_OperatingSystem"]);
    assert_eq!(class_of("root/scx"), ["SCX_OperatingSystem"]);
}

#[test]
fn a_process_is_there_as_soon_as_it_runs_and_gone_when_it_has_ended() {
    let mut sleeper = Sleeper::start();
    let pid = sleeper.pid();
    let handle = format!("Handle={pid}");
    let found = ask(&["get", "SCX_UnixProcess", &handle]);
    assert_eq!(found[0]["Name"], "sleep");
    assert_lists_all(|| get("SCX_UnixProcess").iter().map(|it| it["Handle"].as_str().unwrap().to_owned()).collect());
    assert_eq!(Command::new("kill").arg(&pid).status().unwrap().code(), Some(0));
    sleeper.ended_by();
    assert!(get("SCX_UnixProcess").iter().all(|it| it["Handle"] != pid.as_str()), "it has ended");
}

#[test]
fn a_loop_that_never_waits_is_busy_at_the_first_question() {
    let busy = Busy::start();
    let handle = format!("Handle={}", busy.0.id());
    // The machine may be so busy itself that the loop does not run between the readings.
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let process = ask(&["get", "SCX_UnixProcess", &handle]).remove(0);
        if process["PercentBusyTime"].as_u64().is_some_and(|percent| percent > 10) {
            break;
        }
        assert!(Instant::now() < deadline, "{process}");
    }
}

#[test]
fn processor_time_of_a_process_is_what_the_kernel_counts() {
    let own = ask(&["get", "SCX_UnixProcess", "Handle=1"]).remove(0);
    let stat = std::fs::read_to_string("/proc/1/stat").unwrap();
    let fields: Vec<i64> =
        stat.rsplit(')').next().unwrap().split_whitespace().filter_map(|it| it.parse().ok()).collect();
    // Fields 14 and 15; the state is no number, so the first number is field 4.
    let tick = 1000 / nix::unistd::sysconf(nix::unistd::SysconfVar::CLK_TCK).unwrap().unwrap();
    for (name, ticks) in [("UserModeTime", fields[10]), ("KernelModeTime", fields[11])] {
        let told = own[name].as_i64().unwrap();
        assert!(told <= ticks * tick && told + 60_000 >= ticks * tick, "{name} is {told}, not {} ms", ticks * tick);
    }
}

#[test]
fn a_query_selects_one_process_and_its_columns() {
    for query in
        ["SELECT Handle FROM SCX_UnixProcess WHERE Handle = '1'", "SELECT * FROM SCX_UnixProcess WHERE Handle='1'"]
    {
        let found = ask(&["query", query]);
        assert_eq!(found.len(), 1, "{query}");
        assert_eq!(found[0]["Handle"], "1");
    }
}

#[test]
fn a_query_on_file_systems_is_answered() {
    let all = get("SCX_FileSystem");
    let kind = all[0]["FileSystemType"].as_str().unwrap();
    let of_kind = |it: &&Value| it["FileSystemType"] == kind;
    let found = ask(&["query", &format!("SELECT Name FROM SCX_FileSystem WHERE FileSystemType = '{kind}'")]);
    assert_eq!(found.len(), all.iter().filter(of_kind).count());
}

#[test]
fn as_many_processes_are_counted_as_are_listed() {
    let counted = get("SCX_OperatingSystem")[0]["NumberOfProcesses"].as_u64().unwrap();
    let listed = get("SCX_UnixProcess").len() as u64;
    assert!(counted.abs_diff(listed) < 30, "{counted} are counted, {listed} are listed");
}

#[test]
fn both_classes_of_file_systems_tell_the_same_free_space() {
    let statistics = get("SCX_FileSystemStatisticalInformation");
    for file_system in get("SCX_FileSystem") {
        let same = statistics.iter().find(|it| it["Name"] == file_system["Name"]).unwrap();
        let available = file_system["AvailableSpace"].as_u64().unwrap() >> 20;
        let free = same["FreeMegabytes"].as_u64().unwrap();
        // Others write meanwhile.
        assert!(available.abs_diff(free) < 4096, "{}: {available} and {free}", file_system["Name"]);
    }
}

#[test]
fn shares_of_a_processor_add_up_at_the_first_question() {
    const SHARES: [&str; 7] = [
        "PercentIdleTime",
        "PercentUserTime",
        "PercentNiceTime",
        "PercentPrivilegedTime",
        "PercentInterruptTime",
        "PercentDPCTime",
        "PercentIOWaitTime",
    ];
    let total = get("SCX_ProcessorStatisticalInformation").into_iter().find(|it| it["Name"] == "_Total").unwrap();
    assert_eq!(total["IsAggregate"], true);
    let sum: u64 = SHARES.iter().map(|name| total[name].as_u64().unwrap()).sum();
    // A hypervisor may take time away, and each share is rounded.
    assert!((1..=104).contains(&sum), "{total}");
}

#[test]
fn a_process_that_does_not_run_is_not_found() {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_lumi"));
    command.args(["get", "SCX_UnixProcess", &format!("Handle={NO_PID}"), "--namespace", NAMESPACE]);
    let assert = command.env_remove("LUMI_LOG").timeout(Duration::from_secs(60)).assert().code(1);
    let message = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(message.contains(&format!("there is no SCX_UnixProcess.Handle=\"{NO_PID}\"")), "{message}");
}

#[test]
fn a_client_of_ws_man_reads_the_set_from_a_server_that_was_told_nothing_about_it() {
    if !python::PYPSRP.is_installed() {
        return;
    }
    let server = serve::Server::start();
    let mut client = python::PYPSRP.connect(&server, "http");
    let answer = client.ask(&json!({"enumerate": "SCX_OperatingSystem", "namespace": NAMESPACE}));
    let [system] = answer["instances"].as_array().unwrap().as_slice() else { panic!("{answer}") };
    assert_eq!((&system["Name"], &system["OSType"]), (&json!("Linux Distribution"), &json!("36")));
    let answer = client.ask(&json!({"enumerate": "SCX_UnixProcess", "namespace": NAMESPACE}));
    let processes = answer["instances"].as_array().unwrap();
    assert!(processes.iter().any(|it| it["Handle"] == "1"), "{answer}");
}
