//! New levels: what an incident says where its values stayed where they went.

use types::incident::{LevelShift, Measure};

/// The most columns that a sentence names.
const NAMED: usize = 5;

/// A series that is on a new level.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shifted {
    /// Missing for what is measured of the whole table.
    pub(super) column: Option<String>,
    pub(super) measure: Measure,
    pub(super) shift: LevelShift,
}

/// A sentence about the series of one table that are on new levels; there is at least one.
pub(super) fn told(shifted: &[Shifted]) -> String {
    let since = |shift: &LevelShift| shift.at.0.format("%Y-%m-%d %H:%M UTC").to_string();
    match shifted {
        [Shifted { column: _, measure, shift }] => {
            let (after, before) = (about(*measure, shift.after), about(*measure, shift.before));
            let what = match (measure, shift.per_day) {
                (Measure::RowCount, true) => " rows a day",
                (Measure::RowCount, false) => " rows",
                (Measure::NullPercent, _) => " % NULL",
                (Measure::UniquenessPercent, _) => " % unique",
            };
            format!("New level since {}: about {after}{what} instead of {before}", since(shift))
        }
        many => {
            let first = many.iter().map(|one| one.shift).min_by_key(|shift| shift.at);
            let since = first.map(|shift| since(&shift)).unwrap_or_default();
            let columns: Vec<&str> =
                many.iter().filter_map(|one| one.column.as_deref()).take(NAMED).collect();
            let rest = many.len() - columns.len();
            let rest = if rest == 0 { String::new() } else { format!(" and {rest} more") };
            format!("New levels since {since}: of {}{rest}", columns.join(", "))
        }
    }
}

/// As exactly as a level is known: a count to three digits, a percentage to a tenth.
fn about(measure: Measure, value: f64) -> String {
    match measure {
        Measure::RowCount => {
            let size = value.abs().max(1.0).log10().floor() - 2.0;
            let unit = 10_f64.powf(size.max(0.0));
            format!("{:.0}", (value / unit).round() * unit)
        }
        Measure::NullPercent | Measure::UniquenessPercent => format!("{value:.1}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Timestamp;

    fn shifted(column: Option<&str>, measure: Measure, before: f64, after: f64, per_day: bool) -> Shifted {
        let at = Timestamp::from_millis(1_767_592_800_000).unwrap();
        let shift = LevelShift { at, before, after, per_day };
        Shifted { column: column.map(str::to_owned), measure, shift }
    }

    #[test]
    fn a_new_level_is_told_with_the_one_before() {
        let nulls = |column| shifted(Some(column), Measure::NullPercent, 0.04, 12.34, false);
        for (shifts, expected) in [
            (
                vec![shifted(None, Measure::RowCount, 1_003.7, 12_345.6, false)],
                "about 12300 rows instead of 1000",
            ),
            (vec![shifted(None, Measure::RowCount, 7.4, 0.0, true)], "about 0 rows a day instead of 7"),
            (vec![nulls("note")], "about 12.3 % NULL instead of 0.0"),
            (
                vec![shifted(Some("id"), Measure::UniquenessPercent, 100.0, 98.26, false)],
                "about 98.3 % unique instead of 100.0",
            ),
        ] {
            assert_eq!(told(&shifts), format!("New level since 2026-01-05 06:00 UTC: {expected}"));
        }
        let many = told(&[nulls("note"), nulls("city")]);
        assert_eq!(many, "New levels since 2026-01-05 06:00 UTC: of note, city");
        let many = told(&["a", "b", "c", "d", "e", "f", "g"].map(nulls));
        assert!(many.ends_with(": of a, b, c, d, e and 2 more"), "{many}");
    }
}
