//! Association filters (DSP0227 section 8.2): the instances associated with an instance, or the associations themselves.

use super::decode::Decoder;
use super::epr::{self, Reference};
use super::fault::{Fault, Result, kind};
use super::operations::Call;
use super::{ns, xml};
use crate::operation::Operation;
use omi::Name;
use roxmltree::Node;

/// A filter of the association dialect.
pub(super) struct AssociationFilter {
    /// Whether the associations are wanted rather than what they lead to.
    references: bool,
    object: Reference,
    association: Option<String>,
    role: Option<String>,
    result_class: Option<String>,
    result_role: Option<String>,
    properties: Option<Vec<String>>,
}

impl AssociationFilter {
    /// Reads what stands in `w:Filter`.
    ///
    /// # Errors
    /// CannotProcessFilter that names what is missing.
    pub(super) fn read(filter: Node<'_, '_>) -> Result<Self> {
        let find = |name| xml::child(filter, ns::CIM_BINDING, name);
        let (node, references) = match (find("AssociatedInstances"), find("AssociationInstances")) {
            (Some(node), None) => (node, false),
            (None, Some(node)) => (node, true),
            _ => return Err(wrong("needs either b:AssociatedInstances or b:AssociationInstances")),
        };
        let object = xml::child(node, ns::CIM_BINDING, "Object")
            .ok_or_else(|| wrong("needs b:Object, a reference to the instance to start from"))?;
        // Some clients put the reference's content into b:Object, some the whole a:EndpointReference.
        let object = epr::read(xml::child(object, ns::ADDRESSING, "EndpointReference").unwrap_or(object))
            .map_err(|fault| wrong(&format!("has a wrong b:Object: {}", fault.error.message())))?;
        let text = |name| {
            let node = xml::child(node, ns::CIM_BINDING, name)?;
            Some(xml::text(node).into_owned()).filter(|text| !text.is_empty())
        };
        let wanted = xml::elements(node).filter(|it| xml::is(*it, ns::CIM_BINDING, "IncludeResultProperty"));
        let properties: Vec<String> = wanted.map(|it| xml::text(it).into_owned()).collect();
        Ok(Self {
            references,
            object,
            association: text("AssociationClassName"),
            role: text("Role"),
            result_class: text("ResultClassName"),
            result_role: text("ResultRole"),
            properties: (!properties.is_empty()).then_some(properties),
        })
    }

    /// The namespace of the instance to start from.
    pub(super) fn namespace(&self) -> Option<&str> {
        self.object.namespace.as_deref()
    }
}

fn wrong(what: &str) -> Fault {
    Fault::new(kind::CANNOT_PROCESS_FILTER, format!("the association filter {what}"))
}

impl Call<'_> {
    /// The operation of an association filter.
    pub(super) fn associations(
        &self,
        namespace: &Name,
        filter: &AssociationFilter,
        keys_only: bool,
    ) -> Result<Operation> {
        let class = self.class(filter.namespace().unwrap_or(namespace), &filter.object.class)?;
        if filter.object.selectors.is_empty() && class.keys().next().is_some() {
            let keys: Vec<&str> = class.keys().map(|key| key.name.as_ref()).collect();
            return Err(wrong(&format!("has a b:Object of {} without its keys: {}", class.name, keys.join(", "))));
        }
        let backend = self.service.backend();
        let decoder = Decoder { class: &|other, name| backend.class(other.unwrap_or(namespace), name).ok() };
        let source = decoder.reference(&filter.object)?;
        let (role, properties) = (filter.role.clone(), filter.properties.clone());
        let result_class = filter.result_class.clone();
        Ok(match filter.references {
            // The results are associations, so DSP0227 names their class in ResultClassName.
            true => Operation::References {
                source,
                association: result_class.or_else(|| filter.association.clone()),
                role,
                properties,
                keys_only,
            },
            false => Operation::Associators {
                source,
                association: filter.association.clone(),
                result_class,
                role,
                result_role: filter.result_role.clone(),
                properties,
                keys_only,
            },
        })
    }
}
