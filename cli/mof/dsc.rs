//! `lumi mof dsc`: what DSC reads about resources.

use super::{Input, class, write};
use crate::args::Common;
use crate::failure::{Failure, Result};
use clap::Args;
use omi_mof::generate::{Manifest, Unfit, lcm_registration, lcm_schema, manifest, resources};
use std::path::PathBuf;
use std::process::ExitCode;

/// Write what Desired State Configuration reads about resources
///
/// A resource is a class below OMI_BaseResource. For each one, below the folder of --output:
///
///   schema/CLASS/CLASS.schema.mof              the LCM's view of it: no methods, ClassVersion
///   registration/CLASS/CLASS.registration.mof  where the LCM finds its provider
///   NAME.dsc.resource.json                     its manifest for DSC v3, with a JSON Schema
///
/// The first two folders belong into /etc/opt/omi/conf/dsc/configuration; the provider needs a
/// registration file of `lumi mof reg`, too. The manifest belongs into a folder of PATH or of
/// DSC_RESOURCE_PATH.
///
/// Nothing is written if one class cannot be a resource: it would keep the LCM from every
/// configuration, not only from this resource.
///
/// Example:
///   lumi mof dsc --owner Lumi --output dsc resources.mof
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct Dsc {
    #[command(flatten)]
    input: Input,

    /// Write files into this folder
    #[arg(long, value_name = "DIR")]
    output: PathBuf,

    /// A resource; may be repeated [default: all]
    #[arg(long = "class", value_name = "CLASS")]
    classes: Vec<String>,

    /// The namespace in which the provider is registered
    #[arg(long, value_name = "NAMESPACE", default_value = "root/Microsoft/DesiredStateConfiguration")]
    provider_namespace: String,

    /// The owner in the types of DSC v3, OWNER/NAME [default: the class name up to the first _]
    #[arg(long, value_name = "OWNER")]
    owner: Option<String>,

    /// What DSC v3 runs, as `PROGRAM dsc get TYPE`, with the desired state in JSON on standard input
    #[arg(long, value_name = "PROGRAM", default_value = "lumi")]
    executable: String,
}

/// Runs the command.
pub(super) fn run(common: &Common, dsc: &Dsc) -> Result<ExitCode> {
    write(common, &dsc.input, &dsc.output, |schema| {
        let mut classes = resources(schema);
        if !dsc.classes.is_empty() {
            let wanted = dsc.classes.iter().map(|name| class(schema, "--class", name)).collect::<Result<Vec<_>>>()?;
            if let Some(other) = wanted.iter().find(|one| !classes.iter().any(|class| class.name == one.name)) {
                return Err(Failure::Usage(format!("--class {}: the class is not below OMI_BaseResource", other.name)));
            }
            classes = wanted;
        }
        if classes.is_empty() {
            return Err(failed("no class derives from OMI_BaseResource, so there is no resource".to_owned()));
        }
        let options = Manifest { owner: dsc.owner.as_deref(), executable: &dsc.executable };
        let (mut files, mut unfit) = (Vec::new(), Vec::new());
        for class in classes {
            match (lcm_schema(schema, class), manifest(schema, class, &options)) {
                (Ok(view), Ok(manifest)) => {
                    let (folder, name) = (PathBuf::from(&class.name), &class.name);
                    let registration = lcm_registration(class, &dsc.provider_namespace);
                    files.push((PathBuf::from("schema").join(&folder).join(format!("{name}.schema.mof")), view));
                    let place = PathBuf::from("registration").join(&folder).join(format!("{name}.registration.mof"));
                    files.push((place, registration));
                    files.push((options.file_name(class).into(), manifest));
                }
                (Err(Unfit(reasons)), _) | (Ok(_), Err(Unfit(reasons))) => unfit.extend(reasons),
            }
        }
        if unfit.is_empty() { Ok(files) } else { Err(failed(unfit.join("\n"))) }
    })
}

fn failed(message: String) -> Failure {
    Failure::Operation(omi::Error::new(omi::ResultCode::FAILED, message))
}
