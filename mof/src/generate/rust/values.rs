//! Named values: an open newtype for each value map of numbers, constants for each value map of texts.
//!
//! An inherited property has the type of the class that declares it, and so has an overriding one with the same values.

use super::builder::KEYS;
use super::{Generator, doc, method_names, primitive_type};
use crate::generate::names::{ClassNames, Distinct, camel, screaming, snake};
use crate::generate::writer::Writer;
use crate::literal::whole_number;
use crate::model::{Class, Method, Qualifiers, Schema};
use crate::types::{Primitive, Type};
use std::collections::{HashMap, HashSet};

/// The named values of all classes, by the name of the class.
pub(super) struct Values<'a>(HashMap<&'a str, ClassValues<'a>>);

/// The named values of the elements of a class, by place.
struct ClassValues<'a> {
    properties: Vec<Option<Named<'a>>>,
    methods: Vec<MethodValues<'a>>,
}

/// The named values of a method.
#[derive(Clone)]
struct MethodValues<'a> {
    /// The class that has them, which may be a superclass.
    owner: &'a str,
    /// The module's name in Rust.
    module: String,
    result: Option<Named<'a>>,
    parameters: Vec<Option<Named<'a>>>,
}

/// The named values of one element.
#[derive(Clone)]
struct Named<'a> {
    /// The class that has them, which may be a superclass.
    owner: &'a str,
    /// The element's name in CIM.
    cim: &'a str,
    /// The name of the type or, for texts, of the module.
    rust: String,
    map: Map<'a>,
}

/// ValueMap and Values of one element.
#[derive(Clone, PartialEq)]
enum Map<'a> {
    Numbers { primitive: Primitive, values: Vec<(i128, &'a str)>, ranges: Vec<(&'a str, &'a str)> },
    Texts(Vec<(&'a str, &'a str)>),
}

impl<'a> Values<'a> {
    pub(super) fn new(schema: &'a Schema) -> Self {
        let mut all: HashMap<&str, ClassValues<'_>> = HashMap::new();
        for class in schema.classes() {
            let values = ClassValues::new(class, class.superclass.as_deref().and_then(|name| all.get(name)));
            all.insert(&class.name, values);
        }
        Self(all)
    }

    /// The path of the type of a property, from the root of the generated file; `None` if its values have no names.
    pub(super) fn of_property(&self, class: &Class, place: usize, names: &ClassNames) -> Option<String> {
        let named = self.0[class.name.as_str()].properties[place].as_ref().filter(|named| named.is_type())?;
        Some(format!("{}::{}", names.of(named.owner).module, named.rust))
    }

    /// The path of the type of a parameter, or of what the method returns for place 0, from the module of the class.
    pub(super) fn of_parameter(
        &self,
        class: &Class,
        method: usize,
        place: usize,
        names: &ClassNames,
    ) -> Option<String> {
        let method = &self.0[class.name.as_str()].methods[method];
        let named = if place == 0 { &method.result } else { &method.parameters[place - 1] };
        let named = named.as_ref().filter(|named| named.is_type())?;
        let path = format!("{}::{}", method.module, named.rust);
        let is_own = method.owner == class.name;
        Some(if is_own { path } else { format!("super::{}::{path}", names.of(method.owner).module) })
    }
}

impl<'a> ClassValues<'a> {
    /// `above` are the values of the superclass, whose elements have the same places.
    fn new(class: &'a Class, above: Option<&Self>) -> Self {
        // The structs of the methods keep their names.
        let structs = method_names(class).into_iter().flat_map(|(input, output)| [input, output]);
        let (mut types, mut modules) = (Distinct::default(), Distinct::default());
        structs.chain([KEYS.to_owned()]).for_each(|name| drop(types.type_name(name)));
        let methods = class.methods.iter().enumerate().map(|(place, method)| {
            let own = MethodValues::new(class, method, &mut modules);
            let inherited = above.and_then(|above| above.methods.get(place));
            inherited.filter(|inherited| inherited.is_same(&own)).cloned().unwrap_or(own)
        });
        let methods = methods.collect();
        let properties = class.properties.iter().enumerate().map(|(place, property)| {
            let map = Map::new(&property.kind, &property.qualifiers)?;
            let inherited = above.and_then(|above| above.properties.get(place)?.as_ref());
            let own = Named::new(class, &property.name, map, &mut types, &mut modules);
            Some(inherited.filter(|inherited| inherited.map == own.map).cloned().unwrap_or(own))
        });
        Self { properties: properties.collect(), methods }
    }
}

impl<'a> MethodValues<'a> {
    fn new(class: &'a Class, method: &'a Method, modules: &mut Distinct) -> Self {
        let (mut types, mut inner) = (Distinct::default(), Distinct::default());
        let map = Map::new(&method.returns, &method.qualifiers);
        let result = map.map(|map| Named::new(class, "ReturnValue", map, &mut types, &mut inner));
        let parameters = method.parameters.iter().map(|parameter| {
            let map = Map::new(&parameter.kind, &parameter.qualifiers)?;
            Some(Named::new(class, &parameter.name, map, &mut types, &mut inner))
        });
        let parameters: Vec<_> = parameters.collect();
        Self { owner: &class.name, module: modules.name(snake(&method.name)), result, parameters }
    }

    fn all(&self) -> impl Iterator<Item = Option<&Named<'a>>> {
        [&self.result].into_iter().chain(&self.parameters).map(Option::as_ref)
    }

    fn is_empty(&self) -> bool {
        self.all().flatten().next().is_none()
    }

    fn is_same(&self, other: &Self) -> bool {
        let map = |named: Option<&Named<'a>>| named.map(|named| (named.cim, named.map.clone()));
        self.all().map(map).eq(other.all().map(map))
    }
}

impl<'a> Named<'a> {
    fn new(class: &'a Class, cim: &'a str, map: Map<'a>, types: &mut Distinct, modules: &mut Distinct) -> Self {
        let rust = match map {
            Map::Numbers { .. } => types.type_name(camel(cim)),
            Map::Texts(_) => modules.name(snake(cim)),
        };
        Self { owner: &class.name, cim, rust, map }
    }

    fn is_type(&self) -> bool {
        matches!(self.map, Map::Numbers { .. })
    }
}

impl<'a> Map<'a> {
    /// `None` if no single value has a name. Without a ValueMap, the names count from 0 (DSP0004, Values).
    fn new(kind: &Type, qualifiers: &'a Qualifiers) -> Option<Self> {
        let primitive = kind.primitive()?;
        let (map, texts) = (qualifiers.texts("ValueMap"), qualifiers.texts("Values"));
        if primitive == Primitive::String {
            let texts = texts.into_iter().map(Some).chain(std::iter::repeat(None));
            let values: Vec<_> =
                map.into_iter().zip(texts).map(|(value, text)| (value, text.unwrap_or(value))).collect();
            return (!values.is_empty()).then_some(Self::Texts(values));
        }
        let (low, high) = primitive.integer_range()?;
        if map.is_empty() {
            let values = (low.max(0)..=high).zip(texts).collect::<Vec<_>>();
            return (!values.is_empty()).then_some(Self::Numbers { primitive, values, ranges: Vec::new() });
        }
        let (mut values, mut ranges, mut used) = (Vec::new(), Vec::new(), HashSet::new());
        for (value, text) in map.into_iter().zip(texts) {
            match whole_number(value) {
                Some(number) if number < low || number > high || !used.insert(number) => {}
                Some(number) => values.push((number, text)),
                None => ranges.push((value, text)),
            }
        }
        (!values.is_empty()).then_some(Self::Numbers { primitive, values, ranges })
    }
}

impl Generator<'_> {
    /// The types and constants of a class. Those of a superclass are re-exported.
    pub(super) fn values(&self, class: &Class, out: &mut Writer) {
        let values = &self.values.0[class.name.as_str()];
        let methods = values.methods.iter().filter(|method| !method.is_empty());
        let inherited = values.properties.iter().flatten().map(|named| (named.owner, &named.rust));
        let inherited = inherited.chain(methods.clone().map(|method| (method.owner, &method.module)));
        self.inherited_values(class, inherited, out);

        let own: Vec<_> = values.properties.iter().flatten().filter(|named| named.owner == class.name).collect();
        declare(&own, out);
        for method in methods.filter(|method| method.owner == class.name) {
            out.line("");
            out.line("/// The named values of the parameters and of what the method returns.");
            out.line(format!("pub mod {} {{", method.module));
            let mut inner = Writer::nested(out);
            declare(&method.all().flatten().collect::<Vec<_>>(), &mut inner);
            out.append(inner);
            out.line("}");
        }
    }

    /// `pub use super::cim_process::{ExecutionState, start};`, except for names that mean something else here.
    fn inherited_values<'b>(
        &self,
        class: &Class,
        all: impl Iterator<Item = (&'b str, &'b String)> + Clone,
        out: &mut Writer,
    ) {
        let own = all.clone().filter(|(owner, _)| *owner == class.name).map(|(_, name)| name.clone());
        let structs = method_names(class).into_iter().flat_map(|(input, output)| [input, output]);
        let mut taken: HashSet<_> = own.chain(structs).collect();
        for above in self.schema.ancestry(class).skip(1) {
            let names = all.clone().filter(|(owner, name)| *owner == above.name && taken.insert((*name).clone()));
            let names: Vec<_> = names.map(|(_, name)| name.as_str()).collect();
            match names[..] {
                [] => {}
                [name] => out.line(format!("pub use super::{}::{name};", self.names(above).module)),
                _ => out.line(format!("pub use super::{}::{{{}}};", self.names(above).module, names.join(", "))),
            }
        }
    }
}

/// Writes the types, all in one macro call, and the constants.
fn declare(all: &[&Named<'_>], out: &mut Writer) {
    if all.iter().any(|named| named.is_type()) {
        out.line("");
        out.block("::omi::value_map! {", "}", |out| {
            for named in all {
                if let Map::Numbers { primitive, values, ranges } = &named.map {
                    doc::value_map(named.cim, ranges, out);
                    let open = format!("pub struct {}({}) {{", named.rust, primitive_type(*primitive));
                    out.block(open, "}", |out| numbers(values, out));
                }
            }
        });
    }
    for named in all {
        if let Map::Texts(values) = &named.map {
            out.line("");
            out.line(format!("/// The named values of `{}`.", named.cim));
            out.block(format!("pub mod {} {{", named.rust), "}", |out| texts(values, out));
        }
    }
}

fn numbers(values: &[(i128, &str)], out: &mut Writer) {
    let mut distinct = Distinct::default();
    for (number, text) in values {
        let name = distinct.name(constant(text, number));
        out.line(format!("{name} = {number}, {:?};", text.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
}

fn texts(values: &[(&str, &str)], out: &mut Writer) {
    let mut distinct = Distinct::default();
    for (place, (value, text)) in values.iter().enumerate() {
        doc::short(text, out);
        out.line(format!("pub const {}: &str = {value:?};", distinct.name(constant(text, place))));
    }
}

/// A name for the constant of a value; one with a number for a text without letters.
fn constant(text: &str, number: impl std::fmt::Display) -> String {
    if text.contains(|letter: char| letter.is_ascii_alphanumeric()) {
        return screaming(text);
    }
    format!("VALUE_{}", number.to_string().replace('-', "MINUS_"))
}
