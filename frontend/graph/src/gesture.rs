use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::camera::Camera;
use crate::geometry::Point;

/// A pointer that moved less than so many pixels has clicked.
const CLICK: f64 = 4.0;
/// Pixels of a line, for wheels that count lines.
const LINE: f64 = 16.0;

#[derive(Clone, Debug, Default)]
struct Hold {
    /// The pointers that are down: their id and place in the window of the graph.
    pointers: Vec<(i32, Point)>,
    start: Point,
    dragged: bool,
    /// The table whose card the first pointer went down on.
    grabbed: Option<usize>,
}

/// Pointers on the graph: one drags the ground or the card under it, two pinch, and one that did not move clicks.
#[derive(Clone, Copy)]
pub(crate) struct Gestures {
    camera: Camera,
    hold: StoredValue<Hold>,
}

/// Where an event is inside the element that listens.
pub(crate) fn place(event: &web_sys::MouseEvent) -> Option<(web_sys::Element, Point)> {
    let element = event.current_target()?.dyn_into::<web_sys::Element>().ok()?;
    let rect = element.get_bounding_client_rect();
    let at =
        Point { x: f64::from(event.client_x()) - rect.left(), y: f64::from(event.client_y()) - rect.top() };
    Some((element, at))
}

fn distance(one: Point, other: Point) -> f64 {
    (one.x - other.x).hypot(one.y - other.y)
}

impl Gestures {
    pub(crate) fn new(camera: Camera) -> Self {
        Self { camera, hold: StoredValue::new(Hold::default()) }
    }

    /// `under` finds the table at a place.
    pub(crate) fn down(self, event: &web_sys::PointerEvent, under: impl FnOnce(Point) -> Option<usize>) {
        if event.button() > 1 {
            return;
        }
        let Some((_, at)) = place(event) else { return };
        let id = event.pointer_id();
        let card = under(at);
        let _ = self.hold.try_update_value(|hold| {
            if hold.pointers.is_empty() {
                hold.start = at;
                hold.dragged = false;
                hold.grabbed = card;
            } else {
                hold.dragged = true;
            }
            hold.pointers.retain(|pointer| pointer.0 != id);
            hold.pointers.push((id, at));
        });
    }

    /// The table whose card moves, and by how many pixels of the window.
    pub(crate) fn moved(self, event: &web_sys::PointerEvent) -> Option<(usize, Point)> {
        let id = event.pointer_id();
        if self.hold.try_with_value(|hold| hold.pointers.iter().any(|pointer| pointer.0 == id)) != Some(true)
        {
            return None;
        }
        let (element, at) = place(event)?;
        let step = self.hold.try_update_value(|hold| {
            if !hold.dragged {
                if distance(hold.start, at) < CLICK {
                    return None;
                }
                hold.dragged = true;
            }
            let index = hold.pointers.iter().position(|pointer| pointer.0 == id)?;
            let before = std::mem::replace(&mut hold.pointers[index].1, at);
            let other = hold.pointers.iter().find(|pointer| pointer.0 != id).map(|pointer| pointer.1);
            Some((before, other, hold.grabbed))
        });
        let (before, other, grabbed) = step??;
        // Only once it drags: a captured pointer would take the click away from the cards.
        let _ = element.set_pointer_capture(id);
        let by = Point { x: at.x - before.x, y: at.y - before.y };
        match (other, grabbed) {
            (None, Some(table)) => return Some((table, by)),
            (None, None) => self.camera.pan(by.x, by.y),
            (Some(other), _) => {
                let factor = distance(at, other) / distance(before, other).max(1.0);
                self.camera.zoom(
                    factor.clamp(0.5, 2.0),
                    Point { x: (at.x + other.x) / 2.0, y: (at.y + other.y) / 2.0 },
                );
            }
        }
        None
    }

    /// Where a click was, when this was one.
    pub(crate) fn up(self, event: &web_sys::PointerEvent) -> Option<Point> {
        let (_, at) = place(event)?;
        let id = event.pointer_id();
        self.hold.try_update_value(|hold| {
            let held = hold.pointers.iter().any(|pointer| pointer.0 == id);
            hold.pointers.retain(|pointer| pointer.0 != id);
            (held && !hold.dragged && hold.pointers.is_empty()).then_some(at)
        })?
    }

    pub(crate) fn cancel(self, event: &web_sys::PointerEvent) {
        let id = event.pointer_id();
        let _ = self.hold.try_update_value(|hold| hold.pointers.retain(|pointer| pointer.0 != id));
    }

    /// The wheel pans; with Ctrl, as a pinch on a touchpad is told, it zooms at the pointer.
    pub(crate) fn wheel(self, event: &web_sys::WheelEvent) {
        event.prevent_default();
        let Some((_, at)) = place(event) else { return };
        let unit = if event.delta_mode() == web_sys::WheelEvent::DOM_DELTA_LINE { LINE } else { 1.0 };
        let (dx, dy) = (event.delta_x() * unit, event.delta_y() * unit);
        if event.ctrl_key() || event.meta_key() {
            self.camera.zoom((-dy.clamp(-120.0, 120.0) * 0.008).exp(), at);
        } else if event.shift_key() && dx == 0.0 {
            self.camera.pan(-dy, 0.0);
        } else {
            self.camera.pan(-dx, -dy);
        }
    }
}
