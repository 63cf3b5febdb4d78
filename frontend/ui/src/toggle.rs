use leptos::prelude::*;

use crate::glyph::Glyph;
use crate::icon::Icon;

/// Something that is on or off at once.
#[component]
pub fn Switch(
    checked: RwSignal<bool>,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] disabled: Signal<bool>,
    /// Called with what a person chose.
    #[prop(optional, into)]
    on_change: Option<Callback<bool>>,
) -> impl IntoView {
    let toggle = move |_| {
        let now = !checked.get_untracked();
        checked.set(now);
        if let Some(on_change) = on_change {
            on_change.run(now);
        }
    };
    view! {
        <button
            type="button"
            role="switch"
            class="group inline-flex min-h-6 items-start gap-3 rounded-control text-left disabled:opacity-50 disabled:cursor-not-allowed"
            aria-checked=move || if checked.get() { "true" } else { "false" }
            disabled=disabled
            on:click=toggle
        >
            <span class="mt-px inline-flex h-5 w-9 shrink-0 items-center rounded-full border border-control bg-surface-2 p-0.5 transition-colors group-aria-checked:border-transparent group-aria-checked:bg-accent">
                <span class="size-3.5 rounded-full bg-text-2 transition-transform group-aria-checked:translate-x-4 group-aria-checked:bg-on-accent"></span>
            </span>
            <span class="min-w-0">
                <span class="block text-body">{label}</span>
                {hint.map(|hint| view! { <span class="block text-label text-text-3">{hint}</span> })}
            </span>
        </button>
    }
}

/// One of several that may each be chosen.
#[component]
pub fn Checkbox(
    checked: RwSignal<bool>,
    #[prop(into)] label: String,
    /// Keeps the label for assistive technology only, such as in a table.
    #[prop(optional)]
    label_hidden: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] on_change: Option<Callback<bool>>,
) -> impl IntoView {
    let change = move |event: leptos::ev::Event| {
        let now = event_target_checked(&event);
        checked.set(now);
        if let Some(on_change) = on_change {
            on_change.run(now);
        }
    };
    view! {
        <label class="inline-flex min-h-6 items-center gap-2.5 text-body">
            <span class="relative inline-flex size-4 shrink-0">
                <input
                    type="checkbox"
                    class="peer size-4 appearance-none rounded-sm border border-control bg-bg checked:border-transparent checked:bg-accent disabled:opacity-50"
                    prop:checked=checked
                    disabled=disabled
                    on:change=change
                />
                <span class="pointer-events-none absolute inset-0 hidden text-on-accent peer-checked:block">
                    <Icon glyph=Glyph::Check class="size-4" />
                </span>
            </span>
            <span class:sr-only=label_hidden>{label}</span>
        </label>
    }
}
