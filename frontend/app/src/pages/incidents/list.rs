use std::collections::BTreeSet;

use leptos::prelude::*;
use types::IncidentId;
use types::incident::{BulkAction, BulkIncidents, IncidentSummary};
use types::page::Page;
use types::permission::Permission;
use ui::{
    Button, Card, Checkbox, ControlSize, EmptyState, Glyph, Menu, MenuItem, RelativeTime, format, use_toasts,
};

use super::marks::{SeverityMark, SnoozeBadge, StateBadge, cause_word};
use super::narrowed::Narrowed;
use crate::fetch::{More, MorePages};
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;

/// A menu's button, as high as the small ones beside it.
const MORE: &str = "inline-flex h-7 min-w-7 items-center justify-center rounded-control px-1.5 text-text-2 hover:bg-border hover:text-text";

/// The incidents, newest first, and what is done to several of them.
#[component]
pub fn IncidentList(
    page: Signal<Page<IncidentSummary>>,
    narrowed: Narrowed,
    opened: RwSignal<String>,
    chosen: RwSignal<BTreeSet<IncidentId>>,
    more: More,
    #[prop(into)] on_changed: Callback<()>,
) -> impl IntoView {
    let empty = Memo::new(move |_| page.with(|page| page.items.is_empty()));
    // What is not listed any more is not chosen any more.
    Effect::new(move |_| {
        let there: BTreeSet<IncidentId> =
            page.with(|page| page.items.iter().map(|incident| incident.id).collect());
        if chosen.with_untracked(|chosen| !chosen.is_subset(&there)) {
            chosen.update(|chosen| chosen.retain(|id| there.contains(id)));
        }
    });
    view! {
        <Card title="Incidents" flush=true>
            <Bulk chosen=chosen on_changed=on_changed />
            {move || {
                if !empty.get() {
                    view! {
                        <ol class="divide-y divide-border border-t border-border" aria-label="Incidents">
                            <For
                                each=move || page.get().items
                                key=|incident| (incident.id, incident.updated_at, incident.state)
                                children=move |incident| {
                                    view! { <IncidentRow incident=incident opened=opened chosen=chosen /> }
                                }
                            />
                        </ol>
                    }
                        .into_any()
                } else if narrowed.is_narrow() {
                    view! {
                        <EmptyState
                            icon=Glyph::Filter
                            title="No incident matches"
                            text="No incident has these words, this state, severity, cause, assignee, owner and tag together."
                            action=move || view! { <Button on_click=move || narrowed.clear()>"Clear filters"</Button> }
                        />
                    }
                        .into_any()
                } else if narrowed.is_active_only() {
                    view! {
                        <EmptyState
                            icon=Glyph::ShieldCheck
                            title="No incident is active"
                            text="When a scan finds a breaking change, values that are not as expected or a table without new rows, it is listed here until it is over."
                            action=move || {
                                view! { <Button on_click=move || narrowed.widen()>"Show what is over"</Button> }
                            }
                        />
                    }
                        .into_any()
                } else {
                    view! {
                        <EmptyState
                            icon=Glyph::Siren
                            title="No incident"
                            text="Breaking changes, odd values and stale tables are listed here once a scan has found some."
                        />
                    }
                        .into_any()
                }
            }}
            <MorePages more=more noun="incident" />
        </Card>
    }
}

#[component]
fn IncidentRow(
    incident: IncidentSummary,
    opened: RwSignal<String>,
    chosen: RwSignal<BTreeSet<IncidentId>>,
) -> impl IntoView {
    let workspace = use_workspace();
    let (id, text) = (incident.id, incident.id.to_string());
    let (own, current) = (text.clone(), text.clone());
    let active = incident.state.is_active();
    let is_open = move || opened.with(|opened| *opened == current);
    let checked = RwSignal::new(chosen.with_untracked(|chosen| chosen.contains(&id)));
    Effect::new(move |_| {
        let wanted = chosen.with(|chosen| chosen.contains(&id));
        if checked.get_untracked() != wanted {
            checked.set(wanted);
        }
    });
    let choose = move |on: bool| {
        chosen.update(|chosen| {
            if on {
                chosen.insert(id);
            } else {
                chosen.remove(&id);
            }
        });
    };
    let assignee =
        incident.assignee.clone().map(|person| person.name.unwrap_or_else(|| "a former member".to_owned()));
    let title = incident.title.clone();
    view! {
        <li
            class="relative flex items-start gap-3 px-5 py-3 hover:bg-surface-2 has-aria-[current=true]:bg-surface-2 has-aria-[current=true]:shadow-[inset_3px_0_0_var(--accent-text)]"
            data-incident=text.clone()
        >
            {move || {
                let title = title.clone();
                workspace
                    .may(Permission::IncidentHandle)
                    .then(|| {
                        view! {
                            <span class="relative z-10">
                                <Checkbox
                                    checked=checked
                                    label=format!("Choose: {title}")
                                    label_hidden=true
                                    on_change=choose
                                />
                            </span>
                        }
                    })
            }}
            <span class="mt-0.5">
                <SeverityMark severity=incident.severity active=active />
            </span>
            <button
                type="button"
                class="min-w-0 flex-1 scroll-mt-20 scroll-mb-6 text-left after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent-text"
                aria-current=move || is_open().then_some("true")
                on:click=move |_| opened.set(own.clone())
            >
                <span class="block break-words">{incident.title.clone()}</span>
                <span class="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-table text-text-2">
                    <StateBadge state=incident.state />
                    <SnoozeBadge incident=incident.clone() />
                    <span>
                        <span class="font-mono">{incident.source.clone()}</span>
                        {format!(" · {} · ", cause_word(incident.cause))}
                        <RelativeTime at=incident.opened_at />
                        {assignee.map(|name| format!(" · {name}"))}
                        {(incident.reopened > 0).then(|| format!(" · opened again {}", format::plural(u64::from(incident.reopened), "time")))}
                    </span>
                </span>
            </button>
        </li>
    }
}

/// What is done to all that are chosen.
#[component]
fn Bulk(chosen: RwSignal<BTreeSet<IncidentId>>, on_changed: Callback<()>) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let count = Memo::new(move |_| chosen.with(|chosen| chosen.len() as u64));
    let me = move || workspace.session.me().map(|me| me.user.id);
    let act = move |action: BulkAction| {
        let body = BulkIncidents {
            ids: chosen.with_untracked(|chosen| chosen.iter().copied().take(200).collect()),
            action,
            assignee: (action == BulkAction::Assign).then(|| untrack(me)).flatten(),
            until: None,
            comment: None,
        };
        let api = workspace.api();
        submit.send(async move { api.change_incidents(&body).await }, move |answer| {
            let done = format::plural(answer.done.len() as u64, "incident");
            match answer.refused.first() {
                None => toasts.success(format!("Done: {done}.")),
                Some(first) => {
                    toasts.error(format!("Done: {done}; refused: {}. {}", answer.refused.len(), first.detail))
                }
            }
            let _ = chosen.try_update(|chosen| chosen.retain(|id| !answer.done.contains(id)));
            on_changed.run(());
        });
    };
    let button = move |label: &'static str, action: BulkAction| {
        view! {
            <Button size=ControlSize::Small loading=submit.busy on_click=move || act(action)>
                {label}
            </Button>
        }
    };
    let more = [
        ("Start work", BulkAction::Start),
        ("Expected", BulkAction::Expected),
        ("False positive", BulkAction::FalsePositive),
        ("Mark as normal", BulkAction::MarkNormal),
        ("Open again", BulkAction::Reopen),
    ];
    move || {
        (count.get() > 0).then(|| {
            view! {
                <div class="flex flex-wrap items-center gap-2 border-t border-border bg-surface-2 px-5 py-2" data-bulk="true">
                    <span class="text-table text-text-2" role="status">
                        {move || format!("{} chosen", format::count(count.get()))}
                    </span>
                    {button("Acknowledge", BulkAction::Ack)}
                    {button("Assign to me", BulkAction::Assign)}
                    {button("Snooze", BulkAction::Snooze)}
                    {button("Resolve", BulkAction::Resolve)}
                    <Menu label="More for all that are chosen" class=MORE>
                        {more.into_iter().map(|(label, action)| {
                            view! { <MenuItem on_select=move || act(action)>{label}</MenuItem> }
                        }).collect_view()}
                    </Menu>
                    <Button size=ControlSize::Small on_click=move || chosen.set(BTreeSet::new())>
                        "Choose none"
                    </Button>
                    <FormFailure submit=submit pointers=&[] />
                </div>
            }
        })
    }
}
