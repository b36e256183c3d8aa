//! The `lumi` command.

// In a program nothing is reachable from outside; `pub` here means: for the other modules.
#![allow(unreachable_pub)]

mod args;
mod associations;
mod classes;
mod describe;
mod dialogue;
mod dsc;
mod failure;
mod generate;
mod get;
mod interrupt;
mod invoke;
mod json;
mod mof;
mod progress;
mod query;
mod remote;
mod results;
mod serve;
mod source;
mod systemd;
mod table;
mod terminal;
mod values;
mod watch;
mod words;

use args::{Arguments, Command};
use clap::Parser;
use failure::{Failure, Result};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // What `lumi dsc` answers says already what the log would.
    let level = if matches!(arguments.command, Command::Dsc(_)) { "warn,dsc=off" } else { "warn" };
    lumi::logging::start(level);
    let result = run(&arguments);
    match interrupt::exit_status() {
        Some(status) => {
            eprintln!("lumi: interrupted");
            status
        }
        None => result.unwrap_or_else(|failure| failure.report()),
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let common = &arguments.common;
    let done = |()| ExitCode::SUCCESS;
    // A server ends on signals in its own way, and what only writes files is no operation.
    if !matches!(arguments.command, Command::Serve(_) | Command::Mof(_) | Command::Generate(_)) {
        interrupt::handle().map_err(omi::Error::from)?;
    }
    match &arguments.command {
        Command::Serve(serve) => serve::run(common, serve).map(done),
        Command::Classes(classes) => classes::run(common, classes).map(done),
        Command::Get(get) => get::run(common, get).map(done),
        Command::Query(query) => query::run(common, query).map(done),
        Command::Invoke(invoke) => invoke::run(common, invoke),
        Command::Watch(watch) => watch::run(common, watch).map(done),
        Command::Associators(associators) => associations::associators(common, associators).map(done),
        Command::References(references) => associations::references(common, references).map(done),
        Command::Mof(mof) => mof::run(common, mof),
        Command::Dsc(dsc) => dsc::run(common, dsc),
        Command::Generate(generate) => generate::run(generate).map(done),
    }
}
