//! A command line as the words that a shell would make of it, without a shell: nothing is expanded or redirected.

use crate::linux::{Error, Result};
use std::str::Chars;

/// The words of a line. Blanks part them; quotes and backslashes keep characters from being taken for more than
/// themselves, by the rules of a POSIX shell (section 2.2, Quoting).
///
/// # Errors
/// A quote that is not closed.
pub fn words(line: &str) -> Result<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = line.chars();
    while let Some(character) = rest.next() {
        match character {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            // Quotes make a word even of nothing.
            '\'' => single(&mut rest, word.get_or_insert_default())?,
            '"' => double(&mut rest, word.get_or_insert_default())?,
            '\\' => match rest.next() {
                // The line goes on.
                Some('\n') => {}
                next => word.get_or_insert_default().push(next.unwrap_or('\\')),
            },
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

/// What is between single quotes: every character is itself.
fn single(rest: &mut Chars<'_>, word: &mut String) -> Result<()> {
    loop {
        match rest.next().ok_or_else(|| open('\''))? {
            '\'' => return Ok(()),
            other => word.push(other),
        }
    }
}

/// What is between double quotes: a backslash counts before a few characters only.
fn double(rest: &mut Chars<'_>, word: &mut String) -> Result<()> {
    loop {
        match rest.next().ok_or_else(|| open('"'))? {
            '"' => return Ok(()),
            '\\' => match rest.next().ok_or_else(|| open('"'))? {
                '\n' => {}
                special @ ('"' | '\\' | '$' | '`') => word.push(special),
                other => word.extend(['\\', other]),
            },
            other => word.push(other),
        }
    }
}

fn open(quote: char) -> Error {
    Error::InvalidInput { what: format!("a quote {quote} in the command line is not closed") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_a_shell() {
        for line in [
            "echo a   b\tc",
            r#"echo "a   b" 'c  d'"#,
            r#"echo a"b c"'d e'f"#,
            r#"awk 'BEGIN{print "hi"}'"#,
            r#"echo "" '' x"#,
            r"echo a\ b \'c\' \\d e\f",
            r#"echo "a\"b\\c\n\$d" 'e\f'"#,
            "echo a\\\nb \"c\\\nd\"",
        ] {
            let script = format!("printf '%s\\n' {line}");
            let output = std::process::Command::new("/bin/sh").args(["-c", &script]).output().unwrap();
            let printed: String = words(line).unwrap().iter().map(|word| format!("{word}\n")).collect();
            assert_eq!(printed, String::from_utf8(output.stdout).unwrap(), "{line}");
        }
    }

    #[test]
    fn nothing_is_expanded() {
        assert_eq!(words("echo $HOME `id` * ; rm > /x").unwrap().len(), 8);
        assert_eq!(words(" \t ").unwrap(), [""; 0]);
    }

    #[test]
    fn a_quote_that_is_not_closed_is_told() {
        for line in ["echo 'a", "echo \"a", "echo \"a\\"] {
            let error = words(line).unwrap_err();
            assert!(error.to_string().contains("is not closed"), "{line}: {error}");
        }
    }
}
