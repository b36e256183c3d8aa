//! Subscribe, the Pulls of a subscription, Renew, GetStatus and Unsubscribe.

use super::fake::{Fake, content, envelope, pretty, send};
use crate::operation::{Operation, Principal};
use crate::wsman::{ns, service::Service};
use std::thread;
use std::time::{Duration, Instant};

const WQL: &str = "<w:Filter Dialect='http://schemas.microsoft.com/wbem/wsman/1/WQL'>select * from X_Event where Number > 1</w:Filter>";

fn subscribe_to(resource: &str, delivery: &str, content: &str) -> String {
    let mode = ns::PULL_DELIVERY;
    let body = format!("<e:Subscribe><e:Delivery Mode='{mode}'>{delivery}</e:Delivery>{content}</e:Subscribe>");
    envelope("Subscribe", resource, "<a:To>http://host:5985/wsman</a:To>", &body)
}

fn subscribe(service: &Service, delivery: &str, rest: &str) -> String {
    let (status, answer) = send(service, &subscribe_to(ns::ALL_CLASSES, delivery, &format!("{WQL}{rest}")));
    assert_eq!(status, 200, "{answer}");
    content(&answer, "n:EnumerationContext")
}

fn pull(id: &str, timeout: &str) -> String {
    let body =
        format!("<n:Pull><n:EnumerationContext>{id}</n:EnumerationContext><n:MaxElements>20</n:MaxElements></n:Pull>");
    envelope("Pull", ns::ALL_CLASSES, &format!("<w:OperationTimeout>{timeout}</w:OperationTimeout>"), &body)
}

fn manage(action: &str, id: &str, content: &str) -> String {
    let header = format!("<e:Identifier>{id}</e:Identifier>");
    envelope(action, ns::ALL_CLASSES, &header, &format!("<e:{action}>{content}</e:{action}>"))
}

fn faults_with(answer: &str, subcode: &str) {
    assert!(answer.contains(&format!("<s:Value>{subcode}</s:Value>")), "{answer}");
}

#[test]
fn a_subscription_names_its_manager_and_how_long_it_lasts() {
    let fake = Fake::new(0);
    let request =
        subscribe_to(ns::ALL_CLASSES, "", &format!("{WQL}<e:Expires>PT1H</e:Expires><w:Bookmark>b7</w:Bookmark>"));
    let (status, answer) = send(&fake.service(), &request);
    assert_eq!(status, 200, "{answer}");
    let id = content(&answer, "e:Identifier");
    assert_eq!((id.len(), &id), (32, &content(&answer, "n:EnumerationContext")));
    insta::assert_snapshot!(pretty(&answer).replace(&id, "ID"));
    let operation = fake.last_request().operation;
    let Operation::Subscribe { query, bookmark } = operation else { panic!("{operation:?}") };
    assert_eq!(query.text(), "select * from X_Event where Number > 1");
    assert_eq!(bookmark.as_deref(), Some("b7"));
}

#[test]
fn the_class_of_the_resource_uri_is_subscribed_to_without_a_filter() {
    let fake = Fake::new(0);
    let (status, answer) = send(&fake.service(), &subscribe_to("X_Event", "", ""));
    assert_eq!(status, 200, "{answer}");
    assert_eq!(content(&answer, "e:Expires"), "PT86400S", "without a wish the longest time is granted");
    let operation = fake.last_request().operation;
    assert!(matches!(&operation, Operation::Subscribe { query, .. } if query.text() == "SELECT * FROM X_Event"));
}

#[test]
fn events_that_are_there_come_in_one_answer_with_the_last_bookmark() {
    let fake = Fake::new(0);
    let service = fake.service();
    let id = subscribe(&service, "", "<w:SendBookmarks/>");
    fake.events.happen(2, Some("b2"));
    fake.events.happen(3, Some("b3"));
    let (status, answer) = send(&service, &pull(&id, "PT60S"));
    assert_eq!(status, 200, "{answer}");
    let header = answer.split_once("</s:Header>").unwrap().0;
    assert!(header.ends_with("<w:Bookmark>b3</w:Bookmark>"), "{answer}");
    insta::assert_snapshot!(pretty(&answer).replace(&id, "ID"));
}

#[test]
fn a_pull_waits_for_the_event() {
    let fake = Fake::new(0);
    let service = fake.service();
    let id = subscribe(&service, "", "");
    let events = fake.events.clone();
    let source = thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        events.happen(7, None);
    });
    let (_, answer) = send(&service, &pull(&id, "PT60S"));
    source.join().unwrap();
    assert_eq!(content(&answer, "p:Number"), "7");
    assert!(!answer.contains("Bookmark"), "{answer}");
}

#[test]
fn a_heartbeat_is_an_empty_answer_and_the_subscription_goes_on() {
    let fake = Fake::new(0);
    let service = fake.service();
    let id = subscribe(&service, "<w:Heartbeats>PT0.05S</w:Heartbeats>", "<w:SendBookmarks/>");
    let (status, answer) = send(&service, &pull(&id, "PT60S"));
    assert_eq!(status, 200, "{answer}");
    assert!(answer.contains("<n:Items></n:Items></n:PullResponse>"), "{answer}");
    assert!(answer.contains("bookmark/earliest</w:Bookmark>"), "{answer}");
    assert_eq!(content(&answer, "n:EnumerationContext"), id);
    fake.events.happen(1, None);
    assert_eq!(content(&send(&service, &pull(&id, "PT60S")).1, "p:Number"), "1");
}

#[test]
fn without_heartbeats_the_operation_timeout_is_a_fault_and_the_subscription_goes_on() {
    let fake = Fake::new(0);
    let service = fake.service();
    let id = subscribe(&service, "", "");
    let (status, answer) = send(&service, &pull(&id, "PT0.05S"));
    assert_eq!(status, 500);
    faults_with(&answer, "w:TimedOut");
    fake.events.happen(1, None);
    assert_eq!(content(&send(&service, &pull(&id, "PT60S")).1, "p:Number"), "1");
}

#[test]
fn answers_are_cut_at_the_envelope_size_and_each_has_its_own_bookmark() {
    let fake = Fake::new(0);
    let service = fake.service();
    let id = subscribe(&service, "", "<w:SendBookmarks/>");
    let mark = |number: u32| format!("{}{number}", "m".repeat(1500));
    (0..20).for_each(|number| fake.events.happen(number, Some(&mark(number))));
    let small = pull(&id, "PT60S").replace("<a:MessageID>", "<w:MaxEnvelopeSize>8192</w:MaxEnvelopeSize><a:MessageID>");
    let (mut seen, mut answers) = (0, 0);
    while seen < 20 {
        let (status, answer) = send(&service, &small.replace("<n:MaxElements>20<", "<n:MaxElements>100<"));
        assert_eq!(status, 200, "{answer}");
        assert!(answer.len() <= 8192);
        seen += u32::try_from(answer.matches("<p:X_Event ").count()).unwrap();
        assert_eq!(content(&answer, "w:Bookmark"), mark(seen - 1));
        answers += 1;
    }
    assert!(answers > 1 && seen == 20, "{seen} events in {answers} answers");
}

#[test]
fn what_the_source_ends_is_a_fault_or_the_end_of_the_sequence() {
    let fake = Fake::new(0);
    let service = fake.service();
    let id = subscribe(&service, "", "");
    fake.events.happen(1, None);
    fake.events.end(Err(omi::Error::failed("the sensor is gone")));
    assert_eq!(content(&send(&service, &pull(&id, "PT60S")).1, "p:Number"), "1", "what came before is not lost");
    let (status, answer) = send(&service, &pull(&id, "PT60S"));
    assert!(status == 500 && answer.contains("the sensor is gone"), "{answer}");
    assert_eq!(fake.running(), 0);
    faults_with(&send(&service, &pull(&id, "PT60S")).1, "n:InvalidEnumerationContext");

    fake.events.end(Ok(()));
    let id = subscribe(&service, "", "");
    assert!(send(&service, &pull(&id, "PT60S")).1.contains("<n:EndOfSequence/>"));
    assert!(service.contexts.is_empty());
}

#[test]
fn renewing_and_asking_answer_with_the_time_that_is_left() {
    let fake = Fake::new(0);
    let service = fake.service();
    let id = subscribe(&service, "", "<e:Expires>PT60S</e:Expires>");
    let (status, answer) = send(&service, &manage("Renew", &id, "<e:Expires>PT2H</e:Expires>"));
    assert_eq!((status, content(&answer, "e:Expires").as_str()), (200, "PT7200S"));
    let (_, answer) = send(&service, &manage("GetStatus", &id, ""));
    let left: u32 = content(&answer, "e:Expires").trim_matches(['P', 'T', 'S']).parse().unwrap();
    assert!((7000..=7200).contains(&left), "{left}");
    faults_with(&send(&service, &manage("Renew", "0123", "")).1, "e:UnableToRenew");
    faults_with(&send(&service, &manage("GetStatus", "0123", "")).1, "e:InvalidMessage");
    faults_with(&send(&service, &manage("Renew", &id, "<e:Expires>P1Y</e:Expires>")).1, "e:InvalidExpirationTime");
}

#[test]
fn a_subscription_that_expires_is_unsubscribed_even_while_a_pull_waits() {
    let fake = Fake::new(0);
    let service = fake.service();
    let id = subscribe(&service, "", "<e:Expires>PT0.1S</e:Expires>");
    let started = Instant::now();
    let (_, answer) = send(&service, &pull(&id, "PT60S"));
    faults_with(&answer, "n:InvalidEnumerationContext");
    assert!(started.elapsed() < Duration::from_secs(30));
    assert_eq!((fake.running(), service.contexts.is_empty()), (0, true));
}

#[test]
fn unsubscribing_by_header_or_body_and_releasing_end_a_subscription() {
    let fake = Fake::new(0);
    let service = fake.service();
    let in_body = |id: &str| {
        let body = format!("<e:Unsubscribe><e:Identifier>{id}</e:Identifier></e:Unsubscribe>");
        envelope("Unsubscribe", ns::ALL_CLASSES, "", &body)
    };
    let release = |id: &str| {
        let body = format!("<n:Release><n:EnumerationContext>{id}</n:EnumerationContext></n:Release>");
        envelope("Release", ns::ALL_CLASSES, "", &body)
    };
    let by_header = |id: &str| manage("Unsubscribe", id, "");
    for request in [&by_header as &dyn Fn(&str) -> String, &in_body, &release] {
        let id = subscribe(&service, "", "");
        assert_eq!(fake.running(), 1);
        let (status, answer) = send(&service, &request(&id));
        assert_eq!((status, pretty(&answer).as_str()), (200, ""));
        assert_eq!(fake.running(), 0);
        assert_eq!(send(&service, &request(&id)).0, 500);
        faults_with(&send(&service, &pull(&id, "PT60S")).1, "n:InvalidEnumerationContext");
    }
    let (_, answer) = send(&service, &envelope("Unsubscribe", ns::ALL_CLASSES, "", "<e:Unsubscribe/>"));
    assert!(answer.contains("the header e:Identifier is missing"), "{answer}");
}

#[test]
fn unsubscribing_wakes_the_pull_that_waits() {
    let fake = Fake::new(0);
    let service = fake.service();
    let id = subscribe(&service, "", "");
    let is_refused = |answer: &String| answer.contains("w:Concurrency");
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let mut answers = std::iter::repeat_with(|| send(&service, &pull(&id, "PT600S")).1);
            answers.find(|answer| !is_refused(answer)).unwrap()
        });
        // A second Pull is refused as soon as the first one waits.
        while !is_refused(&send(&service, &pull(&id, "PT0.001S")).1) {}
        assert_eq!(send(&service, &manage("Unsubscribe", &id, "")).0, 200);
        faults_with(&waiting.join().unwrap(), "n:InvalidEnumerationContext");
    });
    assert_eq!(fake.running(), 0);
}

#[test]
fn a_subscription_is_its_owners_alone() {
    let fake = Fake::new(0);
    let service = fake.service();
    let id = subscribe(&service, "", "");
    let eve = Principal::authenticated("eve");
    for action in ["Renew", "GetStatus", "Unsubscribe"] {
        let ask = |id: &str| {
            let answer = service.answer(&eve, manage(action, id, "").as_bytes(), None);
            pretty(&String::from_utf8(answer.body).unwrap())
        };
        assert_eq!(ask(&id), ask("0123"), "another's subscription is answered like one that never was");
    }
    assert_eq!(fake.running(), 1);
}

#[test]
fn wrong_subscriptions_say_what_would_be_right() {
    let fake = Fake::new(0);
    let service = fake.service();
    let push = subscribe_to("X_Event", "", "").replace("wsman/1/wsman/Pull", "wsman/1/wsman/Events");
    let (_, answer) = send(&service, &push);
    faults_with(&answer, "e:DeliveryModeRequestedUnavailable");
    assert_eq!(content(&answer, "e:SupportedDeliveryMode"), ns::PULL_DELIVERY);
    for (resource, delivery, rest, subcode) in [
        (ns::ALL_CLASSES, "", "", "e:FilteringRequestedUnavailable"),
        ("X_Event", "", "<w:Filter Dialect='urn:x'>x</w:Filter>", "e:FilteringRequestedUnavailable"),
        ("X_Event", "", &WQL.replace("from", "of"), "n:CannotProcessFilter"),
        ("X_Event", "", "<e:Expires>PT0S</e:Expires>", "e:InvalidExpirationTime"),
        ("X_Event", "", "<e:Expires>2001-01-01T00:00:00Z</e:Expires>", "e:InvalidExpirationTime"),
        ("X_Event", "<w:Heartbeats>often</w:Heartbeats>", "", "e:InvalidMessage"),
        ("X_Nope", "", "", "a:DestinationUnreachable"),
    ] {
        let (status, answer) = send(&service, &subscribe_to(resource, delivery, rest));
        assert_eq!(status, 500);
        faults_with(&answer, subcode);
    }
    assert_eq!((fake.running(), service.contexts.is_empty()), (0, true));
}
