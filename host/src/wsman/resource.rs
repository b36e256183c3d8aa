//! Resource URIs: which class, or which kind of collection, a request is about.

use super::fault::{Fault, kind};
use super::ns;

/// What a resource URI names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A class, with the namespace that a WMI-style URI carries.
    Class {
        /// The class name, as the client spelled it.
        name: String,
        /// The namespace in the URI.
        namespace: Option<String>,
    },
    /// All classes: what a query or an association filter is sent to.
    AllClasses,
    /// The declarations of classes, as CIM-XML.
    Schema,
}

/// Where Windows keeps CIM classes: SCOM says it this way.
const WINDOWS_CLASSES: &str = "http://schemas.microsoft.com/wbem/wscim/1/cim-schema/2/";
/// What WMI-style URIs start with; namespace and class follow.
const WMI: [&str; 2] = ["http://schemas.microsoft.com/wbem/wsman/1/wmi/", "wmi/"];
/// Short for `wmi/root/cimv2/`.
const WMI_CIMV2: &str = "wmicimv2/";
const WINDOWS_ALL_CLASSES: &str = "http://schemas.microsoft.com/wbem/wscim/1/*";

impl Resource {
    /// Reads a resource URI. A query part (`?__cimnamespace=root/scx`) is left to [`query`].
    ///
    /// # Errors
    /// DestinationUnreachable for a URI that names nothing this service knows, UnsupportedFeature for XML schemas of classes.
    pub fn parse(uri: &str) -> Result<Self, Fault> {
        let path = uri.split('?').next().unwrap_or_default();
        if path == ns::ALL_CLASSES || path == WINDOWS_ALL_CLASSES {
            return Ok(Self::AllClasses);
        }
        if path == ns::CLASS_SCHEMA {
            return Ok(Self::Schema);
        }
        if path == ns::XML_SCHEMA {
            let text =
                format!("class declarations are given as CIM-XML alone; the resource URI is {}", ns::CLASS_SCHEMA);
            return Err(Fault::new(kind::UNSUPPORTED_FEATURE, text));
        }
        for prefix in [ns::CLASS_PREFIX, WINDOWS_CLASSES] {
            if let Some(name) = strip_prefix(path, prefix) {
                return Self::class(uri, name, None);
            }
        }
        if let Some(name) = strip_prefix(path, WMI_CIMV2) {
            return Self::class(uri, name, Some("root/cimv2"));
        }
        for prefix in WMI {
            if let Some((namespace, name)) = strip_prefix(path, prefix).and_then(|rest| rest.rsplit_once('/')) {
                return Self::class(uri, name, Some(namespace));
            }
        }
        Err(unknown(uri))
    }

    fn class(uri: &str, name: &str, namespace: Option<&str>) -> Result<Self, Fault> {
        if name == "*" {
            return Ok(Self::AllClasses);
        }
        if name.is_empty() || name.contains('/') {
            return Err(unknown(uri));
        }
        Ok(Self::Class { name: name.to_owned(), namespace: namespace.map(normalize_namespace) })
    }
}

fn unknown(uri: &str) -> Fault {
    Fault::new(
        kind::INVALID_RESOURCE_URI,
        format!("the resource URI {uri:?} is not known; a class is named {}CLASS", ns::CLASS_PREFIX),
    )
}

/// The names and values in the query part of a URI.
pub fn query(uri: &str) -> impl Iterator<Item = (&str, &str)> {
    let parts = uri.split_once('?').map_or("", |(_, query)| query);
    parts.split(['&', '+']).filter_map(|pair| pair.split_once('='))
}

/// A namespace with forward slashes and without one at either end: clients send `root\cimv2` too.
pub fn normalize_namespace(namespace: &str) -> String {
    namespace.trim().replace('\\', "/").trim_matches('/').to_owned()
}

/// The method that an action names: what follows the class in `RESOURCE/METHOD`, however the resource is spelled.
pub fn method<'a>(action: &'a str, class: &str) -> Option<&'a str> {
    let (resource, method) = action.rsplit_once('/')?;
    let (_, last) = resource.rsplit_once('/')?;
    (last.eq_ignore_ascii_case(class) && !method.is_empty()).then_some(method)
}

fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(name: &str, namespace: Option<&str>) -> Resource {
        Resource::Class { name: name.to_owned(), namespace: namespace.map(str::to_owned) }
    }

    #[test]
    fn all_spellings_of_a_class_are_known() {
        for (uri, resource) in [
            ("http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/C_One", class("C_One", None)),
            (
                "http://schemas.microsoft.com/wbem/wscim/1/cim-schema/2/SCX_Agent?__cimnamespace=root/scx",
                class("SCX_Agent", None),
            ),
            ("http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/C_One", class("C_One", Some("root/cimv2"))),
            ("http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/*", Resource::AllClasses),
            ("wmicimv2/C_One", class("C_One", Some("root/cimv2"))),
            ("wmi/root/a/b/C_One", class("C_One", Some("root/a/b"))),
            ("http://schemas.dmtf.org/wbem/wscim/1/*", Resource::AllClasses),
            ("http://schemas.dmtf.org/wbem/cim-xml/2/cim-schema/2/*", Resource::Schema),
        ] {
            assert_eq!(Resource::parse(uri).unwrap(), resource, "{uri}");
        }
        for uri in ["", "urn:x", "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/", "wmi/C_One", "é"] {
            assert!(Resource::parse(uri).is_err(), "{uri}");
        }
    }

    #[test]
    fn the_namespace_may_stand_in_the_query_part() {
        let uri = "http://schemas.microsoft.com/wbem/wscim/1/cim-schema/2/SCX_Agent?__cimnamespace=root/scx";
        assert_eq!(query(uri).collect::<Vec<_>>(), [("__cimnamespace", "root/scx")]);
    }

    #[test]
    fn a_method_follows_its_class() {
        assert_eq!(method("http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/C_One/Start", "c_one"), Some("Start"));
        assert_eq!(method("wmicimv2/C_One/Start", "C_One"), Some("Start"));
        assert_eq!(method("http://schemas.xmlsoap.org/ws/2004/09/transfer/Get", "C_One"), None);
    }
}
