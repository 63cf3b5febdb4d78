use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use crate::button::{ButtonVariant, ControlSize};

/// A button that asks for a file. Its words are the accessible name; the browser's own control lies over them unseen, so
/// that a file may be dropped on it as well.
#[component]
pub fn FileButton(
    /// Media types that may be chosen, with commas between them.
    accept: &'static str,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(into)] on_file: Callback<web_sys::File>,
    children: Children,
) -> impl IntoView {
    let choose = move |event: web_sys::Event| {
        let Some(input) =
            event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok())
        else {
            return;
        };
        let file = input.files().and_then(|files| files.get(0));
        // The same file may be chosen again.
        input.set_value("");
        if let Some(file) = file {
            on_file.run(file);
        }
    };
    // `enabled:` never matches a label, so hover is said again.
    let look = ButtonVariant::Secondary.look(ControlSize::Medium);
    view! {
        <label class=format!(
            "relative {look} hover:border-control has-disabled:opacity-50 has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent-text",
        )>
            {children()}
            <input
                type="file"
                accept=accept
                disabled=disabled
                class="absolute inset-0 cursor-pointer opacity-0 file:cursor-pointer disabled:cursor-not-allowed"
                on:change=choose
            />
        </label>
    }
}
