//! The season of a series: which days, or hours, differ from the others by themselves.

use serde::{Deserialize, Serialize};
use types::Timestamp;

use super::{calendar, robust};

/// A finer season has to lower the leave-one-out error to this share of the coarser one's.
pub(super) const BETTER: f64 = 0.8;
/// Residuals count for no more than this many deviations when seasons are compared: one wild day chooses none.
const CLIP: f64 = 6.0;
/// A day of the month, or an hour, has an effect of its own only if it stands out by as many standard errors.
const STANDS_OUT: f64 = 3.0;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    None,
    Weekend,
    DayOfWeek,
    DayOfMonth,
    HourOfWeek,
}

impl Kind {
    fn slots(self) -> usize {
        match self {
            Self::None => 1,
            Self::Weekend => 2,
            Self::DayOfWeek => 7,
            Self::DayOfMonth => 32,
            Self::HourOfWeek => 168,
        }
    }

    fn slot(self, at: Timestamp) -> usize {
        match self {
            Self::None => 0,
            Self::Weekend => usize::from(calendar::is_weekend(at)),
            Self::DayOfWeek => calendar::weekday(at),
            Self::DayOfMonth => calendar::day_of_month(at),
            Self::HourOfWeek => calendar::hour_of_week(at),
        }
    }

    /// Most slots are like the others: only those that stand out have an effect.
    fn is_sparse(self) -> bool {
        matches!(self, Self::DayOfMonth | Self::HourOfWeek)
    }

    /// Points that each slot needs.
    fn fewest(self) -> usize {
        match self {
            Self::None => 0,
            // Three months have three last days.
            Self::DayOfWeek | Self::DayOfMonth | Self::HourOfWeek => 3,
            Self::Weekend => 4,
        }
    }

    fn days_needed(self) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Weekend => 13.0,
            Self::DayOfWeek | Self::HourOfWeek => 27.0,
            Self::DayOfMonth => 88.0,
        }
    }
}

/// Effects by slot, on the transformed scale, added to the level.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Season {
    kind: Kind,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    effects: Vec<f64>,
    /// How many points each effect was learnt from; 0 where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    points: Vec<u16>,
}

/// A value of the history on the transformed scale, without level and trend.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value {
    pub(super) at: Timestamp,
    pub(super) value: f64,
}

/// A season with what it leaves unexplained of each value, judged by the other values.
pub(super) struct Fitted {
    pub(super) season: Season,
    pub(super) residuals: Vec<f64>,
}

impl Season {
    pub(super) fn name(&self) -> &'static str {
        match self.kind {
            Kind::None => "none",
            Kind::Weekend => "weekend",
            Kind::DayOfWeek => "day_of_week",
            Kind::DayOfMonth => "day_of_month",
            Kind::HourOfWeek => "hour_of_week",
        }
    }

    /// What the season adds at a time.
    pub(super) fn effect(&self, at: Timestamp) -> f64 {
        self.effects.get(self.kind.slot(at)).copied().unwrap_or(0.0)
    }

    /// By how much an effect learnt from few points widens the bounds.
    pub(super) fn widening(&self, at: Timestamp) -> f64 {
        let points = self.points.get(self.kind.slot(at)).copied().unwrap_or(0);
        if points == 0 { 1.0 } else { (1.0 + robust::MEDIAN_ERROR.powi(2) / f64::from(points)).sqrt() }
    }
}

/// Whether a history has seen enough weekends to say what they are like. Until then a quiet Saturday is no news.
pub(super) fn knows_weekends(mut times: impl DoubleEndedIterator<Item = Timestamp> + Clone) -> bool {
    let seen = times.clone().filter(|at| calendar::is_weekend(*at)).count();
    let (Some(first), Some(last)) = (times.next(), times.next_back()) else {
        return false;
    };
    calendar::days_between(first, last) >= Kind::Weekend.days_needed() && seen >= Kind::Weekend.fewest()
}

/// Chooses the season: a finer one only if it explains enough. `floor` is the spread that is noise anyway.
pub(super) fn choose(values: &[Value], floor: f64) -> Fitted {
    let mut best = fitted(values, Kind::None);
    let clip = CLIP * robust::deviation(best.residuals.iter().copied()).max(floor);
    let error = |fitted: &Fitted| robust::clipped_error(fitted.residuals.iter().copied(), clip);
    let mut least = error(&best);
    let (Some(first), Some(last)) = (values.first(), values.last()) else {
        return best;
    };
    let days = calendar::days_between(first.at, last.at);
    let many_a_day = values.len() as f64 > 2.5 * (days + 1.0);
    for kind in [Kind::Weekend, Kind::DayOfWeek, Kind::DayOfMonth, Kind::HourOfWeek] {
        let fits = days >= kind.days_needed() && (kind != Kind::HourOfWeek || many_a_day);
        if least <= floor / 2.0 || !fits {
            continue;
        }
        let candidate = fitted(values, kind);
        let candidate_error = error(&candidate);
        if candidate_error < BETTER * least {
            (best, least) = (candidate, candidate_error);
        }
    }
    best
}

fn fitted(values: &[Value], kind: Kind) -> Fitted {
    let mut order: Vec<(usize, f64, usize)> =
        values.iter().enumerate().map(|(index, value)| (kind.slot(value.at), value.value, index)).collect();
    order.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let overall = if kind == Kind::None {
        0.0
    } else {
        robust::median(&mut values.iter().map(|value| value.value).collect::<Vec<_>>())
    };
    let mut residuals = vec![0.0; values.len()];
    let mut effects = vec![0.0; kind.slots()];
    let mut points = vec![0_u16; kind.slots()];
    let groups = || order.chunk_by(|a, b| a.0 == b.0);
    let mut sorted: Vec<f64> = Vec::new();
    for group in groups() {
        sorted.clear();
        sorted.extend(group.iter().map(|(_, value, _)| *value));
        for (place, (_, value, index)) in group.iter().enumerate() {
            let others = robust::median_without(&sorted, place).unwrap_or(overall);
            residuals[*index] = value - others;
        }
        effects[group[0].0] = robust::median_sorted(&sorted) - overall;
        points[group[0].0] = u16::try_from(group.len()).unwrap_or(u16::MAX);
    }
    if kind == Kind::None {
        return Fitted { season: Season::default(), residuals };
    }
    let spread = robust::deviation(residuals.iter().copied());
    for group in groups() {
        let slot = group[0].0;
        let error = robust::MEDIAN_ERROR * spread / (group.len() as f64).sqrt();
        let too_few = group.len() < kind.fewest();
        if too_few || (kind.is_sparse() && effects[slot].abs() <= STANDS_OUT * error) {
            (effects[slot], points[slot]) = (0.0, 0);
            for (_, value, index) in group {
                residuals[*index] = value - overall;
            }
        }
    }
    Fitted { season: Season { kind, effects, points }, residuals }
}
