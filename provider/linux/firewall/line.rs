//! Lines as iptables-save(8) writes and iptables-restore(8) reads them.

/// The words of a line. Quotation marks hold one together, and a backslash in them takes the meaning from what follows.
pub(super) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut is_quoted = false;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match c {
            '"' => {
                is_quoted = !is_quoted;
                word.get_or_insert_default();
            }
            '\\' if is_quoted => word.get_or_insert_default().extend(characters.next()),
            ' ' if !is_quoted => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}

/// A word that is read back as it is.
pub(super) fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back_as_they_were_written() {
        for word in ["web", "a b", "say \"x\"", "back\\slash", "", "it's"] {
            assert_eq!(words(&format!("-A INPUT {} -j DROP", quoted(word))), ["-A", "INPUT", word, "-j", "DROP"]);
        }
        assert_eq!(words("  a  b "), ["a", "b"]);
    }
}
