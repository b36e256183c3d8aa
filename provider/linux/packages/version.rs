//! Which of two versions is the newer one, as dpkg and rpm decide it.

use super::Manager;
use std::cmp::Ordering;

/// Compares two full versions, `[EPOCH:]VERSION[-RELEASE]`, of packages of the manager.
pub fn compare(manager: Manager, left: &str, right: &str) -> Ordering {
    let (left, right) = (split(left), split(right));
    let part: fn(&str, &str) -> Ordering = if manager == Manager::Rpm { rpm } else { debian };
    let release = match (left.2, right.2) {
        (Some(left), Some(right)) => part(left, right),
        // For rpm a version without a release fits any.
        (left, right) if manager == Manager::Rpm || left == right => Ordering::Equal,
        (left, right) => part(left.unwrap_or("0"), right.unwrap_or("0")),
    };
    left.0.cmp(&right.0).then_with(|| part(left.1, right.1)).then(release)
}

/// Epoch, version and release.
fn split(full: &str) -> (u64, &str, Option<&str>) {
    let (epoch, rest) = full.split_once(':').unwrap_or(("0", full));
    let (version, release) = rest.rsplit_once('-').map_or((rest, None), |(version, release)| (version, Some(release)));
    (epoch.parse().unwrap_or_default(), version, release)
}

/// The rules of deb-version(7): text and numbers in turn; in text `~` comes before the end, and letters before the rest.
fn debian(left: &str, right: &str) -> Ordering {
    /// Where a character of text comes; 0 is the end of it.
    fn rank(character: u8) -> i32 {
        match character {
            b'~' => -1,
            letter if letter.is_ascii_alphabetic() => i32::from(letter),
            other => i32::from(other) + 256,
        }
    }
    let (mut left, mut right) = (left.as_bytes(), right.as_bytes());
    while !left.is_empty() || !right.is_empty() {
        let texts = (take(&mut left, |byte| !byte.is_ascii_digit()), take(&mut right, |byte| !byte.is_ascii_digit()));
        let at = |text: &[u8], index: usize| text.get(index).map_or(0, |byte| rank(*byte));
        let longest = texts.0.len().max(texts.1.len());
        let order = (0..longest).map(|index| at(texts.0, index).cmp(&at(texts.1, index)));
        let order = order.fold(Ordering::Equal, Ordering::then);
        let order = order.then_with(|| numbers(&mut left, &mut right));
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

/// The rules of rpm: words of letters and of digits in turn, whatever separates them; a number is newer than letters, and
/// more words are newer than fewer. `~` comes before the end, and `^` after it but before anything else.
fn rpm(left: &str, right: &str) -> Ordering {
    let is_separator = |byte: u8| !byte.is_ascii_alphanumeric() && !matches!(byte, b'~' | b'^');
    let (mut left, mut right) = (left.as_bytes(), right.as_bytes());
    loop {
        take(&mut left, is_separator);
        take(&mut right, is_separator);
        for (sign, when_only_one, at_the_end) in
            [(b'~', Ordering::Less, Ordering::Less), (b'^', Ordering::Less, Ordering::Greater)]
        {
            let signed = (left.first() == Some(&sign), right.first() == Some(&sign));
            match signed {
                (true, true) => {}
                (true, false) => return if right.is_empty() { at_the_end } else { when_only_one },
                (false, true) => return if left.is_empty() { at_the_end } else { when_only_one }.reverse(),
                (false, false) => continue,
            }
            (left, right) = (&left[1..], &right[1..]);
        }
        if left.is_empty() || right.is_empty() {
            return left.len().min(1).cmp(&right.len().min(1));
        }
        let is_number = |text: &[u8]| text.first().is_some_and(u8::is_ascii_digit);
        let order = match (is_number(left), is_number(right)) {
            (true, true) => numbers(&mut left, &mut right),
            (false, false) => {
                let words =
                    (take(&mut left, |b| b.is_ascii_alphabetic()), take(&mut right, |b| b.is_ascii_alphabetic()));
                words.0.cmp(words.1)
            }
            (is_newer, _) => is_newer.cmp(&!is_newer),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Compares the numbers at the start of both, of any length, and takes them away. None counts as 0.
fn numbers(left: &mut &[u8], right: &mut &[u8]) -> Ordering {
    let number = |text: &mut &[u8]| {
        take(text, |byte| byte == b'0');
        take(text, |byte| byte.is_ascii_digit()).to_vec()
    };
    let (left, right) = (number(left), number(right));
    left.len().cmp(&right.len()).then_with(|| left.cmp(&right))
}

/// Takes away the first bytes that are of a kind.
fn take<'a>(text: &mut &'a [u8], is_it: impl Fn(u8) -> bool) -> &'a [u8] {
    let end = text.iter().position(|byte| !is_it(*byte)).unwrap_or(text.len());
    let (taken, rest) = text.split_at(end);
    *text = rest;
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each list is in order, oldest first.
    fn check(manager: Manager, lists: &[&[&str]]) {
        for list in lists {
            for (i, left) in list.iter().enumerate() {
                for (j, right) in list.iter().enumerate() {
                    assert_eq!(compare(manager, left, right), i.cmp(&j), "{left} {right}");
                }
            }
        }
    }

    #[test]
    fn versions_of_debian_are_in_its_order() {
        check(
            Manager::Dpkg,
            &[
                &["1.0~~", "1.0~~a", "1.0~", "1.0", "1.0a", "1.0+b", "1.0.1", "1.2", "1.10", "1:0.1"],
                &["2.36-9", "2.36-9+deb12u9", "2.36-9+deb12u10", "2.36-10"],
                &["1.0~rc1-1", "1.0-1", "1.0-1.1"],
            ],
        );
        assert_eq!(compare(Manager::Dpkg, "1.0-0", "1.0"), Ordering::Equal);
        assert_eq!(compare(Manager::Dpkg, "0:1.00", "1.0"), Ordering::Equal);
    }

    #[test]
    fn versions_of_rpm_are_in_its_order() {
        check(
            Manager::Rpm,
            &[
                &["1.0~rc1-1", "1.0-1", "1.0^git1-1", "1.0.1-1", "1.1-1", "1.10-1", "1:0.1-1"],
                &["2.0.0-1.el8", "2.0.0-1.el9", "2.0.0-2.el8", "2.0.0-10.el8"],
                &["1a-1", "1b-1", "1.1-1"],
            ],
        );
        assert_eq!(compare(Manager::Rpm, "5.5p10-1", "5.5.p10-1"), Ordering::Equal);
        assert_eq!(compare(Manager::Rpm, "1.0", "1.0-7"), Ordering::Equal);
    }
}
