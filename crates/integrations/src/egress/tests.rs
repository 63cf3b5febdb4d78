use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use url::Url;

use super::{Egress, EgressPolicy, Lookup};
use crate::AgentErrorKind;

fn egress(allow: &str, loopback: bool) -> Egress {
    Egress::new(EgressPolicy::parse(allow, loopback).unwrap()).unwrap()
}

#[test]
fn addresses_that_are_not_public_are_refused_however_they_are_written() {
    let egress = egress("", false);
    for url in [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://017700000001/",
        "http://10.1.2.3/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://100.64.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://0.0.0.0/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://198.18.0.1/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[fe80::1]/",
        "http://[fc00::1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[2001:0:7f00:1::]/",
        "http://[2001:db8::1]/",
        "ftp://example.com/",
        "http://user:secret@example.com/",
    ] {
        let refused = egress.check(&Url::parse(url).unwrap()).expect_err(url);
        assert_eq!(refused.kind, AgentErrorKind::EgressRefused, "{url}");
        assert!(!refused.message.contains("secret"), "{url}");
    }
}

#[test]
fn public_addresses_and_names_pass() {
    let egress = egress("", false);
    for url in ["https://example.com/mcp", "http://93.184.216.34:9000/", "https://[2606:4700::1111]/"] {
        egress.check(&Url::parse(url).unwrap()).expect(url);
    }
}

#[test]
fn a_server_on_loopback_may_call_loopback_but_nothing_else_private() {
    let egress = egress("", true);
    egress.check(&Url::parse("http://127.0.0.1:7800/mcp").unwrap()).unwrap();
    egress.check(&Url::parse("http://[::1]:7800/mcp").unwrap()).unwrap();
    egress.check(&Url::parse("http://10.0.0.1:7800/mcp").unwrap()).unwrap_err();
}

#[test]
fn the_operator_opens_a_network_but_metadata_only_by_its_very_address() {
    let opened = egress("10.0.5.0/24, 169.254.0.0/16, 192.168.1.7:9000", false);
    opened.check(&Url::parse("http://10.0.5.9/").unwrap()).unwrap();
    opened.check(&Url::parse("http://10.0.6.9/").unwrap()).unwrap_err();
    opened.check(&Url::parse("http://169.254.169.254/").unwrap()).unwrap_err();
    opened.check(&Url::parse("http://192.168.1.7:9000/").unwrap()).unwrap();
    opened.check(&Url::parse("http://192.168.1.7:9001/").unwrap()).unwrap_err();
    egress("169.254.169.254", false).check(&Url::parse("http://169.254.169.254/").unwrap()).unwrap();
}

#[test]
fn the_refusal_names_the_entry_that_would_allow_it() {
    let refused = egress("", false).check(&Url::parse("http://10.0.0.1:7800/mcp").unwrap()).unwrap_err();
    assert!(refused.message.contains("`10.0.0.1:7800`"), "{}", refused.message);
    assert!(refused.message.contains("BASTION_EGRESS_ALLOW"), "{}", refused.message);
}

#[test]
fn an_entry_that_is_neither_network_nor_host_is_named() {
    assert!(
        EgressPolicy::parse("10.0.0.0/24, not a host", false).unwrap_err().to_string().contains("not a host")
    );
}

/// Answers a public address first and loopback afterwards, as a rebinding name server does.
struct Rebinding(AtomicUsize);

#[async_trait]
impl Lookup for Rebinding {
    async fn lookup(&self, _: &str) -> io::Result<Vec<SocketAddr>> {
        let first = self.0.fetch_add(1, Ordering::SeqCst) == 0;
        let mut addresses: Vec<SocketAddr> = vec!["93.184.216.34:0".parse().unwrap()];
        if !first {
            addresses.push("127.0.0.1:0".parse().unwrap());
        }
        Ok(addresses)
    }
}

#[tokio::test]
async fn a_name_that_resolves_to_a_private_address_is_refused_when_it_is_dialled() {
    let lookup = Arc::new(Rebinding(AtomicUsize::new(1)));
    let egress = Egress::with_lookup(EgressPolicy::default(), lookup).unwrap();
    let url = Url::parse("http://rebinding.example/mcp").unwrap();
    let failed = egress.client(&url).unwrap().get(url).send().await.unwrap_err();
    assert_eq!(Egress::refusal(&failed).unwrap().kind, AgentErrorKind::EgressRefused);
}
