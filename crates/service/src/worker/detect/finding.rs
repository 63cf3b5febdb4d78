//! What a judgement found wrong, in words and in the form that incidents are made of.

use std::fmt::Write as _;

use domain::health::span;
use types::Timestamp;
use types::expectation::BrokenExpectation;
use types::incident::{BreakingChange, Evidence, IncidentCause, IncidentSeverity, Measure, OddValue};
use types::{DriftId, change::Change};

/// The most changes or values that evidence holds.
const MOST: usize = 20;

/// Something that is wrong with an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Finding {
    /// The path of a table or another object.
    pub(super) object: String,
    pub(super) cause: IncidentCause,
    pub(super) severity: IncidentSeverity,
    /// Equal as long as the very same is wrong.
    pub(super) fingerprint: String,
    pub(super) title: String,
    pub(super) evidence: Evidence,
    /// Whether it opens an incident; if not, it only keeps one open.
    pub(super) opens: bool,
}

/// What is odd about a table for one cause.
#[derive(Debug)]
pub(super) struct Odd {
    /// The first of the odd points in a row.
    pub(super) since: Timestamp,
    pub(super) points: Vec<OddValue>,
    /// What tells this oddity from others.
    pub(super) words: Vec<String>,
    pub(super) confirmed: bool,
    pub(super) critical: bool,
}

impl Finding {
    /// Of odd values of one cause; there is at least one.
    pub(super) fn of_values(
        table: &str,
        cause: IncidentCause,
        Odd { since, mut points, words, confirmed, critical }: Odd,
    ) -> Self {
        let total = u32::try_from(points.len()).unwrap_or(u32::MAX);
        let title = match points.as_slice() {
            [one] => of_one(table, one),
            _ => of_many(table, cause, points.len()),
        };
        points.truncate(MOST);
        Self {
            object: table.to_owned(),
            cause,
            severity: if critical { IncidentSeverity::Critical } else { IncidentSeverity::Warning },
            fingerprint: fingerprint(cause, &words),
            title,
            evidence: Evidence::Series { since, points, total },
            opens: confirmed,
        }
    }

    /// Of a table whose newest row is too old.
    pub(super) fn stale(table: &str, latest: Timestamp, age: i64, limit: i64, opens: bool) -> Self {
        Self {
            object: table.to_owned(),
            cause: IncidentCause::Freshness,
            severity: IncidentSeverity::Warning,
            fingerprint: IncidentCause::Freshness.as_str().to_owned(),
            title: format!(
                "{table} has had no new rows for {}; by its rhythm {} is the most",
                span(age),
                span(limit)
            ),
            evidence: Evidence::Freshness { latest_value_at: latest, limit_seconds: limit },
            opens,
        }
    }

    /// Of expectations that do not hold, all of one object; there is at least one.
    pub(super) fn of_expectations(object: String, table: String, broken: &[BrokenExpectation]) -> Self {
        let words: Vec<String> = broken.iter().map(|broken| broken.id.to_string()).collect();
        let title = match broken {
            [one] => one.sentence.clone(),
            _ => format!("{} expectations of {object} do not hold", broken.len()),
        };
        let severity = broken.iter().map(|broken| broken.severity).max();
        Self {
            object,
            cause: IncidentCause::Expectation,
            severity: severity.unwrap_or(IncidentSeverity::Warning),
            fingerprint: fingerprint(IncidentCause::Expectation, &words),
            title,
            evidence: Evidence::Expectations {
                table,
                broken: broken.iter().take(MOST).cloned().collect(),
                total: u32::try_from(broken.len()).unwrap_or(u32::MAX),
            },
            opens: true,
        }
    }

    /// Of changes that break somebody, all of one object; there is at least one.
    pub(super) fn of_changes(object: String, changes: &[&Change], title: String, drift: Versions) -> Self {
        let words: Vec<String> =
            changes.iter().map(|change| format!("{} {}", change.kind, change.path)).collect();
        let shown = changes.iter().take(MOST).map(|change| BreakingChange {
            kind: change.kind.clone(),
            path: change.path.clone(),
            reason: change.reason.clone(),
            evidence: change.evidence.clone(),
        });
        Self {
            object,
            cause: IncidentCause::Schema,
            severity: IncidentSeverity::Critical,
            fingerprint: fingerprint(IncidentCause::Schema, &words),
            title,
            evidence: Evidence::Schema {
                drift_id: drift.id,
                base_version: drift.old,
                new_version: drift.new,
                changes: shown.collect(),
                total: u32::try_from(changes.len()).unwrap_or(u32::MAX),
            },
            opens: true,
        }
    }
}

/// A drift event and the versions that it lies between.
#[derive(Clone, Copy, Debug)]
pub(super) struct Versions {
    pub(super) id: DriftId,
    pub(super) old: u32,
    pub(super) new: u32,
}

/// Long lists are told apart by their beginning and their length.
fn fingerprint(cause: IncidentCause, words: &[String]) -> String {
    let mut words = words.to_vec();
    words.sort();
    let mut text = format!("{} {}", cause.as_str(), words.len());
    for word in words.iter().take(MOST) {
        let _ = write!(text, " {word}");
    }
    text
}

fn of_one(table: &str, odd: &OddValue) -> String {
    let path = odd.column.as_deref().map_or_else(|| table.to_owned(), |column| format!("{table}.{column}"));
    match odd.measure {
        Measure::RowCount => format!(
            "{path} has {} rows; {} to {} were expected",
            odd.value.round(),
            odd.lower.max(0.0).ceil(),
            odd.upper.floor()
        ),
        Measure::NullPercent => {
            format!("{path} is {:.1} % NULL; at most {:.1} % was expected", odd.value, odd.upper)
        }
        Measure::UniquenessPercent => {
            format!("{path} is {:.2} % unique; at least {:.2} % was expected", odd.value, odd.lower)
        }
    }
}

fn of_many(table: &str, cause: IncidentCause, count: usize) -> String {
    match cause {
        IncidentCause::Nulls => format!("{count} columns of {table} hold more NULLs than expected"),
        IncidentCause::Uniqueness => format!("{count} keys of {table} repeat more than expected"),
        IncidentCause::Volume
        | IncidentCause::Freshness
        | IncidentCause::Schema
        | IncidentCause::Expectation => {
            format!("{count} values of {table} are not as expected")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn odd(column: Option<&str>, measure: Measure, value: f64) -> OddValue {
        let column = column.map(str::to_owned);
        OddValue { column, measure, value, expected: 50.0, lower: 40.2, upper: 59.8 }
    }

    #[test]
    fn a_finding_says_what_was_measured_and_what_was_expected() {
        let title = |cause, points: Vec<OddValue>| {
            let since = Timestamp::from_millis(0).unwrap();
            let odd = Odd { since, points, words: Vec::new(), confirmed: true, critical: false };
            Finding::of_values("public.orders", cause, odd).title
        };
        let (volume, nulls) = (IncidentCause::Volume, IncidentCause::Nulls);
        let cases = [
            (
                volume,
                vec![odd(None, Measure::RowCount, 3.0)],
                "public.orders has 3 rows; 41 to 59 were expected",
            ),
            (
                nulls,
                vec![odd(Some("note"), Measure::NullPercent, 61.25)],
                "public.orders.note is 61.2 % NULL; at most 59.8 % was expected",
            ),
            (
                nulls,
                vec![
                    odd(Some("note"), Measure::NullPercent, 61.0),
                    odd(Some("city"), Measure::NullPercent, 70.0),
                ],
                "2 columns of public.orders hold more NULLs than expected",
            ),
        ];
        for (cause, points, expected) in cases {
            assert_eq!(title(cause, points), expected);
        }
    }

    #[test]
    fn the_order_in_which_things_are_found_makes_no_difference() {
        let of = |words: [&str; 2]| fingerprint(IncidentCause::Nulls, &words.map(str::to_owned));
        assert_eq!(of(["a", "b"]), of(["b", "a"]));
        assert_ne!(of(["a", "b"]), of(["a", "c"]));
    }
}
