//! Enumerate (WS-Enumeration, DSP0226 section 8.2).

use super::associations::AssociationFilter;
use super::contexts::{Held, Lifetime};
use super::enumeration::{Enumeration, Mode, Portion};
use super::epr::{self, Selector, SelectorValue};
use super::fault::{Fault, Kind, Result, kind};
use super::operations::Call;
use super::resource::Resource;
use super::write::{self, Envelope};
use super::{ns, time, xml};
use crate::operation::{Depth, Operation};
use omi::Type;
use omi::class::object_path;
use omi::wql::Select;
use roxmltree::Node;
use std::fmt::Write;
use std::time::{Duration, Instant};

/// What the body of an Enumerate asks for.
struct Wish {
    optimize: bool,
    items: usize,
    mode: Mode,
    depth: Depth,
    filter: Option<Filter>,
    expires: Option<Duration>,
}

enum Filter {
    Query(String),
    Selectors(Vec<Selector>),
    Associations(AssociationFilter),
}

impl Call<'_> {
    /// Starts an enumeration of instances or of class declarations.
    pub(super) fn enumerate(&self, resource: &Resource) -> Result<Envelope> {
        let wish = self.wish()?;
        self.service.contexts.check_quota(self.principal, Instant::now())?;
        let mut enumeration = self.start(resource, &wish)?;
        let mut envelope = self.answer();
        envelope.body.push_str("<n:EnumerateResponse>");
        let place = envelope.body.len();
        let idle = self.service.contexts.idle(wish.expires);
        let mut ended = false;
        if wish.optimize {
            envelope.body.push_str("<w:Items>");
            ended = enumeration.fill(&mut envelope, &self.portion(wish.items), self.service.backend())?;
            envelope.body.push_str(if ended { "</w:Items><w:EndOfSequence/>" } else { "</w:Items>" });
        }
        envelope.body.push_str("</n:EnumerateResponse>");

        // The context stands before the items, but only after them it is known whether one is needed.
        let mut head = String::new();
        if wish.expires.is_some() {
            head.push_str("<n:Expires>");
            time::write_seconds(&mut head, idle);
            head.push_str("</n:Expires>");
        }
        if ended {
            head.push_str("<n:EnumerationContext/>");
        } else {
            let id = {
                let lifetime = Lifetime { until: None, idle: Some(idle) };
                let held = Held::Enumeration(Box::new(enumeration));
                self.service.contexts.open(self.principal, held, lifetime, Instant::now())?
            };
            write::leaf(&mut head, "n:EnumerationContext", &id);
        }
        envelope.body.insert_str(place, &head);
        Ok(envelope)
    }

    fn start(&self, resource: &Resource, wish: &Wish) -> Result<Enumeration> {
        let options = &self.message.options;
        let keys_only = options.keys_only || wish.mode == Mode::Reference;
        let (namespace, operation) = match (resource, &wish.filter) {
            (Resource::Schema, _) => {
                let namespace = self.namespace(None);
                let classes = self.classes(&namespace)?;
                return Ok(Enumeration::of_classes(classes, wish.mode, options.clone()));
            }
            // The filter alone says where to start; clients name all classes or any one.
            (_, Some(Filter::Associations(_))) if wish.depth != Depth::default() => {
                let text = "an association filter takes no PolymorphismMode but IncludeSubClassProperties; \
                            ResultClassName says which classes are wanted";
                return Err(Fault::new(kind::UNSUPPORTED_FEATURE, text));
            }
            (_, Some(Filter::Associations(filter))) => {
                let namespace = self.namespace(filter.namespace());
                let operation = self.associations(&namespace, filter, keys_only)?;
                (namespace, operation)
            }
            (Resource::AllClasses, filter) => {
                let Some(Filter::Query(query)) = filter else {
                    let text = format!(
                        "the resource {} needs a WQL or association filter that says of which class",
                        ns::ALL_CLASSES
                    );
                    return Err(Fault::new(kind::FILTERING_REQUIRED, text));
                };
                (self.namespace(None), Operation::Query(Select::parse(query)?))
            }
            (Resource::Class { name, namespace }, filter) => {
                let namespace = self.namespace(namespace.as_deref());
                let operation = match filter {
                    Some(Filter::Query(query)) => Operation::Query(Select::parse(query)?),
                    Some(Filter::Selectors(selectors)) => {
                        Operation::Query(self.selector_query(&namespace, name, selectors)?)
                    }
                    _ => Operation::Enumerate { class: name.clone(), depth: wish.depth, properties: None, keys_only },
                };
                (namespace, operation)
            }
        };
        let what = match &operation {
            Operation::Query(select) => format!("query {:?} in {namespace}", select.text()),
            Operation::Associators { source, .. } => format!("associators of {} in {namespace}", object_path(source)),
            Operation::References { source, .. } => format!("references of {} in {namespace}", object_path(source)),
            _ => format!("Enumerate in {namespace}"),
        };
        let results = self.submit(&namespace, operation).map_err(|fault| fault.during(&what))?;
        Ok(Enumeration::of_instances(namespace, results, wish.mode, options.clone()))
    }

    /// All classes, or those that derive from the one that the selector `ClassName` names.
    fn classes(&self, namespace: &str) -> Result<Vec<crate::class::SharedClass>> {
        let mut classes = self.service.backend().classes(namespace)?;
        if let Some(base) = self.class_name_selector().filter(|name| !name.is_empty()) {
            let base = self.class(namespace, base)?;
            classes.retain(|class| class.is_a(&base.name) && class.name != base.name);
        }
        Ok(classes)
    }

    /// A selector filter says of each property which value it must have.
    fn selector_query(&self, namespace: &str, name: &str, selectors: &[Selector]) -> Result<Select> {
        let class = self.class(namespace, name)?;
        let mut condition = String::new();
        for selector in selectors {
            let (Some(property), SelectorValue::Text(value)) = (class.property(&selector.name), &selector.value) else {
                let text = format!("{} has no simple property {}", class.name, selector.name);
                return Err(Fault::new(kind::CANNOT_PROCESS_FILTER, text));
            };
            let joint = if condition.is_empty() { "" } else { " AND " };
            let value = match property.kind {
                Type::String | Type::Datetime | Type::Char16 => {
                    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
                }
                kind => match omi::text::parse(kind, value) {
                    Ok(value) => omi::text::display(&value),
                    Err(error) => {
                        let text = format!("{}: {error}", property.name);
                        return Err(Fault::new(kind::CANNOT_PROCESS_FILTER, text));
                    }
                },
            };
            let _ = write!(condition, "{joint}{} = {value}", property.name);
        }
        let condition = (!condition.is_empty()).then_some(condition.as_str());
        Ok(Select::from_parts(&class.name, None, condition)?)
    }

    pub(super) fn portion(&self, items: usize) -> Portion {
        Portion { items, bytes: self.envelope_limit(), deadline: self.deadline }
    }

    pub(super) fn body_named(&self, name: &str) -> Result<Node<'_, '_>> {
        self.message.body.filter(|body| xml::is(*body, ns::ENUMERATION, name)).ok_or_else(|| {
            Fault::new(kind::SCHEMA_VALIDATION, format!("the body must be {name} of {}", ns::ENUMERATION))
        })
    }

    fn wish(&self) -> Result<Wish> {
        let body = self.body_named("Enumerate")?;
        let text = |namespace, name| xml::child(body, namespace, name).map(|node| xml::text(node).into_owned());
        let optimize = xml::child(body, ns::WSMAN, "OptimizeEnumeration").is_some();
        Ok(Wish {
            optimize,
            items: item_count(xml::child(body, ns::WSMAN, "MaxElements"))?,
            mode: Mode::parse(&text(ns::WSMAN, "EnumerationMode").unwrap_or_default())?,
            depth: depth(&text(ns::CIM_BINDING, "PolymorphismMode").unwrap_or_default())?,
            filter: filter(body)?,
            expires: time_span(xml::child(body, ns::ENUMERATION, "Expires"), kind::INVALID_EXPIRATION_TIME)?,
        })
    }
}

/// DSP0227 section 9.3.
fn depth(word: &str) -> Result<Depth> {
    match word {
        "" | "IncludeSubClassProperties" => Ok(Depth::IncludeSubclassProperties),
        "ExcludeSubClassProperties" => Ok(Depth::ExcludeSubclassProperties),
        "None" => Ok(Depth::None),
        other => {
            let text = format!("the polymorphism mode {other:?} is not known");
            Err(Fault::new(kind::UNSUPPORTED_FEATURE, text))
        }
    }
}

fn filter(body: Node<'_, '_>) -> Result<Option<Filter>> {
    let node = xml::child(body, ns::WSMAN, "Filter").or_else(|| xml::child(body, ns::ENUMERATION, "Filter"));
    let Some(node) = node else { return Ok(None) };
    match node.attribute("Dialect").map(str::trim) {
        Some(ns::dialect::WQL | ns::dialect::CQL) => Ok(Some(Filter::Query(xml::text(node).into_owned()))),
        Some(ns::dialect::SELECTOR) => match xml::child(node, ns::WSMAN, "SelectorSet") {
            Some(set) => Ok(Some(Filter::Selectors(epr::read_selectors(set)?))),
            None => Err(Fault::new(kind::CANNOT_PROCESS_FILTER, "a selector filter needs a w:SelectorSet")),
        },
        Some(ns::dialect::ASSOCIATION) => Ok(Some(Filter::Associations(AssociationFilter::read(node)?))),
        other => {
            let text = format!(
                "the filter dialect {} is not known; there are {}, {} and {}",
                other.unwrap_or("(none)"),
                ns::dialect::WQL,
                ns::dialect::SELECTOR,
                ns::dialect::ASSOCIATION
            );
            Err(Fault::new(kind::FILTER_DIALECT_UNAVAILABLE, text))
        }
    }
}

/// DSP0226 section 8.2.3: one, unless the client says more.
pub(super) fn item_count(node: Option<Node<'_, '_>>) -> Result<usize> {
    let Some(node) = node else { return Ok(1) };
    let text = xml::text(node);
    match text.parse::<u64>() {
        Ok(count) if count > 0 => Ok(usize::try_from(count).unwrap_or(usize::MAX)),
        _ => Err(Fault::new(kind::SCHEMA_VALIDATION, format!("MaxElements {text:?} is not a number from 1"))),
    }
}

/// A duration; a point in time counts from now.
///
/// # Errors
/// A fault of the given kind for anything else, and for a time that is over.
pub(super) fn time_span(node: Option<Node<'_, '_>>, wrong: &'static Kind) -> Result<Option<Duration>> {
    let Some(node) = node else { return Ok(None) };
    let text = xml::text(node);
    let length = time::parse_duration(&text).or_else(|| {
        let at = time::parse(&text)?.to_system_time()?;
        at.duration_since(std::time::SystemTime::now()).ok()
    });
    match length {
        Some(length) if !length.is_zero() => Ok(Some(length)),
        _ => {
            let name = node.tag_name().name();
            let text = format!("{name} {text:?} is neither a duration such as PT600S nor a time in the future");
            Err(Fault::new(wrong, text))
        }
    }
}
