//! A provider in C, compiled against the header of an installed OMI.

use crate::cc::compile;
use crate::{NAMESPACE, enumeration, run};
use omi::{Instance, Value};
use omi_host::Host;
use omi_host::operation::Operation;
use std::path::Path;

const INCLUDE: &str = "/opt/omi/include";

#[test]
fn a_c_provider_runs_unchanged() {
    if !Path::new(INCLUDE).join("MI.h").exists() {
        eprintln!("skipped: there is no {INCLUDE}/MI.h");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let Some(library) = compile("engine/counter.c", directory.path(), &["-I", INCLUDE]) else { return };

    let host = Host::builder().provider(&library, &[NAMESPACE]).build().unwrap();
    let counters = run(&host, enumeration("T_Counter")).unwrap();
    let values: Vec<_> = counters.iter().map(|it| (it.text("Name").unwrap(), it.get("Count").cloned())).collect();
    assert_eq!(values, [("one", Some(Value::Uint32(1))), ("two", Some(Value::Uint32(2)))]);

    let invoke = Operation::Invoke {
        class: "T_Counter".into(),
        target: Some(Instance::new("T_Counter").with_key("Name", "two")),
        method: "Add".into(),
        parameters: Instance::new("Add").with("Amount", 40_u32),
    };
    let result = run(&host, invoke).unwrap().remove(0);
    assert_eq!(result.get("ReturnValue"), Some(&Value::Uint32(0)));
    assert_eq!(result.get("Sum"), Some(&Value::Uint32(42)));
    assert_eq!(result.property("Amount"), None, "an input is no result");
}
