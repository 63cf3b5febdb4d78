//! Which items moved.

/// The indexes that are outside of a longest increasing run: the fewest items whose move explains the new order.
pub(super) fn moved(order: &[usize]) -> Vec<usize> {
    // Patience sorting: `ends[n]` is the index at which the best run of length n + 1 ends.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; order.len()];
    for (index, value) in order.iter().enumerate() {
        let place = ends.partition_point(|end| order[*end] < *value);
        before[index] = place.checked_sub(1).map(|place| ends[place]);
        if place == ends.len() {
            ends.push(index);
        } else {
            ends[place] = index;
        }
    }
    let mut kept = vec![false; order.len()];
    let mut at = ends.last().copied();
    while let Some(index) = at {
        kept[index] = true;
        at = before[index];
    }
    (0..order.len()).filter(|index| !kept[*index]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_few_items_as_possible_have_moved() {
        let cases: [(&[usize], &[usize]); 5] =
            [(&[], &[]), (&[0, 1, 2], &[]), (&[2, 0, 1], &[0]), (&[0, 3, 1, 2], &[1]), (&[1, 2, 3, 0], &[3])];
        for (order, expected) in cases {
            assert_eq!(moved(order), expected, "{order:?}");
        }
    }
}
