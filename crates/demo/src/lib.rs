//! The demo's database: a small shop with a past, and the agent beside it.
//!
//! The shop is a real SQLite file. Its days are made up from a fixed seed, but every scan of them is real: after each day
//! the control plane asks the agent, as it would ask any. Only the clock is simulated, and the interface says so.

mod agent;
mod days;
mod error;
mod migration;
mod shop;

pub use agent::{AgentProcess, SOURCE};
pub use error::Error;
pub use migration::{MIGRATIONS, Migration};
pub use shop::Shop;

/// How many days of history the demo has.
pub const DAYS: u32 = 76;
