//! The API over real HTTP, on both databases. Each rule is written once.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod account;
mod api_key;
mod app;
mod audit;
mod authorization;
mod command;
mod condition;
mod configuration;
mod coverage;
mod database;
mod deletion;
mod email;
mod expectation;
mod gate;
mod http;
mod idempotency;
mod incident;
mod input;
mod log;
mod member;
mod metrics;
mod notification;
mod openapi;
mod organization;
mod ownership;
mod policy;
mod rate_limit;
mod remote_check;
mod scan;
mod second_factor;
mod sensitivity;
mod session;
mod sso;
mod throttle;
mod ui;
