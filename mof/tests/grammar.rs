//! The grammar of DSP0004 2.x (annex A), rule by rule, under the names of its rules.

use omi_mof::{Arity, Datetime, ElementType, Flavor, Schema, Value};

fn schema(text: &str) -> Schema {
    let schema = omi_mof::compile_text("test.mof", text).unwrap_or_else(|errors| panic!("{errors}"));
    assert!(schema.warnings().is_empty(), "{}", schema.warnings());
    schema
}

/// The default of the property P of a class whose only declaration this is.
fn default(property: &str) -> Value {
    let schema = schema(&format!("class A_B {{ {property} }};"));
    schema.class("A_B").unwrap().properties[0].default.clone().unwrap()
}

#[test]
fn mof_specification_is_any_number_of_productions() {
    assert_eq!(schema("").classes().len(), 0);
    assert_eq!(schema(" // nothing\n/* but\n comments */").classes().len(), 0);
    let every = r#"
        #pragma locale ("en_US")
        Qualifier Mine : boolean = false, Scope(any);
        class A_Thing { [Key] string Name; };
        [Association] class A_Link { [Key] A_Thing REF Left; [Key] A_Thing REF Right; };
        [Indication] class A_Event { };
        instance of A_Thing { Name = "one"; };
    "#;
    let schema = schema(every);
    assert_eq!((schema.classes().len(), schema.instances().len()), (3, 1));
}

#[test]
fn compiler_directive() {
    let schema = schema(
        "#pragma instancelocale(\"de_DE\")\n#PRAGMA Locale(\"en_US\")\n# pragma namespace (\"root/a\")
         #pragma nonlocal(\"x\") #pragma nonlocaltype(\"x\") #pragma source(\"x\") #pragma sourcetype(\"x\")
         class A_B { };",
    );
    assert_eq!(schema.class("A_B").unwrap().namespace.as_deref(), Some("root/a"));
}

#[test]
fn class_declaration_with_alias_superclass_and_qualifier_list() {
    let schema = schema("[Abstract] class A_Base as $Base { }; [Description(\"x\")] class A_B as $B : A_Base { };");
    assert_eq!(schema.class("A_B").unwrap().superclass.as_deref(), Some("A_Base"));
}

#[test]
fn assoc_declaration_has_references_and_other_features() {
    let text = "class A_B { [Key] uint8 Id; };
        [Association, Aggregation] class A_Link {
            [Key, Aggregate, Min(1)] A_B REF Whole; [Key] A_B ref Part; string Note; uint32 Cut();
        };";
    let schema = schema(text);
    let link = schema.class("A_Link").unwrap();
    assert_eq!((link.properties.len(), link.methods.len()), (3, 1));
    assert_eq!(link.property("Whole").unwrap().kind.class_name(), Some("A_B"));
}

#[test]
fn indic_declaration() {
    assert!(schema("[Indication, Exception] class A_Event { string Text; };").classes()[0].is_indication());
}

#[test]
fn qualifier_parameter_is_a_constant_in_parentheses_or_an_array_in_braces() {
    let schema = schema(
        "[Description ( \"a\" \"b\" ), Version(\"1.0\")] class A_B {
            [ValueMap{\"1\"}, Values { \"One\" }, MaxLen (7), Key, Required(true)] uint8 P; };",
    );
    let class = schema.class("A_B").unwrap();
    assert_eq!(class.qualifiers.text("Description"), Some("ab"));
    assert_eq!(class.properties[0].qualifiers.texts("Values"), ["One"]);
    assert_eq!(class.properties[0].qualifiers.get("MaxLen").unwrap().value, Value::Integer(7));
}

#[test]
fn flavor_keywords_follow_a_colon_and_may_be_several() {
    let schema = schema("class A_B { [Description(\"x\") : DisableOverride Restricted Translatable] uint8 P; };");
    let flavor = schema.class("A_B").unwrap().properties[0].qualifiers[0].flavor;
    assert_eq!(flavor, Flavor { to_subclass: false, overridable: false, translatable: true });
}

#[test]
fn data_type_is_one_of_fourteen_in_any_case() {
    for kind in [
        "uint8", "sint8", "uint16", "sint16", "uint32", "sint32", "uint64", "sint64", "real32", "real64", "char16",
        "string", "boolean", "datetime", "UINT8", "String", "DateTime",
    ] {
        let schema = schema(&format!("class A_B {{ {kind} P; {kind} Q[]; {kind} M({kind} X, {kind} Y[]); }};"));
        let class = schema.class("A_B").unwrap();
        assert_eq!(class.properties[0].kind.to_string(), kind.to_lowercase());
        assert_eq!(class.methods[0].parameters[1].kind.to_string(), format!("{}[]", kind.to_lowercase()));
    }
}

#[test]
fn array_is_of_any_or_of_a_fixed_size() {
    let schema = schema(
        "class A_B { uint8 Any[]; uint8 Two[2] = { 1, 2 }; uint8 Fewer[ 3 ] = { 1 };
            [ArrayType(\"Bag\")] string Bag[]; [ArrayType(\"Ordered\")] string Ordered[];
            [ArrayType(\"Indexed\")] string Indexed[]; };",
    );
    let class = schema.class("A_B").unwrap();
    let arities: Vec<_> = class.properties.iter().map(|property| property.kind.arity).collect();
    assert_eq!(arities[..3], [Arity::Array, Arity::Fixed(2), Arity::Fixed(3)]);
    assert_eq!(class.property("Indexed").unwrap().qualifiers.text("ArrayType"), Some("Indexed"));
}

#[test]
fn parameter_list_may_be_empty_and_has_data_types_references_and_arrays() {
    let schema = schema(
        "class A_B { uint32 None(); uint32 All([In] uint8 A, [In(false), Out] string B[], A_B REF C, A_B REF D[]); };",
    );
    let parameters = &schema.class("A_B").unwrap().method("All").unwrap().parameters;
    let kinds: Vec<_> = parameters.iter().map(|parameter| parameter.kind.to_string()).collect();
    assert_eq!(kinds, ["uint8", "string[]", "A_B REF", "A_B REF[]"]);
}

#[test]
fn binary_octal_decimal_and_hex_values() {
    for (text, value) in [
        ("0", 0),
        ("00", 0),
        ("+12", 12),
        ("-12", -12),
        ("1010B", 10),
        ("-11b", -3),
        ("0777", 511),
        ("-07", -7),
        ("0xAbC", 2748),
        ("-0X10", -16),
    ] {
        assert_eq!(default(&format!("sint64 P = {text};")), Value::Integer(value), "{text}");
    }
}

#[test]
fn real_value() {
    for (text, value) in [("1.5", 1.5), ("-0.25", -0.25), (".5", 0.5), ("1.0e3", 1000.0), ("2.5E-1", 0.25), ("7", 7.0)]
    {
        assert_eq!(default(&format!("real64 P = {text};")), Value::Real(value), "{text}");
    }
}

#[test]
fn char_value_is_a_character_an_escape_or_a_number() {
    for (text, unit) in
        [("'a'", 0x61), ("'\\''", 0x27), ("'\\x263a'", 0x263A), ("'ä'", 0xE4), ("'\"'", 0x22), ("65", 65)]
    {
        assert_eq!(default(&format!("char16 P = {text};")), Value::Char16(unit), "{text}");
    }
}

#[test]
fn string_value_is_one_or_more_quoted_pieces() {
    let text = "\"one \" \"two\"\n // between\n /* them */ \" three\"";
    assert_eq!(default(&format!("string P = {text};")), Value::String("one two three".to_owned()));
    assert_eq!(default("string P = \"\";"), Value::String(String::new()));
}

#[test]
fn every_escape_of_a_string() {
    let text = r#"string P = "\b\t\n\f\r\"\'\\\x7E\X00e9\x41B";"#;
    assert_eq!(default(text), Value::String("\u{8}\t\n\u{C}\r\"'\\~\u{e9}\u{41B}".to_owned()));
}

#[test]
fn datetime_value_is_a_point_in_time_or_an_interval() {
    for text in ["20260131235959.000001+060", "19991231000000.500000-300", "00000012123000.000000:000"] {
        assert_eq!(default(&format!("datetime P = \"{text}\";")), Value::Datetime(Datetime::parse(text).unwrap()));
    }
    for text in ["****0317093000.000000-480", "20260131******.******+000", "00000001******.******:000"] {
        assert!(matches!(default(&format!("datetime P = \"{text}\";")), Value::Datetime(_)), "{text}");
    }
}

#[test]
fn boolean_and_null_values() {
    assert_eq!(default("boolean P = TRUE;"), Value::Boolean(true));
    assert_eq!(default("boolean P = False;"), Value::Boolean(false));
    let schema = schema("class A_B { uint8 P = NULL; uint8 Q[] = null; };");
    assert!(schema.class("A_B").unwrap().properties.iter().all(|property| property.default.is_none()));
}

#[test]
fn array_initializer() {
    assert_eq!(default("uint8 P[] = { 1, 0x2, 11b };"), Value::Array([1, 2, 3].map(Value::Integer).to_vec()));
    assert_eq!(default("string P[] = { };"), Value::Array(Vec::new()));
}

#[test]
fn reference_initializer_is_an_object_path_or_an_alias() {
    let schema = schema(
        r#"class A_B { [Key] string Name; };
           [Association] class A_Link { [Key] A_B REF Left = "A_B.Name=\"x\""; [Key] A_B REF Right; };
           instance of A_B as $One { Name = "one"; };
           instance of A_Link { Right = $One; };"#,
    );
    let left = schema.class("A_Link").unwrap().property("Left").unwrap().default.clone();
    assert_eq!(left, Some(Value::Path("A_B.Name=\"x\"".to_owned())));
    assert_eq!(schema.instances()[1].values, [("Right".to_owned(), Value::Alias("$One".to_owned()))]);
}

#[test]
fn qualifier_declaration_with_type_default_scope_and_flavor() {
    let schema = schema(
        "Qualifier Simple : boolean = false, Scope(any);
         QUALIFIER Listed : string[] = { \"a\" }, Scope(class, association, indication, property), Flavor(Restricted);
         qualifier Old : uint8, Scope(schema, qualifier, reference, method, parameter), Flavor(EnableOverride, ToSubclass);
         Qualifier Late : sint32 = -1, Flavor(DisableOverride, Translatable), Scope(property);",
    );
    let find = |name: &str| schema.qualifier_types().iter().find(|declared| declared.name == name).unwrap();
    assert_eq!(find("Simple").default, Value::Boolean(false));
    assert_eq!(find("Listed").arity, Arity::Array);
    assert!(!find("Listed").flavor.to_subclass && !find("Listed").scope.method);
    assert!(find("Old").scope.parameter && !find("Old").scope.class);
    assert!(find("Late").scope.property && find("Late").flavor.translatable && !find("Late").flavor.overridable);
}

#[test]
fn instance_declaration_with_qualifiers_alias_and_values() {
    let schema = schema(
        "class A_B { [Key] string Name; uint8 Many[]; [EmbeddedInstance(\"A_B\")] string Inner; };
         [Description(\"x\")] Instance Of A_B AS $Outer { [Description(\"y\")] name = \"o\"; MANY = { 1 }; Inner = $Inner; };
         instance of A_B as $Inner { };",
    );
    let values = &schema.instances()[0].values;
    assert_eq!(values[0], ("Name".to_owned(), Value::String("o".to_owned())));
    assert_eq!(values[2], ("Inner".to_owned(), Value::Alias("$Inner".to_owned())));
}

#[test]
fn identifier_may_be_any_keyword() {
    let keywords = [
        "any",
        "as",
        "association",
        "class",
        "disableoverride",
        "enableoverride",
        "false",
        "flavor",
        "indication",
        "instance",
        "method",
        "null",
        "of",
        "parameter",
        "pragma",
        "property",
        "qualifier",
        "ref",
        "reference",
        "restricted",
        "schema",
        "scope",
        "tosubclass",
        "translatable",
        "true",
    ];
    for word in keywords {
        let schema = schema(&format!(
            "class {word} {{ [Key] string {word}; uint32 M_{word}(string {word}); }};
             class A_Sub : {word} {{ }};
             instance of A_Sub {{ {word} = \"x\"; }};"
        ));
        assert_eq!(schema.class(word).unwrap().properties[0].name, word);
    }
}

#[test]
fn embedding_qualifiers_make_a_string_an_instance() {
    let schema = schema(
        "class A_B { [EmbeddedObject] string Any; [EmbeddedInstance(\"A_B\")] string One;
            [EmbeddedInstance(\"A_B\")] string Many[]; };",
    );
    let kinds: Vec<_> = schema.class("A_B").unwrap().properties.iter().map(|property| property.kind.clone()).collect();
    assert_eq!(kinds[0].element, ElementType::Instance(None));
    assert_eq!(kinds[1].to_string(), "instance of A_B");
    assert_eq!(kinds[2].to_string(), "instance of A_B[]");
}
