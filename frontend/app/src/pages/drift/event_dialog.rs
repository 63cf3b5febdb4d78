use leptos::prelude::*;
use types::DriftId;
use types::change::Change;
use types::drift::DriftDetail;
use ui::{CopyButton, Dialog, RelativeTime, SeverityBadge, SkeletonRows, TabPanel, Tabs};

use super::change_list::ChangeList;
use super::change_ruling::{ChangeActions, FoundBadge};
use super::decide::Decide;
use super::event_incidents::EventIncidents;
use crate::fetch::Fetched;
use crate::opened::open_while;
use crate::page::Loaded;
use crate::part::Event;
use crate::words::{DriftStatusBadge, counts};
use crate::workspace::use_workspace;

/// The groups of changes, each with its tab.
#[derive(Clone, Copy)]
enum Group {
    AddedTables,
    RemovedTables,
    ModifiedColumns,
    TypeChanges,
    All,
}

impl Group {
    const EACH: [Self; 5] =
        [Self::AddedTables, Self::RemovedTables, Self::ModifiedColumns, Self::TypeChanges, Self::All];

    fn key(self) -> &'static str {
        match self {
            Self::AddedTables => "added",
            Self::RemovedTables => "removed",
            Self::ModifiedColumns => "modified",
            Self::TypeChanges => "types",
            Self::All => "all",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::AddedTables => "Added tables",
            Self::RemovedTables => "Removed tables",
            Self::ModifiedColumns => "Modified columns",
            Self::TypeChanges => "Type changes",
            Self::All => "All",
        }
    }

    fn holds(self, change: &Change) -> bool {
        let relation = matches!(change.object(), "table" | "view" | "materialized_view");
        match self {
            Self::AddedTables => relation && change.verb() == "added",
            Self::RemovedTables => relation && change.verb() == "dropped",
            Self::ModifiedColumns => change.object() == "column",
            Self::TypeChanges => change.verb() == "type_changed",
            Self::All => true,
        }
    }
}

/// The details of the event that the URL names.
#[component]
pub fn EventDialog(opened: RwSignal<String>, #[prop(into)] on_decided: Callback<()>) -> impl IntoView {
    let open = open_while(opened, |chosen: &String| !chosen.is_empty());
    let id = Memo::new(move |_| opened.get().parse::<DriftId>().ok());
    view! {
        <Dialog open=open title="Drift event" wide=true>
            {move || match id.get() {
                Some(id) => view! { <Event id=id on_decided=on_decided /> }.into_any(),
                None => view! { <p class="text-text-2">"This is not the id of a drift event."</p> }.into_any(),
            }}
        </Dialog>
    }
}

/// One event: what changed, whom it affects, and what is to be done.
#[component]
pub fn EventView(id: DriftId, on_decided: Callback<()>) -> impl IntoView {
    let detail = Fetched::new(move || id, |api, id| async move { api.drift_event(id).await });
    let decided = move || {
        detail.reload();
        on_decided.run(());
    };
    view! {
        <Loaded from=detail skeleton=|| view! { <SkeletonRows what="the event" /> } let:detail>
            <Summary detail=detail />
            <EventIncidents id=id />
            <Changes detail=detail on_decided=decided />
            <Decide detail=detail on_decided=decided />
        </Loaded>
    }
}

#[component]
fn Summary(detail: Signal<DriftDetail>) -> impl IntoView {
    let workspace = use_workspace();
    move || {
        let drift = detail.get().drift;
        let affected = drift
            .affected
            .iter()
            .map(|path| {
                let page = format!("/dashboard/schema/{}", leptos_router::location::Url::escape(path));
                view! {
                    <a
                        class="rounded-full border border-border px-2 py-0.5 font-mono text-label hover:border-control"
                        href=workspace.href_of(&page, Some(&drift.source))
                    >
                        {path.clone()}
                    </a>
                }
            })
            .collect_view();
        let has_affected = !drift.affected.is_empty();
        let copied = format!(
            "{} v{} → v{}: {} ({})",
            drift.source,
            drift.old_version,
            drift.new_version,
            drift.sentence,
            counts(&drift.summary)
        );
        view! {
            <div class="flex flex-wrap items-start justify-between gap-3">
                <div class="min-w-0 flex-1">
                    <p class="text-[16px] leading-6 font-medium break-words">{drift.sentence}</p>
                    <p class="mt-1 text-table text-text-2">
                        <span class="font-mono">{drift.source.clone()}</span>
                        {format!(" · version {} → {} · ", drift.old_version, drift.new_version)}
                        <RelativeTime at=drift.detected_at /> " · " {counts(&drift.summary)}
                    </p>
                </div>
                <div class="flex items-center gap-2">
                    <SeverityBadge severity=drift.severity />
                    {(drift.found_severity > drift.severity)
                        .then(|| view! { <FoundBadge severity=drift.found_severity /> })}
                    <DriftStatusBadge status=drift.status />
                    <CopyButton text=copied what="summary" />
                </div>
            </div>
            {has_affected
                .then(|| {
                    view! {
                        <div class="mt-3 flex flex-wrap items-center gap-1.5">
                            <span class="text-label text-text-3">"Affected"</span>
                            {affected}
                        </div>
                    }
                })}
        }
    }
}

#[component]
fn Changes(detail: Signal<DriftDetail>, #[prop(into)] on_decided: Callback<()>) -> impl IntoView {
    let selected = RwSignal::new(Group::All.key().to_owned());
    let tabs = Signal::derive(move || {
        detail.with(|detail| {
            Group::EACH
                .iter()
                .map(|group| {
                    let count = detail.changes.iter().filter(|change| group.holds(change)).count();
                    (group.key().to_owned(), format!("{} {count}", group.label()))
                })
                .collect::<Vec<_>>()
        })
    });
    let panels = Group::EACH
        .into_iter()
        .map(|group| {
            view! {
                <TabPanel group="changes" key_name=group.key() selected=selected>
                    {move || {
                        let mut changes: Vec<Change> = detail
                            .with(|detail| {
                                detail.changes.iter().filter(|change| group.holds(change)).cloned().collect()
                            });
                        // The worst first; within one severity as the comparison found them.
                        changes.sort_by_key(|change| {
                            std::cmp::Reverse((change.readers.max(change.writers), change.found_severity()))
                        });
                        let event = detail.with(|detail| detail.drift.id);
                        view! {
                            <ChangeList
                                changes=changes
                                nothing=format!("{}: none in this event.", group.label())
                                actions=ChangeActions { event, on_decided }
                            />
                        }
                    }}
                </TabPanel>
            }
        })
        .collect_view();
    view! {
        <div class="mt-5">
            <Tabs group="changes" label="Kinds of change" tabs=tabs selected=selected />
            {panels}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use types::change::Severity;

    #[test]
    fn every_change_is_in_its_groups() {
        let change = |kind: &str| Change {
            kind: kind.to_owned(),
            path: String::new(),
            old_path: None,
            before: Value::Null,
            after: Value::Null,
            readers: Severity::Safe,
            writers: Severity::Safe,
            flags: Vec::new(),
            codes: Vec::new(),
            reason: String::new(),
            evidence: Vec::new(),
            policy: None,
        };
        let cases = [
            ("table.added", vec!["added", "all"]),
            ("view.dropped", vec!["removed", "all"]),
            ("column.type_changed", vec!["modified", "types", "all"]),
            ("index.added", vec!["all"]),
        ];
        for (kind, expected) in cases {
            let groups: Vec<_> = Group::EACH
                .iter()
                .filter(|group| group.holds(&change(kind)))
                .map(|group| group.key())
                .collect();
            assert_eq!(groups, expected, "{kind}");
        }
    }
}
