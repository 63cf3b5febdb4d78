use std::ops::Range;

/// Rows drawn beyond each edge, so that a scroll shows no gap before the next frame.
const OVERSCAN: usize = 6;

/// Which of `count` rows of `row_height` pixels a list scrolled to `top` shows in `height` pixels, and some more.
#[must_use]
pub fn visible_rows(count: usize, row_height: f64, top: f64, height: f64) -> Range<usize> {
    if count == 0 || row_height <= 0.0 {
        return 0..0;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "both are clamped to be positive"
    )]
    let (first, shown) =
        ((top.max(0.0) / row_height).floor() as usize, (height.max(0.0) / row_height).ceil() as usize);
    let first = first.min(count - 1);
    let end = first.saturating_add(shown).saturating_add(1 + OVERSCAN).min(count);
    first.saturating_sub(OVERSCAN)..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rows_in_view_and_a_few_around_them_are_drawn() {
        assert_eq!(visible_rows(0, 40.0, 0.0, 400.0), 0..0);
        assert_eq!(visible_rows(5, 40.0, 0.0, 400.0), 0..5);
        assert_eq!(visible_rows(1000, 40.0, 0.0, 400.0), 0..17);
        assert_eq!(visible_rows(1000, 40.0, 4000.0, 400.0), 94..117);
        assert_eq!(visible_rows(1000, 40.0, 1e9, 400.0), 993..1000);
        assert_eq!(visible_rows(1000, 40.0, -50.0, 400.0), 0..17);
    }
}
