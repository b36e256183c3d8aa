//! The formatter: one layout, the same meaning, and no comment lost.

use proptest::prelude::*;

fn format(text: &str) -> String {
    omi_mof::format("test.mof", text.as_bytes()).unwrap_or_else(|errors| panic!("{errors}"))
}

const UNTIDY: &str = r#"

#pragma include( "a.mof" )   // the base
/* A block
   comment. */
[ Version ( "1.0" ) ,
Description ("One. "
      "Two." ) ]
class A_B:A_C
{
[Key,Values {"a",
"b"}]   uint32   Size [ 2 ]={1,-2} ;



    string Text =
"one "
"two"; // trailing   
	uint32 Do([In]uint32 A , [ Out ] A_B REF B);
// last
} ;
instance of A_B as $X{Size={};};
qualifier Q : string = null, Scope(any),
Flavor(Restricted);"#;

const TIDY: &str = r#"#pragma include ("a.mof") // the base
/* A block
   comment. */
[Version("1.0"),
 Description("One. "
     "Two.")]
class A_B : A_C
{
    [Key, Values { "a",
         "b" }] uint32 Size[2] = { 1, -2 };

    string Text =
        "one "
        "two"; // trailing
    uint32 Do([In] uint32 A, [Out] A_B REF B);
    // last
};
instance of A_B as $X { Size = { }; };
qualifier Q : string = null, Scope(any),
    Flavor(Restricted);
"#;

#[test]
fn the_layout_is_one_whatever_the_author_wrote() {
    assert_eq!(format(UNTIDY), TIDY);
}

#[test]
fn formatted_text_stays_as_it_is() {
    let once = format(UNTIDY);
    assert_eq!(format(&once), once);
}

#[test]
fn wrong_text_is_not_formatted() {
    let errors = omi_mof::format("test.mof", b"class A_B { uint32 ; };").unwrap_err().to_string();
    assert!(errors.contains("expected the name of a property or method, found `;`"), "{errors}");
    let errors = omi_mof::format("test.mof", b"// \xA9\nclass A_B { };").unwrap_err().to_string();
    assert!(errors.contains("not valid UTF-8"), "{errors}");
}

/// What is left of a text without white space.
fn ink(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

/// MOF of random declarations with random white space and comments between the tokens.
fn mof() -> impl Strategy<Value = String> {
    let gap = prop::sample::select(vec![" ", "\n", "\n\n\n", "\t", " // c /* x\n", "/* c\n  d */", " /**/ ", "//\n"]);
    let declaration = prop::sample::select(vec![
        vec![
            "class", "A_B", ":", "A_C", "{", "[", "Key", "]", "uint32", "A", "[", "3", "]", "=", "{", "1", "}", ";",
            "}", ";",
        ],
        vec!["#pragma", "include", "(", "\"x\"", ")"],
        vec!["[", "Description", "(", "\"a // b\"", "\"/*\"", ")", ":", "ToSubclass", "]", "class", "A", "{", "}", ";"],
        vec!["instance", "of", "A", "as", "$B", "{", "C", "=", "\"d\"", "\"e\"", ";", "D", "=", "'x'", ";", "}", ";"],
        vec![
            "class", "A", "{", "A", "REF", "R", ";", "boolean", "M", "(", "[", "In", "]", "A", "REF", "B", ",",
            "real32", "C", ")", ";", "}", ";",
        ],
        vec![
            "qualifier",
            "Q",
            ":",
            "string",
            "=",
            "null",
            ",",
            "Scope",
            "(",
            "any",
            ")",
            ",",
            "Flavor",
            "(",
            "Restricted",
            ")",
            ";",
        ],
    ]);
    let spaced = declaration.prop_flat_map(move |tokens| {
        let gaps = prop::collection::vec(gap.clone(), tokens.len());
        gaps.prop_map(move |gaps| tokens.iter().zip(gaps).flat_map(|(token, gap)| [*token, gap]).collect::<String>())
    });
    prop::collection::vec(spaced, 0..5).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn formatting_changes_white_space_only_and_only_once(text in mof()) {
        let once = format(&text);
        prop_assert_eq!(ink(&once), ink(&text));
        prop_assert_eq!(format(&once), once);
    }

    #[test]
    fn no_text_makes_the_formatter_panic(text in "[ -~\\n\u{e9}]*") {
        let _ = omi_mof::format("test.mof", text.as_bytes());
    }
}
