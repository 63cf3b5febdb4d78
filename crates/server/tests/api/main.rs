//! The API over real HTTP, on both databases. Each rule is written once.

mod app;
mod authorization;
mod database;
mod http;
mod idempotency;
mod member;
mod openapi;
mod organization;
mod scan;
mod session;
mod ui;
