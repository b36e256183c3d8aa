//! The attributes of a netlink message, as far as they are asked for.
//!
//! One that is missing, or has another length than it should, is `None`: a kernel that says more or less than this one
//! costs no more than that value.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use netlink_packet_core::{NLA_HEADER_SIZE, NlasIterator};

use crate::linux::error::Parsed;
use crate::linux::root::lossy;

/// The attributes of one message, or of an attribute that contains others.
pub(super) struct Attributes<'a>(Vec<(u16, &'a [u8])>);

impl<'a> Attributes<'a> {
    /// Finds the attributes in what follows the fixed part of a message.
    pub(super) fn parse(bytes: &'a [u8]) -> Parsed<Self> {
        let found = NlasIterator::new(bytes).map(|attribute| {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let (kind, length) = (attribute.kind(), usize::from(attribute.length()));
            Ok((kind, attribute.into_inner().get(NLA_HEADER_SIZE..length).unwrap_or_default()))
        });
        found.collect::<Parsed<_>>().map(Self)
    }

    /// The value of the first attribute of this kind.
    pub(super) fn get(&self, kind: u16) -> Option<&'a [u8]> {
        self.0.iter().find(|(found, _)| *found == kind).map(|(_, value)| *value)
    }

    fn array<const N: usize>(&self, kind: u16) -> Option<[u8; N]> {
        self.get(kind)?.try_into().ok()
    }

    pub(super) fn u8(&self, kind: u16) -> Option<u8> {
        self.array(kind).map(u8::from_ne_bytes)
    }

    pub(super) fn u16(&self, kind: u16) -> Option<u16> {
        self.array(kind).map(u16::from_ne_bytes)
    }

    pub(super) fn u32(&self, kind: u16) -> Option<u32> {
        self.array(kind).map(u32::from_ne_bytes)
    }

    /// Text, without the 0 that ends it; bytes that are not UTF-8 become U+FFFD.
    pub(super) fn text(&self, kind: u16) -> Option<String> {
        let value = self.get(kind)?;
        let text = value.split(|byte| *byte == 0).next().unwrap_or_default();
        (!text.is_empty()).then(|| lossy(text.to_vec()))
    }

    /// An address of IPv4 or IPv6, by its length.
    pub(super) fn ip(&self, kind: u16) -> Option<IpAddr> {
        ip(self.get(kind)?)
    }

    /// The attributes in this one.
    pub(super) fn nested(&self, kind: u16) -> Option<Attributes<'a>> {
        Attributes::parse(self.get(kind)?).ok()
    }
}

/// The fixed part of a message and the attributes that follow it.
pub(super) fn split<const N: usize>(message: &[u8]) -> Parsed<([u8; N], Attributes<'_>)> {
    let (head, rest) =
        message.split_first_chunk::<N>().ok_or_else(|| format!("a message of {} bytes, not {N}", message.len()))?;
    Ok((*head, Attributes::parse(rest)?))
}

/// The number in the fixed part of a message at `at`.
pub(super) fn u32_at(head: &[u8], at: usize) -> u32 {
    head.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_ne_bytes)
}

/// The number in the fixed part of a message at `at`.
pub(super) fn u16_at(head: &[u8], at: usize) -> u16 {
    head.get(at..at + 2).and_then(|bytes| bytes.try_into().ok()).map_or(0, u16::from_ne_bytes)
}

/// An address of IPv4 or IPv6, by its length.
pub(super) fn ip(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(bytes) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(bytes).into());
    }
    <[u8; 16]>::try_from(bytes).ok().map(|bytes| Ipv6Addr::from(bytes).into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_attribute_of_another_length_has_no_value() {
        // One of kind 4 with 4 bytes, one of kind 7 with 2 and its padding.
        let bytes = [8, 0, 4, 0, 1, 0, 0, 0, 6, 0, 7, 0, 9, 9, 0, 0];
        let attributes = Attributes::parse(&bytes).unwrap();
        assert_eq!(attributes.u32(4), Some(u32::from_ne_bytes([1, 0, 0, 0])));
        assert_eq!((attributes.u8(4), attributes.u32(7), attributes.u32(1)), (None, None, None));
        assert_eq!(attributes.u16(7), Some(0x0909));
    }

    #[test]
    fn text_ends_at_the_first_0_and_need_not_be_utf_8() {
        let bytes = [10, 0, 3, 0, b'o', 0xff, 0, b'x', b'y', b'z', 0, 0];
        let attributes = Attributes::parse(&bytes).unwrap();
        assert_eq!(attributes.text(3).as_deref(), Some("o\u{fffd}"));
    }

    #[test]
    fn an_attribute_that_is_cut_off_is_an_error() {
        assert!(Attributes::parse(&[8, 0, 4, 0, 1]).is_err());
        assert!(split::<16>(&[0; 8]).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            if let Ok((_, attributes)) = split::<4>(&bytes) {
                for kind in 0..8 {
                    let _ = (attributes.text(kind), attributes.ip(kind), attributes.u32(kind));
                    let _ = attributes.nested(kind).and_then(|nested| nested.u16(1));
                }
            }
        }
    }
}
