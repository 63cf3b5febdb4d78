//! Fits a model to a history.

use types::Timestamp;
use types::incident::LevelShift;

use super::increments::increments;
use super::season::{self, Fitted, Season, Value};
use super::tail::Tail;
use super::transform::Transform;
use super::{LEARNING_POINTS, Mark, Metric, Model, Sample, State, calendar, level, robust};

/// The newest points that count: six weeks of hours, or years of days.
const MOST_POINTS: usize = 1_024;

/// A Poisson's square roots spread by 1; so many points do not tell more apart.
const POISSON_SPREAD: f64 = 1.3;

/// A point on the transformed scale.
struct Point {
    at: Timestamp,
    value: f64,
    /// Days from the newest point: 0 or negative.
    days: f64,
    /// Part of the baseline.
    ordinary: bool,
}

/// Fits a model to a history in the order of time. Confirmed anomalies and values that are no numbers are left out;
/// suspect points are, unless they begin a new level.
///
/// The point that is to be judged must not be in it.
#[must_use]
pub fn fit(metric: Metric, history: &[Sample]) -> Model {
    let usable: Vec<Sample> = history
        .iter()
        .filter(|sample| sample.mark != Mark::Anomaly && sample.value.is_finite())
        .copied()
        .collect();
    let usable = &usable[usable.len().saturating_sub(MOST_POINTS)..];
    let usable = relearned(usable);
    let baseline = || usable.iter().filter(|sample| sample.mark != Mark::Suspect).map(|sample| sample.value);
    let (increments, judged) = match increments(metric, &usable) {
        Some((increments, added)) => (Some(increments), added),
        None => (None, usable.clone()),
    };
    let ordinary = judged.iter().filter(|sample| sample.mark != Mark::Suspect);
    let usual = robust::median(&mut ordinary.map(|sample| sample.value).collect::<Vec<_>>());
    let transform = Transform::of(metric, usual);
    let floor = transform.floor(metric, usual).max(f64::MIN_POSITIVE);
    let anchor = judged.last().map_or(Timestamp(chrono::DateTime::UNIX_EPOCH), |sample| sample.at);
    let points: Vec<Point> = judged
        .iter()
        .map(|sample| Point {
            at: sample.at,
            value: transform.apply(sample.value),
            days: calendar::days_between(anchor, sample.at),
            ordinary: sample.mark != Mark::Suspect,
        })
        .collect();
    let Shape { path, fitted } = shape(points, floor);
    let count = fitted.residuals.len();
    let plain = robust::deviation(fitted.residuals.iter().copied());
    // Small counts that vary no more than a Poisson are one, and its tail is known.
    let poisson = transform == Transform::SquareRoot && plain <= POISSON_SPREAD;
    let plain = if poisson { 1.0 } else { plain };
    let unit = plain.max(floor);
    let on_level = (judged.len() - path.start()).max(1) as f64;
    // A spread from few points, and a level from few, are uncertain themselves.
    let uncertainty =
        (1.0 + 4.0 / count.max(1) as f64) * (1.0 + robust::MEDIAN_ERROR.powi(2) / on_level).sqrt();
    let seen = usable.len();
    let times = judged.iter().map(|sample| sample.at);
    let scale = increments.map_or(1.0, |increments| increments.per_day());
    let shown = |level: f64| match metric {
        Metric::RowCount => (scale * transform.undo(level)).max(0.0),
        Metric::Percent => transform.undo(level).clamp(0.0, 100.0),
        Metric::Gauge => transform.undo(level),
    };
    Model {
        metric,
        points: seen,
        state: if seen < LEARNING_POINTS {
            State::Learning { seen, needed: LEARNING_POINTS }
        } else {
            State::Active
        },
        shift: path.before().map(|before| LevelShift {
            at: judged[path.start()].at,
            before: shown(before),
            after: shown(path.now()),
            per_day: increments.is_some(),
        }),
        transform,
        increments,
        level: path.now(),
        slope: path.slope,
        anchor,
        spread: plain * uncertainty,
        tail: if poisson {
            Tail::default()
        } else {
            Tail::of(fitted.residuals.iter().map(|residual| residual.abs() / unit).collect())
        },
        season: fitted.season,
        weekends_unknown: metric == Metric::RowCount && !season::knows_weekends(times),
        least: baseline().fold(f64::INFINITY, f64::min),
        middle: robust::median(&mut baseline().collect::<Vec<_>>()),
    }
}

/// Where the detector doubts a quarter of the recent points, it is the model that is wrong: all count again.
fn relearned(usable: &[Sample]) -> Vec<Sample> {
    let recent = &usable[usable.len().saturating_sub(28)..];
    let suspects = recent.iter().filter(|sample| sample.mark == Mark::Suspect).count();
    let mark = |sample: &Sample| match sample.mark {
        Mark::Suspect if suspects * 4 > recent.len() => Mark::None,
        mark => mark,
    };
    usable.iter().map(|sample| Sample { mark: mark(sample), ..*sample }).collect()
}

struct Shape {
    path: level::Path,
    fitted: Fitted,
}

/// Level and season hide each other, so that each is looked for twice, without the other.
fn shape(mut points: Vec<Point>, floor: f64) -> Shape {
    let days: Vec<f64> = points.iter().map(|point| point.days).collect();
    let mut season = Season::default();
    let mut round = 0;
    loop {
        let bare: Vec<f64> = points.iter().map(|point| point.value - season.effect(point.at)).collect();
        let path = level::path(&bare, &days, floor);
        readmit(&mut points, &bare, &path, floor);
        let values: Vec<Value> = points
            .iter()
            .enumerate()
            .filter(|(_, point)| point.ordinary)
            .map(|(index, point)| Value { at: point.at, value: point.value - path.at(index, point.days) })
            .collect();
        let fitted = season::choose(&values, floor);
        round += 1;
        if round == 3 || fitted.season == season {
            return Shape { path, fitted };
        }
        season = fitted.season;
    }
}

/// Suspect points that turned out to begin a new level are ordinary after all.
fn readmit(points: &mut [Point], bare: &[f64], path: &level::Path, floor: f64) {
    let start = path.start();
    if start == 0 {
        return;
    }
    let residual = |index: usize, point: &Point| bare[index] - path.at(index, point.days);
    let of_level = points.iter().enumerate().skip(start).map(|(index, point)| residual(index, point));
    let spread = robust::deviation(of_level).max(floor);
    for (index, point) in points.iter_mut().enumerate().skip(start) {
        point.ordinary |= residual(index, point).abs() <= 4.0 * spread;
    }
}
