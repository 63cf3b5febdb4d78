//! From the API's series to the charts'.

use charts::{BandPoint, Colour, Marker, Series};
use leptos::prelude::*;
use types::Timestamp;
use types::incident::{LevelShift, Measure};
use types::quality::{Point, Series as Measured};
use ui::{RelativeTime, format};

/// Milliseconds as the charts count them.
#[expect(clippy::cast_precision_loss, reason = "a date's milliseconds fit into 53 bits")]
pub(crate) fn millis(at: Timestamp) -> f64 {
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

/// A line with the range that was expected, where it was: for each point its time, its value, and from where to where.
pub(crate) fn judged_line(
    name: impl Into<String>,
    points: impl IntoIterator<Item = (Timestamp, f64, Option<(f64, f64)>)>,
) -> Series {
    let mut line = Series::new(name, Vec::new());
    for (at, value, expected) in points {
        let x = millis(at);
        line.points.push((x, Some(value)));
        line.band.extend(expected.map(|(lower, upper)| BandPoint { x, lower, upper }));
    }
    line
}

/// The mark of a point that is odd.
pub(crate) fn odd_mark(at: Timestamp, label: &str) -> Marker {
    Marker { x: millis(at), label: label.to_owned(), colour: Colour::Bad }
}

/// A new level, and since when: `New level: about 2,200 instead of 1,000, since 3 days ago`.
pub(crate) fn shift_note(shift: &LevelShift, measure: Measure) -> impl IntoView + use<> {
    let words = format!("{}, since ", shift_words(shift, measure));
    let at = shift.at;
    view! { <span class="text-text-2" data-shift>{words} <RelativeTime at=at /></span> }
}

/// A new level, in words: `New level: about 2,200 instead of 1,000`.
fn shift_words(shift: &LevelShift, measure: Measure) -> String {
    let about = |value: f64| match measure {
        Measure::RowCount => format::decimal(value, 0),
        Measure::NullPercent | Measure::UniquenessPercent => format::percent(value),
    };
    let a_day = if shift.per_day { " a day" } else { "" };
    format!("New level: about {}{a_day} instead of {}", about(shift.after), about(shift.before))
}

/// The mark of a new level in a chart, where that shows its time.
pub(crate) fn shift_mark(
    shift: Option<&LevelShift>,
    measure: Measure,
    first: Option<Timestamp>,
) -> Option<Marker> {
    let shift = shift.filter(|shift| first.is_some_and(|first| first <= shift.at))?;
    Some(Marker { x: millis(shift.at), label: shift_words(shift, measure), colour: Colour::Info })
}

/// Values alone, for a sparkline.
pub(crate) fn values(points: &[Point]) -> Vec<Option<f64>> {
    points.iter().map(|point| point.value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_level_is_marked_where_the_chart_shows_it() {
        let at = |millis| Timestamp::from_millis(millis).unwrap();
        let shift = LevelShift { at: at(5), before: 1_000.0, after: 2_200.4, per_day: false };
        let mark = |first| shift_mark(Some(&shift), Measure::RowCount, first);
        let marked = mark(Some(at(2))).unwrap();
        assert_eq!(marked.label, "New level: about 2,200 instead of 1,000");
        assert_eq!((marked.x, mark(Some(at(6))), mark(None)), (5.0, None, None));
        let daily = LevelShift { per_day: true, ..shift };
        assert_eq!(shift_words(&daily, Measure::RowCount), "New level: about 2,200 a day instead of 1,000");
    }

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
