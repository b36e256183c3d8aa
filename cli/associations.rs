//! `lumi associators` and `lumi references`: what an instance is associated with, and by what.

use crate::args::Common;
use crate::dialogue::Answered;
use crate::failure::{Failure, Result};
use crate::get::key_of;
use crate::interrupt;
use crate::results::Format;
use crate::source::{Replies, Source};
use crate::words::{self, Assignment};
use clap::Args;
use omi::client::{AssociationFilter, OperationOptions};
use omi::{Error, Instance};

/// Get the instances that are associated with an instance
#[derive(Args, Debug)]
pub struct Associators {
    #[command(flatten)]
    from: From,

    /// Only those of this class or a subclass
    #[arg(long, value_name = "CLASS")]
    result_class: Option<String>,

    /// Only those that the association refers to by this property
    #[arg(long, value_name = "PROPERTY")]
    result_role: Option<String>,

    #[command(flatten)]
    answered: Answered,
}

/// Get the associations that an instance takes part in
#[derive(Args, Debug)]
pub struct References {
    #[command(flatten)]
    from: From,

    #[command(flatten)]
    answered: Answered,
}

/// Where to start from, and which associations to follow.
#[derive(Args, Debug)]
struct From {
    /// The class of the instance to start from
    #[arg(value_name = "CLASS")]
    class: String,

    /// Its keys; those that identify it are enough, and none if it is the only one
    #[arg(value_name = "KEY=VALUE")]
    keys: Vec<Assignment>,

    /// Only through associations of this class or a subclass
    #[arg(long, value_name = "CLASS")]
    association_class: Option<String>,

    /// Only through associations that refer to the instance by this property
    #[arg(long, value_name = "PROPERTY")]
    role: Option<String>,

    /// Only these properties, in this order; separated by commas
    #[arg(long, short, value_name = "NAMES", value_delimiter = ',')]
    property: Option<Vec<String>>,
}

/// Runs `lumi associators`.
pub fn associators(common: &Common, arguments: &Associators) -> Result<()> {
    let filter = AssociationFilter {
        result_class: arguments.result_class.clone(),
        result_role: arguments.result_role.clone(),
        ..arguments.from.filter()
    };
    let class = arguments.result_class.as_deref();
    follow(common, &arguments.from, &arguments.answered, class, |source, from, options| {
        source.session.associators(common.namespace(), from, &filter, options)
    })
}

/// Runs `lumi references`.
pub fn references(common: &Common, arguments: &References) -> Result<()> {
    let filter = arguments.from.filter();
    let class = arguments.from.association_class.as_deref();
    follow(common, &arguments.from, &arguments.answered, class, |source, from, options| {
        source.session.references(common.namespace(), from, &filter, options)
    })
}

impl From {
    fn filter(&self) -> AssociationFilter {
        let (association, role) = (self.association_class.clone(), self.role.clone());
        AssociationFilter { association, role, ..AssociationFilter::default() }
    }

    /// The instance to start from, with all its keys: providers of associations compare them.
    fn find(&self, source: &Source, namespace: &str) -> Result<Instance> {
        let class = source.class(namespace, &self.class)?;
        let options = OperationOptions { keys_only: true, ..OperationOptions::default() };
        if !self.keys.is_empty() {
            let key = key_of(&class, &self.keys)?;
            let is_whole = class.keys().all(|it| key.property(&it.name).is_some());
            let found = || interrupt::cancels(source.session.get(namespace, &key, &options)).one();
            return Ok(if is_whole { key } else { found()? });
        }
        let mut all = interrupt::cancels(source.session.enumerate(namespace, &class.name, &options));
        let first = all.next().transpose()?;
        let first = first.ok_or_else(|| Error::not_found(format!("there is no instance of {}", class.name)))?;
        match all.next().transpose()? {
            None => Ok(first),
            Some(_) => {
                let keys = words::list(class.keys());
                Err(Failure::Usage(format!(
                    "there are several instances of {}: give the keys of one ({keys})",
                    class.name
                )))
            }
        }
    }
}

/// Finds the instance, starts from it, and writes the results, which are of `class` where that is known.
fn follow(
    common: &Common,
    from: &From,
    answered: &Answered,
    class: Option<&str>,
    start: impl FnOnce(&Source, &Instance, &OperationOptions) -> Replies,
) -> Result<()> {
    let source = Source::open(common)?;
    let namespace = common.namespace();
    let class = class.map(|class| source.class(namespace, class)).transpose()?;
    let key = from.find(&source, namespace)?;
    let format = Format { json: common.json, properties: from.property.as_deref(), class: class.as_deref() };
    answered.run(
        answered.dialogue.terminal(),
        |options| {
            let properties = from.property.clone();
            start(&source, &key, &OperationOptions { properties, ..options })
        },
        |replies| format.write_all(replies),
    )
}
