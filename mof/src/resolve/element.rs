//! What properties, methods and parameters have in common: their type.

use super::Resolver;
use crate::lint::Lint;
use crate::model::Qualifiers;
use crate::syntax::{Element, Name, TypeName};
use crate::types::{ElementType, Primitive, Type};

impl Resolver<'_> {
    /// The type of an element; `None` when it is unknown, which is reported. A string with one of the embedding
    /// qualifiers is an instance.
    pub(super) fn kind(&mut self, element: &Element, qualifiers: &Qualifiers) -> Option<Type> {
        let element_type = match &element.kind {
            TypeName::Reference(class) => ElementType::Reference(self.class_name(&class.text, class.span)),
            TypeName::Primitive(primitive) => self.embedded(element, *primitive, qualifiers),
            TypeName::Named(class) => self.embedded_class(element, class, qualifiers)?,
            TypeName::Object => {
                self.wmi_type(element, "[EmbeddedObject] string");
                ElementType::Instance(None)
            }
        };
        Some(Type { element: element_type, arity: element.arity })
    }

    fn embedded(&mut self, element: &Element, primitive: Primitive, qualifiers: &Qualifiers) -> ElementType {
        if qualifiers.text("EmbeddedInstance").is_none() && !qualifiers.flag("EmbeddedObject") {
            return ElementType::Primitive(primitive);
        }
        if primitive != Primitive::String {
            self.sink
                .error(element.kind_span, format!("an embedded instance is declared as string, not as {primitive}"))
                .label("expected `string`");
        }
        ElementType::Instance(self.embedded_name(element, qualifiers))
    }

    /// The class that the qualifier EmbeddedInstance names.
    fn embedded_name(&mut self, element: &Element, qualifiers: &Qualifiers) -> Option<String> {
        let class = qualifiers.text("EmbeddedInstance")?;
        let own = element.qualifiers.iter().find(|usage| usage.name.text.eq_ignore_ascii_case("EmbeddedInstance"));
        let span = own.and_then(|usage| usage.value.as_ref()).map_or(element.name.span, |value| value.span);
        Some(self.class_name(class, span))
    }

    /// WMI's way to declare an embedded instance: the class in the place of the type.
    fn embedded_class(&mut self, element: &Element, class: &Name, qualifiers: &Qualifiers) -> Option<ElementType> {
        let Some(name) = self.known_class(&class.text) else {
            self.report_unknown_type(class);
            return None;
        };
        self.wmi_type(element, &format!("[EmbeddedInstance(\"{name}\")] string"));
        let embedded = self.embedded_name(element, qualifiers);
        Some(ElementType::Instance(Some(embedded.unwrap_or(name))))
    }

    fn wmi_type(&mut self, element: &Element, standard: &str) {
        let name = &element.name.text;
        self.sink
            .lint(Lint::WmiSyntax, element.kind_span, "only WMI takes a class for a data type")
            .label("taken as an embedded instance")
            .help(format!("write `{standard} {name}`, or a class with `REF` for a reference"));
    }

    fn report_unknown_type(&mut self, name: &Name) {
        if self.lost.has(&name.text) {
            return;
        }
        let classes = self.declared.iter().map(|class| class.syntax.name.text.as_str());
        let types = Primitive::ALL.map(Primitive::name);
        let report = self.sink.error(name.span, format!("unknown data type `{}`", name.text));
        report.label("expected a type like `uint32` or `string[]`");
        if name.text.eq_ignore_ascii_case("void") {
            report.help("a method of CIM returns a value: `uint32` and 0 for success are customary");
        } else {
            report.suggest(&name.text, types.into_iter().chain(classes));
        }
    }
}
