//! What DSC reads about resources: the LCM's two MOF files, and the manifest of DSC v3.

use omi_mof::generate::{self, Manifest};

/// What a provider library declares of the base class; the LCM has a fuller one.
const BASE: &str = "[Abstract] class OMI_BaseResource { };\n";

const RESOURCES: &str = r#"
Qualifier ClassVersion : string = null, Scope(class), Flavor(EnableOverride, Restricted);
Qualifier FriendlyName : string = null, Scope(class), Flavor(EnableOverride, Restricted);

[ClassVersion("1.0.0")] class MSFT_Credential { string UserName; string Password; };

[ClassVersion("1.0.0"), Description("A rule.")]
class Demo_Rule
{
    [Key, Description("From.")] string Source;
    [Write, ValueMap { "1", "2" }, Values { "Allow", "Deny" }] uint8 Action = 1;
};

[ClassVersion("1.2.0"), FriendlyName("Share"), Description("A folder that others may use.")]
class Demo_ShareResource : OMI_BaseResource
{
    [Key, MaxLen(255), Description("The path."), MappingStrings { "/etc/exports" }] string Path;
    [Write, ValueMap { "Present", "Absent" }, Values { "Present", "Absent" }] string Ensure;
    [Required, ValueMap { "ro", "rw" }] string Access;
    [Write, PUnit("byte"), MinValue(1)] uint64 Quota;
    [Write] boolean Public = false;
    [Write] sint16 Mask[4];
    [Write, EmbeddedInstance("Demo_Rule")] string Rules[];
    [Write, EmbeddedInstance("MSFT_Credential")] string Account;
    [Read] datetime Changed;

    [Static] uint32 GetTargetResource([In, EmbeddedInstance("Demo_ShareResource")] string InputResource,
        [In] uint32 Flags, [Out, EmbeddedInstance("Demo_ShareResource")] string OutputResource);
    [Static] uint32 InventoryTargetResource([In, EmbeddedInstance("Demo_ShareResource")] string InputResource,
        [Out, EmbeddedInstance("Demo_ShareResource")] string inventory[]);
};
"#;

fn compile(text: &str) -> omi_mof::Schema {
    omi_mof::compile_text("demo.mof", text).unwrap_or_else(|errors| panic!("{errors}"))
}

fn unfit(class: &str) -> Vec<String> {
    let schema = compile(&format!("{BASE}{class}"));
    let class = generate::resources(&schema)[0];
    let unfit = generate::lcm_schema(&schema, class).unwrap_err();
    let manifest = Manifest { owner: None, executable: "demo" };
    assert_eq!(generate::manifest(&schema, class, &manifest), Err(unfit.clone()));
    unfit.0
}

#[test]
fn the_lcm_s_view_has_the_embedded_classes_first_and_no_methods() {
    let schema = compile(&format!("{BASE}{RESOURCES}"));
    let resources = generate::resources(&schema);
    assert_eq!(resources.iter().map(|class| class.name.as_str()).collect::<Vec<_>>(), ["Demo_ShareResource"]);
    let view = generate::lcm_schema(&schema, resources[0]).unwrap();
    insta::assert_snapshot!(view);

    // The LCM has its own base class.
    let base = "[Abstract, ClassVersion(\"1.0.0\")] class OMI_BaseResource { [Required] string ResourceId; };
                class MSFT_Credential { string UserName; string Password; };
                Qualifier ClassVersion : string = null, Scope(class);
                Qualifier FriendlyName : string = null, Scope(class);";
    let seen = compile(&format!("{base}\n{view}"));
    let class = seen.class("Demo_ShareResource").unwrap();
    assert!(class.methods.is_empty());
    assert_eq!(class.superclass.as_deref(), Some("OMI_BaseResource"));
}

#[test]
fn the_registration_names_class_and_namespace() {
    let schema = compile(&format!("{BASE}{RESOURCES}"));
    let text = generate::lcm_registration(generate::resources(&schema)[0], "root/demo");
    assert_eq!(
        text,
        "instance of MSFT_CimConfigurationProviderRegistration\n\
         {\n    ClassName = \"Demo_ShareResource\";\n    DSCEngineCompatVersion = \"1.0.0\";\n    \
         DSCModuleVersion = \"1.0.0\";\n    Namespace = \"root/demo\";\n};\n"
    );
}

#[test]
fn the_manifest_says_what_the_class_says() {
    let schema = compile(&format!("{BASE}{RESOURCES}"));
    let options = Manifest { owner: Some("Lumi.Storage"), executable: "lumi" };
    let class = generate::resources(&schema)[0];
    assert_eq!(options.file_name(class), "share.dsc.resource.json");
    insta::assert_snapshot!(generate::manifest(&schema, class, &options).unwrap());
}

#[test]
fn what_would_stop_the_lcm_is_an_error_that_says_what_would_be_right() {
    assert_eq!(
        unfit(
            "class Demo_B { [Key] string Id; };
             class Demo_A : OMI_BaseResource { [Read, Write] string Text; Demo_B ref Other; };"
        ),
        [
            "Demo_A needs a key: [Key] on the property that tells its instances apart",
            "Demo_A needs a version of three numbers: [ClassVersion(\"1.0.0\")]",
            "Demo_A.Text is both Read and Write; Read is for what Get alone tells",
            "Demo_A.Other is a reference; a resource can only have embedded instances",
        ]
    );
}

#[test]
fn the_classes_of_embedded_instances_are_checked_too() {
    assert_eq!(
        unfit(
            "class Demo_B { string Id; };
             [Version(\"1.0.0\")] class Demo_A : OMI_BaseResource
             { [Key] string Id; [EmbeddedInstance(\"Demo_B\")] string Inner; };"
        ),
        ["Demo_B needs a version of three numbers: [ClassVersion(\"1.0.0\")]"]
    );
}
