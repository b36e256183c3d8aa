//! Inheritance, qualifiers and types of a resolved schema.

use omi_mof::{Arity, Class, Datetime, ElementType, Primitive, Schema, Value};

fn schema(text: &str) -> Schema {
    omi_mof::compile_text("test.mof", text).unwrap_or_else(|errors| panic!("{errors}"))
}

fn names(class: &Class) -> Vec<&str> {
    class.properties.iter().map(|property| property.name.as_str()).collect()
}

const FAMILY: &str = r#"
    class A_Child : A_Parent { uint32 New; [Override("Size")] uint64 Size; [Override("Run")] uint32 Run(); };
    class A_Parent { [Key] string Name; uint64 Size = 7; string Last; uint32 Run(); uint32 Stop(); };
"#;

#[test]
fn inherited_properties_come_first_and_an_override_keeps_its_place() {
    let schema = schema(FAMILY);
    let child = schema.class("a_child").unwrap();
    assert_eq!(names(child), ["Name", "Size", "Last", "New"]);
    let methods: Vec<_> = child.methods.iter().map(|method| method.name.as_str()).collect();
    assert_eq!(methods, ["Run", "Stop"]);
}

#[test]
fn origin_is_the_first_class_and_propagator_the_last() {
    let schema = schema(FAMILY);
    let child = schema.class("A_Child").unwrap();
    let of = |name: &str| {
        let property = child.property(name).unwrap();
        (property.origin.as_str(), property.propagator.as_str())
    };
    assert_eq!(of("Name"), ("A_Parent", "A_Parent"));
    assert_eq!(of("Size"), ("A_Parent", "A_Child"));
    assert_eq!(of("New"), ("A_Child", "A_Child"));
    let run = child.method("run").unwrap();
    assert_eq!((run.origin.as_str(), run.propagator.as_str()), ("A_Parent", "A_Child"));
}

#[test]
fn classes_stand_behind_their_superclass_whatever_the_order_of_the_text() {
    let schema = schema(FAMILY);
    let order: Vec<_> = schema.classes().iter().map(|class| class.name.as_str()).collect();
    assert_eq!(order, ["A_Parent", "A_Child"]);
    let child = schema.class("A_Child").unwrap();
    let ancestry: Vec<_> = schema.ancestry(child).map(|class| class.name.as_str()).collect();
    assert_eq!(ancestry, ["A_Child", "A_Parent"]);
    assert!(schema.has_subclasses(schema.class("A_Parent").unwrap()));
}

#[test]
fn an_override_without_a_default_keeps_the_inherited_one() {
    let schema = schema(FAMILY);
    assert_eq!(schema.class("A_Child").unwrap().property("Size").unwrap().default, Some(Value::Integer(7)));
}

#[test]
fn qualifiers_are_handed_down_by_their_flavor() {
    let schema = schema(
        r#"
        [Abstract, Description("parent"), Version("1.0")]
        class A_Parent {
            [Key, Description("name"), Deprecated { "x" }] string Name;
            [Description("size"), Units("bytes")] uint64 Size;
            [Description("here only") : Restricted] uint64 Local;
        };
        class A_Child : A_Parent { [Override("Size"), Description("own")] uint64 Size; };
        "#,
    );
    let child = schema.class("A_Child").unwrap();
    assert!(!child.is_abstract());
    assert_eq!(child.qualifiers.text("Description"), Some("parent"));
    assert!(child.qualifiers.get("Version").is_none());
    let name = child.property("Name").unwrap();
    assert!(name.is_key());
    assert!(name.qualifiers.get("Deprecated").is_none());
    let size = child.property("Size").unwrap();
    assert_eq!((size.qualifiers.text("Description"), size.qualifiers.text("Units")), (Some("own"), Some("bytes")));
    assert!(child.property("Local").unwrap().qualifiers.get("Description").is_none());
}

#[test]
fn associations_and_indications_stay_what_they_are() {
    let schema = schema(
        r#"
        class A_Thing { [Key] string Name; };
        class A_Special : A_Thing { };
        [Association] class A_Link { [Key] A_Thing REF Left; [Key] A_Thing REF Right; };
        class A_SpecialLink : A_Link { [Override("Left")] A_Special REF Left; };
        [Indication] class A_Event { };
        class A_SpecialEvent : A_Event { };
        "#,
    );
    let link = schema.class("A_SpecialLink").unwrap();
    assert!(link.is_association());
    assert_eq!(link.property("Left").unwrap().kind.class_name(), Some("A_Special"));
    assert!(schema.class("A_SpecialEvent").unwrap().is_indication());
}

#[test]
fn embedding_qualifiers_make_instances() {
    let schema = schema(
        r#"
        class A_Part { };
        class A_Whole {
            [EmbeddedInstance("a_part")] string Parts[];
            [EmbeddedObject] string Any;
            string Pair[2];
        };
        "#,
    );
    let whole = schema.class("A_Whole").unwrap();
    let parts = &whole.property("Parts").unwrap().kind;
    assert_eq!(parts.element, ElementType::Instance(Some("A_Part".to_owned())));
    assert_eq!(parts.arity, Arity::Array);
    assert_eq!(whole.property("Any").unwrap().kind.element, ElementType::Instance(None));
    assert_eq!(whole.property("Pair").unwrap().kind.arity, Arity::Fixed(2));
}

#[test]
fn a_parameter_is_an_input_unless_it_says_otherwise() {
    let schema = schema(
        r#"class A_B {
            uint32 M(uint32 Plain, [In] uint32 In, [Out] uint32 Out, [In, Out] uint32 Both, [In(false), Out] uint32 Dmtf);
        };"#,
    );
    let method = schema.class("A_B").unwrap().method("M").unwrap();
    let directions: Vec<_> =
        method.parameters.iter().map(|parameter| (parameter.is_in(), parameter.is_out())).collect();
    assert_eq!(directions, [(true, false), (true, false), (false, true), (true, true), (false, true)]);
}

#[test]
fn literals_of_every_kind() {
    let schema = schema(
        r#"
        CLASS A_B {
            Uint32 Binary = 101b; SINT32 Octal = -017; uint8 Hex = 0xFf;
            real64 Real = 1.5E3; real32 Whole = 2; Boolean Yes = True; string No = null;
            char16 Letter = '\x41'; string Text = "a" /* joined */ "\"b" // and so on
                "\tc";
            datetime When = "20260131235959.000001-060"; uint16 Many[] = { 1, 0x2, 11b };
        };
        "#,
    );
    let default = |name: &str| schema.class("A_B").unwrap().property(name).unwrap().default.clone();
    assert_eq!(default("Binary"), Some(Value::Integer(5)));
    assert_eq!(default("Octal"), Some(Value::Integer(-15)));
    assert_eq!(default("Hex"), Some(Value::Integer(255)));
    assert_eq!(default("Real"), Some(Value::Real(1500.0)));
    assert_eq!(default("Whole"), Some(Value::Real(2.0)));
    assert_eq!(default("Yes"), Some(Value::Boolean(true)));
    assert_eq!(default("No"), None);
    assert_eq!(default("Letter"), Some(Value::Char16(0x41)));
    assert_eq!(default("Text"), Some(Value::String("a\"b\tc".to_owned())));
    assert_eq!(default("When"), Datetime::parse("20260131235959.000001-060").map(Value::Datetime));
    assert_eq!(default("Many"), Some(Value::Array([1, 2, 3].map(Value::Integer).to_vec())));
}

#[test]
fn keywords_are_names_where_a_name_stands() {
    let schema = schema("class class { string instance; uint32 qualifier(string ref); class REF as; };");
    assert_eq!(names(schema.class("class").unwrap()), ["instance", "as"]);
}

#[test]
fn instances_and_namespaces() {
    let schema = schema(
        r#"
        #pragma locale("en_US")
        #pragma namespace("root/one")
        class A_Part { [Key] string Name; [EmbeddedInstance("A_Part")] string Inner; };
        #pragma namespace("root/two")
        instance of A_Part as $Outer { Name = "outer"; Inner = $Inner; };
        instance of A_Part as $Inner { Name = "inner"; };
        "#,
    );
    assert_eq!(schema.class("A_Part").unwrap().namespace.as_deref(), Some("root/one"));
    let [outer, inner] = schema.instances() else { panic!("two instances") };
    assert_eq!(outer.namespace.as_deref(), Some("root/two"));
    assert_eq!(outer.values[1], ("Inner".to_owned(), Value::Alias("$Inner".to_owned())));
    assert_eq!(inner.alias.as_deref(), Some("$Inner"));
}

#[test]
fn a_declared_qualifier_replaces_the_standard_one() {
    let schema = schema(
        "Qualifier Units : uint32 = 5, Scope(class, property), Flavor(Restricted);
         [Units(7)] class A_B { [Units] uint32 P; };",
    );
    let class = schema.class("A_B").unwrap();
    assert_eq!(class.qualifiers.get("Units").unwrap().value, Value::Integer(7));
    let units = schema.qualifier_types().iter().find(|declared| declared.name == "Units").unwrap();
    assert_eq!((units.primitive, &units.default), (Primitive::Uint32, &Value::Integer(5)));
    assert!(!units.flavor.to_subclass && units.scope.property && !units.scope.method);
}

#[test]
fn schema_files_of_dsc_need_no_declarations_of_their_qualifiers() {
    let schema = schema(
        "#pragma autorecover
         class OMI_BaseResource { };
         [ClassVersion(\"1.0.0\"), FriendlyName(\"nxThing\"), SupportsInventory]
         class MSFT_nxThingResource : OMI_BaseResource { [Key, InventoryFilter] string Name; [Write] string Ensure; };",
    );
    let class = schema.class("MSFT_nxThingResource").unwrap();
    assert_eq!(class.qualifiers.text("FriendlyName"), Some("nxThing"));
}
