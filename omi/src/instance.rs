//! Dynamic instances: a class name and named values, owned and independent of any host.
//!
//! ```
//! use omi::{Instance, Value};
//!
//! let disk = Instance::new("Sample_Disk").with_key("Name", "sda").with("Size", 512_u64).with("Tags", vec!["a".to_owned()]);
//! assert_eq!(disk.text("name"), Some("sda")); // names ignore case
//! assert_eq!(disk.get("Size"), Some(&Value::Uint64(512)));
//! assert_eq!(disk.get("Vendor"), None); // NULL or absent
//! ```

use crate::{CimType, Error, Result, Type, Value, flags};
use std::sync::Arc;

/// The name of a class or an element. CIM names compare without regard to ASCII case.
pub type Name = Arc<str>;

/// One element of an [`Instance`].
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// The element's name, spelled as its class declares it.
    pub name: Name,
    /// The declared type, which a NULL has too.
    pub kind: Type,
    /// `MI_FLAG_*` of the declaration, [`flags::KEY`] above all.
    pub flags: u32,
    /// The value; `None` is NULL.
    pub value: Option<Value>,
}

impl Property {
    /// Whether this element is a key of its class.
    pub fn is_key(&self) -> bool {
        self.flags & flags::KEY != 0
    }
}

/// An instance whose class is known by name only: what a request carries and what a dynamic provider posts.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    class_name: Name,
    namespace: Option<Name>,
    properties: Vec<Property>,
}

impl Instance {
    /// An instance of the named class, without elements.
    pub fn new(class_name: impl Into<Name>) -> Self {
        Self { class_name: class_name.into(), namespace: None, properties: Vec::new() }
    }

    /// Room for `count` elements.
    pub fn with_capacity(class_name: impl Into<Name>, count: usize) -> Self {
        Self { class_name: class_name.into(), namespace: None, properties: Vec::with_capacity(count) }
    }

    /// The class name.
    pub fn class_name(&self) -> &str {
        &self.class_name
    }

    /// The namespace, `root/cimv2` for example; often absent in requests.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// Sets or clears the namespace.
    pub fn set_namespace(&mut self, namespace: Option<Name>) {
        self.namespace = namespace;
    }

    /// About how many bytes its values take on their way to a client.
    pub(crate) fn size(&self) -> usize {
        let values = self.properties.iter().filter_map(|property| property.value.as_ref());
        values.map(|value| value.as_ref().size()).sum()
    }

    /// The elements in order.
    pub fn properties(&self) -> &[Property] {
        &self.properties
    }

    /// The elements in order.
    pub fn into_properties(self) -> Vec<Property> {
        self.properties
    }

    /// The named element, NULL or not.
    pub fn property(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.name.eq_ignore_ascii_case(name))
    }

    /// The value of the named element; `None` when it is NULL or absent.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.property(name)?.value.as_ref()
    }

    /// The text of the named element; `None` when it is NULL, absent or no string.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Appends an element without looking for one of the same name.
    pub fn push(&mut self, property: Property) {
        self.properties.push(property);
    }

    /// Sets an element, adding it when the instance does not have it yet.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        match self.properties.iter_mut().find(|property| property.name.eq_ignore_ascii_case(name)) {
            Some(property) => {
                property.kind = value.kind();
                property.value = Some(value);
            }
            None => self.push(Property { name: name.into(), kind: value.kind(), flags: 0, value: Some(value) }),
        }
    }

    /// The instance with an element set.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }

    /// The instance with a key element added.
    #[must_use]
    pub fn with_key(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        self.push(Property { name: name.into(), kind: value.kind(), flags: flags::KEY, value: Some(value) });
        self
    }

    /// Keeps the elements for which `keep` says so.
    pub fn retain(&mut self, keep: impl FnMut(&Property) -> bool) {
        self.properties.retain(keep);
    }

    /// Moves the named value out; `None` when it is NULL or absent.
    ///
    /// # Errors
    /// TYPE_MISMATCH, naming the element and both types, when the value has another type than `T`.
    pub fn take<T: CimType>(&mut self, name: &str) -> Result<Option<T>> {
        let Some(value) = self.take_value(name) else { return Ok(None) };
        T::from_value(value).map(Some).map_err(|value| self.mismatch(name, &value, T::TYPE))
    }

    /// Takes value after value, and tells at the end whether all had the right type.
    pub fn values(&mut self) -> Values<'_> {
        Values { instance: self, failure: None }
    }

    fn take_value(&mut self, name: &str) -> Option<Value> {
        let property = self.properties.iter_mut().find(|property| property.name.eq_ignore_ascii_case(name));
        property?.value.take()
    }

    fn mismatch(&self, name: &str, value: &Value, expected: Type) -> Error {
        let text = format!("{}.{name} is {}, but {expected} is expected", self.class_name, value.kind());
        Error::type_mismatch(text)
    }
}

/// The values of an instance on their way to the fields of a struct. Generated code takes them.
pub struct Values<'a> {
    instance: &'a mut Instance,
    failure: Option<Error>,
}

impl Values<'_> {
    /// Moves the named value to `place`, which becomes `None` when it is NULL, absent, or of another type.
    pub fn take<T: CimType>(&mut self, name: &str, place: &mut Option<T>) {
        *place = match self.instance.take_value(name).map(T::from_value) {
            Some(Ok(value)) => Some(value),
            Some(Err(value)) => {
                self.fail(name, &value, T::TYPE);
                None
            }
            None => None,
        };
    }

    fn fail(&mut self, name: &str, value: &Value, expected: Type) {
        let error = self.instance.mismatch(name, value, expected);
        self.failure.get_or_insert(error);
    }

    /// # Errors
    /// TYPE_MISMATCH, naming the first element that had another type than its place, and both types.
    pub fn end(self) -> Result<()> {
        self.failure.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_compare_without_case() {
        let process = Instance::new("Linux_Process").with_key("Handle", "1").with("Name", "init");
        assert_eq!(process.text("HANDLE"), Some("1"));
        assert!(process.property("handle").unwrap().is_key());
    }

    #[test]
    fn taking_the_wrong_type_names_the_element() {
        let mut process = Instance::new("Linux_Process").with("Handle", 1_u32);
        let error = process.take::<String>("Handle").unwrap_err();
        assert_eq!(error.message(), "Linux_Process.Handle is uint32, but string is expected");
        assert_eq!(process.take::<u32>("Missing").unwrap(), None);
    }
}
