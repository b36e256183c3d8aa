//! The rules of DSP0004 for what a class may declare and override.

use super::Resolver;
use super::class::Context;
use crate::lint::Lint;
use crate::model::{Class, Method, Property};
use crate::source::Span;
use crate::syntax::{ClassDeclaration, Element, LiteralKind, MethodDeclaration, QualifierUse};
use crate::types::{ElementType, Type};

impl Resolver<'_> {
    pub(super) fn check_class(&mut self, syntax: &ClassDeclaration, class: &Class, context: &Context) {
        if let (Some(base), Some(name)) = (&context.base, &syntax.superclass)
            && base.is_terminal()
        {
            let message = format!("the class `{}` is terminal: no class may derive from it", base.name);
            self.sink.error(name.span, message);
        }
        let references = class.properties.iter().filter(|property| property.kind.is_reference()).count();
        if class.is_association() && references < 2 && !self.is_incomplete(context.place) {
            self.sink
                .error(syntax.name.span, format!("the association `{}` does not link two classes", class.name))
                .label(format!("expected at least two `REF` properties, found {references}"));
        }
    }

    /// An element that has the qualifier Override must have an element to override, and the other way round.
    pub(super) fn check_override_name<'n>(
        &mut self,
        element: &Element,
        overrides: bool,
        context: &Context,
        names: impl Iterator<Item = &'n str>,
    ) {
        let name = &element.name.text;
        let base = context.base.as_ref().map_or("", |base| base.name.as_str());
        let Some(usage) = own(element, "Override") else {
            if overrides {
                self.sink
                    .lint(
                        Lint::HiddenElement,
                        element.name.span,
                        format!("`{name}` hides an inherited element of `{base}`"),
                    )
                    .label("taken as an override")
                    .help(format!("write `[Override(\"{name}\")]`"));
            }
            return;
        };
        let Some((target, span)) = override_target(usage) else { return };
        if !target.eq_ignore_ascii_case(name) {
            self.sink
                .error(span, format!("`{name}` cannot override `{target}`"))
                .label("expected the name of the element itself");
        } else if !overrides && !self.is_incomplete(context.place) {
            let message = match &context.base {
                Some(_) => format!("there is no `{name}` to override in `{base}`"),
                None => format!("there is no `{name}` to override: `{}` has no superclass", context.class),
            };
            self.sink.error(span, message).suggest(name, names);
        }
    }

    /// An override keeps the type; a reference or embedded instance may be narrowed to a subclass.
    pub(super) fn check_same_type(&mut self, element: &Element, own: &Type, above: &Type, place: Option<Span>) {
        let same = match (&own.element, &above.element) {
            (ElementType::Reference(own), ElementType::Reference(above)) => self.is_a(own, above),
            (ElementType::Instance(Some(own)), ElementType::Instance(Some(above))) => self.is_a(own, above),
            (ElementType::Instance(_), ElementType::Instance(None)) => true,
            (own, above) => own == above,
        };
        if same && own.arity == above.arity {
            return;
        }
        let report = self.sink.error(
            element.kind_span.to(element.name.span),
            format!("`{}` overrides {above} with {own}", element.name.text),
        );
        report.label(match &above.element {
            ElementType::Primitive(_) => format!("expected {above}"),
            _ => format!("expected {above}, or a subclass"),
        });
        if let Some(place) = place {
            report.related(place, "overrides this");
        }
    }

    pub(super) fn check_same_parameters(
        &mut self,
        declaration: &MethodDeclaration,
        method: &Method,
        above: &Method,
        place: Option<Span>,
    ) {
        let signature = |method: &Method| {
            let parameters = method.parameters.iter().map(|parameter| format!("{} {}", parameter.kind, parameter.name));
            parameters.collect::<Vec<_>>().join(", ")
        };
        let same = method.parameters.len() == above.parameters.len()
            && method.parameters.iter().zip(&above.parameters).all(|(own, above)| {
                own.name.eq_ignore_ascii_case(&above.name)
                    && own.kind.arity == above.kind.arity
                    && own.kind.primitive() == above.kind.primitive()
            });
        if same {
            return;
        }
        let report = self.sink.error(
            declaration.element.name.span,
            format!("`{}` has other parameters than the method that it overrides", method.name),
        );
        report.label(format!("expected ({})", signature(above)));
        if let Some(place) = place {
            report.related(place, "overrides this");
        }
    }

    /// The identity of instances is settled by the first class that has keys.
    pub(super) fn check_key(
        &mut self,
        element: &Element,
        property: &Property,
        above: Option<&Property>,
        context: &Context,
    ) {
        let Some(base) = &context.base else { return };
        if !property.is_key() || above.is_some_and(Property::is_key) {
            return;
        }
        let Some(key) = base.keys().next() else { return };
        let place = self.places.get(&super::place_key(&key.propagator, &key.name)).copied();
        let report = self.sink.lint(
            Lint::AddedKey,
            own(element, "Key").map_or(element.name.span, |usage| usage.name.span),
            format!("`{}` is one more key: the superclass `{}` has keys already", property.name, base.name),
        );
        report.label("the keys of the superclass no longer tell instances apart");
        if let Some(place) = place {
            report.related(place, "a key of the superclass");
        }
    }
}

/// The element's own use of a qualifier.
pub(super) fn own<'e>(element: &'e Element, name: &str) -> Option<&'e QualifierUse> {
    element.qualifiers.iter().find(|usage| usage.name.text.eq_ignore_ascii_case(name))
}

/// The name in `Override("Name")` or `Override("Class.Name")`.
fn override_target(usage: &QualifierUse) -> Option<(&str, Span)> {
    let value = usage.value.as_ref()?;
    match &value.kind {
        LiteralKind::String(text) => Some((text.rsplit('.').next().unwrap_or(text), value.span)),
        _ => None,
    }
}
