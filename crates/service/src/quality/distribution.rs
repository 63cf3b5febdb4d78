//! Columns by percentage, as bars.

use types::quality::{Bucket, NULL_BARS};

/// Columns by NULL %.
pub(crate) fn null_distribution(values: impl Iterator<Item = f64>) -> Vec<Bucket> {
    let mut buckets: Vec<_> =
        NULL_BARS.iter().map(|(label, _)| Bucket { label: (*label).to_owned(), count: 0 }).collect();
    for value in values {
        let bar = NULL_BARS.iter().position(|(_, end)| value <= *end).unwrap_or(NULL_BARS.len() - 1);
        buckets[bar].count += 1;
    }
    buckets
}

/// Columns by uniqueness, from 0–10 % to 90–100 %.
pub(crate) fn uniqueness_distribution(values: impl Iterator<Item = f64>) -> Vec<Bucket> {
    let label = |bar: usize| format!("{}–{} %", bar * 10, bar * 10 + 10);
    let mut buckets: Vec<_> = (0..10).map(|bar| Bucket { label: label(bar), count: 0 }).collect();
    for value in values {
        let bar = (1..10).filter(|bar| value >= f64::from(*bar) * 10.0).count();
        buckets[bar].count += 1;
    }
    buckets
}

/// Adds bars up, label by label; those of `from` that `into` lacks are appended.
pub(crate) fn add(into: &mut Vec<Bucket>, from: &[Bucket]) {
    for bucket in from {
        match into.iter_mut().find(|other| other.label == bucket.label) {
            Some(other) => other.count += bucket.count,
            None => into.push(bucket.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(buckets: &[Bucket]) -> Vec<u32> {
        buckets.iter().map(|bucket| bucket.count).collect()
    }

    #[test]
    fn a_value_is_in_one_bar_also_at_its_ends() {
        let nulls = null_distribution([0.0, 0.5, 1.0, 1.1, 25.0, 50.1, 100.0].into_iter());
        assert_eq!(counts(&nulls), [1, 2, 1, 1, 0, 2]);
        let unique = uniqueness_distribution([0.0, 9.99, 10.0, 95.0, 100.0].into_iter());
        assert_eq!(counts(&unique), [2, 1, 0, 0, 0, 0, 0, 0, 0, 2]);
    }
}
