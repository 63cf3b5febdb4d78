//! The routes, by noun.

mod account;
mod agent;
mod audit;
mod drift;
mod email;
mod expectation;
mod incident;
mod organization;
mod ownership;
mod policy;
mod quality;
mod scan;
mod schema;
mod second_factor;
mod sensitivity;
mod session;
mod source;
mod sso;

pub use agent::LogFilter;
pub use audit::AuditFilter;
pub use drift::{DriftDecision, DriftFilter};
pub use expectation::ExpectationFilter;
pub use incident::IncidentFilter;
pub use quality::{ColumnHealth, HealthPage, QualityFilter, TrendFilter};
pub use sensitivity::SeriesFilter;
pub use session::SignedUp;
