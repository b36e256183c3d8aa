//! Passwords: never printed, and compared in a time that does not tell where they differ.

pub use omi::client::Secret;

use subtle::ConstantTimeEq;

/// Whether a text is the secret one. The time depends only on the length of `text`.
pub(super) fn is(secret: &Secret, text: &[u8]) -> bool {
    secret.reveal().as_bytes().ct_eq(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_text_is_the_secret() {
        let secret = Secret::new("hunter2");
        assert!(is(&secret, b"hunter2"));
        assert!(!is(&secret, b"hunter3"));
        assert!(!is(&secret, b"hunter22"));
    }
}
