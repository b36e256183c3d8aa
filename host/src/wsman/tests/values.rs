//! Every CIM type as XML and back.

use crate::class::{Class, PropertyDeclaration, Qualifier};
use crate::wsman::decode::{Declarations, Decoder};
use crate::wsman::encode::{self, Encoder};
use crate::wsman::fault::Result;
use crate::wsman::xml;
use omi::{Char16, Instance, Property, Type, Value, flags};
use proptest::prelude::*;

fn declaration(name: &str, kind: Type) -> PropertyDeclaration {
    PropertyDeclaration {
        name: name.into(),
        flags: flags::PROPERTY,
        qualifiers: Vec::new(),
        kind,
        class_name: None,
        subscript: 0,
        origin: None,
        propagator: None,
        default: None,
    }
}

/// A class with a property `P` of the given type, which is an octet string where bytes are.
fn class_of(kind: Type) -> Class {
    let mut property = declaration("P", kind);
    let octets =
        Qualifier { name: "octetstring".into(), flavor: 0, kind: Type::Boolean, value: Some(Value::Boolean(true)) };
    property.qualifiers.extend((kind == Type::Uint8Array).then_some(octets));
    Class {
        name: "C".into(),
        ancestors: Vec::new(),
        flags: 0,
        qualifiers: Vec::new(),
        properties: vec![property],
        methods: Vec::new(),
    }
}

fn instance_of(kind: Type, value: Option<Value>) -> Instance {
    let mut instance = Instance::new("C");
    instance.push(Property { name: "P".into(), kind, flags: 0, value });
    instance
}

/// What is between the tags of the instance.
fn written(instance: &Instance) -> String {
    let mut out = String::new();
    let encoder = Encoder {
        namespace: "root/x",
        precise_arrays: true,
        octets: &|class, property| class == "C" && property == "P",
        ..Encoder::plain()
    };
    encoder.instance(&mut out, instance);
    let content = out.find('>').unwrap() + 1;
    out[content..].trim_end_matches("</p:C>").to_owned()
}

fn read(class: Option<&Class>, content: &str) -> Result<Instance> {
    let text = format!("<p:C xmlns:p='urn:c'{}>{content}</p:C>", encode::prefixes());
    let document = xml::parse(&text).unwrap();
    let declarations = Declarations { owner: "C", elements: class.map(|class| class.properties.as_slice()) };
    Decoder { class: &|_, _| None }.instance(document.root_element(), "C", declarations)
}

#[track_caller]
fn goes_both_ways(value: impl Into<Value>, content: &str) {
    let value = value.into();
    let instance = instance_of(value.kind(), Some(value.clone()));
    assert_eq!(written(&instance), content);
    assert_eq!(read(Some(&class_of(value.kind())), content).unwrap(), instance);
}

#[test]
fn numbers_and_booleans() {
    goes_both_ways(true, "<p:P>true</p:P>");
    goes_both_ways(u8::MAX, "<p:P>255</p:P>");
    goes_both_ways(i8::MIN, "<p:P>-128</p:P>");
    goes_both_ways(u64::MAX, "<p:P>18446744073709551615</p:P>");
    goes_both_ways(i64::MIN, "<p:P>-9223372036854775808</p:P>");
    goes_both_ways(Char16(1044), "<p:P>1044</p:P>");
}

#[test]
fn reals_are_the_shortest_text_of_their_width() {
    goes_both_ways(100.3_f32, "<p:P>100.3</p:P>");
    goes_both_ways(0.014234, "<p:P>0.014234</p:P>");
    goes_both_ways(-2.0, "<p:P>-2</p:P>");
    goes_both_ways(1e300, "<p:P>1e300</p:P>");
    goes_both_ways(f64::INFINITY, "<p:P>INF</p:P>");
    goes_both_ways(f32::NEG_INFINITY, "<p:P>-INF</p:P>");
    assert_eq!(written(&instance_of(Type::Real64, Some(f64::NAN.into()))), "<p:P>NaN</p:P>");
    assert!(read(Some(&class_of(Type::Real32)), "<p:P>1e39</p:P>").is_err(), "too large for 32 bits");
}

#[test]
fn strings_keep_their_white_space_and_numbers_do_not() {
    goes_both_ways(" a<b>&\n", "<p:P> a&lt;b&gt;&amp;\n</p:P>");
    goes_both_ways("", "<p:P></p:P>");
    let number = read(Some(&class_of(Type::Uint32)), "<p:P>\n 7 </p:P>").unwrap();
    assert_eq!(number.get("P"), Some(&Value::Uint32(7)));
}

#[test]
fn datetimes_are_wrapped() {
    let at: omi::Datetime = "20100714113511.900675-007".parse().unwrap();
    goes_both_ways(at, "<p:P><cim:Datetime>2010-07-14T11:35:11.900675-00:07</cim:Datetime></p:P>");
    let length: omi::Datetime = "00000000000140.000000:000".parse().unwrap();
    goes_both_ways(length, "<p:P><cim:Interval>P0DT0H1M40S</cim:Interval></p:P>");
    let bare = read(Some(&class_of(Type::Datetime)), "<p:P>2010-07-14T11:35:11.900675-00:07</p:P>").unwrap();
    assert_eq!(bare.get("P"), Some(&Value::Datetime(at)));
}

#[test]
fn null_and_arrays() {
    let null = instance_of(Type::Uint32, None);
    assert_eq!(written(&null), "<p:P xsi:nil=\"true\"/>");
    assert_eq!(read(Some(&class_of(Type::Uint32)), &written(&null)).unwrap(), null);
    let null = instance_of(Type::Uint32Array, None);
    assert_eq!(written(&null), "<p:P m:IsNullArray=\"true\" xsi:nil=\"true\"/>");
    assert_eq!(read(Some(&class_of(Type::Uint32Array)), &written(&null)).unwrap(), null);
    goes_both_ways(Vec::<u32>::new(), "<p:P m:IsEmptyArray=\"true\" xsi:nil=\"true\"/>");
    goes_both_ways(vec![1_u32, 2], "<p:P>1</p:P><p:P>2</p:P>");
    goes_both_ways(vec!["a".to_owned(), String::new()], "<p:P>a</p:P><p:P></p:P>");
    let error = read(Some(&class_of(Type::Uint32Array)), "<p:P>1</p:P><p:P xsi:nil='true'/>").unwrap_err();
    assert!(error.error.message().contains("cannot be NULL"), "{}", error.error);
}

#[test]
fn octet_strings_are_base64_without_their_length() {
    let bytes = Value::Uint8Array(vec![0, 0, 0, 7, b'A', b'B', b'C']);
    goes_both_ways(bytes.clone(), "<p:P xsi:type=\"cim:cimBase64Binary\">QUJD</p:P>");
    let decimals = read(Some(&class_of(Type::Uint8Array)), "<p:P>65</p:P><p:P>66</p:P>").unwrap();
    assert_eq!(decimals.get("P"), Some(&Value::Uint8Array(vec![65, 66])));
    let undeclared = read(None, "<p:P xsi:type='cim:cimBase64Binary'>QU\nJD</p:P>").unwrap();
    assert_eq!(undeclared.get("P"), Some(&bytes));
    assert!(read(Some(&class_of(Type::Uint8Array)), "<p:P>Q*</p:P>").is_err());
}

#[test]
fn embedded_instances_and_references() {
    let inner =
        Instance::new("D").with("A", "1").with("B", Value::Instance(Box::new(Instance::new("E").with("F", "2"))));
    goes_both_ways(
        inner,
        "<p:P xmlns:p1=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/D\" xsi:type=\"p1:D_Type\"><p1:A>1</p1:A>\
         <p1:B xmlns:p2=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/E\" xsi:type=\"p2:E_Type\"><p2:F>2</p2:F></p1:B></p:P>",
    );
    let mut target = Instance::new("D").with_key("K", "<7>");
    target.set_namespace(Some("root/x".into()));
    goes_both_ways(
        Value::Reference(Box::new(target)),
        "<p:P><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address><a:ReferenceParameters>\
         <w:ResourceURI>http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/D</w:ResourceURI><w:SelectorSet>\
         <w:Selector Name=\"K\">&lt;7&gt;</w:Selector><w:Selector Name=\"__cimnamespace\">root/x</w:Selector>\
         </w:SelectorSet></a:ReferenceParameters></p:P>",
    );
}

proptest! {
    #[test]
    fn every_integer_and_string_goes_both_ways(number: i64, text in "[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\u{fffe}\\u{ffff}]{0,30}") {
        for value in [Value::Sint64(number), Value::Uint64(number.cast_unsigned()), Value::String(text)] {
            let instance = instance_of(value.kind(), Some(value.clone()));
            let back = read(Some(&class_of(value.kind())), &written(&instance)).unwrap();
            prop_assert_eq!(back, instance);
        }
    }

    #[test]
    fn arbitrary_content_never_panics(content in "(<p:P>|</p:P>|<a:ReferenceParameters>|<p:P xsi:type='q:X_Type'>|<p:P xsi:nil='1'/>|[a-z0-9&<: ]{0,4}){0,8}", code in 0_u32..32) {
        let kind = Type::from_code(code).unwrap();
        let text = format!("<p:C xmlns:p='urn:c'{}>{content}</p:C>", encode::prefixes());
        if let Ok(document) = xml::parse(&text) {
            let class = class_of(kind);
            let _ = Decoder { class: &|_, _| None }.instance(document.root_element(), "C", Declarations::of(&class));
        }
    }
}
