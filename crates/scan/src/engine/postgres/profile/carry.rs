//! What need not be read again: a table, or a part of it, that nobody has written to since.

use std::sync::Arc;

use types::profile::{Level, TableProfile};

use super::sketcher::Section;
use super::state::{Mark, Relation, State};
use super::target::TargetTable;
use crate::measure::Measure;
use crate::memory::Kept;
use crate::{Memory, ProfileRequest};

/// The most bytes of sketches that are kept of one table; larger ones are read again.
const MOST_BYTES: usize = 24 * 1024 * 1024;

/// What is kept beside a table's figures.
#[derive(Debug)]
pub(super) struct Parts {
    marks: Vec<(u32, Mark)>,
    parts: Vec<Part>,
}

/// The sketches of one relation.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) oid: u32,
    pub(super) mark: Mark,
    /// The page from which on rows are in `tail`; `None` when there is no tail.
    pub(super) divide: Option<u32>,
    pub(super) base: Section,
    pub(super) tail: Option<Section>,
}

/// Where a table's figures are looked up: other questions have other answers.
pub(super) struct Carry<'a> {
    memory: Option<&'a Memory>,
    key: String,
    again: bool,
}

impl<'a> Carry<'a> {
    pub(super) fn new(
        memory: Option<&'a Memory>,
        source: &str,
        table: &TargetTable,
        request: &ProfileRequest,
        chosen: Option<&str>,
    ) -> Self {
        let columns: Vec<_> = table.columns.iter().map(|c| (&c.name, c.kind, c.readable, c.unique)).collect();
        let asked = (source, &table.path, request.level, request.values, chosen, columns);
        Self { memory, key: format!("{asked:?}"), again: request.again }
    }

    /// The figures of an earlier pass, if nobody has written since.
    pub(super) fn unchanged(&self, state: &State) -> Option<TableProfile> {
        let (kept, parts) = self.recall(state)?;
        let same = parts.marks.len() == state.relations.len()
            && parts
                .marks
                .iter()
                .zip(&state.relations)
                .all(|((oid, mark), now)| *oid == now.oid && *mark == now.mark);
        let rows = kept.profile.row_count;
        same.then_some(TableProfile {
            carried_over: true,
            rows_carried_over: rows,
            profiled_at: state.now,
            ..kept.profile
        })
    }

    /// The sketches of one relation, and how many rows were added to it since.
    pub(super) fn part(&self, state: &State, relation: &Relation) -> Option<(Part, u64)> {
        let (_, parts) = self.recall(state)?;
        let part = parts.parts.iter().find(|part| part.oid == relation.oid)?;
        if part.mark == relation.mark {
            return Some((part.clone(), 0));
        }
        let added = relation.mark.appended_since(&part.mark)?;
        // Without a tail there is no page to go on from.
        part.divide.map(|_| (part.clone(), added))
    }

    /// Whether somebody has written since the table was read last.
    pub(super) fn has_moved(&self, state: &State) -> bool {
        self.recall(state).is_some_and(|(_, parts)| {
            parts.marks.iter().any(|(oid, mark)| {
                state.relations.iter().any(|relation| relation.oid == *oid && relation.mark != *mark)
            })
        })
    }

    fn recall(&self, state: &State) -> Option<(Kept, Arc<Parts>)> {
        let memory = self.memory.filter(|_| state.counted && !self.again)?;
        let kept = memory.recall(&self.key)?;
        let parts = Arc::clone(&kept.state).downcast().ok()?;
        Some((kept, parts))
    }

    /// Whether it is worth telling parts of a table apart.
    pub(super) fn divides(&self, state: &State, level: Level) -> bool {
        self.memory.is_some() && state.counted && level == Level::Full
    }

    pub(super) fn keep(&self, state: &State, profile: &TableProfile, parts: Vec<Part>) {
        let Some(memory) = self.memory.filter(|_| state.counted && !profile.partial) else { return };
        let bytes = |section: &Section| section.measures.iter().map(Measure::bytes).sum::<usize>();
        let sketches: usize =
            parts.iter().map(|part| bytes(&part.base) + part.tail.as_ref().map_or(0, bytes)).sum();
        let parts = if sketches <= MOST_BYTES { parts } else { Vec::new() };
        let figures = 1024 * (1 + profile.columns.len());
        let cost = figures + if parts.is_empty() { 0 } else { sketches };
        let marks = state.relations.iter().map(|relation| (relation.oid, relation.mark)).collect();
        let state = Arc::new(Parts { marks, parts });
        memory.keep(self.key.clone(), Kept { profile: profile.clone(), state }, cost);
    }
}
