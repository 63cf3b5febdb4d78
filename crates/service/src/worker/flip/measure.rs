//! Statistics out of a profile: ages by our own clock, health by the rules, and the source's score.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use domain::health::{self, ColumnFacts, FailedExpectation, Score, TableFacts};
use store::expectation::{Recorded, Revision};
use store::statistics::{ColumnStats, PackedFacets, SourceScore, TableStats};
use types::profile::{ColumnProfile, TableFacets, TableProfile};
use types::quality::Deduction;
use types::snapshot::{Body, Column, Object};
use types::{RunId, Timestamp};

use super::found::Found;
use crate::quality::null_distribution;
use crate::schema::{is_relation, is_unique};
use crate::worker::expectation::Scanned;

/// The rows to be written.
pub(super) struct Measured {
    pub(super) tables: Vec<TableStats>,
    pub(super) columns: Vec<ColumnStats>,
    pub(super) facets: Facets,
    pub(super) score: SourceScore,
    /// The newest rows say the same already: these need not be written.
    pub(super) repeats: bool,
    /// The fingerprint to ask with next time, if the same profile would then be judged the same again.
    pub(super) fingerprint: Option<String>,
    /// When the clock alone changes a judgement.
    pub(super) holds_until: Option<Timestamp>,
    /// What was found of expectations, where that is new.
    pub(super) results: Vec<Recorded>,
    /// What was expected when the agent was asked.
    pub(super) expected: Revision,
}

/// What profiles tell beyond figures.
#[derive(Default)]
pub(super) struct Facets {
    /// Of tables of which they tell something new.
    pub(super) new: Vec<PackedFacets>,
    /// Tables that are there no more.
    pub(super) gone: Vec<String>,
}

pub(super) fn measure(
    found: &Found,
    run_id: RunId,
    breaking: u32,
    now: Timestamp,
) -> Result<Measured, store::Error> {
    let scanned =
        Scanned { objects: &found.new.objects, profiles: &found.profiles, asked: found.expected, now };
    let judged = scanned.judge(&found.expectations);
    let pass = Pass {
        found,
        failed: judged.failed,
        run_id,
        now,
        recorded_at: after(found.scored_at, now),
        objects: found.new.objects.iter().map(|object| (object.path.as_str(), object)).collect(),
        rhythms: rhythms(&found.history),
    };
    let (tables, columns, holds_until) = pass.tables(&found.last_profile());
    let holds_until = holds_until.into_iter().chain(judged.holds_until).min();
    let facets = facets(found)?;
    let first = facets.new.iter().any(|new| !found.last_facets.contains_key(&new.table));
    let repeats = !first && is_same((&found.last_tables, &found.last_columns), (&tables, &columns));
    // A jump is one only beside the profile before: that is over when the same figures come once more.
    let fingerprint = found.profile_fingerprint.clone().filter(|_| {
        let (again, of_columns, _) = pass.tables(&found.profiles);
        is_same((&tables, &columns), (&again, &of_columns))
    });
    let score = pass.score(&tables, &columns, breaking);
    let (results, expected) = (judged.results, found.expected);
    Ok(Measured { tables, columns, facets, score, repeats, fingerprint, holds_until, results, expected })
}

fn facets(found: &Found) -> Result<Facets, store::Error> {
    let mut facets = Facets::default();
    for profile in &found.profiles {
        if let Some(told) = TableFacets::of(profile) {
            let known = found.last_facets.get(&profile.table);
            facets.new.extend(PackedFacets::new(&profile.table, &told, known)?);
        }
    }
    let there: HashSet<&str> = found.new.objects.iter().map(|object| object.path.as_str()).collect();
    facets.gone = found.last_facets.keys().filter(|table| !there.contains(table.as_str())).cloned().collect();
    Ok(facets)
}

/// The time of rows that come now: never that of the ones before, also when the clock did not move between two runs.
pub(super) fn after(last: Option<Timestamp>, now: Timestamp) -> Timestamp {
    match last {
        Some(last) if last >= now => Timestamp(last.0 + Duration::from_millis(1)),
        _ => now,
    }
}

/// The times at which each table's newest value was seen, oldest first.
fn rhythms(history: &[TableStats]) -> HashMap<&str, Vec<Timestamp>> {
    let mut rhythms: HashMap<&str, Vec<Timestamp>> = HashMap::new();
    for stats in history {
        if let Some(newest) = stats.latest_value_at {
            rhythms.entry(stats.table.as_str()).or_default().push(newest);
        }
    }
    rhythms
}

struct Pass<'a> {
    found: &'a Found,
    /// By table, what users expect and does not hold.
    failed: HashMap<String, Vec<FailedExpectation>>,
    run_id: RunId,
    now: Timestamp,
    recorded_at: Timestamp,
    objects: HashMap<&'a str, &'a Object>,
    rhythms: HashMap<&'a str, Vec<Timestamp>>,
}

impl Pass<'_> {
    /// The rows of all tables, judged beside the profile before, and when the clock alone changes a judgement.
    fn tables(&self, last: &[TableProfile]) -> (Vec<TableStats>, Vec<ColumnStats>, Option<Timestamp>) {
        let last: HashMap<_, _> = last.iter().map(|profile| (profile.table.as_str(), profile)).collect();
        let (mut tables, mut columns, mut holds_until) = (Vec::new(), Vec::new(), None);
        for profile in self.found.profiles.iter().filter(|profile| profile.skipped.is_none()) {
            let previous = last.get(profile.table.as_str()).copied();
            let (own, its, until) = self.table(profile, previous);
            tables.push(own);
            columns.extend(its);
            holds_until = holds_until.into_iter().chain(until).min();
        }
        (tables, columns, holds_until)
    }

    fn table(
        &self,
        profile: &TableProfile,
        previous: Option<&TableProfile>,
    ) -> (TableStats, Vec<ColumnStats>, Option<Timestamp>) {
        let path = profile.table.as_str();
        let object = self.objects.get(path).copied();
        let mut values = self.rhythms.get(path).cloned().unwrap_or_default();
        let mut scores = Vec::with_capacity(profile.columns.len());
        let mut columns = Vec::with_capacity(profile.columns.len());
        for column in &profile.columns {
            let before =
                previous.and_then(|table| table.columns.iter().find(|old| old.column == column.column));
            let (stats, score) = self.column(profile, column, before, object);
            columns.push(stats);
            scores.push(score);
        }
        // The agent's clock may be ahead of ours: what is newer than now is as fresh as can be.
        let age = profile.latest_value_at.map(|newest| self.now.seconds_since(newest).max(0));
        values.extend(profile.latest_value_at);
        let gaps = gaps(values);
        let until = profile.latest_value_at.zip(health::worse_from(age, &gaps));
        let until = until.and_then(|(newest, seconds)| {
            Some(Timestamp(newest.0.checked_add_signed(chrono::TimeDelta::try_seconds(seconds)?)?))
        });
        let score = health::table(&TableFacts {
            profile,
            previous,
            freshness: health::freshness(age, &gaps),
            columns: &scores,
        });
        let score = match self.failed.get(path) {
            Some(failed) => health::with_failed_expectations(score, failed),
            None => score,
        };
        let stats = TableStats {
            source_id: self.found.source_id,
            table: profile.table.clone(),
            recorded_at: self.recorded_at,
            run_id: self.run_id,
            row_count: profile.row_count,
            row_count_method: profile.row_count_method,
            bytes: profile.bytes,
            latest_value_at: profile.latest_value_at,
            timestamp_column: profile.timestamp_column.clone(),
            last_write_at: profile.last_write_at,
            freshness_seconds: age,
            health: score.health,
            score: score.score,
            deductions: score.deductions,
        };
        (stats, columns, until)
    }

    fn column(
        &self,
        table: &TableProfile,
        profile: &ColumnProfile,
        previous: Option<&ColumnProfile>,
        object: Option<&Object>,
    ) -> (ColumnStats, Score) {
        let known = object.and_then(|object| declared(object, &profile.column));
        let unique_key = match object.map(|object| &object.body) {
            Some(Body::Table(table)) => is_unique(table, &profile.column),
            _ => false,
        };
        let required = known.is_some_and(|column| !column.nullable);
        let score = health::column(&ColumnFacts { profile, previous, unique_key, required });
        let stats = ColumnStats {
            source_id: self.found.source_id,
            table: table.table.clone(),
            column: profile.column.clone(),
            recorded_at: self.recorded_at,
            run_id: self.run_id,
            data_type: known.map(|column| column.data_type.clone()).unwrap_or_default(),
            row_count: table.row_count,
            null_percent: profile.null_percent,
            uniqueness_percent: profile.uniqueness_percent,
            distinct_count: profile.distinct_count,
            min: profile.min.clone(),
            max: profile.max.clone(),
            latest_value_at: profile.latest_value_at,
            method: profile.method,
            error_bound: profile.error_bound,
            health: score.health,
            score: score.score,
            deductions: score.deductions.clone(),
            previous_null_percent: previous.and_then(|column| column.null_percent),
        };
        (stats, score)
    }

    fn score(&self, tables: &[TableStats], columns: &[ColumnStats], breaking: u32) -> SourceScore {
        let scores: Vec<Score> = tables
            .iter()
            .map(|own| Score { score: own.score, health: own.health, deductions: own.deductions.clone() })
            .collect();
        let ages: Vec<f64> =
            tables.iter().filter_map(|stats| stats.freshness_seconds).map(|age| age as f64).collect();
        let relations = self.found.new.objects.iter().filter(|object| is_relation(&object.body));
        let all_columns: usize = relations.clone().map(|object| object.body.columns().len()).sum();
        let all_tables = relations.filter(|object| matches!(object.body, Body::Table(_))).count();
        SourceScore {
            source_id: self.found.source_id,
            recorded_at: self.recorded_at,
            score: health::source(&scores).score,
            tables: u32::try_from(all_tables).unwrap_or(u32::MAX),
            columns: u32::try_from(all_columns).unwrap_or(u32::MAX),
            freshness_mean_seconds: (!ages.is_empty()).then(|| ages.iter().sum::<f64>() / ages.len() as f64),
            null_distribution: null_distribution(columns.iter().filter_map(|column| column.null_percent)),
            breaking,
        }
    }
}

type Rows<'a> = (&'a [TableStats], &'a [ColumnStats]);

/// Whether rows say the same, whenever they were written. Times are kept by the millisecond; what was no jump in the
/// first profile, which had none before it, is none in the second.
fn is_same((old_tables, old_columns): Rows<'_>, (tables, columns): Rows<'_>) -> bool {
    let millis = |time: Option<Timestamp>| time.map(Timestamp::millis);
    let reasons = |deductions: &[Deduction]| -> Vec<String> {
        deductions.iter().map(|deduction| format!("{} {}", deduction.code, deduction.reason)).collect()
    };
    let of_table = |row: &TableStats| {
        let judged = (row.health, row.score, reasons(&row.deductions));
        let times = (millis(row.latest_value_at), millis(row.last_write_at), row.timestamp_column.clone());
        (row.row_count, row.row_count_method, row.bytes, times, judged)
    };
    let of_column = |row: &ColumnStats| {
        let judged = (row.health, row.score, reasons(&row.deductions));
        let figures = (row.row_count, row.null_percent, row.uniqueness_percent, row.distinct_count);
        let ends = (row.min.clone(), row.max.clone(), millis(row.latest_value_at));
        (figures, ends, row.method, row.error_bound, row.data_type.clone(), judged)
    };
    let known: HashMap<_, _> = old_tables.iter().map(|row| (row.table.as_str(), row)).collect();
    let known_columns: HashMap<_, _> =
        old_columns.iter().map(|row| ((row.table.as_str(), row.column.as_str()), row)).collect();
    (old_tables.len(), old_columns.len()) == (tables.len(), columns.len())
        && tables
            .iter()
            .all(|row| known.get(row.table.as_str()).is_some_and(|old| of_table(old) == of_table(row)))
        && columns.iter().all(|row| {
            known_columns.get(&(row.table.as_str(), row.column.as_str())).is_some_and(|old| {
                let before = old.previous_null_percent;
                (before.is_none() || before == row.previous_null_percent) && of_column(old) == of_column(row)
            })
        })
}

fn declared<'a>(object: &'a Object, name: &str) -> Option<&'a Column> {
    object.body.columns().iter().find(|column| column.name == name)
}

/// The gaps between a table's updates, in seconds.
fn gaps(mut values: Vec<Timestamp>) -> Vec<i64> {
    values.sort_unstable();
    values.dedup();
    values.windows(2).map(|pair| pair[1].seconds_since(pair[0])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_lie_between_different_values_only() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000).unwrap();
        assert_eq!(gaps(vec![at(0), at(60), at(60), at(180)]), [60, 120]);
        assert!(gaps(vec![at(0)]).is_empty());
    }
}
