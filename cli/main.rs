//! The `lumi` command.

// In a program nothing is reachable from outside; `pub` here means: for the other modules.
#![allow(unreachable_pub)]

mod args;
mod classes;
mod describe;
mod failure;
mod get;
mod invoke;
mod json;
mod mof;
mod query;
mod remote;
mod results;
mod serve;
mod source;
mod table;
mod terminal;
mod values;
mod words;

use args::{Arguments, Command};
use clap::Parser;
use failure::{Failure, Result};
use std::process::ExitCode;

fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::new().filter_or("LUMI_LOG", "warn")).init();
    run(&Arguments::parse()).unwrap_or_else(|failure| failure.report())
}

fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let common = &arguments.common;
    let done = |()| ExitCode::SUCCESS;
    match &arguments.command {
        Command::Serve(serve) => serve::run(common, serve).map(done),
        Command::Classes(classes) => classes::run(common, classes).map(done),
        Command::Get(get) => get::run(common, get).map(done),
        Command::Query(query) => query::run(common, query).map(done),
        Command::Invoke(invoke) => invoke::run(common, invoke),
        Command::Mof(mof) => mof::run(common, mof),
    }
}
