use leptos::prelude::*;

use crate::id::unique_id;

/// Says more about what it wraps, on hover and on keyboard focus. What it says must not be the only way to learn it.
#[component]
pub fn Tooltip(
    #[prop(into)] text: Signal<String>,
    /// Opens downwards, for what is at the top of the page.
    #[prop(optional)]
    below: bool,
    /// Grows to the left, for what is at the right edge.
    #[prop(optional)]
    end: bool,
    /// Makes the wrapped content itself a tab stop; not for content that already has a control.
    #[prop(optional)]
    focusable: bool,
    children: Children,
) -> impl IntoView {
    let id = unique_id("tooltip");
    let described = id.clone();
    view! {
        <span
            class="tooltip inline-flex"
            class:tooltip-below=below
            class:tooltip-end=end
            tabindex=focusable.then_some("0")
            aria-describedby=described
        >
            {children()}
            <span role="tooltip" id=id>
                {text}
            </span>
        </span>
    }
}
