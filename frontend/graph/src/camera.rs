use leptos::prelude::*;

use crate::geometry::Point;
use crate::viewport::Viewport;

/// How long a flight takes, in milliseconds.
const FLIGHT: f64 = 200.0;

/// Moves the viewport: all movement within a frame is one write.
#[derive(Clone, Copy)]
pub(crate) struct Camera {
    pub(crate) viewport: RwSignal<Viewport>,
    pending: StoredValue<Option<Viewport>>,
    /// Counts movements; the flight of an older one stops.
    movement: StoredValue<u64>,
}

impl Camera {
    pub(crate) fn new() -> Self {
        Self {
            viewport: RwSignal::new(Viewport::default()),
            pending: StoredValue::new(None),
            movement: StoredValue::new(0),
        }
    }

    /// Where it is, or will be with the next frame.
    fn current(self) -> Viewport {
        let pending = self.pending.try_get_value().flatten();
        pending.or_else(|| self.viewport.try_get_untracked()).unwrap_or_default()
    }

    fn next_movement(self) -> u64 {
        self.movement
            .try_update_value(|movement| {
                *movement += 1;
                *movement
            })
            .unwrap_or_default()
    }

    fn is_newest(self, movement: u64) -> bool {
        self.movement.try_get_value() == Some(movement)
    }

    /// Goes there with the next frame.
    pub(crate) fn set(self, to: Viewport) {
        self.next_movement();
        let waiting = self.pending.try_update_value(|pending| pending.replace(to).is_some());
        if waiting == Some(false) {
            request_animation_frame(move || {
                if let Some(Some(to)) = self.pending.try_update_value(Option::take) {
                    let _ = self.viewport.try_set(to);
                }
            });
        }
    }

    pub(crate) fn pan(self, dx: f64, dy: f64) {
        self.set(self.current().panned(dx, dy));
    }

    pub(crate) fn zoom(self, factor: f64, at: Point) {
        self.set(self.current().zoomed(factor, at));
    }

    /// Flies there, or jumps for those who asked for less motion.
    pub(crate) fn fly(self, to: Viewport) {
        let still = window().match_media("(prefers-reduced-motion: reduce)").ok().flatten();
        if still.is_some_and(|query| query.matches()) {
            self.set(to);
            return;
        }
        let movement = self.next_movement();
        self.flight(movement, self.current(), to, js_sys::Date::now());
    }

    fn flight(self, movement: u64, from: Viewport, to: Viewport, started: f64) {
        if !self.is_newest(movement) {
            return;
        }
        let share = ((js_sys::Date::now() - started) / FLIGHT).clamp(0.0, 1.0);
        // Slows down towards the end.
        let eased = 1.0 - (1.0 - share).powi(3);
        let _ = self.viewport.try_set(from.towards(&to, eased));
        if share < 1.0 {
            request_animation_frame(move || self.flight(movement, from, to, started));
        }
    }
}
