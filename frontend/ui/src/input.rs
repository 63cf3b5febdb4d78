use leptos::prelude::*;

use crate::field::FieldContext;
use crate::glyph::Glyph;
use crate::icon::Icon;

const CONTROL: &str = "w-full min-w-0 rounded-control border border-control bg-bg px-3 text-body text-text \
                       placeholder:text-text-3 aria-invalid:border-bad disabled:opacity-60 disabled:cursor-not-allowed";

/// The id, the description and the validity that a surrounding [`Field`](crate::Field) gives its control.
fn tie() -> (Option<String>, Option<String>, impl Fn() -> Option<&'static str> + Send + Sync + Clone) {
    let context = use_context::<FieldContext>();
    let id = context.as_ref().map(|context| context.control.clone());
    let hint = context.as_ref().map(|context| context.hint.clone());
    let invalid = move || context.as_ref().filter(|context| context.invalid.get()).map(|_| "true");
    (id, hint, invalid)
}

/// One line of text. Outside a `Field` it needs a `label`.
#[component]
pub fn Input(
    value: RwSignal<String>,
    /// `text`, `password`, `email`, `url`, `number`, `date`, …
    #[prop(default = "text")]
    kind: &'static str,
    #[prop(optional, into)] label: Option<String>,
    #[prop(optional, into)] name: Option<String>,
    #[prop(optional, into)] placeholder: MaybeProp<String>,
    #[prop(optional, into)] autocomplete: Option<&'static str>,
    /// Which keyboard a phone shows, such as `numeric`.
    #[prop(optional, into)]
    inputmode: Option<&'static str>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional)] required: bool,
    #[prop(optional)] autofocus: bool,
    /// For identifiers and secrets.
    #[prop(optional)]
    mono: bool,
) -> impl IntoView {
    let (id, hint, invalid) = tie();
    view! {
        <input
            id=id
            type=kind
            class=format!("{CONTROL} h-9")
            class:font-mono=mono
            aria-label=label
            aria-describedby=hint
            aria-invalid=invalid
            name=name
            placeholder=move || placeholder.get()
            autocomplete=autocomplete
            inputmode=inputmode
            autofocus=autofocus
            disabled=disabled
            required=required
            prop:value=value
            on:input=move |event| value.set(event_target_value(&event))
        />
    }
}

/// Several lines of text.
#[component]
pub fn Textarea(
    value: RwSignal<String>,
    #[prop(default = 4)] rows: u32,
    #[prop(optional, into)] label: Option<String>,
    #[prop(optional, into)] placeholder: Option<String>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional)] mono: bool,
) -> impl IntoView {
    let (id, hint, invalid) = tie();
    view! {
        <textarea
            id=id
            class=format!("{CONTROL} py-2")
            class:font-mono=mono
            rows=rows.to_string()
            aria-label=label
            aria-describedby=hint
            aria-invalid=invalid
            placeholder=placeholder
            disabled=disabled
            prop:value=value
            on:input=move |event| value.set(event_target_value(&event))
        ></textarea>
    }
}

/// A choice of a [`Select`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectOption {
    pub value: String,
    pub label: String,
}

impl SelectOption {
    /// A value and the words for it.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// One of a few.
#[component]
pub fn Select(
    value: RwSignal<String>,
    #[prop(into)] options: Signal<Vec<SelectOption>>,
    #[prop(optional, into)] label: Option<String>,
    #[prop(optional, into)] disabled: Signal<bool>,
    /// Called with what a person chose.
    #[prop(optional, into)]
    on_change: Option<Callback<String>>,
) -> impl IntoView {
    let (id, hint, invalid) = tie();
    let choices = move || {
        options
            .get()
            .into_iter()
            .map(|option| {
                let own = option.value.clone();
                view! {
                    <option value=option.value prop:selected=move || value.get() == own>
                        {option.label}
                    </option>
                }
            })
            .collect_view()
    };
    view! {
        <span class="relative inline-flex w-full min-w-0">
            <select
                id=id
                class=format!("{CONTROL} h-9 appearance-none pr-8")
                aria-label=label
                aria-describedby=hint
                aria-invalid=invalid
                disabled=disabled
                on:change=move |event| {
                    let chosen = event_target_value(&event);
                    value.set(chosen.clone());
                    if let Some(on_change) = on_change {
                        on_change.run(chosen);
                    }
                }
            >
                {choices}
            </select>
            <span class="pointer-events-none absolute inset-y-0 right-2.5 flex items-center text-text-2">
                <Icon glyph=Glyph::ChevronDown />
            </span>
        </span>
    }
}

/// A filter field: Esc clears it.
#[component]
pub fn SearchInput(
    value: RwSignal<String>,
    #[prop(into)] label: String,
    #[prop(optional, into)] placeholder: Option<String>,
) -> impl IntoView {
    let placeholder = placeholder.unwrap_or_else(|| label.clone());
    view! {
        <span class="relative block w-full min-w-0">
            <span class="pointer-events-none absolute inset-y-0 left-3 flex items-center text-text-3">
                <Icon glyph=Glyph::Search />
            </span>
            <input
                type="search"
                class=format!("{CONTROL} h-9 pl-9")
                aria-label=label
                placeholder=placeholder
                autocomplete="off"
                spellcheck="false"
                prop:value=value
                on:input=move |event| value.set(event_target_value(&event))
                on:keydown=move |event| {
                    if event.key() == "Escape" && !value.get_untracked().is_empty() {
                        event.prevent_default();
                        event.stop_propagation();
                        value.set(String::new());
                    }
                }
            />
        </span>
    }
}
