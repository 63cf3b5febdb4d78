/// The index of the value nearest to `wanted` in an ascending list.
pub(crate) fn nearest(sorted: &[f64], wanted: f64) -> Option<usize> {
    let after = sorted.partition_point(|value| *value < wanted);
    match (after.checked_sub(1), sorted.get(after)) {
        (None, None) => None,
        (Some(before), None) => Some(before),
        (None, Some(_)) => Some(after),
        (Some(before), Some(next)) => {
            let closer_before = wanted - sorted[before] <= next - wanted;
            Some(if closer_before { before } else { after })
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_is_nearer(mut values in prop::collection::vec(-1e6..1e6, 1..60), wanted in -2e6..2e6) {
            values.sort_by(f64::total_cmp);
            let found = nearest(&values, wanted).unwrap();
            let distance = (values[found] - wanted).abs();
            prop_assert!(values.iter().all(|value| (value - wanted).abs() >= distance));
        }
    }

    #[test]
    fn an_empty_list_has_no_nearest() {
        assert_eq!(nearest(&[], 1.0), None);
    }
}
