//! LIKE patterns.

use super::evaluate::fold;
use std::fmt;

/// The pattern of LIKE: `%` is any text, `_` any character, `[a-f]` one of a range or list, `[^a-f]` one that is not in
/// it. A wildcard in brackets stands for itself: `[%]`. Letters match without regard to case.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    AnyText,
    AnyCharacter,
    /// Folded.
    Character(char),
    /// Folded ranges, both ends included.
    Set {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Pattern {
    /// Reads a pattern; the error says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut parts = Vec::new();
        let mut rest = text.chars();
        while let Some(next) = rest.next() {
            parts.push(match next {
                // Several in a row say no more than one.
                '%' if parts.last() == Some(&Part::AnyText) => continue,
                '%' => Part::AnyText,
                '_' => Part::AnyCharacter,
                '[' => set(&mut rest)?,
                plain => Part::Character(fold(plain)),
            });
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    /// The pattern as the query has it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the whole text matches. Takes at most pattern length times text length steps.
    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().map(fold).collect();
        let (mut at, mut part) = (0, 0);
        // Where to go on when a character fails: the part after the last %, and the first character that % has not
        // taken. An earlier % never needs another try, since the last one can take whatever the earlier would.
        let mut retry = None;
        while at < text.len() {
            match self.parts.get(part) {
                Some(Part::AnyText) => {
                    part += 1;
                    retry = Some((part, at));
                }
                Some(other) if other.takes(text[at]) => {
                    part += 1;
                    at += 1;
                }
                _ => {
                    let Some((after, taken)) = retry else { return false };
                    (part, at) = (after, taken + 1);
                    retry = Some((after, taken + 1));
                }
            }
        }
        self.parts[part..].iter().all(|rest| *rest == Part::AnyText)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Part {
    fn takes(&self, character: char) -> bool {
        match self {
            Self::AnyText | Self::AnyCharacter => true,
            Self::Character(wanted) => *wanted == character,
            Self::Set { negated, ranges } => {
                ranges.iter().any(|&(first, last)| (first..=last).contains(&character)) != *negated
            }
        }
    }
}

/// The rest of a set whose `[` is read. A hyphen that comes first or last is a character like others.
fn set(rest: &mut std::str::Chars<'_>) -> Result<Part, &'static str> {
    let (inside, after) = rest.as_str().split_once(']').ok_or("[ has no closing ]; a [ itself is written [[]")?;
    *rest = after.chars();
    let (negated, inside) = match inside.strip_prefix('^') {
        Some(excluded) => (true, excluded),
        None => (false, inside),
    };
    if inside.is_empty() {
        return Err("there is no character between [ and ]");
    }
    let mut characters = inside.chars().map(fold);
    let mut ranges = Vec::new();
    while let Some(first) = characters.next() {
        let mut ahead = characters.clone();
        let range = match (ahead.next(), ahead.next()) {
            (Some('-'), Some(last)) => {
                characters = ahead;
                (first, last)
            }
            _ => (first, first),
        };
        ranges.push(range);
    }
    Ok(Part::Set { negated, ranges })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn like(text: &str, pattern: &str) -> bool {
        Pattern::parse(pattern).unwrap().matches(text)
    }

    #[test]
    fn percent_is_any_text_even_none() {
        for pattern in ["%", "%%", "sshd", "ss%", "%hd", "%s%d%", "sshd%", "%sshd"] {
            assert!(like("sshd", pattern), "{pattern}");
        }
        for pattern in ["", "ssh", "sh%", "%s", "%x%"] {
            assert!(!like("sshd", pattern), "{pattern}");
        }
        assert!(like("", "%") && like("", "") && !like("", "_"));
    }

    #[test]
    fn underscore_is_one_character_of_any_length_in_bytes() {
        assert!(like("größe", "gr__e"));
        assert!(!like("sshd", "___"));
        assert!(!like("sshd", "_____"));
    }

    #[test]
    fn sets_hold_ranges_and_single_characters() {
        assert!(like("sda1", "sd[a-c][0-9]"));
        assert!(!like("sdd1", "sd[a-c]%"));
        assert!(like("sdd1", "sd[^a-c]_"));
        assert!(!like("sda1", "sd[^a-c]_"));
        assert!(like("a-b", "a[-]b") && like("a-b", "a[+-]b") && like("a+b", "a[+-]b"));
        assert!(like("c", "[abc]") && !like("d", "[abc]"));
    }

    #[test]
    fn wildcards_in_brackets_stand_for_themselves() {
        assert!(like("100%", "100[%]") && !like("1000", "100[%]"));
        assert!(like("a_b", "a[_]b") && !like("axb", "a[_]b"));
        assert!(like("a[b", "a[[]b"));
        assert!(like("a^b", "a[b^]b"));
    }

    #[test]
    fn case_does_not_matter() {
        assert!(like("SSHD", "ssh%") && like("sshd", "SSH[A-D]") && like("GRÖßE", "größ_"));
        assert!(!like("SSHD", "ssh[^D]"));
    }

    #[test]
    fn a_malformed_set_is_refused() {
        assert!(Pattern::parse("a[bc").unwrap_err().contains("no closing ]"));
        assert!(Pattern::parse("a[]").unwrap_err().contains("no character"));
        assert!(Pattern::parse("a[^]").unwrap_err().contains("no character"));
    }

    #[test]
    fn many_wildcards_take_little_time() {
        let pattern = "%a".repeat(2_000) + "b";
        assert!(!like(&"a".repeat(20_000), &pattern));
    }

    /// What the wildcards mean, without regard to time.
    fn plainly(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], text) => text.is_empty(),
            (['%', rest @ ..], text) => (0..=text.len()).any(|taken| plainly(rest, &text[taken..])),
            (['_', rest @ ..], [_, text @ ..]) => plainly(rest, text),
            ([same, rest @ ..], [first, text @ ..]) => same == first && plainly(rest, text),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn matching_is_what_the_wildcards_mean(pattern in "[ab%_]{0,8}", text in "[ab]{0,10}") {
            let characters = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(like(&text, &pattern), plainly(&characters(&pattern), &characters(&text)));
        }

        #[test]
        fn nothing_panics(pattern in ".{0,20}", text in ".{0,20}") {
            if let Ok(pattern) = Pattern::parse(&pattern) {
                pattern.matches(&text);
            }
        }
    }
}
