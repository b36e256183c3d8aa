//! The two MOF files by which the Local Configuration Manager of DSC for Linux knows a resource.

use super::{BASE, Unfit, check, embedded, is_known, properties, version};
use crate::generate::writer::Writer;
use crate::model::{Class, Property, Qualifiers, Schema};
use crate::types::{Arity, ElementType};
use crate::value::Value;

/// The qualifiers of a property that the LCM has a use for, in the order in which they are written.
const QUALIFIERS: [&str; 8] =
    ["Key", "Required", "Write", "Read", "EmbeddedInstance", "ValueMap", "Values", "Description"];

/// The LCM's view of a resource, a `.schema.mof`: no methods, ClassVersion, `OMI_BaseResource` as direct superclass, and
/// the classes of its embedded instances in front of it.
///
/// # Errors
/// What the LCM would refuse. It would refuse every configuration of the machine with it, not only this resource.
pub fn lcm_schema(schema: &Schema, class: &Class) -> Result<String, Unfit> {
    check(schema, class)?;
    let mut out = Writer::default();
    for inner in embedded(schema, class).filter(|class| !is_known(class)) {
        write_class(inner, None, &mut out);
        out.line("");
    }
    write_class(class, Some(BASE), &mut out);
    Ok(out.finish())
}

/// The file that tells the LCM in which namespace the resource's provider is, a `.registration.mof`.
pub fn lcm_registration(class: &Class, namespace: &str) -> String {
    let mut out = Writer::default();
    out.line("instance of MSFT_CimConfigurationProviderRegistration");
    out.block("{", "};", |out| {
        // The LCM looks whether the versions are there, and not what they are.
        let values = [("ClassName", class.name.as_str()), ("DSCEngineCompatVersion", "1.0.0")];
        for (name, value) in values.into_iter().chain([("DSCModuleVersion", "1.0.0"), ("Namespace", namespace)]) {
            out.line(format!("{name} = {};", Value::String(value.to_owned())));
        }
    });
    out.finish()
}

fn write_class(class: &Class, superclass: Option<&str>, out: &mut Writer) {
    // `check` has found a version.
    let version = Value::String(version(class).unwrap_or_default().to_owned());
    let mut about = vec![format!("ClassVersion({version})")];
    about.extend(qualifiers(&class.qualifiers, &["FriendlyName", "Description"]));
    out.line(format!("[{}]", about.join(", ")));
    let superclass = superclass.map_or(String::new(), |name| format!(" : {name}"));
    out.line(format!("class {}{superclass}", class.name));
    out.block("{", "};", |out| properties(class).for_each(|property| write_property(property, out)));
}

fn write_property(property: &Property, out: &mut Writer) {
    let qualifiers = qualifiers(&property.qualifiers, &QUALIFIERS);
    let about = if qualifiers.is_empty() { String::new() } else { format!("[{}] ", qualifiers.join(", ")) };
    let kind = match &property.kind.element {
        ElementType::Primitive(primitive) => primitive.name(),
        ElementType::Reference(_) | ElementType::Instance(_) => "string",
    };
    let array = match property.kind.arity {
        Arity::Scalar => String::new(),
        Arity::Array => "[]".to_owned(),
        Arity::Fixed(count) => format!("[{count}]"),
    };
    out.line(format!("{about}{kind} {}{array};", property.name));
}

/// Those of the named qualifiers that are there, in MOF; a boolean one only if it is true.
fn qualifiers(all: &Qualifiers, names: &[&str]) -> Vec<String> {
    let found = names.iter().filter_map(|name| all.get(name));
    let written = found.filter_map(|qualifier| match &qualifier.value {
        Value::Null | Value::Boolean(false) => None,
        Value::Boolean(true) => Some(qualifier.name.clone()),
        value @ Value::Array(_) => Some(format!("{}{value}", qualifier.name)),
        value => Some(format!("{}({value})", qualifier.name)),
    });
    written.collect()
}
