//! Configurations in MOF, as PowerShell compiles them.

use super::problem::Problems;
use super::{Draft, Text, classes};
use crate::dsc;
use crate::schema::MsftDscMetaConfiguration;
use omi::decl::ClassSpec;
use omi::{Class, Instance, Type, Value};
use omi_mof::{Compiler, Diagnostics, Level, Lint, Schema, Severity, Value as MofValue};
use std::collections::HashMap;

/// The name of the text in messages of the compiler.
const NAME: &str = "configuration";

/// The version of configuration documents that is understood.
const VERSION: u32 = 2;

/// Whether a text is MOF. A document of DSC v3 cannot start like that.
pub(super) fn is_mof(bytes: &[u8]) -> bool {
    // In UTF-16, every other byte of such words is zero.
    let plain = bytes.iter().copied().filter(|byte| *byte != 0 && byte.is_ascii()).skip_while(u8::is_ascii_whitespace);
    let start = String::from_utf8_lossy(&plain.take(16).collect::<Vec<_>>()).to_ascii_lowercase();
    ["//", "/*", "#pragma", "instance"].iter().any(|word| start.starts_with(word))
}

/// Reads a configuration.
pub(super) fn read(bytes: &[u8]) -> Result<Text, Problems> {
    let schema = compile(bytes)?;
    let aliases = aliases(&schema);
    let mut read = Text::default();
    let problems = &mut read.problems;
    for instance in schema.instances() {
        let class = instance.class.as_str();
        let found = dsc::RESOURCES.iter().find(|resource| resource.class().name().eq_ignore_ascii_case(class));
        match found {
            Some(resource) => {
                let (base, before) = (Base::of(instance), problems.count());
                if base.id.is_none() {
                    problems.add(instance.line, format!("this {class} needs the property ResourceID"));
                }
                let desired = self::instance(resource.class(), instance, &aliases, problems);
                read.drafts.push(Draft {
                    id: base.id.unwrap_or_default(),
                    resource: *resource,
                    desired,
                    is_sound: problems.count() == before,
                    depends_on: base.depends_on.into_iter().map(|id| (id, instance.line)).collect(),
                    line: instance.line,
                });
            }
            None if class.eq_ignore_ascii_case("OMI_ConfigurationDocument") => {
                read.name = string(instance, "Name");
                check_document(instance, problems);
            }
            None if class.eq_ignore_ascii_case(MsftDscMetaConfiguration::SPEC.name()) => {
                let text =
                    "these are settings of the manager, not a configuration: SendMetaConfigurationApply takes them";
                problems.add(instance.line, text);
            }
            // The others are embedded in some resource.
            None => {}
        }
    }
    Ok(read)
}

/// Reads the settings of the manager, a meta configuration.
pub(super) fn read_settings(bytes: &[u8]) -> Result<MsftDscMetaConfiguration, Problems> {
    let schema = compile(bytes)?;
    let aliases = aliases(&schema);
    let (mut problems, spec) = (Problems::default(), MsftDscMetaConfiguration::SPEC);
    let mut found = None;
    for instance in schema.instances() {
        if instance.class.eq_ignore_ascii_case(spec.name()) {
            if found.replace(self::instance(spec, instance, &aliases, &mut problems)).is_some() {
                problems.add(instance.line, format!("there is more than one {}", spec.name()));
            }
        } else if !instance.class.eq_ignore_ascii_case("OMI_ConfigurationDocument") {
            problems.add(instance.line, format!("a meta configuration has no {}", instance.class));
        }
    }
    let found = problems.or(found)?;
    let found = found.ok_or_else(|| Problems::one(0, format!("there is no instance of {}", spec.name())))?;
    MsftDscMetaConfiguration::from_instance(found).map_err(|error| Problems::one(0, error.message()))
}

fn compile(bytes: &[u8]) -> Result<Schema, Problems> {
    let allowed = [
        Lint::DuplicateInstance,
        Lint::MissingKey,
        Lint::MultilineString,
        Lint::UnknownEscape,
        Lint::UnknownPragma,
        Lint::WmiSyntax,
    ];
    let compiler = allowed.into_iter().fold(Compiler::default(), |it, lint| it.level(lint, Level::Allow));
    let compiler = compiler.level(Lint::InvalidText, Level::Deny);
    compiler.compile_bytes([(NAME, bytes), ("classes", classes::TEXT.as_bytes())]).map_err(|wrong| problems(&wrong))
}

/// The errors without the text around them, in which there may be secrets.
fn problems(diagnostics: &Diagnostics) -> Problems {
    let mut problems = Problems::default();
    for it in diagnostics.iter().filter(|it| it.severity() == Severity::Error) {
        let parts = [it.message(), it.label(), it.help().unwrap_or_default()];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let line = if it.path().is_some_and(|path| path.as_os_str() == NAME) { it.line() } else { 0 };
        problems.add(line, parts.join("; "));
    }
    problems
}

type Aliases<'a> = HashMap<&'a str, &'a omi_mof::Instance>;

fn aliases(schema: &Schema) -> Aliases<'_> {
    schema.instances().iter().filter_map(|instance| Some((instance.alias.as_deref()?, instance))).collect()
}

/// What a configuration says of a resource besides its own properties.
struct Base {
    id: Option<String>,
    depends_on: Vec<String>,
}

impl Base {
    fn of(instance: &omi_mof::Instance) -> Self {
        let depends_on = given(instance, "DependsOn").map(MofValue::elements).unwrap_or_default();
        let depends_on = depends_on.iter().filter_map(MofValue::as_str).map(str::to_owned).collect();
        Self { id: string(instance, "ResourceID").filter(|id| !id.is_empty()), depends_on }
    }
}

fn given<'a>(instance: &'a omi_mof::Instance, name: &str) -> Option<&'a MofValue> {
    instance.values.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn string(instance: &omi_mof::Instance, name: &str) -> Option<String> {
    given(instance, name)?.as_str().map(str::to_owned)
}

/// The versions that the document asks for, and whether its passwords can be read.
fn check_document(document: &omi_mof::Instance, problems: &mut Problems) {
    for name in ["MinimumCompatibleVersion", "Version"] {
        let Some(version) = string(document, name) else { continue };
        match version.split('.').next().and_then(|major| major.parse::<u32>().ok()) {
            None => problems.add(document.line, format!("{name} must be three numbers such as 2.0.0")),
            // What is newer may be compatible.
            Some(major) if name == "MinimumCompatibleVersion" && major > VERSION => {
                problems.add(
                    document.line,
                    format!("it needs version {major} of configurations; {VERSION} is the newest known"),
                );
            }
            Some(_) => {}
        }
    }
    if string(document, "ContentType").is_some_and(|it| it.eq_ignore_ascii_case("PasswordEncrypted")) {
        problems.add(document.line, "its passwords are encrypted (ContentType), which is not supported");
    }
}

/// The properties that the class has of its own.
fn instance(spec: &ClassSpec, from: &omi_mof::Instance, aliases: &Aliases<'_>, problems: &mut Problems) -> Instance {
    let mut to = Instance::new(spec.name());
    for (name, value) in &from.values {
        let Some(property) = spec.property(name) else { continue };
        match self::value(value, property.kind, aliases) {
            Ok(Some(value)) => to.set(property.name(), value),
            Ok(None) => {}
            Err(wrong) => problems.add(from.line, format!("{name}: {wrong}")),
        }
    }
    to
}

fn value(from: &MofValue, kind: Type, aliases: &Aliases<'_>) -> Result<Option<Value>, String> {
    let MofValue::Array(elements) = from else {
        return if *from == MofValue::Null { Ok(None) } else { scalar(from, kind.element(), aliases).map(Some) };
    };
    let elements: Vec<_> = elements.iter().map(|it| scalar(it, kind.element(), aliases)).collect::<Result<_, _>>()?;
    Value::from_elements(kind, elements).map(Some).ok_or_else(|| format!("the elements must be {}", kind.element()))
}

fn scalar(from: &MofValue, kind: Type, aliases: &Aliases<'_>) -> Result<Value, String> {
    match from {
        MofValue::String(text) if kind == Type::String => Ok(Value::String(text.clone())),
        MofValue::Alias(alias) => {
            let instance = aliases.get(alias.as_str()).ok_or_else(|| format!("no instance has the alias {alias}"))?;
            embedded(instance)
        }
        MofValue::Instance(instance) => embedded(instance),
        other => {
            omi::text::parse(kind, other.to_string().trim_matches('"')).map_err(|error| error.message().to_owned())
        }
    }
}

/// A pair or a credential, which have nothing but text.
fn embedded(from: &omi_mof::Instance) -> Result<Value, String> {
    let mut to = Instance::new(from.class.as_str());
    for (name, value) in &from.values {
        match value {
            MofValue::String(text) => to.set(name, text.as_str()),
            MofValue::Null => {}
            _ => return Err(format!("{}.{name} must be text", from.class)),
        }
    }
    Ok(Value::Instance(Box::new(to)))
}
