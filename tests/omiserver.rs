//! The provider library in Microsoft's omiserver, where OMI is installed: see `support/omiserver.rs`.

#[path = "support/built.rs"]
mod built;
#[path = "support/omicli.rs"]
mod omicli;
#[path = "support/omiserver.rs"]
mod omiserver;
#[path = "support/processes.rs"]
mod processes;
#[path = "support/python.rs"]
mod python;
#[path = "support/run.rs"]
mod run;
#[path = "support/serve.rs"]
mod serve;
#[path = "support/skip.rs"]
mod skip;

use omi_mof::Class;
use omi_mof::generate::{Registration, registration};
use omicli::Answer;
use omiserver::Omi;
use processes::{NO_PID, Sleeper, assert_lists_all};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::Path;

const NAMESPACE: &str = "root/cimv2";

/// The compatibility set.
const SCX: &str = "root/scx";

/// The registration file that our MOF compiler makes for the classes whose names begin so.
fn our_registration(prefix: &str) -> String {
    let schema = omi_mof::compile(Path::new("schema/lumi.mof")).unwrap();
    // The Local Configuration Manager is left to DSC for Linux.
    let is_ours = |class: &&Class| !class.is_abstract() && !class.qualifiers.flag("NotRegistered");
    let classes = schema.classes().iter().filter(|class| class.name.starts_with(prefix)).filter(is_ours).collect();
    registration(&schema, &Registration { library: "lumi", hosting: None, classes })
}

/// An omiserver with our library.
fn omiserver() -> Option<Omi> {
    let mut omi = Omi::prepare()?;
    omi.register(NAMESPACE, &built::lumi(), &our_registration("Linux_"));
    omi.register(SCX, &built::lumi(), &our_registration("SCX_"));
    omi.start();
    Some(omi)
}

/// Runs `omicli COMMAND root/cimv2 ARGUMENTS`.
fn ask<T: AsRef<str>>(omi: &Omi, command: &str, arguments: &[T]) -> Answer {
    Answer::read(&omi.omicli([command, NAMESPACE].into_iter().chain(arguments.iter().map(AsRef::as_ref))))
}

/// How omicli names the process with a handle. omiserver refuses a name that lacks a key.
fn process(omi: &Omi, handle: &str) -> Vec<String> {
    let first = &ask(omi, "wql", &["select * from Linux_Process where Handle = '1'"]).instances[0];
    let mut name = vec!["{".to_owned(), "Linux_Process".to_owned()];
    for key in ["CSCreationClassName", "CSName", "OSCreationClassName", "OSName", "CreationClassName"] {
        name.extend([key.to_owned(), first[key].clone()]);
    }
    name.extend(["Handle", handle, "}"].map(str::to_owned));
    name
}

/// Asks over WS-Man.
fn pypsrp(omi: &Omi, request: &Value) -> Value {
    let python = omi.enter(python::interpreter());
    python::PYPSRP.connect_by(python, omiserver::URL, ("user", "password")).ask(request)
}

#[test]
fn omireg_and_our_compiler_register_the_same_classes_with_their_ancestry() {
    let Some(omi) = Omi::prepare() else { return };
    let lines = |text: &str| -> BTreeSet<String> {
        text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
    };
    // OMI's tool knows of one namespace only.
    let ours: BTreeSet<String> =
        ["Linux_", "SCX_", "MSFT_"].iter().flat_map(|prefix| lines(&our_registration(prefix))).collect();
    let mut theirs = lines(&omi.omireg(NAMESPACE, &built::lumi()));
    // It does not know either what is left to others.
    theirs.retain(|line| !line.contains("=MSFT_DSC"));
    assert_eq!(theirs, ours);
    let process = "CLASS=Linux_Process:CIM_UnixProcess:CIM_Process:CIM_EnabledLogicalElement:CIM_LogicalElement:\
                   CIM_ManagedSystemElement:CIM_ManagedElement";
    assert!(ours.contains(process), "{ours:#?}");
}

#[test]
fn a_library_registered_by_omireg_is_served() {
    let Some(mut omi) = Omi::prepare() else { return };
    omi.omireg(NAMESPACE, &built::lumi());
    omi.start();
    let answer = ask(&omi, "ei", &["Linux_ComputerSystem"]);
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    assert_eq!(answer.values("Name").collect::<Vec<_>>(), [host.trim()], "{}", answer.text);
}

#[test]
fn the_base_class_lists_every_process_with_kernel_threads() {
    let Some(omi) = omiserver() else { return };
    assert_lists_all(|| {
        let answer = ask(&omi, "ei", &["CIM_Process"]);
        answer.values("Handle").map(str::to_owned).collect()
    });
}

#[test]
fn the_compatibility_set_is_served_in_its_namespace_and_only_there() {
    let Some(omi) = omiserver() else { return };
    let ask = |namespace: &str, class: &str| Answer::read(&omi.omicli(["ei", namespace, class]));
    assert_eq!(ask(SCX, "SCX_OperatingSystem").values("Name").collect::<Vec<_>>(), ["Linux Distribution"]);
    assert_eq!(ask(SCX, "SCX_Agent").values("Name").collect::<Vec<_>>(), ["scx"]);
    let total = ask(SCX, "SCX_ProcessorStatisticalInformation");
    assert_eq!(total.values("Name").next(), Some("_Total"), "{}", total.text);
    assert!(total.values("PercentIdleTime").next().is_some(), "shares at the first question: {}", total.text);
    assert_lists_all(|| ask(SCX, "SCX_UnixProcess").values("Handle").map(str::to_owned).collect());
    let system = ask(NAMESPACE, "CIM_OperatingSystem");
    assert_eq!(system.values("CreationClassName").collect::<Vec<_>>(), ["Linux_OperatingSystem"], "{}", system.text);
}

#[test]
fn a_process_is_found_by_its_keys() {
    let Some(omi) = omiserver() else { return };
    let answer = ask(&omi, "gi", &process(&omi, "1"));
    assert_eq!(answer.values("ProcessId").collect::<Vec<_>>(), ["1"], "{}", answer.text);
    assert_eq!(answer.values("ParentProcessID").collect::<Vec<_>>(), ["0"], "{}", answer.text);
}

#[test]
fn a_missing_process_is_named() {
    let Some(omi) = omiserver() else { return };
    let answer = ask(&omi, "gi", &process(&omi, NO_PID));
    assert!(!answer.succeeded);
    assert!(answer.text.contains(&format!("there is no Linux_Process.Handle=\"{NO_PID}\"")), "{}", answer.text);
    assert!(answer.text.contains("MI_RESULT_NOT_FOUND"), "{}", answer.text);
}

#[test]
fn terminate_ends_a_process() {
    let Some(omi) = omiserver() else { return };
    let mut sleeper = Sleeper::start();
    let words = [process(&omi, &sleeper.pid()), vec!["Terminate".to_owned()]].concat();
    let answer = ask(&omi, "iv", &words);
    assert_eq!(answer.values("ReturnValue").collect::<Vec<_>>(), ["0"], "{}", answer.text);
    assert_eq!(sleeper.ended_by(), Some(nix::libc::SIGTERM));
}

#[test]
fn send_signal_takes_its_number_from_the_client() {
    let Some(omi) = omiserver() else { return };
    let mut sleeper = Sleeper::start();
    let mut words = process(&omi, &sleeper.pid());
    words.extend(["SendSignal", "{", "Signal", "10", "}"].map(str::to_owned));
    let answer = ask(&omi, "iv", &words);
    assert_eq!(answer.values("ReturnValue").collect::<Vec<_>>(), ["0"], "{}", answer.text);
    assert_eq!(sleeper.ended_by(), Some(nix::libc::SIGUSR1));
}

#[test]
fn a_query_selects_instances_and_properties() {
    let Some(omi) = omiserver() else { return };
    let answer = ask(&omi, "wql", &["select Handle, Name from Linux_Process where Handle = '1'"]);
    assert_eq!(answer.values("Handle").collect::<Vec<_>>(), ["1"], "{}", answer.text);

    let answer = ask(&omi, "wql", &["select * from Linux_Process where IsKernelThread = true and ProcessId = 2"]);
    assert_eq!(answer.values("Name").collect::<Vec<_>>(), ["kthreadd"], "{}", answer.text);
}

#[test]
fn pypsrp_reads_the_operating_system_over_http() {
    let Some(omi) = omiserver() else { return };
    if !python::PYPSRP.is_installed() {
        return;
    }
    let answer = pypsrp(&omi, &json!({"enumerate": "Linux_OperatingSystem"}));
    let [system] = answer["instances"].as_array().unwrap().as_slice() else { panic!("{answer}") };
    assert_eq!(system["OSType"], "36");
}

#[test]
fn values_are_those_that_our_own_host_gives() {
    let Some(omi) = omiserver() else { return };
    if !python::PYPSRP.is_installed() {
        return;
    }
    let server = serve::Server::start();
    for class in ["Linux_ComputerSystem", "Linux_OperatingSystem"] {
        let request = json!({"enumerate": class, "mode": "EnumerateObjectAndEPR"});
        let theirs = comparable(&pypsrp(&omi, &request));
        let ours = comparable(&python::PYPSRP.ask(&server, "http", &request));
        assert!(theirs.len() > 15, "{class} has few values: {theirs:?}");
        let names: BTreeSet<_> = theirs.keys().chain(ours.keys()).collect();
        for name in names {
            assert_eq!(ours.get(name), theirs.get(name), "{class}.{name}: ours is on the left");
        }
    }
}

/// The values of the only instance that are not NULL and do not change by themselves. omiserver writes TRUE where we
/// write true.
fn comparable(answer: &Value) -> Map<String, Value> {
    const CHANGING: [&str; 6] = [
        "LocalDateTime",
        "SystemUpTime",
        "NumberOfProcesses",
        "FreePhysicalMemory",
        "FreeVirtualMemory",
        "FreeSpaceInPagingFiles",
    ];
    let [instance] = answer["instances"].as_array().unwrap().as_slice() else { panic!("{answer}") };
    let properties = instance.as_object().unwrap().iter();
    properties
        .filter(|(name, value)| !value.is_null() && !CHANGING.contains(&name.as_str()))
        .map(|(name, value)| match value.as_str() {
            Some("TRUE") => (name.clone(), json!("true")),
            Some("FALSE") => (name.clone(), json!("false")),
            _ => (name.clone(), value.clone()),
        })
        .collect()
}

#[test]
fn a_panic_reaches_the_client_and_the_next_request_is_answered() {
    let Some(library) = built::example("panicking") else { return };
    let Some(mut omi) = Omi::prepare() else { return };
    omi.omireg(NAMESPACE, &library);
    omi.start();

    let names = |answer: &Answer| answer.values("Name").map(str::to_owned).collect::<Vec<_>>();
    let whole = ["{", "Test_Fragile", "Name", "whole", "}"];
    for _ in 0..2 {
        let answer = ask(&omi, "gi", &["{", "Test_Fragile", "Name", "cracked", "}"]);
        assert!(answer.text.contains("the cracked one broke"), "{}", answer.text);
        assert!(answer.text.contains("panicking.rs:"), "{}", answer.text);
        assert_eq!(names(&ask(&omi, "gi", &whole)), ["whole"]);
    }
    let drop = [&whole[..], &["Drop", "{", "Words", "it slipped", "}"]].concat();
    let answer = ask(&omi, "iv", &drop);
    assert!(answer.text.contains("it slipped"), "{}", answer.text);
    assert_eq!(names(&ask(&omi, "ei", &["Test_Fragile"])), ["whole", "cracked"]);
}
