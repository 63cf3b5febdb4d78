//! The shape of an edge: a curve between two rows, with a crow's foot at the child and a bar at the parent.

use std::fmt::Write;

use crate::geometry::Rect;
use crate::model::{Edge, HEAD, ROW, Table};

/// Length of the crow's foot.
const FOOT: f64 = 12.0;
/// Half its width.
const SPREAD: f64 = 5.0;

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

/// The SVG path data of an edge.
pub(crate) fn path(edge: &Edge, tables: &[Table], rects: &[Rect]) -> String {
    let (child, parent) = ends(edge, tables, rects);
    let start = child.x + child.side * FOOT;
    let end = parent.x + parent.side * FOOT;
    let reach = ((start - end).abs() * 0.5).clamp(28.0, 140.0);
    let mut out = String::with_capacity(140);
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "M{cx} {top}L{start} {cy}L{cx} {bottom}M{cx} {cy}L{start} {cy}C{c1} {cy} {c2} {py} {end} {py}L{px} {py}M{bar} {bar_top}V{bar_bottom}",
        cx = child.x,
        cy = child.y,
        top = child.y - SPREAD,
        bottom = child.y + SPREAD,
        c1 = start + child.side * reach,
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
    fn an_edge_goes_from_row_to_row() {
        let model = Model::new(&graph(&[3, 3], &[(0, 1)]));
        let (child, parent) = ends(&model.edges[0], &model.tables, &[at(500.0), at(0.0)]);
        assert_eq!((child.y, parent.y), (HEAD + ROW * 1.5, HEAD + ROW * 0.5));
        let drawn = path(&model.edges[0], &model.tables, &[at(500.0), at(0.0)]);
        assert!(drawn.starts_with("M500 ") && drawn.contains('C'), "{drawn}");
    }
}
