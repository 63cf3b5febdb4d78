use leptos::prelude::*;

use crate::badge::Tone;
use crate::format;

/// A share as a bar and a number, for a table's cell; a dash when it was not measured.
#[component]
pub fn PercentBar(
    /// 0 to 100.
    value: Option<f64>,
    /// What is measured: `NULL values`.
    #[prop(into)]
    label: String,
    #[prop(optional)] tone: Tone,
    /// How the number was obtained.
    #[prop(optional, into)]
    title: Option<String>,
) -> impl IntoView {
    let fill = match tone {
        Tone::Neutral | Tone::Accent => "bg-series-1",
        Tone::Ok => "bg-ok",
        Tone::Warn => "bg-warn",
        Tone::Bad => "bg-bad",
        Tone::Info => "bg-info",
    };
    let (text, width) = match value {
        Some(value) => (format::percent(value), format!("{}%", value.clamp(0.0, 100.0))),
        None => ("–".to_owned(), "0%".to_owned()),
    };
    let spoken = if value.is_some() { format!("{label}: {text}") } else { format!("{label}: not measured") };
    view! {
        <span class="inline-flex items-center justify-end gap-2" title=title role="img" aria-label=spoken>
            <span class="h-1.5 w-9 overflow-hidden rounded-full bg-surface-2" aria-hidden="true">
                <span class=format!("block h-full rounded-full {fill}") style:width=width></span>
            </span>
            <span class="w-11 text-right" aria-hidden="true">
                {text}
            </span>
        </span>
    }
}
