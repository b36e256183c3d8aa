//! The formatter changes white space only, and formatted text stays as it is.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(once) = omi_mof::format("fuzz.mof", bytes) else { return };
    let twice = omi_mof::format("fuzz.mof", once.as_bytes()).expect("formatted text has no errors of syntax");
    assert_eq!(once, twice, "formatting is idempotent");
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if !bytes.contains(&0) {
        assert_eq!(ink(text.trim_start_matches('\u{FEFF}')), ink(&once), "nothing but white space changes");
    }
});

/// What is left of a text without white space, and without the sign that DOS ends files with.
fn ink(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace() && *character != '\u{1A}').collect()
}
