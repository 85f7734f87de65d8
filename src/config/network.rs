//! CIDR blocks, for `trusted_proxies`.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// A CIDR block, or one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpNetwork {
    pub address: IpAddr,
    pub prefix: u8,
}

impl IpNetwork {
    /// Reads `10.0.0.0/8`, `fd00::/8` or one address. IPv4-mapped IPv6 becomes IPv4.
    pub fn parse(text: &str) -> Result<Self, String> {
        let shape = || "write it like 10.0.0.0/8, fd00::/8 or 192.0.2.7".to_owned();
        let (address, prefix) = match text.split_once('/') {
            None => (text, None),
            Some((address, prefix)) if prefix.bytes().all(|b| b.is_ascii_digit()) => {
                (address, Some(prefix.parse::<u8>().map_err(|_| shape())?))
            }
            Some(_) => return Err(shape()),
        };
        let written: IpAddr = address.parse().map_err(|_| shape())?;
        let widest = if written.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(widest);
        if prefix > widest {
            return Err(format!("write a prefix of at most {widest}"));
        }
        let address = written.to_canonical();
        let prefix = match (written, address) {
            (IpAddr::V6(_), IpAddr::V4(_)) => prefix
                .checked_sub(96)
                .ok_or_else(|| "write an IPv4 network without ::ffff: before it".to_owned())?,
            _ => prefix,
        };
        let first = first_address(address, prefix);
        if first != address {
            return Err(format!("write {first}/{prefix}, the first address of that network"));
        }
        Ok(Self { address, prefix })
    }

    /// Whether `address` is in it; an IPv4-mapped IPv6 address counts as the IPv4 address that it maps.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4() && first_address(address, self.prefix) == self.address
    }
}

/// `address` with all bits behind the prefix cleared.
fn first_address(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(u32::from(prefix))).unwrap_or(0);
            IpAddr::V4((u32::from(address) & mask).into())
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(u32::from(prefix))).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from(u128::from(address) & mask))
        }
    }
}

impl fmt::Display for IpNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(network: &str, address: &str) -> bool {
        IpNetwork::parse(network).unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn a_network_holds_its_own_addresses_only() {
        assert!(contains("10.0.0.0/8", "10.255.0.1"));
        assert!(!contains("10.0.0.0/8", "11.0.0.1"));
        assert!(contains("192.0.2.7", "192.0.2.7"));
        assert!(!contains("192.0.2.7", "192.0.2.6"));
        assert!(contains("0.0.0.0/0", "203.0.113.9"));
        assert!(!contains("0.0.0.0/0", "2001:db8::1"));
        assert!(contains("fd00::/8", "fd12::1"));
        assert!(contains("::/0", "2001:db8::1"));
        assert!(!contains("::1", "::2"));
        assert!(contains("192.0.2.128/25", "192.0.2.200"));
        assert!(!contains("192.0.2.128/25", "192.0.2.100"));
    }

    #[test]
    fn an_ipv4_mapped_address_counts_as_ipv4() {
        assert!(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
        assert!(contains("::ffff:10.0.0.0/104", "10.1.2.3"));
        assert!(!contains("::ffff:10.0.0.0/104", "::ffff:11.1.2.3"));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for bad in
            ["", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "10.0.0/8", "::/129", "host/8", "10.0.0.0/8/8"]
        {
            assert!(IpNetwork::parse(bad).is_err(), "{bad:?} was taken");
        }
        assert!(IpNetwork::parse("10.1.2.3/8").unwrap_err().contains("10.0.0.0/8"));
        assert!(IpNetwork::parse("::ffff:0:0/90").is_err());
    }
}
