//! Classes: what they inherit, what they add and what they override.

use super::qualifier::Target;
use super::{Base, Resolver, is_new, place_key};
use crate::model::{Class, Method, Parameter, Property};
use crate::source::Span;
use crate::syntax::{ClassDeclaration, Element, LiteralKind, MethodDeclaration, QualifierUse, TypeName};
use crate::value::Value;
use std::collections::HashMap;
use std::sync::Arc;

/// What a class's elements need to know about it while they are resolved.
pub(super) struct Context {
    pub(super) class: String,
    /// The resolved superclass.
    pub(super) base: Option<Class>,
    /// The place of the class among the declared ones.
    pub(super) place: usize,
}

impl<'a> Resolver<'a> {
    /// Resolves the class at this place of the declared ones; its superclass is resolved already.
    pub(super) fn class(&mut self, place: usize) -> Class {
        let syntax: &'a ClassDeclaration = self.declared[place].syntax;
        let base = match self.declared[place].base {
            Base::Class(base) => self.index.get(&self.declared[base].syntax.name.text.to_ascii_lowercase()),
            _ => None,
        };
        let base = base.map(|place| self.classes[*place].clone());
        let context = Context { class: syntax.name.text.clone(), base, place };
        let base = context.base.as_ref();
        let target = class_target(syntax, base);
        let class = Class {
            name: context.class.clone(),
            superclass: base.map(|base| base.name.clone()),
            namespace: self.declared[place].namespace.map(str::to_owned),
            qualifiers: self.qualifiers(&syntax.qualifiers, target, base.map(|base| &base.qualifiers)),
            properties: self.properties(&syntax.properties, &context),
            methods: self.methods(&syntax.methods, &context),
        };
        self.check_class(syntax, &class, &context);
        self.check_description(&syntax.name, "class", &class.qualifiers);
        class
    }

    fn properties(&mut self, declarations: &[Element], context: &Context) -> Vec<Arc<Property>> {
        let base = context.base.as_ref();
        let mut properties: Vec<_> =
            base.into_iter().flat_map(|base| &base.properties).map(inherited_property).collect();
        let mut seen = HashMap::new();
        for element in declarations {
            if !is_new(&mut seen, &element.name, "property", self.sink) {
                continue;
            }
            self.places.insert(place_key(&context.class, &element.name.text), element.name.span);
            let above = base.and_then(|base| base.property(&element.name.text));
            let Some(property) = self.property(element, above.map(Arc::as_ref), context).map(Arc::new) else {
                self.declared[context.place].incomplete = true;
                continue;
            };
            match properties.iter().position(|other| other.name.eq_ignore_ascii_case(&element.name.text)) {
                Some(place) => properties[place] = property,
                None => properties.push(property),
            }
        }
        properties
    }

    /// `None` when the type is unknown.
    fn property(&mut self, element: &Element, above: Option<&Property>, context: &Context) -> Option<Property> {
        let target = match element.kind {
            TypeName::Reference(_) => Target::Reference,
            _ => Target::Property,
        };
        let qualifiers = self.qualifiers(&element.qualifiers, target, above.map(|above| &above.qualifiers));
        let kind = self.kind(element, &qualifiers)?;
        let default = match &element.default {
            Some(literal) => {
                let value = self.value(literal, &kind, &format!("`{}`", element.name.text));
                Some(value).filter(|value| *value != Value::Null)
            }
            None => above.and_then(|above| above.default.clone()),
        };
        let property = Property {
            name: element.name.text.clone(),
            kind,
            qualifiers,
            default,
            origin: above.map_or(&context.class, |above| &above.origin).clone(),
            propagator: context.class.clone(),
        };
        let names = context.base.iter().flat_map(|base| &base.properties).map(|other| other.name.as_str());
        self.check_override_name(element, above.is_some(), context, names);
        if let Some(above) = above {
            let place = self.place(&above.propagator, &above.name);
            self.check_same_type(element, &property.kind, &above.kind, place);
        }
        self.check_key(element, &property, above, context);
        self.check_value_map(element, &property.qualifiers, &property.kind);
        self.check_description(&element.name, "property", &property.qualifiers);
        self.check_unit(&element.name, &property);
        Some(property)
    }

    fn methods(&mut self, declarations: &[MethodDeclaration], context: &Context) -> Vec<Arc<Method>> {
        let base = context.base.as_ref();
        let mut methods: Vec<_> = base.into_iter().flat_map(|base| &base.methods).map(inherited_method).collect();
        let mut seen = HashMap::new();
        for declaration in declarations {
            let element = &declaration.element;
            if !is_new(&mut seen, &element.name, "method", self.sink) {
                continue;
            }
            self.places.insert(place_key(&context.class, &element.name.text), element.name.span);
            let above = base.and_then(|base| base.method(&element.name.text));
            let Some(method) = self.method(declaration, above.map(Arc::as_ref), context).map(Arc::new) else {
                self.declared[context.place].incomplete = true;
                continue;
            };
            match methods.iter().position(|other| other.name.eq_ignore_ascii_case(&element.name.text)) {
                Some(place) => methods[place] = method,
                None => methods.push(method),
            }
        }
        methods
    }

    /// `None` when the type of the return value or of a parameter is unknown.
    fn method(&mut self, declaration: &MethodDeclaration, above: Option<&Method>, context: &Context) -> Option<Method> {
        let element = &declaration.element;
        let qualifiers = self.qualifiers(&element.qualifiers, Target::Method, above.map(|above| &above.qualifiers));
        let returns = self.kind(element, &qualifiers);
        let mut seen = HashMap::new();
        let mut parameters = Vec::with_capacity(declaration.parameters.len());
        for parameter in &declaration.parameters {
            if is_new(&mut seen, &parameter.name, "parameter", self.sink) {
                parameters.push(self.parameter(parameter, above));
            }
        }
        let method = Method {
            name: element.name.text.clone(),
            returns: returns?,
            qualifiers,
            parameters: parameters.into_iter().collect::<Option<_>>()?,
            origin: above.map_or(&context.class, |above| &above.origin).clone(),
            propagator: context.class.clone(),
        };
        let names = context.base.iter().flat_map(|base| &base.methods).map(|other| other.name.as_str());
        self.check_override_name(element, above.is_some(), context, names);
        if let Some(above) = above {
            let place = self.place(&above.propagator, &above.name);
            self.check_same_type(element, &method.returns, &above.returns, place);
            self.check_same_parameters(declaration, &method, above, place);
        }
        self.check_value_map(element, &method.qualifiers, &method.returns);
        self.check_description(&element.name, "method", &method.qualifiers);
        Some(method)
    }

    /// `None` when the type is unknown.
    fn parameter(&mut self, element: &Element, above: Option<&Method>) -> Option<Parameter> {
        let above = above.and_then(|above| {
            above.parameters.iter().find(|parameter| parameter.name.eq_ignore_ascii_case(&element.name.text))
        });
        let target = match element.kind {
            TypeName::Reference(_) => Target::ReferenceParameter,
            _ => Target::Parameter,
        };
        let qualifiers = self.qualifiers(&element.qualifiers, target, above.map(|above| &above.qualifiers));
        let kind = self.kind(element, &qualifiers)?;
        if let Some(default) = &element.default {
            self.value(default, &kind, &format!("`{}`", element.name.text));
        }
        self.check_value_map(element, &qualifiers, &kind);
        self.check_description(&element.name, "parameter", &qualifiers);
        Some(Parameter { name: element.name.text.clone(), kind, qualifiers })
    }

    fn place(&self, class: &str, element: &str) -> Option<Span> {
        self.places.get(&place_key(class, element)).copied()
    }
}

/// Whether a class is an association or an indication, before its qualifiers are resolved.
fn class_target(syntax: &ClassDeclaration, base: Option<&Class>) -> Target {
    let has = |name: &str| {
        let usage = syntax.qualifiers.iter().find(|usage| usage.name.text.eq_ignore_ascii_case(name));
        match usage {
            Some(QualifierUse { value: Some(value), .. }) => matches!(value.kind, LiteralKind::Boolean(true)),
            Some(_) => true,
            None => base.is_some_and(|base| base.qualifiers.flag(name)),
        }
    };
    if has("Association") {
        Target::Association
    } else if has("Indication") {
        Target::Indication
    } else {
        Target::Class
    }
}

/// A property as a subclass has it: without the qualifiers that are restricted to the class that declares it.
fn inherited_property(property: &Arc<Property>) -> Arc<Property> {
    if property.qualifiers.all_handed_down() {
        return Arc::clone(property);
    }
    let qualifiers = property.qualifiers.handed_down();
    Arc::new(Property { qualifiers, ..Property::clone(property) })
}

/// The same for a method.
fn inherited_method(method: &Arc<Method>) -> Arc<Method> {
    if method.qualifiers.all_handed_down() {
        return Arc::clone(method);
    }
    let qualifiers = method.qualifiers.handed_down();
    Arc::new(Method { qualifiers, ..Method::clone(method) })
}
