//! What udev found out about devices and keeps in `/run/udev/data`. In a container nobody does.

use std::collections::HashMap;

use super::Root;
use super::root::lossy;

/// The properties of a block device, by name; none where udev keeps none.
pub(super) struct Properties(HashMap<String, String>);

/// The properties of the block device with this number, MAJOR:MINOR.
pub(super) fn block_device(root: &Root, number: &str) -> Properties {
    let bytes = root.read(&format!("/run/udev/data/b{number}")).unwrap_or_default();
    // A property is a line "E:NAME=VALUE"; other lines are links, tags and such.
    let text = lossy(bytes);
    let properties = text.lines().filter_map(|line| line.strip_prefix("E:")?.split_once('='));
    Properties(properties.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

impl Properties {
    /// A property, unless it is empty.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).filter(|value| !value.is_empty()).cloned()
    }

    /// A property that is written with `\x20` for a blank, and so for all that could be misread.
    pub(super) fn encoded(&self, name: &str) -> Option<String> {
        self.text(name).map(|value| decode(&value))
    }

    /// A number, decimal or, after 0x, hexadecimal.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        let text = self.0.get(name)?;
        match text.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16).ok(),
            None => text.parse().ok(),
        }
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split("\\x");
    bytes.extend(parts.next().unwrap_or_default().bytes());
    for part in parts {
        let code = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(code) => {
                bytes.push(code);
                bytes.extend(part[2..].bytes());
            }
            None => bytes.extend(b"\\x".iter().copied().chain(part.bytes())),
        }
    }
    lossy(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine_with;

    #[test]
    fn a_label_is_decoded_and_what_is_no_code_stays() {
        assert_eq!(decode(r"My\x20Data\x2f\xc3\xa9"), "My Data/é");
        assert_eq!(decode(r"\x\xzz\x4"), r"\x\xzz\x4");
        assert_eq!(decode(r"\xff"), "\u{fffd}");
    }

    #[test]
    fn only_properties_count() {
        let text = b"S:disk/by-uuid/1\nI:1234\nE:ID_FS_TYPE=ext4\nE:ID_FS_LABEL_ENC=\nE:broken\nG:systemd\n";
        let (_dir, root) = machine_with(&[("/run/udev/data/b8:1", text)]);
        let properties = block_device(&root, "8:1");
        assert_eq!(properties.text("ID_FS_TYPE").as_deref(), Some("ext4"));
        assert_eq!((properties.text("ID_FS_LABEL_ENC"), properties.text("broken")), (None, None));
        assert_eq!(block_device(&root, "8:2").text("ID_FS_TYPE"), None);
    }
}
