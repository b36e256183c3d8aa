//! The generators, on a small schema with one of everything.

use omi_mof::generate::{self, Registration};

const SCHEMA: &str = r#"
[Abstract, Description("Something with a name.")]
class Demo_Element
{
    [Key, Description("The name. See [1] at https://example.org/names.")]
    string Name;

    [Description("How it is.\n\n- one of the states"), ValueMap { "0", "1", "2..9", "10" },
     Values { "Not Known", "OK", "Reserved", "OK" }]
    uint16 State = 1;

    [Description("Starts it."), ValueMap { "0", "1" }, Values { "Done", "Not Supported" }]
    uint32 Start([In, Required, ValueMap { "1" }, Values { "Now" }] uint8 How, [In(false), Out] Demo_Element REF Job);
};

[Version("1.0.0"), Description("A disk.")]
class Demo_Disk : Demo_Element
{
    [Override("Name"), MaxLen(64)]
    string Name;

    [Override("State"), Description("How the disk is.")]
    uint16 State = 10;

    [ValueMap { "ro", "rw" }, Values { "Read Only", "Read and Write" }]
    string Access;

    [ValueMap { "-1", "0", ".." }, Values { "*", "0 °C", "Others" }]
    sint8 Temperatures[] = { 0, 20 };

    [Description("Size of the disk."), PUnit("byte"), MappingStrings { "/sys/block/NAME/size" }]
    uint64 Size;

    [EmbeddedInstance("Demo_Part")]
    string Parts[];

    string type = "a \"quoted\"\ttext";
    datetime Made = "20260131235959.000000+060";

    [Static] boolean Check();
};

class Demo_Part { uint8 Labels[2] = { 1, 2 }; };

[Association] class Demo_Link { [Key] Demo_Element REF Left; [Key] Demo_Disk REF Right; };

[Indication] class Demo_Event { };
class Demo_DiskEvent : Demo_Event { };
"#;

fn schema() -> omi_mof::Schema {
    omi_mof::compile_text("demo.mof", SCHEMA).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn rust() {
    insta::assert_snapshot!(generate::rust(&schema()));
}

#[test]
fn the_reference_as_markdown() {
    insta::assert_snapshot!(generate::markdown(&schema()));
}

/// Style and script are left out.
#[test]
fn the_reference_as_html() {
    let page = generate::html(&schema());
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, rest) = rest.split_once("</style>").unwrap();
    let (body, end) = rest.split_once("<script>").unwrap();
    let (_, end) = end.split_once("</script>").unwrap();
    insta::assert_snapshot!([head, body, end].concat());
}

#[test]
fn no_text_of_the_schema_is_markup_in_the_reference() {
    let hurt = "</script><script>alert(1)</script><img src=x onerror=alert(2)>[a](javascript:alert(3))|`*";
    let text = format!(
        "[Description({0}), Version({0})] class Demo_A {{
            [Description({0}), PUnit({0}), MappingStrings {{ {0} }}, ValueMap {{ {0} }}, Values {{ {0} }}]
            string P = {0};
            [Description({0})] uint32 M([Description({0})] string A);
        }};",
        omi_mof::Value::String(hurt.to_owned())
    );
    let schema = omi_mof::compile_text("demo.mof", &text).unwrap_or_else(|errors| panic!("{errors}"));
    let page = generate::html(&schema);
    assert_eq!(page.matches("<script").count(), 1);
    assert!(!page.contains("<img") && page.contains("&lt;img"), "{page}");
    let markdown = generate::markdown(&schema);
    for markup in ["<script", "<img", "](javascript"] {
        let places = markdown.match_indices(markup).map(|(place, _)| &markdown[..place]);
        assert!(places.clone().count() > 0, "{markup}");
        assert!(places.into_iter().all(|before| before.ends_with('\\')), "{markup}: {markdown}");
    }
}

#[test]
fn registration() {
    let schema = schema();
    let classes = ["Demo_Disk", "Demo_Link", "Demo_DiskEvent"].map(|name| schema.class(name).unwrap());
    let registration = Registration { library: "demo", hosting: Some("@requestor@"), classes: classes.to_vec() };
    assert_eq!(
        generate::registration(&schema, &registration),
        "LIBRARY=demo\n\
         HOSTING=@requestor@\n\
         CLASS=Demo_Disk:Demo_Element\n\
         EXTRACLASS=Demo_Part\n\
         CLASS=Demo_Link{Demo_Element,Demo_Disk:Demo_Element}\n\
         INDICATIONCLASS=Demo_DiskEvent:Demo_Event\n"
    );
}
