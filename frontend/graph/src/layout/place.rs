use super::{GAP, LANE};

/// Rounds of moving columns towards their neighbours.
const SWEEPS: usize = 4;

/// Splits columns that are much taller than the component would be as a square into several side by side.
pub(super) fn wrapped(columns: Vec<Vec<usize>>, sizes: &[(f64, f64)]) -> Vec<Vec<usize>> {
    let area: f64 = sizes.iter().map(|(width, height)| (width + LANE) * (height + GAP)).sum();
    let limit = area.sqrt().max(1400.0);
    let mut out = Vec::with_capacity(columns.len());
    for column in columns {
        let total: f64 = column.iter().map(|node| sizes[*node].1 + GAP).sum();
        // Pieces of equal height look better than a full column with a short rest.
        let pieces = (total / limit).ceil().max(1.0);
        let share = total / pieces;
        let mut piece = Vec::new();
        let mut height = 0.0;
        for node in column {
            if height >= share {
                out.push(std::mem::take(&mut piece));
                height = 0.0;
            }
            height += sizes[node].1 + GAP;
            piece.push(node);
        }
        out.push(piece);
    }
    out
}

/// The corner of each node: columns from left to right, nodes in their order, near the height of their neighbours.
pub(super) fn place(
    columns: &[Vec<usize>],
    sizes: &[(f64, f64)],
    edges: &[(usize, usize)],
) -> Vec<(f64, f64)> {
    let mut corners = vec![(0.0, 0.0); sizes.len()];
    let mut column_of = vec![0; sizes.len()];
    let mut x = 0.0;
    for (index, column) in columns.iter().enumerate() {
        let width = column.iter().map(|node| sizes[*node].0).fold(0.0, f64::max);
        let height: f64 = column.iter().map(|node| sizes[*node].1 + GAP).sum();
        let mut y = -height / 2.0;
        for node in column {
            corners[*node] = (x + (width - sizes[*node].0) / 2.0, y);
            column_of[*node] = index;
            y += sizes[*node].1 + GAP;
        }
        x += width + LANE;
    }
    let mut neighbours = vec![Vec::new(); sizes.len()];
    for (from, to) in edges {
        neighbours[*from].push(*to);
        neighbours[*to].push(*from);
    }
    for sweep in 0..SWEEPS {
        for step in 0..columns.len() {
            let index = if sweep % 2 == 0 { step } else { columns.len() - 1 - step };
            let wanted: Vec<f64> = columns[index]
                .iter()
                .map(|node| {
                    let others = neighbours[*node].iter().filter(|other| column_of[**other] != index);
                    let (sum, number) = others.fold((0.0, 0.0), |(sum, number), other| {
                        (sum + corners[*other].1 + sizes[*other].1 / 2.0, number + 1.0)
                    });
                    if number > 0.0 { sum / number - sizes[*node].1 / 2.0 } else { corners[*node].1 }
                })
                .collect();
            let heights: Vec<f64> = columns[index].iter().map(|node| sizes[*node].1).collect();
            for (node, y) in columns[index].iter().zip(settle(&wanted, &heights)) {
                corners[*node].1 = y;
            }
        }
    }
    let top = corners.iter().map(|corner| corner.1).fold(f64::INFINITY, f64::min);
    let left = corners.iter().map(|corner| corner.0).fold(f64::INFINITY, f64::min);
    corners.into_iter().map(|(x, y)| ((x - left).round(), (y - top).round())).collect()
}

/// The tops nearest to the wanted ones (least squares) at which nothing overlaps and the order stays: isotonic
/// regression by pooling adjacent violators, after taking away what stands above each.
fn settle(wanted: &[f64], heights: &[f64]) -> Vec<f64> {
    // A pool: the sum of its wishes, how many they are.
    let mut pools: Vec<(f64, f64)> = Vec::with_capacity(wanted.len());
    let mut offsets = Vec::with_capacity(wanted.len());
    let mut offset = 0.0;
    for (wish, height) in wanted.iter().zip(heights) {
        offsets.push(offset);
        let mut pool = (wish - offset, 1.0);
        // One pixel more than the gap pays for rounding later.
        offset += height + GAP + 1.0;
        while let Some(before) = pools.last().copied().filter(|before| before.0 / before.1 > pool.0 / pool.1)
        {
            pools.pop();
            pool = (pool.0 + before.0, pool.1 + before.1);
        }
        pools.push(pool);
    }
    let levels = pools.into_iter().flat_map(|(sum, number)| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of nodes")]
        std::iter::repeat_n(sum / number, number as usize)
    });
    levels.zip(offsets).map(|(level, offset)| level + offset).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_room_stands_where_it_wants() {
        assert_eq!(settle(&[0.0, 500.0], &[100.0, 100.0]), [0.0, 500.0]);
    }

    #[test]
    fn two_that_want_one_place_share_it_fairly() {
        let step = 100.0 + GAP + 1.0;
        assert_eq!(settle(&[200.0, 200.0], &[100.0, 100.0]), [200.0 - step / 2.0, 200.0 + step / 2.0]);
    }
}
