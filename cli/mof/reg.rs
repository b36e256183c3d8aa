//! `lumi mof reg`: registration files of omiserver.

use super::{Input, class, generate, write};
use crate::args::Common;
use crate::failure::{Failure, Result};
use clap::Args;
use omi_mof::generate::{Registration, registrations};
use omi_mof::{Class, Schema};
use std::path::PathBuf;
use std::process::ExitCode;

/// Write a registration file, as omiserver reads it from its omiregister folder
///
/// It goes to standard output, or to NAME.reg in the folder of --output. omiserver runs all
/// classes of a file alike, so classes with another --hosting have a file of their own,
/// NAME-WHO.reg.
///
/// Examples:
///   lumi mof reg --library lumi --hosting @requestor@ schema/lumi.mof > lumi.reg
///   lumi mof reg --library demo --hosting root --hosting Demo_User=@requestor@ --output reg demo.mof
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct Reg {
    #[command(flatten)]
    input: Input,

    /// The provider library: its file name without `lib` and `.so`
    #[arg(long, value_name = "NAME", value_parser = library)]
    library: String,

    /// Who runs the library: @requestor@, @inproc@ or the name of a user [default: the server decides]. With a class in
    /// front, it is about that class; may be repeated
    #[arg(long, value_name = "[CLASS=]WHO", value_parser = hosting)]
    hosting: Vec<Hosting>,

    /// A class that the library provides; may be repeated [default: those that are neither
    /// abstract nor a superclass, nor the DMTF's own, nor have the qualifier NotRegistered]
    #[arg(long = "class", value_name = "CLASS")]
    classes: Vec<String>,

    /// Write files into this folder
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Who runs a class, or all for which nothing else is said.
#[derive(Clone, Debug)]
struct Hosting {
    class: Option<String>,
    who: String,
}

/// Runs the command.
pub(super) fn run(common: &Common, reg: &Reg) -> Result<ExitCode> {
    let Some(folder) = &reg.output else {
        return generate(common, &reg.input, |schema| {
            let all = split(common, schema, reg)?;
            match all.as_slice() {
                [one] => Ok(registrations(schema, std::slice::from_ref(one)).remove(0)),
                _ => {
                    Err(Failure::Usage("--hosting that differs by class makes several files: give --output DIR".into()))
                }
            }
        });
    };
    write(common, &reg.input, folder, |schema| {
        let all = split(common, schema, reg)?;
        let texts = registrations(schema, &all);
        Ok(all.iter().map(|one| PathBuf::from(file_name(one, &all))).zip(texts).collect())
    })
}

/// One registration for each hosting, first the one that holds where nothing else is said.
fn split<'a>(common: &Common, schema: &'a Schema, reg: &'a Reg) -> Result<Vec<Registration<'a>>> {
    let classes: Vec<&Class> = match reg.classes.as_slice() {
        [] => {
            let is_provided = |class: &&Class| {
                let is_base = class.is_abstract() || schema.has_subclasses(class);
                // Libraries provide subclasses of the DMTF's classes, and may know others by name only.
                let is_dmtfs = class.name.to_ascii_uppercase().starts_with("CIM_");
                !is_base && !is_dmtfs && !class.qualifiers.flag("NotRegistered")
            };
            schema
                .classes()
                .iter()
                .filter(is_provided)
                .filter(|class| is_in(common.namespace(), class, schema))
                .collect()
        }
        names => names.iter().map(|name| class(schema, "--class", name)).collect::<Result<_>>()?,
    };
    let library = reg.library.as_str();
    let general = reg.hosting.iter().rfind(|hosting| hosting.class.is_none()).map(|hosting| hosting.who.as_str());
    let mut all = vec![Registration { library, hosting: general, classes }];
    for Hosting { class: name, who } in &reg.hosting {
        let Some(name) = name else { continue };
        let class = class(schema, "--hosting", name)?;
        let before: usize = all.iter().map(|one| one.classes.len()).sum();
        all.iter_mut().for_each(|one| one.classes.retain(|other| other.name != class.name));
        if all.iter().map(|one| one.classes.len()).sum::<usize>() == before {
            return Err(Failure::Usage(format!("--hosting {name}={who}: the library does not provide that class")));
        }
        match all.iter_mut().find(|one| one.hosting == Some(who)) {
            Some(one) => one.classes.push(class),
            None => all.push(Registration { library, hosting: Some(who), classes: vec![class] }),
        }
    }
    all.retain(|one| !one.classes.is_empty());
    Ok(all)
}

/// Whether a class is in the namespace. One whose qualifier does not say is in any but those of other classes.
fn is_in(namespace: &str, class: &Class, schema: &Schema) -> bool {
    let says = |class: &Class| class.qualifiers.text("Namespace").map(|own| own.eq_ignore_ascii_case(namespace));
    says(class).unwrap_or_else(|| !schema.classes().iter().any(|other| says(other) == Some(true)))
}

/// `demo.reg`, and `demo-root.reg` for those that are run by somebody else than the first.
fn file_name(one: &Registration<'_>, all: &[Registration<'_>]) -> String {
    match one.hosting {
        Some(who) if all[0].hosting != one.hosting => format!("{}-{}.reg", one.library, who.trim_matches('@')),
        _ => format!("{}.reg", one.library),
    }
}

/// A line of the file must not become two, and omiserver adds prefix and suffix itself.
fn library(name: &str) -> Result<String, String> {
    let is_plain = !name.is_empty() && !name.contains(['/', '=']) && !name.contains(char::is_whitespace);
    if !is_plain || name.ends_with(".so") {
        return Err("expected the file name without folder, `lib` and `.so`, such as lumi for liblumi.so".to_owned());
    }
    Ok(name.to_owned())
}

fn hosting(text: &str) -> Result<Hosting, String> {
    let (class, who) = match text.split_once('=') {
        Some((class, who)) => (Some(class.to_owned()), who),
        None => (None, text),
    };
    let is_name = !who.is_empty() && !who.contains(['@', '=', '/']) && !who.contains(char::is_whitespace);
    if is_name || ["@requestor@", "@inproc@"].contains(&who) {
        return Ok(Hosting { class, who: who.to_owned() });
    }
    Err("expected @requestor@, @inproc@ or the name of a user, with CLASS= in front of it for one class".to_owned())
}
