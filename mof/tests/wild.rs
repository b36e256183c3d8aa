//! What real files write that DSP0004 does not have: WMI's forms, and the documents of desired state configuration.

use omi_mof::{Compiler, Level, Lint, Schema, Value};

fn compile(text: &str) -> Schema {
    omi_mof::compile_text("test.mof", text).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Compiles text in which only these lints find something, once each.
fn compile_with(lints: &[Lint], text: &str) -> Schema {
    let schema = compile(text);
    let found: Vec<_> = schema.warnings().iter().map(|warning| warning.lint().unwrap()).collect();
    assert_eq!(found, lints, "{}", schema.warnings());
    schema
}

#[test]
fn a_class_as_data_type_is_an_embedded_instance() {
    let schema = compile_with(
        &[Lint::WmiSyntax; 4],
        "class A_Part { };
         class A_B { A_Part One; A_Part Many[]; object Any; [EmbeddedInstance(\"A_Part\")] a_part Twice; };",
    );
    let kinds: Vec<_> =
        schema.class("A_B").unwrap().properties.iter().map(|property| property.kind.to_string()).collect();
    assert_eq!(kinds, ["instance of A_Part", "instance of A_Part[]", "instance", "instance of A_Part"]);
}

#[test]
fn an_instance_may_stand_where_it_is_used() {
    let schema = compile_with(
        &[Lint::WmiSyntax; 2],
        "class A_Part { uint8 Size; [EmbeddedInstance(\"A_Part\")] string Inner; };
         class A_B { [EmbeddedInstance(\"A_Part\")] string Parts[]; };
         instance of A_B {
             Parts = { instance of A_Part { Size = 1; }, INSTANCE OF A_Part { Inner = instance of A_Part { Size = 2; }; } };
         };",
    );
    let value = &schema.instances()[0].values[0].1;
    let [Value::Instance(first), Value::Instance(second)] = value.elements() else { panic!("{value}") };
    assert_eq!(first.values, [("Size".to_owned(), Value::Integer(1))]);
    assert_eq!(second.values[0].1.to_string(), "instance of A_Part { Size = 2; }");
}

#[test]
fn an_instance_in_an_instance_is_checked_as_any_other() {
    let errors = omi_mof::compile_text(
        "test.mof",
        "class A_Part { uint8 Size; };
         class A_B { [EmbeddedInstance(\"A_Part\")] string Part; uint8 Number; };
         instance of A_B { Part = instance of A_Part { Size = 256; Sise = 1; }; Number = instance of A_Part { }; };",
    );
    let errors = errors.unwrap_err();
    let messages: Vec<_> = errors.iter().filter(|error| error.lint().is_none()).map(|error| error.message()).collect();
    assert_eq!(
        messages,
        [
            "256 does not fit `Size`, which is uint8",
            "the class `A_Part` has no property `Sise`",
            "`Number` is uint8, but the value is an instance",
        ]
    );
}

#[test]
fn a_property_without_a_value_is_null() {
    let schema = compile_with(&[Lint::WmiSyntax], "class A_B { string Name; }; instance of A_B { [Key] Name; };");
    assert_eq!(schema.instances()[0].values, [("Name".to_owned(), Value::Null)]);
}

#[test]
fn a_system_class_of_wmi_is_not_missed() {
    let schema = compile_with(
        &[Lint::WmiSyntax; 2],
        "instance of __Win32Provider as $P { Name = \"core\"; };
         instance of __MethodProviderRegistration { Provider = $P; };
         instance of __MethodProviderRegistration { Provider = $P; };",
    );
    assert_eq!(schema.instances().len(), 3);
}

#[test]
fn a_parameter_may_have_a_default_and_a_qualifier_only_flavors() {
    compile_with(
        &[Lint::WmiSyntax; 2],
        "qualifier write : ToInstance ToSubClass;
         class A_B { uint32 Echo([In] string Text = \"default\", [Out] string Result); };",
    );
}

#[test]
fn the_pragmas_and_flavors_of_wmi_are_known() {
    compile_with(
        &[],
        "#pragma autorecover\n#pragma classflags(\"forceupdate\")\n#pragma deleteclass(\"A_B\", NOFAIL)\n
         #pragma amendment(\"MS_409\")\n#pragma namespace(\"\\\\\\\\.\\\\root\\\\default\")
         [Dynamic : ToInstance, Provider(\"Sample\") : ToInstance Amended NotToInstance, Locale(1033)] class A_B { };",
    );
}

#[test]
fn text_for_a_preprocessor_is_one_error() {
    let text = "#include \"base.h\"\n#define CLASS(x) class x\nCLASS(A_B) { };\nclass A_C : A_B { };";
    let errors = omi_mof::compile_text("test.mof", text).unwrap_err();
    let messages: Vec<_> = errors.iter().map(|error| error.message()).collect();
    assert_eq!(messages, ["MOF has no preprocessor; from here the file is not read"]);
}

/// Written as the Linux LCM's base schema, a resource's schema file, and what `Start-DscConfiguration` compiles.
const DSC_SCHEMA: &str = r#"
    [Abstract, ClassVersion("1.0.0")]
    class OMI_BaseResource {
        [Required] string ResourceId; [Write] string SourceInfo; [Write] string DependsOn[];
        [Required] string ModuleName; [Required] string ModuleVersion; [Write] string ConfigurationName;
    };
    [ClassVersion("1.0.0")] class MSFT_KeyValuePair { [Key] string Key; [Write] string Value; };
    [ClassVersion("1.0.0")] class MSFT_Credential { [MaxLen(256)] string UserName; string Password; };
    [ClassVersion("1.0.0")] class OMI_ConfigurationDocument {
        string Version; string Author; string GenerationDate; string GenerationHost; string Name;
        string MinimumCompatibleVersion; string CompatibleVersionAdditionalProperties[];
    };
    [ClassVersion("1.0.0"), FriendlyName("nxThing")] class MSFT_nxThingResource : OMI_BaseResource {
        [Key] string Path; [Write, ValueMap{"Present","Absent"}, Values{"Present","Absent"}] string Ensure;
        [Write, EmbeddedInstance("MSFT_Credential")] string Credential;
        [Write, EmbeddedInstance("MSFT_KeyValuePair")] string Data[];
        [Write] string Script;
    };
"#;

const DSC_DOCUMENT: &str = "/*\r
@TargetNode='localhost'\r
@GeneratedBy=Größe\r
*/\r
instance of MSFT_Credential as $MSFT_Credential1ref { UserName = \"me\"; Password = \"none\"; };\r
instance of MSFT_KeyValuePair as $Alias00000001 { Value = \"v\"; };\r
instance of MSFT_nxThingResource as $MSFT_nxThingResource1ref\r
{\r
ResourceID = \"[nxThing]One::[Inner]Two\";\r
 Path = \"/tmp/x\";\r
 Ensure = \"Present\";\r
 SourceInfo = \"C:\\\\x.ps1::3::9::nxThing\";\r
 Credential = $MSFT_Credential1ref;\r
 Data = {\r
    $Alias00000001\r
};\r
 Script = \"#!/bin/sh
echo \\\"hello\\\"\r
exit 0\r
\";\r
 ModuleName = \"nx\";\r
 ModuleVersion = \"1.0\";\r
 ConfigurationName = \"Sample\";\r
};\r
\r
instance of OMI_ConfigurationDocument\r
                    {\r
 Version=\"2.0.0\";\r
 MinimumCompatibleVersion = \"1.0.0\";\r
 CompatibleVersionAdditionalProperties= { \"MSFT_DSCMetaConfiguration:StatusRetentionTimeInDays\" };\r
 Name=\"Sample\";\r
};\r
";

#[test]
fn a_configuration_document_resolves_in_every_encoding() {
    let folder = std::env::temp_dir().join(format!("omi-mof-dsc-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let utf16: Vec<u8> = format!("\u{FEFF}{DSC_DOCUMENT}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(folder.join("schema.mof"), DSC_SCHEMA).unwrap();
    for document in [DSC_DOCUMENT.as_bytes(), &utf16] {
        std::fs::write(folder.join("localhost.mof"), document).unwrap();
        let files = [folder.join("schema.mof"), folder.join("localhost.mof")];
        let schema = Compiler::default().level(Lint::MultilineString, Level::Allow).compile_all(files);
        let schema = schema.unwrap_or_else(|errors| panic!("{errors}"));
        assert!(schema.warnings().is_empty(), "{}", schema.warnings());
        let thing = &schema.instances()[2];
        let value = |name: &str| thing.values.iter().find(|(other, _)| other == name).unwrap().1.clone();
        assert_eq!(value("Script"), Value::String("#!/bin/sh\necho \"hello\"\nexit 0\n".to_owned()));
        assert_eq!(value("Data"), Value::Array(vec![Value::Alias("$Alias00000001".to_owned())]));
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn two_resources_of_a_document_may_not_have_the_same_key() {
    let text = format!(
        "{DSC_SCHEMA}
         instance of MSFT_nxThingResource as $A {{ ResourceID = \"a\"; ModuleName = \"nx\"; Path = \"/x\"; }};
         instance of MSFT_nxThingResource as $B {{ ResourceID = \"b\"; ModuleName = \"nx\"; Path = \"/x\"; }};
         instance of MSFT_nxThingResource as $C {{ ResourceID = \"c\"; ModuleName = \"nx\"; }};"
    );
    let errors = omi_mof::compile_text("test.mof", &text).unwrap_err();
    let lints: Vec<_> = errors.iter().map(|error| error.lint().unwrap()).collect();
    assert_eq!(lints, [Lint::DuplicateInstance, Lint::MissingKey]);
}

#[test]
fn an_include_may_have_the_separators_of_windows() {
    let folder = std::env::temp_dir().join(format!("omi-mof-windows-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("Core")).unwrap();
    std::fs::write(folder.join("main.mof"), "#pragma include(\"Core\\\\A_B.mof\")").unwrap();
    std::fs::write(folder.join("Core/A_B.mof"), "class A_B { };").unwrap();
    let schema = omi_mof::compile(&folder.join("main.mof"));
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(schema.unwrap().classes().len(), 1);
}
