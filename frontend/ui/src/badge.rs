use leptos::prelude::*;
use types::change::Severity;
use types::quality::Health;

use crate::glyph::Glyph;
use crate::icon::Icon;

/// What a mark means; each has a colour, and its user adds a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Neutral,
    Accent,
    Ok,
    Warn,
    Bad,
    Info,
}

impl Tone {
    /// Text and tinted background.
    #[must_use]
    pub fn tint(self) -> &'static str {
        match self {
            Self::Neutral => "bg-neutral-tint text-text-2",
            Self::Accent => "bg-accent-tint text-accent-text",
            Self::Ok => "bg-ok-tint text-ok",
            Self::Warn => "bg-warn-tint text-warn",
            Self::Bad => "bg-bad-tint text-bad",
            Self::Info => "bg-info-tint text-info",
        }
    }

    /// Text only.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Neutral => "text-text-2",
            Self::Accent => "text-accent-text",
            Self::Ok => "text-ok",
            Self::Warn => "text-warn",
            Self::Bad => "text-bad",
            Self::Info => "text-info",
        }
    }
}

impl From<Health> for Tone {
    fn from(health: Health) -> Self {
        match health {
            Health::Unknown => Self::Neutral,
            Health::Healthy => Self::Ok,
            Health::Warning => Self::Warn,
            Health::Critical => Self::Bad,
        }
    }
}

impl From<Severity> for Tone {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Info => Self::Neutral,
            Severity::Safe => Self::Ok,
            Severity::PotentiallyBreaking => Self::Warn,
            Severity::Breaking => Self::Bad,
        }
    }
}

/// A word on a tint, with an icon when there is one.
#[component]
pub fn Badge(
    #[prop(into)] label: Signal<String>,
    #[prop(optional, into)] tone: Signal<Tone>,
    #[prop(optional, into)] icon: Option<Glyph>,
    /// What hovering says, such as how the status was found.
    #[prop(optional, into)]
    title: MaybeProp<String>,
) -> impl IntoView {
    view! {
        <span
            class=move || {
                format!(
                    "inline-flex items-center gap-1 rounded-full px-2 py-0.5 text-label font-medium whitespace-nowrap {}",
                    tone.get().tint(),
                )
            }
            title=move || title.get()
        >
            {icon.map(|glyph| view! { <Icon glyph=glyph class="size-3.5" /> })}
            {label}
        </span>
    }
}

fn health_glyph(health: Health) -> Glyph {
    match health {
        Health::Unknown => Glyph::CircleDashed,
        Health::Healthy => Glyph::CircleCheck,
        Health::Warning => Glyph::TriangleAlert,
        Health::Critical => Glyph::OctagonAlert,
    }
}

/// A column's, table's or source's health.
#[component]
pub fn HealthBadge(health: Health, #[prop(optional, into)] title: MaybeProp<String>) -> impl IntoView {
    let label = if health == Health::Unknown { "not measured" } else { health.as_str() };
    view! { <Badge label=label tone=Tone::from(health) icon=health_glyph(health) title=title /> }
}

/// Health in 16 pixels, for lists: the icon's shape and its name say what the colour says.
#[component]
pub fn HealthDot(health: Health) -> impl IntoView {
    let label = if health == Health::Unknown { "health not measured" } else { health.as_str() };
    view! {
        <span class=format!("inline-flex {}", Tone::from(health).text()) title=label>
            <Icon glyph=health_glyph(health) class="size-4" label=label />
        </span>
    }
}

/// How a change affects those who read or write.
#[component]
pub fn SeverityBadge(
    severity: Severity,
    /// Such as `readers` or `writers`; put before the word.
    #[prop(optional, into)]
    audience: Option<&'static str>,
    #[prop(optional, into)] title: MaybeProp<String>,
) -> impl IntoView {
    let (word, glyph) = match severity {
        Severity::Breaking => ("breaking", Glyph::OctagonAlert),
        Severity::PotentiallyBreaking => ("potentially breaking", Glyph::TriangleAlert),
        Severity::Safe => ("safe", Glyph::CircleCheck),
        Severity::Info => ("info", Glyph::Info),
    };
    let label = audience.map_or_else(|| word.to_owned(), |audience| format!("{audience}: {word}"));
    view! { <Badge label=label tone=Tone::from(severity) icon=glyph title=title /> }
}
