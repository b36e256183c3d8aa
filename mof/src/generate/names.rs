//! CIM names as Rust names: `CSCreationClassName` is `cs_creation_class_name`, `Linux_Process` is `LinuxProcess`.

use crate::model::Schema;
use std::collections::{HashMap, HashSet};

/// Words of mixed case that are one word all the same.
const WORDS: [&str; 5] = ["IPv4", "IPv6", "KHz", "MHz", "GHz"];

/// Words that cannot be names of fields and modules.
const KEYWORDS: [&str; 52] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Names that generated code uses without a path.
const PRELUDE: [&str; 8] = ["Clone", "Default", "Ok", "Option", "Self", "Some", "String", "Vec"];

/// `execution_state`; a keyword gets a `_`.
pub(super) fn snake(name: &str) -> String {
    let mut snake = valid(words(name).join("_").to_lowercase(), "nameless");
    if KEYWORDS.contains(&snake.as_str()) {
        snake.push('_');
    }
    snake
}

/// A name that is not empty and starts with no digit.
fn valid(name: String, otherwise: &str) -> String {
    match name.chars().next() {
        None => otherwise.to_owned(),
        Some('0'..='9') => format!("_{name}"),
        Some(_) => name,
    }
}

/// `EXECUTION_STATE`
pub(super) fn screaming(name: &str) -> String {
    snake(name).trim_end_matches('_').to_uppercase()
}

/// `ExecutionState`; a name of the prelude gets `Class` behind it.
pub(super) fn camel(name: &str) -> String {
    let capitalized = words(name).into_iter().map(|word| {
        let lower = word.to_lowercase();
        lower[..1].to_uppercase() + &lower[1..]
    });
    let mut camel = String::new();
    for word in capitalized {
        // Two numbers must not become one: `Raid_1_0` is not `Raid10`.
        if camel.ends_with(|last: char| last.is_ascii_digit()) && word.starts_with(|first: char| first.is_ascii_digit())
        {
            camel.push('_');
        }
        camel.push_str(&word);
    }
    if PRELUDE.contains(&camel.as_str()) {
        camel.push_str("Class");
    }
    valid(camel, "Nameless")
}

/// The words of a name: runs of ASCII letters and digits, split before capitals and behind acronyms.
fn words(name: &str) -> Vec<&str> {
    name.split(|character: char| !character.is_ascii_alphanumeric()).flat_map(humps).collect()
}

fn humps(part: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = part;
    while !rest.is_empty() {
        let (word, tail) = rest.split_at(hump(rest.as_bytes(), rest));
        words.push(word);
        rest = tail;
    }
    words
}

/// The length of the first word.
fn hump(bytes: &[u8], text: &str) -> usize {
    let is_lower = |place: usize| bytes.get(place).is_some_and(u8::is_ascii_lowercase);
    if let Some(word) = WORDS.into_iter().find(|word| text.starts_with(word) && !is_lower(word.len())) {
        return word.len();
    }
    let head = bytes.iter().take_while(|byte| !byte.is_ascii_lowercase()).count();
    let capitals = bytes[..head].iter().filter(|byte| byte.is_ascii_uppercase()).count();
    if capitals < 2 {
        let tail = bytes[head..].iter().take_while(|byte| !byte.is_ascii_uppercase()).count();
        return head + tail;
    }
    match (is_lower(head), is_lower(head + 1)) {
        (false, _) => head,
        // "IDs" is one word, in "OSName" the N begins the next one.
        (true, false) if bytes[head] == b's' => head + 1,
        (true, _) => head - 1,
    }
}

/// Makes names distinct: a second `name` becomes `name_2`, a second type `Name` becomes `Name2`.
#[derive(Default)]
pub(super) struct Distinct(HashSet<String>);

impl Distinct {
    pub(super) fn name(&mut self, name: String) -> String {
        self.with_number(name, "_")
    }

    pub(super) fn type_name(&mut self, name: String) -> String {
        self.with_number(name, "")
    }

    fn with_number(&mut self, name: String, separator: &str) -> String {
        let mut distinct = name.clone();
        let mut count = 1;
        while !self.0.insert(distinct.clone()) {
            count += 1;
            distinct = format!("{name}{separator}{count}");
        }
        distinct
    }
}

/// The Rust names of all classes, by CIM name.
pub(super) struct ClassNames(HashMap<String, ClassName>);

/// The names that generated code uses for one class.
pub(super) struct ClassName {
    /// The struct: `LinuxProcess`.
    pub(super) structure: String,
    /// The module: `linux_process`.
    pub(super) module: String,
    /// The declaration: `LINUX_PROCESS`.
    pub(super) declaration: String,
}

impl ClassNames {
    pub(super) fn new(schema: &Schema) -> Self {
        let (mut structures, mut modules, mut declarations) =
            (Distinct::default(), Distinct::default(), Distinct::default());
        // Names that the generated file gives to other things.
        declarations.name("CLASSES".to_owned());
        modules.name("declarations".to_owned());
        let names = schema.classes().iter().map(|class| {
            let name = ClassName {
                structure: structures.type_name(camel(&class.name)),
                module: modules.name(snake(&class.name)),
                declaration: declarations.name(screaming(&class.name)),
            };
            (class.name.clone(), name)
        });
        Self(names.collect())
    }

    /// The names of a class of the schema.
    pub(super) fn of(&self, class: &str) -> &ClassName {
        &self.0[class]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acronyms_are_words() {
        for (cim, rust) in [
            ("KernelModeTime", "kernel_mode_time"),
            ("CSCreationClassName", "cs_creation_class_name"),
            ("OSName", "os_name"),
            ("ParentProcessID", "parent_process_id"),
            ("ElementIDs", "element_ids"),
            ("IDsOfThings", "ids_of_things"),
            ("IPv4Address", "ipv4_address"),
            ("PermanentIPv6", "permanent_ipv6"),
            ("MaxClockSpeedMHz", "max_clock_speed_mhz"),
            ("SHA256Hash", "sha256_hash"),
            ("Base64", "base64"),
            ("ProcessTTY", "process_tty"),
            ("nsRecord", "ns_record"),
            ("x", "x"),
        ] {
            assert_eq!(snake(cim), rust);
        }
    }

    #[test]
    fn keywords_and_odd_names_stay_valid() {
        assert_eq!(snake("Type"), "type_");
        assert_eq!(snake("Self"), "self_");
        assert_eq!(snake("___"), "nameless");
        assert_eq!(snake("10BaseT"), "_10base_t");
        assert_eq!(screaming("Type"), "TYPE");
        assert_eq!(camel("String"), "StringClass");
    }

    #[test]
    fn classes_are_camel_case() {
        assert_eq!(camel("Linux_Process"), "LinuxProcess");
        assert_eq!(camel("CIM_OSProcess"), "CimOsProcess");
        assert_eq!(camel("Win32_Service"), "Win32Service");
    }

    #[test]
    fn equal_names_become_distinct() {
        let mut distinct = Distinct::default();
        assert_eq!(["a", "b", "a"].map(|name| distinct.name(name.to_owned())), ["a", "b", "a_2"]);
        assert_eq!(["A", "A"].map(|name| distinct.type_name(name.to_owned())), ["A", "A2"]);
    }
}
