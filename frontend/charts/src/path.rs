use std::fmt::Write;

/// Pixels.
pub(crate) type Point = (f64, f64);

fn push(path: &mut String, command: char, values: &[f64]) {
    path.push(command);
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            path.push(' ');
        }
        // Two decimals of a pixel are invisible; writing to a string cannot fail.
        let rounded = (value * 100.0).round() / 100.0;
        let _ = write!(path, "{rounded}");
    }
}

/// The pieces of a line between its gaps.
pub(crate) fn runs(points: impl Iterator<Item = (f64, Option<f64>)>) -> Vec<Vec<Point>> {
    let mut out: Vec<Vec<Point>> = vec![Vec::new()];
    for (x, y) in points {
        match (y.filter(|y| y.is_finite()), out.last_mut()) {
            (Some(y), Some(run)) => run.push((x, y)),
            (None, Some(run)) if !run.is_empty() => out.push(Vec::new()),
            _ => {}
        }
    }
    out.retain(|run| !run.is_empty());
    out
}

/// The slope at each point such that the curve between two points never leaves their range (Fritsch and Carlson 1980,
/// with Steffen's choice of slopes).
fn slopes(points: &[Point]) -> Vec<f64> {
    let secant = |index: usize| {
        let ((x0, y0), (x1, y1)) = (points[index], points[index + 1]);
        if x1 > x0 { (y1 - y0) / (x1 - x0) } else { 0.0 }
    };
    let last = points.len() - 1;
    (0..points.len())
        .map(|index| {
            if index == 0 {
                secant(0)
            } else if index == last {
                secant(last - 1)
            } else {
                let (before, after) = (secant(index - 1), secant(index));
                if before * after <= 0.0 {
                    0.0
                } else {
                    let mean = (before + after) / 2.0;
                    mean.signum() * mean.abs().min(2.0 * before.abs()).min(2.0 * after.abs())
                }
            }
        })
        .collect()
}

fn curve_to(path: &mut String, points: &[Point]) {
    if points.len() < 2 {
        return;
    }
    let slopes = slopes(points);
    for (index, pair) in points.windows(2).enumerate() {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let third = (x1 - x0) / 3.0;
        push(
            path,
            'C',
            &[x0 + third, y0 + slopes[index] * third, x1 - third, y1 - slopes[index + 1] * third, x1, y1],
        );
    }
}

/// A smooth line through the points; a point alone is a dot (a line of no length with round ends).
pub(crate) fn line(points: &[Point]) -> String {
    let mut path = String::new();
    if let Some((x, y)) = points.first() {
        push(&mut path, 'M', &[*x, *y]);
        if points.len() == 1 {
            push(&mut path, 'h', &[0.0]);
        }
        curve_to(&mut path, points);
    }
    path
}

/// What is between the line and `base`.
pub(crate) fn area(points: &[Point], base: f64) -> String {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return String::new();
    };
    let mut path = line(points);
    push(&mut path, 'L', &[last.0, base]);
    push(&mut path, 'L', &[first.0, base]);
    path.push('Z');
    path
}

/// What is between an upper and a lower line over the same places.
pub(crate) fn band(upper: &[Point], lower: &[Point]) -> String {
    let mut path = String::new();
    let Some((x, y)) = upper.first() else { return path };
    push(&mut path, 'M', &[*x, *y]);
    for (x, y) in upper.iter().skip(1).chain(lower.iter().rev()) {
        push(&mut path, 'L', &[*x, *y]);
    }
    path.push('Z');
    path
}

/// A bar with its two outer corners rounded; `height` may be negative, towards the bottom.
pub(crate) fn bar(x: f64, base: f64, width: f64, height: f64) -> String {
    let radius = 3.0_f64.min(width / 2.0).min(height.abs());
    let towards = if height < 0.0 { 1.0 } else { -1.0 };
    let end = base + towards * height.abs();
    let turn = end - towards * radius;
    let mut path = String::new();
    push(&mut path, 'M', &[x, base]);
    push(&mut path, 'L', &[x, turn]);
    push(&mut path, 'Q', &[x, end, x + radius, end]);
    push(&mut path, 'L', &[x + width - radius, end]);
    push(&mut path, 'Q', &[x + width, end, x + width, turn]);
    push(&mut path, 'L', &[x + width, base]);
    path.push('Z');
    path
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_missing_value_breaks_the_line() {
        let points =
            [(0.0, Some(1.0)), (1.0, Some(2.0)), (2.0, None), (3.0, Some(f64::NAN)), (4.0, Some(5.0))];
        assert_eq!(runs(points.into_iter()), [vec![(0.0, 1.0), (1.0, 2.0)], vec![(4.0, 5.0)]]);
    }

    #[test]
    fn a_lone_value_is_a_dot() {
        assert_eq!(line(&[(4.0, 5.0)]), "M4 5h0");
        assert_eq!(line(&[]), "");
        assert_eq!(area(&[], 10.0), "");
    }

    #[test]
    fn a_flat_line_stays_flat() {
        assert_eq!(line(&[(0.0, 2.0), (3.0, 2.0)]), "M0 2C1 2 2 2 3 2");
    }

    proptest! {
        #[test]
        fn the_curve_never_leaves_the_range_of_its_two_ends(
            values in prop::collection::vec(0.0..300.0, 2..40),
        ) {
            let points: Vec<Point> = values.iter().enumerate().map(|(index, y)| (index as f64 * 10.0, *y)).collect();
            let slopes = slopes(&points);
            for index in 0..points.len() - 1 {
                let (y0, y1) = (points[index].1, points[index + 1].1);
                let third = 10.0 / 3.0;
                // Bézier curves stay in the hull of their control points.
                for control in [y0 + slopes[index] * third, y1 - slopes[index + 1] * third] {
                    prop_assert!(control >= y0.min(y1) - 1e-9 && control <= y0.max(y1) + 1e-9);
                }
            }
        }
    }
}
