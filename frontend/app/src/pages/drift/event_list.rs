use leptos::prelude::*;
use types::drift::DriftSummary;
use types::page::Page;
use ui::{Badge, Button, Card, EmptyState, Glyph, Icon, RelativeTime, SeverityBadge, Tone};

use super::change_ruling::FoundBadge;
use super::narrowed::Narrowed;
use crate::fetch::{More, MorePages};
use crate::words::{DriftStatusBadge, counts};

/// The events, newest first.
#[component]
pub fn EventList(
    page: Signal<Page<DriftSummary>>,
    narrowed: Narrowed,
    opened: RwSignal<String>,
    more: More,
) -> impl IntoView {
    let empty = Memo::new(move |_| page.with(|page| page.items.is_empty()));
    view! {
        <Card title="Drift events" flush=true>
            {move || {
                if !empty.get() {
                    view! {
                        <ol class="divide-y divide-border border-t border-border" aria-label="Drift events">
                            <For
                                each=move || page.get().items
                                key=|event| (event.id, event.status, event.severity)
                                children=move |event| view! { <EventRow event=event opened=opened /> }
                            />
                        </ol>
                    }
                        .into_any()
                } else if narrowed.is_narrow() {
                    view! {
                        <EmptyState
                            icon=Glyph::Filter
                            title="No event matches"
                            text="No drift event has these words, days, severity, status, owner and tag together."
                            action=move || view! { <Button on_click=move || narrowed.clear()>"Clear filters"</Button> }
                        />
                    }
                        .into_any()
                } else {
                    view! {
                        <EmptyState
                            icon=Glyph::GitCompare
                            title="No drift yet"
                            text="When a scan finds the schema changed, the change is listed here with whom it breaks and why."
                        />
                    }
                        .into_any()
                }
            }}
            <MorePages more=more noun="event" />
        </Card>
    }
}

#[component]
fn EventRow(event: DriftSummary, opened: RwSignal<String>) -> impl IntoView {
    let id = event.id.to_string();
    let own = id.clone();
    let bar = if event.breaking { "bg-bad" } else { "bg-transparent" };
    let affected = match event.affected.as_slice() {
        [] => String::new(),
        [one] => format!("Affects {one}"),
        [one, two] => format!("Affects {one}, {two}"),
        [one, two, rest @ ..] => format!("Affects {one}, {two} and {} more", rest.len()),
    };
    view! {
        <li data-drift=own>
            <button
                type="button"
                class="relative flex w-full flex-wrap items-start gap-x-4 gap-y-2 px-5 sm:flex-nowrap py-3 text-left hover:bg-surface-2 focus-visible:-outline-offset-2"
                on:click=move |_| opened.set(id.clone())
            >
                <span class=format!("absolute inset-y-0 left-0 w-0.5 {bar}") aria-hidden="true"></span>
                <span class="w-full text-table sm:w-28 sm:shrink-0 text-text-2">
                    <RelativeTime at=event.detected_at />
                    <span class="mt-0.5 block font-mono text-label text-text-3">
                        {format!("v{} → v{}", event.old_version, event.new_version)}
                    </span>
                </span>
                <span class="min-w-0 basis-full sm:flex-1 sm:basis-48">
                    <span class="block break-words">{event.sentence}</span>
                    <span class="mt-0.5 block truncate text-table text-text-3">
                        <span class="font-mono">{event.source}</span>
                        " · "
                        {counts(&event.summary)}
                        {(!affected.is_empty()).then(|| format!(" · {affected}"))}
                    </span>
                </span>
                <span class="flex flex-wrap items-center gap-2 sm:shrink-0 sm:justify-end">
                    {if event.breaking {
                        view! { <SeverityBadge severity=event.severity /> }.into_any()
                    } else {
                        view! {
                            <Badge label="non-breaking" tone=Tone::from(event.severity) icon=Glyph::Info />
                        }
                            .into_any()
                    }}
                    {(event.found_severity > event.severity)
                        .then(|| view! { <FoundBadge severity=event.found_severity /> })}
                    <DriftStatusBadge status=event.status />
                    <Icon glyph=Glyph::ChevronRight class="size-4 text-text-3" />
                </span>
            </button>
        </li>
    }
}
