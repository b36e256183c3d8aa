//! What properties, methods and parameters have in common: their type.

use super::Resolver;
use crate::model::Qualifiers;
use crate::syntax::{Element, TypeName};
use crate::types::{ElementType, Primitive, Type};

impl Resolver<'_> {
    /// The type of an element. A string with one of the embedding qualifiers is an instance.
    pub(super) fn kind(&mut self, element: &Element, qualifiers: &Qualifiers) -> Type {
        let element_type = match &element.kind {
            TypeName::Reference(class) => ElementType::Reference(self.class_name(&class.text, class.span)),
            TypeName::Primitive(primitive) => self.embedded(element, *primitive, qualifiers),
        };
        Type { element: element_type, arity: element.arity }
    }

    fn embedded(&mut self, element: &Element, primitive: Primitive, qualifiers: &Qualifiers) -> ElementType {
        let class = qualifiers.text("EmbeddedInstance");
        if class.is_none() && !qualifiers.flag("EmbeddedObject") {
            return ElementType::Primitive(primitive);
        }
        if primitive != Primitive::String {
            self.sink
                .error(element.kind_span, format!("an embedded instance is declared as string, not as {primitive}"))
                .label("expected `string`");
        }
        let class = class.map(|class| {
            let own = element.qualifiers.iter().find(|usage| usage.name.text.eq_ignore_ascii_case("EmbeddedInstance"));
            let span = own.and_then(|usage| usage.value.as_ref()).map_or(element.name.span, |value| value.span);
            self.class_name(class, span)
        });
        ElementType::Instance(class)
    }
}
