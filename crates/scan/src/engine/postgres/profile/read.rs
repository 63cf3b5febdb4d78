//! One table's figures: read whole, in parts, as a sample, or not at all because they still hold.

use std::sync::Arc;

use types::Timestamp;
use types::profile::{Level, Method, TableProfile, TimeMethod};

use super::carry::{Carry, Part};
use super::expectation::{self, Basis, judge};
use super::pass::{Ended, Reader};
use super::projection::Rows;
use super::sketcher::{Section, Sketcher};
use super::state::{Relation, State};
use super::target::{TargetColumn, TargetTable};
use super::times::times;
use super::{sample_percent, skipped};
use crate::expectation::{Check, Counted, Extent, Plan, Tally};
use crate::measure::{Distinct, Measure, Reading, to_real, whole};
use crate::{ProfileRequest, ScanError, timestamp_column};

/// What was read of a table.
struct Found {
    section: Section,
    ended: Ended,
    carried_over: u64,
    parts: Vec<Part>,
}

impl Found {
    /// Of a table that is read as one, and not in parts that are remembered.
    fn whole(section: Section, ended: Ended) -> Self {
        Self { section, ended, carried_over: 0, parts: Vec::new() }
    }
}

/// A table that is being read.
struct Table<'a, 'r> {
    reader: &'a mut Reader<'r>,
    table: &'a TargetTable,
    columns: &'a [&'a TargetColumn],
    carry: &'a Carry<'a>,
    state: &'a State,
    checks: Arc<[Check]>,
    empty: Section,
}

/// A table's figures.
pub(super) struct Read {
    pub(super) profile: TableProfile,
    /// An expectation was not judged that may be next time.
    pub(super) again: bool,
}

pub(super) async fn table(
    reader: &mut Reader<'_>,
    source: &str,
    table: &TargetTable,
    request: &ProfileRequest,
) -> Result<Read, ScanError> {
    let columns: Vec<&TargetColumn> = table.columns.iter().filter(|column| column.readable).collect();
    let asked = request.timestamp_columns.get(&table.path).map(String::as_str);
    let chosen = timestamp_column::choose(columns.iter().map(|column| column.candidate()), asked)
        .and_then(|index| columns.get(index).copied());
    let domains: Vec<_> =
        columns.iter().map(|column| (column.name.as_str(), expectation::domain(column.kind))).collect();
    let plan = Plan::new(request.expectations.of(&table.path), &domains);
    let carry = Carry::new(
        request.memory.as_ref(),
        source,
        table,
        request,
        chosen.map(|column| column.name.as_str()),
        &plan,
    );
    let mut state = reader.look(table).await?;
    if let Some((mut profile, earlier)) = carry.unchanged(&state, &plan) {
        if plan.entries.is_empty() {
            profile.expectations = Vec::new();
            return Ok(Read { profile, again: false });
        }
        let is_whole = profile.row_count_method == Method::Exact;
        let told = |column| Counted::told(column, profile.row_count);
        let basis = Basis {
            counted: profile.columns.iter().map(told).collect(),
            tallies: &[],
            extent: if is_whole { Extent::All } else { Extent::Part },
            known: earlier.judged(),
            now: state.now,
        };
        let judgement = judge(reader, table, &columns, &plan, &basis).await?;
        profile.expectations = judgement.outcomes;
        carry.keep_judged(&state, &profile, &earlier, judgement.judged);
        return Ok(Read { profile, again: judgement.again });
    }
    let estimated = state.estimated_rows(table);
    let is_sampled = request.level == Level::Sample;
    let sample = is_sampled.then(|| sample_percent(estimated, state.bytes())).flatten();
    let in_parts = state.by_page && sample.is_none();
    if state.foreign > 0 && !in_parts {
        let reason = "some of its partitions are foreign tables, whose data is in another database: with level full, and \
                      from PostgreSQL 14 on where the role may read each of the others, those are read";
        return Ok(Read { profile: skipped(table, state.now, reason), again: false });
    }
    let is_empty = sample.is_none() && state.pages() == 0 && !state.relations.is_empty();
    if !is_empty {
        state.now = reader.begin().await?;
    }
    let tallies = vec![Tally::default(); plan.checks.len()];
    let measures = measures(table, &columns, request, state.now, sample.is_some());
    let empty = Section { rows: 0, measures, tallies };
    let connection = reader.connection;
    let checks = Arc::clone(&plan.checks);
    let mut pass =
        Table { reader: &mut *reader, table, columns: &columns, carry: &carry, state: &state, checks, empty };
    let found = match sample {
        Some(percent) => pass.sample(percent).await?,
        None if is_empty => pass.nothing(),
        None => pass.all(request.level).await?,
    };
    let measures = &found.section.measures;
    let newest = chosen.and_then(|chosen| {
        columns.iter().zip(measures).find(|(column, _)| column.name == chosen.name)?.1.newest()
    });
    let mut profile = TableProfile {
        table: table.path.clone(),
        bytes: table.bytes,
        latest_value_at: newest,
        latest_value_method: newest.map(|_| TimeMethod::FullPass),
        timestamp_column: chosen.map(|column| column.name.clone()),
        writes: state.counters(),
        level: if sample.is_some() { Level::Sample } else { Level::Full },
        profiled_at: state.now,
        partial: found.ended.reason.is_some(),
        partial_reason: found.ended.reason.clone(),
        rows_carried_over: found.carried_over,
        ..TableProfile::default()
    };
    if state.by_page {
        // As large as it was found; the catalog knows what it was at the last ANALYZE.
        profile.bytes = Some(state.bytes());
    }
    let reading = if sample.is_none() && !profile.partial {
        profile.row_count = found.section.rows;
        Reading::All
    } else {
        // Of a table that nobody ever analyzed, as many as the pages of the sample let expect.
        let all = |percent: f64| whole((to_real(found.section.rows) * 100.0 / percent).round());
        profile.row_count = estimated.or(sample.map(all)).unwrap_or(0).max(found.section.rows);
        profile.row_count_method = Method::Estimated;
        profile.latest_value_method = newest.map(|_| TimeMethod::Sample);
        let of = profile.row_count;
        if profile.partial { Reading::Part { of } } else { Reading::Sample { of } }
    };
    let figures =
        columns.iter().zip(measures).map(|(column, measure)| measure.finish(column.name.clone(), reading));
    profile.columns = figures.collect();
    times(connection, table, &state, chosen, &carry, &mut profile).await?;
    let basis = Basis {
        counted: measures.iter().map(Counted::by).collect(),
        tallies: &found.section.tallies,
        extent: if matches!(reading, Reading::All) { Extent::All } else { Extent::Part },
        known: &[],
        now: state.now,
    };
    let judgement = judge(reader, table, &columns, &plan, &basis).await?;
    profile.expectations = judgement.outcomes;
    carry.keep(&state, &profile, found.parts, judgement.judged);
    Ok(Read { profile, again: judgement.again })
}

impl Table<'_, '_> {
    /// A block sample.
    async fn sample(&mut self, percent: f64) -> Result<Found, ScanError> {
        let mut sketcher = self.sketcher(true);
        let name = self.table.qualified_name();
        let ended = self.reader.once(&name, self.columns, Rows::Sample(percent), &mut sketcher).await?;
        Ok(Found::whole(joined(sketcher.finish().await?), ended))
    }

    /// Files without a page hold no row.
    fn nothing(&self) -> Found {
        Found::whole(self.empty.clone(), Ended::default())
    }

    /// Every row, once: those of relations that nobody wrote to since they were read last come from memory.
    async fn all(&mut self, level: Level) -> Result<Found, ScanError> {
        let state = self.state;
        let each = state.by_page
            && (self.table.partitioned
                || state.relations.iter().any(|relation| self.reader.in_stretches(state, relation)));
        if !each {
            if let [relation] = &*state.relations
                && self.reader.in_short_stretches(state, relation)
            {
                self.reader.connection.commit().await?;
                let (sections, ended) = self.read(relation, 0, None).await?;
                return Ok(Found::whole(joined(sections), ended));
            }
            let mut sketcher = self.sketcher(false);
            let name = self.table.qualified_name();
            let ended = self.reader.once(&name, self.columns, Rows::All, &mut sketcher).await?;
            return Ok(Found::whole(joined(sketcher.finish().await?), ended));
        }
        self.reader.connection.commit().await?;
        let mut found = self.nothing();
        for relation in &state.relations {
            if relation.pages == 0 {
                continue;
            }
            if let Some(reason) = self.reader.spent.over() {
                found.ended.reason = Some(reason.to_owned());
                break;
            }
            let (part, ended, carried_over) = self.relation(relation, level).await?;
            add(&mut found.section, &part.base);
            if let Some(tail) = &part.tail {
                add(&mut found.section, tail);
            }
            found.carried_over += carried_over;
            found.parts.push(part);
            if ended.reason.is_some() {
                found.ended = ended;
                break;
            }
        }
        if state.foreign > 0 && found.ended.reason.is_none() {
            let reason =
                "foreign tables among its partitions are not read: their data is in another database";
            found.ended.reason = Some(reason.to_owned());
        }
        Ok(found)
    }

    /// One relation, and how many of its rows were known already.
    async fn relation(&mut self, relation: &Relation, level: Level) -> Result<(Part, Ended, u64), ScanError> {
        match self.carry.part(self.state, relation) {
            Some((part, 0)) => {
                let rows = part.base.rows + part.tail.as_ref().map_or(0, |tail| tail.rows);
                return Ok((part, Ended::default(), rows));
            }
            Some((part, added)) => {
                if let Some(found) = self.appended(relation, part, added).await? {
                    return Ok(found);
                }
            }
            None => {}
        }
        // The last page is still being filled: what comes later begins there.
        let divides = self.reader.in_stretches(self.state, relation) && self.carry.divides(self.state, level);
        let divide = divides.then(|| relation.pages - 1);
        let (mut sections, ended) = self.read(relation, 0, divide).await?;
        let tail = divide.and(if sections.len() > 1 { sections.pop() } else { None });
        let base = joined(sections);
        Ok((Part { oid: relation.oid, mark: relation.mark, divide, base, tail }, ended, 0))
    }

    /// Reads what was appended to a relation; `None` when it turns out that more happened than that.
    async fn appended(
        &mut self,
        relation: &Relation,
        mut part: Part,
        added: u64,
    ) -> Result<Option<(Part, Ended, u64)>, ScanError> {
        let Some(from) = part.divide.filter(|from| *from < relation.pages) else { return Ok(None) };
        let divide = Some(relation.pages - 1).filter(|divide| *divide > from);
        let (sections, ended) = self.read(relation, from, divide).await?;
        let known = part.tail.as_ref().map_or(0, |tail| tail.rows);
        let rows: u64 = sections.iter().map(|section| section.rows).sum();
        // Rows that were rolled back are counted and not found; rows put into gaps are counted and found elsewhere.
        if ended.reason.is_none() && rows != known + added {
            return Ok(None);
        }
        let carried_over = part.base.rows;
        let mut sections = sections.into_iter();
        if divide.is_some()
            && let Some(grown) = sections.next()
        {
            add(&mut part.base, &grown);
            part.divide = divide;
        }
        part.tail = sections.next();
        part.mark = relation.mark;
        Ok(Some((part, ended, carried_over)))
    }

    async fn read(
        &mut self,
        relation: &Relation,
        from: u32,
        divide: Option<u32>,
    ) -> Result<(Vec<Section>, Ended), ScanError> {
        let mut sketcher = self.sketcher(false);
        let ended =
            self.reader.onwards(self.table, relation, self.columns, (from, divide), &mut sketcher).await?;
        Ok((sketcher.finish().await?, ended))
    }

    fn sketcher(&self, with_page: bool) -> Sketcher {
        let kinds = self.columns.iter().map(|column| column.kind).collect();
        Sketcher::start(kinds, Arc::clone(&self.checks), self.empty.clone(), with_page)
    }
}

fn measures(
    table: &TargetTable,
    columns: &[&TargetColumn],
    request: &ProfileRequest,
    now: Timestamp,
    sampled: bool,
) -> Vec<Measure> {
    let distinct = Distinct::beside(columns.len());
    let distinct = if sampled { distinct.of_sample() } else { distinct };
    let new = |column: &&TargetColumn| {
        let distinct = column.kind.has_equality().then(|| distinct.clone());
        let measure = Measure::new(now.0.timestamp_micros(), column.unique, distinct);
        measure.of_table(&table.path, columns.len(), request.values)
    };
    columns.iter().map(new).collect()
}

fn add(section: &mut Section, other: &Section) {
    section.rows += other.rows;
    for (ours, theirs) in section.measures.iter_mut().zip(&other.measures) {
        ours.merge(theirs);
    }
    for (ours, theirs) in section.tallies.iter_mut().zip(&other.tallies) {
        ours.merge(*theirs);
    }
}

fn joined(sections: Vec<Section>) -> Section {
    let mut sections = sections.into_iter();
    let mut first = sections.next().unwrap_or_default();
    sections.for_each(|section| add(&mut first, &section));
    first
}
