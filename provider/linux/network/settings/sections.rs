//! Files with sections in brackets and lines `Key=value`, as systemd and NetworkManager have them.

use crate::linux::edited_file::EditedFile;

/// The values of a key in all sections of a name.
pub(super) fn values(file: &EditedFile, section: &str, key: &str) -> Vec<String> {
    let mut is_inside = false;
    let value = |line: String| {
        if line.starts_with('[') {
            is_inside = name_of(&line) == Some(section);
        }
        value_of(&line, key).filter(|_| is_inside).map(str::to_owned)
    };
    file.texts().filter_map(value).collect()
}

/// Takes out the lines of a key in the sections of a name for which `is_old` says so, and puts new ones at the begin of
/// the first of these sections, which is made where there is none.
pub(super) fn change(
    file: &mut EditedFile,
    section: &str,
    key: &str,
    is_old: impl Fn(&str) -> bool,
    values: &[String],
) {
    let mut is_inside = false;
    file.lines.retain(|line| {
        let line = String::from_utf8_lossy(line);
        if line.starts_with('[') {
            is_inside = name_of(&line) == Some(section);
        }
        !(is_inside && value_of(&line, key).is_some_and(&is_old))
    });
    if values.is_empty() {
        return;
    }
    let head = file.texts().position(|line| name_of(&line) == Some(section));
    let head = head.unwrap_or_else(|| {
        if !file.lines.is_empty() {
            file.lines.push(Vec::new());
        }
        file.lines.push(format!("[{section}]").into_bytes());
        file.lines.len() - 1
    });
    let new = values.iter().map(|value| format!("{key}={value}").into_bytes());
    file.lines.splice(head + 1..head + 1, new);
}

fn name_of(line: &str) -> Option<&str> {
    line.trim().strip_prefix('[')?.strip_suffix(']')
}

fn value_of<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let (name, value) = line.split_once('=')?;
    (name.trim() == key).then_some(value.trim())
}
