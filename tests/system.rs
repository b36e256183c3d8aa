//! Processes, file systems and what they belong to, of the built library, beside what ps and df say of the same machine.

#[path = "support/processes.rs"]
#[allow(dead_code)] // other tests look at more of them
mod processes;
#[path = "support/skip.rs"]
mod skip;

use processes::Sleeper;
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::{Command, Output};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(120);

fn lumi(words: &[&str]) -> Output {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_lumi"));
    command.args(words).env_remove("LUMI_LOG").timeout(PATIENCE).output().unwrap()
}

/// The instances that a command of lumi gives: a list, or the one that was asked for by its keys.
fn instances(words: &[&str]) -> Vec<Value> {
    let output = lumi(&[words, &["--json"]].concat());
    match serde_json::from_slice(&output.stdout) {
        Ok(Value::Array(all)) => all,
        Ok(one) => vec![one],
        Err(error) => panic!("{words:?}: {error}: {output:?}"),
    }
}

/// What another program says, by line; `None`, said aloud, where it is not there.
fn second_opinion(program: &str, arguments: &[&str]) -> Option<Vec<String>> {
    let Ok(output) = Command::new(program).args(arguments).env("LC_ALL", "C").output() else {
        skip::skipped(&format!("{program} is not installed"));
        return None;
    };
    Some(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

fn text<'a>(instance: &'a Value, property: &str) -> &'a str {
    instance[property].as_str().unwrap_or_else(|| panic!("{property} of {instance}"))
}

#[test]
fn ps_says_the_same_of_a_process() {
    let sleeper = Sleeper::start();
    let pid = sleeper.pid();
    let columns = "pid=,ppid=,pgid=,sess=,nlwp=,ni=,ruid=,rgid=,vsz=,comm=";
    let Some(lines) = second_opinion("ps", &["-o", columns, "-p", &pid]) else { return };
    let ours = &instances(&["get", "Linux_Process", &format!("Handle={pid}")]);
    let ours = ours.first().unwrap_or_else(|| panic!("no process {pid}"));
    let kib = ours["VirtualSize"].as_u64().unwrap() / 1024;
    let values = [
        &ours["ProcessId"],
        &ours["ParentProcessID"],
        &ours["ProcessGroupID"],
        &ours["ProcessSessionID"],
        &ours["ThreadCount"],
        &ours["Nice"],
        &ours["RealUserID"],
        &ours["RealGroupID"],
        &kib.into(),
        &ours["Name"],
    ];
    let said = values.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    assert_eq!(lines[0].split_whitespace().collect::<Vec<_>>(), said);
}

#[test]
fn df_says_the_same_of_the_size_of_file_systems() {
    let Some(lines) = second_opinion("df", &["-P", "-B1", "-a"]) else { return };
    let sizes: BTreeMap<&str, &str> = lines
        .iter()
        .skip(1)
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            (words.len() == 6).then(|| (words[5], words[1]))
        })
        .collect();
    let mut compared = 0;
    for file_system in instances(&["get", "Linux_FileSystem"]) {
        let (name, size) = (text(&file_system, "Name"), &file_system["FileSystemSize"]);
        // df shows a size of 0 or a dash where there is none.
        if let (Some(theirs), Some(ours)) = (sizes.get(name).filter(|size| size.parse() != Ok(0)), size.as_u64()) {
            assert_eq!(ours.to_string(), **theirs, "{name}");
            compared += 1;
        }
    }
    assert!(compared > 0, "no file system in common with {lines:?}");
}

#[test]
fn a_process_tells_its_files_bytes_limits_and_control_group() {
    let sleeper = Sleeper::start();
    let handle = format!("Handle={}", sleeper.pid());
    let process = &instances(&["get", "Linux_Process", &handle])[0];
    assert!(process["OpenFileCount"].as_u64().is_some_and(|count| count >= 3), "{process}");
    assert!(process["ReadBytes"].is_u64() && process["StorageWrittenBytes"].is_u64(), "{process}");
    assert!(text(process, "ControlGroup").starts_with('/'), "{process}");
    let names = process["LimitNames"].as_array().unwrap();
    let place = names.iter().position(|name| name == "Max open files").unwrap();
    assert!(process["SoftLimits"][place].as_u64() <= process["HardLimits"][place].as_u64(), "{process}");
}

#[test]
fn the_priority_of_a_process_is_set_and_its_environment_is_given() {
    let sleeper = Sleeper::start();
    let handle = format!("Handle={}", sleeper.pid());
    let output = lumi(&["invoke", "Linux_Process", &handle, "SetPriority", "Nice=9"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(instances(&["get", "Linux_Process", &handle, "-p", "Nice"])[0]["Nice"], 9);
    let output = lumi(&["invoke", "Linux_Process", &handle, "SetPriority", "Nice=20"]);
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("-20 to 19"), "{output:?}");
    let output = lumi(&["invoke", "Linux_Process", &handle, "GetEnvironment", "--json"]);
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    let path = format!("PATH={}", std::env::var("PATH").unwrap());
    assert!(result["Environment"].as_array().unwrap().contains(&path.into()), "{result}");
}

#[test]
fn associations_lead_from_the_computer_to_system_file_systems_and_processes_and_back() {
    let sleeper = Sleeper::start();
    let computer = instances(&["get", "Linux_ComputerSystem"]).remove(0);
    let system = instances(&["get", "Linux_OperatingSystem"]).remove(0);
    let key = |instance: &Value| format!("Name={}", text(instance, "Name"));
    let (computer, system) = (key(&computer), key(&system));

    let found = instances(&["associators", "Linux_ComputerSystem", &computer, "--result-class", "CIM_OperatingSystem"]);
    assert_eq!(found.len(), 1);
    assert!(found[0]["NumberOfProcesses"].is_u64(), "{}", found[0]);
    let found = instances(&["associators", "Linux_ComputerSystem", &computer, "--result-class", "CIM_FileSystem"]);
    let listed = instances(&["get", "Linux_FileSystem"]);
    let names = |all: &[Value]| all.iter().map(|it| text(it, "Name").to_owned()).collect::<Vec<_>>();
    assert!(names(&listed).iter().filter(|name| names(&found).contains(name)).count() > 0, "{found:?}");

    let found = instances(&["associators", "Linux_OperatingSystem", &system, "--result-class", "CIM_Process"]);
    assert!(found.iter().any(|process| text(process, "Handle") == sleeper.pid()), "{} processes", found.len());
    let handle = format!("Handle={}", sleeper.pid());
    let found = instances(&["associators", "Linux_Process", &handle, "--result-class", "Linux_OperatingSystem"]);
    assert_eq!(found.len(), 1, "{found:?}");
    let found = instances(&["references", "Linux_Process", &handle]);
    assert_eq!(found.iter().filter(|it| it["__class"] == "Linux_OSProcess").count(), 1, "{found:?}");
}

#[test]
fn a_file_system_leads_to_its_block_device_where_it_has_one() {
    for reference in instances(&["get", "Linux_ResidesOnExtent"]) {
        let file_system = format!("Name={}", text(&reference["Dependent"], "Name"));
        let device = text(&reference["Antecedent"], "DeviceID");
        let found =
            instances(&["associators", "Linux_FileSystem", &file_system, "--result-class", "CIM_StorageExtent"]);
        assert_eq!(found.len(), 1, "{file_system}");
        assert_eq!(text(&found[0], "DeviceID"), device, "{file_system}");
    }
}
