//! For tests only: temporary database servers, a fake gateway, a scripted agent. Nothing a user gets by default.

pub mod gateway;
pub mod mariadb;
pub mod postgres;
mod program;
pub mod stub;

/// A plain HTTP client for loopback.
pub(crate) fn http_client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().expect("a client needs nothing from outside")
}
