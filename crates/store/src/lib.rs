//! The only crate that runs the control plane's SQL.
//!
//! Rules. A tenant's tables are reached only through [`ReadTx`] and [`WriteTx`], which carry an organization, and only by
//! this crate's functions: no transaction gives its connection away, and entities never leave. Reading and writing are
//! different types. No transaction is held across a network call. Every function returns `types::…` or a plain row.
//!
//! What does not compile, from outside:
//!
//! ```compile_fail,E0599
//! // A transaction's connection cannot be reached, so no query runs unscoped.
//! async fn leak(tx: store::WriteTx) { tx.connection(); }
//! ```
//! ```compile_fail,E0616
//! // Nor through its fields.
//! fn leak(tx: store::ReadTx) { let _ = tx.inner; }
//! ```
//! ```compile_fail,E0451
//! // A tenant is made by `Tenant::of`, where it can be searched for.
//! fn forge(org: types::OrgId) -> store::Tenant { store::Tenant { org, sources: None } }
//! ```
//! ```compile_fail,E0603
//! // Entities are private.
//! use store::entity::source;
//! ```
//! ```compile_fail,E0277
//! // A platform transaction is not a tenant's.
//! fn needs_tenant(_: &impl store::Reads) {}
//! fn mix_up(tx: store::PlatformWrite) { needs_tenant(&tx); }
//! ```
//! ```compile_fail,E0277
//! // What only reads cannot be handed to what writes.
//! fn writes(_: &impl store::PlatformWrites) {}
//! fn mix_up(tx: store::ReadTx) { writes(&tx); }
//! ```

mod begin;
mod connect;
mod entity;
mod error;
mod executor;
mod glance;
mod key;
mod keyring;
mod moment;
mod patience;
mod row;
mod scoped;
mod skew;
mod statement;
mod text;
mod together;
mod transaction;
mod wall;
mod wrapper;

pub mod activity;
pub mod anomaly;
pub mod api_key;
pub mod audit;
pub mod avatar;
pub mod backfill;
pub mod caller;
pub mod clerk;
pub mod connection;
pub mod description;
pub mod drift;
pub mod email_token;
pub mod expectation;
pub mod garbage;
pub mod idempotency;
pub mod identity_link;
pub mod inbound_event;
pub mod incident;
pub mod invitation;
pub mod job;
pub mod log;
pub mod manifest;
pub mod master_key;
pub mod membership;
pub mod metric;
pub mod object;
pub mod oidc_login;
pub mod organization;
pub mod ownership;
pub mod pending_sign_in;
pub mod person;
pub mod placement;
pub mod policy;
pub mod purge;
pub mod recovery_code;
pub mod retention;
pub mod run;
pub mod second_factor;
pub mod secret;
pub mod sensitivity;
pub mod sequence;
pub mod session;
pub mod sign_up;
pub mod signing_key;
pub mod source;
pub mod sso;
pub mod staged;
pub mod statistics;
pub mod step;
pub mod user;
pub mod version;

pub use connect::{Settings, Store};
pub use error::Error;
pub use keyring::Fresh;
pub use moment::Moment;
pub use transaction::{
    PlatformRead, PlatformReads, PlatformWrite, PlatformWrites, ReadTx, Reads, Tenant, WriteTx,
};
pub use wrapper::{KeyWrapper, KeyWrappers, LocalKey, MasterKeys, WrapperError};
