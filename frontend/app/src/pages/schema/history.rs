use charts::{LineChart, Unit};
use client::TrendFilter;
use leptos::prelude::*;
use types::schema::{ObjectDetail, ObjectHistory, ObjectVersion};
use types::snapshot::path_of;
use ui::{
    Badge, Card, Glyph, LinkButton, RelativeTime, Select, SelectOption, Skeleton, SkeletonRows, format,
};

use crate::address::query_text;
use crate::fetch::Fetched;
use crate::page::Loaded;
use crate::pages::drift::ChangeList;
use crate::pages::trend::lines;
use crate::workspace::use_workspace;

/// When this object changed, and how; or one of its columns.
#[component]
pub fn HistoryTab(detail: Signal<ObjectDetail>) -> impl IntoView {
    let workspace = use_workspace();
    let column = query_text("column");
    let columns = Signal::derive(move || {
        let mut options = vec![SelectOption::new("", "The whole object")];
        let (chosen, mut names) = (column.get(), column_names(&detail.get()));
        // One that is gone keeps its history.
        if !chosen.is_empty() && !names.contains(&chosen) {
            names.push(chosen);
        }
        options.extend(names.into_iter().map(|name| SelectOption::new(name.clone(), name)));
        options
    });
    let path = Memo::new(move |_| {
        let column = column.get();
        let mut parts = detail.with(|detail| detail.object.parts.clone());
        if !column.is_empty() {
            parts.push(column);
        }
        path_of(&parts)
    });
    view! {
        <div class="mb-4 flex flex-wrap items-end justify-between gap-3">
            <div class="w-64">
                <Select value=column options=columns label="History of" />
            </div>
            <LinkButton
                href=Signal::derive(move || workspace.href("/dashboard/schema?tab=history"))
                icon=Glyph::GitCompare
            >
                "All versions of the schema"
            </LinkButton>
        </div>
        <ObjectHistoryList path=path />
    }
}

fn column_names(detail: &ObjectDetail) -> Vec<String> {
    detail.columns.iter().map(|column| column.name.clone()).collect()
}

/// What happened to whatever has or had this address.
#[component]
fn ObjectHistoryList(path: Memo<String>) -> impl IntoView {
    let workspace = use_workspace();
    let history = Fetched::new(
        move || (workspace.one_source(), path.get()),
        |api, (source, path)| async move { api.object_history(source.as_deref(), &path).await },
    );
    view! {
        <Loaded from=history skeleton=|| view! { <SkeletonRows rows=3 what="the history" /> } let:history>
            {move || versions(history.get())}
        </Loaded>
    }
}

fn versions(history: ObjectHistory) -> AnyView {
    if history.versions.is_empty() {
        return view! {
            <p class="py-6 text-center text-text-2">
                "It has not changed since the first version that Bastion recorded."
            </p>
        }
        .into_any();
    }
    let asked = history.path;
    let item = |version: ObjectVersion| {
        let then = (version.path != asked).then(|| format!("as {}", version.path));
        view! {
            <li>
                <p class="mb-2 flex flex-wrap items-center gap-2">
                    <Badge label=format!("version {}", version.version) />
                    <span class="text-table text-text-2">
                        <RelativeTime at=version.at />
                    </span>
                    <span class="font-mono text-label break-all text-text-3">{then}</span>
                </p>
                <ChangeList changes=version.changes nothing="First seen in this version." />
            </li>
        }
    };
    let more = history.truncated.then(|| {
        view! { <p class="text-label text-text-3">"Older changes are in the versions of the schema."</p> }
    });
    let items = history.versions.into_iter().map(item).collect_view();
    view! {
        <ol class="space-y-5">{items}</ol>
        {more}
    }
    .into_any()
}

/// What is left of an object that the newest version does not have; `otherwise` where nothing ever had this address.
#[component]
pub fn Gone(path: Memo<Option<String>>, #[prop(into)] otherwise: ViewFn) -> impl IntoView {
    let workspace = use_workspace();
    let history = Fetched::new(
        move || (workspace.one_source(), path.get().unwrap_or_default()),
        |api, (source, path)| async move { api.object_history(source.as_deref(), &path).await },
    );
    move || match (history.get(), history.failure()) {
        (Some(history), _) => {
            let title = format!("{} is not there any more", history.path);
            view! {
                <Card title=title description="The newest version of the schema does not have it. This is what happened to it.">
                    {versions(history)}
                </Card>
            }
            .into_any()
        }
        (None, Some(_)) => {
            let failure = otherwise.run();
            view! { <Card>{failure}</Card> }.into_any()
        }
        (None, None) => view! { <Card><SkeletonRows rows=4 what="what happened to it" /></Card> }.into_any(),
    }
}

/// How this table's data moved.
#[component]
pub fn QualityTab(detail: Signal<ObjectDetail>) -> impl IntoView {
    let workspace = use_workspace();
    let path = Memo::new(move |_| detail.with(|detail| detail.object.path.clone()));
    let trends = Fetched::new(
        move || TrendFilter {
            source: workspace.one_source(),
            table: Some(path.get()),
            ..TrendFilter::default()
        },
        |api, filter| async move { api.quality_trends(&filter).await },
    );
    let basis = move || {
        detail.with(|detail| {
            detail.timestamp_column.clone().map_or_else(
                || "No column of this table says when a row came in, so its freshness is unknown.".to_owned(),
                |column| {
                    let age = detail.freshness_seconds.map_or_else(|| "unknown".to_owned(), format::duration);
                    format!("Freshness is taken from {column}; the newest value is {age} old.")
                },
            )
        })
    };
    let lost = move || {
        let deductions = detail.with(|detail| detail.deductions.clone());
        (!deductions.is_empty()).then(|| {
            let items = deductions.into_iter().map(|deduction| {
                view! {
                    <li class="flex justify-between gap-4 py-1.5">
                        <span class="min-w-0 break-words">{deduction.reason}</span>
                        <span class="text-bad">{format!("\u{2212}{}", format::decimal(deduction.points, 1))}</span>
                    </li>
                }
            });
            view! {
                <section class="mb-5">
                    <h3 class="text-label font-medium text-text-2">"Points taken off"</h3>
                    <ul class="mt-1 divide-y divide-border text-table">{items.collect_view()}</ul>
                </section>
            }
        })
    };
    view! {
        <p class="mb-4 flex flex-wrap items-center justify-between gap-3 text-table text-text-2">
            {basis}
            <LinkButton
                href=Signal::derive(move || {
                    workspace.href_with("/dashboard/quality", client::Query::new().with("table", Some(path.get())))
                })
                icon=Glyph::Gauge
            >
                "Open in Quality"
            </LinkButton>
        </p>
        {lost}
        <Loaded from=trends skeleton=|| view! { <Skeleton class="h-96 w-full" /> } let:trends>
            {
                let nulls = Memo::new(move |_| trends.with(|trends| lines(&trends.null_percent)));
                let rows = Memo::new(move |_| trends.with(|trends| lines(&trends.row_count)));
                let freshness = Memo::new(move |_| trends.with(|trends| lines(&trends.freshness)));
                view! {
                    <div class="grid gap-6 xl:grid-cols-2">
                        <div>
                            <h3 class="mb-2 text-label font-medium text-text-2">"Row count"</h3>
                            <LineChart series=rows label="Row count" unit=Unit::Count height=180.0 />
                        </div>
                        <div>
                            <h3 class="mb-2 text-label font-medium text-text-2">"Freshness"</h3>
                            <LineChart series=freshness label="Freshness" unit=Unit::Seconds height=180.0 />
                        </div>
                        <div class="xl:col-span-2">
                            <h3 class="mb-2 text-label font-medium text-text-2">"Null % of the columns that moved most"</h3>
                            <LineChart series=nulls label="NULL percentage by column" unit=Unit::Percent height=200.0 />
                        </div>
                    </div>
                }
            }
        </Loaded>
    }
}
