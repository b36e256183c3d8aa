//! Enumerate, Pull and Release.

use super::fake::{Fake, content, envelope, pretty, selectors, send};
use crate::operation::{Depth, Operation, Principal};
use crate::wsman::{contexts::ContextLimits, ns, service::Service, service::Settings};

fn enumerate(body: &str) -> String {
    envelope("Enumerate", "X_Thing", "", &format!("<n:Enumerate>{body}</n:Enumerate>"))
}

fn pull(id: &str, body: &str) -> String {
    let body = format!("<n:Pull><n:EnumerationContext>{id}</n:EnumerationContext>{body}</n:Pull>");
    envelope("Pull", "X_Thing", "", &body)
}

fn count(answer: &str) -> usize {
    answer.matches("<p:X_Thing ").count()
}

fn is_last(answer: &str) -> bool {
    answer.contains(":EndOfSequence/>")
}

const OPTIMIZED: &str = "<w:OptimizeEnumeration/><w:MaxElements>32000</w:MaxElements>";

#[test]
fn a_short_enumeration_is_one_answer_without_a_context() {
    let fake = Fake::new(2);
    let service = fake.service();
    let mode = "<w:EnumerationMode>EnumerateObjectAndEPR</w:EnumerationMode>";
    let (status, answer) = send(&service, &enumerate(&format!("{OPTIMIZED}{mode}")));
    assert_eq!(status, 200);
    insta::assert_snapshot!(pretty(&answer));
    assert!(service.contexts.is_empty());
    assert_eq!(fake.running(), 0);
}

#[test]
fn without_optimization_the_first_answer_is_only_a_context() {
    let service = Fake::new(3).service();
    let (_, answer) = send(&service, &enumerate("<w:MaxElements>5</w:MaxElements>"));
    assert_eq!(count(&answer), 0);
    let id = content(&answer, "n:EnumerationContext");
    assert_eq!(id.len(), 32);
    let (_, answer) = send(&service, &pull(&id, "<n:MaxElements>2</n:MaxElements>"));
    assert_eq!((count(&answer), is_last(&answer)), (2, false));
    assert_eq!(content(&answer, "n:EnumerationContext"), id);
    let (_, answer) = send(&service, &pull(&id, "<n:MaxElements>2</n:MaxElements>"));
    assert_eq!((count(&answer), is_last(&answer)), (1, true));
    assert!(!answer.contains("EnumerationContext"));
}

#[test]
fn one_element_is_the_default() {
    let service = Fake::new(1).service();
    let (_, answer) = send(&service, &enumerate("<w:OptimizeEnumeration/>"));
    assert_eq!((count(&answer), is_last(&answer)), (1, true));
    let service = Fake::new(2).service();
    let (_, answer) = send(&service, &enumerate("<w:OptimizeEnumeration/>"));
    assert_eq!((count(&answer), is_last(&answer)), (1, false));
}

#[test]
fn answers_are_cut_at_the_envelope_size_and_nothing_is_lost() {
    let service = Fake::new(500).service();
    let small = "<w:MaxEnvelopeSize>8192</w:MaxEnvelopeSize>";
    let request = envelope("Enumerate", "X_Thing", small, &format!("<n:Enumerate>{OPTIMIZED}</n:Enumerate>"));
    let (_, mut answer) = send(&service, &request);
    let mut total = count(&answer);
    while !is_last(&answer) {
        assert!(answer.len() <= 8192, "{} bytes", answer.len());
        let id = content(&answer, "n:EnumerationContext");
        let request = pull(&id, "<n:MaxElements>32000</n:MaxElements>");
        let request = request.replace("<a:MessageID>", &format!("{small}<a:MessageID>"));
        (_, answer) = send(&service, &request);
        total += count(&answer);
    }
    assert_eq!(total, 500);
}

#[test]
fn released_and_foreign_contexts_are_unknown_and_release_cancels() {
    let fake = Fake::new(3);
    let service = fake.service();
    let (_, answer) = send(&service, &enumerate(""));
    let id = content(&answer, "n:EnumerationContext");
    assert_eq!(fake.running(), 1);
    let eve = Principal::authenticated("eve");
    let foreign = String::from_utf8(service.answer(&eve, pull(&id, "").as_bytes(), None).body).unwrap();
    assert!(foreign.contains("<s:Value>n:InvalidEnumerationContext</s:Value>"), "{foreign}");
    let body = format!("<n:Release><n:EnumerationContext>{id}</n:EnumerationContext></n:Release>");
    let release = envelope("Release", "X_Thing", "", &body);
    let (status, answer) = send(&service, &release);
    assert_eq!((status, pretty(&answer).as_str()), (200, ""));
    assert_eq!(fake.running(), 0);
    assert_eq!(send(&service, &release).0, 500);
    let (_, answer) = send(&service, &pull(&id, ""));
    assert!(answer.contains("<s:Value>n:InvalidEnumerationContext</s:Value>"), "{answer}");
}

#[test]
fn too_many_enumerations_are_refused_before_they_start() {
    let fake = Fake::new(3);
    let contexts = ContextLimits { per_principal: 1, ..ContextLimits::default() };
    let service = Service::new(fake.clone(), Settings { contexts, ..Settings::default() });
    assert_eq!(send(&service, &enumerate("")).0, 200);
    let (status, answer) = send(&service, &enumerate(""));
    assert_eq!(status, 500);
    assert!(answer.contains("<s:Value>w:QuotaLimit</s:Value>"), "{answer}");
    assert_eq!(fake.requests.lock().unwrap().len(), 1);
}

#[test]
fn expires_is_answered_and_at_most_the_servers_own_limit() {
    let service = Fake::new(3).service();
    let (_, answer) = send(&service, &enumerate("<n:Expires>PT60S</n:Expires>"));
    assert_eq!(content(&answer, "n:Expires"), "PT60S");
    let (_, answer) = send(&service, &enumerate("<n:Expires>P1D</n:Expires>"));
    assert_eq!(content(&answer, "n:Expires"), "PT600S");
    let (_, answer) = send(&service, &enumerate("<n:Expires>soon</n:Expires>"));
    assert!(answer.contains("<s:Value>n:InvalidExpirationTime</s:Value>"), "{answer}");
}

#[test]
fn modes_reach_the_operation() {
    let fake = Fake::new(1);
    let service = fake.service();
    let keys = "<w:EnumerationMode>EnumerateEPR</w:EnumerationMode><b:PolymorphismMode>None</b:PolymorphismMode>";
    let (_, answer) = send(&service, &enumerate(&format!("{OPTIMIZED}{keys}")));
    assert!(answer.contains("<w:Items><a:EndpointReference>") && count(&answer) == 0, "{answer}");
    let operation = fake.last_request().operation;
    assert!(matches!(operation, Operation::Enumerate { depth: Depth::None, keys_only: true, .. }), "{operation:?}");
    let option = "<w:OptionSet><w:Option Name='wmi:__MI_OPERATIONOPTIONS_KEYONLY'>true</w:Option></w:OptionSet>";
    send(&service, &envelope("Enumerate", "X_Thing", option, "<n:Enumerate/>"));
    assert!(matches!(fake.last_request().operation, Operation::Enumerate { keys_only: true, .. }));
}

#[test]
fn filters_become_queries() {
    let fake = Fake::new(20);
    let service = fake.service();
    for (class, filter) in [
        (
            ns::ALL_CLASSES,
            "<w:Filter Dialect='http://schemas.microsoft.com/wbem/wsman/1/WQL'> select * from X_Thing where Id = 7 </w:Filter>",
        ),
        (
            "X_Thing",
            "<w:Filter Dialect='http://schemas.microsoft.com/wbem/wsman/1/WQL'>select * from X_Thing where Id = 7</w:Filter>",
        ),
        (
            "X_Thing",
            "<w:Filter Dialect='http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter'><w:SelectorSet><w:Selector Name='id'>7</w:Selector></w:SelectorSet></w:Filter>",
        ),
        (
            "X_Thing",
            "<w:Filter Dialect='http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter'><w:SelectorSet><w:Selector Name='Name'>thing 7</w:Selector></w:SelectorSet></w:Filter>",
        ),
    ] {
        let request = envelope("Enumerate", class, "", &format!("<n:Enumerate>{OPTIMIZED}{filter}</n:Enumerate>"));
        let (status, answer) = send(&service, &request);
        assert_eq!((status, count(&answer)), (200, 1), "{answer}");
        assert_eq!(content(&answer, "p:Name"), "thing 7");
    }
}

#[test]
fn wrong_filters_are_named() {
    let service = Fake::new(1).service();
    for (class, filter, subcode) in [
        (ns::ALL_CLASSES, "", "w:UnsupportedFeature"),
        (ns::ALL_CLASSES, "<w:Filter>x</w:Filter>", "n:FilterDialectRequestedUnavailable"),
        (ns::ALL_CLASSES, "<w:Filter Dialect='urn:x'>x</w:Filter>", "n:FilterDialectRequestedUnavailable"),
        (
            ns::ALL_CLASSES,
            "<w:Filter Dialect='http://schemas.microsoft.com/wbem/wsman/1/WQL'>select</w:Filter>",
            "n:CannotProcessFilter",
        ),
        (
            ns::ALL_CLASSES,
            "<w:Filter Dialect='http://schemas.dmtf.org/wbem/wsman/1/cimbinding/associationFilter'/>",
            "n:CannotProcessFilter",
        ),
        (
            "X_Thing",
            "<w:Filter Dialect='http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter'><w:SelectorSet><w:Selector Name='No'>7</w:Selector></w:SelectorSet></w:Filter>",
            "n:CannotProcessFilter",
        ),
    ] {
        let request = envelope("Enumerate", class, "", &format!("<n:Enumerate>{OPTIMIZED}{filter}</n:Enumerate>"));
        let (status, answer) = send(&service, &request);
        assert_eq!(status, 500);
        assert!(answer.contains(&format!("<s:Value>{subcode}</s:Value>")), "{answer}");
    }
}

#[test]
fn all_classes_or_the_subclasses_of_one_are_enumerated() {
    let service = Fake::new(0).service();
    let body = format!("<n:Enumerate>{OPTIMIZED}</n:Enumerate>");
    let classes = |name: &str| {
        let headers = selectors(&[("__cimnamespace", "root/cimv2"), ("ClassName", name)]);
        send(&service, &envelope("Enumerate", ns::CLASS_SCHEMA, &headers, &body)).1
    };
    assert_eq!(classes("").matches("<CLASS ").count(), 5);
    let derived = classes("X_Thing");
    assert_eq!(derived.matches("<CLASS ").count(), 1);
    assert!(derived.contains("<CLASS NAME=\"X_Part\" SUPERCLASS=\"X_Thing\">"), "{derived}");
    assert!(classes("Nope").contains("a:DestinationUnreachable"));
}

#[test]
fn a_timeout_becomes_the_deadline_of_each_request() {
    let fake = Fake::new(0);
    let service = fake.service();
    let timeout = "<w:OperationTimeout>PT0.05S</w:OperationTimeout>";
    let body = "<n:Enumerate><w:OptimizeEnumeration/></n:Enumerate>";
    let started = std::time::Instant::now();
    let (status, answer) = send(&service, &envelope("Enumerate", "X_Slow", timeout, body));
    assert_eq!(status, 500);
    assert!(answer.contains("<s:Value>w:TimedOut</s:Value>") && answer.contains("Code=\"2150858793\""), "{answer}");
    assert!(started.elapsed() < std::time::Duration::from_secs(5));
    assert_eq!(fake.running(), 0);
}

#[test]
fn an_estimate_is_answered_with_nothing_known() {
    let service = Fake::new(1).service();
    let header = "<w:RequestTotalItemsCountEstimate/>";
    let request = envelope("Enumerate", "X_Thing", header, "<n:Enumerate/>");
    assert!(send(&service, &request).1.contains("<w:TotalItemsCountEstimate xsi:nil=\"true\"/>"));
}
