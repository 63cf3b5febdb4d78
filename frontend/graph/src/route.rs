//! The shape of an edge: a curve between two rows, with a crow's foot at the child and a bar at the parent. Where cards
//! stand between the two, it goes through the gap nearest to its way.

use std::fmt::Write;

use crate::geometry::Rect;
use crate::model::{Edge, HEAD, ROW, Table};

/// Length of the crow's foot.
const FOOT: f64 = 12.0;
/// Half its width.
const SPREAD: f64 = 5.0;
/// Between an edge and a card that it passes.
const CLEAR: f64 = 10.0;
/// How far above and below the straight way cards are passed rather than left aside.
const CORRIDOR: f64 = 240.0;

/// Where an edge meets a card: the place, and the side it leaves to (−1 left, 1 right).
#[derive(Clone, Copy, Debug, PartialEq)]
struct End {
    x: f64,
    y: f64,
    side: f64,
}

fn row(rect: &Rect, table: &Table, row: Option<usize>) -> f64 {
    let offset = match row {
        Some(row) => HEAD + (f64::from(u32::try_from(row).unwrap_or(u32::MAX)) + 0.5) * ROW,
        // A key of a column that is not shown starts at the line that counts the others, at the bottom.
        None if table.hidden > 0 => table.height - ROW / 2.0,
        None => HEAD / 2.0,
    };
    rect.y + offset
}

/// The nearest sides of the two cards; the right side of both when they stand above each other.
fn ends(edge: &Edge, tables: &[Table], rects: &[Rect]) -> (End, End) {
    let (from, to) = (&rects[edge.from], &rects[edge.to]);
    let (child, parent) = if from.x >= to.right() {
        (-1.0, 1.0)
    } else if from.right() <= to.x {
        (1.0, -1.0)
    } else {
        (1.0, 1.0)
    };
    let end =
        |rect: &Rect, side: f64, y: f64| End { x: if side < 0.0 { rect.x } else { rect.right() }, y, side };
    (
        end(from, child, row(from, &tables[edge.from], edge.from_row)),
        end(to, parent, row(to, &tables[edge.to], edge.to_row)),
    )
}

/// A stretch of the way beside cards: level from one place across to the other.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Pass {
    left: f64,
    right: f64,
    y: f64,
}

/// Where the way from one place to another passes the cards between them, from left to right.
fn passes(from: (f64, f64), to: (f64, f64), between: impl Iterator<Item = Rect>) -> Vec<Pass> {
    let (start, end) = if from.0 <= to.0 { (from, to) } else { (to, from) };
    let (top, bottom) = (start.1.min(end.1) - CORRIDOR, start.1.max(end.1) + CORRIDOR);
    let mut cards: Vec<Rect> = between
        .filter(|card| card.x > start.0 && card.right() < end.0 && card.y < bottom && card.bottom() > top)
        .collect();
    cards.sort_by(|one, other| one.x.total_cmp(&other.x));
    // Cards that stand above each other are one column, which is passed at once.
    let mut columns: Vec<(f64, f64, Vec<Rect>)> = Vec::new();
    for card in cards {
        match columns.last_mut().filter(|column| card.x < column.1) {
            Some(column) => {
                column.1 = column.1.max(card.right());
                column.2.push(card);
            }
            None => columns.push((card.x, card.right(), vec![card])),
        }
    }
    let mut at = start;
    columns
        .into_iter()
        .map(|(left, right, column)| {
            let share = ((left + right) / 2.0 - at.0) / (end.0 - at.0).max(1.0);
            let y = gap(&column, at.1 + (end.1 - at.1) * share);
            at = (right, y);
            Pass { left, right, y }
        })
        .collect()
}

/// The height nearest to the wanted one that no card of a column takes.
fn gap(column: &[Rect], wanted: f64) -> f64 {
    let free = |y: &f64| !column.iter().any(|card| *y > card.y - CLEAR && *y < card.bottom() + CLEAR);
    let edges = column.iter().flat_map(|card| [card.y - CLEAR, card.bottom() + CLEAR]);
    std::iter::once(wanted)
        .chain(edges)
        .filter(free)
        .min_by(|one, other| (one - wanted).abs().total_cmp(&(other - wanted).abs()))
        .unwrap_or(wanted)
}

/// The SVG path data of an edge.
pub(crate) fn path(edge: &Edge, tables: &[Table], rects: &[Rect]) -> String {
    let (child, parent) = ends(edge, tables, rects);
    let start = child.x + child.side * FOOT;
    let end = parent.x + parent.side * FOOT;
    let mut out = String::with_capacity(140);
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "M{cx} {top}L{start} {cy}L{cx} {bottom}M{cx} {cy}L{start} {cy}",
        cx = child.x,
        cy = child.y,
        top = child.y - SPREAD,
        bottom = child.y + SPREAD,
    );
    // Between cards side by side; an edge around one side of two cards goes through nothing.
    let mut stretches = if child.side == parent.side {
        Vec::new()
    } else {
        let others = rects.iter().enumerate().filter(|(table, _)| *table != edge.from && *table != edge.to);
        passes((start, child.y), (end, parent.y), others.map(|(_, rect)| *rect))
    };
    if start > end {
        stretches.reverse();
    }
    let mut at = (start, child.y);
    for Pass { left, right, y } in stretches {
        let (near, far) = if start <= end { (left, right) } else { (right, left) };
        let third = (near - at.0) / 2.0;
        let _ = write!(out, "C{} {} {} {y} {near} {y}H{far}", at.0 + third, at.1, near - third);
        at = (far, y);
    }
    let reach = ((at.0 - end).abs() * 0.5).clamp(if at.0 == start { 28.0 } else { 0.0 }, 140.0);
    let _ = write!(
        out,
        "C{c1} {y} {c2} {py} {end} {py}L{px} {py}M{bar} {bar_top}V{bar_bottom}",
        c1 = at.0 + child.side * reach,
        y = at.1,
        c2 = end + parent.side * reach,
        px = parent.x,
        py = parent.y,
        bar = parent.x + parent.side * FOOT / 2.0,
        bar_top = parent.y - SPREAD,
        bar_bottom = parent.y + SPREAD,
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;
    use crate::model::tests::graph;

    fn at(x: f64) -> Rect {
        Rect { x, y: 0.0, width: 200.0, height: 126.0 }
    }

    #[test]
    fn an_edge_leaves_the_sides_that_face_each_other() {
        let model = Model::new(&graph(&[3, 3], &[(0, 1)]));
        let sides = |rects: &[Rect]| {
            let (child, parent) = ends(&model.edges[0], &model.tables, rects);
            (child.side, parent.side)
        };
        assert_eq!(sides(&[at(500.0), at(0.0)]), (-1.0, 1.0));
        assert_eq!(sides(&[at(0.0), at(500.0)]), (1.0, -1.0));
        assert_eq!(sides(&[at(0.0), at(50.0)]), (1.0, 1.0));
    }

    #[test]
    fn an_edge_passes_a_column_of_cards_through_its_nearest_gap() {
        let card = |y: f64| Rect { x: 400.0, y, width: 200.0, height: 100.0 };
        let column = [card(-140.0), card(0.0), card(140.0)];
        let found = passes((0.0, 60.0), (1000.0, 60.0), column.iter().copied());
        assert_eq!(found, [Pass { left: 400.0, right: 600.0, y: 110.0 }]);
        assert_eq!(passes((1000.0, 60.0), (0.0, 60.0), column.iter().copied()), found);
        // What is not in the way changes nothing.
        assert_eq!(passes((0.0, 120.0), (1000.0, 120.0), column.iter().copied())[0].y, 120.0);
        assert_eq!(passes((0.0, 60.0), (1000.0, 60.0), [card(900.0)].into_iter()), []);
    }

    #[test]
    fn an_edge_goes_from_row_to_row() {
        let model = Model::new(&graph(&[3, 3], &[(0, 1)]));
        let (child, parent) = ends(&model.edges[0], &model.tables, &[at(500.0), at(0.0)]);
        assert_eq!((child.y, parent.y), (HEAD + ROW * 1.5, HEAD + ROW * 0.5));
        let drawn = path(&model.edges[0], &model.tables, &[at(500.0), at(0.0)]);
        assert!(drawn.starts_with("M500 ") && drawn.contains('C'), "{drawn}");
    }
}
