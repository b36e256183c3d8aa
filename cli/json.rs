//! Instances as JSON: numbers as numbers (uint64 exact), datetimes as ISO 8601 text, NULL as null, references and
//! embedded instances as objects. `__class` names the class of every object.

use omi::{Datetime, Instance, Value};
use omi_host::wsman::time;
use serde_json::{Map, Number, Value as Json};

/// An instance with its class and all its properties.
pub fn instance(instance: &Instance) -> Json {
    let mut object = Map::with_capacity(instance.properties().len() + 1);
    object.insert("__class".to_owned(), instance.class_name().into());
    object.extend(members(instance));
    Json::Object(object)
}

/// The properties of an instance by name.
pub fn members(instance: &Instance) -> impl Iterator<Item = (String, Json)> {
    instance.properties().iter().map(|property| (property.name.to_string(), value(property.value.as_ref())))
}

/// A value; `None` is null.
pub fn value(value: Option<&Value>) -> Json {
    let Some(value) = value else { return Json::Null };
    if let Some(elements) = value.to_elements() {
        return elements.iter().map(scalar).collect();
    }
    scalar(value)
}

fn scalar(value: &Value) -> Json {
    match value {
        Value::Boolean(it) => (*it).into(),
        Value::Uint8(it) => (*it).into(),
        Value::Sint8(it) => (*it).into(),
        Value::Uint16(it) => (*it).into(),
        Value::Sint16(it) => (*it).into(),
        Value::Uint32(it) => (*it).into(),
        Value::Sint32(it) => (*it).into(),
        Value::Uint64(it) => (*it).into(),
        Value::Sint64(it) => (*it).into(),
        // By way of its text, since 0.1 as real32 is 0.10000000149011612 as real64.
        Value::Real32(it) => it.to_string().parse().map_or(Json::Null, real),
        Value::Real64(it) => real(*it),
        Value::Char16(it) => it.0.into(),
        Value::Datetime(it) => datetime(*it).into(),
        Value::String(it) => it.as_str().into(),
        Value::Reference(it) | Value::Instance(it) => instance(it),
        // Arrays have been taken apart: an array of arrays does not exist in CIM.
        _ => Json::Null,
    }
}

/// JSON has no infinities and no NaN; they become null.
fn real(value: f64) -> Json {
    Number::from_f64(value).map_or(Json::Null, Json::Number)
}

/// `2026-02-03T04:05:06.123456+01:00`, or `P1DT2H3M4S` for an interval.
pub fn datetime(value: Datetime) -> String {
    let mut text = String::new();
    time::write(&mut text, value);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_keeps_its_type_and_precision() {
        let disk = Instance::new("X_Disk").with_key("Name", "sda");
        let sample = Instance::new("X_Sample")
            .with("Big", u64::MAX)
            .with("Real", 0.1_f32)
            .with("Infinite", f64::INFINITY)
            .with("Since", "20260203040506.000000+000".parse::<Datetime>().unwrap())
            .with("For", "00000001020304.500000:000".parse::<Datetime>().unwrap())
            .with("List", vec![1_u16, 2])
            .with("Disk", Value::Reference(Box::new(disk)));
        insta::assert_snapshot!(instance(&sample), @r#"{"__class":"X_Sample","Big":18446744073709551615,"Real":0.1,"Infinite":null,"Since":"2026-02-03T04:05:06Z","For":"P1DT2H3M4.500000S","List":[1,2],"Disk":{"__class":"X_Disk","Name":"sda"}}"#);
    }
}
