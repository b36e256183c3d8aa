//! What a person sees who made a mistake: every error of the text, underlined, with what would be right.

/// The messages for a text that must not compile.
fn errors(text: &str) -> String {
    omi_mof::compile_text("test.mof", text).expect_err("the text is wrong").to_string()
}

/// The warnings for a text that compiles.
fn warnings(text: &str) -> String {
    omi_mof::compile_text("test.mof", text).expect("the text is right").warnings().to_string()
}

#[test]
fn tokens() {
    insta::assert_snapshot!(errors(
        r#"
class A_B {
    uint32 Octal = 089;
    uint8 Hexadecimal = 0xfg;
    uint64 Large = 18446744073709551616;
    char16 Char = 'ab';
    string Surrogate = "\xD800";
    string Größe;
    string Zero = "\x0";
    string Stray %% ;
};
"#
    ));
}

#[test]
fn an_open_string_ends_with_its_line() {
    insta::assert_snapshot!(errors("class A_B {\n    string Name = \"open;\n    uint32 x y z;\n};\n"));
}

#[test]
fn an_open_comment_hides_the_rest() {
    insta::assert_snapshot!(errors("class A_B { };\n/* class A_C\n{ uint32 };\n"));
}

#[test]
fn syntax() {
    insta::assert_snapshot!(errors(
        r#"
clas A_A { };

class A_B {
    unit32 Wrong;
    MyClass Embedded;
    uint32 NoSemicolon
    uint32 Fine;
    uint32 Two Names;
    uint32 Method(uint32 a b);
    [Key Description("x")] string Unseparated;
    string Nested[] = { { "a" } };
    string Comma[] = { "a" "b", };
    string AlsoFine;
};

class A_C : { };
qualifier Q : uint32, Scop(class);
qualifier R : uint32;
#pragma include(file)
class A_D { uint32 NotClosed;
class A_E { };
"#
    ));
}

#[test]
fn names() {
    insta::assert_snapshot!(errors(
        r#"
class A_Process { [Key] uint32 Id; };
class A_Service : A_Proces { };
class A_Service { };
class A_Loop : A_Other { };
class A_Other : A_Loop { };
class A_Self : A_Self { };
[Association] class A_Link { [Key] A_Process REF Left; [Key] A_Prozess REF Right; A_Prozess REF Third; };
class A_Twice { uint32 Size; string size; uint32 Do(uint32 a, uint32 A); uint32 Do(); };
class A_Holder { [EmbeddedInstance("A_Procesd")] string Part; [EmbeddedInstance("A_Process")] uint32 Number; };
"#
    ));
}

#[test]
fn what_depends_on_an_error_is_not_reported() {
    insta::assert_snapshot!(errors(
        r#"
class A_Derived : CIM_Missing { [Override("Name")] string Name; CIM_Missing REF Other; };
[Association] class A_Link : A_Derived { [Override("Left")] A_Derived REF Left; };
class A_Third : A_Link { [Unknown(1)] uint32 A; [Unknown(2)] uint32 B; };
instance of A_Third { Anything = 5; };
"#
    ));
}

#[test]
fn qualifiers() {
    insta::assert_snapshot!(errors(
        r#"
Qualifier Mine : uint8 = 256, Scope(clas), Flavor(DisableOverided);
Qualifier Twice : string, Scope(any);
Qualifier Twice : uint32, Scope(any);
[Kee, Association(1)]
class A_B {
    [Abstract, Key, Key] uint32 Id;
    [Descripton("x")] string Name;
    [Description(5), ValueMap("1"), MaxLen("x"), Description : ToSubclas] string Text;
};
class A_C : A_B { [Override("Id"), Key(false)] uint32 Id; };
"#
    ));
}

#[test]
fn values() {
    insta::assert_snapshot!(errors(
        r#"
class A_B {
    uint8 Size = 300;
    sint8 Signed = -129;
    uint16 Text = "5";
    string Number = 5;
    boolean Flag = 1;
    uint32 List[] = 1;
    uint32 Single = { 1 };
    string Pair[2] = { "a", "b", "c" };
    string Holes[] = { "a", NULL };
    datetime When = "2026-01-31";
    char16 Char = "a";
    real32 Huge = 1.0e300;
    string Fine[] = NULL;
};
"#
    ));
}

#[test]
fn value_maps() {
    insta::assert_snapshot!(warnings(
        r#"
class A_B {
    [ValueMap { "0", "1", "2..9" }, Values { "No", "Yes" }] uint16 Short;
    [ValueMap { "0", "x", "70000", "5..", ".." }] uint16 Wrong;
    [ValueMap { "any", "text" }] string Fine;
};
"#
    ));
}

#[test]
fn overriding() {
    insta::assert_snapshot!(errors(
        r#"
class A_Part { [Key] uint32 Id; string Caption; uint32 Start(string How); uint16 States[]; };
class A_Disk : A_Part {
    [Key] string Path;
    [Override("Caption")] uint32 Caption;
    [Override("Captoin")] string Captoin;
    [Override("Caption")] string Label;
    [Override("Start")] uint32 Start(uint32 How, boolean Now);
    [Override("States")] uint16 States;
};
[Association] class A_Link { [Key] A_Disk REF Left; [Key] A_Part REF Right; };
[Association] class A_SubLink : A_Link {
    [Override("Left")] A_Part REF Left;
    [Override("Right")] A_Disk REF Right;
};
[Terminal] class A_End { };
class A_Beyond : A_End { };
[Association] class A_Lone { [Key] A_Part REF Only; };
"#
    ));
}

#[test]
fn instances() {
    insta::assert_snapshot!(errors(
        r#"
[Abstract] class A_Base { [Key] string Name; };
class A_Part : A_Base { uint8 Size; [EmbeddedInstance("A_Part")] string Inner; };
instance of A_Base { Name = "x"; };
instance of A_Prat { Name = "x"; };
instance of A_Part as $One { Nam = "x"; Size = 256; Inner = $Onw; Size = 1; };
instance of A_Part as $One { Name = 5; };
"#
    ));
}

#[test]
fn instances_need_keys_of_their_own() {
    insta::assert_snapshot!(errors(
        r#"
class A_Part { [Key] string Name; [Key] uint8 Slot = 1; uint8 Size; };
instance of A_Part { Size = 1; };
instance of A_Part { Name = NULL; };
instance of A_Part { Name = "x"; Slot = 2; };
instance of A_Part { Name = "y"; };
instance of A_Part { Slot = 1; Name = "y"; };
instance of A_Part { Nane = "misspelt"; };
instance of A_Part { Name = 5; };
"#
    ));
}

#[test]
fn what_follows_from_an_error_of_syntax_is_not_reported() {
    insta::assert_snapshot!(errors(
        r#"
clas A_Lost { [Key] string Name; };
class A_Derived : A_Lost { [Override("Name")] string Name; [EmbeddedInstance("A_Lost")] string Part; A_Lost Other; };
instance of A_Lost as $Lost { Name = "x"; };
class A_Holed { uint32 (); [Key] string Name; };
class A_Below : A_Holed { [Override("Gone")] uint32 Gone; };
instance of A_Holed { Gone = 5; };
instance of A_Below { Part = $Lost; };
qualifier Mine : string, Scop(any);
[Mine("x")] class A_Used { unit8 Size; };
class A_Misspelt : A_Usde { };
instance of A_Used { Size = 300; };
class A_Text {
    string One[] = { "a" }";
    [Description ("x" }]
    string Two;
};
"#
    ));
}

#[test]
fn a_file_that_is_missing_hides_what_it_may_declare() {
    let text = "#pragma include(\"test-missing.mof\")\n[Mine] class A_B : A_C { A_D REF E; }; instance of A_F { };";
    let errors = omi_mof::compile_text("test.mof", text).unwrap_err();
    assert_eq!(errors.len(), 1, "{errors}");
}

#[test]
fn descriptions_and_units_are_missed_when_they_are_asked_for() {
    use omi_mof::{Compiler, Level, Lint};
    let text = r#"
[Description("A class.")]
class A_B {
    [Key, Description("A key.")] uint32 Id;
    uint64 Size;
    [Description("Octets."), PUnit("byte")] uint64 Octets;
    [Description("A state."), ValueMap { "1" }, Values { "One" }] uint16 State;
    [Description(" ")] uint32 Start([In, Description("How.")] uint32 How, boolean Now);
};
class A_C : A_B { [Override("Octets")] uint64 Octets; [Description("A temperature.")] real32 Heat; };
"#;
    assert!(omi_mof::compile_text("test.mof", text).unwrap().warnings().is_empty());
    let asked = [Lint::MissingDescription, Lint::MissingUnit];
    let compiler = asked.iter().fold(Compiler::default(), |compiler, lint| compiler.level(*lint, Level::Warn));
    insta::assert_snapshot!(compiler.compile_text("test.mof", text).unwrap().warnings());
}

#[test]
fn warnings_do_not_stop_compilation() {
    insta::assert_snapshot!(warnings(
        r#"
class A_Base { string Path = "C:\data"; };
class A_Derived : A_Base { string Path; };
"#
    ));
}

#[test]
fn a_diagnostic_says_where_it_is() {
    let errors = omi_mof::compile_text("dir/test.mof", "class A_B {\n  \"ä\" x;\n};").unwrap_err();
    let first = errors.iter().next().unwrap();
    assert_eq!(first.path().unwrap().to_str(), Some("dir/test.mof"));
    assert_eq!((first.line(), first.column()), (2, 3));
    assert_eq!(first.severity(), omi_mof::Severity::Error);
}

#[test]
fn a_string_over_several_lines_is_a_warning() {
    let text = "class A_B { string Script = \"#!/bin/sh\n  echo \\\"x\\\"; exit 0\"; };";
    let schema = omi_mof::compile_text("test.mof", text).unwrap();
    let script = schema.class("A_B").unwrap().property("Script").unwrap().default.clone();
    assert_eq!(script, Some(omi_mof::Value::String("#!/bin/sh\n  echo \"x\"; exit 0".to_owned())));
    let lints: Vec<_> = schema.warnings().iter().map(|warning| warning.lint()).collect();
    assert_eq!(lints, [Some(omi_mof::Lint::MultilineString)]);
}

#[test]
fn the_level_of_a_lint_makes_it_an_error_or_silent() {
    use omi_mof::{Compiler, Level, Lint};
    let text = "class A_B { [ValueMap { \"0\", \"1\" }, Values { \"No\" }] uint16 Short; };";
    let compile = |level| Compiler::default().level(Lint::ValueMapLength, level).compile_text("test.mof", text);
    assert!(compile(Level::Allow).unwrap().warnings().is_empty());
    assert_eq!(compile(Level::Warn).unwrap().warnings().len(), 1);
    assert!(compile(Level::Deny).unwrap_err().has_errors());
}

#[test]
fn diagnostics_are_json_for_programs() {
    let errors = omi_mof::compile_text("test.mof", "class A_B {\n  unit32 Size;\n};").unwrap_err();
    insta::assert_snapshot!(errors.to_json());
}
