//! Operations on instances in our host: values of every type, arrays, references, derived classes, associations.

use crate::ours::{Ours, parameters};
use omi::wql::Select;
use omi::{Char16, Instance, Property, ResultCode, Type, Value};
use omi_host::operation::{Depth, Operation};

/// The part that is embedded and referred to.
fn part(id: u32) -> Instance {
    Instance::new("Sample_Part").with_key("Id", id).with("Text", "inner")
}

/// An instance with a value of every type.
fn kinds(id: u32) -> Instance {
    let at: omi::Datetime = "20260203040506.123456-480".parse().unwrap();
    let length: omi::Datetime = "00000011121314.500000:000".parse().unwrap();
    let reference = Property {
        name: "Reference".into(),
        kind: Type::Reference,
        flags: 0,
        value: Some(Value::Reference(Box::new(Instance::new("Sample_Part").with_key("Id", 7_u32)))),
    };
    let mut all = Instance::new("Sample_Kinds")
        .with_key("Id", id)
        .with("Boolean", true)
        .with("Uint8", u8::MAX)
        .with("Sint8", i8::MIN)
        .with("Uint16", u16::MAX)
        .with("Sint16", i16::MIN)
        .with("Uint32", u32::MAX)
        .with("Sint32", i32::MIN)
        .with("Uint64", u64::MAX)
        .with("Sint64", i64::MIN)
        .with("Real32", -0.5_f32)
        .with("Real64", f64::MIN_POSITIVE)
        .with("Char16", Char16(0x20ac))
        .with("Datetime", at)
        .with("String", "ä€")
        .with("Instance", part(8))
        .with("Booleans", vec![true, false])
        .with("Uint8s", vec![0_u8, u8::MAX])
        .with("Sint8s", vec![i8::MIN, i8::MAX])
        .with("Uint16s", vec![0_u16, u16::MAX])
        .with("Sint16s", vec![i16::MIN, i16::MAX])
        .with("Uint32s", vec![0_u32, u32::MAX])
        .with("Sint32s", vec![i32::MIN, i32::MAX])
        .with("Uint64s", vec![0_u64, u64::MAX])
        .with("Sint64s", vec![i64::MIN, i64::MAX])
        .with("Real32s", vec![-0.5_f32, 1e30])
        .with("Real64s", vec![-0.5_f64, 1e300])
        .with("Char16s", vec![Char16(65), Char16(0x20ac)])
        .with("Datetimes", vec![at, length])
        .with("Strings", vec![String::new(), "ä€".to_owned()])
        .with("Instances", vec![part(9), part(10)]);
    all.push(reference);
    all
}

/// Every value of `expected` is in `found`; of a reference, its keys count.
fn assert_same(found: &Instance, expected: &Instance) {
    for property in expected.properties() {
        let value = found.get(&property.name);
        match (&property.value, value) {
            (Some(Value::Reference(expected)), Some(Value::Reference(found) | Value::Instance(found))) => {
                assert_eq!(found.get("Id"), expected.get("Id"));
            }
            (Some(Value::Instance(expected)), Some(Value::Instance(found))) => assert_same(found, expected),
            (Some(Value::InstanceArray(expected)), Some(Value::InstanceArray(found))) => {
                assert_eq!(found.len(), expected.len(), "{}", property.name);
                found.iter().zip(expected).for_each(|(found, expected)| assert_same(found, expected));
            }
            (expected, found) => assert_eq!(found, expected.as_ref(), "{}", property.name),
        }
    }
}

#[test]
fn values_of_every_type_pass_through_every_operation() {
    let Some(ours) = Ours::start() else { return };
    let key = || Instance::new("Sample_Kinds").with_key("Id", 1_u32);
    let get = || ours.run(Operation::Get { key: key(), properties: None });

    ours.run(Operation::Create { instance: kinds(1) }).unwrap();
    assert_same(&get().unwrap()[0], &kinds(1));
    let again = ours.run(Operation::Create { instance: kinds(1) }).unwrap_err();
    assert_eq!(again.code(), ResultCode::ALREADY_EXISTS);

    let instance = key().with("String", "new").with("Uint32s", vec![1_u32]);
    ours.run(Operation::Modify { instance, modified: Some(vec!["String".into()]) }).unwrap();
    let changed = get().unwrap().remove(0);
    let mut expected = kinds(1).with("Modified", vec!["String".to_owned()]);
    expected.set("String", "new");
    assert_same(&changed, &expected);
    let all = Operation::Enumerate {
        class: "Sample_Kinds".into(),
        depth: Depth::default(),
        properties: None,
        keys_only: false,
    };
    let all = ours.run(all).unwrap();
    assert_eq!(all.len(), 1);
    assert_same(&all[0], &expected);

    let echo = Operation::Invoke {
        class: "Sample_Kinds".into(),
        target: Some(key()),
        method: "Echo".into(),
        parameters: parameters("Echo", &[("Value", kinds(2).into()), ("Numbers", vec![i64::MIN, 0].into())])
            .with("Part", Value::Reference(Box::new(part(11)))),
    };
    let output = ours.run(echo).unwrap().remove(0);
    let Some(Value::Instance(echoed)) = output.get("Value") else { panic!("{output:?}") };
    assert_same(echoed, &kinds(2));
    assert_eq!(output.get("Numbers"), Some(&Value::Sint64Array(vec![i64::MIN, 0])));
    let Some(Value::Reference(part)) = output.get("Part") else { panic!("{output:?}") };
    assert_eq!(part.get("Id"), Some(&Value::Uint32(11)));

    ours.run(Operation::Delete { key: key() }).unwrap();
    assert_eq!(get().unwrap_err().code(), ResultCode::NOT_FOUND);
}

#[test]
fn null_parameters_stay_null_and_a_derived_class_keeps_what_it_adds() {
    let Some(ours) = Ours::start() else { return };
    let echo = |parameters| {
        let target = Some(Instance::new("Sample_Kinds").with_key("Id", 1_u32));
        let (class, method) = ("Sample_Kinds".into(), "Echo".into());
        ours.run(Operation::Invoke { class, target, method, parameters }).unwrap().remove(0)
    };
    let output = echo(Instance::new("Echo"));
    for name in ["Value", "Numbers", "Part"] {
        assert_eq!(output.get(name), None, "{output:?}");
    }
    let painted = Instance::new("Sample_PaintedPart").with_key("Id", 1_u32).with("Colour", "red");
    let value = Instance::new("Sample_Kinds").with_key("Id", 2_u32).with("Instance", painted);
    let output = echo(parameters("Echo", &[("Value", value.into())]));
    let Some(Value::Instance(echoed)) = output.get("Value") else { panic!("{output:?}") };
    let Some(Value::Instance(painted)) = echoed.get("Instance") else { panic!("{echoed:?}") };
    assert_eq!((painted.class_name(), painted.text("Colour")), ("Sample_PaintedPart", Some("red")));
}

#[test]
fn instances_are_made_by_each_call_and_come_with_those_of_the_derived_class() {
    let Some(ours) = Ours::start() else { return };
    let parts = |depth| {
        let class = "Sample_Part".into();
        ours.run(Operation::Enumerate { class, depth, properties: None, keys_only: false }).unwrap()
    };
    let all = parts(Depth::default());
    let of = |class: &str| {
        let of_class = all.iter().filter(|part| part.class_name() == class);
        of_class.map(|part| part.text("Text").unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(of("Sample_Part"), ["ConstructInstance", "NewInstance", "NewDynamicInstance"]);
    assert_eq!(of("Sample_PaintedPart"), ["ConstructInstance"]);
    assert!(all.iter().all(|part| part.property("Id").unwrap().is_key()), "{all:?}");
    assert_eq!(parts(Depth::None).len(), 3);
}

#[test]
fn an_association_is_followed_from_both_ends() {
    let Some(ours) = Ours::start() else { return };
    for (source, target) in [("Sample_Part", "Sample_Kinds"), ("Sample_Kinds", "Sample_Part")] {
        let source = Instance::new(source).with_key("Id", 3_u32);
        let found = ours.run(Operation::Associators {
            source: source.clone(),
            association: Some("Sample_PartOfKinds".into()),
            result_class: None,
            role: None,
            result_role: None,
            properties: None,
            keys_only: false,
        });
        let found = found.unwrap();
        assert_eq!(found.iter().map(Instance::class_name).collect::<Vec<_>>(), [target]);
        assert_eq!(found[0].get("Id"), Some(&Value::Uint32(3)));

        let association = Some("Sample_PartOfKinds".into());
        let references = Operation::References { source, association, role: None, properties: None, keys_only: false };
        let found = ours.run(references).unwrap();
        assert_eq!(found.iter().map(Instance::class_name).collect::<Vec<_>>(), ["Sample_PartOfKinds"]);
    }
}

#[test]
fn filters_and_property_sets_reach_the_provider() {
    let Some(ours) = Ours::start() else { return };
    let query = |text: &str| {
        let query = Select::parse(text).unwrap();
        ours.run(Operation::Query(query)).unwrap()
    };
    let text = "SELECT Name, Expression, NobodyPasses, Requested FROM Sample_Request WHERE Name <> 'nobody'";
    let asked = query(text).remove(0);
    assert_eq!(asked.text("Expression"), Some(text));
    assert_eq!(asked.get("NobodyPasses"), Some(&Value::Boolean(false)));
    let Some(Value::StringArray(requested)) = asked.get("Requested") else { panic!("{asked:?}") };
    assert!(requested.iter().any(|name| name == "Expression"), "{requested:?}");
    assert_eq!(asked.get("Language"), None, "it is not wanted");
    assert!(query("SELECT * FROM Sample_Request WHERE Name = 'nobody'").is_empty(), "the host filters what is posted");

    let key = Instance::new("Sample_Request").with_key("Name", "x");
    let get = |properties| ours.run(Operation::Get { key: key.clone(), properties }).unwrap().remove(0);
    let whole = get(None);
    assert_eq!((whole.get("Requested"), whole.get("NobodyPasses")), (None, Some(&Value::Boolean(true))));
    let few = get(Some(vec!["Requested".to_owned()]));
    assert_eq!(few.get("Requested"), Some(&vec!["Requested".to_owned()].into()));
    assert_eq!((few.text("Name"), few.get("NobodyPasses")), (Some("x"), None));
}
