//! The crate against an installed MI.h: the C compiler checks one assertion for each size, alignment, offset, field
//! type, function signature, constant and string.
//!
//! Sizes, offsets and numbers are what rustc made of them; field types, signatures and strings are read from the
//! sources.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::mem::{align_of, offset_of, size_of};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::list::{each_code, each_define, each_struct};
use crate::source;

/// In the header but not in the crate, without the prefix: tools of the preprocessor; build settings and include
/// guards; the release of OMI, for which see `MI_VERSION_1_0_0`; and functions that OMI's generator writes into each
/// provider.
const NOT_HERE: [&[&str]; 4] = [
    &[
        "CALL",
        "CONST",
        "COUNT",
        "EXPORT",
        "EXTERN_C",
        "IMPORT",
        "INLINE",
        "InstanceOf",
        "LINKAGE",
        "LL",
        "MAIN_CALL",
        "OFFSETOF",
        "T",
        "ULL",
        "UNREFERENCED_PARAMETER",
    ],
    &["API_VERSION", "CHAR_TYPE", "USE_WCHAR", "C_API_H", "h"],
    &["MAJOR", "MINOR", "REVISION", "VERSION"],
    &["Server_GetVersion", "Server_GetSystemName"],
];

/// Only in the crate: the version that it states, and strings that the header has on Windows only or writes as wide
/// strings.
const ONLY_HERE: [&str; 4] =
    ["MI_VERSION_1_0_0", "MI_AUTH_TYPE_CREDSSP", "MI_SUBSCRIBE_BOOKMARK_OLDEST", "MI_SUBSCRIBE_BOOKMARK_NEWEST"];

#[test]
fn the_c_compiler_agrees() {
    let Some(include_dir) = include_dir() else { return };
    let mut assertions = layouts();
    assertions.extend(field_types());
    assertions.extend(signatures());
    assertions.extend(numbers());
    assertions.extend(strings());
    println!("{} assertions", assertions.len());

    let mut program = String::from(
        "#include \"MI.h\"\n\
         typedef __typeof__(((MI_Datetime *)0)->u) MI_DatetimeUnion;\n\
         typedef __typeof__(((MI_UserCredentials *)0)->credentials) MI_CredentialsUnion;\n",
    );
    for assertion in &assertions {
        program += &format!("_Static_assert({assertion}, {assertion:?});\n");
    }
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("layout.c");
    fs::write(&file, program).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let compiler = env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let output =
        Command::new(&compiler).args(["-std=gnu11", "-fsyntax-only", "-I"]).arg(include_dir).arg(&file).output();
    let output = output.unwrap_or_else(|error| panic!("cannot run the C compiler {compiler}: {error}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_header_has_no_name_that_is_missing_here() {
    let Some(include_dir) = include_dir() else { return };
    let header = fs::read(include_dir.join("MI.h")).expect("MI.h can be read");
    let header = without_comments(&String::from_utf8_lossy(&header));
    // Macros in mixed case are other names of functions.
    let is_other_name = |line: &str| {
        let name = line.strip_prefix("#define ").and_then(|rest| names(rest).next());
        name.is_some_and(|name| name.chars().any(|c| c.is_ascii_lowercase()))
    };
    let header: String = header.lines().filter(|line| !is_other_name(line)).map(|line| format!("{line}\n")).collect();

    let mut here = source::types_text();
    for file in ["defines.rs", "strings.rs", "option_names.rs", "null.rs", "link.rs"] {
        here += &source::text(file);
    }
    let mut known: BTreeSet<&str> = names(&here).collect();
    known.extend(inline_functions(&header));
    let not_here = |name: &str| NOT_HERE.iter().any(|names| names.contains(&name.trim_start_matches("MI_")));
    let missing: Vec<_> = names(&header).filter(|name| !known.contains(name) && !not_here(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");

    for (name, value) in source::strings("option_names.rs") {
        assert!(header.contains(&format!("MI_T(\"{value}\")")), "{name}: the header has no option {value:?}");
    }
}

/// The directory of the header to compare with, or `None`, said aloud, where OMI is not installed.
fn include_dir() -> Option<PathBuf> {
    let dir = PathBuf::from(env::var("OMI_INCLUDE_DIR").unwrap_or_else(|_| "/opt/omi/include".to_owned()));
    if !dir.join("MI.h").is_file() {
        eprintln!("skipped: no MI.h in {}; set OMI_INCLUDE_DIR to its directory", dir.display());
        return None;
    }
    Some(dir)
}

/// Sizes, alignments and offsets.
fn layouts() -> Vec<String> {
    let mut assertions = Vec::new();
    macro_rules! add {
        ($name:ident $(($there:tt))? { $($field:ident $(($field_there:tt))?),* }) => {
            let name = stringify!($name);
            assertions.push(format!("sizeof({name}) == {}", size_of::<omi_sys::$name>()));
            assertions.push(format!("_Alignof({name}) == {}", align_of::<omi_sys::$name>()));
            $(
                let offset = offset_of!(omi_sys::$name, $field);
                assertions.push(format!("offsetof({name}, {}) == {offset}", c_name(stringify!($field))));
            )*
        };
    }
    each_struct!(add);
    assertions
}

/// The type of each field; for a slot of a function table that is its signature.
fn field_types() -> Vec<String> {
    let structs = source::structs();
    let fields = structs.iter().flat_map(|s| s.fields.iter().map(move |(field, ty)| (&s.name, field, ty)));
    fields.map(|(name, field, ty)| same_type(&format!("((({name} *)0)->{})", c_name(field)), ty)).collect()
}

/// The types behind the names of scalars and callbacks, and the symbols of the client library.
fn signatures() -> Vec<String> {
    let aliases = source::aliases();
    let mut assertions: Vec<_> = aliases.iter().map(|(name, ty)| same_type(&format!("(*({name} *)0)"), ty)).collect();

    let link = source::text("link.rs").split_whitespace().collect::<Vec<_>>().join(" ");
    let items: Vec<_> = link.split("pub ").filter_map(|item| item.split_once(';')).map(|(item, _)| item).collect();
    for item in items {
        if let Some(function) = item.strip_prefix("fn ") {
            let (name, signature) = function.split_once('(').expect("a function has parameters");
            let ty = format!("Option<unsafe extern \"C\" fn({}>", signature.replace(", )", ")"));
            assertions.push(same_type(&format!("(&{name})"), &ty));
        } else if let Some((name, ty)) = item.strip_prefix("static mut ").and_then(|item| item.split_once(": ")) {
            assertions.push(same_type(&format!("({name})"), ty));
        }
    }
    assertions
}

/// The values of the C enums and of the numeric `#define`s.
fn numbers() -> Vec<String> {
    let mut assertions = Vec::new();
    macro_rules! add_code {
        ($code:ident: $($name:ident),*) => {$(
            assertions.push(format!("{} == ({}){}u", stringify!($name), stringify!($code), omi_sys::$name.0));
        )*};
    }
    macro_rules! add_define {
        ($kind:ident: $($name:ident),*) => {$(
            if !ONLY_HERE.contains(&stringify!($name)) {
                assertions.push(format!("(MI_Uint32)({}) == {}u", stringify!($name), omi_sys::$name));
            }
        )*};
    }
    each_code!(add_code);
    each_define!(add_define);
    assertions
}

/// The string `#define`s.
fn strings() -> Vec<String> {
    let strings = source::strings("strings.rs").into_iter().filter(|(name, _)| !ONLY_HERE.contains(&name.as_str()));
    strings.map(|(name, value)| format!("__builtin_strcmp({name}, {value:?}) == 0")).collect()
}

fn same_type(expression: &str, rust_type: &str) -> String {
    format!("__builtin_types_compatible_p(__typeof__{expression}, {})", c_type(rust_type))
}

/// A name that is a keyword in Rust has `_` appended here.
fn c_name(name: &str) -> &str {
    name.trim_end_matches('_')
}

/// Translates a type as written in the sources; the names of MI types are the same in C.
fn c_type(rust: &str) -> String {
    let rust = rust.trim();
    if let Some(target) = rust.strip_prefix("*const ") {
        return format!("{} const *", c_type(target));
    }
    if let Some(target) = rust.strip_prefix("*mut ") {
        return format!("{} *", c_type(target));
    }
    if let Some(array) = rust.strip_prefix('[') {
        let (element, length) = array.trim_end_matches(']').split_once("; ").expect("an array has a length");
        return format!("{}[{length}]", c_type(element));
    }
    if let Some(signature) = rust.strip_prefix("Option<").and_then(|rest| rest.strip_suffix('>')) {
        return c_function(signature.trim().trim_end_matches(','));
    }
    let scalar = match rust {
        "c_void" => "void",
        "c_char" => "char",
        "isize" => "ptrdiff_t",
        "i8" => "signed char",
        "u8" => "unsigned char",
        "i16" => "short",
        "u16" => "unsigned short",
        "i32" => "int",
        "u32" => "unsigned int",
        "i64" => "long long",
        "u64" => "unsigned long long",
        "f32" => "float",
        "f64" => "double",
        name => name,
    };
    scalar.to_owned()
}

/// Translates `unsafe extern "C" fn(name: type, ...) -> type` to a function pointer type.
fn c_function(rust: &str) -> String {
    let signature = rust.strip_prefix("unsafe extern \"C\" fn(").expect("every function type is unsafe extern \"C\"");
    let (parameters, result) = match signature.rsplit_once(") -> ") {
        // The last `->` may belong to a function among the parameters.
        Some((parameters, result)) if !result.contains(')') => (parameters, c_type(result)),
        _ => (signature.strip_suffix(')').expect("parameters end with a bracket"), "void".to_owned()),
    };
    let parameters: Vec<_> = source::split_top_level(parameters)
        .iter()
        .map(|parameter| c_type(parameter.split_once(": ").expect("parameters are named").1))
        .collect();
    format!("{result} (*)({})", if parameters.is_empty() { "void".to_owned() } else { parameters.join(", ") })
}

/// All words that start with `MI_`, the leading underscores of tags and guards left out, those of option names kept.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter_map(|word| {
        let name = word.trim_start_matches('_');
        let is_option = word.starts_with("__") && name.contains("OPTIONS_");
        name.starts_with("MI_").then_some(if is_option { word } else { name })
    })
}

/// The functions that the header defines itself; they only forward to a slot of a table.
fn inline_functions(header: &str) -> Vec<&str> {
    let heads = header.split("MI_INLINE ").skip(1).filter_map(|rest| rest.split_once('('));
    heads.filter_map(|(head, _)| head.split_whitespace().last()).collect()
}

fn without_comments(c: &str) -> String {
    let mut parts = c.split("/*");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text += part.split_once("*/").expect("a comment ends").1;
    }
    text.lines().map(|line| format!("{}\n", line.split("//").next().unwrap_or_default())).collect()
}
