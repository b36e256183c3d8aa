//! Every class of the library in Microsoft's omiserver, registered by `lumi mof reg`, beside our own host.

#[path = "support/built.rs"]
#[allow(dead_code)] // lumi's own classes need no example
mod built;
#[path = "support/omicli.rs"]
#[allow(dead_code)] // other tests read more of the answers
mod omicli;
#[path = "support/omiserver.rs"]
#[allow(dead_code)] // the tests of omiserver use more of it
mod omiserver;
#[path = "support/run.rs"]
mod run;
#[path = "support/skip.rs"]
mod skip;

use omi_mof::{Class, Type};
use omicli::Answer;
use omiserver::Omi;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

const NAMESPACES: [&str; 2] = ["root/cimv2", "root/scx"];

/// Classes that cannot be listed: there are methods only.
const WITHOUT_LIST: [&str; 2] = ["Linux_AccountManagementService", "SCX_LogFile"];

/// How often a class is asked before a difference counts: values change while they are read.
const ATTEMPTS: usize = 4;

/// Instances, as OMI's client prints them: what tells them apart, and their values by name.
type Instances = BTreeMap<String, BTreeMap<String, String>>;

/// The registration file of a namespace, as the command writes it.
fn registration(namespace: &str) -> String {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_lumi"));
    command.args(["mof", "reg", "--library", "lumi", "--namespace", namespace, "schema/lumi.mof"]);
    String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
}

/// The classes of a registration file.
fn classes(registration: &str) -> Vec<&str> {
    let lines = registration.lines().filter_map(|line| line.strip_prefix("CLASS="));
    lines.map(|line| line.split([':', '{']).next().unwrap()).collect()
}

/// What omiserver gives. The error is all that its client prints.
fn theirs(omi: &Omi, namespace: &str, class: &Class) -> Result<Instances, String> {
    let answer = Answer::read(&omi.omicli(["ei", namespace, &class.name]));
    if !answer.succeeded {
        return Err(answer.text);
    }
    Ok(answer.instances.into_iter().map(|instance| (key(class, &instance), instance)).collect())
}

/// What our own host gives, where the server is: it sees another network and other mounts than we do.
fn ours(omi: &Omi, namespace: &str, class: &Class) -> Result<Instances, String> {
    let mut command = omi.enter(env!("CARGO_BIN_EXE_lumi"));
    command.args(["get", &class.name, "--namespace", namespace, "--json"]).env_remove("LUMI_LOG");
    let output = run::within(Duration::from_secs(60), &mut command);
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().trim_start_matches("lumi: ").to_owned());
    }
    let instances: Vec<Map<String, Value>> = serde_json::from_slice(&output.stdout).unwrap();
    let printed = instances.into_iter().map(|instance| {
        let values = instance.into_iter().filter_map(|(name, value)| Some((name, text(&value)?)));
        values.collect::<BTreeMap<_, _>>()
    });
    Ok(printed.map(|instance| (key(class, &instance), instance)).collect())
}

/// A value as OMI's client prints it: the first line of a text. `None` for NULL, and for instances.
fn text(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null | Value::Object(_) => return None,
        Value::String(text) => text.lines().next().unwrap_or_default().to_owned(),
        // Where an element has several lines, its first one is not the first one of the array.
        Value::Array(elements) if elements.iter().any(|it| it.as_str().is_some_and(|it| it.contains('\n'))) => {
            return None;
        }
        Value::Array(elements) => {
            let elements: Option<Vec<String>> = elements.iter().map(text).collect();
            format!("{{{}}}", elements?.join(", "))
        }
        other => other.to_string(),
    })
}

/// The values of those keys that are no references: empty for many associations, whose instances then count as one.
fn key(class: &Class, instance: &BTreeMap<String, String>) -> String {
    let keys = class.keys().filter(|key| is_plain(&key.kind));
    keys.filter_map(|key| instance.get(&key.name)).map(String::as_str).collect::<Vec<_>>().join("|")
}

/// Whether both print the values of a type alike.
fn is_plain(kind: &Type) -> bool {
    !kind.is_reference() && !["datetime", "real32", "real64"].contains(&kind.to_string().trim_end_matches("[]"))
}

/// Whether a value is about the time between two questions, which each host is asked at times of its own.
fn is_rate(property: &str) -> bool {
    ["Percent", "CPUTime", "Average"].iter().any(|start| property.starts_with(start)) || property.contains("PerSec")
}

/// What is steady in our host, and otherwise in omiserver.
fn differences(omi: &Omi, namespace: &str, class: &Class) -> BTreeSet<String> {
    let name = &class.name;
    let before = ours(omi, namespace, class);
    let theirs = theirs(omi, namespace, class);
    let (before, theirs, after) = match (before, theirs, ours(omi, namespace, class)) {
        (Ok(before), Ok(theirs), Ok(after)) => (before, theirs, after),
        (_, Err(_), _) if WITHOUT_LIST.contains(&name.as_str()) => return BTreeSet::new(),
        // What cannot be done here cannot be done there, for the same reason or because the class has no such operation.
        (Err(reason), Err(text), _) if text.contains(&reason) || text.contains("MI_RESULT_NOT_SUPPORTED") => {
            return BTreeSet::new();
        }
        (ours, theirs, _) => {
            return BTreeSet::from([format!("{name}: {:?} here, {:?} there", ours.err(), theirs.err())]);
        }
    };
    let mut different = BTreeSet::new();
    for (key, ours) in before {
        let (Some(again), Some(theirs)) = (after.get(&key), theirs.get(&key)) else {
            if after.contains_key(&key) {
                different.insert(format!("{name}: omiserver lacks {key}"));
            }
            continue;
        };
        for (property, value) in ours.iter().filter(|(property, _)| !is_rate(property)) {
            let is_plain = class.property(property).is_some_and(|property| is_plain(&property.kind));
            if is_plain && !key.is_empty() && again.get(property) == Some(value) && theirs.get(property) != Some(value)
            {
                different.insert(format!("{name} {key}: {property}"));
            }
        }
    }
    different
}

#[test]
fn every_class_answers_as_it_does_in_our_own_host() {
    let Some(mut omi) = Omi::prepare() else { return };
    let registrations = NAMESPACES.map(|namespace| (namespace, registration(namespace)));
    for (namespace, text) in &registrations {
        omi.register(namespace, &built::lumi(), text);
    }
    omi.start();
    let schema = omi_mof::compile(Path::new("schema/lumi.mof")).unwrap();
    let mut wrong = BTreeSet::new();
    let mut asked = 0;
    for (namespace, registration) in &registrations {
        for name in classes(registration) {
            let class = schema.class(name).unwrap();
            let mut different = differences(&omi, namespace, class);
            for _ in 1..ATTEMPTS {
                if !different.is_empty() {
                    different = &different & &differences(&omi, namespace, class);
                }
            }
            wrong.extend(different);
            asked += 1;
        }
    }
    // The server's own processes are at work while omiserver asks, and at rest while our host does.
    let own: Vec<String> = omi.processes().iter().map(ToString::to_string).collect();
    wrong.retain(|text| {
        !own.iter().any(|pid| text.contains(&format!("|{pid}: ")) || text.contains(&format!("|{pid}|")))
    });
    // How much is logged is the affair of the process that is asked.
    wrong.remove("SCX_Agent scx: MinActiveLogSeverityThreshold");
    // OMI's client has memory and threads of its own while it asks.
    wrong.remove("Linux_MemoryStatisticalData Linux:Memory: Committed");
    wrong.remove("Linux_LoadStatisticalData Linux:Load: TotalThreads");
    wrong.remove("Linux_LoadStatisticalData Linux:Load: RunnableThreads");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(asked > 60, "only {asked} classes were asked");
}
