//! What a class says but should say better: descriptions, units, value maps.

use super::Resolver;
use super::check::own;
use crate::lint::Lint;
use crate::literal;
use crate::model::{Property, Qualifiers};
use crate::syntax::{Element, LiteralKind, Name};
use crate::types::{Primitive, Type};

impl Resolver<'_> {
    pub(super) fn check_description(&mut self, name: &Name, what: &str, qualifiers: &Qualifiers) {
        if qualifiers.text("Description").is_some_and(|text| !text.trim().is_empty()) {
            return;
        }
        self.sink
            .lint(Lint::MissingDescription, name.span, format!("the {what} `{}` has no description", name.text))
            .help("say what it is and where it comes from: `[Description(\"...\")]`");
    }

    /// A number needs a unit, unless it stands for something else.
    pub(super) fn check_unit(&mut self, name: &Name, property: &Property) {
        const EXPLAINING: [&str; 8] =
            ["PUnit", "Units", "IsPUnit", "ValueMap", "Values", "BitMap", "BitValues", "OctetString"];
        let is_number = property
            .kind
            .primitive()
            .is_some_and(|it| it.integer_range().is_some() || matches!(it, Primitive::Real32 | Primitive::Real64));
        let is_explained = EXPLAINING.iter().any(|qualifier| property.qualifiers.get(qualifier).is_some());
        if !is_number || is_explained || property.is_key() {
            return;
        }
        self.sink
            .lint(Lint::MissingUnit, name.span, format!("the number `{}` has no unit", name.text))
            .help("give it one, such as `[PUnit(\"byte\")]`, `[PUnit(\"second * 10^-3\")]` or `[PUnit(\"count\")]`");
    }

    /// ValueMap and Values belong together, entry by entry.
    pub(super) fn check_value_map(&mut self, element: &Element, qualifiers: &Qualifiers, kind: &Type) {
        let (map_usage, values_usage) = (own(element, "ValueMap"), own(element, "Values"));
        let (Some(map), values) = (qualifiers.get("ValueMap"), qualifiers.get("Values")) else { return };
        if let (Some(values), Some(usage)) = (values, values_usage.or(map_usage)) {
            let [map, values] = [map, values].map(|qualifier| qualifier.value.elements().len());
            if map != values {
                self.sink
                    .lint(
                        Lint::ValueMapLength,
                        usage.name.span,
                        format!("`{}` has {values} Values for a ValueMap of {map}", element.name.text),
                    )
                    .label("expected one text for each entry of the ValueMap");
            }
        }
        let Some(LiteralKind::Array(entries)) =
            map_usage.and_then(|usage| usage.value.as_ref()).map(|value| &value.kind)
        else {
            return;
        };
        let Some(range) = kind.primitive().and_then(Primitive::integer_range) else { return };
        for entry in entries {
            if let LiteralKind::String(text) = &entry.kind
                && !is_map_entry(text, range)
            {
                self.sink
                    .lint(Lint::ValueMapEntry, entry.span, format!("\"{text}\" is no ValueMap entry for {kind}"))
                    .label(format!("expected a number from {} to {}, or a range like \"5..9\"", range.0, range.1));
            }
        }
    }
}

/// `5`, `5..9`, `..9`, `5..` or `..` (DSP0004, qualifier ValueMap).
fn is_map_entry(text: &str, (least, greatest): (i128, i128)) -> bool {
    let number = |text: &str| literal::whole_number(text).is_some_and(|number| (least..=greatest).contains(&number));
    match text.split_once("..") {
        Some((from, to)) => (from.is_empty() || number(from)) && (to.is_empty() || number(to)),
        None => number(text),
    }
}
