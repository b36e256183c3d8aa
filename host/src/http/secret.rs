//! A text that must not be seen: passwords.

use std::fmt;
use subtle::ConstantTimeEq;

/// A secret text. It is never printed, and compared in a time that does not depend on where texts differ.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether a text is the secret one. The time depends only on the length of `text`.
    pub fn is(&self, text: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(text).into()
    }

    /// The text, for the one place that must send or store it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?}"), "Secret");
        assert!(secret.is(b"hunter2"));
        assert!(!secret.is(b"hunter3"));
        assert!(!secret.is(b"hunter22"));
    }
}
