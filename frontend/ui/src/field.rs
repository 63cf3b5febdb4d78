use leptos::prelude::*;

use crate::glyph::Glyph;
use crate::icon::Icon;
use crate::id::unique_id;
use crate::prose::prose;

/// What a [`Field`] tells the control inside it.
#[derive(Clone)]
pub(crate) struct FieldContext {
    pub(crate) control: String,
    pub(crate) hint: String,
    pub(crate) invalid: Signal<bool>,
}

/// A label with its control, a hint, and the error when there is one.
///
/// The first `Input`, `Select` or `Textarea` inside is tied to the label and described by the hint and the error.
#[component]
pub fn Field(
    #[prop(into)] label: Signal<String>,
    #[prop(optional, into)] hint: MaybeProp<String>,
    /// What is wrong and what to do.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// Marks the label; a form says which fields may be empty, not which must be filled.
    #[prop(optional)]
    optional: bool,
    children: Children,
) -> impl IntoView {
    let control = unique_id("field");
    let described = format!("{control}-hint");
    let context = FieldContext {
        control: control.clone(),
        hint: described.clone(),
        invalid: Signal::derive(move || error.get().is_some()),
    };
    let note = move || match (error.get(), hint.get()) {
        (Some(error), _) => Some(
            view! {
                <span class="flex items-start gap-1.5 text-bad">
                    <Icon glyph=Glyph::CircleAlert class="size-3.5 mt-px" />
                    <span>{prose(&error)}</span>
                </span>
            }
            .into_any(),
        ),
        (None, Some(hint)) => Some(view! { <span class="text-text-3">{hint}</span> }.into_any()),
        (None, None) => None,
    };
    view! {
        <div class="flex min-w-0 flex-col gap-1.5">
            <label class="text-label font-medium text-text-2" for=control>
                {label}
                {optional.then(|| view! { <span class="font-normal text-text-3">" (optional)"</span> })}
            </label>
            <leptos::context::Provider value=context>{children()}</leptos::context::Provider>
            <div id=described class="text-label empty:-mt-1.5" aria-live="polite">
                {note}
            </div>
        </div>
    }
}
