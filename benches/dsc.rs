//! What resources of Desired State Configuration cost that are as desired: `cargo bench --bench dsc` prints a line per figure.

use lumi::dsc::{self, Context};
use lumi::linux::Root;
use omi::Instance;
use omi::dialogue::Listener;
use std::error::Error;
use std::fs;
use std::time::Instant;

const ROUNDS: usize = 2000;

struct Nobody;

impl Listener for Nobody {}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    let text = "x".repeat(1024);
    fs::write(&one, &text)?;
    fs::write(&other, text.repeat(64))?;
    fs::copy(&other, folder.path().join("copy"))?;
    let path = |path: &std::path::Path| path.display().to_string();
    let of = |name: &std::path::Path| Instance::new("MSFT_nxFileResource").with("DestinationPath", path(name));
    let held = of(&one).with("Contents", text).with("Mode", "0644").with("Owner", "root").with("Group", "root");
    report("nxFile, Test: 1 KiB of Contents, Owner, Group, Mode", &held)?;
    let copied = of(&folder.path().join("copy")).with("SourcePath", path(&other));
    report("nxFile, Test: a copy of 64 KiB", &copied)?;
    report("nxFile, Test: a copy of 64 KiB, Checksum ctime", &copied.with("Checksum", "ctime"))?;
    Ok(())
}

fn report(what: &str, desired: &Instance) -> Result<(), Box<dyn Error>> {
    let resource = dsc::find("nxFile").ok_or("nxFile is a resource")?;
    let root = Root::host();
    let context = Context::new(&root, &Nobody, &|| false);
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let desired = desired.clone();
        let start = Instant::now();
        let differences = resource.test(desired, &context)?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
        if let Some(difference) = differences.first() {
            return Err(format!("{what}: {difference}").into());
        }
    }
    times.sort_by(f64::total_cmp);
    println!("{what:<60} {:>12.3} ms           goal <= 0.3", times[ROUNDS / 2]);
    Ok(())
}
