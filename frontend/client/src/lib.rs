//! Typed calls of the API from the browser: one method a route, every failure one type.
//!
//! The crate knows addresses, headers and JSON; it knows nothing of pages. What it sends is what `types` says.

mod api;
mod change;
mod config;
mod events;
mod failure;
mod query;
mod routes;
mod scalar;
mod step_up;

pub use api::Api;
pub use change::Change;
pub use config::Config;
pub use events::{Event, LiveState, Subscription};
pub use failure::Failure;
pub use query::Query;
pub use routes::{
    AuditFilter, ColumnHealth, DriftDecision, DriftFilter, ExpectationFilter, HealthPage, IncidentFilter,
    LogFilter, QualityFilter, SeriesFilter, SignedUp, TrendFilter,
};
pub use step_up::{no_step_up, on_step_up, step_up_over};
