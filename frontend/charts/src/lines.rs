//! Where the lines of a chart go; pure.

use ui::format;

use crate::axis::{Frame, Tick};
use crate::calendar;
use crate::downsample::downsample;
use crate::nearest::nearest;
use crate::path::{self, Point};
use crate::plot::Stops;
use crate::scale::Linear;
use crate::series::{Marker, Series};
use crate::ticks;
use crate::unit::Unit;

/// What a line chart is asked for beside its data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Options {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) unit: Unit,
    /// Fills below the lines, down to zero.
    pub(crate) area: bool,
}

/// One series, drawn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) class: &'static str,
    pub(crate) line: String,
    /// Points with a gap on both sides, which make no line.
    pub(crate) dots: String,
    pub(crate) area: String,
    pub(crate) band: String,
}

/// A value written beside its point.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Value {
    pub(crate) x: f64,
    pub(crate) y: f64,
    /// Ends at the point instead of beginning there.
    pub(crate) leftwards: bool,
    pub(crate) text: String,
}

/// A whole chart in pixels.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lines {
    pub(crate) frame: Frame,
    pub(crate) x_ticks: Vec<Tick>,
    pub(crate) y_ticks: Vec<Tick>,
    pub(crate) lines: Vec<Line>,
    pub(crate) markers: Vec<(f64, &'static str)>,
    /// Each time that has a point, ascending, and its pixel.
    pub(crate) stops: Vec<f64>,
    pub(crate) stop_pixels: Vec<f64>,
    pub(crate) y: Linear,
    /// The values of the one time that has any; empty when there are more times, and so lines.
    pub(crate) alone: Vec<Value>,
}

impl Stops for Lines {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn count(&self) -> usize {
        self.stops.len()
    }

    fn at(&self, x: f64) -> Option<usize> {
        nearest(&self.stop_pixels, x)
    }

    fn pixel(&self, stop: usize) -> Option<f64> {
        self.stop_pixels.get(stop).copied()
    }
}

fn extent(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.filter(|value| value.is_finite()).fold(None, |range, value| match range {
        None => Some((value, value)),
        Some((low, high)) => Some((low.min(value), high.max(value))),
    })
}

/// The one time at which anything was measured; `None` when there are more, or none.
fn only_time(series: &[Series]) -> Option<f64> {
    let measured = series.iter().flat_map(|series| {
        series.points.iter().filter(|point| point.1.is_some_and(f64::is_finite)).map(|point| point.0)
    });
    extent(measured).and_then(|(first, last)| (first.total_cmp(&last).is_eq()).then_some(first))
}

/// The values that the vertical axis must hold, and the ticks for them.
fn vertical(series: &[Series], options: &Options) -> Option<Vec<f64>> {
    let measured = series.iter().flat_map(|series| series.points.iter().filter_map(|point| point.1));
    extent(measured.clone())?;
    let bands = series.iter().flat_map(|series| series.band.iter().flat_map(|band| [band.lower, band.upper]));
    let (lowest, highest) = extent(measured.chain(bands))?;
    // Points that make no line are compared with zero, as an area is.
    let from_zero = options.area || only_time(series).is_some() || lowest <= highest * 0.5;
    let low = if lowest >= 0.0 && from_zero { 0.0 } else { lowest };
    let high = if highest > low { highest } else { low + if low == 0.0 { 1.0 } else { low.abs() * 0.1 } };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a few")]
    let count = (options.height / 56.0).clamp(2.0, 8.0) as usize;
    let mut ticks = ticks::nice(low, high, count, options.unit);
    // No axis below zero for what cannot be negative, nor above a hundred percent.
    ticks.retain(|tick| {
        (lowest < 0.0 || *tick > -1e-9)
            && (options.unit != Unit::Percent || highest > 100.0 || *tick < 100.0 + 1e-9)
    });
    Some(ticks)
}

/// Lays out a chart; `None` when there is no value to show.
pub(crate) fn lay_out(series: &[Series], markers: &[Marker], options: &Options) -> Option<Lines> {
    let ticks = vertical(series, options)?;
    let mut stops: Vec<f64> =
        series.iter().flat_map(|series| series.points.iter().map(|point| point.0)).collect();
    stops.retain(|stop| stop.is_finite());
    stops.sort_by(f64::total_cmp);
    stops.dedup();
    let (first, last) = (*stops.first()?, *stops.last()?);
    let labels: Vec<String> = ticks.iter().map(|tick| options.unit.tick(*tick)).collect();
    let frame = Frame::new(options.width, options.height, labels.iter().map(|label| label.chars().count()));
    let x = Linear::new((first, last), (frame.left, frame.right));
    let y = Linear::new((*ticks.first()?, *ticks.last()?), (frame.bottom, frame.top));
    let y_ticks = ticks.iter().zip(labels).map(|(tick, label)| Tick { at: y.pixel(*tick), label }).collect();
    let x_ticks = calendar::ticks(first, last, frame.fitting(6))
        .into_iter()
        .map(|tick| Tick { at: x.pixel(tick.at), label: tick.label })
        .collect();
    let lines = series
        .iter()
        .enumerate()
        .map(|(index, series)| draw(series, index, &x, &y, &frame, options.area))
        .collect();
    let markers = markers
        .iter()
        .filter(|marker| marker.x >= first && marker.x <= last)
        .map(|marker| (x.pixel(marker.x), marker.colour.class(7)))
        .collect();
    let stop_pixels = stops.iter().map(|stop| x.pixel(*stop)).collect();
    let alone = only_time(series)
        .map(|at| written_out(&readings(series, at), x.pixel(at), &y, &frame, options.unit))
        .unwrap_or_default();
    Some(Lines { frame, x_ticks, y_ticks, lines, markers, stops, stop_pixels, y, alone })
}

/// The values of one time, with their series' names where there are several; those that would lie upon another's are
/// left to the tooltip.
fn written_out(readings: &[Reading], x: f64, y: &Linear, frame: &Frame, unit: Unit) -> Vec<Value> {
    const LINE_HEIGHT: f64 = 14.0;
    let mut values: Vec<Value> = readings
        .iter()
        .filter_map(|reading| {
            let value = reading.value.filter(|value| value.is_finite())?;
            let exact = unit.exact(value);
            let text = if readings.len() == 1 { exact } else { format!("{}: {exact}", reading.name) };
            let leftwards = x > (frame.left + frame.right) / 2.0 + 1.0;
            Some(Value { x, y: y.pixel(value), leftwards, text })
        })
        .collect();
    values.sort_by(|one, other| one.y.total_cmp(&other.y));
    let mut free_from = f64::NEG_INFINITY;
    values.retain(|value| {
        let free = value.y >= free_from;
        if free {
            free_from = value.y + LINE_HEIGHT;
        }
        free
    });
    values
}

fn draw(series: &Series, index: usize, x: &Linear, y: &Linear, frame: &Frame, area: bool) -> Line {
    let pixels = series.points.iter().map(|(at, value)| (x.pixel(*at), value.map(|value| y.pixel(value))));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a width in pixels")]
    let limit = ((frame.right - frame.left).max(2.0) * 2.0) as usize;
    let runs: Vec<Vec<Point>> = path::runs(pixels).iter().map(|run| downsample(run, limit)).collect();
    let joined = |draw: &dyn Fn(&[Point]) -> String| runs.iter().map(|run| draw(run)).collect::<String>();
    let dots = runs.iter().filter(|run| run.len() == 1).map(|run| path::line(run)).collect();
    let inside = |value: f64| y.pixel(value).max(frame.top).min(frame.bottom);
    let edge = |value: fn(&crate::series::BandPoint) -> f64| -> Vec<Point> {
        series
            .band
            .iter()
            .map(|band| (x.pixel(band.x).max(frame.left).min(frame.right), inside(value(band))))
            .collect()
    };
    Line {
        class: series.colour.class(index),
        line: joined(&path::line),
        dots,
        area: if area { joined(&|run| path::area(run, frame.bottom)) } else { String::new() },
        band: path::band(&edge(|band| band.upper), &edge(|band| band.lower)),
    }
}

/// A series at a time: its place, its value if it has one there, and the range expected there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    pub(crate) name: String,
    pub(crate) class: &'static str,
    pub(crate) value: Option<f64>,
    pub(crate) expected: Option<(f64, f64)>,
}

/// What every series that has a point or a gap at `at` says there.
pub(crate) fn readings(series: &[Series], at: f64) -> Vec<Reading> {
    series
        .iter()
        .enumerate()
        .filter_map(|(index, series)| {
            let found = series.points.binary_search_by(|point| point.0.total_cmp(&at)).ok()?;
            let expected = series.band.binary_search_by(|band| band.x.total_cmp(&at)).ok();
            Some(Reading {
                name: series.name.clone(),
                class: series.colour.class(index),
                value: series.points[found].1,
                expected: expected.map(|band| (series.band[band].lower, series.band[band].upper)),
            })
        })
        .collect()
}

fn milliseconds(at: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "saturates, which is as much as can be shown")]
    let millis = at as i64;
    millis
}

/// A time as the tooltip says it.
pub(crate) fn moment(at: f64) -> String {
    format::date_time(milliseconds(at))
}

/// The chart in words.
pub(crate) fn summary(label: &str, series: &[Series], unit: Unit) -> String {
    let times = series.iter().flat_map(|series| series.points.iter().map(|point| point.0));
    let Some((first, last)) = extent(times) else {
        return format!("{label}: no data");
    };
    let mut out =
        format!("{label}, {} to {}.", format::date(milliseconds(first)), format::date(milliseconds(last)));
    for series in series {
        let values = || series.points.iter().filter_map(|point| point.1);
        if let (Some((low, high)), Some(latest)) = (extent(values()), values().next_back()) {
            out.push_str(&format!(
                " {}: latest {}, lowest {}, highest {}.",
                series.name,
                unit.exact(latest),
                unit.exact(low),
                unit.exact(high)
            ));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::Colour;
    use crate::series::BandPoint;

    const DAY: f64 = 86_400_000.0;

    fn options(unit: Unit) -> Options {
        Options { width: 600.0, height: 240.0, unit, area: false }
    }

    fn daily(values: &[Option<f64>]) -> Series {
        let points = values.iter().enumerate().map(|(day, value)| (day as f64 * DAY, *value)).collect();
        Series::new("shop-db", points)
    }

    #[test]
    fn nothing_measured_is_no_chart() {
        assert_eq!(lay_out(&[], &[], &options(Unit::Number)), None);
        assert_eq!(lay_out(&[daily(&[None, None])], &[], &options(Unit::Number)), None);
        assert_eq!(summary("Freshness", &[], Unit::Seconds), "Freshness: no data");
    }

    #[test]
    fn a_gap_makes_two_lines() {
        let series = [daily(&[Some(1.0), Some(2.0), None, Some(4.0), Some(3.0)])];
        let lines = lay_out(&series, &[], &options(Unit::Number)).unwrap();
        assert_eq!(lines.lines[0].line.matches('M').count(), 2);
        assert_eq!(lines.stops.len(), 5);
    }

    #[test]
    fn a_point_between_gaps_is_a_dot() {
        let series = [daily(&[Some(1.0), Some(2.0), None, Some(4.0), None])];
        let lines = lay_out(&series, &[], &options(Unit::Number)).unwrap();
        assert_eq!(lines.lines[0].dots.matches('M').count(), 1);
        assert_eq!(lines.alone, []);
    }

    #[test]
    fn what_was_measured_once_is_written_out_over_an_axis_from_zero() {
        let [mut orders, mut customers] =
            [daily(&[None, Some(1200.0)]), daily(&[Some(f64::NAN), Some(300.0)])];
        orders.name = "orders".to_owned();
        customers.name = "customers".to_owned();
        let alone = |series: &[Series]| {
            let lines = lay_out(series, &[], &options(Unit::Count)).unwrap();
            assert_eq!(lines.y_ticks[0].label, "0");
            let text = |value: &Value| value.text.clone();
            (lines.alone.iter().map(text).collect::<Vec<_>>(), lines.alone[0].leftwards)
        };
        // The time of a gap is a stop as well: the point is at the right end.
        assert_eq!(alone(&[orders.clone()]), (vec!["1,200".to_owned()], true));
        let both = ["orders: 1,200", "customers: 300"].map(str::to_owned).to_vec();
        assert_eq!(alone(&[orders.clone(), customers]), (both, true));
        let twin = Series { name: "twin".to_owned(), ..orders.clone() };
        assert_eq!(alone(&[orders, twin]), (vec!["orders: 1,200".to_owned()], true));
    }

    #[test]
    fn a_share_never_has_an_axis_beyond_none_and_all() {
        for values in [[0.0, 0.0], [99.0, 100.0], [0.0, 100.0], [42.0, 42.0]] {
            let series = [daily(&values.map(Some))];
            let ticks = vertical(&series, &options(Unit::Percent)).unwrap();
            assert!(ticks.len() >= 2, "{values:?}: {ticks:?}");
            assert!(ticks[0] >= 0.0 && ticks[ticks.len() - 1] <= 100.0 + 1e-9, "{values:?}: {ticks:?}");
        }
    }

    #[test]
    fn the_band_stays_inside_the_plot() {
        let mut series = daily(&[Some(10.0), Some(12.0)]);
        series.band = vec![
            BandPoint { x: 0.0, lower: 8.0, upper: 14.0 },
            BandPoint { x: DAY, lower: 9.0, upper: 15.0 },
        ];
        let lines = lay_out(&[series.clone()], &[], &options(Unit::Number)).unwrap();
        assert!(lines.lines[0].band.starts_with('M') && lines.lines[0].band.ends_with('Z'));
        let reading = readings(&[series], DAY);
        assert_eq!((reading[0].value, reading[0].expected), (Some(12.0), Some((9.0, 15.0))));
    }

    #[test]
    fn a_marker_outside_the_time_shown_is_left_out() {
        let marker = |x| Marker { x, label: "Deploy".to_owned(), colour: Colour::Neutral };
        let lines = lay_out(
            &[daily(&[Some(1.0), Some(2.0)])],
            &[marker(DAY / 2.0), marker(DAY * 9.0)],
            &options(Unit::Count),
        )
        .unwrap();
        assert_eq!(lines.markers.len(), 1);
    }

    #[test]
    fn the_words_give_the_latest_and_the_range() {
        let words = summary("Null rate", &[daily(&[Some(1.0), Some(4.5), None])], Unit::Percent);
        assert_eq!(
            words,
            "Null rate, 1 Jan 1970 to 3 Jan 1970. shop-db: latest 4.5%, lowest 1%, highest 4.5%."
        );
    }
}
