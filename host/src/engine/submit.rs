//! From a request to the provider calls that serve it.

use super::call::{Action, Settings, Traversal};
use super::catalogue::Entries;
use super::check;
use super::lifecycle;
use super::namespace::{Entry, Namespace};
use super::run::{Leg, Pick, Unanswered};
use super::shape::{Form, Shaping};
use super::subscription::{Kind, Source};
use crate::class::{Class, PropertyDeclaration, SharedClass};
use crate::operation::{Depth, Operation, Request};
use omi::wql::Select;
use omi::{Error, Instance, Property, Result};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// What a request becomes.
pub(crate) struct Plan {
    pub shaping: Shaping,
    pub settings: Settings,
    pub work: Work,
}

/// What there is to do.
pub(crate) enum Work {
    /// Provider calls, one after the other.
    Calls(Vec<Leg>),
    /// Subscriptions to all of these.
    Subscription { bookmark: Option<String>, sources: Vec<Source> },
}

/// Checks a request and plans its calls. Loads the libraries of the classes that it names.
///
/// # Errors
/// What is wrong with the request.
pub(crate) fn plan(namespace: &Arc<Namespace>, request: Request) -> Result<Plan> {
    let Request { principal, namespace: _, locale, data_locale, options, deadline, operation, listener } = request;
    let settings = Settings { principal, locale, data_locale, options, listener };
    let shaping = Shaping::whole(namespace.clone());
    let planner = Planner { namespace, deadline, shaping };
    let (shaping, legs) = match operation {
        Operation::Enumerate { class, depth, properties, keys_only } => {
            planner.enumerate(&class, depth, properties, keys_only)?
        }
        Operation::Query(select) => planner.query(select)?,
        Operation::Get { key, properties } => planner.get(&key, properties)?,
        Operation::Create { instance } => planner.create(&instance)?,
        Operation::Modify { instance, modified } => planner.modify(&instance, modified)?,
        Operation::Delete { key } => planner.delete(&key)?,
        Operation::Invoke { class, target, method, parameters } => {
            planner.invoke(&class, target.as_ref(), &method, &parameters)?
        }
        Operation::Associators { source, association, result_class, role, result_role, properties, keys_only } => {
            let traversal = Traversal { result_class, role, result_role, properties, keys_only, ..from(source) };
            planner.associations(traversal, association.as_deref(), Action::Associators)?
        }
        Operation::References { source, association, role, properties, keys_only } => {
            let traversal = Traversal { role, properties, keys_only, ..from(source) };
            planner.associations(traversal, association.as_deref(), Action::References)?
        }
        Operation::Subscribe { query, bookmark } => {
            let (shaping, sources) = planner.subscribe(query)?;
            return Ok(Plan { shaping, settings, work: Work::Subscription { bookmark, sources } });
        }
    };
    Ok(Plan { shaping, settings, work: Work::Calls(legs) })
}

struct Planner<'a> {
    namespace: &'a Namespace,
    deadline: Option<Instant>,
    shaping: Shaping,
}

type Planned = Result<(Shaping, Vec<Leg>)>;

impl Planner<'_> {
    fn class(&self, name: &str) -> Result<SharedClass> {
        self.namespace.class(name, self.deadline)
    }

    /// The provider of a class, and which of its entries it has.
    fn provider(&self, class: &str) -> Result<(&Entry, Entries)> {
        let entry = self.namespace.provider(class)?;
        let catalogue = entry.library.catalogue(self.deadline)?;
        let entries = catalogue.entries(class).ok_or_else(|| self.namespace.no_provider(class))?;
        Ok((entry, entries))
    }

    fn enumerate(self, class: &str, depth: Depth, properties: Option<Vec<String>>, keys_only: bool) -> Planned {
        let class = self.class(class)?;
        check::properties(&class, properties.as_deref())?;
        let action = || Action::Enumerate { properties: properties.clone(), keys_only, filter: None };
        let legs = self.tree(&class, depth, action)?;
        let form = match depth {
            Depth::ExcludeSubclassProperties => Form::As(class),
            Depth::IncludeSubclassProperties | Depth::None => Form::AsPosted,
        };
        let properties = if keys_only { Some(Vec::new()) } else { properties };
        Ok((Shaping { form, properties, ..self.shaping }, legs))
    }

    fn query(self, select: Select) -> Planned {
        let class = self.class(select.class())?;
        check::query(&class, &select)?;
        if select.within().is_some() {
            return Err(Error::invalid_query("WITHIN is for subscriptions to events; a query is answered once"));
        }
        let select = Arc::new(select);
        // The provider needs what the condition looks at, too.
        let needed: Option<Vec<String>> = select.properties().map(|_| select.mentioned().map(str::to_owned).collect());
        let filter = Some(select.clone());
        let action = || Action::Enumerate { properties: needed.clone(), keys_only: false, filter: filter.clone() };
        let legs = self.tree(&class, Depth::IncludeSubclassProperties, action)?;
        let properties = select.properties().map(|names| names.iter().map(|name| outermost(name)).collect());
        Ok((Shaping { filter: Some(select), properties, ..self.shaping }, legs))
    }

    /// An enumeration of each provider that a class and its subclasses have.
    fn tree(&self, class: &SharedClass, depth: Depth, action: impl Fn() -> Action) -> Result<Vec<Leg>> {
        let wanted = |entry: &&Entry| depth != Depth::None || entry.class().eq_ignore_ascii_case(&class.name);
        let entries = self.namespace.subtree(&class.name).filter(wanted);
        let legs: Vec<Leg> = entries.map(|entry| leg(entry, action(), Pick::All)).collect();
        if legs.is_empty() { Err(self.namespace.no_provider(&class.name)) } else { Ok(legs) }
    }

    fn get(self, key: &Instance, properties: Option<Vec<String>>) -> Planned {
        let class = self.class(key.class_name())?;
        check::properties(&class, properties.as_deref())?;
        let key = check::key(&class, key)?;
        let (entry, entries) = self.provider(&class.name)?;
        let legs = vec![get_leg(entry, entries, key, properties.clone())];
        Ok((Shaping { properties, ..self.shaping }, legs))
    }

    fn create(self, instance: &Instance) -> Planned {
        let class = self.class(instance.class_name())?;
        let instance = check::instance(&class, instance)?;
        let (entry, _) = self.provider(&class.name)?;
        let legs = vec![leg(entry, Action::Create { instance }, Pick::All)];
        Ok((self.shaping, legs))
    }

    fn modify(self, instance: &Instance, modified: Option<Vec<String>>) -> Planned {
        let class = self.class(instance.class_name())?;
        check::properties(&class, modified.as_deref())?;
        let key = check::key(&class, instance)?;
        let instance = check::instance(&class, instance)?;
        let (entry, entries) = self.provider(&class.name)?;
        // Said explicitly, because a property that is set to NULL looks like one that is not given.
        let modified = modified.unwrap_or_else(|| {
            let given = instance.properties().iter().filter(|it| !it.is_key());
            given.map(|Property { name, .. }| name.to_string()).collect()
        });
        let mut first = leg(entry, Action::Modify { instance, modified: Some(modified) }, Pick::All);
        if entries.get || entries.enumerate {
            first.otherwise = Some((Unanswered::Done, Box::new(get_leg(entry, entries, key, None))));
        }
        let legs = vec![first];
        Ok((self.shaping, legs))
    }

    fn delete(self, key: &Instance) -> Planned {
        let class = self.class(key.class_name())?;
        let key = check::key(&class, key)?;
        let (entry, _) = self.provider(&class.name)?;
        let legs = vec![leg(entry, Action::Delete { key }, Pick::Nothing)];
        Ok((self.shaping, legs))
    }

    fn invoke(self, class: &str, target: Option<&Instance>, method: &str, parameters: &Instance) -> Planned {
        let class = self.class(class)?;
        let method = check::method(&class, method)?;
        let target = target.map(|target| check::key(&class, target)).transpose()?;
        if target.is_none() && !method.is_static() {
            return Err(Error::invalid_parameter(format!(
                "{}.{} is called on an instance; the request names none",
                class.name, method.name
            )));
        }
        let parameters = check::parameters(&class, &method, parameters)?;
        let (entry, _) = self.provider(&class.name)?;
        let action = Action::Invoke { method: method.name.clone(), target, parameters };
        let legs = vec![leg(entry, action, Pick::All)];
        Ok((Shaping { form: Form::Results(method.into_owned()), ..self.shaping }, legs))
    }

    fn subscribe(self, select: Select) -> Result<(Shaping, Vec<Source>)> {
        let types = lifecycle::types(select.class());
        let class = if types == 0 { self.class(select.class())? } else { lifecycle::class(select.class()).into() };
        check::query(&class, &select)?;
        let mut sources: Vec<Source> =
            self.namespace.indications(&class.name).map(|entry| source(entry, Kind::Own)).collect();
        if types != 0 {
            sources.extend(self.instance_providers(&select)?.map(|entry| source(entry, Kind::Lifecycle(types))));
        }
        if sources.is_empty() {
            let text = format!("no provider posts indications of {} in {}", class.name, self.namespace.name);
            return Err(Error::not_supported(text));
        }
        let properties = select.properties().map(|names| names.iter().map(|name| outermost(name)).collect());
        Ok((Shaping { filter: Some(Arc::new(select)), properties, ..self.shaping }, sources))
    }

    /// The providers of the instances that a query for lifecycle indications is about. Without ISA these are all, and are
    /// loaded: a provider that is not could not say what happens to its instances.
    fn instance_providers(&self, select: &Select) -> Result<impl Iterator<Item = &Entry>> {
        let class = lifecycle::source_class(select).map(|name| self.class(name)).transpose()?;
        let is_wanted =
            move |entry: &&Entry| class.as_ref().is_none_or(|class| self.namespace.derives(entry.class(), &class.name));
        Ok(self.namespace.providers().filter(is_wanted))
    }

    /// One call for each association class that leads away from the source.
    fn associations(
        self,
        traversal: Traversal,
        association: Option<&str>,
        action: impl Fn(Traversal) -> Action,
    ) -> Planned {
        let class = self.class(traversal.source.class_name())?;
        let association = association.map(|name| self.class(name)).transpose()?;
        let result_class = traversal.result_class.as_deref().map(|name| self.class(name)).transpose()?;
        let traversal = Traversal {
            source: check::key(&class, &traversal.source)?,
            ancestors: class.ancestors.clone(),
            result_class: result_class.map(|it| it.name.to_string()),
            ..traversal
        };
        let mut legs = Vec::new();
        for entry in self.namespace.associations(&class.name, association.as_ref().map(|it| &*it.name)) {
            if leads_away(&*self.class(entry.class())?, &class, &traversal) {
                legs.push(leg(entry, action(traversal.clone()), Pick::Any));
            }
        }
        let Traversal { properties, keys_only, result_class, .. } = traversal;
        let properties = if keys_only { Some(Vec::new()) } else { properties };
        Ok((Shaping { properties, class: result_class, delivered: Some(Mutex::default()), ..self.shaping }, legs))
    }
}

fn source(entry: &Entry, kind: Kind) -> Source {
    Source { library: entry.library.clone(), class: entry.class().clone(), kind }
}

/// Whether an association has an end for the source, and another one, in the roles that the client wants.
fn leads_away(association: &Class, source: &Class, wanted: &Traversal) -> bool {
    let is = |end: &PropertyDeclaration, role: &Option<String>| {
        role.as_ref().is_none_or(|role| end.name.eq_ignore_ascii_case(role))
    };
    let starts = |end: &PropertyDeclaration| {
        is(end, &wanted.role) && end.class_name.as_ref().is_some_and(|class| source.is_a(class))
    };
    association
        .references()
        .filter(|end| starts(end))
        .any(|start| association.references().any(|end| end.name != start.name && is(end, &wanted.result_role)))
}

/// A traversal of all associations of an instance.
fn from(source: Instance) -> Traversal {
    Traversal {
        source,
        ancestors: Vec::new(),
        result_class: None,
        role: None,
        result_role: None,
        properties: None,
        keys_only: false,
    }
}

fn leg(entry: &Entry, action: Action, pick: Pick) -> Leg {
    let (library, declaration) = (entry.library.clone(), entry.declaration.clone());
    Leg { library, class: entry.class().clone(), declaration, action, pick, otherwise: None }
}

/// A provider without GetInstance is enumerated, as omiserver does it; also one whose entry only says that it is not
/// supported, as generated ones do.
fn get_leg(entry: &Entry, entries: Entries, key: Instance, properties: Option<Vec<String>>) -> Leg {
    let search = entries.enumerate.then(|| {
        let action = Action::Enumerate { properties: properties.clone(), keys_only: false, filter: None };
        leg(entry, action, Pick::Key(key.clone()))
    });
    match search {
        Some(search) if !entries.get => search,
        search => {
            let mut get = leg(entry, Action::Get { key, properties }, Pick::All);
            get.otherwise = search.map(|search| (Unanswered::NotSupported, Box::new(search)));
            get
        }
    }
}

/// `TargetInstance.Name` selects `TargetInstance`.
pub(super) fn outermost(path: &str) -> String {
    path.split_once('.').map_or(path, |(outer, _)| outer).to_owned()
}
