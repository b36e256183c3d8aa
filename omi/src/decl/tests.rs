//! What is packed comes back.

use super::*;
use crate::flags;

static BASE: ClassSpec = crate::class_spec! {
    name: c"T_Base",
    superclass: None,
    flags: flags::ABSTRACT,
    qualifiers: &[],
    properties: &[
        PropertySpec { flags: flags::KEY, ..PropertySpec::new(c"Id", Type::String) },
        PropertySpec {
            qualifiers: &[
                QualifierSpec { name: c"Deprecated", flavor: flags::RESTRICTED, value: Literal::Boolean(true) },
                QualifierSpec { name: c"MaxLen", flavor: flags::TO_SUBCLASS, value: Literal::Uint32(64) },
            ],
            ..PropertySpec::new(c"Note", Type::String)
        },
        PropertySpec::new(c"Caption", Type::String),
    ],
    methods: &[MethodSpec::new(c"Start", Type::Uint32), MethodSpec::new(c"Stop", Type::Uint32)],
};

static THING: ClassSpec = crate::class_spec! {
    name: c"T_Thing",
    superclass: Some(&BASE),
    flags: 0,
    qualifiers: &[
        QualifierSpec { name: c"Version", flavor: flags::DISABLE_OVERRIDE, value: Literal::String(c"1.0") },
        QualifierSpec {
            name: c"Values",
            flavor: flags::TRANSLATABLE,
            value: Literal::StringArray(&[c"", c"a b", c"c"]),
        },
        QualifierSpec { name: c"Nothing", flavor: 0, value: Literal::Null(Type::Uint32Array) },
        QualifierSpec { name: c"Empty", flavor: 0, value: Literal::StringArray(&[]) },
        QualifierSpec { name: c"MaxLen", flavor: flags::TO_SUBCLASS, value: Literal::Uint32(4_000_000_000) },
    ],
    properties: &[
        PropertySpec {
            qualifiers: &[QualifierSpec { name: c"Counter", flavor: 0, value: Literal::Boolean(true) }],
            default: Some(Literal::Sint16Array(&[-1, 2])),
            ..PropertySpec::new(c"Counts", Type::Sint16Array)
        },
        PropertySpec { flags: flags::READ_ONLY, ..PropertySpec::new(c"caption", Type::String) },
        PropertySpec { class_name: Some(c"T_Base"), subscript: 3, ..PropertySpec::new(c"Parts", Type::InstanceArray) },
    ],
    methods: &[MethodSpec {
        flags: flags::STATIC,
        parameters: &[PropertySpec { flags: flags::OUT, ..PropertySpec::new(c"Sum", Type::Uint64) }],
        ..MethodSpec::new(c"Stop", Type::Uint8)
    }],
};

#[test]
fn an_overriding_property_stands_in_the_place_of_the_one_it_overrides() {
    let names: Vec<_> = THING.properties().iter().map(Property::name).collect();
    assert_eq!(names, ["Id", "Note", "caption", "Counts", "Parts"]);
    assert!(THING.keys().eq(["Id"]));
    assert_eq!(THING.property("CAPTION").unwrap().flags, flags::READ_ONLY);
    assert_eq!(BASE.property("Caption").unwrap().flags, 0);
    assert!(THING.property("Missing").is_none());
}

#[test]
fn elements_come_back_as_they_were_written() {
    assert_eq!((THING.flags(), BASE.flags()), (0, flags::ABSTRACT));
    let parts = THING.property("Parts").unwrap();
    assert_eq!((parts.kind, parts.class_name(), parts.subscript), (Type::InstanceArray, Some("T_Base"), 3));
    assert!(parts.default.is_null() && parts.qualifiers.iter().count() == 0);
    let counts = THING.property("Counts").unwrap();
    assert!(counts.qualifiers.get("counter").is_some() && counts.class_name().is_none());
    assert_eq!((counts.default.kind, counts.default.elements.unwrap().len()), (Type::Sint16Array, 4));
    let stop = THING.method("stop").unwrap();
    assert_eq!((stop.flags, stop.returns), (flags::STATIC, Type::Uint8));
    assert!(stop.parameters().map(|it| (it.name(), it.kind, it.flags)).eq([("Sum", Type::Uint64, flags::OUT)]));
    assert_eq!(THING.method("Start").unwrap().parameters().count(), 0);
}

#[test]
fn qualifiers_come_back_in_order() {
    let all: Vec<_> = THING.qualifiers().iter().map(|it| (it.name(), it.value.kind, it.flavor)).collect();
    let expected = [
        ("Version", Type::String, flags::DISABLE_OVERRIDE),
        ("Values", Type::StringArray, flags::TRANSLATABLE),
        ("Nothing", Type::Uint32Array, 0),
        ("Empty", Type::StringArray, 0),
        ("MaxLen", Type::Uint32, flags::TO_SUBCLASS),
    ];
    assert_eq!(all, expected);
    let value = |name| THING.qualifiers().get(name).unwrap().value;
    assert_eq!(value("maxlen").elements, Some(&4_000_000_000_u32.to_ne_bytes()[..]));
    assert!(value("Nothing").is_null() && !value("Empty").is_null());
}

#[test]
fn a_restricted_qualifier_is_not_inherited() {
    let names = |class: &ClassSpec| {
        let all = class.properties();
        let listed: Vec<_> = all[1].qualifiers.iter().map(Qualifier::name).collect();
        let found = class.property("Note").unwrap();
        assert!(found.qualifiers.iter().map(Qualifier::name).eq(listed.iter().copied()));
        listed
    };
    assert_eq!(names(&BASE), ["Deprecated", "MaxLen"]);
    assert_eq!(names(&THING), ["MaxLen"]);
}

#[test]
fn texts_are_those_of_strings_only() {
    let texts = |name| THING.qualifiers().get(name).unwrap().texts().collect::<Vec<_>>();
    assert_eq!(texts("Values"), ["", "a b", "c"]);
    assert_eq!(texts("version"), ["1.0"]);
    assert!(texts("Empty").is_empty() && texts("MaxLen").is_empty() && texts("Nothing").is_empty());
}

#[test]
fn a_class_is_its_ancestors() {
    assert!(THING.is_a("t_thing") && THING.is_a("T_Base") && !BASE.is_a("T_Thing"));
}
