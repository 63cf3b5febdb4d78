//! Where the bars of a chart go; pure.

use crate::axis::{Frame, Tick};
use crate::path;
use crate::plot::Stops;
use crate::scale::{Band, Linear};
use crate::series::BarSeries;
use crate::ticks;
use crate::unit::Unit;

/// A bar in pixels.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bar {
    pub(crate) category: usize,
    pub(crate) class: &'static str,
    pub(crate) path: String,
}

/// A whole chart in pixels.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bars {
    pub(crate) frame: Frame,
    pub(crate) band: Band,
    pub(crate) x_ticks: Vec<Tick>,
    pub(crate) y_ticks: Vec<Tick>,
    pub(crate) bars: Vec<Bar>,
}

impl Stops for Bars {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn count(&self) -> usize {
        self.band.count()
    }

    fn at(&self, x: f64) -> Option<usize> {
        self.band.at(x)
    }

    fn pixel(&self, stop: usize) -> Option<f64> {
        Some(self.band.centre(stop))
    }
}

fn value(series: &BarSeries, category: usize) -> f64 {
    series.values.get(category).copied().filter(|value| value.is_finite()).unwrap_or_default()
}

/// Lays out a chart; `None` when no bar has a height. Bars of a category stand side by side, or on each other when
/// `stacked`, which is for values that are not negative.
pub(crate) fn lay_out(
    categories: &[String],
    series: &[BarSeries],
    unit: Unit,
    stacked: bool,
    (width, height): (f64, f64),
) -> Option<Bars> {
    let mut range = (0.0_f64, 0.0_f64);
    for category in 0..categories.len() {
        let values = series.iter().map(|series| value(series, category));
        if stacked {
            range.1 = range.1.max(values.map(|value| value.max(0.0)).sum());
        } else {
            range = values.fold(range, |(low, high), value| (low.min(value), high.max(value)));
        }
    }
    if range == (0.0, 0.0) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a few")]
    let count = (height / 56.0).clamp(2.0, 8.0) as usize;
    let ticks = ticks::nice(range.0, range.1, count, unit);
    let labels: Vec<String> = ticks.iter().map(|tick| unit.tick(*tick)).collect();
    let frame = Frame::new(width, height, labels.iter().map(|label| label.chars().count()));
    let y = Linear::new((*ticks.first()?, *ticks.last()?), (frame.bottom, frame.top));
    let band = Band::new(categories.len(), (frame.left, frame.right));
    let mut bars = Vec::new();
    for category in 0..categories.len() {
        let mut below = 0.0;
        for (index, one) in series.iter().enumerate() {
            let amount = value(one, category);
            if amount == 0.0 {
                continue;
            }
            let colour = one.colours.get(category).copied().unwrap_or(one.colour);
            let (left, width, base) = if stacked {
                (band.left(category), band.width().min(48.0), y.pixel(below))
            } else {
                #[expect(clippy::cast_precision_loss, reason = "a handful of series")]
                let (index, count) = (index as f64, series.len() as f64);
                let width = band.width() / count;
                (band.left(category) + index * width, (width - 1.0).clamp(1.0, 48.0), y.pixel(0.0))
            };
            // A narrow bar stays in the middle of its share.
            let share =
                if stacked || series.len() == 1 { (band.width() - width).max(0.0) / 2.0 } else { 0.0 };
            let top = y.pixel(below + amount);
            let rise = (base - top).abs().max(1.0) * amount.signum();
            bars.push(Bar {
                category,
                class: colour.class(index),
                path: path::bar(left + share, base, width, rise),
            });
            if stacked {
                below += amount.max(0.0);
            }
        }
    }
    let y_ticks = ticks.iter().zip(labels).map(|(tick, label)| Tick { at: y.pixel(*tick), label }).collect();
    Some(Bars { frame, band, x_ticks: spread(categories, &frame, &band), y_ticks, bars })
}

/// The labels of as many categories as fit, evenly.
fn spread(categories: &[String], frame: &Frame, band: &Band) -> Vec<Tick> {
    let longest = categories.iter().map(|label| label.chars().count()).max().unwrap_or_default();
    let every = categories.len().div_ceil(frame.fitting(longest).max(1)).max(1);
    categories
        .iter()
        .enumerate()
        .step_by(every)
        .map(|(index, label)| Tick { at: band.centre(index), label: label.clone() })
        .collect()
}

/// The chart in words: the category with the most, and the sum of each series.
pub(crate) fn summary(label: &str, categories: &[String], series: &[BarSeries], unit: Unit) -> String {
    let total = |category: usize| series.iter().map(|one| value(one, category)).sum::<f64>();
    let most = (0..categories.len()).max_by(|one, other| total(*one).total_cmp(&total(*other)));
    let Some(most) = most.filter(|most| total(*most) != 0.0) else {
        return format!("{label}: no data");
    };
    let mut out = format!("{label}. Most: {}, {}.", categories[most], unit.exact(total(most)));
    if matches!(unit, Unit::Count | Unit::Number) {
        for one in series {
            let sum = (0..categories.len()).map(|category| value(one, category)).sum();
            out.push_str(&format!(" {}: {} in all.", one.name, unit.exact(sum)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::Colour;

    fn named(count: usize) -> Vec<String> {
        (0..count).map(|index| format!("{} Nov", index + 1)).collect()
    }

    fn series(values: &[f64]) -> BarSeries {
        BarSeries { name: "Breaking".to_owned(), values: values.to_vec(), ..BarSeries::default() }
    }

    #[test]
    fn only_zeros_are_no_chart() {
        assert_eq!(lay_out(&named(3), &[series(&[0.0, 0.0])], Unit::Count, false, (400.0, 200.0)), None);
        assert_eq!(summary("Drift", &named(3), &[series(&[])], Unit::Count), "Drift: no data");
    }

    #[test]
    fn each_value_that_is_not_zero_has_a_bar_in_its_colour() {
        let one = BarSeries { colours: vec![Colour::Bad], ..series(&[2.0, 0.0, 1.0]) };
        let bars = lay_out(&named(3), &[one], Unit::Count, false, (400.0, 200.0)).unwrap();
        let seen: Vec<(usize, &str)> = bars.bars.iter().map(|bar| (bar.category, bar.class)).collect();
        assert_eq!(seen, [(0, "chart-bad"), (2, "chart-1")]);
    }

    #[test]
    fn stacked_bars_share_one_axis_with_their_sum() {
        let both = [series(&[3.0]), series(&[4.0])];
        let stacked = lay_out(&named(1), &both, Unit::Count, true, (400.0, 200.0)).unwrap();
        assert_eq!(stacked.y_ticks.last().unwrap().label, "10");
        let grouped = lay_out(&named(1), &both, Unit::Count, false, (400.0, 200.0)).unwrap();
        assert_eq!(grouped.y_ticks.last().unwrap().label, "4");
    }

    #[test]
    fn labels_that_do_not_fit_are_left_out_evenly() {
        let bars = lay_out(&named(90), &[series(&[1.0; 90])], Unit::Count, false, (400.0, 200.0)).unwrap();
        assert!(bars.x_ticks.len() <= 8, "{}", bars.x_ticks.len());
        let gaps: Vec<f64> = bars.x_ticks.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
        assert!(gaps.iter().all(|gap| (gap - gaps[0]).abs() < 1e-6));
    }
}
