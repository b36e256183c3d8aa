//! `lumi dsc`: Desired State Configuration without a Local Configuration Manager. The command `dsc` of DSC v3 calls it, as
//! the resource manifests say, and people can.

mod apply;
mod desired;
mod files;
mod install;
mod module;
mod modules;
mod said;
mod uninstall;

use crate::args::Common;
use crate::failure::{Failure, Result};
use crate::terminal::Output;
use crate::words::Assignment;
use crate::{interrupt, json};
use clap::{Args, Subcommand};
use lumi::dsc::{AnyResource, Context, Difference, RESOURCES, find};
use lumi::linux::Root;
use omi::{Error, Instance, Result as Outcome};
use said::Said;
use serde_json::{Map, Value as Json, json};
use std::io::Write;
use std::process::ExitCode;

/// Get, test and set resources of Desired State Configuration, as the command `dsc` of DSC v3 does
///
/// What is desired comes as NAME=VALUE words or as a JSON object on standard input. Answers are JSON:
/// one line for the state and, of test, set and whatif, one more for the names of the properties that
/// differ or differed. What happens meanwhile goes to standard error, as lines of JSON unless that is a
/// terminal.
///
/// Exit status: 0 success, in desired state or not; 1 the operation failed; 2 the command line or the
/// input is wrong.
///
/// Example:
///   lumi dsc test nxFileLine FilePath=/etc/hosts ContainsLine="127.0.0.1 localhost"
#[derive(Subcommand, Debug)]
#[command(verbatim_doc_comment)]
pub enum Dsc {
    /// List the resources
    List,
    /// Say what is
    Get(Desired),
    /// Say whether it is as desired
    Test(Desired),
    /// Make it as desired; nothing is changed when it is so already
    Set(Set),
    /// Remove it: `set` with Ensure Absent; nothing is printed
    Delete(Desired),
    /// Say what `set` would change and leave
    Whatif(Desired),
    /// List all that there are of a kind, a line each; keys need not be given
    Export(Desired),
    Apply(apply::Apply),
    History(apply::History),
    Schema(files::Schema),
    Manifests(files::Manifests),
    Modules(modules::Modules),
    InstallModule(install::InstallModule),
    UninstallModule(uninstall::UninstallModule),
}

/// A resource, and what is desired of it
#[derive(Args, Debug)]
pub struct Desired {
    /// The resource: Lumi/nxFile, nxFile or MSFT_nxFileResource
    #[arg(value_name = "RESOURCE")]
    resource: String,

    /// A property; an array is a JSON array [default: a JSON object from standard input]
    #[arg(value_name = "NAME=VALUE")]
    properties: Vec<Assignment>,
}

/// What is desired, and whether to do it
#[derive(Args, Debug)]
pub struct Set {
    #[command(flatten)]
    desired: Desired,

    /// Only say what would be changed
    #[arg(long)]
    what_if: bool,
}

/// Runs the command.
pub fn run(common: &Common, dsc: &Dsc) -> Result<ExitCode> {
    let said = Said::here();
    let done = answer(common, dsc, &said);
    match done {
        Err(Failure::Operation(error)) if !said.is_terminal() => {
            said.error(&error);
            Ok(status(&error))
        }
        Err(Failure::Operation(error)) => {
            Failure::Operation(error.clone()).report();
            Ok(status(&error))
        }
        other => other,
    }
}

/// Wrong input is the caller's fault, and not the operation's.
fn status(error: &Error) -> ExitCode {
    use omi::ResultCode;
    let wrong = [ResultCode::INVALID_PARAMETER, ResultCode::TYPE_MISMATCH, ResultCode::NO_SUCH_PROPERTY];
    ExitCode::from(if wrong.contains(&error.code()) { 2 } else { 1 })
}

fn answer(common: &Common, dsc: &Dsc, said: &Said) -> Result<ExitCode> {
    let lines = match dsc {
        Dsc::Apply(apply) => return apply::apply(common, apply, said),
        Dsc::History(history) => return apply::history(common, history),
        Dsc::List => list(common),
        Dsc::Schema(schema) => vec![files::schema(schema)?],
        Dsc::Manifests(manifests) => files::manifests(manifests)?,
        Dsc::Modules(modules) => modules::run(modules)?,
        Dsc::InstallModule(module) => install::run(module)?,
        Dsc::UninstallModule(module) => uninstall::run(module)?,
        Dsc::Get(desired) => {
            on(desired, said, |resource, desired, context| Ok(vec![state(&resource.get(desired, context)?).into()]))?
        }
        Dsc::Test(desired) => on(desired, said, |resource, desired, context| {
            let differences = resource.test(desired.clone(), context)?;
            let mut state = state(&resource.get(desired, context)?);
            state.insert("_inDesiredState".to_owned(), differences.is_empty().into());
            Ok(vec![state.into(), names(&differences)])
        })?,
        Dsc::Set(Set { desired, what_if: true }) | Dsc::Whatif(desired) => on(desired, said, what_if)?,
        Dsc::Set(Set { desired, .. }) => on(desired, said, |resource, desired, context| {
            let outcome = resource.set(desired.clone(), context)?;
            let mut state = state(&resource.get(desired, context)?);
            if outcome.needs_reboot {
                let host = lumi::linux::computer::host_name(context.root).unwrap_or_default();
                state.insert("_restartRequired".to_owned(), json!([{ "system": host }]));
            }
            Ok(vec![state.into(), names(&outcome.changes)])
        })?,
        Dsc::Delete(desired) => on(desired, said, delete)?,
        Dsc::Export(desired) => on(desired, said, |resource, filter, context| {
            let found = resource.inventory(filter, context)?;
            Ok(found.iter().map(|instance| state(instance).into()).collect())
        })?,
    };
    let mut out = Output;
    for line in lines {
        match line {
            Json::String(text) if !common.json => writeln!(out, "{text}")?,
            line => writeln!(out, "{line}")?,
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// What Set would leave, and what it would change.
fn what_if(resource: &dyn AnyResource, desired: Instance, context: &Context<'_>) -> Outcome<Vec<Json>> {
    let differences = resource.test(desired.clone(), context)?;
    let mut found = resource.get(desired.clone(), context)?;
    for difference in &differences {
        if let Some(value) = desired.get(difference.property) {
            found.set(difference.property, value.clone());
        }
    }
    Ok(vec![state(&found).into(), names(&differences)])
}

/// Makes it absent, whatever else is desired of it.
fn delete(resource: &dyn AnyResource, mut desired: Instance, context: &Context<'_>) -> Outcome<Vec<Json>> {
    if desired::property(resource, desired::ENSURE).is_err() {
        let name = resource.friendly_name();
        return Err(Error::invalid_parameter(format!("{name} has no Ensure: it is nothing that could be removed")));
    }
    desired.set(desired::ENSURE, "Absent");
    resource.set(desired, context)?;
    Ok(Vec::new())
}

/// Calls a resource for the user.
fn on(
    desired: &Desired,
    said: &Said,
    act: impl FnOnce(&dyn AnyResource, Instance, &Context<'_>) -> Outcome<Vec<Json>>,
) -> Outcome<Vec<Json>> {
    let resource = named(&desired.resource)?;
    let wanted = desired::read(resource, &desired.properties)?;
    let is_canceled = || interrupt::exit_status().is_some();
    act(resource, wanted, &Context::new(&Root::host(), said, &is_canceled))
}

/// The resource that is meant by a name, or by a type of DSC v3.
fn named(given: &str) -> Outcome<&'static dyn AnyResource> {
    find(given.rsplit('/').next().unwrap_or_default()).ok_or_else(|| {
        let known: Vec<String> = RESOURCES.iter().map(|resource| resource.friendly_name()).collect();
        Error::invalid_parameter(format!("there is no resource {given:?}; there are {}", known.join(", ")))
    })
}

/// What there is, without what is NULL.
fn state(instance: &Instance) -> Map<String, Json> {
    let mut members: Map<String, Json> = json::members(instance).filter(|(_, value)| !value.is_null()).collect();
    if let Some(ensure) = members.remove(desired::ENSURE) {
        let exists = ensure.as_str().is_none_or(|ensure| !ensure.eq_ignore_ascii_case("Absent"));
        members.insert(desired::EXIST.to_owned(), exists.into());
    }
    members
}

fn names(differences: &[Difference]) -> Json {
    let name = |difference: &Difference| match difference.property {
        desired::ENSURE => desired::EXIST,
        name => name,
    };
    differences.iter().map(name).collect()
}

fn list(common: &Common) -> Vec<Json> {
    let about = |resource: &&dyn AnyResource| {
        let (name, class) = (resource.friendly_name(), resource.class().name());
        if common.json { json!({ "name": name, "class": class }) } else { name.into() }
    };
    RESOURCES.iter().map(about).collect()
}
