//! Columns by who answers for them and how they are tagged.

use types::SourceId;
use types::snapshot::path_of;

use crate::ownership::{Filter, Registers};

/// A column's path.
pub(super) fn path(table: &str, column: &str) -> String {
    format!("{table}.{}", path_of(&[column]))
}

/// What a list is narrowed to, and what is known of the owners and tags of everything in it.
#[derive(Debug)]
pub(super) struct Owned {
    pub(super) filter: Filter,
    pub(super) registers: Registers,
}

impl Owned {
    /// Whether a column is meant.
    pub(super) fn wants(&self, source: SourceId, table: &str, column: &str) -> bool {
        self.filter.wants(&self.registers.ask(source, &path(table, column)))
    }
}
