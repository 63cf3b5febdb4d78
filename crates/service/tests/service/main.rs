//! Use cases on both databases, with an agent that does what a test tells it to. Each rule is written once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod access_token;
mod agent;
mod backfill;
mod broken_expectation;
mod crash;
mod database;
mod deletion;
mod drift;
mod expectation;
mod failure;
mod heartbeat;
mod housekeeping;
mod incident;
mod invitation;
mod key;
mod level;
mod mail;
mod notification;
mod object_history;
mod ownership;
mod policy;
mod reading;
mod rebase;
mod rescan;
mod retention;
mod scan;
mod schedule;
mod sensitivity;
mod session;
mod shop;
mod silo;
mod suspension;
mod unchanged;
mod version;
mod volume;
mod world;
