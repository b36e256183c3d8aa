//! The mode of a file as people write it.

const PERMISSIONS: u32 = 0o777;
const ALL: u32 = 0o7777;

/// The bits of a mode that are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mode {
    bits: u32,
    /// Those that it says something about.
    mask: u32,
}

impl Mode {
    /// Three or four octal digits, or nine letters as `ls -l` shows them. Only four digits, or letters with an s, S, t or T
    /// among them, say something about set-user-ID, set-group-ID and sticky.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if matches!(text.len(), 3 | 4) && text.bytes().all(|byte| matches!(byte, b'0'..=b'7')) {
            let mask = if text.len() == 4 { ALL } else { PERMISSIONS };
            return Some(Self { bits: u32::from_str_radix(text, 8).ok()?, mask });
        }
        let letters: &[u8; 9] = text.as_bytes().try_into().ok()?;
        let mut bits = 0;
        for (index, triple) in letters.chunks(3).enumerate() {
            let shift = 6 - 3 * index;
            let special = 0o4000 >> index;
            let small = if index == 2 { b't' } else { b's' };
            bits |= flag(triple[0], b'r', 0o4 << shift)? | flag(triple[1], b'w', 0o2 << shift)?;
            bits |= match triple[2] {
                letter if letter == small => special | 0o1 << shift,
                letter if letter == small.to_ascii_uppercase() => special,
                letter => flag(letter, b'x', 0o1 << shift)?,
            };
        }
        let mask = if bits & !PERMISSIONS == 0 { PERMISSIONS } else { ALL };
        Some(Self { bits, mask })
    }

    /// The mode of something that has the mode `old` now.
    pub(crate) fn applied(self, old: u32) -> u32 {
        old & ALL & !self.mask | self.bits
    }
}

fn flag(letter: u8, set: u8, bit: u32) -> Option<u32> {
    match letter {
        b'-' => Some(0),
        letter => (letter == set).then_some(bit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_letters_say_the_same() {
        for (text, old, new) in [
            ("644", 0o600, 0o644),
            ("644", 0o4755, 0o4644),
            ("0644", 0o4755, 0o644),
            ("2755", 0, 0o2755),
            ("rw-r--r--", 0o4755, 0o4644),
            ("rwsr-xr-x", 0, 0o4755),
            ("rwSr--r--", 0, 0o4644),
            ("rwxrwsrwt", 0o4000, 0o3777),
            ("rwxrwxrwT", 0, 0o1776),
            ("---------", 0o777, 0),
        ] {
            assert_eq!(Mode::parse(text).unwrap().applied(old), new, "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_mode() {
        for text in [
            "",
            "7",
            "64",
            "0o644",
            "00644",
            "648",
            "rwxr-xr-z",
            "rwtr-xr-x",
            "rwxr-xr-s",
            "wrxr-xr-x",
            "u=rw",
            "größeres",
        ] {
            assert_eq!(Mode::parse(text), None, "{text}");
        }
    }
}
