//! Wire types of Bastion: what travels between the agent beside a database, the control plane and the browser.
//!
//! Everything here is data with its JSON form; rules live in `domain`. The crate compiles to WASM. Feature `openapi`
//! adds `utoipa` schemas (the API's description), feature `mcp` adds `schemars` schemas (the agent's tools).

mod id;
mod time;

pub mod access_token;
pub mod account;
pub mod activity;
pub mod agent;
pub mod ai;
pub mod api_key;
pub mod audit;
pub mod change;
pub mod configuration;
pub mod connection;
pub mod drift;
pub mod email;
pub mod expectation;
pub mod incident;
pub mod log;
pub mod notification;
pub mod organization;
pub mod overview;
pub mod ownership;
pub mod page;
pub mod permission;
pub mod person;
pub mod policy;
pub mod problem;
pub mod profile;
pub mod protocol;
pub mod quality;
pub mod run;
pub mod schema;
pub mod second_factor;
pub mod sensitivity;
pub mod session;
pub mod snapshot;
pub mod source;
pub mod sso;

pub use id::{
    ActivityId, ApiKeyId, ConnectionId, DriftId, ExpectationId, IncidentId, InvitationId, JobId, LogId,
    OrgId, RunId, SessionId, SourceId, StepId, UserId,
};
pub use time::Timestamp;
