use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::button::{ControlSize, IconButton};
use crate::glyph::Glyph;

/// Puts text on the clipboard; false when the browser refuses.
pub async fn copy_text(text: &str) -> bool {
    // Undefined outside a secure context.
    let clipboard = window().navigator().clipboard();
    if clipboard.is_undefined() {
        return false;
    }
    wasm_bindgen_futures::JsFuture::from(clipboard.write_text(text)).await.is_ok()
}

/// Copies `text`, and says that it did.
#[component]
pub fn CopyButton(
    #[prop(into)] text: Signal<String>,
    /// What is copied: `request id`.
    #[prop(into)]
    what: String,
) -> impl IntoView {
    let outcome = RwSignal::new(None::<bool>);
    let copy = move || {
        let text = text.get_untracked();
        spawn_local(async move {
            let copied = copy_text(&text).await;
            let _ = outcome.try_set(Some(copied));
            set_timeout(
                move || {
                    let _ = outcome.try_set(None);
                },
                Duration::from_secs(2),
            );
        });
    };
    let label = move || match outcome.get() {
        None => format!("Copy {what}"),
        Some(true) => "Copied".to_owned(),
        Some(false) => "The browser did not allow copying".to_owned(),
    };
    let icon = move || match outcome.get() {
        None => Glyph::Copy,
        Some(true) => Glyph::Check,
        Some(false) => Glyph::CircleX,
    };
    let announcement = move || match outcome.get() {
        None => "",
        Some(true) => "Copied",
        Some(false) => "Not copied",
    };
    view! {
        <span class="inline-flex">
            <IconButton label=Signal::derive(label) icon=Signal::derive(icon) size=ControlSize::Small on_click=copy />
            <span class="sr-only" role="status">
                {announcement}
            </span>
        </span>
    }
}
