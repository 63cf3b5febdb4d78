//! From the API's series to the charts'.

use charts::Series;
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

/// A line each, at most eight: the API lists those first that matter most.
pub(crate) fn lines(measured: &[Measured]) -> Vec<Series> {
    measured.iter().take(MOST).map(|series| line(series.name.clone(), &series.points)).collect()
}

/// Values alone, for a sparkline.
pub(crate) fn values(points: &[Point]) -> Vec<Option<f64>> {
    points.iter().map(|point| point.value).collect()
}
