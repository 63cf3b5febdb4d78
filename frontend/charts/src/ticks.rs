/// The step of 1, 2 or 5 times a power of ten that divides `span` into at most about `count` parts.
fn nice_step(span: f64, count: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a handful of ticks")]
    let raw = span / count.max(1) as f64;
    let power = 10_f64.powf(raw.log10().floor());
    let factor = match raw / power {
        fraction if fraction <= 1.0 + 1e-9 => 1.0,
        fraction if fraction <= 2.0 + 1e-9 => 2.0,
        fraction if fraction <= 5.0 + 1e-9 => 5.0,
        _ => 10.0,
    };
    factor * power
}

/// Round numbers from at or below `low` to at or above `high`, about `count` steps apart; `whole` allows no fractions.
///
/// What is not finite gives `0, 1`; a range of one value is widened.
pub(crate) fn nice(low: f64, high: f64, count: usize, whole: bool) -> Vec<f64> {
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
    let step = nice_step(high - low, count);
    let step = if whole { step.max(1.0) } else { step };
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
        assert_eq!(nice(0.0, 97.0, 5, false), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(nice(0.0, 3.0, 5, true), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(nice(0.0, 0.0, 4, true), [-1.0, 0.0, 1.0]);
        assert_eq!(nice(f64::NAN, 1.0, 4, false), [0.0, 1.0]);
    }

    proptest! {
        #[test]
        fn ticks_hold_every_value_and_grow_evenly(low in -1e9..1e9, span in 1e-3..1e9, count in 2_usize..10) {
            let high = low + span;
            let ticks = nice(low, high, count, false);
            let step = ticks[1] - ticks[0];
            let slack = step.abs() * 1e-6;
            prop_assert!(ticks[0] <= low + slack);
            prop_assert!(ticks[ticks.len() - 1] >= high - slack);
            prop_assert!(ticks.len() <= count + 3);
            prop_assert!(ticks.windows(2).all(|pair| pair[1] > pair[0]));
        }
    }
}
