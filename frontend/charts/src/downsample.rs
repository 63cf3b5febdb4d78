/// At most `limit` of the points, chosen so that the line looks the same (largest triangle three buckets,
/// Steinarsson 2013). The first and the last always stay.
pub(crate) fn downsample(points: &[(f64, f64)], limit: usize) -> Vec<(f64, f64)> {
    let count = points.len();
    if count <= limit || limit < 3 {
        return points.to_vec();
    }
    let inner = count - 2;
    let buckets = limit - 2;
    let bound = |bucket: usize| 1 + bucket * inner / buckets;
    let mut out = Vec::with_capacity(limit);
    let mut last = points[0];
    out.push(last);
    for bucket in 0..buckets {
        let following = &points[bound(bucket + 1)..(bound(bucket + 2)).min(count).max(bound(bucket + 1) + 1)];
        #[expect(clippy::cast_precision_loss, reason = "a bucket is short")]
        let size = following.len() as f64;
        let (sum_x, sum_y) =
            following.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
        let mean = (sum_x / size, sum_y / size);
        let area = |point: &(f64, f64)| {
            ((last.0 - mean.0) * (point.1 - last.1) - (last.0 - point.0) * (mean.1 - last.1)).abs()
        };
        let chosen = points[bound(bucket)..bound(bucket + 1)]
            .iter()
            .max_by(|one, other| area(one).total_cmp(&area(other)));
        if let Some(chosen) = chosen {
            last = *chosen;
            out.push(last);
        }
    }
    out.push(points[count - 1]);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_ends_stay_and_the_order_too(count in 3_usize..3000, limit in 3_usize..400, seed in 0_u32..1000) {
            let points: Vec<(f64, f64)> = (0..count)
                .map(|index| (index as f64, f64::from((index as u32).wrapping_mul(2_654_435_761) ^ seed) / 1e6))
                .collect();
            let chosen = downsample(&points, limit);
            prop_assert_eq!(chosen.len(), count.min(limit));
            prop_assert_eq!(chosen[0], points[0]);
            prop_assert_eq!(chosen[chosen.len() - 1], points[count - 1]);
            prop_assert!(chosen.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
    }

    #[test]
    fn a_lone_spike_survives() {
        let mut points: Vec<(f64, f64)> = (0..1000).map(|index| (f64::from(index), 1.0)).collect();
        points[437].1 = 50.0;
        assert!(downsample(&points, 50).contains(&(437.0, 50.0)));
    }
}
