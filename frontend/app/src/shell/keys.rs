use leptos::ev;
use leptos::prelude::*;
use ui::{Dialog, now_millis};
use wasm_bindgen::JsCast;

use super::navigation::DESTINATIONS;
use super::top_bar::ShortcutSheet;
use crate::workspace::{use_go, use_workspace};

/// How long `g` waits for its letter.
const CHORD_MILLIS: i64 = 1_500;

/// Whether keys belong to what has focus: a field, or an open dialog.
pub(crate) fn is_typing() -> bool {
    let inside = document().active_element().is_some_and(|element| {
        matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
            || element
                .dyn_ref::<web_sys::HtmlElement>()
                .is_some_and(web_sys::HtmlElement::is_content_editable)
    });
    inside || document().query_selector("dialog[open]").ok().flatten().is_some()
}

/// Puts the cursor into the page's own search field; false when it has none.
fn focus_search() -> bool {
    let field = document().query_selector("main input[type=search]").ok().flatten();
    match field.and_then(|field| field.dyn_into::<web_sys::HtmlElement>().ok()) {
        Some(field) => field.focus().is_ok(),
        None => false,
    }
}

/// The keyboard shortcuts, and the sheet that lists them.
#[component]
pub fn Shortcuts(palette: RwSignal<bool>) -> impl IntoView {
    let workspace = use_workspace();
    let go = use_go();
    let ShortcutSheet(sheet) = expect_context();
    let chord = StoredValue::new(None::<i64>);
    let handle = window_event_listener(ev::keydown, move |event| {
        let key = event.key();
        if (event.ctrl_key() || event.meta_key()) && !event.alt_key() && key.eq_ignore_ascii_case("k") {
            event.prevent_default();
            let _ = palette.try_update(|open| *open = !*open);
            return;
        }
        if event.ctrl_key() || event.meta_key() || event.alt_key() || is_typing() {
            return;
        }
        let now = now_millis();
        let after_g = chord.try_get_value().flatten().is_some_and(|at| now - at < CHORD_MILLIS);
        let _ = chord.try_set_value(None);
        if after_g && let Some(destination) = DESTINATIONS.iter().find(|destination| destination.key == key) {
            event.prevent_default();
            go(&untrack(|| workspace.href(destination.path)), false);
            return;
        }
        match key.as_str() {
            "g" => {
                let _ = chord.try_set_value(Some(now));
            }
            "/" => {
                event.prevent_default();
                if !focus_search() {
                    let _ = palette.try_set(true);
                }
            }
            "?" => {
                event.prevent_default();
                let _ = sheet.try_set(true);
            }
            _ => {}
        }
    });
    on_cleanup(move || handle.remove());
    view! {
        <Dialog open=sheet title="Keyboard shortcuts">
            <dl class="grid grid-cols-[auto_1fr] items-center gap-x-6 gap-y-2.5 text-body">
                <Line keys=vec!["Ctrl K"] text="Search and commands" />
                <Line keys=vec!["/"] text="Search on this page" />
                {DESTINATIONS
                    .iter()
                    .map(|destination| {
                        view! { <Line keys=vec!["g", destination.key] text=destination.label /> }
                    })
                    .collect_view()}
                <Line keys=vec!["?"] text="This sheet" />
                <Line keys=vec!["Esc"] text="Close what is open" />
            </dl>
        </Dialog>
    }
}

#[component]
fn Line(keys: Vec<&'static str>, text: &'static str) -> impl IntoView {
    view! {
        <dt class="flex gap-1">
            {keys
                .into_iter()
                .map(|key| {
                    view! {
                        <kbd class="min-w-6 rounded border border-border bg-surface-2 px-1.5 py-0.5 text-center font-sans text-label">
                            {key}
                        </kbd>
                    }
                })
                .collect_view()}
        </dt>
        <dd class="text-text-2">{text}</dd>
    }
}
