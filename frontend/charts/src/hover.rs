use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::axis::Frame;

/// Calls `found` with the pointer's place inside the chart, at most once a frame.
pub(crate) fn on_move(found: impl Fn(f64) + Clone + 'static) -> impl Fn(web_sys::PointerEvent) + 'static {
    let pending = StoredValue::new(None::<f64>);
    move |event| {
        let Some(x) = offset(&event) else { return };
        let waiting = pending.try_update_value(|pending| pending.replace(x).is_some());
        if waiting != Some(false) {
            return;
        }
        let found = found.clone();
        request_animation_frame(move || {
            if let Some(Some(x)) = pending.try_update_value(Option::take) {
                found(x);
            }
        });
    }
}

/// Where an event of the pointer is, in pixels from the left of the element that listens.
pub(crate) fn offset(event: &web_sys::MouseEvent) -> Option<f64> {
    let element = event.current_target()?.dyn_into::<web_sys::Element>().ok()?;
    Some(f64::from(event.client_x()) - element.get_bounding_client_rect().left())
}

/// Where the arrow keys, Home and End lead among `count` stops; `None` for other keys.
pub(crate) fn step(key: &str, current: Option<usize>, count: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    match key {
        "ArrowRight" => Some(current.map_or(0, |at| (at + 1).min(last))),
        "ArrowLeft" => Some(current.map_or(last, |at| at.saturating_sub(1))),
        "Home" => Some(0),
        "End" => Some(last),
        _ => None,
    }
}

/// The transform that puts a tooltip beside the pixel `x`, on the side with more room.
pub(crate) fn beside(frame: &Frame, x: f64) -> String {
    let top = frame.top;
    if x > (frame.left + frame.right) / 2.0 {
        format!("translate(calc({x:.0}px - 100% - 12px), {top}px)")
    } else {
        format!("translate({:.0}px, {top}px)", x + 12.0)
    }
}

/// What is told of a stop, in the tooltip and to who cannot see it.
pub(crate) struct Told {
    pub(crate) title: String,
    /// The series' class, its name, its value.
    pub(crate) rows: Vec<(&'static str, String, String)>,
    pub(crate) notes: Vec<String>,
}

impl Told {
    /// To be read out.
    pub(crate) fn sentence(self) -> String {
        self.rows.into_iter().fold(self.title, |text, (_, name, value)| format!("{text}. {name}: {value}"))
    }
}

/// The inside of a tooltip.
pub(crate) fn tooltip_content(told: Told) -> impl IntoView {
    let Told { title, rows, notes } = told;
    let rows = rows
        .into_iter()
        .map(|(class, name, value)| {
            view! {
                <div class="flex items-center gap-2">
                    <span class=format!("chart-key {class}")></span>
                    <span class="text-text-2">{name}</span>
                    <span class="ml-auto pl-4 font-medium">{value}</span>
                </div>
            }
        })
        .collect_view();
    let notes = notes.into_iter().map(|note| view! { <div class="text-text-2">{note}</div> }).collect_view();
    view! {
        <div class="font-medium">{title}</div>
        {rows}
        {notes}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_walk_the_points_and_stop_at_the_ends() {
        assert_eq!(step("ArrowRight", None, 3), Some(0));
        assert_eq!(step("ArrowRight", Some(2), 3), Some(2));
        assert_eq!(step("ArrowLeft", None, 3), Some(2));
        assert_eq!(step("ArrowLeft", Some(0), 3), Some(0));
        assert_eq!(step("Tab", Some(0), 3), None);
        assert_eq!(step("End", None, 0), None);
    }
}
