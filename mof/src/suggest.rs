//! "Did you mean": the known name that is nearest to an unknown one.

/// Longer names are not compared, so that hostile input costs nothing.
const MAX_LENGTH: usize = 64;

/// Nor more candidates than this. The DMTF schema has 1,400 classes.
const MAX_CANDIDATES: usize = 4000;

/// The name that was probably meant: the candidate with the fewest differing characters, if it differs in at most a third
/// of them. Case does not count.
///
/// ```
/// assert_eq!(omi_mof::nearest("Contens", ["Checksum", "Contents"]), Some("Contents"));
/// ```
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > MAX_LENGTH {
        return None;
    }
    let limit = (name.len() / 3).max(1);
    candidates
        .into_iter()
        .take(MAX_CANDIDATES)
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= limit)
        .map(|candidate| (distance(name.as_bytes(), candidate.as_bytes()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many characters must be inserted, removed, replaced or swapped with their neighbour to make one text of the
/// other, without regard to ASCII case (the optimal string alignment distance).
fn distance(left: &[u8], right: &[u8]) -> usize {
    let same = |a: u8, b: u8| a.eq_ignore_ascii_case(&b);
    let mut before = vec![0; right.len() + 1];
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for i in 0..left.len() {
        let mut next = vec![i + 1; right.len() + 1];
        for j in 0..right.len() {
            let replaced = row[j] + usize::from(!same(left[i], right[j]));
            next[j + 1] = replaced.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && same(left[i], right[j - 1]) && same(left[i - 1], right[j]) {
                next[j + 1] = next[j + 1].min(before[j - 1] + 1);
            }
        }
        before = std::mem::replace(&mut row, next);
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["uint32", "uint16", "string"];
        assert_eq!(nearest("unit32", names), Some("uint32"));
        assert_eq!(nearest("STRNG", names), Some("string"));
        assert_eq!(nearest("Nmae", ["None", "Name"]), Some("Name"));
        assert_eq!(nearest("datetime", names), None);
        assert_eq!(nearest(&"x".repeat(10_000), names), None);
    }
}
