use client::Query;
use leptos::prelude::*;
use types::IncidentId;
use types::incident::{
    Evidence, IncidentCause, IncidentDetail, IncidentEvent, IncidentSummary, Measure, OddValue,
};
use ui::{Button, ControlSize, Glyph, Icon, IconButton, RelativeTime, SkeletonRows, format};

use super::actions::Actions;
use super::chart::Charts;
use super::marks::{SeverityWord, SnoozeBadge, StateBadge, cause_word};
use crate::fetch::Fetched;
use crate::owners;
use crate::page::Loaded;
use crate::workspace::use_workspace;

/// One incident: what happened, the evidence, the series, the timeline, and what can be done.
#[component]
pub fn Detail(id: IncidentId, opened: RwSignal<String>, on_changed: Callback<()>) -> impl IntoView {
    let detail = Fetched::new(move || id, |api, id| async move { api.incident(id).await });
    let changed = move || {
        detail.reload();
        on_changed.run(());
    };
    view! {
        <article
            class="relative min-w-0 rounded-xl border border-border bg-surface p-5 shadow-card lg:sticky lg:top-20 lg:max-h-[calc(100dvh-6rem)] lg:overflow-y-auto"
            aria-label="Incident"
            data-detail=id.to_string()
        >
            <div class="mb-3 lg:hidden">
                <Button
                    size=ControlSize::Small
                    icon=Glyph::ChevronLeft
                    on_click=move || opened.set(String::new())
                >
                    "All incidents"
                </Button>
            </div>
            <div class="absolute top-3 right-3 hidden lg:block">
                <IconButton
                    label="Close the incident"
                    icon=Glyph::Close
                    on_click=move || opened.set(String::new())
                />
            </div>
            <Loaded from=detail skeleton=|| view! { <SkeletonRows what="the incident" /> } let:detail>
                {move || head(detail.with(|detail| detail.incident.clone()))}
                <Actions id=id detail=detail on_changed=changed />
                {move || view! { <Found detail=detail.get() /> }}
                <Charts id=id source=detail.with_untracked(|detail| detail.incident.source.clone()) />
                {move || timeline(detail.with(|detail| detail.timeline.clone()))}
            </Loaded>
        </article>
    }
}

/// While what follows the list is on its way.
pub(crate) fn waiting() -> impl IntoView {
    view! {
        <div class="min-w-0 rounded-xl border border-border bg-surface p-5 shadow-card">
            <SkeletonRows what="the incident" />
        </div>
    }
}

fn head(incident: IncidentSummary) -> impl IntoView {
    let assignee = match &incident.assignee {
        Some(person) => person.name.clone().unwrap_or_else(|| "a former member".to_owned()),
        None => "nobody".to_owned(),
    };
    let owner = incident.ownership.owner.as_ref().map(|owner| {
        let from = owners::origin(&owner.from);
        view! { <span title=from>{format!(" · owned by {}", owners::name(owner))}</span> }
    });
    view! {
        <header>
            <div class="flex flex-wrap items-center gap-2 lg:pr-10">
                <SeverityWord severity=incident.severity />
                <StateBadge state=incident.state />
                <SnoozeBadge incident=incident.clone() />
            </div>
            <h2 class="mt-2 text-[16px] leading-6 font-medium break-words">{incident.title.clone()}</h2>
            <p class="mt-1 text-table text-text-2">
                <span class="font-mono">{incident.source.clone()}</span>
                {format!(" · {} · opened ", cause_word(incident.cause))}
                <RelativeTime at=incident.opened_at />
                {incident.ended_at.map(|at| view! { " · ended " <RelativeTime at=at /> })}
                {format!(" · assigned to {assignee}")}
                {owner}
            </p>
        </header>
    }
}

#[component]
fn Found(detail: IncidentDetail) -> impl IntoView {
    let workspace = use_workspace();
    let incident = &detail.incident;
    let source = Some(incident.source.clone());
    let table = match &detail.evidence {
        Evidence::Expectations { table, .. } => table,
        Evidence::Schema { .. } | Evidence::Series { .. } | Evidence::Freshness { .. } => &incident.object,
    };
    let table = leptos_router::location::Url::escape(table);
    let link = move |path: String, word: &'static str| {
        view! {
            <a class="inline-flex items-center gap-1 text-accent-text hover:underline" href=workspace.href_of(&path, source.as_deref())>
                {word} <Icon glyph=Glyph::ArrowRight class="size-3.5" />
            </a>
        }
    };
    let mut links = Vec::new();
    if let Evidence::Schema { drift_id, .. } = &detail.evidence {
        links.push(link(format!("/dashboard/drift?event={drift_id}"), "The drift event"));
    }
    if incident.object != "*" {
        links.push(link(format!("/dashboard/schema/{table}"), "The table in the schema"));
        if incident.cause != IncidentCause::Schema {
            links.push(link(format!("/dashboard/quality?table={table}"), "Its quality"));
        }
    }
    links.push(link(format!("/dashboard/agents?run={}", detail.run_id), "The scan that found it"));
    let merged = detail.merged_into.map(|id| {
        let id = id.to_string();
        let href = workspace.href_with("/dashboard/incidents", Query::new().with("incident", Some(id)));
        view! {
            <p class="mt-2 text-table">
                "It was merged: " <a class="text-accent-text hover:underline" href=href>"the incident that stands for it"</a>
            </p>
        }
    });
    let own = matches!(detail.evidence, Evidence::Series { .. });
    let under = (!own && !detail.anomalies.is_empty()).then(|| {
        let odd = detail.anomalies.iter().take(10).map(|odd| values(&odd.table, &odd.odd)).collect_view();
        view! {
            <h3 class="mt-4 text-label font-medium text-text-2">"What the change explains"</h3>
            <ul class="mt-1 divide-y divide-border text-table">{odd}</ul>
        }
    });
    view! {
        <section class="mt-5 border-t border-border pt-4" aria-label="What was found">
            <h3 class="text-label font-medium text-text-2">"What was found"</h3>
            {evidence(&incident.object, &detail.evidence)}
            {under}
            {merged}
            <p class="mt-3 flex flex-wrap gap-x-5 gap-y-1 text-table">{links}</p>
        </section>
    }
}

fn evidence(object: &str, evidence: &Evidence) -> AnyView {
    match evidence {
        Evidence::Schema { changes, total, base_version, new_version, .. } => {
            let shown = changes.len() as u64;
            let rest = u64::from(*total).saturating_sub(shown);
            let lines = changes.iter().cloned().map(|change| {
                view! {
                    <li class="py-2">
                        <span class="font-mono text-table break-all">{change.path}</span>
                        <span class="ml-2 text-label text-text-3">{change.kind.replace(['.', '_'], " ")}</span>
                        <p class="text-table text-text-2">{change.reason}</p>
                        {change
                            .evidence
                            .into_iter()
                            .map(|text| view! { <p class="text-table text-text-3">{text}</p> })
                            .collect_view()}
                    </li>
                }
            });
            view! {
                <p class="mt-1 text-table text-text-2">
                    {format!("Between version {base_version} and version {new_version}; it ends by itself when nothing breaking is left.")}
                </p>
                <ul class="mt-1 divide-y divide-border">{lines.collect_view()}</ul>
                {(rest > 0).then(|| view! { <p class="text-table text-text-3">{format!("and {}", format::plural(rest, "more change"))}</p> })}
            }
            .into_any()
        }
        Evidence::Series { points, total, .. } => {
            let rest = u64::from(*total).saturating_sub(points.len() as u64);
            view! {
                <ul class="mt-1 divide-y divide-border text-table">
                    {points.iter().map(|point| values(object, point)).collect_view()}
                </ul>
                {(rest > 0).then(|| view! { <p class="text-table text-text-3">{format!("and {}", format::plural(rest, "more value"))}</p> })}
            }
            .into_any()
        }
        Evidence::Freshness { latest_value_at, limit_seconds } => view! {
            <p class="mt-1 text-table text-text-2">
                "The newest row is of " <RelativeTime at=*latest_value_at />
                {format!("; by the table's own rhythm there is a newer one within {}.", format::duration(*limit_seconds))}
            </p>
        }
        .into_any(),
        Evidence::Expectations { broken, total, .. } => {
            let rest = u64::from(*total).saturating_sub(broken.len() as u64);
            view! {
                <ul class="mt-1 divide-y divide-border text-table">
                    {broken
                        .iter()
                        .map(|broken| view! { <li class="py-1.5 break-words">{broken.sentence.clone()}</li> })
                        .collect_view()}
                </ul>
                {(rest > 0).then(|| view! { <p class="text-table text-text-3">{format!("and {}", format::plural(rest, "more expectation"))}</p> })}
            }
            .into_any()
        }
    }
}

/// A value with what was expected of it.
fn values(table: &str, odd: &OddValue) -> impl IntoView + use<> {
    let name = odd.column.as_ref().map_or_else(|| table.to_owned(), |column| format!("{table}.{column}"));
    let text = |value: f64| match odd.measure {
        Measure::RowCount => format::decimal(value, 0),
        Measure::NullPercent | Measure::UniquenessPercent => format::percent(value),
    };
    let what = match odd.measure {
        Measure::RowCount => "rows",
        Measure::NullPercent => "NULL",
        Measure::UniquenessPercent => "unique",
    };
    view! {
        <li class="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 py-1.5">
            <span class="min-w-0 font-mono break-all">{name}</span>
            <span>
                <strong class="font-medium">{format!("{} {what}", text(odd.value))}</strong>
                <span class="text-text-3">
                    {format!(" · expected {} to {}", text(odd.lower), text(odd.upper))}
                </span>
            </span>
        </li>
    }
}

fn timeline(events: Vec<IncidentEvent>) -> impl IntoView {
    let lines = events.into_iter().map(|event| {
        view! {
            <li class="relative border-l border-border pb-4 pl-4 last:pb-0">
                <span class="absolute top-1.5 -left-1 size-2 rounded-full bg-control" aria-hidden="true"></span>
                <p class="text-table">
                    {event.message} <span class="text-text-3">{format!(" · {} · ", event.actor)} <RelativeTime at=event.at /></span>
                </p>
                {event
                    .comment
                    .map(|text| {
                        view! {
                            <p class="mt-1 rounded-control bg-surface-2 px-3 py-2 text-table break-words whitespace-pre-wrap">
                                {text}
                            </p>
                        }
                    })}
            </li>
        }
    });
    view! {
        <section class="mt-5 border-t border-border pt-4" aria-label="Timeline">
            <h3 class="mb-3 text-label font-medium text-text-2">"Timeline"</h3>
            <ol class="ml-1">{lines.collect_view()}</ol>
        </section>
    }
}
