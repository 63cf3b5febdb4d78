use leptos::prelude::*;

use crate::glyph::Glyph;
use crate::icon::Icon;

/// How much a button asks for attention; at most one primary in a view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonVariant {
    Primary,
    #[default]
    Secondary,
    Ghost,
    /// Cannot be undone.
    Danger,
}

impl ButtonVariant {
    /// The classes of whatever looks like a button of this kind.
    #[must_use]
    pub fn look(self, size: ControlSize) -> String {
        format!("{SHAPE} {} {}", self.class(), size.class())
    }

    fn class(self) -> &'static str {
        match self {
            Self::Primary => "bg-accent text-on-accent border-transparent enabled:hover:bg-accent-hover",
            Self::Secondary => "bg-surface-2 text-text border-border enabled:hover:border-control",
            Self::Ghost => {
                "bg-transparent text-text-2 border-transparent enabled:hover:bg-surface-2 enabled:hover:text-text"
            }
            Self::Danger => "bg-danger text-on-accent border-transparent enabled:hover:bg-danger-hover",
        }
    }
}

/// The height of a control.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ControlSize {
    /// 28 pixels.
    Small,
    /// 36 pixels.
    #[default]
    Medium,
}

impl ControlSize {
    fn class(self) -> &'static str {
        match self {
            Self::Small => "h-7 px-2.5 text-label gap-1.5",
            Self::Medium => "h-9 px-3.5 text-body gap-2",
        }
    }

    fn square(self) -> &'static str {
        match self {
            Self::Small => "size-7",
            Self::Medium => "size-9",
        }
    }
}

const SHAPE: &str = "inline-flex shrink-0 items-center justify-center rounded-control border font-medium \
                     whitespace-nowrap transition-colors disabled:opacity-50 disabled:cursor-not-allowed \
                     aria-busy:cursor-progress";

/// A button with a word. While `loading` it stays focusable, says so, and ignores clicks.
#[component]
pub fn Button(
    #[prop(optional)] variant: ButtonVariant,
    #[prop(optional)] size: ControlSize,
    #[prop(optional, into)] icon: Option<Glyph>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] loading: Signal<bool>,
    #[prop(optional, into)] on_click: Option<Callback<()>>,
    /// Submits the form around it.
    #[prop(optional)]
    submit: bool,
    children: Children,
) -> impl IntoView {
    let click = move |event: web_sys::MouseEvent| {
        if loading.get_untracked() {
            event.prevent_default();
        } else if let Some(on_click) = on_click {
            on_click.run(());
        }
    };
    let mark = move || match (loading.get(), icon) {
        (true, _) => Some(view! { <Icon glyph=Glyph::LoaderCircle class="size-4 spin" /> }),
        (false, Some(glyph)) => Some(view! { <Icon glyph=glyph class="size-4" /> }),
        (false, None) => None,
    };
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=variant.look(size)
            disabled=disabled
            aria-busy=move || loading.get().then_some("true")
            on:click=click
        >
            {mark}
            {children()}
        </button>
    }
}

/// A link that looks like a button.
#[component]
pub fn LinkButton(
    #[prop(into)] href: Signal<String>,
    #[prop(optional)] variant: ButtonVariant,
    #[prop(optional)] size: ControlSize,
    #[prop(optional, into)] icon: Option<Glyph>,
    children: Children,
) -> impl IntoView {
    // `enabled:` never matches a link, so hover is said again.
    let hover = match variant {
        ButtonVariant::Primary => "hover:bg-accent-hover",
        ButtonVariant::Secondary => "hover:border-control",
        ButtonVariant::Ghost => "hover:bg-surface-2 hover:text-text",
        ButtonVariant::Danger => "hover:bg-danger-hover",
    };
    view! {
        <a href=href class=format!("{} {hover}", variant.look(size))>
            {icon.map(|glyph| view! { <Icon glyph=glyph class="size-4" /> })}
            {children()}
        </a>
    }
}

/// A square button with an icon; `label` is its accessible name and its tooltip.
#[component]
pub fn IconButton(
    #[prop(into)] label: Signal<String>,
    #[prop(into)] icon: Signal<Glyph>,
    #[prop(default = ButtonVariant::Ghost)] variant: ButtonVariant,
    #[prop(optional)] size: ControlSize,
    #[prop(optional, into)] disabled: Signal<bool>,
    /// For a button that stays down.
    #[prop(optional, into)]
    pressed: Option<Signal<bool>>,
    #[prop(optional, into)] on_click: Option<Callback<()>>,
) -> impl IntoView {
    let click = move |_| {
        if let Some(on_click) = on_click {
            on_click.run(());
        }
    };
    view! {
        <button
            type="button"
            class=format!(
                "{SHAPE} {} {} aria-pressed:bg-accent-tint aria-pressed:text-accent-text",
                variant.class(),
                size.square(),
            )
            title=label
            aria-label=label
            aria-pressed=move || pressed.map(|pressed| if pressed.get() { "true" } else { "false" })
            disabled=disabled
            on:click=click
        >
            <Icon glyph=icon />
        </button>
    }
}
