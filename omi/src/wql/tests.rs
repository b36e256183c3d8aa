//! What queries mean.

use super::*;
use crate::{Char16, Datetime, Value};

pub(super) fn query(condition: &str) -> Select {
    Select::from_parts("Linux_Process", None, Some(condition)).unwrap_or_else(|error| panic!("{condition}: {error}"))
}

fn message(text: &str) -> String {
    let error = Select::parse(text).expect_err(text);
    assert_eq!(error.code(), crate::ResultCode::INVALID_QUERY);
    error.message().to_owned()
}

/// Classes of the tests: Linux_Process derives from CIM_Process.
fn derives(class: &str, ancestor: &str) -> bool {
    class.eq_ignore_ascii_case(ancestor)
        || class.eq_ignore_ascii_case("Linux_Process") && ancestor.eq_ignore_ascii_case("CIM_Process")
}

pub(super) fn matches(instance: &Instance, condition: &str) -> bool {
    query(condition).matches(instance, &derives)
}

/// Whether a property that has this value matches a condition on `Value`.
pub(super) fn holds(value: impl Into<Value>, condition: &str) -> bool {
    matches(&Instance::new("Linux_Process").with("Value", value), condition)
}

/// Neither the condition nor its opposite matches.
fn unknown(value: impl Into<Value>, condition: &str) -> bool {
    let instance = Instance::new("Linux_Process").with("Value", value);
    !matches(&instance, condition) && !matches(&instance, &format!("NOT ({condition})"))
}

pub(super) fn datetime(text: &str) -> Datetime {
    text.parse().unwrap()
}

#[test]
fn a_select_has_its_parts() {
    let text = "select Name, Handle from Linux_Process where Name = 'sshd'";
    let select = Select::parse(text).unwrap();
    assert_eq!(select.text(), text);
    assert_eq!(select.class(), "Linux_Process");
    assert_eq!(select.properties(), Some(&["Name".to_owned(), "Handle".to_owned()][..]));
    assert_eq!(select.condition().unwrap().to_string(), "Name = 'sshd'");

    let all = Select::parse("\n SELECT*FROM\tLinux_Process ").unwrap();
    assert_eq!((all.class(), all.properties(), all.condition()), ("Linux_Process", None, None));
    assert!(all.matches(&Instance::new("Anything"), &derives));
}

#[test]
fn a_select_of_parts_is_the_select_of_its_text() {
    let properties = ["Name".to_owned(), "Handle".to_owned()];
    let select = Select::from_parts("Linux_Process", Some(&properties), Some("Handle = 1 OR Name = 'a'")).unwrap();
    assert_eq!(select.text(), "SELECT Name, Handle FROM Linux_Process WHERE Handle = 1 OR Name = 'a'");
    assert_eq!(Select::parse(select.text()).unwrap(), select);
    assert_eq!(Select::from_parts("C", None, None).unwrap().text(), "SELECT * FROM C");
}

#[test]
fn within_says_how_often_to_look() {
    for (words, expected) in [
        (" within 5 WHERE a = 1", Some(Duration::from_secs(5))),
        (" WITHIN 0.25", Some(Duration::from_millis(250))),
        (" WHERE Within = 1", None),
        ("", None),
    ] {
        let text = format!("SELECT * FROM __InstanceCreationEvent{words}");
        let select = Select::parse(&text).unwrap();
        assert_eq!(select.within(), expected, "{text}");
        assert_eq!(Select::parse(select.text()).unwrap(), select);
    }
    assert_eq!(Select::parse("SELECT Within FROM Within WITHIN 1").unwrap().class(), "Within");
}

#[test]
fn parts_that_are_none_are_refused() {
    let message = |class: &str, properties: Option<&[String]>, condition: Option<&str>| {
        Select::from_parts(class, properties, condition).unwrap_err().message().to_owned()
    };
    assert_eq!(message("C WHERE a = 1", None, None), "\"C WHERE a = 1\" is not a class name");
    assert_eq!(message("from", None, None), "\"from\" is not a class name");
    assert_eq!(message("C", Some(&["a, b".to_owned()]), None), "\"a, b\" is not a property name");
    assert_eq!(message("C", Some(&[]), None), "the list of properties is empty; name one, or select all");
    assert_eq!(message("C", None, Some("")), "column 1: expected a property name, found the end");
    assert_eq!(message("C", None, Some("a = 1) OR (b = 2")), "column 6: expected AND, OR or the end, found )");
}

#[test]
fn a_syntax_error_says_where_and_what_was_expected() {
    for (text, expected) in [
        ("", "column 1: expected SELECT, found the end"),
        ("DELETE x", "column 1: expected SELECT, found DELETE"),
        ("SELECT FROM C", "column 8: expected * or a property name, found FROM"),
        ("SELECT a, FROM C", "column 11: expected a property name after the comma, found FROM"),
        ("SELECT a b FROM C", "column 10: expected FROM or a comma, found b"),
        ("SELECT * FROM", "column 14: expected a class name after FROM, found the end"),
        ("SELECT * FROM a.b", "column 15: a.b is not a class name"),
        ("SELECT * FROM C HAVING x", "column 17: expected WITHIN, WHERE or the end, found HAVING"),
        ("SELECT * FROM C WITHIN", "column 23: expected a number of seconds after WITHIN, found the end"),
        ("SELECT * FROM C WITHIN '5'", "column 24: expected a number of seconds after WITHIN, found the string \"5\""),
        ("SELECT * FROM C within 0", "column 24: expected a number of seconds above 0 after WITHIN, found 0"),
        ("SELECT * FROM C WITHIN -1.5", "column 24: expected a number of seconds above 0 after WITHIN, found -1.5"),
        ("SELECT * FROM C WITHIN 5 HAVING x", "column 26: expected WHERE or the end, found HAVING"),
        ("SELECT * FROM C WHERE", "column 22: expected a property name, found the end"),
        ("SELECT * FROM C WHERE a = WHERE", "column 27: expected a value after =, found WHERE"),
        ("SELECT * FROM C WHERE a = sshd", "column 27: expected a value after = (a string needs quotes), found sshd"),
        ("SELECT * FROM C WHERE a", "column 24: expected a comparison such as =, <, LIKE or IS NULL, found the end"),
        ("SELECT * FROM C WHERE a IS 1", "column 28: expected NULL or NOT NULL, found 1"),
        ("SELECT * FROM C WHERE a < NULL", "column 27: NULL compares by =, <>, IS and IS NOT only"),
        ("SELECT * FROM C WHERE NULL >= a", "column 23: NULL compares by =, <>, IS and IS NOT only"),
        ("SELECT * FROM C WHERE a LIKE 1", "column 30: expected a pattern in quotes after LIKE, found 1"),
        ("SELECT * FROM C WHERE a NOT = 1", "column 29: expected LIKE, found ="),
        ("SELECT * FROM C WHERE __this = 1", "column 30: expected ISA after __this, found ="),
        ("SELECT * FROM C WHERE a ISA 1", "column 29: expected a class name after ISA, found 1"),
        ("SELECT * FROM C WHERE (a = 1", "column 29: expected AND, OR or ), found the end"),
        ("SELECT * FROM C WHERE a = 1 b = 2", "column 29: expected AND, OR or the end, found b"),
        (
            "SELECT * FROM C WHERE 1 = 2",
            "column 27: expected a property name after =, since a constant stands before it, found 2",
        ),
        ("SELECT * FROM C WHERE é = 'ü' ; ", "column 31: ';' has no meaning in WQL"),
        ("SELECT * FROM C WHERE a = 'x", "column 27: the string has no closing '"),
        ("SELECT * FROM C WHERE a = 'C:\\temp\\x'", "column 35: a backslash in a string is written \\\\"),
        ("SELECT * FROM C WHERE a..b = 1", "column 23: a..b is not a property name"),
        (
            "SELECT * FROM C WHERE a LIKE 'x[y'",
            "column 30: in the pattern, [ has no closing ]; a [ itself is written [[]",
        ),
        ("SELECT * FROM C WHERE a = 12abc", "column 27: 12abc is not a number"),
        ("SELECT * FROM C WHERE a = 1e999", "column 27: 1e999 is not a number"),
        ("SELECT * FROM C WHERE a = 0x", "column 27: 0x is not a number"),
    ] {
        assert_eq!(message(text), expected, "{text}");
    }
}

#[test]
fn precedence_is_not_then_and_then_or() {
    let printed = |condition: &str| query(condition).condition().unwrap().to_string();
    assert_eq!(query("a=1 OR b=1 AND NOT c=1").condition(), query("a=1 OR (b=1 AND (NOT c=1))").condition());
    assert_eq!(printed("((a=1) or b=1) and not (c=1 and d=1)"), "(a = 1 OR b = 1) AND NOT (c = 1 AND d = 1)");
    assert_eq!(printed("a=1 or (b=1 and c=1)"), "a = 1 OR b = 1 AND c = 1");
    assert_eq!(printed("'x' > a"), "a < 'x'");
    assert_eq!(printed("a != null and null = b"), "a IS NOT NULL AND b IS NULL");
    assert_eq!(printed("a NOT LIKE \"it's\""), "NOT a LIKE 'it\\'s'");
    assert_eq!(printed("__THIS isa c and T isa 'd'"), "__this ISA 'c' AND T ISA 'd'");
}

#[test]
fn strings_take_both_quotes_doubled_quotes_and_backslashes() {
    for condition in [r#"Value = "it's""#, "Value = 'it''s'", r"Value = 'it\'s'"] {
        assert!(holds("it's", condition), "{condition}");
    }
    assert!(holds(r"C:\x", r"Value = 'C:\\x'"));
    assert!(holds("a\n\tb", r"Value = 'a\n\tb'"));
    assert!(holds("", "Value = ''"));
}

#[test]
fn names_and_strings_ignore_case() {
    assert!(holds("sshd", "VALUE = 'SSHD'"));
    assert!(holds("ÄRGER", "Value = 'ärger'"));
    assert!(holds("sshd", "Value LIKE 'SS%'"));
    assert!(!holds("sshd", "Value <> 'SSHD'"));
    assert!(holds("b", "Value > 'A' AND Value < 'C' AND 'A' < Value"));
}

#[test]
fn numbers_compare_by_value() {
    for condition in ["Value = 10", "Value = '10'", "Value = 0xA", "Value = 10.0", "Value = 1e1", "Value = ' 10 '"] {
        assert!(holds(10_u8, condition) && holds(10_i64, condition) && holds(10.0_f64, condition), "{condition}");
        assert!(!holds(11_u16, condition), "{condition}");
    }
    assert!(holds(-5_i8, "Value = -5 AND Value < -4 AND Value >= -5.0 AND Value <> 5 AND Value > '-6'"));
    assert!(holds(9_u32, "Value < '10'"), "numbers, not strings");
    assert!(holds(Char16(65), "Value = 65 AND Value = 'A' AND Value < 'B'"));
}

#[test]
fn large_integers_compare_exactly() {
    assert!(holds(u64::MAX, "Value = 18446744073709551615 AND Value > 18446744073709551614"));
    assert!(holds(u64::MAX, "Value = 0xFFFFFFFFFFFFFFFF AND Value > -1"));
    assert!(holds(i64::MIN, "Value = -9223372036854775808 AND Value < -9223372036854775807"));
    // 2^53 + 1 has no f64 of its own.
    assert!(holds((1_u64 << 53) + 1, "Value > 9007199254740992.0 AND Value <> 9007199254740992.0"));
    assert!(holds(u64::MAX, "Value < 18446744073709551616.0 AND Value < 1e300"));
    assert!(holds(u64::MAX, "Value < 18446744073709551616 AND Value <> 18446744073709551616"));
    assert!(holds(i64::MIN, "Value > -9223372036854775809 AND Value <> -9223372036854775809"));
    let huge = "9".repeat(60);
    assert!(holds(u64::MAX, &format!("Value < {huge} AND Value > -{huge} AND Value < 0x{}", "F".repeat(30))));
    assert!(holds(1e40_f64, &format!("Value > {} AND Value < {huge}", i128::MAX)));
    assert!(holds(i128::MAX.to_string(), "Value < 1e40 AND Value > -1e40 AND Value <> 1.5"));
}

#[test]
fn reals_and_integers_compare_with_each_other() {
    assert!(holds(-1_i32, "Value > -1.5 AND Value < -0.5"));
    assert!(holds(-2_i32, "Value < -1.5"));
    assert!(holds(2.5_f64, "Value > 2 AND Value < 3 AND Value = '2.5'"));
    assert!(holds(0.1_f32, "Value = 0.1 AND Value >= 0.1"), "the constant takes the property's precision");
    assert!(holds(f64::INFINITY, "Value > 18446744073709551615"));
    assert!(unknown(f64::NAN, "Value = 1") && unknown(f32::NAN, "Value = 1.5"));
}

#[test]
fn booleans_take_words_and_digits() {
    for condition in ["Value = TRUE", "Value = true", "Value = 'True'", "Value = 1", "Value <> FALSE"] {
        assert!(holds(true, condition) && !holds(false, condition), "{condition}");
    }
    assert!(holds("true", "Value = TRUE"));
    assert!(unknown(true, "Value = 2") && unknown(true, "Value = 'yes'") && unknown(1_u8, "Value = TRUE"));
}

#[test]
fn datetimes_compare_as_instants_and_lengths() {
    let noon = datetime("20260203120000.000000+000");
    assert!(holds(noon, "Value = '20260203130000.000000+060'"));
    assert!(holds(noon, "Value > '20260203125959.999999+060' AND Value < '20260203040000.000001-480'"));
    assert!(holds(noon, "Value LIKE '20260203%'"));
    assert!(holds(datetime("00000001000000.000000:000"), "Value > '00000000235959.999999:000'"));
    assert!(unknown(noon, "Value > '00000000235959.999999:000'"));
    assert!(unknown(noon, "Value > '2026-02-03'") && unknown(noon, "Value > 2026"));
}

#[test]
fn a_string_property_compares_with_a_number_when_it_spells_one() {
    assert!(
        holds("10", "Value = 10") && holds("10", "Value > 9") && holds("9", "Value < '10'") != holds("9", "Value < 10")
    );
    assert!(unknown("ten", "Value = 10"));
}

#[test]
fn what_cannot_be_compared_is_unknown_and_so_is_its_opposite() {
    assert!(unknown(1_u32, "Value = 'one'") && unknown(1_u32, "Value <> 'one'"));
    assert!(unknown(vec![1_u32], "Value = 1") && unknown(vec![1_u32], "Value <> 2"));
    assert!(unknown(vec!["a".to_owned()], "Value LIKE 'a'"));
    assert!(unknown(Instance::new("C"), "Value = 'C'") && unknown(1_u32, "Value LIKE '1'"));
    assert!(unknown(1_u32, "Value ISA 'C'") && unknown(1_u32, "Value.Inner = 1"));
}

#[test]
fn null_is_unknown_except_to_is_null() {
    let instance = Instance::new("C").with("One", 1_u32);
    for condition in ["Missing = 1", "Missing <> 1", "NOT Missing = 1", "Missing LIKE '%'", "NOT Missing LIKE '%'"] {
        assert!(!matches(&instance, condition), "{condition}");
    }
    assert!(matches(&instance, "Missing IS NULL AND Missing = NULL AND NOT Missing IS NOT NULL"));
    assert!(matches(&instance, "One IS NOT NULL AND One <> NULL AND NOT One IS NULL"));
    assert!(matches(&instance, "Missing.Inner IS NULL"));
}

#[test]
fn logic_has_three_values() {
    let instance = Instance::new("C").with("One", 1_u32);
    // T, F and U are the true, the false and the unknown condition; the result is one of them.
    for (condition, result) in [
        ("T AND T", 'T'),
        ("T AND F", 'F'),
        ("T AND U", 'U'),
        ("F AND U", 'F'),
        ("U AND F", 'F'),
        ("U AND U", 'U'),
        ("F OR F", 'F'),
        ("F OR T", 'T'),
        ("U OR T", 'T'),
        ("T OR U", 'T'),
        ("F OR U", 'U'),
        ("NOT T", 'F'),
        ("NOT F", 'T'),
        ("NOT U", 'U'),
        ("NOT (U OR F) OR T AND T", 'T'),
    ] {
        let words = condition.split(' ').map(|word| {
            let (open, rest) = word.strip_prefix('(').map_or(("", word), |rest| ("(", rest));
            let (rest, close) = rest.strip_suffix(')').map_or((rest, ""), |rest| (rest, ")"));
            let meaning = match rest {
                "T" => "One = 1",
                "F" => "One = 2",
                "U" => "Missing = 1",
                keyword => keyword,
            };
            format!("{open}{meaning}{close}")
        });
        let condition = words.collect::<Vec<_>>().join(" ");
        assert_eq!(matches(&instance, &condition), result == 'T', "{condition}");
        assert_eq!(matches(&instance, &format!("NOT ({condition})")), result == 'F', "NOT ({condition})");
    }
}

#[test]
fn classes_are_asked_for_by_name_and_by_ancestry() {
    let process = Instance::new("Linux_Process").with("Name", "sshd");
    assert!(matches(&process, "__CLASS = 'linux_process' AND __class LIKE 'Linux[_]%' AND __CLASS IS NOT NULL"));
    assert!(!matches(&process, "__CLASS = 'CIM_Process'"));
    assert!(matches(&process, "__this ISA 'CIM_Process' AND __this ISA Linux_Process"));
    assert!(matches(&process, "NOT __this ISA 'CIM_Service'"));
}

#[test]
fn paths_look_into_embedded_instances() {
    let process = Instance::new("Linux_Process").with("Name", "sshd");
    let event = Instance::new("CIM_InstCreation").with("TargetInstance", process);
    assert!(matches(&event, "targetinstance.name = 'sshd' AND TargetInstance.__CLASS = 'Linux_Process'"));
    assert!(matches(&event, "TargetInstance ISA 'CIM_Process' AND NOT __this ISA 'CIM_Process'"));
    assert!(!matches(&event, "TargetInstance.Name = 'init' OR TargetInstance.Missing = 1 OR Other ISA 'CIM_Process'"));
    let outer = Instance::new("C").with("Event", event);
    assert!(matches(&outer, "Event.TargetInstance.Name = 'sshd'"));
}

#[test]
fn required_values_hold_in_every_match() {
    let condition = "handle = '1' AND (Name = 'a' OR Name = 'b') AND NOT Kind = 2 AND (Load = 3 AND 4 = Size)";
    let select = query(condition);
    assert_eq!(select.required("Handle").and_then(Literal::text), Some("1"));
    assert_eq!(select.required("Handle").and_then(Literal::integer), Some(1));
    assert_eq!(select.required("Load"), Some(&Literal::Integer(3)));
    assert_eq!(select.required("size"), Some(&Literal::Integer(4)));
    for property in ["Name", "Kind", "Other"] {
        assert_eq!(select.required(property), None, "{property}");
    }
    assert_eq!(query("Handle = 1 OR Name = 'a'").required("Handle"), None);
    assert_eq!(query("Handle >= 1 AND Handle LIKE '1'").required("Handle"), None);
}

#[test]
fn required_classes_hold_in_every_match() {
    let select = query("targetInstance ISA 'CIM_Process' AND (Other ISA 'A' OR Other ISA 'B') AND __this ISA 'C'");
    assert_eq!(select.required_class("TargetInstance"), Some("CIM_Process"));
    assert_eq!(select.required_class("Other"), None);
    assert_eq!(query("NOT TargetInstance ISA 'A'").required_class("TargetInstance"), None);
}

#[test]
fn paths_are_as_they_are_written() {
    let select = Select::parse("SELECT A.B FROM C WHERE T.Name = 1 AND T ISA 'C' AND __this ISA 'D'").unwrap();
    assert_eq!(select.paths(), ["A.B", "T.Name", "T"]);
}

#[test]
fn mentioned_properties_come_once() {
    let text = "SELECT Name, __CLASS, Handle FROM C WHERE name = 'a' AND T.Name LIKE 'b' AND t ISA 'C' \
                AND __this ISA 'C' AND NOT (Size IS NULL OR 'C' = __Class)";
    let select = Select::parse(text).unwrap();
    assert_eq!(select.mentioned().collect::<Vec<_>>(), ["Name", "Handle", "T", "Size"]);
    assert_eq!(Select::parse("SELECT * FROM C").unwrap().mentioned().count(), 0);
}

#[test]
fn limits_are_errors_on_a_small_stack() {
    let long = format!("SELECT * FROM C WHERE a = '{}'", "x".repeat(MAX_TEXT));
    assert_eq!(message(&long), format!("the query has {} bytes; at most 65536 are allowed", long.len()));

    let nested = |depth: usize| format!("SELECT * FROM C WHERE {}a = 1{}", "(".repeat(depth), ")".repeat(depth));
    let negated = |depth: usize| format!("SELECT * FROM C WHERE {}a = 1", "NOT ".repeat(depth));
    let wide = format!("SELECT * FROM C WHERE {}a = 1", "a = 1 OR ".repeat(7_000));
    let work = move || {
        for text in [nested(MAX_DEPTH), negated(MAX_DEPTH), wide] {
            assert!(Select::parse(&text).unwrap().matches(&Instance::new("C").with("a", 1_u8), &derives));
        }
        for text in [nested(MAX_DEPTH + 1), negated(MAX_DEPTH + 1), nested(30_000), negated(16_000)] {
            assert!(message(&text).contains("more than 100 deep"));
        }
    };
    std::thread::Builder::new().stack_size(512 * 1024).spawn(work).unwrap().join().unwrap();
}
