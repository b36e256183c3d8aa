//! Qualifiers: their declarations, their use, and how they are handed down.

use super::{DeclaredQualifier, Resolver, is_new};
use crate::lint::Lint;
use crate::model::{Flavor, Qualifier, QualifierType, Qualifiers, Scope};
use crate::source::Span;
use crate::syntax::{Name, QualifierDeclaration, QualifierUse};
use crate::types::{Arity, ElementType, Primitive, Type};
use crate::value::Value;
use std::collections::HashMap;

const SCOPES: [&str; 8] = ["class", "association", "indication", "property", "reference", "method", "parameter", "any"];
const FLAVORS: [&str; 5] = ["EnableOverride", "DisableOverride", "ToSubclass", "Restricted", "Translatable"];

/// What a qualifier stands on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Target {
    Class,
    Association,
    Indication,
    Property,
    Reference,
    Method,
    Parameter,
    /// A parameter that is a reference.
    ReferenceParameter,
}

impl Target {
    /// Associations and indications are classes, so what may stand on classes may stand on them.
    fn is_in(self, scope: Scope) -> bool {
        match self {
            Target::Class => scope.class,
            Target::Association => scope.association || scope.class,
            Target::Indication => scope.indication || scope.class,
            Target::Property => scope.property,
            Target::Reference => scope.reference,
            Target::Method => scope.method,
            Target::Parameter => scope.parameter,
            Target::ReferenceParameter => scope.parameter || scope.reference,
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Target::Class => "a class",
            Target::Association => "an association",
            Target::Indication => "an indication",
            Target::Property => "a property",
            Target::Reference => "a reference",
            Target::Method => "a method",
            Target::Parameter | Target::ReferenceParameter => "a parameter",
        }
    }
}

impl Scope {
    fn set(&mut self, name: &str) -> bool {
        match name.to_ascii_lowercase().as_str() {
            "class" => self.class = true,
            "association" => self.association = true,
            "indication" => self.indication = true,
            "property" => self.property = true,
            "reference" => self.reference = true,
            "method" => self.method = true,
            "parameter" => self.parameter = true,
            // Older versions of DSP0004 have these; no declaration has qualifiers of theirs.
            "schema" | "qualifier" => {}
            "any" => {
                *self = Scope {
                    class: true,
                    association: true,
                    indication: true,
                    property: true,
                    reference: true,
                    method: true,
                    parameter: true,
                };
            }
            _ => return false,
        }
        true
    }

    fn describe(self) -> String {
        let all = [
            (self.class, "classes"),
            (self.association, "associations"),
            (self.indication, "indications"),
            (self.property, "properties"),
            (self.reference, "references"),
            (self.method, "methods"),
            (self.parameter, "parameters"),
        ];
        all.into_iter().filter(|(allowed, _)| *allowed).map(|(_, name)| name).collect::<Vec<_>>().join(", ")
    }
}

impl Resolver<'_> {
    pub(super) fn declare_qualifier(&mut self, syntax: &QualifierDeclaration) {
        let mut scope = Scope::default();
        for name in &syntax.scopes {
            if !scope.set(&name.text) {
                self.sink
                    .error(name.span, format!("unknown scope `{}`", name.text))
                    .label(format!("expected one of {}", SCOPES.join(", ")))
                    .suggest(&name.text, SCOPES);
            }
        }
        let standard = Flavor { to_subclass: true, overridable: true, translatable: false };
        let flavor = self.flavor(standard, &syntax.flavors);
        let kind = Type { element: ElementType::Primitive(syntax.primitive), arity: syntax.arity };
        let default = match &syntax.default {
            Some(literal) => self.value(literal, &kind, &format!("the qualifier `{}`", syntax.name.text)),
            None => Value::Null,
        };
        let name = syntax.name.text.clone();
        let declaration =
            QualifierType { name, primitive: syntax.primitive, arity: syntax.arity, default, scope, flavor };
        let key = syntax.name.text.to_ascii_lowercase();
        if let Some(DeclaredQualifier { declaration: first, place: Some(place) }) = self.qualifiers.get(&key) {
            // Several schemas are often compiled together, each with its copy of the declarations.
            if *first != declaration {
                self.sink
                    .error(syntax.name.span, format!("the qualifier `{}` is declared twice", syntax.name.text))
                    .label("declared again here, and differently")
                    .related(*place, "first declared here");
            }
            return;
        }
        self.qualifiers.insert(key, DeclaredQualifier { declaration, place: Some(syntax.name.span) });
    }

    fn flavor(&mut self, mut flavor: Flavor, names: &[Name]) -> Flavor {
        for name in names {
            match name.text.to_ascii_lowercase().as_str() {
                "enableoverride" => flavor.overridable = true,
                "disableoverride" => flavor.overridable = false,
                "tosubclass" => flavor.to_subclass = true,
                "restricted" => flavor.to_subclass = false,
                "translatable" => flavor.translatable = true,
                // WMI's; they say nothing about a schema.
                "toinstance" | "nottoinstance" | "amended" => {}
                _ => {
                    self.sink
                        .error(name.span, format!("unknown flavor `{}`", name.text))
                        .label(format!("expected one of {}", FLAVORS.join(", ")))
                        .suggest(&name.text, FLAVORS);
                }
            }
        }
        flavor
    }

    /// The qualifiers in force on an element: its own, and behind them those that `inherited` hands down.
    pub(super) fn qualifiers(
        &mut self,
        uses: &[QualifierUse],
        target: Target,
        inherited: Option<&Qualifiers>,
    ) -> Qualifiers {
        let mut own: Vec<Qualifier> = Vec::with_capacity(uses.len());
        let mut seen = HashMap::new();
        for usage in uses {
            if !is_new(&mut seen, &usage.name, "qualifier", self.sink) {
                continue;
            }
            let Some(qualifier) = self.qualifier(usage, target) else { continue };
            if let Some(above) = inherited.and_then(|inherited| inherited.get(&qualifier.name)) {
                self.check_override(&qualifier, above, usage.name.span);
            }
            own.push(qualifier);
        }
        let from_above: Vec<_> = inherited
            .into_iter()
            .flat_map(|inherited| inherited.handed_down().0)
            .filter(|above| !own.iter().any(|qualifier| qualifier.name == above.name))
            .collect();
        own.extend(from_above);
        Qualifiers(own)
    }

    /// One use of a qualifier; `None` when it is not declared.
    fn qualifier(&mut self, usage: &QualifierUse, target: Target) -> Option<Qualifier> {
        let key = usage.name.text.to_ascii_lowercase();
        let Some(DeclaredQualifier { declaration, place }) = self.qualifiers.get(&key) else {
            self.report_unknown_qualifier(&usage.name);
            return None;
        };
        let (declaration, place) = (declaration.clone(), *place);
        if !target.is_in(declaration.scope) {
            let message = format!("the qualifier `{}` may not stand on {}", declaration.name, target.describe());
            let report = self.sink.error(usage.name.span, message);
            report.label(format!("it is for {}", declaration.scope.describe()));
            if let Some(place) = place {
                report.related(place, "declared here");
            }
        }
        let kind = Type { element: ElementType::Primitive(declaration.primitive), arity: declaration.arity };
        let value = match &usage.value {
            Some(literal) => self.value(literal, &kind, &format!("the qualifier `{}`", declaration.name)),
            None => implied(&declaration),
        };
        Some(Qualifier {
            name: declaration.name,
            primitive: declaration.primitive,
            arity: declaration.arity,
            value,
            flavor: self.flavor(declaration.flavor, &usage.flavors),
        })
    }

    fn report_unknown_qualifier(&mut self, name: &Name) {
        if self.lost.has(&name.text) || !self.unknown.insert(format!("[{}]", name.text.to_ascii_lowercase())) {
            return;
        }
        let names = self.qualifiers.values().map(|declared| declared.declaration.name.as_str());
        self.sink
            .lint(Lint::UnknownQualifier, name.span, format!("unknown qualifier `{}`", name.text))
            .label("not declared, and not one of the standard")
            .suggest(&name.text, names)
            .otherwise(format!("declare it: `Qualifier {} : string, Scope(any);`", name.text));
    }

    fn check_override(&mut self, own: &Qualifier, above: &Qualifier, span: Span) {
        if !above.flavor.to_subclass || above.flavor.overridable || own.value == above.value {
            return;
        }
        self.sink
            .error(span, format!("the qualifier `{}` may not be changed", own.name))
            .label(format!("it is {} in the superclass and has the flavor DisableOverride", above.value));
    }
}

/// The value of a qualifier that is used without one (DSP0004 section 7.5).
fn implied(declaration: &QualifierType) -> Value {
    match (declaration.primitive, declaration.arity) {
        (Primitive::Boolean, Arity::Scalar) => Value::Boolean(true),
        (_, Arity::Scalar) => Value::Null,
        _ => Value::Array(Vec::new()),
    }
}
