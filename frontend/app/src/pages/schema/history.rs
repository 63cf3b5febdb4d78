use charts::{LineChart, Unit};
use client::TrendFilter;
use leptos::prelude::*;
use types::schema::ObjectDetail;
use ui::{Badge, Glyph, LinkButton, RelativeTime, Skeleton, format};

use crate::fetch::Fetched;
use crate::page::Loaded;
use crate::pages::drift::ChangeList;
use crate::pages::trend::lines;
use crate::workspace::use_workspace;

/// When this object changed, and how.
#[component]
pub fn HistoryTab(detail: Signal<ObjectDetail>) -> impl IntoView {
    let workspace = use_workspace();
    let versions = move || {
        let history = detail.with(|detail| detail.history.clone());
        if history.is_empty() {
            return view! {
                <p class="py-6 text-center text-text-2">
                    "It has not changed since the first version that Bastion recorded."
                </p>
            }
            .into_any();
        }
        let items = history
            .into_iter()
            .map(|version| {
                view! {
                    <li>
                        <p class="mb-2 flex items-center gap-2">
                            <Badge label=format!("version {}", version.version) />
                            <span class="text-table text-text-2">
                                <RelativeTime at=version.at />
                            </span>
                        </p>
                        <ChangeList changes=version.changes nothing="First seen in this version." />
                    </li>
                }
            })
            .collect_view();
        view! { <ol class="space-y-5">{items}</ol> }.into_any()
    };
    view! {
        <div class="mb-4 flex justify-end">
            <LinkButton
                href=Signal::derive(move || workspace.href("/dashboard/schema?tab=history"))
                icon=Glyph::GitCompare
            >
                "All versions of the schema"
            </LinkButton>
        </div>
        {versions}
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
