//! Statistics out of a profile: ages by our own clock, health by the rules, and the source's score.

use std::collections::HashMap;
use std::time::Duration;

use domain::health::{self, ColumnFacts, Score, TableFacts};
use store::statistics::{ColumnStats, SourceScore, TableStats};
use types::profile::{ColumnProfile, TableProfile};
use types::snapshot::{Body, Column, Object};
use types::{RunId, Timestamp};

use super::found::Found;
use crate::quality::null_distribution;
use crate::schema::{is_relation, is_unique};

/// The rows to be written.
pub(super) struct Measured {
    pub(super) tables: Vec<TableStats>,
    pub(super) columns: Vec<ColumnStats>,
    pub(super) score: SourceScore,
}

pub(super) fn measure(found: &Found, run_id: RunId, breaking: u32, now: Timestamp) -> Measured {
    let last = found.last_profile();
    let last: HashMap<_, _> = last.iter().map(|profile| (profile.table.as_str(), profile)).collect();
    let objects: HashMap<_, _> =
        found.new.objects.iter().map(|object| (object.path.as_str(), object)).collect();
    let mut rhythms = rhythms(&found.history);
    let pass = Pass { found, run_id, now, recorded_at: recorded_at(found, now) };
    let (mut tables, mut columns, mut scores) = (Vec::new(), Vec::new(), Vec::new());
    for profile in found.profiles.iter().filter(|profile| profile.skipped.is_none()) {
        let previous = last.get(profile.table.as_str()).copied();
        let object = objects.get(profile.table.as_str()).copied();
        let values = rhythms.remove(profile.table.as_str()).unwrap_or_default();
        let (own, mut its) = pass.table(profile, previous, object, values);
        scores.push(Score { score: own.score, health: own.health, deductions: own.deductions.clone() });
        tables.push(own);
        columns.append(&mut its);
    }
    let score = pass.score(&tables, &columns, &scores, breaking);
    Measured { tables, columns, score }
}

/// Rows of one table have different times, also when the clock did not move between two runs.
fn recorded_at(found: &Found, now: Timestamp) -> Timestamp {
    let last = found.last_tables.iter().map(|stats| stats.recorded_at).max();
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
    run_id: RunId,
    now: Timestamp,
    recorded_at: Timestamp,
}

impl Pass<'_> {
    fn table(
        &self,
        profile: &TableProfile,
        previous: Option<&TableProfile>,
        object: Option<&Object>,
        mut values: Vec<Timestamp>,
    ) -> (TableStats, Vec<ColumnStats>) {
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
        let score = health::table(&TableFacts {
            profile,
            previous,
            freshness: health::freshness(age, &gaps(values)),
            columns: &scores,
        });
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
        (stats, columns)
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

    fn score(
        &self,
        tables: &[TableStats],
        columns: &[ColumnStats],
        scores: &[Score],
        breaking: u32,
    ) -> SourceScore {
        let ages: Vec<f64> =
            tables.iter().filter_map(|stats| stats.freshness_seconds).map(|age| age as f64).collect();
        let relations = self.found.new.objects.iter().filter(|object| is_relation(&object.body));
        let all_columns: usize = relations.clone().map(|object| object.body.columns().len()).sum();
        let all_tables = relations.filter(|object| matches!(object.body, Body::Table(_))).count();
        SourceScore {
            source_id: self.found.source_id,
            recorded_at: self.recorded_at,
            score: health::source(scores).score,
            tables: u32::try_from(all_tables).unwrap_or(u32::MAX),
            columns: u32::try_from(all_columns).unwrap_or(u32::MAX),
            freshness_mean_seconds: (!ages.is_empty()).then(|| ages.iter().sum::<f64>() / ages.len() as f64),
            null_distribution: null_distribution(columns.iter().filter_map(|column| column.null_percent)),
            breaking,
        }
    }
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
