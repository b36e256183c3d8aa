//! The options of a request (`w:OptionSet`): what changes the answer, and what is meant for the provider.

use super::fault::{Fault, Result, kind};
use super::interactive::Wishes;
use super::{ns, xml};
use omi::{Type, Value, text};
use roxmltree::Node;

/// The options of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// `UsePreciseArrays`: NULL arrays and empty arrays are told apart.
    pub precise_arrays: bool,
    /// `IncludeInheritanceHierarchy`: class answers list all ancestors.
    pub inheritance_hierarchy: bool,
    /// `IncludeInheritedElements`: class answers have inherited elements.
    pub inherited_elements: bool,
    /// `IncludeQualifiers`: class answers have qualifiers.
    pub qualifiers: bool,
    /// `IncludeClassOrigin`: class answers say where elements come from.
    pub class_origin: bool,
    /// Whether keys are enough.
    pub keys_only: bool,
    /// The properties that Put changes; `None` for all in the body.
    pub modified: Option<Vec<String>>,
    /// What the client wants to be told and asked meanwhile. These options are in `custom` too.
    pub wishes: Wishes,
    /// Everything else, for the provider.
    pub custom: Vec<(String, Value)>,
}

/// The prefixes that Windows clients put before names, to say for whom an option is.
const PREFIXES: [&str; 3] = ["wmiarray:", "wmi:", "msftwinrm:"];

/// Reads a `w:OptionSet`.
///
/// # Errors
/// InvalidOptions for an option that must be complied with and is not known here, and for a value that is not of its type.
pub fn read(set: Node<'_, '_>) -> Result<Options> {
    let mut options = Options::default();
    for node in xml::elements(set).filter(|node| xml::is(*node, ns::WSMAN, "Option")) {
        let name = node.attribute("Name").unwrap_or_default().trim();
        let bare = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
        let value = xml::text(node);
        let yes = xml::is_true(Some(&value));
        match bare {
            "" => continue,
            "UsePreciseArrays" => options.precise_arrays = yes,
            "IncludeInheritanceHierarchy" => options.inheritance_hierarchy = yes,
            "IncludeInheritedElements" => options.inherited_elements = yes,
            "IncludeQualifiers" => options.qualifiers = yes,
            "IncludeClassOrigin" => options.class_origin = yes,
            "__MI_OPERATIONOPTIONS_KEYONLY" => options.keys_only = yes,
            "__MIInstanceModifiedPropertiesList" => {
                options.modified.get_or_insert_default().push(value.into_owned());
            }
            // The name by which hosts tell providers who asks: no client says that.
            _ if bare.eq_ignore_ascii_case("HTTP_USERNAME") => {}
            _ if xml::is_true(node.attribute("MustComply")) && !bare.starts_with("__MI_") => {
                let text = format!("the option {name} must be complied with, but is not known");
                return Err(Fault::new(kind::INVALID_OPTIONS, text));
            }
            _ => {
                let value = typed(name, node.attribute("Type"), &value)?;
                options.wishes.note(bare, &value);
                options.custom.push((bare.to_owned(), value));
            }
        }
    }
    Ok(options)
}

/// The value of an option with an XML Schema type: `xs:int`, `xs:boolean`, ...
fn typed(name: &str, kind: Option<&str>, value: &str) -> Result<Value> {
    let kind = match kind.map(|kind| kind.rsplit(':').next().unwrap_or(kind).trim()) {
        Some("boolean") => Type::Boolean,
        Some("unsignedByte") => Type::Uint8,
        Some("byte") => Type::Sint8,
        Some("unsignedShort") => Type::Uint16,
        Some("short") => Type::Sint16,
        Some("unsignedInt") => Type::Uint32,
        Some("int") => Type::Sint32,
        Some("unsignedLong") => Type::Uint64,
        Some("long") => Type::Sint64,
        Some("float") => Type::Real32,
        Some("double") => Type::Real64,
        _ => Type::String,
    };
    if value.is_empty() {
        return Ok(Value::String(String::new()));
    }
    text::parse(kind, value).map_err(|error| Fault::new(kind::INVALID_OPTIONS, format!("the option {name}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(content: &str) -> Result<Options> {
        let text = format!("<w:OptionSet xmlns:w='{}'>{content}</w:OptionSet>", ns::WSMAN);
        read(xml::parse(&text).unwrap().root_element())
    }

    #[test]
    fn options_for_the_service_and_for_the_provider_are_told_apart() {
        let options = options(
            "<w:Option Name='msftwinrm:UsePreciseArrays' Type='xs:boolean'>true</w:Option>\
             <w:Option Name='wmiarray:__MIInstanceModifiedPropertiesList' Type='xs:string'>A</w:Option>\
             <w:Option Name='wmiarray:__MIInstanceModifiedPropertiesList' Type='xs:string'>B</w:Option>\
             <w:Option Name='__MI_CallbackRegistration' Type='xs:int' MustComply='true'>11</w:Option>\
             <w:Option Name='wmi:HTTP_USERNAME'>root</w:Option>\
             <w:Option Name='Color'/>",
        )
        .unwrap();
        assert!(options.precise_arrays);
        assert_eq!(options.modified, Some(vec!["A".to_owned(), "B".to_owned()]));
        assert_eq!(options.wishes.callbacks, 11);
        let custom =
            [("__MI_CallbackRegistration".to_owned(), Value::Sint32(11)), ("Color".to_owned(), Value::from(""))];
        assert_eq!(options.custom, custom);
    }

    #[test]
    fn an_unknown_option_that_must_be_complied_with_is_refused() {
        let fault = options("<w:Option Name='Nope' MustComply='1'>1</w:Option>").unwrap_err();
        assert_eq!(fault.kind, kind::INVALID_OPTIONS);
        let fault = options("<w:Option Name='N' Type='xs:int'>x</w:Option>").unwrap_err();
        assert!(fault.error.message().contains("the option N"), "{}", fault.error);
    }
}
