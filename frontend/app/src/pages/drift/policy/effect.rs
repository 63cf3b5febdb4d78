use leptos::prelude::*;
use types::change::Severity;
use types::policy::{PolicyPreview, PreviewedEvent};
use ui::{Badge, Glyph, Icon, RelativeTime, Tone, format};

use crate::words;
use crate::workspace::use_workspace;

/// What a policy would make of the events that there were.
#[component]
pub fn Effect(preview: PolicyPreview) -> impl IntoView {
    let judged = format::plural(preview.judged.into(), "event");
    let sentence = match (preview.judged, preview.different.len()) {
        (0, _) => "There is no event yet that it could be tried on.".to_owned(),
        (_, 0) => format!("Tried on the last {judged}: none would be judged otherwise."),
        (_, different) => {
            format!("Tried on the last {judged}: {different} would be judged otherwise.")
        }
    };
    let events =
        preview.different.into_iter().map(|event| view! { <EventEffect event=event /> }).collect_view();
    view! {
        <div role="status" class="mt-3 rounded-control border border-border bg-bg px-4 py-3" data-preview>
            <p class="text-table font-medium">{sentence}</p>
            <ul class="mt-1 divide-y divide-border">{events}</ul>
        </div>
    }
}

#[component]
fn EventEffect(event: PreviewedEvent) -> impl IntoView {
    let workspace = use_workspace();
    let shown = event.changes.len();
    let more = (event.different as usize).saturating_sub(shown);
    let href = workspace.href(&format!("/dashboard/drift?event={}", event.id));
    let changes = event
        .changes
        .into_iter()
        .map(|change| {
            let after = match change.quiet {
                Some(quiet) => quiet.as_str().to_owned(),
                None => words::severity(change.after).to_owned(),
            };
            view! {
                <li class="break-words">
                    <span class="font-mono">{format!("{} {}", change.kind, change.path)}</span>
                    {format!(": {} → {after}. {}", words::severity(change.before), change.why.join(" "))}
                </li>
            }
        })
        .collect_view();
    view! {
        <li class="py-2.5">
            <div class="flex flex-wrap items-center gap-x-3 gap-y-1 text-table">
                <span class="flex items-center gap-1.5">
                    <SeverityWord severity=event.before />
                    <Icon glyph=Glyph::ArrowRight class="size-3.5 text-text-3" label="becomes" />
                    <SeverityWord severity=event.after />
                </span>
                <a class="min-w-0 break-words hover:underline" href=href>
                    {event.sentence}
                </a>
                <span class="text-text-3">
                    <span class="font-mono">{event.source}</span>
                    " · "
                    <RelativeTime at=event.detected_at />
                </span>
            </div>
            <ul class="mt-1 list-disc pl-5 text-table text-text-2">
                {changes} {(more > 0).then(|| view! { <li>{format!("and {more} more")}</li> })}
            </ul>
        </li>
    }
}

#[component]
fn SeverityWord(severity: Severity) -> impl IntoView {
    view! { <Badge label=words::severity(severity) tone=Tone::from(severity) /> }
}
