//! The routes, by noun.

mod agent;
mod drift;
mod organization;
mod quality;
mod scan;
mod schema;
mod session;
mod source;

pub use agent::LogFilter;
pub use drift::{DriftDecision, DriftFilter};
pub use quality::{QualityFilter, TrendFilter};
