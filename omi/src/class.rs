//! Typed classes and methods: the traits that generated code implements.

use crate::abi::fields;
use crate::decl::ClassSpec;
use crate::{Error, Fields, Instance, Property, Result};
use std::fmt::Write;

/// A CIM class as a Rust struct with one `Option` per property. Its `Default` has the default values that MOF gives, and
/// `None` elsewhere. `omi-mof` generates builders beside it, of which only `new` asks for all keys without a default value:
/// `SampleNumber::new(sample_number::Keys { number: 7 }).with_radix(2)`.
///
/// Generated from MOF:
///
/// ```
/// use omi::decl::{ClassSpec, Literal, PropertySpec};
/// use omi::{Type, flags};
///
/// #[derive(Clone, Debug, PartialEq)]
/// pub struct SampleNumber {
///     pub number: Option<u32>,
///     pub radix: Option<u8>,
/// }
///
/// // Written out only where MOF gives a default value; derived otherwise.
/// impl Default for SampleNumber {
///     fn default() -> Self {
///         Self { number: None, radix: Some(10) }
///     }
/// }
///
/// impl omi::Class for SampleNumber {
///     const SPEC: &'static ClassSpec = &SAMPLE_NUMBER;
///
///     // The numbers are places in SPEC.properties().
///     fn store(&self, fields: &mut omi::Fields<'_>) {
///         fields.put(0, &self.number);
///         fields.put(1, &self.radix);
///     }
///
///     fn load(instance: &mut omi::Instance) -> omi::Result<Self> {
///         let mut it = Self::default();
///         let mut values = instance.values();
///         values.take("Number", &mut it.number);
///         values.take("Radix", &mut it.radix);
///         values.end()?;
///         Ok(it)
///     }
/// }
///
/// pub static SAMPLE_NUMBER: ClassSpec = omi::class_spec! {
///     name: c"Sample_Number",
///     superclass: None,
///     flags: 0,
///     qualifiers: &[],
///     properties: &[
///         PropertySpec { flags: flags::KEY, ..PropertySpec::new(c"Number", Type::Uint32) },
///         PropertySpec { default: Some(Literal::Uint8(10)), ..PropertySpec::new(c"Radix", Type::Uint8) },
///     ],
///     methods: &[],
/// };
/// ```
pub trait Class: Sized + Send + 'static {
    /// The declaration.
    const SPEC: &'static ClassSpec;

    /// Writes the properties that are not NULL.
    fn store(&self, fields: &mut Fields<'_>);

    /// Reads the properties out of a dynamic instance; those that it lacks become `None`.
    ///
    /// # Errors
    /// TYPE_MISMATCH when an element has another type than the class declares.
    fn load(instance: &mut Instance) -> Result<Self>;

    /// As [`load`](Self::load), of the keys alone: what a request says of the instance that it is about. Other properties
    /// are as in `Default`.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    fn load_key(instance: &mut Instance) -> Result<Self> {
        Self::load(instance)
    }

    /// The instance as a dynamic one, for an embedded instance in a property or a parameter. It has every property of the
    /// class, NULL or not.
    ///
    /// # Errors
    /// FAILED when `store` writes an element that the class does not have.
    fn to_instance(&self) -> Result<Instance> {
        fields::dynamic(Self::SPEC, &|fields| self.store(fields))
    }

    /// A reference to the instance: its class and keys, in the namespace. For the ends of an association.
    ///
    /// # Errors
    /// FAILED, naming the key, when one is NULL.
    fn to_reference(&self, namespace: &str) -> Result<Instance> {
        let mut reference = self.to_instance()?;
        reference.retain(Property::is_key);
        if let Some(key) = reference.properties().iter().find(|key| key.value.is_none()) {
            let message = format!("{} cannot be referred to: its key {} is NULL", Self::SPEC.name(), key.name);
            return Err(Error::failed(message));
        }
        reference.set_namespace(Some(namespace.into()));
        Ok(reference)
    }

    /// Reads an embedded instance or a reference, of this class or one that derives from it.
    ///
    /// # Errors
    /// TYPE_MISMATCH when an element has another type than the class declares.
    fn from_instance(mut instance: Instance) -> Result<Self> {
        Self::load(&mut instance)
    }
}

/// A method of a class: a struct of the input parameters.
///
/// Generated into a module that has the class's name: `linux_process::SendSignal { signal: Option<u32> }` with
/// `type Output = linux_process::SendSignalOutput { return_value: Option<u32> }`.
pub trait Method: Sized + Send + 'static {
    /// The class that declares the method.
    type Class: Class;
    /// The return value and the output parameters.
    type Output: MethodOutput;
    /// The method name.
    const NAME: &'static str;

    /// Reads the input parameters; those that the request lacks become `None`.
    ///
    /// # Errors
    /// TYPE_MISMATCH when a parameter has another type than the method declares.
    fn load(parameters: &mut Instance) -> Result<Self>;
}

/// The return value and output parameters of a method.
///
/// Generated structs have a field for each; an [`Instance`] gives them by name, for a method whose output is known at run
/// time only:
///
/// ```
/// # fn output() -> omi::Instance {
/// omi::Instance::new("").with("ReturnValue", 0_u32).with("Colour", "green")
/// # }
/// ```
pub trait MethodOutput: Send + 'static {
    /// Writes what is not NULL. Place 0 is the return value, place n the n-th declared parameter, whether input or output.
    fn store(&self, fields: &mut Fields<'_>);

    /// The output by names, `ReturnValue` among them, for a type that does not know its places; [`store`](Self::store) is not
    /// called then.
    fn by_name(&self) -> Option<&Instance> {
        None
    }
}

impl MethodOutput for Instance {
    /// Places are not known.
    fn store(&self, _fields: &mut Fields<'_>) {}

    fn by_name(&self) -> Option<&Instance> {
        Some(self)
    }
}

/// `Linux_Process.Handle="1",Name="init"`: how messages name an instance.
pub fn object_path(instance: &Instance) -> String {
    let mut path = instance.class_name().to_owned();
    let keys = instance.properties().iter().filter(|property| property.is_key());
    for (index, key) in keys.enumerate() {
        let separator = if index == 0 { '.' } else { ',' };
        let _ = match &key.value {
            Some(crate::Value::String(text)) => write!(path, "{separator}{}={text:?}", key.name),
            Some(value) => write!(path, "{separator}{}={}", key.name, crate::text::display(value)),
            None => write!(path, "{separator}{}=NULL", key.name),
        };
    }
    path
}
