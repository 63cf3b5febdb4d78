//! How far out a point has to be: what each sensitivity means, and which one holds where.

use std::collections::HashMap;

use types::incident::Measure;
use types::sensitivity::{ResolvedSensitivity, Sensitivity, SensitivityRule};

/// Robust deviations that are still normal.
pub(super) fn deviations(sensitivity: Sensitivity) -> f64 {
    match sensitivity {
        Sensitivity::Low => 5.0,
        Sensitivity::Medium => 4.0,
        Sensitivity::High => 3.0,
    }
}

/// How often, at most, an ordinary point may lie beyond the bounds by the series' own tail.
pub(super) fn rarity(sensitivity: Sensitivity) -> f64 {
    match sensitivity {
        Sensitivity::Low => 1.0 / 10_000.0,
        Sensitivity::Medium => 1.0 / 3_000.0,
        Sensitivity::High => 1.0 / 300.0,
    }
}

/// All that was said of one source, ready to be asked.
///
/// The nearest place answers: the column, its table, the source; of one place, the measure before all of them. Where
/// nothing was said it is [`Sensitivity::Medium`].
#[derive(Clone, Debug, Default)]
pub struct Sensitivities {
    of_source: Vec<SensitivityRule>,
    of_table: HashMap<String, Vec<SensitivityRule>>,
}

impl FromIterator<SensitivityRule> for Sensitivities {
    fn from_iter<T: IntoIterator<Item = SensitivityRule>>(rules: T) -> Self {
        let mut all = Self::default();
        for rule in rules {
            match &rule.table {
                None => all.of_source.push(rule),
                Some(table) => all.of_table.entry(table.clone()).or_default().push(rule),
            }
        }
        all
    }
}

impl Sensitivities {
    /// What holds of a series; `column` is missing for what is measured of a whole table.
    #[must_use]
    pub fn of(&self, table: &str, column: Option<&str>, measure: Measure) -> Sensitivity {
        self.nearest(table, column, measure).map(|rule| rule.sensitivity).unwrap_or_default()
    }

    /// The same, with where it was said.
    #[must_use]
    pub fn resolve(&self, table: &str, column: Option<&str>, measure: Measure) -> ResolvedSensitivity {
        let found = self.nearest(table, column, measure);
        ResolvedSensitivity {
            sensitivity: found.map(|rule| rule.sensitivity).unwrap_or_default(),
            from: found.map(SensitivityRule::place),
        }
    }

    fn nearest(&self, table: &str, column: Option<&str>, measure: Measure) -> Option<&SensitivityRule> {
        let of_table = self.of_table.get(table).into_iter().flatten();
        let holds = |rule: &&SensitivityRule| {
            rule.measure.is_none_or(|own| own == measure)
                && (rule.column.is_none() || rule.column.as_deref() == column)
        };
        self.of_source
            .iter()
            .chain(of_table)
            .filter(holds)
            .max_by_key(|rule| (rule.table.is_some(), rule.column.is_some(), rule.measure.is_some()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::sensitivity::SensitivityPlace;

    #[test]
    fn the_nearest_place_says_how_sensitive_a_series_is() {
        use Measure::{NullPercent, RowCount, UniquenessPercent};
        use Sensitivity::{High, Low, Medium};
        let rule = |table: Option<&str>, column: Option<&str>, measure, sensitivity| SensitivityRule {
            table: table.map(str::to_owned),
            column: column.map(str::to_owned),
            measure,
            sensitivity,
        };
        let said: Sensitivities = [
            rule(Some("a"), Some("x"), Some(NullPercent), High),
            rule(Some("a"), Some("x"), None, Low),
            rule(Some("a"), None, Some(RowCount), Low),
            rule(Some("b"), None, None, High),
            rule(None, None, Some(UniquenessPercent), High),
            rule(None, None, None, Low),
        ]
        .into_iter()
        .collect();
        for (table, column, measure, expected) in [
            ("a", Some("x"), NullPercent, High),
            ("a", Some("x"), UniquenessPercent, Low),
            ("a", None, RowCount, Low),
            ("a", Some("y"), NullPercent, Low),
            ("a", Some("y"), UniquenessPercent, High),
            ("b", Some("x"), NullPercent, High),
            ("b", None, RowCount, High),
            ("c", None, RowCount, Low),
        ] {
            assert_eq!(said.of(table, column, measure), expected, "{table} {column:?} {measure:?}");
        }
        let place = SensitivityPlace { table: Some("b".into()), column: None, measure: None };
        let resolved = ResolvedSensitivity { sensitivity: High, from: Some(place) };
        assert_eq!(said.resolve("b", Some("x"), NullPercent), resolved);
        let nothing = Sensitivities::default().resolve("b", None, RowCount);
        assert_eq!(nothing, ResolvedSensitivity { sensitivity: Medium, from: None });
    }
}
