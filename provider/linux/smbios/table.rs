//! The structures of SMBIOS, as the firmware left them in memory: DSP0134 of the DMTF, section 6.1.

/// The last structure.
const END: u8 = 127;

/// What vendors write where they have nothing to say; compared in small letters.
const PLACEHOLDERS: [&str; 12] = [
    "none",
    "unknown",
    "default string",
    "not specified",
    "not applicable",
    "system serial number",
    "to be filled by o.e.m.",
    "no asset tag",
    "n/a",
    "no dimm",
    "not available",
    "not provided",
];

/// The text that a vendor wrote, unless it is blank or a placeholder.
pub(crate) fn meaningful(text: &str) -> Option<String> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    (!text.is_empty() && !PLACEHOLDERS.contains(&text.to_ascii_lowercase().as_str())).then(|| text.to_owned())
}

/// A structure: its fields, at offsets, and the texts that they refer to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Structure {
    pub(super) kind: u8,
    /// With the head of four bytes, so that offsets are those of the standard.
    fields: Vec<u8>,
    texts: Vec<String>,
}

impl Structure {
    /// A field of one byte. `None` where the firmware follows an earlier version of the standard, which has no such field.
    pub(super) fn byte(&self, offset: usize) -> Option<u8> {
        self.fields.get(offset).copied()
    }

    /// A field of two bytes.
    pub(super) fn word(&self, offset: usize) -> Option<u16> {
        self.fields.get(offset..offset + 2)?.try_into().ok().map(u16::from_le_bytes)
    }

    /// A field of four bytes.
    pub(super) fn double_word(&self, offset: usize) -> Option<u32> {
        self.fields.get(offset..offset + 4)?.try_into().ok().map(u32::from_le_bytes)
    }

    /// The text that a field refers to.
    pub(super) fn text(&self, offset: usize) -> Option<String> {
        self.numbered_text(self.byte(offset)?)
    }

    /// The text with this number; 0 is none.
    pub(super) fn numbered_text(&self, number: u8) -> Option<String> {
        meaningful(self.texts.get(usize::from(number).checked_sub(1)?)?)
    }
}

/// The structures up to the end mark, or as far as they are whole.
pub(super) fn structures(mut bytes: &[u8]) -> Vec<Structure> {
    let mut found = Vec::new();
    while let Some((structure, rest)) = first(bytes) {
        if structure.kind == END {
            return found;
        }
        found.push(structure);
        bytes = rest;
    }
    if !bytes.is_empty() {
        log::warn!("the tables of SMBIOS end in the middle of structure {}", found.len());
    }
    found
}

/// The structure that the bytes begin with, and what follows it.
fn first(bytes: &[u8]) -> Option<(Structure, &[u8])> {
    let (kind, length) = (*bytes.first()?, usize::from(*bytes.get(1)?));
    // Shorter than its own head it would never be passed.
    let fields = bytes.get(..length).filter(|_| length >= 4)?;
    let texts = &bytes[length..];
    // The texts end in a zero each, and the last one in two, which are there without any texts as well.
    let end = texts.windows(2).position(|pair| pair == [0, 0])?;
    let split = texts[..end].split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into_owned());
    let structure = Structure { kind, fields: fields.to_vec(), texts: split.collect() };
    Some((structure, &texts[end + 2..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A structure with these fields after its head.
    fn bytes(kind: u8, fields: &[u8], texts: &[&str]) -> Vec<u8> {
        let mut bytes = vec![kind, fields.len() as u8 + 4, 0, 0];
        bytes.extend(fields);
        for text in texts {
            bytes.extend(text.bytes().chain([0]));
        }
        bytes.extend(if texts.is_empty() { vec![0, 0] } else { vec![0] });
        bytes
    }

    #[test]
    fn a_structure_has_numbers_and_refers_to_texts_by_number() {
        let table = [bytes(1, &[2, 0, 9, 0x34, 0x12], &["Vendor ", "Model"]), bytes(127, &[], &[])].concat();
        let found = structures(&table);
        assert_eq!(found.len(), 1);
        let structure = &found[0];
        assert_eq!((structure.kind, structure.text(4).as_deref()), (1, Some("Model")));
        assert_eq!((structure.text(5), structure.text(6)), (None, None), "no text, and a number that no text has");
        assert_eq!((structure.word(7), structure.word(8)), (Some(0x1234), None));
    }

    #[test]
    fn what_follows_the_end_mark_is_nothing_and_what_is_cut_off_is_left_out() {
        let whole = bytes(2, &[1], &["Board"]);
        let ended = [whole.clone(), bytes(127, &[], &[]), bytes(3, &[], &[])].concat();
        assert_eq!(structures(&ended).len(), 1);
        for length in 0..whole.len() {
            let cut = [whole.clone(), whole[..length].to_vec()].concat();
            assert_eq!(structures(&cut).len(), 1, "{length}");
        }
    }

    #[test]
    fn a_structure_without_a_head_ends_the_reading() {
        assert_eq!(structures(&[1, 0, 0, 0, 0, 0]), []);
        assert_eq!(structures(&[1, 3, 0, 0, 0, 0]), []);
    }

    #[test]
    fn placeholders_mean_nothing() {
        for text in ["", "  ", "To Be Filled By O.E.M.", "None", "NO DIMM"] {
            assert_eq!(meaningful(text), None, "{text}");
        }
        assert_eq!(meaningful(" Dell Inc. ").as_deref(), Some("Dell Inc."));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_panic_or_go_round_in_circles(bytes: Vec<u8>) {
            for structure in structures(&bytes) {
                let _ = (structure.text(4), structure.word(5), structure.double_word(250));
            }
        }
    }
}
