use std::sync::Arc;

use leptos::prelude::*;

use crate::camera::Camera;
use crate::geometry::{Point, Rect};
use crate::gesture::place;
use crate::scene::Scene;
use crate::viewport::Viewport;

/// The largest size of the map, in pixels.
const WIDTH: f64 = 180.0;
const HEIGHT: f64 = 120.0;

/// The whole world, small: its part that is shown, and pixels for each of its pixels.
fn world(scene: &Scene) -> (Rect, f64) {
    let bounds = scene.bounds().grown(80.0);
    (bounds, (WIDTH / bounds.width).min(HEIGHT / bounds.height))
}

/// All cards as one path.
fn cards(scene: &Scene) -> String {
    scene
        .rects()
        .iter()
        .map(|rect| format!("M{} {}h{}v{}h-{}z", rect.x, rect.y, rect.width, rect.height, rect.width))
        .collect()
}

/// A map of the graph with the part that the window shows; dragging moves the window.
pub(crate) fn minimap(scene: &Arc<Scene>, camera: Camera, size: Signal<(f64, f64)>) -> impl IntoView + use<> {
    let (bounds, scale) = world(scene);
    let shown = move || camera.viewport.get().visible(size.get());
    let go = move |event: &web_sys::PointerEvent| {
        let Some((element, at)) = place(event) else { return };
        let _ = element.set_pointer_capture(event.pointer_id());
        let on = Point { x: bounds.x + at.x / scale, y: bounds.y + at.y / scale };
        let zoom = camera.viewport.get_untracked().zoom;
        camera.set(Viewport::centred(on, size.get_untracked(), zoom));
    };
    view! {
        <svg
            class="graph-minimap"
            style:width=format!("{}px", bounds.width * scale)
            style:height=format!("{}px", bounds.height * scale)
            viewBox=format!("{} {} {} {}", bounds.x, bounds.y, bounds.width, bounds.height)
            aria-hidden="true"
            on:pointerdown=move |event| {
                event.stop_propagation();
                go(&event);
            }
            on:pointermove=move |event| {
                event.stop_propagation();
                if event.buttons() & 1 == 1 {
                    go(&event);
                }
            }
            on:pointerup=move |event| event.stop_propagation()
            on:wheel=move |event| event.prevent_default()
        >
            <path class="graph-minimap-cards" d=cards(scene)></path>
            <rect
                class="graph-minimap-window"
                x=move || shown().x
                y=move || shown().y
                width=move || shown().width
                height=move || shown().height
            ></rect>
        </svg>
    }
}
