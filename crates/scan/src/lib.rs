//! Reads a customer's database: what its catalog says, what its data looks like, and whether the role that reads is
//! as harmless as it should be.
//!
//! Rules of this crate: nothing here writes to the customer's database, and the database itself is told to refuse it.
//! No caller hands in SQL: names are looked up in the catalog first, then quoted here. Texts of statements are
//! constants, every function and relation in them is schema-qualified, and a table is read once, but for expectations
//! that one pass cannot judge. A connection string
//! never shows up in an error, a log line or an answer. Views are not profiled: reading one runs somebody's code.

mod backfill;
mod budget;
mod engine;
mod error;
mod expectation;
mod filter;
mod limits;
mod measure;
mod memory;
mod sample;
mod semantics;
mod sketch;
mod source;
mod timestamp_column;

pub mod setup;

pub use backfill::{BackfillEvent, BackfillRequest};
pub use budget::Budget;
pub use error::ScanError;
pub use expectation::Expectations;
pub use filter::Filter;
pub use limits::Limits;
pub use memory::Memory;
pub use source::{Source, SourceError};
pub use tokio_util::sync::CancellationToken;

use std::collections::BTreeMap;

use types::profile::{Level, TableProfile};
use types::protocol::Progress;

/// What a profile reads, and how far.
#[derive(Clone, Debug, Default)]
pub struct ProfileRequest {
    /// Paths of tables; all when empty.
    pub tables: Vec<String>,
    pub filter: Filter,
    /// What may be read at all: a table outside of it is as if it were not there.
    pub allowed: Filter,
    pub level: Level,
    /// Table path → the column that says when a row came in; overrides the choice made here.
    pub timestamp_columns: BTreeMap<String, String>,
    /// What must hold in the tables read; judged on the way.
    pub expectations: Expectations,
    /// Frequent values may be told as they are, but for secrets.
    pub values: bool,
    pub budget: Budget,
    /// What was read before; without one every table is read.
    pub memory: Option<Memory>,
    /// Reads every table again, whatever is remembered.
    pub again: bool,
}

/// Whose freshness is asked for.
#[derive(Clone, Debug, Default)]
pub struct FreshnessRequest {
    /// Paths of tables.
    pub tables: Vec<String>,
    /// Table path → the column that says when a row came in; overrides the choice made here.
    pub timestamp_columns: BTreeMap<String, String>,
}

impl FreshnessRequest {
    /// The column asked for.
    pub(crate) fn timestamp_column(&self, path: &str) -> Option<&str> {
        self.timestamp_columns.get(path).map(String::as_str)
    }
}

/// What a profile tells while it runs.
#[derive(Clone, Debug)]
pub enum ProfileEvent {
    /// How far it is.
    Progress(Progress),
    /// A table is done, or was skipped with a reason.
    Table(Box<TableProfile>),
}
