//! `lumi watch`: indications as they happen.

use crate::args::Common;
use crate::dialogue::{Dialogue, seconds};
use crate::failure::{Failure, Result};
use crate::source::Source;
use crate::terminal::Output;
use crate::{json, table};
use clap::Args;
use omi::client::{Indication, Operation, Subscription, TIMED_OUT};
use omi::wql::Select;
use omi::{Error, flags};
use std::io::Write;
use std::time::Duration;

/// Print indications as they happen
///
/// Runs until Ctrl-C, or as --count and --timeout say. With --json each line is an object.
///
/// Where a class has no indications, its instances can be watched by looking at them again and again:
/// FROM __InstanceCreationEvent, __InstanceModificationEvent, __InstanceDeletionEvent, or
/// __InstanceOperationEvent for all three, WITHIN the seconds between two looks.
///
/// Examples:
///   lumi watch "SELECT * FROM __InstanceCreationEvent WITHIN 1 WHERE TargetInstance ISA 'Linux_Process'"
///   lumi watch "SELECT * FROM __InstanceModificationEvent WITHIN 5 WHERE TargetInstance ISA 'Linux_FileSystem'" --json
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct Watch {
    /// SELECT properties FROM class WITHIN seconds WHERE condition
    #[arg(value_name = "WQL")]
    query: String,

    /// End after so many indications
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,

    /// End after so long; with exit status 1 if --count asks for more indications than came
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,

    #[command(flatten)]
    dialogue: Dialogue,
}

/// Runs the command.
pub fn run(common: &Common, watch: &Watch) -> Result<()> {
    // Here, a mistake is pointed at.
    let select = Select::parse(&watch.query)?;
    let source = Source::open(common)?;
    let subscription =
        Subscription { query: select.text().to_owned(), expires: watch.timeout, ..Subscription::default() };
    let watched = watch.dialogue.run(
        watch.dialogue.terminal(),
        |options| source.session.subscribe(common.namespace(), subscription, &options),
        |indications| watch.write_all(indications, common.json),
    );
    watched.map_err(|failure| match failure {
        Failure::Operation(error) => Failure::Operation(with_hint(error, &source, common.namespace(), select.class())),
        other => other,
    })
}

/// The error, with the way to watch the class where it is one of ordinary instances.
fn with_hint(error: Error, source: &Source, namespace: &str, class: &str) -> Error {
    match source.class(namespace, class) {
        Ok(class) if class.flags & flags::INDICATION == 0 => {
            let query = format!("__InstanceOperationEvent WITHIN 1 WHERE TargetInstance ISA '{}'", class.name);
            let text = format!("{}; to watch its instances: SELECT * FROM {query}", error.message());
            Error::new(error.code(), text)
        }
        _ => error,
    }
}

impl Watch {
    fn write_all(&self, indications: Operation<Indication>, as_json: bool) -> Result<()> {
        let mut came = 0;
        for indication in indications {
            write(&mut Output, &indication?, as_json)?;
            came += 1;
            if Some(came) == self.count {
                return Ok(());
            }
        }
        match self.count {
            Some(count) => {
                let message = format!("{came} of {count} indications came in time");
                Err(Failure::Operation(Error::new(TIMED_OUT, message)))
            }
            None => Ok(()),
        }
    }
}

/// Writes one indication whole and at once, for those who wait for it.
fn write(out: &mut impl Write, indication: &Indication, as_json: bool) -> Result<()> {
    let mut text = Vec::new();
    if as_json {
        writeln!(text, "{}", json::instance(&indication.instance))?;
    } else {
        table::write_nested(&mut text, &indication.instance)?;
        writeln!(text)?;
    }
    out.write_all(&text)?;
    Ok(out.flush()?)
}
