//! What the SDK costs: `cargo bench --bench overhead` compares two providers of the same class of six properties, one in C
//! (`overhead/number.c`) and one in Rust (`examples/number.rs`), in the same omiserver in the same run; and omiserver with
//! our host.
//!
//! `cargo build --profile bench --example number` makes the Rust provider, `cc` the other one. Both hosts are asked in turn, so
//! that whatever else the machine does befalls all of them alike.

#[path = "../tests/support/built.rs"]
#[allow(dead_code)] // lumi's own library is not measured
mod built;
#[path = "../tests/support/omiserver.rs"]
#[allow(dead_code)] // the tests use more of it
mod omiserver;
#[path = "../tests/support/run.rs"]
mod run;
#[path = "../tests/support/serve.rs"]
#[allow(dead_code)] // the tests use more of it
mod serve;
#[path = "../tests/support/skip.rs"]
mod skip;
#[path = "support/mod.rs"]
#[allow(dead_code)] // the other bench uses more of it
mod support;

use omiserver::Omi;
use serve::Server;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use support::cost::Cost;
use support::{Client, Result, median};

const NUMBERS: usize = 20_000;
const ROUNDS: usize = 30;

/// Where the providers are registered.
const RUST: &str = "root/cimv2";
const C: &str = "root/c";

fn main() -> Result<()> {
    // Inside of omiserver's network namespace, this program is the client.
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, word, url, user, password] = &arguments[..]
        && word == "ask"
    {
        println!("{}", rate(&mut Client::open(url, user, password)?)?);
        return Ok(());
    }
    let Some(rust) = built::example("number") else { return Ok(()) };
    let scratch = tempfile::tempdir()?;
    let Some(c) = compile(scratch.path()) else { return Ok(()) };
    let Some(mut omi) = Omi::prepare() else { return Ok(()) };
    omi.omireg(RUST, &rust);
    omi.omireg(C, &c);
    omi.start();
    processor_time(&omi)?;
    instances_per_second(&omi, &rust)
}

/// The provider in C; `None` where there is no C compiler.
fn compile(folder: &Path) -> Option<PathBuf> {
    let library = folder.join("libcnumber.so");
    let header = concat!(env!("CARGO_MANIFEST_DIR"), "/host/tests/c");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/overhead/number.c");
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-std=c11", "-O2", "-I", header, "-o"]).arg(&library).args([source, "-lm"]);
    match cc.output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", run::text(&output));
            Some(library)
        }
        Err(error) => {
            skip::skipped(&format!("cc cannot be run: {error}"));
            None
        }
    }
}

/// What an instance costs the agent, in which providers run, and all of OMI's processes.
fn processor_time(omi: &Omi) -> Result<()> {
    let (mut of_c, mut of_rust) = (Cost::default(), Cost::default());
    // The first request starts the agent and loads the library.
    enumerate(omi, C)?;
    enumerate(omi, RUST)?;
    for round in 0..ROUNDS {
        let mut sides = [(C, &mut of_c), (RUST, &mut of_rust)];
        sides.rotate_left(round % 2);
        for (namespace, cost) in sides {
            let before = Cost::now(omi);
            enumerate(omi, namespace)?;
            cost.add(before, Cost::now(omi));
        }
    }
    let per_instance = |time: Duration| time.as_secs_f64() * 1e6 / (ROUNDS * NUMBERS) as f64;
    let compare = |who: &str, goal: &str, of: fn(&Cost) -> Duration| {
        let (c, rust) = (per_instance(of(&of_c)), per_instance(of(&of_rust)));
        let more = (rust / c - 1.0) * 100.0;
        println!("CPU of {who}: C {c:.2} us, Rust {rust:.2} us per instance, {more:+.1} %     goal {goal}");
    };
    compare("all of omiserver's processes", "<= +5 %", |cost| cost.all);
    compare("its agent alone", "-", |cost| cost.agent);
    Ok(())
}

/// Lists every number by OMI's own client.
fn enumerate(omi: &Omi, namespace: &str) -> Result<()> {
    let output = omi.omicli(["ei", namespace, "Sample_Number"]);
    let found = run::text(&output).matches("[Key] Number=").count();
    if found == NUMBERS {
        return Ok(());
    }
    let said: String = run::text(&output).chars().take(300).collect();
    Err(format!("{namespace} has {found} of {NUMBERS} instances: {said}").into())
}

/// The Rust provider in both hosts, asked over HTTP by the same client.
fn instances_per_second(omi: &Omi, library: &Path) -> Result<()> {
    let server = Server::with_provider(library);
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let mut ask = omi.enter(std::env::current_exe()?);
        let output = run::within(Duration::from_secs(60), ask.args(["ask", omiserver::URL, "user", "password"]));
        theirs.push(run::text(&output).trim().parse::<f64>().map_err(|_| run::text(&output))?);
        ours.push(rate(&mut Client::connect(&server)?)?);
    }
    let (theirs, ours) = (median(theirs), median(ours));
    let times = ours / theirs;
    println!(
        "over HTTP: omiserver {theirs:.0}, our host {ours:.0} instances/s, {times:.1} times     goal >= 1.5 times"
    );
    Ok(())
}

/// The median of some enumerations.
fn rate(client: &mut Client) -> Result<f64> {
    let mut rates = Vec::new();
    for _ in 0..5 {
        let start = Instant::now();
        let found = client.enumerate("Sample_Number", None)?;
        if found != NUMBERS {
            return Err(format!("{found} of {NUMBERS} instances came").into());
        }
        rates.push(NUMBERS as f64 / start.elapsed().as_secs_f64());
    }
    Ok(median(rates))
}
