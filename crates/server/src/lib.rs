//! The control plane's HTTP: routes, extractors, problems, the browser's files, configuration and command line.
//!
//! A handler extracts, calls one use case of `service` and answers; it holds no rule of its own. Every failure leaves
//! as a problem of the table in `types::problem`, written by [`problem`].

pub mod app;
pub mod cli;
pub mod config;
pub mod extract;
pub mod listener;
pub mod openapi;
pub mod problem;
pub mod rate_limit;
pub mod sse;
pub mod ui;

mod cookie;
mod cross_site;
mod docs;
mod edge;
mod etag;
mod idempotency;
mod methods;
mod metrics;
mod panic;
mod routes;

pub use app::{Site, app};
