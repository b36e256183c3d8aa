//! `lumi invoke`: calls a method.

use crate::args::{Common, Invoke};
use crate::dialogue::{Answers, Take, Terminal, step};
use crate::failure::{Failure, Result};
use crate::get::key_of;
use crate::json;
use crate::source::Source;
use crate::terminal::Output;
use crate::values::{ValueNames, printable, shown};
use crate::words::{self, Assignment, Word};
use omi::class::object_path;
use omi::dialogue::Question;
use omi::{Error, Instance, Property, ResultCode, Value, flags};
use omi_host::class::{Class, MethodDeclaration, PropertyDeclaration};
use std::io::Write;
use std::process::ExitCode;

/// The element of a method's results that is no parameter.
const RETURN_VALUE: &str = "ReturnValue";

/// The return value by which CIM methods say that a job goes on with the work.
const JOB_STARTED: i128 = 4096;

/// Runs the command. The exit status tells what the method returned.
pub fn run(common: &Common, invoke: &Invoke) -> Result<ExitCode> {
    let Line { keys, method, parameters } = Line::read(&invoke.words)?;
    let source = Source::open(common)?;
    let namespace = common.namespace();
    let class = source.class(namespace, &invoke.class)?;
    let method = find_method(&class, method)?;
    let target = if keys.is_empty() { None } else { Some(key_of(&class, &keys)?) };
    if target.is_none() && !method.is_static() {
        let keys = words::list(class.keys());
        let message = format!("{} is a method of an instance: give its keys before it ({keys})", method.name);
        return Err(Failure::Usage(message));
    }
    let parameters = inputs(method, &parameters)?;
    let answers = Answers { all_yes: invoke.answered.dialogue.yes, confirm: invoke.confirm };
    if !may_call(invoke, answers, method, target.as_ref().map_or_else(|| class.name.to_string(), object_path))? {
        return Ok(ExitCode::SUCCESS);
    }
    let terminal = Terminal::new(answers);
    // JSON is one document, with streamed parameters whole.
    let terminal = if common.json { terminal } else { terminal.taking(take_parts(method.clone())) };
    invoke.answered.run(
        terminal,
        |options| {
            let (class, target) = (&class.name, target.as_ref());
            source.session.invoke(namespace, class, target, &method.name, &parameters, &options)
        },
        |operation| {
            let result = operation.one()?;
            write(&result, method, common.json)?;
            Ok(status(result.get(RETURN_VALUE)))
        },
    )
}

/// Whether the method is to be called: not with --what-if, which says so, and not without consent with --confirm.
fn may_call(invoke: &Invoke, answers: Answers, method: &MethodDeclaration, target: String) -> Result<bool> {
    let action = method.name.to_string();
    if invoke.what_if {
        writeln!(Output, "What if: {}.", step(&action, &target))?;
        return Ok(false);
    }
    Ok(!invoke.confirm || answers.to(&Question::ShouldProcess { target, action }))
}

/// Prints the elements of streamed parameters as they come.
fn take_parts(method: MethodDeclaration) -> Take {
    Box::new(move |name, value| {
        let names = names_of(&method, name);
        let elements = value.to_elements().unwrap_or_else(|| vec![value.clone()]);
        for element in elements {
            let part = Property { name: name.into(), kind: element.kind(), flags: 0, value: Some(element) };
            // That nobody reads any more is found out at the end, when the results are written.
            let _ = writeln!(Output, "{} : {}", printable(name), shown(&part, names.as_ref()));
        }
    })
}

/// The names of the values of a parameter or, for what is no parameter, of the method.
fn names_of(method: &MethodDeclaration, name: &str) -> Option<ValueNames> {
    ValueNames::of(parameter(method, name).map_or(&method.qualifiers, |parameter| &parameter.qualifiers))
}

fn parameter<'a>(method: &'a MethodDeclaration, name: &str) -> Option<&'a PropertyDeclaration> {
    method.parameters.iter().find(|parameter| parameter.name.eq_ignore_ascii_case(name))
}

/// The words after the class.
struct Line<'a> {
    keys: Vec<Assignment>,
    method: &'a str,
    parameters: Vec<Assignment>,
}

impl<'a> Line<'a> {
    fn read(words: &'a [Word]) -> Result<Self> {
        let (mut keys, mut method, mut parameters) = (Vec::new(), None, Vec::new());
        for word in words {
            match (word, method) {
                (Word::Assignment(assignment), None) => keys.push(assignment.clone()),
                (Word::Assignment(assignment), Some(_)) => parameters.push(assignment.clone()),
                (Word::Method(name), None) => method = Some(name.as_str()),
                (Word::Method(name), Some(first)) => {
                    return Err(Failure::Usage(format!("{first} and {name} look like two methods; call one")));
                }
            }
        }
        let missing = || Failure::Usage("the method is missing: a word without = after the keys".to_owned());
        Ok(Self { keys, method: method.ok_or_else(missing)?, parameters })
    }
}

fn find_method<'a>(class: &'a Class, name: &str) -> omi::Result<&'a MethodDeclaration> {
    class.method(name).ok_or_else(|| {
        let methods: Vec<&str> = class.methods.iter().map(|method| method.name.as_ref()).collect();
        let has = if methods.is_empty() { "none".to_owned() } else { methods.join(", ") };
        Error::new(ResultCode::METHOD_NOT_FOUND, format!("{} has no method {name:?}; it has {has}", class.name))
    })
}

fn inputs(method: &MethodDeclaration, assignments: &[Assignment]) -> omi::Result<Instance> {
    let known = || method.parameters.iter().filter(|parameter| parameter.flags & flags::IN != 0);
    let properties = words::typed(assignments, |name| {
        known()
            .find(|parameter| parameter.name.eq_ignore_ascii_case(name))
            .ok_or_else(|| words::unknown(name, &method.name, "input parameter", known()))
    })?;
    let mut parameters = Instance::with_capacity(method.name.clone(), properties.len());
    properties.into_iter().for_each(|property| parameters.push(property));
    Ok(parameters)
}

/// Prints the return value, with the name that the method gives to it, and the output parameters.
fn write(result: &Instance, method: &MethodDeclaration, as_json: bool) -> Result<()> {
    let mut out = Output;
    if as_json {
        let members: serde_json::Map<_, _> = json::members(result).collect();
        writeln!(out, "{:#}", serde_json::Value::Object(members))?;
        return Ok(out.flush()?);
    }
    // What was streamed has been printed, and is not among the results.
    let is_streamed = |name: &str| parameter(method, name).is_some_and(|it| it.flags & flags::STREAM != 0);
    let properties = || result.properties().iter().filter(|it| it.value.is_some() || !is_streamed(&it.name));
    let longest = properties().map(|property| property.name.len()).max().unwrap_or(0);
    for property in properties() {
        let names = names_of(method, &property.name);
        writeln!(out, "{:longest$} : {}", property.name, shown(property, names.as_ref()))?;
    }
    Ok(out.flush()?)
}

fn status(returned: Option<&Value>) -> ExitCode {
    let number: Option<i128> = match returned {
        Some(Value::Uint8(it)) => Some((*it).into()),
        Some(Value::Sint8(it)) => Some((*it).into()),
        Some(Value::Uint16(it)) => Some((*it).into()),
        Some(Value::Sint16(it)) => Some((*it).into()),
        Some(Value::Uint32(it)) => Some((*it).into()),
        Some(Value::Sint32(it)) => Some((*it).into()),
        Some(Value::Uint64(it)) => Some((*it).into()),
        Some(Value::Sint64(it)) => Some((*it).into()),
        _ => None,
    };
    match number {
        None | Some(0 | JOB_STARTED) => ExitCode::SUCCESS,
        Some(_) => ExitCode::FAILURE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<Word> {
        line.split(' ').map(|word| word.parse().unwrap()).collect()
    }

    #[test]
    fn keys_stand_before_the_method_and_parameters_after_it() {
        let words = words("Handle=1 SendSignal Signal=15 Note=x");
        let line = Line::read(&words).unwrap();
        assert_eq!(line.method, "SendSignal");
        assert_eq!(line.keys.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["Handle"]);
        assert_eq!(line.parameters.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["Signal", "Note"]);
    }

    #[test]
    fn one_method_is_called() {
        assert!(matches!(Line::read(&words("Handle=1")), Err(Failure::Usage(_))));
        assert!(matches!(Line::read(&words("Handle=1 Start Stop")), Err(Failure::Usage(_))));
    }

    #[test]
    fn other_numbers_than_success_and_job_started_are_failures() {
        assert_eq!(status(None), ExitCode::SUCCESS);
        assert_eq!(status(Some(&Value::Uint32(0))), ExitCode::SUCCESS);
        assert_eq!(status(Some(&Value::Uint32(4096))), ExitCode::SUCCESS);
        assert_eq!(status(Some(&Value::Boolean(false))), ExitCode::SUCCESS);
        assert_eq!(status(Some(&Value::Uint32(1))), ExitCode::FAILURE);
        assert_eq!(status(Some(&Value::Sint32(-1))), ExitCode::FAILURE);
    }
}
