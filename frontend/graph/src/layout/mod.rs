//! Where the cards go.
//!
//! Tables that foreign keys connect are laid out together, in layers from left to right: a table is right of what it
//! refers to (Sugiyama, Tagawa and Toda 1981: cycles removed, ranks, order by barycentres, coordinates). The
//! components are then packed on shelves; tables without a foreign key stand beside or below, where a window shows the whole larger.

mod components;
mod order;
mod pack;
mod place;
mod rank;

use crate::geometry::Rect;
use crate::model::Model;

/// Between two cards of a column.
pub(crate) const GAP: f64 = 36.0;
/// Between two columns: room for the edges.
const LANE: f64 = 132.0;
/// Between two components.
const MARGIN: f64 = 96.0;

/// The place of each table's card, in the order of the model. Equal models give equal places.
pub(crate) fn lay_out(model: &Model) -> Vec<Rect> {
    let mut rects: Vec<Rect> = model
        .tables
        .iter()
        .map(|table| Rect { x: 0.0, y: 0.0, width: table.width, height: table.height })
        .collect();
    let edges: Vec<(usize, usize)> =
        model.edges.iter().map(|edge| (edge.from, edge.to)).filter(|(from, to)| from != to).collect();
    let (connected, isolated): (Vec<_>, Vec<_>) =
        components::weak(rects.len(), &edges).into_iter().partition(|component| component.nodes.len() > 1);
    let mut boxes = Vec::with_capacity(connected.len());
    for component in &connected {
        let sizes: Vec<(f64, f64)> =
            component.nodes.iter().map(|node| (rects[*node].width, rects[*node].height)).collect();
        let mut columns = rank::columns(sizes.len(), &component.edges);
        order::order(&mut columns, sizes.len(), &component.edges);
        let columns = place::wrapped(columns, &sizes);
        let places = place::place(&columns, &sizes, &component.edges);
        for (node, (x, y)) in component.nodes.iter().zip(&places) {
            rects[*node].x = *x;
            rects[*node].y = *y;
        }
        let around = Rect::around(component.nodes.iter().map(|node| rects[*node]));
        boxes.push(around.map_or((0.0, 0.0), |around| (around.width, around.height)));
    }
    let (shelf, height) = pack::shelves(&boxes, MARGIN, 0.0);
    for (component, (x, y)) in connected.iter().zip(&shelf) {
        for node in &component.nodes {
            rects[*node].x += x;
            rects[*node].y += y;
        }
    }
    let alone: Vec<usize> = isolated.iter().flat_map(|component| component.nodes.iter().copied()).collect();
    let cards: Vec<(f64, f64)> = alone.iter().map(|node| (rects[*node].width, rects[*node].height)).collect();
    let width = boxes.iter().zip(&shelf).map(|(size, corner)| corner.0 + size.0).fold(0.0, f64::max);
    let (corners, (right, below)) = apart(&cards, (width, height));
    for (node, (x, y)) in alone.iter().zip(&corners) {
        rects[*node].x = x + right;
        rects[*node].y = y + below;
    }
    rects
}

/// Tables without a foreign key, each place relative to the corner that comes second: beside what is connected or below
/// it, whichever makes the whole fit a window at the larger zoom.
fn apart(cards: &[(f64, f64)], (width, height): (f64, f64)) -> (Vec<(f64, f64)>, (f64, f64)) {
    let (grid, grid_height) = pack::shelves(cards, GAP, width);
    if height <= 0.0 || cards.is_empty() {
        return (grid, (0.0, 0.0));
    }
    let (column, column_width) = pack::columns(cards, GAP, height);
    let tallest = cards.iter().map(|card| card.1).fold(height, f64::max);
    let grid_width = grid.iter().zip(cards).map(|(corner, card)| corner.0 + card.0).fold(width, f64::max);
    let below = (grid_width / pack::ASPECT).max(height + MARGIN + grid_height);
    let beside = ((width + MARGIN + column_width) / pack::ASPECT).max(tallest);
    if beside < below { (column, (width + MARGIN, 0.0)) } else { (grid, (0.0, height + MARGIN)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::tests::graph;

    fn schema() -> impl Strategy<Value = Model> {
        (1_usize..90).prop_flat_map(|count| {
            let columns = prop::collection::vec(0_usize..40, count);
            let edges = prop::collection::vec((0..count, 0..count), 0..count * 2);
            (columns, edges).prop_map(|(columns, edges)| Model::new(&graph(&columns, &edges)))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn no_two_cards_overlap(model in schema()) {
            let rects = lay_out(&model);
            prop_assert_eq!(rects.len(), model.tables.len());
            for (index, one) in rects.iter().enumerate() {
                prop_assert!(one.x.is_finite() && one.y.is_finite());
                for other in &rects[index + 1..] {
                    prop_assert!(!one.overlaps(other), "{one:?} {other:?}");
                }
            }
        }

        #[test]
        fn the_same_schema_is_laid_out_the_same(model in schema()) {
            prop_assert_eq!(lay_out(&model), lay_out(&model.clone()));
        }
    }

    #[test]
    fn a_table_is_right_of_what_it_refers_to() {
        // order line → order → customer, order line → product
        let model = Model::new(&graph(&[4, 4, 4, 4], &[(0, 1), (1, 2), (0, 3)]));
        let rects = lay_out(&model);
        assert!(rects[2].right() < rects[1].x && rects[1].right() < rects[0].x);
        assert!(rects[3].right() < rects[0].x);
    }

    #[test]
    fn lone_tables_stand_where_the_whole_stays_compact() {
        // A tall pair of columns has room beside it, a long chain below it.
        let tall: Vec<(usize, usize)> = (1..8).map(|child| (child, 0)).collect();
        let rects = lay_out(&Model::new(&graph(&[20; 10], &tall)));
        let connected = Rect::around(rects[..8].iter().copied()).unwrap();
        assert!(rects[8..].iter().all(|rect| rect.x > connected.right()));
        let chain: Vec<(usize, usize)> = (1..8).map(|child| (child, child - 1)).collect();
        let rects = lay_out(&Model::new(&graph(&[4; 10], &chain)));
        let connected = Rect::around(rects[..8].iter().copied()).unwrap();
        assert!(rects[8..].iter().all(|rect| rect.y > connected.bottom()));
    }

    #[test]
    fn a_hub_does_not_make_one_endless_column() {
        let edges: Vec<(usize, usize)> = (1..200).map(|child| (child, 0)).collect();
        let rects = lay_out(&Model::new(&graph(&[8; 200], &edges)));
        let around = Rect::around(rects).unwrap();
        assert!(around.height < around.width * 3.0, "{around:?}");
    }

    #[test]
    fn nothing_needs_no_place() {
        assert_eq!(lay_out(&Model::default()), []);
    }

    /// A thousand tables with fifteen hundred foreign keys, most to a few hubs.
    fn large(count: usize) -> Model {
        let mut state = 7_u64;
        let mut next = move |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below.max(1)
        };
        let columns: Vec<usize> = (0..count).map(|_| 3 + next(18)).collect();
        let edges: Vec<(usize, usize)> = (0..count * 3 / 2)
            .map(|_| {
                let from = next(count);
                let reach = next(from.max(1)) + 1;
                (from, next(reach))
            })
            .collect();
        Model::new(&graph(&columns, &edges))
    }

    #[test]
    fn a_thousand_tables_have_room() {
        let model = large(1000);
        let rects = lay_out(&model);
        for (index, one) in rects.iter().enumerate() {
            assert!(rects[index + 1..].iter().all(|other| !one.overlaps(other)));
        }
    }
}
