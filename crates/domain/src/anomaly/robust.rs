//! Statistics that a few wild values do not move.

/// Makes a MAD comparable with a standard deviation.
const MAD_TO_DEVIATION: f64 = 1.4826;

/// Standard error of a median, in standard errors of a mean.
pub(super) const MEDIAN_ERROR: f64 = 1.2533;

/// The median; 0 of nothing. The order of the values is lost.
pub(super) fn median(values: &mut [f64]) -> f64 {
    let count = values.len();
    if count == 0 {
        return 0.0;
    }
    let (below, middle, _) = values.select_nth_unstable_by(count / 2, f64::total_cmp);
    let upper = *middle;
    if count % 2 == 1 {
        return upper;
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    lower.midpoint(upper)
}

/// The median of sorted values without the one at `out`.
pub(super) fn median_without(sorted: &[f64], out: usize) -> Option<f64> {
    let count = sorted.len().checked_sub(1).filter(|count| *count > 0)?;
    let at = |place: usize| sorted[if place < out { place } else { place + 1 }];
    let upper = at(count / 2);
    Some(if count % 2 == 1 { upper } else { at(count / 2 - 1).midpoint(upper) })
}

/// The median of sorted values; 0 of nothing.
pub(super) fn median_sorted(sorted: &[f64]) -> f64 {
    let count = sorted.len();
    match count {
        0 => 0.0,
        _ if count % 2 == 1 => sorted[count / 2],
        _ => sorted[count / 2 - 1].midpoint(sorted[count / 2]),
    }
}

/// The robust standard deviation of values around 0.
///
/// Where more than half of them are the same, the MAD is 0 and says nothing: then the mean square, if it is of enough
/// values to mean something.
pub(super) fn deviation(residuals: impl Iterator<Item = f64> + Clone) -> f64 {
    let mut sizes: Vec<f64> = residuals.clone().map(f64::abs).collect();
    let robust = MAD_TO_DEVIATION * median(&mut sizes);
    if robust > 0.0 || sizes.len() < 30 {
        return robust;
    }
    (sizes.iter().map(|size| size * size).sum::<f64>() / sizes.len() as f64).sqrt()
}

/// The root of the mean square, where no residual counts for more than `most`.
pub(super) fn clipped_error(residuals: impl Iterator<Item = f64>, most: f64) -> f64 {
    let (sum, count) = residuals.fold((0.0, 0_usize), |(sum, count), residual| {
        let size = residual.abs().min(most);
        (sum + size * size, count + 1)
    });
    if count == 0 { 0.0 } else { (sum / count as f64).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_in_the_middle() {
        let cases: [(&[f64], f64); 4] =
            [(&[], 0.0), (&[3.0], 3.0), (&[5.0, 1.0], 3.0), (&[9.0, 1.0, 2.0], 2.0)];
        for (values, expected) in cases {
            assert_eq!(median(&mut values.to_vec()), expected, "{values:?}");
        }
    }

    #[test]
    fn a_median_without_one_value_is_that_of_the_others() {
        let sorted = [1.0, 2.0, 4.0, 8.0, 16.0];
        for out in 0..sorted.len() {
            let mut others: Vec<f64> = sorted.to_vec();
            others.remove(out);
            assert_eq!(median_without(&sorted, out), Some(median(&mut others)));
        }
        assert_eq!(median_without(&[1.0], 0), None);
    }

    #[test]
    fn wild_values_do_not_widen_the_deviation() {
        let calm = [1.0, -1.0, 0.5, -0.5, 1.0, -1.0, 0.8, -0.8];
        let mut wild = calm;
        wild[0] = 1_000.0;
        assert_eq!(deviation(calm.iter().copied()), deviation(wild.iter().copied()));
        assert_eq!(clipped_error([3.0, -4.0].into_iter(), 3.0), 3.0);
    }
}
