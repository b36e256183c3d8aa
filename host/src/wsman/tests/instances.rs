//! Get, Put, Create, Delete, Invoke, classes and Identify.

use super::fake::{Fake, content, envelope, pretty, selectors, send};
use crate::operation::{Operation, Principal};
use crate::wsman::charset::Charset;
use crate::wsman::ns;
use omi::{Instance, Value};
use proptest::prelude::*;

#[test]
fn get_answers_the_instance_in_its_real_case() {
    let service = Fake::new(3).service();
    let request = envelope("Get", "x_THING", &selectors(&[("__cimnamespace", "ROOT\\cimv2"), ("id", " 2 ")]), "");
    let (status, answer) = send(&service, &request);
    assert_eq!(status, 200);
    insta::assert_snapshot!(pretty(&answer));
    assert!(answer.contains("<a:RelatesTo>uuid:1</a:RelatesTo>"));
    assert_eq!(content(&answer, "a:Action"), "http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse");
}

#[test]
fn a_missing_instance_is_named_with_class_and_key() {
    let service = Fake::new(3).service();
    let (status, answer) = send(&service, &envelope("Get", "X_Thing", &selectors(&[("Id", "7")]), ""));
    assert_eq!(status, 500);
    assert_eq!(content(&answer, "s:Value"), "s:Sender");
    let text = "the instance does not exist (Get of X_Thing.Id=7 in root/cimv2)";
    assert!(answer.contains(&format!("<s:Text xml:lang=\"en-US\">{text}</s:Text>")), "{answer}");
    assert!(answer.contains("<f:Message>") && answer.contains("b:IsCIM_Error=\"true\""));
}

#[test]
fn wrong_selectors_are_named() {
    let service = Fake::new(3).service();
    for (given, subcode, detail) in [
        (vec![], "w:InvalidSelectors", "InsufficientSelectors"),
        (vec![("Name", "x")], "w:InvalidSelectors", "UnexpectedSelectors"),
        (vec![("Id", "abc")], "w:InvalidSelectors", "TypeMismatch"),
        (vec![("Id", "4294967296")], "w:InvalidSelectors", "TypeMismatch"),
        (vec![("__cimnamespace", "root/nope"), ("Id", "1")], "a:DestinationUnreachable", "InvalidResourceURI"),
    ] {
        let (status, answer) = send(&service, &envelope("Get", "X_Thing", &selectors(&given), ""));
        assert_eq!(status, 500);
        assert!(answer.contains(&format!("<s:Value>{subcode}</s:Value>")), "{answer}");
        assert!(answer.contains(&format!("/faultDetail/{detail}</w:FaultDetail>")), "{answer}");
    }
}

#[test]
fn put_changes_the_selected_instance_and_only_the_listed_properties() {
    let fake = Fake::new(3);
    let headers = selectors(&[("Id", "1")])
        + "<w:OptionSet><w:Option Name='wmiarray:__MIInstanceModifiedPropertiesList'>Name</w:Option></w:OptionSet>";
    let body = "<c:X_Thing><c:Id>9</c:Id><c:Name> new </c:Name><c:Sizes>1</c:Sizes><c:Sizes>2</c:Sizes></c:X_Thing>";
    let (status, answer) = send(&fake.service(), &envelope("Put", "X_Thing", &headers, body));
    assert_eq!(status, 200, "{answer}");
    let Operation::Modify { instance, modified } = fake.last_request().operation else { panic!("no Modify") };
    let expected = Instance::new("X_Thing").with_key("Id", 1_u32).with("Name", " new ").with("Sizes", vec![1_u64, 2]);
    assert_eq!(instance, expected);
    assert_eq!(modified, Some(vec!["Name".to_owned()]));
}

#[test]
fn create_answers_a_reference() {
    let service = Fake::new(0).service();
    let body = "<c:X_Thing><c:Id>9</c:Id><c:Name xsi:nil='true'/></c:X_Thing>";
    let (status, answer) = send(&service, &envelope("Create", "X_Thing", "", body));
    assert_eq!(status, 200);
    insta::assert_snapshot!(pretty(&answer));
}

#[test]
fn wrong_bodies_are_named() {
    let service = Fake::new(1).service();
    for (body, subcode, text) in [
        ("", "w:SchemaValidationError", "an instance of X_Thing is expected"),
        ("<c:Other/>", "w:SchemaValidationError", "the body has Other"),
        ("<c:X_Thing><c:Color>red</c:Color></c:X_Thing>", "w:InvalidParameter", "X_Thing has no element Color"),
        ("<c:X_Thing><c:Id>-1</c:Id></c:X_Thing>", "w:InvalidParameter", "not a valid uint32 value (0 to 4294967295)"),
        ("<c:X_Thing><c:Id>1</c:Id><c:Id>2</c:Id></c:X_Thing>", "w:InvalidParameter", "is given 2 times"),
    ] {
        let (status, answer) = send(&service, &envelope("Create", "X_Thing", "", body));
        assert_eq!(status, 500);
        assert!(answer.contains(&format!("<s:Value>{subcode}</s:Value>")), "{answer}");
        assert!(answer.contains(text), "{text}: {answer}");
    }
}

#[test]
fn delete_answers_an_empty_body() {
    let service = Fake::new(1).service();
    let (status, answer) = send(&service, &envelope("Delete", "X_Thing", &selectors(&[("Id", "0")]), ""));
    assert_eq!((status, pretty(&answer).as_str()), (200, ""));
}

#[test]
fn a_method_answers_with_its_output_and_its_action_with_response() {
    let service = Fake::new(1).service();
    let action = format!("{}X_Thing/rename", ns::CLASS_PREFIX);
    let body = "<c:Rename_INPUT><c:To>x</c:To></c:Rename_INPUT>";
    let (status, answer) = send(&service, &envelope(&action, "X_Thing", &selectors(&[("Id", "0")]), body));
    assert_eq!(status, 200, "{answer}");
    assert_eq!(content(&answer, "a:Action"), format!("{action}Response"));
    insta::assert_snapshot!(pretty(&answer));
}

#[test]
fn a_static_method_has_no_target_even_when_keys_are_sent() {
    let fake = Fake::new(1);
    let action = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/X_Thing/Add";
    let uri = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/X_Thing";
    let body = "<p:Add_INPUT xmlns:p='urn:x'><p:Numbers>1</p:Numbers><p:Numbers>41</p:Numbers></p:Add_INPUT>";
    let (status, answer) = send(&fake.service(), &envelope(action, uri, &selectors(&[("Id", "0")]), body));
    assert_eq!(status, 200, "{answer}");
    assert_eq!(content(&answer, "p:ReturnValue"), "42");
    assert!(answer.contains(&format!("<p:Add_OUTPUT xmlns:p=\"{uri}\"")), "{answer}");
    assert!(matches!(fake.last_request().operation, Operation::Invoke { target: None, .. }));
}

#[test]
fn wrong_calls_are_named() {
    let service = Fake::new(1).service();
    let add = format!("{}X_Thing/Add", ns::CLASS_PREFIX);
    for (action, body, subcode, text) in [
        ("urn:foo", "", "a:ActionNotSupported", "&quot;urn:foo&quot;".replace("&quot;", "\"")),
        (&*format!("{}X_Thing/Nope", ns::CLASS_PREFIX), "", "a:ActionNotSupported", "no method Nope".to_owned()),
        (&add, "<c:Other/>", "w:SchemaValidationError", "Add_INPUT is expected".to_owned()),
        (&add, "<c:Add_INPUT><c:X>1</c:X></c:Add_INPUT>", "w:InvalidParameter", "Add has no element X".to_owned()),
        (
            &add,
            "<c:Add_INPUT><c:Numbers>256</c:Numbers></c:Add_INPUT>",
            "w:InvalidParameter",
            "Add.Numbers: \"256\" is not a valid uint8".to_owned(),
        ),
    ] {
        let (status, answer) = send(&service, &envelope(action, "X_Thing", "", body));
        assert_eq!(status, 500);
        assert!(answer.contains(&format!("<s:Value>{subcode}</s:Value>")), "{answer}");
        assert!(answer.contains(&text), "{text}: {answer}");
    }
}

#[test]
fn a_class_declaration_is_had_by_name() {
    let service = Fake::new(0).service();
    let options = "<w:OptionSet><w:Option Name='IncludeQualifiers'>true</w:Option></w:OptionSet>";
    let headers = selectors(&[("ClassName", "x_part")]) + options;
    let (status, answer) = send(&service, &envelope("Get", ns::CLASS_SCHEMA, &headers, ""));
    assert_eq!(status, 200);
    assert_eq!(
        pretty(&answer).replace('\n', ""),
        "<CLASS NAME=\"X_Part\" SUPERCLASS=\"X_Thing\"><PROPERTY NAME=\"Id\" TYPE=\"uint32\"></PROPERTY></CLASS>"
    );
    let (_, answer) = send(&service, &envelope("Get", ns::CLASS_SCHEMA, "", ""));
    assert!(answer.contains("the selector ClassName is missing"));
    let (_, answer) = send(&service, &envelope("Get", ns::CLASS_SCHEMA, &selectors(&[("ClassName", "Nope")]), ""));
    assert!(answer.contains("<p:CIMStatusCode xsi:type=\"cim:cimUnsignedInt\">5</p:CIMStatusCode>"), "{answer}");
}

#[test]
fn identify_tells_strangers_less() {
    let service = Fake::new(0).service();
    let request = "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Header/><s:Body>\
        <i:Identify xmlns:i='http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd'/></s:Body></s:Envelope>";
    let (status, answer) = send(&service, request);
    assert_eq!(status, 200);
    insta::assert_snapshot!(pretty(&answer).replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    let stranger = service.identify_anonymously(request.as_bytes(), None).unwrap();
    let stranger = String::from_utf8(stranger.body).unwrap();
    assert!(stranger.contains("ProtocolVersion") && !stranger.contains("Product"));
    let other = envelope("Get", "X_Thing", "", "");
    assert!(service.identify_anonymously(other.as_bytes(), None).is_none());
}

#[test]
fn the_end_of_an_operation_needs_no_answer() {
    let service = Fake::new(0).service();
    let request = envelope(ns::action::END, "http://schemas.microsoft.com/wbem/wsman/1/wsman/FullDuplex", "", "");
    assert_eq!(send(&service, &request), (204, String::new()));
}

#[test]
fn what_is_no_envelope_is_answered_with_a_fault_all_the_same() {
    let service = Fake::new(0).service();
    for (request, status, text) in [
        ("", 400, "not valid XML"),
        ("hello", 400, "not valid XML"),
        ("<!DOCTYPE a><a/>", 400, "document type declaration"),
        ("<a/>", 500, "no SOAP 1.2 envelope"),
    ] {
        let (found, answer) = send(&service, request);
        assert_eq!(found, status, "{request}");
        assert!(answer.contains(text) && answer.contains("<s:Fault>"), "{answer}");
    }
}

#[test]
fn utf16_is_answered_in_utf16() {
    let service = Fake::new(1).service();
    let request = envelope("Get", "X_Thing", &selectors(&[("Id", "0")]), "");
    let bytes = Charset::Utf16Le.encode(request);
    let answer = service.answer(&Principal::authenticated("ada"), &bytes, Some(Charset::Utf16Le));
    assert_eq!(answer.content_type, "application/soap+xml;charset=UTF-16");
    let (text, charset) = crate::wsman::charset::decode(&answer.body, None).unwrap();
    assert_eq!(charset, Charset::Utf16Le);
    assert!(text.contains("<p:Name>thing 0</p:Name>"));
}

#[test]
fn locale_and_options_reach_the_provider() {
    let fake = Fake::new(1);
    let headers = selectors(&[("Id", "0")])
        + "<w:Locale xml:lang='de-DE'/><p:DataLocale xmlns:p='http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd' \
           xml:lang='en-GB'/><w:OptionSet><w:Option Name='Color' Type='xs:string'>red</w:Option></w:OptionSet>";
    send(&fake.service(), &envelope("Get", "X_Thing", &headers, ""));
    let request = fake.last_request();
    assert_eq!((request.locale.as_deref(), request.data_locale.as_deref()), (Some("de-DE"), Some("en-GB")));
    assert_eq!(request.options, [("Color".to_owned(), Value::from("red"))]);
    assert_eq!(request.principal.name(), "ada");
}

#[test]
fn a_reference_can_be_a_key() {
    let fake = Fake::new(1);
    let service = fake.service();
    let body = "<n:Enumerate><w:OptimizeEnumeration/><w:EnumerationMode>EnumerateEPR</w:EnumerationMode></n:Enumerate>";
    let (_, answer) = send(&service, &envelope("Enumerate", "X_Link", "", body));
    insta::assert_snapshot!(pretty(&answer));
    let set = &answer[answer.find("<w:SelectorSet>").unwrap()..=answer.rfind("</w:SelectorSet>").unwrap() + 15];
    send(&service, &envelope("Delete", "X_Link", set, ""));
    let Operation::Delete { key } = fake.last_request().operation else { panic!("no Delete") };
    let Some(Value::Reference(thing)) = key.get("Thing") else { panic!("no reference in {key:?}") };
    assert_eq!(thing.get("Id"), Some(&Value::Uint32(0)));
    assert_eq!(thing.namespace(), Some("root/cimv2"));
}

proptest! {
    #[test]
    fn arbitrary_bytes_get_an_answer(bytes: Vec<u8>) {
        let answer = Fake::new(1).service().answer(&Principal::authenticated("ada"), &bytes, None);
        prop_assert!(answer.status >= 400 && !answer.body.is_empty());
    }

    #[test]
    fn a_damaged_request_gets_an_answer(place in 0_usize..900, byte: u8) {
        let request = envelope("Get", "X_Thing", &selectors(&[("Id", "0")]), "<c:X_Thing><c:Id>1</c:Id></c:X_Thing>");
        let mut bytes = request.into_bytes();
        let place = place % bytes.len();
        bytes[place] = byte;
        let answer = Fake::new(1).service().answer(&Principal::authenticated("ada"), &bytes, None);
        prop_assert!(!answer.body.is_empty());
    }
}
