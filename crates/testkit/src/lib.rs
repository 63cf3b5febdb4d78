//! For tests only: temporary database servers, a fake gateway, a scripted agent, an authenticator app. Nothing a user gets by default.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "what tests are helped by fails as they do")]

pub mod authenticator;
mod certificate;
pub mod clerk;
#[cfg(feature = "control-plane")]
pub mod database;
pub mod dns;
pub mod gateway;
pub mod hostile;
pub mod issuer;
pub mod log;
mod loopback;
pub mod mariadb;
mod owned_database;
#[cfg(feature = "control-plane")]
mod owner;
pub mod pgbouncer;
pub mod postgres;
mod program;
pub mod redis;
mod session;
mod shared_server;
pub mod smtp;
pub mod stub;
pub mod valve;
pub mod vault;

use std::time::{Duration, Instant};

/// A plain HTTP client for loopback, which goes nowhere that it is sent.
pub(crate) fn http_client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).tls_certs_only([]);
    client.build().expect("a client needs nothing from outside")
}

/// Waits until `ask` answers a question with `expected`, as long as a loaded machine may need.
///
/// # Panics
/// With what it answers instead after a minute.
pub fn wait_for(question: &str, expected: &str, ask: impl Fn(&str) -> String) {
    let started = Instant::now();
    loop {
        let answer = ask(question);
        if answer.trim() == expected {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{question}: {answer}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Fails a test that starts a server although the quick tests run, which have none. They leave tests out by their names:
/// this finds the one whose name does not say what it needs.
pub(crate) fn named_for(server: &str) {
    let allowed = std::env::var_os("BASTION_TEST_WITHOUT_SERVERS").is_none();
    assert!(allowed, "this test needs {server}: put `{server}` into its name, or into its module's");
}
