//! Every CIM type, in and out.

use crate::schema::{Element, NO_ENTRIES, class, leak, method, module, post_instance, post_result};
use crate::{host, request};
use omi::{Char16, Datetime, Instance, Interval, Property, Timestamp, Type, Value};
use omi_host::operation::Operation;
use omi_sys::*;
use std::ffi::{CStr, c_void};
use std::ptr;

const NAMES: [&CStr; 32] = [
    c"Boolean",
    c"Uint8",
    c"Sint8",
    c"Uint16",
    c"Sint16",
    c"Uint32",
    c"Sint32",
    c"Uint64",
    c"Sint64",
    c"Real32",
    c"Real64",
    c"Char16",
    c"Datetime",
    c"String",
    c"Reference",
    c"Instance",
    c"Booleans",
    c"Uint8s",
    c"Sint8s",
    c"Uint16s",
    c"Sint16s",
    c"Uint32s",
    c"Sint32s",
    c"Uint64s",
    c"Sint64s",
    c"Real32s",
    c"Real64s",
    c"Char16s",
    c"Datetimes",
    c"Strings",
    c"References",
    c"Instances",
];

/// One value of each type, in the order of the type codes.
fn examples() -> Vec<Value> {
    let at = Datetime::Timestamp(Timestamp {
        year: 2026,
        month: 2,
        day: 3,
        hour: 4,
        minute: 5,
        second: 6,
        microseconds: 123_456,
        utc: -480,
    });
    let length = Datetime::Interval(Interval { days: 11, hours: 12, minutes: 13, seconds: 14, microseconds: 500_000 });
    let inner = |id: u32| {
        let key = Property { name: "Id".into(), kind: Type::Uint32, flags: INNER_KEY, value: Some(Value::Uint32(id)) };
        let text = Property { name: "Text".into(), kind: Type::String, flags: INNER_TEXT, value: None };
        let mut instance = Instance::new("T_Inner");
        instance.push(key);
        instance.push(text);
        instance
    };
    vec![
        Value::Boolean(true),
        Value::Uint8(u8::MAX),
        Value::Sint8(i8::MIN),
        Value::Uint16(u16::MAX),
        Value::Sint16(i16::MIN),
        Value::Uint32(u32::MAX),
        Value::Sint32(i32::MIN),
        Value::Uint64(u64::MAX),
        Value::Sint64(i64::MIN),
        Value::Real32(-0.5),
        Value::Real64(f64::MIN_POSITIVE),
        Value::Char16(Char16(0x20ac)),
        Value::Datetime(at),
        Value::String("Grüße".into()),
        Value::Reference(Box::new(inner(1))),
        Value::Instance(Box::new(inner(2))),
        Value::BooleanArray(vec![true, false]),
        Value::Uint8Array(vec![0, u8::MAX]),
        Value::Sint8Array(vec![i8::MIN, i8::MAX]),
        Value::Uint16Array(vec![0, u16::MAX]),
        Value::Sint16Array(vec![i16::MIN, i16::MAX]),
        Value::Uint32Array(vec![0, u32::MAX]),
        Value::Sint32Array(vec![i32::MIN, i32::MAX]),
        Value::Uint64Array(vec![0, u64::MAX]),
        Value::Sint64Array(vec![i64::MIN, i64::MAX]),
        Value::Real32Array(vec![1.5, f32::MAX]),
        Value::Real64Array(vec![1.5, f64::MAX]),
        Value::Char16Array(vec![Char16(65), Char16(0)]),
        Value::DatetimeArray(vec![at, length]),
        Value::StringArray(vec!["one".into(), String::new()]),
        Value::ReferenceArray(vec![inner(3), inner(4)]),
        Value::InstanceArray(vec![inner(5)]),
    ]
}

fn empty_arrays() -> Vec<Value> {
    let empty = |value: Value| match value {
        Value::StringArray(_) => Value::StringArray(vec![]),
        Value::Uint8Array(_) => Value::Uint8Array(vec![]),
        Value::DatetimeArray(_) => Value::DatetimeArray(vec![]),
        Value::InstanceArray(_) => Value::InstanceArray(vec![]),
        other => other,
    };
    examples().into_iter().map(empty).collect()
}

const INNER_KEY: u32 = MI_FLAG_PROPERTY | MI_FLAG_KEY;
const INNER_TEXT: u32 = MI_FLAG_PROPERTY;

unsafe extern "C" fn main(_server: *mut MI_Server) -> *mut MI_Module {
    let inner = [Element(c"Id", MI_UINT32, MI_FLAG_KEY), Element(c"Text", MI_STRING, 0)];
    let echoed: Vec<Element> = NAMES
        .iter()
        .enumerate()
        .map(|(code, name)| Element(name, MI_Type(code as u32), MI_FLAG_IN | MI_FLAG_OUT))
        .collect();
    let methods = vec![method(c"Echo", MI_FLAG_STATIC, &echoed, Some(echo))];
    let everything = class(c"T_Everything", None, &[], methods, Some(NO_ENTRIES));
    leak(module(vec![class(c"T_Inner", None, &inner, vec![], None), everything]))
}

/// Copies each parameter from the input to a new output, through the instance's functions only.
unsafe extern "C" fn echo(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    class_name: *const MI_Char,
    _method: *const MI_Char,
    _target: *const MI_Instance,
    input: *const MI_Instance,
) {
    unsafe {
        assert_eq!(CStr::from_ptr(class_name), c"T_Everything");
        let functions = &*(*input).ft;
        let mut output = ptr::null_mut();
        let decl: *const MI_MethodDecl = (*input).classDecl.cast();
        assert_eq!((*(*context).ft).NewParameters.unwrap()(context, decl, &mut output), MI_RESULT_OK);
        let mut count = 0;
        assert_eq!(functions.GetElementCount.unwrap()(input, &mut count), MI_RESULT_OK);
        for index in 0..count {
            let (mut name, mut value, mut kind, mut flags) = (ptr::null(), MI_Value { uint8: 0 }, MI_BOOLEAN, 0);
            let get = functions.GetElementAt.unwrap();
            assert_eq!(get(input, index, &mut name, &mut value, &mut kind, &mut flags), MI_RESULT_OK);
            let null = flags & MI_FLAG_NULL;
            let set = functions.SetElementAt.unwrap();
            assert_eq!(set(output, index, &value, kind, null), MI_RESULT_OK, "{:?}", CStr::from_ptr(name));
        }
        // Generated C setters write scalars in place.
        (*output.cast::<u8>().add(crate::schema::offset(0)).cast::<MI_Uint32Field>()).value = 7;
        (*output.cast::<u8>().add(crate::schema::offset(0)).cast::<MI_Uint32Field>()).exists = MI_TRUE;
        assert_eq!(post_instance(context, output), MI_RESULT_OK);
        crate::schema::delete(output);
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

fn echoed(values: Vec<Option<Value>>) -> Instance {
    let host = host(main);
    let mut parameters = Instance::new("Echo");
    for (code, value) in values.into_iter().enumerate() {
        let kind = Type::from_code(code as u32).unwrap();
        parameters.push(Property { name: NAMES[code].to_str().unwrap().into(), kind, flags: 0, value });
    }
    let operation = Operation::Invoke { class: "T_Everything".into(), target: None, method: "echo".into(), parameters };
    host.submit(request(operation)).unwrap().one().unwrap()
}

#[test]
fn every_type_goes_in_and_out_unchanged() {
    let result = echoed(examples().into_iter().map(Some).collect());
    assert_eq!(result.class_name(), "Echo");
    assert_eq!(result.get("ReturnValue"), Some(&Value::Uint32(7)));
    for (name, value) in NAMES.iter().zip(examples()) {
        assert_eq!(result.get(name.to_str().unwrap()), Some(&value), "{name:?}");
    }
}

#[test]
fn empty_arrays_are_not_null() {
    let result = echoed(empty_arrays().into_iter().map(Some).collect());
    for (name, value) in NAMES.iter().zip(empty_arrays()) {
        assert_eq!(result.get(name.to_str().unwrap()), Some(&value), "{name:?}");
    }
}

#[test]
fn nulls_stay_null_with_their_type() {
    let result = echoed(vec![None; 32]);
    for (code, name) in NAMES.iter().enumerate() {
        let property = result.property(name.to_str().unwrap()).unwrap();
        assert_eq!(property.kind.code() as usize, code, "{name:?}");
        assert_eq!(property.value, None, "{name:?}");
    }
}

#[test]
fn wrong_input_is_named() {
    let host = host(main);
    let failure = |parameters: Instance| {
        let operation =
            Operation::Invoke { class: "T_Everything".into(), target: None, method: "Echo".into(), parameters };
        host.submit(request(operation)).and_then(|reply| reply.one()).unwrap_err()
    };
    let error = failure(Instance::new("Echo").with("Strng", "x"));
    assert_eq!(error.message(), "T_Everything.Echo has no input parameter \"Strng\" (did you mean \"String\"?)");
    let error = failure(Instance::new("Echo").with("Uint8", 1_u32));
    assert_eq!(error.message(), "T_Everything.Echo.Uint8 is declared as uint8, but the given value is uint32");
    let error = failure(Instance::new("Echo").with("Instance", Instance::new("T_Inner").with("Tex", "x")));
    assert_eq!(error.message(), "Echo.Instance: T_Inner has no element \"Tex\"");
    let error = failure(Instance::new("Echo").with("String", "a\0b"));
    assert_eq!(error.message(), "Echo.String: \"a\\0b\" contains a NUL character");
}
