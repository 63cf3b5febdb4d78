//! From the API's series to the charts'.

use charts::{Colour, Series};
use types::quality::{Point, Series as Measured};

/// Milliseconds as the charts count them.
#[expect(clippy::cast_precision_loss, reason = "a date's milliseconds fit into 53 bits")]
pub(crate) fn millis(at: types::Timestamp) -> f64 {
    at.millis() as f64
}

/// One line.
pub(crate) fn line(name: impl Into<String>, points: &[Point]) -> Series {
    Series::new(name, points.iter().map(|point| (millis(point.at), point.value)).collect())
}

/// As many lines as there are colours to tell them apart.
const MOST: usize = 8;

/// A line each, at most eight: the API lists those first that matter most. What was counted back and never measured is a
/// line of its own, in grey, and named so.
pub(crate) fn lines(measured: &[Measured]) -> Vec<Series> {
    let shown = || measured.iter().take(MOST);
    let told = shown().filter(|series| !series.backfilled.is_empty()).map(|series| Series {
        colour: Colour::Neutral,
        ..line(format!("{}, counted back by its own times", series.name), &series.backfilled)
    });
    shown().map(|series| line(series.name.clone(), &series.points)).chain(told).collect()
}

/// Values alone, for a sparkline.
pub(crate) fn values(points: &[Point]) -> Vec<Option<f64>> {
    points.iter().map(|point| point.value).collect()
}

#[cfg(test)]
mod tests {
    use types::Timestamp;

    use super::*;

    #[test]
    fn what_was_counted_back_is_a_line_of_its_own() {
        let point = |at: i64, value| Point { at: Timestamp::from_millis(at).unwrap(), value: Some(value) };
        let orders = Measured {
            name: "orders".to_owned(),
            points: vec![point(3, 30.0), point(4, 40.0)],
            backfilled: vec![point(1, 10.0), point(2, 20.0)],
        };
        let plain = Measured { name: "films".to_owned(), backfilled: Vec::new(), ..orders.clone() };
        let drawn = lines(&[orders, plain]);
        let names: Vec<_> = drawn.iter().map(|line| line.name.as_str()).collect();
        assert_eq!(names, ["orders", "films", "orders, counted back by its own times"]);
        assert_eq!(drawn[2].colour, Colour::Neutral);
        assert_eq!(drawn[2].points, [(1.0, Some(10.0)), (2.0, Some(20.0))]);
    }
}
