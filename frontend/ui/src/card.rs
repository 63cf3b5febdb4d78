use leptos::prelude::*;

use crate::badge::Tone;
use crate::glyph::Glyph;
use crate::icon::Icon;
use crate::prose::prose;
use crate::tooltip::Tooltip;

/// A surface with an optional heading and actions.
#[component]
pub fn Card(
    #[prop(optional, into)] title: Option<String>,
    /// One sentence below the heading; commands in it between backticks.
    #[prop(optional, into)]
    description: Option<String>,
    #[prop(optional, into)] actions: ViewFnOnce,
    /// For a table that reaches the edges.
    #[prop(optional)]
    flush: bool,
    #[prop(optional, into)] class: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    let header = title.map(|title| {
        view! {
            <header class="flex items-start justify-between gap-4 px-5 pt-5 pb-4">
                <div class="min-w-0">
                    <h2 class="text-body font-semibold">{title}</h2>
                    {description.map(|text| view! { <p class="mt-1 text-table text-text-2">{prose(&text)}</p> })}
                </div>
                <div class="flex items-center gap-2">{actions.run()}</div>
            </header>
        }
    });
    let padding = match (flush, header.is_some()) {
        (true, _) => "",
        (false, true) => "px-5 pb-5",
        (false, false) => "p-5",
    };
    view! {
        <section class=format!(
            "min-w-0 rounded-xl border border-border bg-surface shadow-card {}",
            class.unwrap_or_default(),
        )>{header} <div class=padding>{children()}</div></section>
    }
}

/// How a figure moved.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Such as `+3` or `−1.2 points`.
    pub text: String,
    /// Positive, negative or zero: chooses the arrow.
    pub direction: f64,
    /// Whether that is good.
    pub tone: Tone,
    /// What it is compared with: `24 a week ago`.
    pub detail: String,
}

impl Change {
    /// Against last week's figure: the signed difference as `show` writes it; good when `more_is_good` says so, and
    /// without judgement when it is `None`.
    #[must_use]
    pub fn against_last_week(
        now: f64,
        before: f64,
        more_is_good: Option<bool>,
        show: impl Fn(f64) -> String,
    ) -> Self {
        let difference = now - before;
        let text = if difference > 0.0 { format!("+{}", show(difference)) } else { show(difference) };
        let tone = match more_is_good {
            Some(good) if difference != 0.0 => {
                if (difference > 0.0) == good {
                    Tone::Ok
                } else {
                    Tone::Bad
                }
            }
            _ => Tone::Neutral,
        };
        Self { text, direction: difference, tone, detail: format!("{} a week ago", show(before)) }
    }
}

/// A figure with its unit, its change and a sparkline; a link when `href` is given.
#[component]
pub fn StatCard(
    #[prop(into)] label: String,
    #[prop(into)] value: Signal<String>,
    #[prop(optional, into)] unit: Option<String>,
    #[prop(optional_no_strip)] change: Option<Change>,
    /// A few words where the change would be, for a figure that has none.
    #[prop(optional, into)]
    note: String,
    /// How the figure was obtained, when, from what.
    #[prop(optional, into)]
    provenance: Option<String>,
    #[prop(optional, into)] href: Option<String>,
    #[prop(optional)] tone: Tone,
    /// The sparkline.
    #[prop(optional, into)]
    sparkline: ViewFnOnce,
) -> impl IntoView {
    let figure_tone = if tone == Tone::Neutral { "text-text" } else { tone.text() };
    let change = change.map(|change| {
        let glyph = if change.direction > 0.0 {
            Glyph::ArrowUp
        } else if change.direction < 0.0 {
            Glyph::ArrowDown
        } else {
            Glyph::Minus
        };
        view! {
            <Tooltip text=change.detail focusable=true>
                <span class=format!("inline-flex items-center gap-0.5 text-label font-medium {}", change.tone.text())>
                    <Icon glyph=glyph class="size-3.5" />
                    {change.text}
                </span>
            </Tooltip>
        }
    });
    let title = match href {
        Some(href) => {
            // The link's area is the whole card; its name stays the label.
            view! { <a href=href class="after:absolute after:inset-0 after:rounded-xl hover:text-text">{label}</a> }
                .into_any()
        }
        None => label.into_any(),
    };
    view! {
        <section class="relative flex min-w-0 flex-col rounded-xl border border-border bg-surface p-5 shadow-card transition-colors has-[a:hover]:border-control">
            <h2 class="text-label font-medium text-text-2">{title}</h2>
            <div class="mt-2 flex items-baseline gap-1.5" title=provenance>
                <span class=format!("text-figure font-semibold tracking-tight {figure_tone}")>{value}</span>
                {unit.map(|unit| view! { <span class="text-body text-text-2">{unit}</span> })}
            </div>
            <div class="relative z-1 mt-1 flex h-5 items-center text-label whitespace-nowrap text-text-2">{change} {note}</div>
            <div class="mt-auto h-9 pt-2">{sparkline.run()}</div>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_judged_by_what_the_figure_counts() {
        let show = |value: f64| crate::format::decimal(value, 0);
        let cases = [
            (27.0, 24.0, None, "+3", Tone::Neutral),
            (3.0, 0.0, Some(false), "+3", Tone::Bad),
            (90.0, 92.0, Some(true), "\u{2212}2", Tone::Bad),
            (5.0, 5.0, Some(true), "0", Tone::Neutral),
        ];
        for (now, before, good, text, tone) in cases {
            let change = Change::against_last_week(now, before, good, show);
            assert_eq!((change.text.as_str(), change.tone), (text, tone));
        }
    }
}
