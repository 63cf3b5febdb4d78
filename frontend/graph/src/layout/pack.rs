/// Width of the whole for its height: about that of a window.
pub(super) const ASPECT: f64 = 1.6;

/// Puts boxes below each other in columns at most `height` tall, in their order, `gap` apart; answers each box's corner
/// and the width of all.
pub(super) fn columns(boxes: &[(f64, f64)], gap: f64, height: f64) -> (Vec<(f64, f64)>, f64) {
    let (mut x, mut y, mut widest) = (0.0, 0.0, 0.0_f64);
    let corners = boxes
        .iter()
        .map(|(box_width, box_height)| {
            if y > 0.0 && y + box_height > height {
                x += widest + gap;
                (y, widest) = (0.0, 0.0);
            }
            let corner = (x, y);
            y += box_height + gap;
            widest = widest.max(*box_width);
            corner
        })
        .collect();
    (corners, x + widest)
}

/// Puts boxes on shelves at least `width` wide, the tallest first, `gap` apart; answers each box's corner and the
/// height of all.
pub(super) fn shelves(boxes: &[(f64, f64)], gap: f64, width: f64) -> (Vec<(f64, f64)>, f64) {
    let area: f64 = boxes.iter().map(|(width, height)| (width + gap) * (height + gap)).sum();
    let widest = boxes.iter().map(|size| size.0).fold(0.0, f64::max);
    let width = (area * ASPECT).sqrt().max(widest).max(width);
    let mut order: Vec<usize> = (0..boxes.len()).collect();
    // Stable, so boxes of one height keep the order of their tables.
    order.sort_by(|one, other| boxes[*other].1.total_cmp(&boxes[*one].1));
    let mut corners = vec![(0.0, 0.0); boxes.len()];
    let (mut x, mut y, mut shelf) = (0.0, 0.0, 0.0_f64);
    for index in order {
        let (box_width, box_height) = boxes[index];
        if x > 0.0 && x + box_width > width {
            y += shelf + gap;
            (x, shelf) = (0.0, 0.0);
        }
        corners[index] = (x, y);
        x += box_width + gap;
        shelf = shelf.max(box_height);
    }
    (corners, y + shelf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_boxes_make_a_grid_in_their_order() {
        let (corners, height) = shelves(&[(100.0, 50.0); 6], 10.0, 0.0);
        assert_eq!(corners[0], (0.0, 0.0));
        assert_eq!(corners[1], (110.0, 0.0));
        assert!(corners[5].1 > 0.0 && height >= corners[5].1 + 50.0);
    }

    #[test]
    fn columns_are_as_tall_as_they_may_be() {
        let (corners, width) = columns(&[(100.0, 50.0), (80.0, 50.0), (60.0, 50.0)], 10.0, 110.0);
        assert_eq!(corners, [(0.0, 0.0), (0.0, 60.0), (110.0, 0.0)]);
        assert!((width - 170.0).abs() < 1e-9);
    }

    #[test]
    fn no_boxes_have_no_height() {
        assert_eq!(shelves(&[], 10.0, 0.0), (Vec::new(), 0.0));
    }
}
