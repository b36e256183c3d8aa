//! Association filters.

use super::fake::{Fake, content, envelope, pretty, send};
use crate::operation::Operation;
use crate::wsman::ns;

fn object(selectors: &str) -> String {
    format!(
        "<b:Object><a:Address>{}</a:Address><a:ReferenceParameters><w:ResourceURI>{}X_Thing</w:ResourceURI>\
         <w:SelectorSet><w:Selector Name='__cimnamespace'>root/cimv2</w:Selector>{selectors}</w:SelectorSet>\
         </a:ReferenceParameters></b:Object>",
        ns::ANONYMOUS,
        ns::CLASS_PREFIX
    )
}

fn thing_1() -> String {
    object("<w:Selector Name='id'>1</w:Selector>")
}

fn enumerate(content: &str, filter: &str) -> String {
    let dialect = ns::dialect::ASSOCIATION;
    let body = format!("<n:Enumerate>{content}<w:Filter Dialect='{dialect}'>{filter}</w:Filter></n:Enumerate>");
    envelope("Enumerate", ns::ALL_CLASSES, "", &body)
}

const OPTIMIZED: &str = "<w:OptimizeEnumeration/><w:MaxElements>100</w:MaxElements>";

#[test]
fn all_parts_of_a_filter_for_associated_instances_reach_the_operation() {
    let fake = Fake::new(3);
    let filter = format!(
        "<b:AssociatedInstances>{}<b:AssociationClassName>X_Link</b:AssociationClassName><b:Role>Thing</b:Role>\
         <b:ResultClassName>X_Part</b:ResultClassName><b:ResultRole>Other</b:ResultRole>\
         <b:IncludeResultProperty>Name</b:IncludeResultProperty><b:IncludeResultProperty>Since</b:IncludeResultProperty>\
         </b:AssociatedInstances>",
        thing_1()
    );
    let (status, answer) = send(&fake.service(), &enumerate(OPTIMIZED, &filter));
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer.matches("<p:X_Thing ").count(), 2);
    let operation = fake.last_request().operation;
    let Operation::Associators { source, association, result_class, role, result_role, properties, keys_only } =
        operation
    else {
        panic!("{operation:?}")
    };
    assert_eq!(source.get("Id"), Some(&omi::Value::Uint32(1)), "the key has its declared type");
    assert_eq!(source.namespace(), Some("root/cimv2"));
    let texts = [association, result_class, role, result_role].map(Option::unwrap_or_default);
    assert_eq!(texts, ["X_Link", "X_Part", "Thing", "Other"]);
    assert_eq!(properties, Some(vec!["Name".to_owned(), "Since".to_owned()]));
    assert!(!keys_only);
}

#[test]
fn associations_themselves_are_asked_for_by_their_result_class() {
    let fake = Fake::new(3);
    let filter = format!(
        "<b:AssociationInstances>{}<b:ResultClassName>X_Link</b:ResultClassName><b:Role>Thing</b:Role>\
         </b:AssociationInstances>",
        thing_1()
    );
    let mode = format!("{OPTIMIZED}<w:EnumerationMode>EnumerateObjectAndEPR</w:EnumerationMode>");
    let (status, answer) = send(&fake.service(), &enumerate(&mode, &filter));
    assert_eq!(status, 200, "{answer}");
    insta::assert_snapshot!(pretty(&answer));
    let operation = fake.last_request().operation;
    let Operation::References { association, role, properties, .. } = operation else { panic!("{operation:?}") };
    assert_eq!((association.as_deref(), role.as_deref(), properties), (Some("X_Link"), Some("Thing"), None));
}

#[test]
fn associated_instances_are_pulled_piece_by_piece_and_as_references() {
    let fake = Fake::new(4);
    let service = fake.service();
    let filter = format!("<b:AssociatedInstances>{}</b:AssociatedInstances>", thing_1());
    let mode = "<w:EnumerationMode>EnumerateEPR</w:EnumerationMode>";
    let (_, answer) = send(&service, &enumerate(mode, &filter));
    assert!(matches!(fake.last_request().operation, Operation::Associators { keys_only: true, .. }));
    let id = content(&answer, "n:EnumerationContext");
    let body =
        format!("<n:Pull><n:EnumerationContext>{id}</n:EnumerationContext><n:MaxElements>2</n:MaxElements></n:Pull>");
    let pull = envelope("Pull", ns::ALL_CLASSES, "", &body);
    let counts: Vec<_> = (0..2).map(|_| send(&service, &pull).1.matches("<a:EndpointReference>").count()).collect();
    assert_eq!(counts, [2, 1]);
    assert!(service.contexts.is_empty());
}

#[test]
fn wrong_association_filters_say_what_is_missing() {
    let service = Fake::new(1).service();
    let wrap = |inner: &str| format!("<b:AssociatedInstances>{inner}</b:AssociatedInstances>");
    for (filter, subcode, text) in [
        (String::new(), "n:CannotProcessFilter", "either b:AssociatedInstances or b:AssociationInstances"),
        (wrap(""), "n:CannotProcessFilter", "needs b:Object"),
        (wrap("<b:Object/>"), "n:CannotProcessFilter", "lacks a:ReferenceParameters"),
        (wrap(&object("")), "n:CannotProcessFilter", "X_Thing without its keys: Id"),
        (wrap(&object("<w:Selector Name='No'>1</w:Selector>")), "w:InvalidSelectors", "X_Thing has no key No"),
        (wrap(&thing_1().replace("X_Thing", "X_Nope")), "a:DestinationUnreachable", "X_Nope"),
        (wrap(&thing_1()), "a:DestinationUnreachable", "associators of X_Thing"),
    ] {
        let (status, answer) = send(&service, &enumerate(OPTIMIZED, &filter));
        assert_eq!(status, 500);
        assert!(answer.contains(&format!("<s:Value>{subcode}</s:Value>")) && answer.contains(text), "{answer}");
    }
    let mode = "<b:PolymorphismMode>None</b:PolymorphismMode>";
    let (_, answer) = send(&service, &enumerate(mode, &wrap(&thing_1())));
    assert!(
        answer.contains("<s:Value>w:UnsupportedFeature</s:Value>") && answer.contains("ResultClassName"),
        "{answer}"
    );
}
