//! A network of addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// All addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// The first address.
    pub address: IpAddr,
    /// How many bits are the same.
    pub prefix_length: u32,
}

impl Network {
    /// The network with so many bits of an address; `None` when it does not have so many.
    pub fn new(address: IpAddr, prefix_length: u32) -> Option<Self> {
        let address = match address {
            IpAddr::V4(address) if prefix_length <= 32 => {
                let mask = u32::MAX.checked_shl(32 - prefix_length).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & mask))
            }
            IpAddr::V6(address) if prefix_length <= 128 => {
                let mask = u128::MAX.checked_shl(128 - prefix_length).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
            }
            _ => return None,
        };
        Some(Self { address, prefix_length })
    }

    /// Whether it is of IPv6.
    pub fn is_ipv6(&self) -> bool {
        self.address.is_ipv6()
    }
}

/// An address, or one with the number of bits, or with a mask.
impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
        let address: IpAddr = address.parse().map_err(|_| ())?;
        let length = match length {
            None => Some(if address.is_ipv6() { 128 } else { 32 }),
            Some(length) if length.contains('.') => mask_length(length.parse().map_err(|_| ())?),
            Some(length) => length.parse().ok(),
        };
        Self::new(address, length.ok_or(())?).ok_or(())
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix_length)
    }
}

/// The number of bits of a mask; `None` when they are not all at its begin.
pub(crate) fn mask_length(mask: Ipv4Addr) -> Option<u32> {
    let length = mask.to_bits().leading_ones();
    (length + mask.to_bits().trailing_zeros() >= 32).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_known_in_each_of_its_spellings() {
        let network = |text: &str| text.parse::<Network>().map(|network| network.to_string());
        assert_eq!(network("10.1.2.3/8"), Ok("10.0.0.0/8".to_owned()));
        assert_eq!(network("10.1.2.3/255.255.0.0"), Ok("10.1.0.0/16".to_owned()));
        assert_eq!(network("10.1.2.3"), Ok("10.1.2.3/32".to_owned()));
        assert_eq!(network("0.0.0.0/0"), Ok("0.0.0.0/0".to_owned()));
        assert_eq!(network("2001:DB8:0:0::1/32"), Ok("2001:db8::/32".to_owned()));
        assert_eq!(network("2001:db8::1"), Ok("2001:db8::1/128".to_owned()));
        for wrong in ["10.0.0.0/33", "10.0.0.0/255.0.255.0", "10.0.0", "::1/129", "host", "1.2.3.4/"] {
            assert_eq!(network(wrong), Err(()), "{wrong}");
        }
    }
}
