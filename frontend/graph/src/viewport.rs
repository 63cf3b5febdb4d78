use crate::geometry::{Point, Rect};

/// The smallest and the largest zoom.
pub(crate) const ZOOMS: (f64, f64) = (0.04, 2.0);

/// Which part of the world the window shows: a world point `p` is at `p × zoom + (x, y)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    pub x: f64,
    pub y: f64,
    pub zoom: f64,
}

impl Default for Viewport {
    fn default() -> Self {
        Self { x: 0.0, y: 0.0, zoom: 1.0 }
    }
}

impl Viewport {
    /// Where a point of the window is in the world.
    #[must_use]
    pub fn world(&self, at: Point) -> Point {
        Point { x: (at.x - self.x) / self.zoom, y: (at.y - self.y) / self.zoom }
    }

    /// The part of the world that a window of `size` shows.
    #[must_use]
    pub fn visible(&self, size: (f64, f64)) -> Rect {
        let corner = self.world(Point::default());
        Rect { x: corner.x, y: corner.y, width: size.0 / self.zoom, height: size.1 / self.zoom }
    }

    /// Moved by pixels of the window.
    #[must_use]
    pub fn panned(&self, dx: f64, dy: f64) -> Self {
        Self { x: self.x + dx, y: self.y + dy, ..*self }
    }

    /// Zoomed by a factor, within the limits, so that what is at `at` stays there.
    #[must_use]
    pub fn zoomed(&self, factor: f64, at: Point) -> Self {
        let zoom = (self.zoom * factor).clamp(ZOOMS.0, ZOOMS.1);
        let fixed = self.world(at);
        Self { x: at.x - fixed.x * zoom, y: at.y - fixed.y * zoom, zoom }
    }

    /// Shows all of `bounds` in a window of `size` with a margin, not larger than `largest`.
    #[must_use]
    pub fn fitting(bounds: &Rect, size: (f64, f64), largest: f64) -> Self {
        // Above and below, the toolbar and the legend stay clear of the cards.
        const MARGIN: (f64, f64) = (32.0, 60.0);
        let room = ((size.0 - 2.0 * MARGIN.0).max(1.0), (size.1 - 2.0 * MARGIN.1).max(1.0));
        let zoom = (room.0 / bounds.width.max(1.0)).min(room.1 / bounds.height.max(1.0));
        Self::centred(bounds.centre(), size, zoom.clamp(ZOOMS.0, largest))
    }

    /// Puts a point of the world in the middle of a window of `size`.
    #[must_use]
    pub fn centred(on: Point, size: (f64, f64), zoom: f64) -> Self {
        Self { x: size.0 / 2.0 - on.x * zoom, y: size.1 / 2.0 - on.y * zoom, zoom }
    }

    /// A share of the way from here to `other`, the zoom by its ratio.
    #[must_use]
    pub fn towards(&self, other: &Self, share: f64) -> Self {
        let between = |from: f64, to: f64| from + (to - from) * share;
        Self {
            x: between(self.x, other.x),
            y: between(self.y, other.y),
            zoom: self.zoom * (other.zoom / self.zoom).powf(share),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_under_the_pointer_stays_there(
            x in -1e4..1e4_f64, y in -1e4..1e4_f64, zoom in 0.05..2.0_f64, factor in 0.2..5.0_f64,
            at_x in 0.0..1500.0_f64, at_y in 0.0..900.0_f64,
        ) {
            let before = Viewport { x, y, zoom };
            let at = Point { x: at_x, y: at_y };
            let after = before.zoomed(factor, at);
            let (one, other) = (before.world(at), after.world(at));
            prop_assert!((one.x - other.x).abs() < 1e-6 && (one.y - other.y).abs() < 1e-6);
            prop_assert!((ZOOMS.0..=ZOOMS.1).contains(&after.zoom));
        }

        #[test]
        fn a_fitted_world_is_inside_the_window(
            x in -1e4..1e4_f64, y in -1e4..1e4_f64, width in 100.0..2e4_f64, height in 100.0..1e4_f64,
        ) {
            let bounds = Rect { x, y, width, height };
            let size = (1200.0, 800.0);
            let visible = Viewport::fitting(&bounds, size, 1.0).visible(size).grown(1e-6);
            prop_assert!(visible.x <= bounds.x && visible.right() >= bounds.right());
            prop_assert!(visible.y <= bounds.y && visible.bottom() >= bounds.bottom());
        }
    }

    #[test]
    fn a_flight_starts_here_and_ends_there() {
        let (here, there) = (Viewport::default(), Viewport { x: 10.0, y: 20.0, zoom: 0.25 });
        assert_eq!(here.towards(&there, 0.0), here);
        assert_eq!(here.towards(&there, 1.0), there);
        assert!((here.towards(&there, 0.5).zoom - 0.5).abs() < 1e-9);
    }
}
