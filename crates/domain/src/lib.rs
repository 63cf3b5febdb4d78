//! The pure rules of Bastion: canonical form, diff, severity, policy, health, anomalies, incidents.
//!
//! Rules of this crate: no IO, no clock, no randomness, no async; it depends on `types` only and compiles to WASM, so
//! that the agent, the control plane, the command line and the browser all judge alike. Text in a snapshot comes from
//! somebody else's database: nothing here panics on it, whatever it holds.

mod sql;
mod type_name;

pub mod anomaly;
pub mod canonical;
pub mod command_line;
pub mod diff;
pub mod evidence;
pub mod expectation;
pub mod health;
pub mod history;
pub mod incident;
pub mod ownership;
pub mod policy;
pub mod render;
pub mod retention;
pub mod rollup;
pub mod severity;
pub mod snapshot_file;
pub mod summary;

pub use canonical::{CANONICAL_VERSION, canonicalize, canonicalize_object, root_hash};
pub use diff::diff;
pub use evidence::ProfileIndex;
pub use snapshot_file::{ReadError, read_snapshot};
pub use summary::{is_breaking, report, sentence, summary};

#[cfg(test)]
mod fixture;
