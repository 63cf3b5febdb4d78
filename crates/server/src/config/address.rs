//! Where the server listens, where people reach it, and what it may call.

use std::net::SocketAddr;

use ipnet::IpNet;
use service::EgressPolicy;
use url::{Host, Url};

use super::{Flags, Variables};

/// This machine alone, unless told otherwise.
pub(super) fn listen(flags: &Flags, variables: &mut Variables) -> SocketAddr {
    variables
        .parsed(flags.listen.as_deref(), "BASTION_LISTEN", "an address such as 127.0.0.1:8080", |text| {
            text.parse().ok()
        })
        .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080)))
}

/// Figures are for whoever runs the server: they are on no address that people use.
pub(super) fn metrics_listen(variables: &mut Variables, listen: SocketAddr) -> Option<SocketAddr> {
    const NAME: &str = "BASTION_METRICS_LISTEN";
    let address = variables.parsed(None, NAME, "an address such as 127.0.0.1:9090", |text| text.parse().ok());
    if address == Some(listen) && listen.port() != 0 {
        variables.fault(NAME, format!("the server listens on {listen} already; choose another port"));
    }
    address
}

/// Only on this machine may the cookie travel without TLS.
pub(super) fn public_url(flags: &Flags, variables: &mut Variables, listen: SocketAddr) -> Option<Url> {
    const NAME: &str = "BASTION_PUBLIC_URL";
    let url = variables.parsed(
        flags.public_url.as_deref(),
        NAME,
        "an address such as https://bastion.example",
        |text| {
            let url = Url::parse(text).ok()?;
            (matches!(url.scheme(), "http" | "https") && url.host().is_some() && url.path() == "/")
                .then_some(url)
        },
    );
    match &url {
        Some(url) if url.scheme() == "http" && !is_loopback(url) => {
            variables.fault(NAME, "it must be https, unless it is this machine");
        }
        None if !listen.ip().is_loopback() && variables.text(flags.public_url.as_deref(), NAME).is_none() => {
            variables.fault(
                NAME,
                format!("say at which https address people reach a server that listens on {listen}"),
            );
        }
        _ => {}
    }
    url
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// Whose `X-Forwarded-For` is believed.
pub(super) fn trusted_proxies(variables: &mut Variables) -> Vec<IpNet> {
    variables
        .parsed(None, "BASTION_TRUSTED_PROXIES", "networks such as 10.0.0.0/8,192.168.1.7/32", |text| {
            text.split(',').map(|net| net.trim().parse().ok()).collect::<Option<Vec<_>>>()
        })
        .unwrap_or_default()
}

/// Which name server says what domains publish; those of this machine unless one is named.
pub(super) fn dns_server(variables: &mut Variables) -> Option<SocketAddr> {
    let expected = "the address of a name server, such as 9.9.9.9:53";
    variables.parsed(None, "BASTION_DNS_SERVER", expected, |text| text.parse().ok())
}

/// What may be called; `loopback` says that this machine may.
pub(super) fn egress(variables: &mut Variables, loopback: bool) -> EgressPolicy {
    const NAME: &str = "BASTION_EGRESS_ALLOW";
    let allow = variables.text(None, NAME).unwrap_or_default();
    EgressPolicy::parse(&allow, loopback).unwrap_or_else(|error| {
        variables.fault(NAME, error.to_string());
        EgressPolicy::default()
    })
}
