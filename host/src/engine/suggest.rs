//! "Did you mean": the known name that is nearest to a mistyped one.

/// ` (did you mean "Handle"?)` when a known name is close to the given one, else nothing.
pub(crate) fn did_you_mean<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let nearest = known.into_iter().map(|name| (distance(wrong, name), name)).min();
    match nearest {
        Some((distance, name)) if distance <= wrong.len() / 3 + 1 => format!(" (did you mean {name:?}?)"),
        _ => String::new(),
    }
}

/// How many letters have to be inserted, removed or replaced, without regard to case (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<u8> = right.bytes().map(|byte| byte.to_ascii_lowercase()).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.bytes().map(|byte| byte.to_ascii_lowercase()).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, r) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(l != *r);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_name_is_suggested_and_a_far_one_is_not() {
        let known = ["Linux_Process", "Linux_Service"];
        assert_eq!(did_you_mean("linux_proces", known), " (did you mean \"Linux_Process\"?)");
        assert_eq!(did_you_mean("Win32_Fan", known), "");
    }
}
