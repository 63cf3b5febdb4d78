//! Which network a request comes from.

use std::net::IpAddr;

use ipnet::IpNet;

/// What is counted as one address: the address itself, or the 64 bits in front of one of version 6, as whoever has one of
/// those has 2^64 of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network([u8; 8]);

impl Network {
    /// The network of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        let mut network = [0; 8];
        match address.to_canonical() {
            // No network of version 6 begins so.
            IpAddr::V4(address) => {
                network[0] = 0xff;
                network[4..].copy_from_slice(&address.octets());
            }
            IpAddr::V6(address) => network.copy_from_slice(&address.octets()[..8]),
        }
        Self(network)
    }

    /// What tells it from any other.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Whether an address or a network is in one of these networks; one of them that cannot be read holds none.
pub(crate) fn is_within(inner: IpNet, networks: &[String]) -> bool {
    networks
        .iter()
        .filter_map(|network| network.parse::<IpNet>().ok())
        .any(|network| network.contains(&inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_version_6_are_one_and_those_of_version_4_are_not() {
        let of = |text: &str| Network::of(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
    }
}
