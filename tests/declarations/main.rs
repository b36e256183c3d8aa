//! What the libraries of this build declare is what omigen makes of the same MOF, but for differences that are meant.
//!
//! Both sides are walked in memory by `dump.c`, a program of its own that knows the structures from OMI's header.

#[path = "../support/built.rs"]
mod built;
#[path = "../support/skip.rs"]
mod skip;

use skip::skipped;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

const OMIGEN: &str = "/opt/omi/bin/omigen";
const INCLUDE: &str = "/opt/omi/include";

/// A fact of an element, such as the offset of `Linux_Process.Handle`, and its value.
type Facts = BTreeMap<(String, String), String>;

#[test]
fn the_classes_of_lumi_are_declared_as_omigen_declares_them() {
    let Some(meant) = compare(&built::lumi(), "schema/lumi.mof") else { return };
    let expected = [
        Meant::InheritedDefault,
        Meant::InheritedParameter,
        Meant::NotInherited,
        Meant::QualifierDeclarations,
        Meant::ReadOnly,
        Meant::Streamed,
    ];
    assert_eq!(meant, expected);
}

#[test]
fn elements_of_every_kind_are_declared_as_omigen_declares_them() {
    let Some(library) = built::example("everything") else { return };
    let Some(meant) = compare(&library, "tests/providers/everything.mof") else { return };
    assert_eq!(meant, Meant::ALL);
}

/// Why a difference is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Meant {
    /// A property that overrides one with a default value, without giving one, keeps it (DSP0004). omigen drops it.
    InheritedDefault,
    /// A parameter of a method that overrides another has that one's qualifiers, too (DSP0004). omigen drops them.
    InheritedParameter,
    /// omigen hands qualifiers of the flavor Restricted down with the element that has them. DSP0004 does not.
    NotInherited,
    /// The schema has the declarations of the qualifiers. No host reads them.
    QualifierDeclarations,
    /// A property that is `Read` and not `Write` has the flag READONLY in MI. omigen has no word for that flag.
    ReadOnly,
    /// A streamed parameter has no place among the others, but the offset 4294967295. Ours has one, because a provider
    /// may give it as a whole, and a host that looks at the offset only must not write there.
    Streamed,
    /// omigen does not write letters beyond ASCII as C understands them.
    Unicode,
}

impl Meant {
    const ALL: [Self; 7] = [
        Self::InheritedDefault,
        Self::InheritedParameter,
        Self::NotInherited,
        Self::QualifierDeclarations,
        Self::ReadOnly,
        Self::Streamed,
        Self::Unicode,
    ];

    /// The reason for a difference. An absent fact is `None`.
    fn of(path: &str, fact: &str, ours: Option<&str>, theirs: Option<&str>, all: &Facts) -> Option<Self> {
        let number = |text: Option<&str>| text.and_then(|text| text.parse::<u64>().ok());
        match fact {
            "numQualifierDecls" => Some(Self::QualifierDeclarations),
            "flags" if number(theirs)? | u64::from(omi::flags::READ_ONLY) == number(ours)? => Some(Self::ReadOnly),
            // A parameter that the overridden method requires.
            "flags" if path.contains("()(") && number(theirs)? | u64::from(omi::flags::REQUIRED) == number(ours)? => {
                Some(Self::InheritedParameter)
            }
            "value" if ours.is_some_and(|text| !text.is_ascii()) => Some(Self::Unicode),
            "value" if theirs == Some("NULL") => {
                let overrides = all.contains_key(&(format!("{path}[Override]"), "value".to_owned()));
                overrides.then_some(Self::InheritedDefault)
            }
            "offset" if theirs == Some("4294967295") => Some(Self::Streamed),
            // The method of the streamed parameter.
            "size" if number(ours) > number(theirs) && path.ends_with("()") => {
                let is_streamed = |at: &(String, String)| at.0.starts_with(path) && at.1 == "offset";
                let offsets = all.iter().filter(|(at, _)| is_streamed(at));
                offsets.into_iter().any(|(_, offset)| offset == "4294967295").then_some(Self::Streamed)
            }
            _ if theirs.is_none() && path.contains("()(") && path.ends_with(']') => {
                let method = &path[..path.find('(')?];
                let overrides = all.contains_key(&(format!("{method}()[Override]"), "value".to_owned()));
                overrides.then_some(Self::InheritedParameter)
            }
            // All facts of a qualifier that we do not have. Whether it is restricted, its flavor says.
            _ if ours.is_none() && path.ends_with(']') => {
                let flavor = number(all.get(&(path.to_owned(), "flavor".to_owned())).map(String::as_str))?;
                (flavor & u64::from(omi::flags::RESTRICTED) != 0).then_some(Self::NotInherited)
            }
            _ => None,
        }
    }
}

/// Compares a library with what omigen makes of the MOF, and gives the reasons of the differences. Any other difference
/// fails the test. `None` where OMI or a C compiler is missing.
fn compare(library: &Path, mof: &str) -> Option<Vec<Meant>> {
    let folder = tempfile::tempdir().unwrap();
    let dump = compile_dump(folder.path())?;
    let ours = facts(&dump, library);
    let theirs = facts(&dump, &made_by_omigen(mof, &ours, folder.path()));
    assert!(ours.len() > 2000, "{} facts are too few to be a schema", ours.len());

    let (mut meant, mut wrong) = (Vec::new(), Vec::new());
    let places = ours.keys().chain(theirs.keys().filter(|place| !ours.contains_key(*place)));
    for place in places {
        let (our, their) = (ours.get(place).map(String::as_str), theirs.get(place).map(String::as_str));
        if our == their {
            continue;
        }
        let (path, fact) = place;
        match Meant::of(path, fact, our, their, &theirs) {
            Some(reason) => meant.push(reason),
            None => wrong.push(format!("{path} {fact}: {} instead of {}", our.unwrap_or("-"), their.unwrap_or("-"))),
        }
    }
    assert!(wrong.is_empty(), "{} differences from omigen:\n{}", wrong.len(), wrong.join("\n"));
    meant.sort();
    meant.dedup();
    Some(meant)
}

/// The program that prints declarations; `None` where it cannot be made.
fn compile_dump(folder: &Path) -> Option<PathBuf> {
    for needed in [OMIGEN, &format!("{INCLUDE}/MI.h")] {
        if !Path::new(needed).exists() {
            skipped(&format!("there is no {needed}"));
            return None;
        }
    }
    let program = folder.join("dump");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/declarations/dump.c");
    let mut cc = Command::new("cc");
    cc.args(["-Wall", "-Werror", "-I", INCLUDE, "-o"]).arg(&program).arg(source).arg("-ldl");
    match cc.output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => {
            skipped(&format!("cc cannot be run: {error}"));
            return None;
        }
    }
    Some(program)
}

/// The provider library that omigen and a C compiler make of the MOF.
fn made_by_omigen(mof: &str, ours: &Facts, folder: &Path) -> PathBuf {
    // In the place of the DMTF schema, which omigen reads first, stands one that declares nothing: the MOF has its own.
    let (nothing, out, library) = (folder.join("nothing.mof"), folder.join("out"), folder.join("theirs.so"));
    fs::write(&nothing, "#pragma locale (\"en_US\")\n").unwrap();
    let classes = ours.keys().filter(|(_, fact)| fact == "superClass").map(|(class, _)| class);
    let mut omigen = Command::new(OMIGEN);
    // With descriptions, value maps, correspondences, standard and boolean qualifiers.
    omigen.args(["-q", "--no-warnings", "-D", "-V", "-O", "-S", "-B", "-C"]).arg(nothing).arg("-d").arg(&out);
    // "Extra" classes may be abstract and need no provider, but one class has to have one.
    omigen.args(classes.clone().flat_map(|class| ["-e", class]));
    let concrete = classes.clone().find(|class| flags(ours, class) & omi::flags::ABSTRACT == 0).unwrap();
    run(omigen.arg(mof).arg(concrete).current_dir(env!("CARGO_MANIFEST_DIR"))).unwrap();

    let sources = fs::read_dir(out).unwrap().map(|file| file.unwrap().path());
    let sources = sources.filter(|file| file.extension().is_some_and(|extension| extension == "c"));
    run(Command::new("cc").args(["-w", "-shared", "-fPIC", "-I", INCLUDE, "-o"]).arg(&library).args(sources)).unwrap();
    library
}

fn flags(facts: &Facts, class: &str) -> u32 {
    facts[&(class.to_owned(), "flags".to_owned())].parse().unwrap()
}

/// What a library declares.
fn facts(dump: &Path, library: &Path) -> Facts {
    let text = run(Command::new(dump).arg(library)).unwrap();
    let mut facts = Facts::new();
    for line in text.lines() {
        let mut parts = line.splitn(3, '\t').map(str::to_owned);
        let [path, fact, value] = [(); 3].map(|()| parts.next().unwrap_or_default());
        let value = if fact == "flavor" { flavor(&value) } else { value };
        // Follows from the qualifiers that are there.
        if fact != "numQualifiers" {
            assert_eq!(facts.insert((path, fact), value), None, "{line} is there twice");
        }
    }
    facts
}

/// A flavor with what holds where nothing is said: EnableOverride and ToSubclass (DSP0004).
fn flavor(value: &str) -> String {
    use omi::flags::{DISABLE_OVERRIDE, ENABLE_OVERRIDE, RESTRICTED, TO_SUBCLASS};
    let mut flavor: u32 = value.parse().unwrap();
    for (either, default) in [(DISABLE_OVERRIDE, ENABLE_OVERRIDE), (RESTRICTED, TO_SUBCLASS)] {
        if flavor & either == 0 {
            flavor |= default;
        }
    }
    flavor.to_string()
}

fn run(command: &mut Command) -> io::Result<String> {
    let output = command.output()?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {stderr}{}", String::from_utf8_lossy(&output.stdout));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
