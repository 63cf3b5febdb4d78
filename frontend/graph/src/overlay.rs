use leptos::prelude::*;
use ui::{ControlSize, Glyph, Icon, IconButton, Menu, MenuItem};

/// What a click on one of the graph's own buttons asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    ZoomIn,
    ZoomOut,
    Fit,
    ActualSize,
    /// Every card back to where the layout puts it.
    ResetPlaces,
    SaveSvg,
    SavePng,
}

/// The floating buttons; `more` is what the page adds, `moved` says whether a card was moved.
pub(crate) fn toolbar(
    ask: impl Fn(Ask) + Copy + Send + Sync + 'static,
    moved: Signal<bool>,
    more: ViewFnOnce,
) -> impl IntoView {
    let reset = move || {
        moved.get().then(|| {
            view! {
                <IconButton label="Put every table back" icon=Glyph::History size=ControlSize::Small on_click=move || ask(Ask::ResetPlaces) />
            }
        })
    };
    view! {
        // What is typed and clicked here is not for the graph below.
        <div
            class="graph-toolbar"
            role="toolbar"
            aria-label="Graph"
            on:pointerdown=|event| event.stop_propagation()
            on:keydown=|event| event.stop_propagation()
            on:dblclick=|event| event.stop_propagation()
        >
            {more.run()}
            <IconButton label="Zoom in (+)" icon=Glyph::ZoomIn size=ControlSize::Small on_click=move || ask(Ask::ZoomIn) />
            <IconButton label="Zoom out (−)" icon=Glyph::ZoomOut size=ControlSize::Small on_click=move || ask(Ask::ZoomOut) />
            <IconButton label="Show all (F)" icon=Glyph::Maximize size=ControlSize::Small on_click=move || ask(Ask::Fit) />
            {reset}
            <Menu
                label="Save the graph as a picture"
                class="inline-flex size-7 items-center justify-center rounded-control text-text-2 hover:bg-surface-2 hover:text-text"
                trigger=|| view! { <Icon glyph=Glyph::Download /> }
            >
                <MenuItem on_select=move || ask(Ask::SaveSvg)>"Save as SVG"</MenuItem>
                <MenuItem on_select=move || ask(Ask::SavePng)>"Save as PNG"</MenuItem>
            </Menu>
        </div>
    }
}

/// What the marks mean.
pub(crate) fn legend() -> impl IntoView {
    view! {
        <ul class="graph-legend" aria-label="Legend">
            <li>
                <Icon glyph=Glyph::Key class="size-3 text-warn" />
                "primary key"
            </li>
            <li>
                <Icon glyph=Glyph::Link class="size-3 text-accent-text" />
                "foreign key"
            </li>
            <li>
                <svg class="graph-legend-edge" viewBox="0 0 28 12" aria-hidden="true">
                    <path d="M0 1L10 6L0 11M0 6H28M22 1V11"></path>
                </svg>
                "many to one"
            </li>
        </ul>
    }
}
