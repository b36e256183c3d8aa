//! The types and constants against windows-sys, which Microsoft generates from its own metadata.
//!
//! Everything that differs is named in `list.rs` or here; any other difference fails.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::mem::{align_of, offset_of, size_of};

use windows_sys::Win32::System::Wmi as wmi;

use crate::list::{each_code, each_define, each_struct};

/// On Windows only: an instance table with one more slot.
const STRUCTS_OF_WINDOWS: [&str; 1] = ["MI_InstanceExFT"];

/// On Windows only: a flag with the bit of MI_FLAG_KEY, the version of its calling convention, the width of its
/// MI_Char; and the bookmarks, which are strings there as here but wide.
const CONSTANTS_OF_WINDOWS: [&str; 5] = [
    "MI_CALL_VERSION",
    "MI_CHAR_TYPE",
    "MI_FLAG_EXTENDED",
    "MI_SUBSCRIBE_BOOKMARK_NEWEST",
    "MI_SUBSCRIBE_BOOKMARK_OLDEST",
];

/// Longer here, because OMI appends slots.
const SIZES_THAT_DIFFER: [(&str, usize, usize); 1] = [("MI_ContextFT", 31 * 8, 30 * 8)];

/// `offset_of!` in windows-sys, or `None` for a field that Windows does not have.
macro_rules! offset_there {
    ($struct:ident, $field:ident) => {
        Some(offset_of!(wmi::$struct, $field))
    };
    ($struct:ident, $field:ident, -) => {
        None
    };
    ($struct:ident, $field:ident, $there:ident) => {
        Some(offset_of!(wmi::$struct, $there))
    };
}

#[cfg(target_pointer_width = "64")]
#[test]
fn sizes_alignments_and_offsets_agree() {
    let mut differences = Vec::new();
    let mut compared = 0;
    let mut compare = |what: String, here: Option<usize>, there: Option<usize>| {
        compared += 1;
        if here != there {
            differences.push(format!("{what}: {here:?} here, {there:?} in windows-sys"));
        }
    };
    macro_rules! check {
        ($name:ident (-) { $($field:ident),* }) => {};
        ($name:ident { $($fields:tt)* }) => { check! { $name ($name) { $($fields)* } } };
        ($name:ident ($there:ident) { $($field:ident $(($field_there:tt))?),* }) => {
            let name = stringify!($name);
            let sizes = (size_of::<omi_sys::$name>(), size_of::<wmi::$there>());
            if !SIZES_THAT_DIFFER.contains(&(name, sizes.0, sizes.1)) {
                compare(format!("size of {name}"), Some(sizes.0), Some(sizes.1));
            }
            compare(
                format!("alignment of {name}"),
                Some(align_of::<omi_sys::$name>()),
                Some(align_of::<wmi::$there>()),
            );
            $(
                if let Some(there) = offset_there!($there, $field $(, $field_there)?) {
                    let what = format!("offset of {name}.{}", stringify!($field));
                    compare(what, Some(offset_of!(omi_sys::$name, $field)), Some(there));
                }
            )*
        };
    }
    each_struct!(check);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    println!("{compared} sizes, alignments and offsets agree");
}

#[test]
fn constants_agree() {
    let mut differences = Vec::new();
    let mut compare = |name: &str, here: u32, there: u32| {
        if here != there {
            differences.push(format!("{name}: {here} here, {there} in windows-sys"));
        }
    };
    macro_rules! check_code {
        ($code:ident: $($name:ident),*) => { $(compare(stringify!($name), omi_sys::$name.0, wmi::$name as u32);)* };
    }
    macro_rules! check_define {
        (both: $($name:ident),*) => { $(compare(stringify!($name), omi_sys::$name as u32, wmi::$name as u32);)* };
        (omi: $($name:ident),*) => {};
    }
    each_code!(check_code);
    each_define!(check_define);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn windows_sys_has_no_type_or_constant_that_is_missing_here() {
    let mut known: BTreeSet<&str> = STRUCTS_OF_WINDOWS.into_iter().chain(CONSTANTS_OF_WINDOWS).collect();
    macro_rules! add_struct {
        ($name:ident { $($fields:tt)* }) => {
            known.insert(stringify!($name));
        };
        ($name:ident (-) { $($fields:tt)* }) => {};
        ($name:ident ($there:ident) { $($fields:tt)* }) => {
            known.insert(stringify!($there));
        };
    }
    macro_rules! add_code {
        ($code:ident: $($name:ident),*) => { known.extend([$(stringify!($name)),*]) };
    }
    macro_rules! add_define {
        (both: $($name:ident),*) => { known.extend([$(stringify!($name)),*]) };
        (omi: $($name:ident),*) => {};
    }
    each_struct!(add_struct);
    each_code!(add_code);
    each_define!(add_define);

    let source = windows_sys_source();
    let defined: BTreeSet<&str> =
        source.lines().filter_map(defined_name).filter(|name| name.starts_with("MI_")).collect();
    assert_eq!(known, defined);
}

/// The name that a line of windows-sys defines, types that are only an alias excepted.
fn defined_name(line: &str) -> Option<&str> {
    let rest = ["pub struct ", "pub union ", "pub const "].iter().find_map(|head| line.strip_prefix(head))?;
    rest.split([' ', ':', '(', ';']).next()
}

/// The source of the module that this test links, from the list of sources that rustc leaves beside the test.
fn windows_sys_source() -> String {
    let directory = env::current_exe().expect("a test knows its path");
    let directory = directory.parent().expect("a file is in a directory");
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let lists = entries.filter_map(|entry| entry.ok()).map(|entry| entry.path()).filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("windows_sys-") && name.ends_with(".d")
    });
    let text: String = lists.filter_map(|list| fs::read_to_string(list).ok()).collect();
    let sources: BTreeSet<&str> =
        text.split_whitespace().filter(|path| path.ends_with("/Windows/Win32/System/Wmi/mod.rs")).collect();
    let source =
        sources.last().unwrap_or_else(|| panic!("no windows_sys-*.d with Wmi/mod.rs in {}", directory.display()));
    fs::read_to_string(source).unwrap_or_else(|error| panic!("{source}: {error}"))
}
