//! Deductions for what others judged: expectations, and a table's volume.

use types::change::Severity;
use types::quality::Deduction;

use super::{Score, deduction};
use crate::anomaly::{self, Direction, Verdict};

/// Most points that failed expectations cost together: the rest of the score stays readable.
const MOST_FOR_EXPECTATIONS: f64 = 70.0;

/// An expectation of the users that does not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct FailedExpectation {
    /// How much it matters, as its owner said.
    pub severity: Severity,
    /// One sentence: what was expected and what was found.
    pub reason: String,
}

/// Takes off what failed expectations cost: 40 points where they break something, 20 where they may, 5 otherwise.
#[must_use]
pub fn with_failed_expectations(score: Score, failed: &[FailedExpectation]) -> Score {
    let mut left = MOST_FOR_EXPECTATIONS;
    let deductions = failed.iter().filter_map(|failed| {
        let points: f64 = match failed.severity {
            Severity::Breaking => 40.0,
            Severity::PotentiallyBreaking => 20.0,
            Severity::Safe | Severity::Info => 5.0,
        };
        let points = points.min(left);
        left -= points;
        (points > 0.0).then(|| deduction("expectation_failed", points, failed.reason.clone()))
    });
    with(score, deductions.collect())
}

/// Takes off what an odd number of rows costs: 40 points for too few, 15 for too many. It takes the place of the
/// coarser comparison with the profile before.
#[must_use]
pub fn with_volume(mut score: Score, rows: f64, volume: &anomaly::Score) -> Score {
    let (code, points, most, bound) = match volume.verdict {
        Verdict::Learning => return score,
        Verdict::Normal => {
            let coarse = score.deductions.iter().any(|deduction| deduction.code == "volume_drop");
            if !coarse {
                return score;
            }
            ("", 0.0, "", 0.0)
        }
        Verdict::Anomaly(Direction::Below) => ("volume_low", 40.0, "least", volume.lower),
        Verdict::Anomaly(Direction::Above) => ("volume_high", 15.0, "most", volume.upper),
    };
    score.deductions.retain(|deduction| deduction.code != "volume_drop");
    let reason = format!("The table has {rows:.0} rows; by its own history {bound:.0} is the {most}.");
    let found = if points > 0.0 { vec![deduction(code, points, reason)] } else { Vec::new() };
    with(score, found)
}

/// A score with more deductions; one that is unknown stays so unless there is something to deduct.
fn with(score: Score, more: Vec<Deduction>) -> Score {
    if score.score.is_none() && more.is_empty() {
        return score;
    }
    let mut deductions = score.deductions;
    deductions.extend(more);
    Score::of(deductions)
}

#[cfg(test)]
mod tests {
    use types::quality::Health;

    use super::*;

    fn clean() -> Score {
        Score::of(Vec::new())
    }

    #[test]
    fn failed_expectations_cost_what_they_matter_but_never_all() {
        let failed = |severities: &[Severity]| {
            let failed: Vec<FailedExpectation> = severities
                .iter()
                .map(|severity| FailedExpectation { severity: *severity, reason: "It failed.".into() })
                .collect();
            with_failed_expectations(clean(), &failed).score
        };
        let cases: [(&[Severity], f64); 4] = [
            (&[], 100.0),
            (&[Severity::Info], 95.0),
            (&[Severity::PotentiallyBreaking, Severity::PotentiallyBreaking], 60.0),
            (&[Severity::Breaking, Severity::Breaking, Severity::Breaking], 30.0),
        ];
        for (severities, expected) in cases {
            assert_eq!(failed(severities), Some(expected), "{severities:?}");
        }
        assert_eq!(with_failed_expectations(Score::default(), &[]).health, Health::Unknown);
    }

    #[test]
    fn the_series_own_rhythm_takes_the_place_of_the_coarse_rule() {
        let judged =
            |verdict| anomaly::Score { verdict, expected: 100.0, lower: 80.0, upper: 120.0, deviations: 0.0 };
        let coarse = || Score::of(vec![deduction("volume_drop", 30.0, "Half is gone.".into())]);
        let cases = [
            (clean(), Verdict::Normal, 100.0, vec![]),
            (clean(), Verdict::Anomaly(Direction::Below), 60.0, vec!["volume_low"]),
            (clean(), Verdict::Anomaly(Direction::Above), 85.0, vec!["volume_high"]),
            (coarse(), Verdict::Learning, 70.0, vec!["volume_drop"]),
            (coarse(), Verdict::Normal, 100.0, vec![]),
            (coarse(), Verdict::Anomaly(Direction::Below), 60.0, vec!["volume_low"]),
        ];
        for (score, verdict, expected, codes) in cases {
            let score = with_volume(score, 10.0, &judged(verdict));
            assert_eq!(score.score, Some(expected), "{verdict:?}");
            let found: Vec<&str> = score.deductions.iter().map(|deduction| deduction.code.as_str()).collect();
            assert_eq!(found, codes);
        }
    }
}
