//! The classes that a configuration in MOF can have instances of, as MOF.

use crate::dsc;
use crate::schema::MsftDscMetaConfiguration;
use omi::Class;
use omi::Type;
use omi::decl::{ClassSpec, Property};
use std::fmt::Write;
use std::sync::LazyLock;

/// What belongs to the configuration and not to the resource, which the provider's own class therefore does not have.
const BASE: &str = "
[Abstract] class OMI_BaseResource {
    string ResourceID; string SourceInfo; string DependsOn[];
    string ModuleName; string ModuleVersion; string ConfigurationName;
};
class OMI_ConfigurationDocument {
    string Version; string MinimumCompatibleVersion; string CompatibleVersionAdditionalProperties[];
    string Author; string Copyright; string HelpInfoUri; string ContentType; string DocumentType;
    string GenerationDate; string GenerationHost; string Name;
};
class MSFT_KeyValuePair { string Key; string Value; };
class MSFT_Credential { string UserName; string Password; };
";

/// All of them.
pub(super) static TEXT: LazyLock<String> = LazyLock::new(|| {
    let mut out = BASE.to_owned();
    for resource in dsc::RESOURCES {
        declare(resource.class(), " : OMI_BaseResource", &mut out);
    }
    declare(MsftDscMetaConfiguration::SPEC, "", &mut out);
    out
});

fn declare(class: &ClassSpec, base: &str, out: &mut String) {
    let properties = class.properties();
    let properties = properties.iter().map(declaration);
    let _ = writeln!(out, "class {}{base} {{ {} }};", class.name(), properties.collect::<String>());
}

/// Keys are not marked: a resource says itself which of them it needs.
fn declaration(property: &Property) -> String {
    let array = if property.kind.is_array() { "[]" } else { "" };
    let name = property.name();
    match (property.kind.element(), property.class_name()) {
        (Type::Instance, Some(class)) => format!("[EmbeddedInstance(\"{}\")] string {name}{array}; ", class),
        (kind, _) => format!("{} {name}{array}; ", kind.mof_name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resource_is_declared() {
        let schema = omi_mof::compile_text("classes.mof", &TEXT).unwrap();
        for resource in dsc::RESOURCES {
            let class = schema.class(resource.class().name()).unwrap();
            let all = resource.class().properties().iter().all(|it| class.property(it.name()).is_some());
            assert!(all && class.property("ResourceID").is_some(), "{}", class.name);
        }
    }
}
