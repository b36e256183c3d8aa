//! Instance declarations: their values, and the keys that tell them apart.

use super::{Resolver, is_new};
use crate::lint::Lint;
use crate::model::{Class, Instance};
use crate::source::Span;
use crate::syntax::{InstanceDeclaration, LiteralKind, Name};
use crate::value::Value;
use std::collections::HashMap;

impl Resolver<'_> {
    pub(super) fn resolve_instances(&mut self) -> Vec<Instance> {
        let declarations = std::mem::take(&mut self.instances);
        let instances: Vec<_> =
            declarations.iter().map(|(syntax, namespace)| self.instance(syntax, *namespace)).collect();
        let mut seen = HashMap::new();
        for ((syntax, _), instance) in declarations.iter().zip(&instances) {
            self.check_keys(syntax, instance, &mut seen);
        }
        instances
    }

    pub(super) fn instance(&mut self, syntax: &InstanceDeclaration, namespace: Option<&str>) -> Instance {
        let class_name = self.class_name(&syntax.class.text, syntax.class.span);
        let place = self.index.get(&class_name.to_ascii_lowercase()).copied();
        if let Some(place) = place
            && self.classes[place].is_abstract()
        {
            let message = format!("the class `{class_name}` is abstract: it has no instances");
            self.sink.error(syntax.class.span, message);
        }
        let mut seen = HashMap::new();
        let mut values = Vec::with_capacity(syntax.values.len());
        for (name, literal) in &syntax.values {
            let Some(place) = place else { break };
            if !is_new(&mut seen, name, "value", self.sink) {
                continue;
            }
            let Some(property) = self.classes[place].property(&name.text).cloned() else {
                self.report_unknown_property(place, name);
                continue;
            };
            let value = self.value(literal, &property.kind, &format!("`{}`", property.name));
            values.push((property.name.clone(), value));
        }
        let alias = syntax.alias.as_ref().map(|alias| alias.text.clone());
        Instance { class: class_name, alias, namespace: namespace.map(str::to_owned), values, line: 0 }
    }

    fn report_unknown_property(&mut self, class: usize, name: &Name) {
        let class = &self.classes[class];
        if self.misses_elements(class) {
            return;
        }
        let names = class.properties.iter().map(|property| property.name.as_str());
        self.sink
            .error(name.span, format!("the class `{}` has no property `{}`", class.name, name.text))
            .suggest(&name.text, names);
    }

    fn misses_elements(&self, class: &Class) -> bool {
        let declared = self.class_names.get(&class.name.to_ascii_lowercase());
        declared.is_some_and(|place| self.is_incomplete(*place))
    }

    /// Every key has a value, and no other instance has the same ones. Embedded instances need no identity.
    fn check_keys(&mut self, syntax: &InstanceDeclaration, instance: &Instance, seen: &mut HashMap<String, Span>) {
        let Some(place) = self.index.get(&instance.class.to_ascii_lowercase()).copied() else { return };
        let class = &self.classes[place];
        let is_embedded = syntax.alias.as_ref().is_some_and(|alias| self.embedded.contains(&alias.text));
        // A property that is unknown may be a misspelt key.
        let is_incomplete =
            syntax.incomplete || syntax.values.iter().any(|(name, _)| class.property(&name.text).is_none());
        if is_embedded || is_incomplete || self.misses_elements(class) || class.keys().next().is_none() {
            return;
        }
        // A value that does not fit its key is reported; so the key is not missing as well.
        let is_given = |key: &str| {
            let mut given = syntax.values.iter().filter(|(_, literal)| !matches!(literal.kind, LiteralKind::Null));
            given.any(|(name, _)| name.text.eq_ignore_ascii_case(key))
        };
        let missing: Vec<_> = class.keys().filter(|key| key.default.is_none() && !is_given(&key.name)).collect();
        if !missing.is_empty() {
            let names: Vec<_> = missing.iter().map(|key| format!("`{}`", key.name)).collect();
            let plural = if names.len() == 1 { "" } else { "s" };
            let message = format!("the instance has no value for the key{plural} {}", names.join(", "));
            self.sink
                .lint(Lint::MissingKey, syntax.class.span, message)
                .label(format!("the keys of `{}` tell its instances apart", class.name));
            return;
        }
        let Some(identity) = identity(class, instance) else { return };
        if let Some(first) = seen.insert(identity, syntax.class.span) {
            self.sink
                .lint(
                    Lint::DuplicateInstance,
                    syntax.class.span,
                    format!("an instance of `{}` with the same keys is declared already", class.name),
                )
                .label("declared again here")
                .related(first, "first declared here");
        }
    }
}

/// Namespace, class and keys as text; `None` when a key has no value.
fn identity(class: &Class, instance: &Instance) -> Option<String> {
    let mut identity = format!("{:?} {}", instance.namespace, class.name);
    for key in class.keys() {
        let given = instance.values.iter().find(|(name, _)| *name == key.name).map(|(_, value)| value);
        let value =
            given.filter(|value| **value != Value::Null).or(key.default.as_ref().filter(|_| given.is_none()))?;
        identity.push_str(&format!(" {}={value}", key.name));
    }
    Some(identity)
}
