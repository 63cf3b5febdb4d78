//! What need not be read again: a table, or a part of it, that nobody has written to since.

use std::sync::Arc;

use types::profile::{Level, Method, TableProfile};

use super::expectation::Marks;
use super::sketcher::Section;
use super::state::{Mark, Relation, State};
use super::target::{TargetColumn, TargetTable};
use crate::expectation::{Entry, Judged, Plan};
use crate::measure::Measure;
use crate::memory::Kept;
use crate::{Memory, ProfileRequest};

/// The most bytes of sketches that are kept of one table; what has no room is read again.
const MOST_BYTES: usize = 24 * 1024 * 1024;

/// What is kept beside a table's figures.
#[derive(Debug)]
pub(super) struct Parts {
    marks: Vec<(u32, Mark)>,
    /// The rules that `parts` counted by.
    rules: Vec<blake3::Hash>,
    parts: Arc<Vec<Part>>,
    judged: Vec<Judged<Marks>>,
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
    rules: Vec<blake3::Hash>,
    again: bool,
}

impl<'a> Carry<'a> {
    pub(super) fn new(
        memory: Option<&'a Memory>,
        source: &str,
        table: &TargetTable,
        request: &ProfileRequest,
        chosen: Option<&str>,
        plan: &Plan,
    ) -> Self {
        let column = |column: &'_ TargetColumn| {
            (column.name.clone(), column.identity.clone(), column.kind, column.readable, column.unique)
        };
        let columns: Vec<_> = table.columns.iter().map(column).collect();
        let asked = (source, &table.path, request.level, request.values, chosen, columns);
        Self { memory, key: format!("{asked:?}"), rules: plan.row_rules(), again: request.again }
    }

    /// The figures of an earlier pass, and what became of expectations then, if nobody has written since and only the
    /// figures are needed to judge those that are new.
    pub(super) fn unchanged(&self, state: &State, plan: &Plan) -> Option<(TableProfile, Arc<Parts>)> {
        let (kept, parts) = self.recall(state)?;
        let whole = kept.profile.row_count_method == Method::Exact;
        let told = |entry: &Entry| {
            (whole && !entry.needs_rows()) || parts.judged.iter().any(|judged| judged.rule == entry.rule_hash)
        };
        if parts.marks != state.marks() || !plan.entries.iter().all(told) {
            return None;
        }
        let rows = kept.profile.row_count;
        let profile = TableProfile {
            carried_over: true,
            rows_carried_over: rows,
            profiled_at: state.now,
            ..kept.profile
        };
        Some((profile, parts))
    }

    /// The sketches of one relation, and how many rows were added to it since.
    pub(super) fn part(&self, state: &State, relation: &Relation) -> Option<(Part, u64)> {
        let (_, parts) = self.recall(state)?;
        let part = parts.parts.iter().find(|part| part.oid == relation.oid && parts.rules == self.rules)?;
        if part.mark == relation.mark {
            return Some((part.clone(), 0));
        }
        let added = relation.mark.appended_since(&part.mark)?;
        // Without a tail there is no page to go on from.
        part.divide.map(|_| (part.clone(), added))
    }

    /// Whether somebody has written since the table was read last.
    pub(super) fn has_moved(&self, state: &State) -> bool {
        self.recall(state).is_some_and(|(_, parts)| state.is_later_than(&parts.marks))
    }

    fn recall(&self, state: &State) -> Option<(Kept, Arc<Parts>)> {
        let memory = self.memory.filter(|_| state.all_counted && !self.again)?;
        let kept = memory.recall(&self.key)?;
        let parts = Arc::clone(&kept.state).downcast().ok()?;
        Some((kept, parts))
    }

    /// Whether it is worth telling parts of a table apart.
    pub(super) fn divides(&self, state: &State, level: Level) -> bool {
        self.memory.is_some() && state.all_counted && level == Level::Full
    }

    pub(super) fn keep(
        &self,
        state: &State,
        profile: &TableProfile,
        parts: Vec<Part>,
        judged: Vec<Judged<Marks>>,
    ) {
        let mut parts = parts;
        let mut bytes = 0;
        // The smallest first: so as many as can be need not be read again.
        parts.sort_by_cached_key(Part::bytes);
        parts.retain(|part| {
            bytes += part.bytes();
            bytes <= MOST_BYTES
        });
        let parts = Arc::new(parts);
        self.put(profile, Parts { marks: state.marks(), rules: self.rules.clone(), parts, judged }, state);
    }

    /// Keeps what became of expectations beside what is kept already.
    pub(super) fn keep_judged(
        &self,
        state: &State,
        profile: &TableProfile,
        earlier: &Parts,
        judged: Vec<Judged<Marks>>,
    ) {
        let (rules, parts) = (earlier.rules.clone(), Arc::clone(&earlier.parts));
        self.put(profile, Parts { marks: state.marks(), rules, parts, judged }, state);
    }

    fn put(&self, profile: &TableProfile, parts: Parts, state: &State) {
        let Some(memory) = self.memory.filter(|_| state.all_counted && !profile.partial) else { return };
        let figures = 1024 * (1 + profile.columns.len()) + 256 * parts.judged.len();
        let cost = figures + parts.parts.iter().map(Part::bytes).sum::<usize>();
        memory.keep(self.key.clone(), Kept { profile: profile.clone(), state: Arc::new(parts) }, cost);
    }
}

impl Parts {
    /// Outcomes that hold as long as nobody writes.
    pub(super) fn judged(&self) -> &[Judged<Marks>] {
        &self.judged
    }
}

impl Part {
    fn bytes(&self) -> usize {
        let bytes = |section: &Section| section.measures.iter().map(Measure::bytes).sum::<usize>();
        bytes(&self.base) + self.tail.as_ref().map_or(0, bytes)
    }
}
