/// Rounds of sorting, each to the right and back.
const SWEEPS: usize = 8;

/// Orders each column by the mean place of the neighbours in the columns before, then after, a few times; few
/// crossings are left.
pub(super) fn order(columns: &mut [Vec<usize>], count: usize, edges: &[(usize, usize)]) {
    let mut neighbours = vec![Vec::new(); count];
    for (from, to) in edges {
        neighbours[*from].push(*to);
        neighbours[*to].push(*from);
    }
    let mut column_of = vec![0; count];
    for (index, column) in columns.iter().enumerate() {
        for node in column {
            column_of[*node] = index;
        }
    }
    let mut places = vec![0.0; count];
    for column in columns.iter() {
        number(column, &mut places);
    }
    for sweep in 0..SWEEPS {
        let rightwards = sweep % 2 == 0;
        for step in 0..columns.len() {
            let index = if rightwards { step } else { columns.len() - 1 - step };
            let mut keyed: Vec<(f64, usize)> = columns[index]
                .iter()
                .map(|node| {
                    let decided = neighbours[*node].iter().filter(|other| {
                        if rightwards { column_of[**other] < index } else { column_of[**other] > index }
                    });
                    let (sum, number) =
                        decided.fold((0.0, 0.0), |(sum, number), other| (sum + places[*other], number + 1.0));
                    (if number > 0.0 { sum / number } else { places[*node] }, *node)
                })
                .collect();
            keyed.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
            columns[index] = keyed.into_iter().map(|(_, node)| node).collect();
            number(&columns[index], &mut places);
        }
    }
}

/// Places from 0 to 1, so that columns of different lengths compare.
fn number(column: &[usize], places: &mut [f64]) {
    #[expect(clippy::cast_precision_loss, reason = "far fewer tables than 2^52")]
    let length = column.len() as f64;
    for (place, node) in column.iter().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "far fewer tables than 2^52")]
        let place = place as f64;
        places[*node] = (place + 0.5) / length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_crossing_edges_are_untangled() {
        let mut columns = vec![vec![0, 1], vec![2, 3]];
        order(&mut columns, 4, &[(2, 1), (3, 0)]);
        let at = |column: &[usize], node| column.iter().position(|other| *other == node).unwrap();
        assert_eq!(at(&columns[0], 1) < at(&columns[0], 0), at(&columns[1], 2) < at(&columns[1], 3));
    }
}
