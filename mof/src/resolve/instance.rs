//! Instance declarations.

use super::{Resolver, is_new};
use crate::model::Instance;
use crate::syntax::{InstanceDeclaration, Name};
use std::collections::HashMap;

impl Resolver<'_> {
    pub(super) fn resolve_instances(&mut self) -> Vec<Instance> {
        let instances = std::mem::take(&mut self.instances);
        instances.into_iter().map(|(syntax, namespace)| self.instance(syntax, namespace)).collect()
    }

    fn instance(&mut self, syntax: &InstanceDeclaration, namespace: Option<&str>) -> Instance {
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
        Instance { class: class_name, alias, namespace: namespace.map(str::to_owned), values }
    }

    fn report_unknown_property(&mut self, class: usize, name: &Name) {
        let declared = self.class_names.get(&self.classes[class].name.to_ascii_lowercase());
        if declared.is_some_and(|place| self.is_incomplete(*place)) {
            return;
        }
        let class = &self.classes[class];
        let names = class.properties.iter().map(|property| property.name.as_str());
        self.sink
            .error(name.span, format!("the class `{}` has no property `{}`", class.name, name.text))
            .suggest(&name.text, names);
    }
}
