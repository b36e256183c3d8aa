//! A line of `authorized_keys`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A public key with what a login by it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key<'a> {
    /// What the login may do and what not; empty for everything.
    pub options: &'a str,
    /// The kind of key, `ssh-ed25519` for example.
    pub kind: &'a str,
    /// The key itself, in Base64.
    pub key: &'a str,
    /// What a person knows it by; may be empty.
    pub comment: &'a str,
}

impl<'a> Key<'a> {
    /// Parses a line; `None` when it has no key.
    pub fn parse(line: &'a str) -> Option<Self> {
        let line = line.trim();
        if line.starts_with('#') {
            return None;
        }
        let (first, rest) = word(line);
        let (options, (kind, rest)) = if is_kind(first) { ("", (first, rest)) } else { (first, word(rest)) };
        let (key, comment) = word(rest);
        (is_kind(kind) && !key.is_empty()).then_some(Self { options, kind, key, comment: comment.trim() })
    }

    /// Whether the key is Base64 of a key of its kind, as far as that can be seen from outside.
    pub fn is_sound(&self) -> bool {
        let Ok(bytes) = STANDARD.decode(self.key) else { return false };
        let length = u32::try_from(self.kind.len()).unwrap_or_default().to_be_bytes();
        bytes.strip_prefix(&length).is_some_and(|rest| rest.starts_with(self.kind.as_bytes()))
    }

    /// Whether both let the same one in, to do the same.
    pub fn is_same(&self, other: &Key<'_>) -> bool {
        (self.options, self.kind, self.key) == (other.options, other.kind, other.key)
    }
}

/// Whether a line is the comment by which the key in the next line is known.
pub fn marks(line: &str, comment: &str) -> bool {
    line.strip_prefix('#').is_some_and(|text| text.trim_end() == comment.trim_end())
}

/// The names of all kinds begin so, and no option does.
fn is_kind(word: &str) -> bool {
    ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-sha2-"].iter().any(|begin| word.starts_with(begin))
}

/// The first word and the rest. Between quotation marks a blank ends no word.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    let (mut is_quoted, mut before) = (false, ' ');
    for (at, c) in text.char_indices() {
        match c {
            '"' if before != '\\' => is_quoted = !is_quoted,
            ' ' | '\t' if !is_quoted => return (&text[..at], &text[at..]),
            _ => {}
        }
        before = c;
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

    #[test]
    fn options_kind_key_and_comment_are_told_apart() {
        let line = format!("no-pty,command=\"echo \\\"a b\\\" # x\"  ssh-ed25519 {KEY}  alice on her laptop ");
        let key = Key::parse(&line).unwrap();
        assert_eq!(key.options, "no-pty,command=\"echo \\\"a b\\\" # x\"");
        assert_eq!((key.kind, key.key, key.comment), ("ssh-ed25519", KEY, "alice on her laptop"));
        let line = format!("ssh-ed25519 {KEY}");
        let key = Key::parse(&line).unwrap();
        assert_eq!((key.options, key.comment), ("", ""));
        assert!(key.is_sound());
    }

    #[test]
    fn what_is_no_key_is_none() {
        for line in ["", "# ssh-ed25519 AAAA", "ssh-ed25519", "no-pty", "-----BEGIN OPENSSH PRIVATE KEY-----", "a b c"]
        {
            assert_eq!(Key::parse(line), None, "{line}");
        }
        assert!(!Key::parse(&format!("ssh-rsa {KEY}")).unwrap().is_sound(), "a key of another kind");
        assert!(!Key::parse("ssh-rsa secret!").unwrap().is_sound());
    }
}
