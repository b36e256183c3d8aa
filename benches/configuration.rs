//! What it costs to test a configuration through the method TestConfiguration: `cargo bench --bench configuration`.
//!
//! As root, because nobody else may call the method.

use omi::{Instance, Value};
use omi_host::Host;
use omi_host::operation::{Operation, Request};
use std::env;
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

const NAMESPACE: &str = "root/Microsoft/DesiredStateConfiguration";
const LCM: &str = "MSFT_DSCLocalConfigurationManager";
const RESOURCES: usize = 1_000;
const ROUNDS: usize = 11;

/// Where the folder for what is kept comes from.
const STATE: &str = "LUMI_DSC_STATE";

fn main() -> Result<(), Box<dyn Error>> {
    if env::var_os(STATE).is_some() {
        return measure();
    }
    let folder = tempfile::tempdir()?;
    let status = Command::new(env::current_exe()?).env(STATE, folder.path().join("state")).status()?;
    if status.success() { Ok(()) } else { Err("the measurement failed".into()) }
}

fn measure() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let configuration = configuration(folder.path())?.into_bytes();
    let host = Host::builder().linked("lumi", lumi::MI_Main, &["root/cimv2"]).build()?;
    let call = |method: &str, parameters: Instance| {
        let invoke = Operation::Invoke { class: LCM.into(), target: None, method: method.into(), parameters };
        host.submit(Request::local(NAMESPACE, invoke))?.one()
    };
    call("SendConfigurationApply", Instance::new("SendConfigurationApply").with("ConfigurationData", configuration))?;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        let answer = call("TestConfiguration", Instance::new("TestConfiguration"))?;
        times.push(begin.elapsed().as_secs_f64() * 1e3);
        assert_eq!(answer.get("InDesiredState"), Some(&Value::Boolean(true)));
    }
    times.sort_by(f64::total_cmp);
    println!("TestConfiguration of {RESOURCES} nxFileLine: {:.1} ms (goal: at most 1000)", times[ROUNDS / 2]);
    Ok(())
}

/// Lines of so many files.
fn configuration(folder: &Path) -> Result<String, Box<dyn Error>> {
    let mut mof = String::new();
    for number in 0..RESOURCES {
        let file = folder.join(format!("file{number}"));
        fs::write(&file, "first\nsecond\n")?;
        writeln!(
            mof,
            "instance of MSFT_nxFileLineResource as $r{number} {{ ResourceID = \"[nxFileLine]r{number}\"; FilePath = {file:?}; \
             ContainsLine = \"third\"; ModuleName = \"nx\"; ModuleVersion = \"1.0\"; }};"
        )?;
    }
    Ok(mof + "instance of OMI_ConfigurationDocument { Version = \"2.0.0\"; Name = \"Bench\"; };")
}
