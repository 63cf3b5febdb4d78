use crate::unit::Unit;

/// Seconds.
const MINUTE: f64 = 60.0;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;

/// Steps between two durations that a clock or a calendar has a name for, ascending.
const DURATIONS: [f64; 22] = [
    1.0,
    2.0,
    5.0,
    10.0,
    30.0,
    MINUTE,
    2.0 * MINUTE,
    5.0 * MINUTE,
    10.0 * MINUTE,
    30.0 * MINUTE,
    HOUR,
    2.0 * HOUR,
    3.0 * HOUR,
    6.0 * HOUR,
    12.0 * HOUR,
    DAY,
    2.0 * DAY,
    5.0 * DAY,
    7.0 * DAY,
    10.0 * DAY,
    14.0 * DAY,
    30.0 * DAY,
];

/// The smallest named duration that divides `span` seconds into at most about `count` parts; beyond a month round
/// numbers of days.
fn duration_step(span: f64, count: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a handful of ticks")]
    let raw = span / count.max(1) as f64;
    DURATIONS
        .into_iter()
        .find(|step| *step >= raw * (1.0 - 1e-9))
        .unwrap_or_else(|| nice_step(span / DAY, count) * DAY)
}

/// The step of 1, 2 or 5 times a power of ten that divides `span` into at most about `count` parts.
fn nice_step(span: f64, count: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a handful of ticks")]
    let raw = span / count.max(1) as f64;
    #[expect(clippy::cast_possible_truncation, reason = "a double's power of ten has three digits")]
    let power = 10_f64.powi(raw.log10().floor() as i32);
    let factor = match raw / power {
        fraction if fraction <= 1.0 + 1e-9 => 1.0,
        fraction if fraction <= 2.0 + 1e-9 => 2.0,
        fraction if fraction <= 5.0 + 1e-9 => 5.0,
        _ => 10.0,
    };
    factor * power
}

/// Round numbers from at or below `low` to at or above `high`, about `count` steps apart, in steps that suit the unit: no
/// fractions of a count, no odd durations.
///
/// What is not finite gives `0, 1`; a range of one value is widened.
pub(crate) fn nice(low: f64, high: f64, count: usize, unit: Unit) -> Vec<f64> {
    if !low.is_finite() || !high.is_finite() {
        return vec![0.0, 1.0];
    }
    let (low, high) = if low <= high { (low, high) } else { (high, low) };
    // Below this a double cannot tell the steps apart.
    let smallest = low.abs().max(high.abs()) * 1e-9;
    let (low, high) = if high - low <= smallest {
        let half = if low == 0.0 { 0.5 } else { low.abs() * 0.1 };
        (low - half, high + half)
    } else {
        (low, high)
    };
    let step = match unit {
        Unit::Count => nice_step(high - low, count).max(1.0),
        Unit::Seconds => duration_step(high - low, count),
        Unit::Number | Unit::Percent | Unit::Bytes => nice_step(high - low, count),
    };
    let (first, last) = ((low / step + 1e-9).floor(), (high / step - 1e-9).ceil());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a handful of ticks")]
    let steps = (last - first).clamp(1.0, 100.0) as u32;
    (0..=steps).map(|index| (first + f64::from(index)) * step).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ticks_are_round_numbers_around_the_values() {
        assert_eq!(nice(0.0, 97.0, 5, Unit::Number), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(nice(0.0, 3.0, 5, Unit::Count), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(nice(0.0, 0.0, 4, Unit::Count), [-1.0, 0.0, 1.0]);
        assert_eq!(nice(f64::NAN, 1.0, 4, Unit::Number), [0.0, 1.0]);
    }

    #[test]
    fn durations_have_steps_that_a_clock_or_a_calendar_knows() {
        let labels = |low: f64, high: f64| -> Vec<String> {
            nice(low, high, 4, Unit::Seconds).into_iter().map(|tick| Unit::Seconds.tick(tick)).collect()
        };
        assert_eq!(labels(0.0, 100.0), ["0 s", "30 s", "1 min", "1 min 30 s", "2 min"]);
        assert_eq!(labels(0.0, 7.0 * MINUTE), ["0 s", "2 min", "4 min", "6 min", "8 min"]);
        assert_eq!(labels(0.0, 20.0 * HOUR), ["0 s", "6 h", "12 h", "18 h", "1 d"]);
        assert_eq!(labels(4.6 * DAY, 9.2 * DAY), ["4 d", "6 d", "8 d", "10 d"]);
        assert_eq!(labels(0.0, 115.0 * DAY), ["0 s", "30 d", "60 d", "90 d", "120 d"]);
        assert_eq!(labels(0.0, 1900.0 * DAY), ["0 s", "500 d", "1,000 d", "1,500 d", "2,000 d"]);
    }

    proptest! {
        #[test]
        fn ticks_hold_every_value_and_grow_evenly(low in -1e9..1e9, span in 1e-3..1e9, count in 2_usize..10, seconds: bool) {
            let high = low + span;
            let ticks = nice(low, high, count, if seconds { Unit::Seconds } else { Unit::Number });
            let step = ticks[1] - ticks[0];
            let slack = step.abs() * 1e-6;
            prop_assert!(ticks[0] <= low + slack);
            prop_assert!(ticks[ticks.len() - 1] >= high - slack);
            prop_assert!(ticks.len() <= count + 3);
            prop_assert!(ticks.windows(2).all(|pair| pair[1] > pair[0]));
        }
    }
}
