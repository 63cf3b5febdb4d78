//! The store on both of its databases. Each rule is written once and runs on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod activity;
mod audit;
mod backfill;
mod bounds;
mod database;
mod expectation;
mod facets;
mod garbage;
mod glance;
mod inbound_event;
mod isolation;
mod job;
mod key;
mod object;
mod ownership;
mod postgres;
mod purge;
mod retention;
mod rollup;
mod schema;
mod second_factor;
mod secret;
mod sensitivity;
mod session;
mod signing_key;
mod silo;
