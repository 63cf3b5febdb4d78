//! Counts what a detector found of what was there.

use std::fmt;

use domain::anomaly::{Sensitivity, preview};

use crate::corpus::Series;

/// What a detector did on some series.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) events: usize,
    pub(crate) found: usize,
    pub(crate) clean_points: usize,
    pub(crate) false_alarms: usize,
}

impl Tally {
    /// Adds a series; `alarms` says which of its judged points raised one.
    pub(crate) fn add(&mut self, series: &Series, alarms: &[bool]) {
        let judged = series.judged_from..series.samples.len();
        for event in &series.events {
            self.events += 1;
            self.found += usize::from(event.clone().any(|index| alarms[index - judged.start]));
        }
        for index in judged.clone() {
            if !series.events.iter().any(|event| event.contains(&index)) {
                self.clean_points += 1;
                self.false_alarms += usize::from(alarms[index - judged.start]);
            }
        }
    }

    pub(crate) fn recall(&self) -> f64 {
        self.found as f64 / self.events as f64
    }

    pub(crate) fn false_alarms_per_thousand(&self) -> f64 {
        self.false_alarms as f64 * 1_000.0 / self.clean_points as f64
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "recall {:5.1} % of {}, {:6.2} false alarms per 1,000 of {} points",
            self.recall() * 100.0,
            self.events,
            self.false_alarms_per_thousand(),
            self.clean_points
        )
    }
}

/// Which judged points would have alarmed somebody.
pub(crate) fn bastion(series: &Series) -> Vec<bool> {
    let last = series.samples.len() - series.judged_from;
    let replay = preview(series.metric, &series.samples, last, Sensitivity::Medium, |_| true);
    replay.outcomes.iter().map(|outcome| outcome.alarm).collect()
}

/// Elementary's defaults: (value − mean) / standard deviation over fourteen days that end with the value itself, beyond
/// three, in both directions, no season (`get_anomaly_scores_query.sql`, `get_config_var.sql`).
pub(crate) fn elementary(series: &Series) -> Vec<bool> {
    const TRAINING: usize = 14;
    let values: Vec<f64> = series.samples.iter().map(|sample| sample.value).collect();
    (series.judged_from..values.len())
        .map(|index| {
            let window = &values[(index + 1).saturating_sub(TRAINING)..=index];
            let count = window.len() as f64;
            let mean = window.iter().sum::<f64>() / count;
            let variance = window.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
            variance > 0.0 && ((values[index] - mean) / variance.sqrt()).abs() > 3.0
        })
        .collect()
}
