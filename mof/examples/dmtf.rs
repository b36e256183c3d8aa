//! How long the compiler takes for a large schema, such as the DMTF's: prints files, classes and milliseconds.
//!
//! `cargo run --release --example dmtf -p omi-mof -- DIR`, where DIR holds `CIM_Schema.mof`, which includes the rest.
//! OMI installs it as `/opt/omi/share/omischema`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// The fastest of several runs says most about the compiler and least about the machine.
const RUNS: usize = 5;

fn main() -> ExitCode {
    let Some(directory) = std::env::args_os().nth(1).map(PathBuf::from) else {
        println!("skipped: no directory with CIM_Schema.mof is given");
        return ExitCode::SUCCESS;
    };
    let main = directory.join("CIM_Schema.mof");
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        let schema = match omi_mof::compile(&main) {
            Ok(schema) => schema,
            Err(errors) => {
                eprintln!("{errors}");
                return ExitCode::FAILURE;
            }
        };
        times.push(start.elapsed());
        if times.len() == RUNS {
            println!("files:   {}", schema.files().count());
            println!("classes: {}", schema.classes().len());
        }
    }
    times.sort();
    println!("time:    {} ms, the fastest of {RUNS}", times[0].as_millis());
    ExitCode::SUCCESS
}
