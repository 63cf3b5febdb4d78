//! How healthy a column, a table and a source are: 100 points minus stated deductions.
//!
//! Only what can be wrong costs points. A column that was always half NULL is as it should be; one that became so
//! overnight is not. What was not measured is unknown, never healthy.

mod freshness;
mod verdict;

use types::profile::{ColumnProfile, TableProfile};
use types::quality::{Deduction, Health};

pub use freshness::{Freshness, LEARNING_GAPS, freshness, span, worse_from};
pub use verdict::{FailedExpectation, with_failed_expectations, with_volume};

pub(crate) use freshness::{judge_age, longest_gap};

/// From here on a score is healthy.
pub const HEALTHY_FROM: f64 = 90.0;
/// From here on it is a warning, below it critical.
pub const WARNING_FROM: f64 = 60.0;

/// Rises of the NULL % below this are noise (the reference rule's floor for percentages).
const NULL_JUMP_FROM: f64 = 5.0;

/// A score with all that was taken off.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Score {
    /// 0 to 100; `None` where nothing was measured.
    pub score: Option<f64>,
    pub health: Health,
    pub deductions: Vec<Deduction>,
}

impl Score {
    fn of(deductions: Vec<Deduction>) -> Self {
        let lost: f64 = deductions.iter().map(|deduction| deduction.points).sum();
        let score = (100.0 - lost).clamp(0.0, 100.0);
        Self { score: Some(score), health: badge(score), deductions }
    }

    /// A part in a critical state shows in the whole, however many others are well.
    fn at_least_warning_if_any_critical(mut self, parts: &[Self]) -> Self {
        if self.health == Health::Healthy && parts.iter().any(|part| part.health == Health::Critical) {
            self.health = Health::Warning;
        }
        self
    }
}

fn badge(score: f64) -> Health {
    if score >= HEALTHY_FROM {
        Health::Healthy
    } else if score >= WARNING_FROM {
        Health::Warning
    } else {
        Health::Critical
    }
}

fn deduction(code: &str, points: f64, reason: String) -> Deduction {
    Deduction { code: code.into(), points, reason }
}

/// What a column's score is made of.
#[derive(Clone, Copy, Debug)]
pub struct ColumnFacts<'a> {
    pub profile: &'a ColumnProfile,
    /// The profile before, if there is one.
    pub previous: Option<&'a ColumnProfile>,
    /// Alone a primary key or a unique constraint.
    pub unique_key: bool,
    /// May not be NULL, by the catalog.
    pub required: bool,
}

/// Scores a column.
#[must_use]
pub fn column(facts: &ColumnFacts<'_>) -> Score {
    let Some(percent) = facts.profile.null_percent else {
        return Score::default();
    };
    let noise = facts.profile.error_bound.unwrap_or(0.0);
    let mut deductions = Vec::new();
    let before = facts.previous.and_then(|previous| previous.null_percent);
    if let Some(before) = before
        && percent - before >= NULL_JUMP_FROM.max(noise)
    {
        // As many points as the rise, but enough to be seen and never all.
        deductions.push(deduction(
            "null_jump",
            (percent - before).clamp(15.0, 60.0),
            format!("NULL % rose from {before:.1} to {percent:.1}."),
        ));
    }
    if facts.required && facts.profile.null_count > 0 {
        deductions.push(deduction(
            "null_in_required",
            50.0,
            format!("{} NULLs in a column that may hold none.", facts.profile.null_count),
        ));
    }
    if let Some(unique) = facts.profile.uniqueness_percent
        && facts.unique_key
        && unique + noise < 100.0
    {
        deductions.push(deduction(
            "key_not_unique",
            50.0,
            format!("A key has to be unique, but only {unique:.2} % of its values are."),
        ));
    }
    if percent >= 100.0 && before.is_none_or(|before| before >= 100.0) {
        deductions.push(deduction("all_null", 15.0, "The column holds no value at all.".into()));
    }
    Score::of(deductions)
}

/// What a table's score is made of.
#[derive(Clone, Copy, Debug)]
pub struct TableFacts<'a> {
    pub profile: &'a TableProfile,
    /// The profile before, if there is one.
    pub previous: Option<&'a TableProfile>,
    pub freshness: Freshness,
    /// The scores of its columns.
    pub columns: &'a [Score],
}

/// Scores a table: its columns' mean, its volume and its freshness.
#[must_use]
pub fn table(facts: &TableFacts<'_>) -> Score {
    if facts.profile.skipped.is_some() {
        return Score::default();
    }
    let mut deductions = Vec::new();
    if let Some(mean) = mean(facts.columns)
        && mean < 100.0
    {
        let bad = facts
            .columns
            .iter()
            .filter(|column| matches!(column.health, Health::Warning | Health::Critical))
            .count();
        deductions.push(deduction(
            "columns",
            100.0 - mean,
            format!("{bad} of {} columns need attention.", facts.columns.len()),
        ));
    }
    deductions.extend(volume(facts));
    deductions.extend(facts.freshness.deduction());
    let nothing_known = facts.profile.row_count == 0 && deductions.is_empty() && facts.previous.is_none();
    if nothing_known {
        return Score::default();
    }
    Score::of(deductions).at_least_warning_if_any_critical(facts.columns)
}

fn volume(facts: &TableFacts<'_>) -> Option<Deduction> {
    let before = facts.previous.filter(|previous| previous.skipped.is_none())?.row_count;
    let now = facts.profile.row_count;
    let points = match now {
        _ if before == 0 => return None,
        0 => 60.0,
        // Half of the rows or more are gone; a handful may come and go.
        _ if before >= 20 && now <= before / 2 => 30.0,
        _ => return None,
    };
    Some(deduction("volume_drop", points, format!("The table had {before} rows and now has {now}.")))
}

/// Scores a source: the mean of the tables that have a score.
#[must_use]
pub fn source(tables: &[Score]) -> Score {
    let Some(mean) = mean(tables) else {
        return Score::default();
    };
    let bad =
        tables.iter().filter(|table| matches!(table.health, Health::Warning | Health::Critical)).count();
    let deductions = if mean < 100.0 {
        let reason = format!("{bad} of {} tables need attention.", tables.len());
        vec![deduction("tables", 100.0 - mean, reason)]
    } else {
        Vec::new()
    };
    Score::of(deductions).at_least_warning_if_any_critical(tables)
}

fn mean(scores: &[Score]) -> Option<f64> {
    let known: Vec<f64> = scores.iter().filter_map(|score| score.score).collect();
    let count = u32::try_from(known.len()).ok().filter(|count| *count > 0)?;
    Some(known.iter().sum::<f64>() / f64::from(count))
}

#[cfg(test)]
mod tests;
