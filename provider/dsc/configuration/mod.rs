//! Whole configurations, without an LCM: [`read`] makes one of a text, [`run`] tests and applies it, and a [`Manager`] keeps
//! what was applied.

mod classes;
mod document;
mod expression;
mod manager;
mod mof;
mod order;
mod problem;
mod record;
mod report;
pub mod run;
mod settings;
mod state;
#[cfg(test)]
mod tests;
mod yaml;

pub use manager::{Manager, read_settings};
pub use problem::{Problem, Problems};
pub use record::{Record, RecordedResource};
pub use report::{Entry, Report, Status};
pub use run::{Company, Observer, Stage, Step};
pub use settings::{Mode, Settings};
pub use state::{Operation, State, folder};

use super::AnyResource;
use omi::Instance;

/// A text of more bytes is refused.
const MAX_TEXT: usize = 32 << 20;

/// A resource as it is to be.
#[allow(missing_debug_implementations)] // what is desired can be a secret
pub struct Wanted {
    /// How the configuration names it: `[nxFile]motd`.
    pub id: String,
    /// The resource.
    pub resource: &'static dyn AnyResource,
    /// How it is to be, checked by what its class declares.
    pub desired: Instance,
    /// The line of the text where it begins, counted from 1.
    pub line: usize,
    /// The places of those that it depends on, which are before its own.
    depends_on: Vec<usize>,
}

/// What a machine is to be like.
#[derive(Default)]
#[allow(missing_debug_implementations)] // what is desired can be a secret
pub struct Configuration {
    /// The name, where the text gives one.
    pub name: Option<String>,
    /// The resources, each behind those that it depends on.
    pub resources: Vec<Wanted>,
}

/// What a text says, before its resources are checked against each other.
#[derive(Default)]
struct Text {
    name: Option<String>,
    drafts: Vec<Draft>,
    problems: Problems,
}

/// A resource as a text describes it.
struct Draft {
    id: String,
    resource: &'static dyn AnyResource,
    desired: Instance,
    /// Whether nothing was wrong with it so far.
    is_sound: bool,
    /// The ids of others, and the line of the text that says so.
    depends_on: Vec<(String, usize)>,
    line: usize,
}

/// Reads a configuration: MOF as PowerShell compiles it, in UTF-8 or UTF-16, or a document of DSC v3 in YAML or JSON.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(bytes: &[u8]) -> Result<Configuration, Problems> {
    if bytes.len() > MAX_TEXT {
        return Err(Problems::one(0, format!("the text is longer than {} MiB", MAX_TEXT >> 20)));
    }
    let text = if mof::is_mof(bytes) { mof::read(bytes) } else { document::read(bytes) }?;
    let mut problems = text.problems;
    if text.drafts.is_empty() && problems.is_empty() {
        problems.add(0, "there is no resource in it");
    }
    Ok(Configuration { name: text.name, resources: order::arrange(text.drafts, problems)? })
}
