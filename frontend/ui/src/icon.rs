use leptos::prelude::*;

use crate::glyph::Glyph;

/// A drawing beside a word; hidden from assistive technology unless it has a `label`.
#[component]
pub fn Icon(
    #[prop(into)] glyph: Signal<Glyph>,
    /// Classes for size and colour; 16 pixels unless said.
    #[prop(default = "size-4")]
    class: &'static str,
    #[prop(optional, into)] label: Option<String>,
) -> impl IntoView {
    let role = label.as_ref().map(|_| "img");
    let hidden = label.is_none().then_some("true");
    view! {
        <svg
            class=format!("shrink-0 {class}")
            viewBox="0 0 24 24"
            fill="none"
            stroke="currentColor"
            stroke-width="2"
            stroke-linecap="round"
            stroke-linejoin="round"
            role=role
            aria-label=label
            aria-hidden=hidden
            inner_html=move || glyph.get().body()
        ></svg>
    }
}
