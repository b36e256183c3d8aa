//! Instances as XML (DSP0230, MS-WSMV section 2.2.5).

use super::{epr, ns, time, write};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use omi::{Instance, Type, Value};
use std::fmt::{Display, Write};

/// How instances are written.
pub struct Encoder<'a> {
    /// The namespace of references that do not name one.
    pub namespace: &'a str,
    /// Whether NULL arrays and empty arrays are told apart (the option `UsePreciseArrays` of Windows clients).
    pub precise_arrays: bool,
    /// Whether values carry their type, as in fault details.
    pub typed: bool,
    /// Attributes for the element of the instance itself, each after a space.
    pub attributes: &'a str,
    /// Whether the uint8 array of this name in this class is an octet string.
    pub octets: &'a dyn Fn(&str, &str) -> bool,
}

impl Encoder<'_> {
    /// An encoder for instances without references and octet strings.
    pub fn plain() -> Encoder<'static> {
        Encoder { namespace: "", precise_arrays: false, typed: false, attributes: "", octets: &|_, _| false }
    }

    /// Appends an instance as an element of its class.
    pub fn instance(&self, out: &mut String, instance: &Instance) {
        let class = instance.class_name();
        let uri = epr::class_uri(class);
        self.element(out, instance, class, &uri);
    }

    /// Appends an instance as an element of the given name and XML namespace: `Method_OUTPUT` for example.
    pub fn element(&self, out: &mut String, instance: &Instance, name: &str, uri: &str) {
        out.push_str("<p:");
        write::attribute(out, name);
        out.push_str(" xmlns:p=\"");
        write::attribute(out, uri);
        out.push_str("\" xsi:type=\"p:");
        write::attribute(out, name);
        out.push_str("_Type\"");
        out.push_str(self.attributes);
        out.push('>');
        self.properties(out, instance, "p", 1);
        out.push_str("</p:");
        write::attribute(out, name);
        out.push('>');
    }

    /// Appends the properties of an instance without an element around them; the prefix `p` must be bound.
    pub fn children(&self, out: &mut String, instance: &Instance) {
        self.properties(out, instance, "p", 1);
    }

    fn properties(&self, out: &mut String, instance: &Instance, prefix: &str, depth: usize) {
        for property in instance.properties() {
            let tag = Tag { prefix, name: &property.name };
            match &property.value {
                Some(value) => self.value(out, instance.class_name(), tag, value, depth),
                None => self.null(out, tag, property.kind),
            }
        }
    }

    fn null(&self, out: &mut String, tag: Tag<'_>, kind: Type) {
        let array = if self.precise_arrays && kind.is_array() { " m:IsNullArray=\"true\"" } else { "" };
        tag.open(out);
        out.push_str(array);
        out.push_str(" xsi:nil=\"true\"/>");
    }

    /// Appends an element for a value, or one per element of an array.
    fn value(&self, out: &mut String, class: &str, tag: Tag<'_>, value: &Value, depth: usize) {
        match value {
            Value::Boolean(it) => self.displayed(out, tag, Type::Boolean, it),
            Value::Uint8(it) => self.displayed(out, tag, Type::Uint8, it),
            Value::Sint8(it) => self.displayed(out, tag, Type::Sint8, it),
            Value::Uint16(it) => self.displayed(out, tag, Type::Uint16, it),
            Value::Sint16(it) => self.displayed(out, tag, Type::Sint16, it),
            Value::Uint32(it) => self.displayed(out, tag, Type::Uint32, it),
            Value::Sint32(it) => self.displayed(out, tag, Type::Sint32, it),
            Value::Uint64(it) => self.displayed(out, tag, Type::Uint64, it),
            Value::Sint64(it) => self.displayed(out, tag, Type::Sint64, it),
            Value::Real32(it) => self.real(out, tag, Type::Real32, it, f64::from(*it)),
            Value::Real64(it) => self.real(out, tag, Type::Real64, it, *it),
            Value::Char16(it) => self.displayed(out, tag, Type::Char16, &it.0),
            Value::String(it) => self.leaf(out, tag, Type::String, |out| write::text(out, it)),
            Value::Datetime(it) => self.leaf(out, tag, Type::Datetime, |out| datetime(out, *it)),
            Value::Reference(it) => {
                self.leaf(out, tag, Type::Reference, |out| epr::content(out, it, self.namespace));
            }
            Value::Instance(it) => self.embedded(out, tag, it, depth),
            Value::Uint8Array(bytes) if (self.octets)(class, tag.name) => octets(out, tag, bytes),
            Value::BooleanArray(items) => self.array(out, class, tag, items, depth),
            Value::Uint8Array(items) => self.array(out, class, tag, items, depth),
            Value::Sint8Array(items) => self.array(out, class, tag, items, depth),
            Value::Uint16Array(items) => self.array(out, class, tag, items, depth),
            Value::Sint16Array(items) => self.array(out, class, tag, items, depth),
            Value::Uint32Array(items) => self.array(out, class, tag, items, depth),
            Value::Sint32Array(items) => self.array(out, class, tag, items, depth),
            Value::Uint64Array(items) => self.array(out, class, tag, items, depth),
            Value::Sint64Array(items) => self.array(out, class, tag, items, depth),
            Value::Real32Array(items) => self.array(out, class, tag, items, depth),
            Value::Real64Array(items) => self.array(out, class, tag, items, depth),
            Value::Char16Array(items) => self.array(out, class, tag, items, depth),
            Value::DatetimeArray(items) => self.array(out, class, tag, items, depth),
            Value::StringArray(items) => {
                self.items(out, tag, items, |out, it| self.leaf(out, tag, Type::String, |out| write::text(out, it)));
            }
            Value::ReferenceArray(items) => self.items(out, tag, items, |out, it| {
                self.leaf(out, tag, Type::Reference, |out| epr::content(out, it, self.namespace));
            }),
            Value::InstanceArray(items) => self.items(out, tag, items, |out, it| self.embedded(out, tag, it, depth)),
        }
    }

    fn array<T: Copy>(&self, out: &mut String, class: &str, tag: Tag<'_>, items: &[T], depth: usize)
    where
        Value: From<T>,
    {
        self.items(out, tag, items, |out, it| self.value(out, class, tag, &Value::from(*it), depth));
    }

    fn items<T>(&self, out: &mut String, tag: Tag<'_>, items: &[T], each: impl Fn(&mut String, &T)) {
        if items.is_empty() && self.precise_arrays {
            tag.open(out);
            out.push_str(" m:IsEmptyArray=\"true\" xsi:nil=\"true\"/>");
        }
        for item in items {
            each(out, item);
        }
    }

    fn displayed(&self, out: &mut String, tag: Tag<'_>, kind: Type, value: &impl Display) {
        self.leaf(out, tag, kind, |out| {
            let _ = write!(out, "{value}");
        });
    }

    /// The shortest text that reads back as the same number of its own width.
    fn real(&self, out: &mut String, tag: Tag<'_>, kind: Type, value: &(impl Display + std::fmt::LowerExp), wide: f64) {
        self.leaf(out, tag, kind, |out| {
            let _ = match wide.abs() {
                f64::INFINITY => write!(out, "{}INF", if wide < 0.0 { "-" } else { "" }),
                size if size != 0.0 && !(1e-5..1e17).contains(&size) && !size.is_nan() => write!(out, "{value:e}"),
                _ => write!(out, "{value}"),
            };
        });
    }

    fn leaf(&self, out: &mut String, tag: Tag<'_>, kind: Type, content: impl FnOnce(&mut String)) {
        tag.open(out);
        if self.typed {
            let _ = write!(out, " xsi:type=\"cim:{}\"", cim_type(kind));
        }
        out.push('>');
        content(out);
        tag.close(out);
    }

    fn embedded(&self, out: &mut String, tag: Tag<'_>, instance: &Instance, depth: usize) {
        let class = instance.class_name();
        let prefix = format!("p{depth}");
        tag.open(out);
        let _ = write!(out, " xmlns:{prefix}=\"");
        write::attribute(out, &epr::class_uri(class));
        let _ = write!(out, "\" xsi:type=\"{prefix}:");
        write::attribute(out, class);
        out.push_str("_Type\">");
        self.properties(out, instance, &prefix, depth + 1);
        tag.close(out);
    }
}

/// The name of a property's element.
#[derive(Clone, Copy)]
struct Tag<'a> {
    prefix: &'a str,
    name: &'a str,
}

impl Tag<'_> {
    /// Appends `<p:Name`.
    fn open(self, out: &mut String) {
        out.push('<');
        out.push_str(self.prefix);
        out.push(':');
        out.push_str(self.name);
    }

    /// Appends `</p:Name>`.
    fn close(self, out: &mut String) {
        out.push_str("</");
        out.push_str(self.prefix);
        out.push(':');
        out.push_str(self.name);
        out.push('>');
    }
}

fn datetime(out: &mut String, value: omi::Datetime) {
    let name = match value {
        omi::Datetime::Timestamp(_) => "cim:Datetime",
        omi::Datetime::Interval(_) => "cim:Interval",
    };
    let _ = write!(out, "<{name}>");
    time::write(out, value);
    let _ = write!(out, "</{name}>");
}

/// An octet string: base64 without the length that its first four bytes hold (DSP0004, qualifier OctetString).
fn octets(out: &mut String, tag: Tag<'_>, bytes: &[u8]) {
    let content = match bytes.split_first_chunk::<4>() {
        Some((length, rest)) if usize::try_from(u32::from_be_bytes(*length)) == Ok(bytes.len()) => rest,
        _ => bytes,
    };
    tag.open(out);
    out.push_str(" xsi:type=\"cim:cimBase64Binary\">");
    BASE64_STANDARD.encode_string(content, out);
    tag.close(out);
}

/// The name of a type in the XML namespace of WS-CIM (DSP0230 section 6.2).
fn cim_type(kind: Type) -> &'static str {
    match kind.element() {
        Type::Boolean => "cimBoolean",
        Type::Uint8 => "cimUnsignedByte",
        Type::Sint8 => "cimByte",
        Type::Uint16 => "cimUnsignedShort",
        Type::Sint16 => "cimShort",
        Type::Uint32 => "cimUnsignedInt",
        Type::Sint32 => "cimInt",
        Type::Uint64 => "cimUnsignedLong",
        Type::Sint64 => "cimLong",
        Type::Real32 => "cimFloat",
        Type::Real64 => "cimDouble",
        Type::Char16 => "cimChar16",
        Type::Datetime => "cimDateTime",
        Type::Reference => "cimReference",
        _ => "cimString",
    }
}

/// The CIM type of a name in the XML namespace of WS-CIM.
pub fn type_of(cim_name: &str) -> Option<Type> {
    (0..=Type::Reference.code()).filter_map(Type::from_code).find(|kind| cim_type(*kind) == cim_name)
}

/// The namespace declarations that elements of this module rely on, for documents that are no envelope of ours.
pub fn prefixes() -> String {
    format!(
        " xmlns:xsi=\"{}\" xmlns:cim=\"{}\" xmlns:m=\"{}\" xmlns:a=\"{}\" xmlns:w=\"{}\"",
        ns::XSI,
        ns::CIM,
        ns::WINDOWS,
        ns::ADDRESSING,
        ns::WSMAN
    )
}
