//! What may be called.

use std::net::IpAddr;

use ipnet::IpNet;

use super::address;
use crate::{AgentError, AgentErrorKind};

/// The operator's allowances on top of the public internet.
#[derive(Clone, Debug, Default)]
pub struct EgressPolicy {
    networks: Vec<IpNet>,
    hosts: Vec<(String, Option<u16>)>,
    loopback: bool,
}

/// An entry of `BASTION_EGRESS_ALLOW` that is neither a network nor a host.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is neither a network such as 10.0.5.0/24 nor a host such as archestra.internal:9000")]
pub struct InvalidAllowance(String);

impl EgressPolicy {
    /// Reads `10.0.5.0/24, archestra.internal:9000`; nothing for an empty text. `loopback` lets the server call its
    /// own machine: true only for one that itself listens there without a public address.
    ///
    /// # Errors
    /// The first entry that cannot be read.
    pub fn parse(allow: &str, loopback: bool) -> Result<Self, InvalidAllowance> {
        let mut policy = Self { loopback, ..Self::default() };
        for entry in allow.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            if let Ok(network) = entry.parse::<IpNet>() {
                policy.networks.push(network);
            } else if let Ok(ip) = entry.parse::<IpAddr>() {
                policy.networks.push(ip.into());
            } else {
                policy.hosts.push(host(entry).ok_or_else(|| InvalidAllowance(entry.to_owned()))?);
            }
        }
        Ok(policy)
    }

    /// Whether `ip`, which `host` stands for, may be dialled. Without a port the port is not judged.
    pub(super) fn permits(&self, ip: IpAddr, host: &str, port: Option<u16>) -> Result<(), AgentError> {
        let named = self.hosts.iter().any(|(name, only)| {
            name.eq_ignore_ascii_case(host) && (only.is_none() || port.is_none() || *only == port)
        });
        if named || self.in_networks(ip) {
            return Ok(());
        }
        // Metadata services live on link-local addresses: only an entry that names the very address opens them.
        if !address::is_link_local(ip)
            && (address::is_public(ip) || (self.loopback && address::is_loopback(ip)))
        {
            return Ok(());
        }
        let entry = port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Err(AgentError::new(
            AgentErrorKind::EgressRefused,
            format!(
                "{host} is not a public address, and this server may only call those. If it is yours, the operator \
                 can add `{entry}` to BASTION_EGRESS_ALLOW."
            ),
        ))
    }

    fn in_networks(&self, ip: IpAddr) -> bool {
        self.networks.iter().any(|network| {
            let whole = network.prefix_len() == network.max_prefix_len();
            network.contains(&ip) && (whole || !address::is_link_local(ip))
        })
    }
}

fn host(entry: &str) -> Option<(String, Option<u16>)> {
    let (name, port) = match entry.rsplit_once(':') {
        Some((name, port)) => (name, Some(port.parse().ok()?)),
        None => (entry, None),
    };
    let plain =
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    plain.then(|| (name.to_owned(), port))
}
